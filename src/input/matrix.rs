//! A keypad whose keys connect GPIO lines crosswise.
//!
//! Rows are driven low one at a time, like an open drain, and the columns read: a pressed key
//! connects its column to ground. No two rows are driven against each other whatever is pressed,
//! and nothing is driven while nobody listens.

use std::sync::Arc;
use std::time::Duration;

use gpio_cdev::{LineRequestFlags, MultiLineHandle};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::GpioError;
use super::chip::{CONSUMER, chip_of, refused, with_bias};
use super::scan::{Report, Row, Scanner};
use crate::board::{Bias, Line};
use crate::clock::{Clock, Time};
use crate::pairing::{Event, Key};

/// From one scan to the next: several of them see the shortest press.
const PERIOD: Duration = Duration::from_millis(8);
/// Between two scans a key may have been let go and pressed again unseen in this time.
const LONGEST_GAP: Duration = Duration::from_millis(100);
/// Until a column has its level: a pull-up of 100 kilohms charges a cable of 100 pF within 10 us.
const SETTLE: Duration = Duration::from_micros(30);

/// A key matrix whose lines were granted to this process.
pub(super) struct Matrix {
    lines: Arc<Lines>,
    warnings: Vec<String>,
    scanner: Scanner,
}

struct Lines {
    rows: MultiLineHandle,
    cols: MultiLineHandle,
}

impl Matrix {
    /// Finds the lines and requests them, with no row driven.
    ///
    /// # Errors
    ///
    /// [`GpioError`] if one of the lines is not there or not to be had.
    pub(super) fn open(
        rows: &[Line],
        cols: &[Line],
        keys: &[Vec<Option<Key>>],
        bias: Bias,
    ) -> Result<Self, GpioError> {
        let mut warnings = Vec::new();
        let drain = LineRequestFlags::OUTPUT | LineRequestFlags::OPEN_DRAIN;
        let rows = request(rows, drain, Bias::AsIs, &mut warnings)?;
        let cols = request(cols, LineRequestFlags::INPUT, bias, &mut warnings)?;
        let lines = Arc::new(Lines { rows, cols });
        Ok(Self { lines, warnings, scanner: Scanner::new(keys.to_vec()) })
    }

    /// A line about each thing odd with the lines that does not keep them from working.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Tells `events` which keys there are, and what is typed while `listen` says so; without a
    /// listener all keys count as up, and nothing is scanned. Ends when a line is lost, or nobody
    /// listens any more. Returns why it is lost, in one line. Dropping the future gives the lines
    /// back.
    pub(super) async fn run(
        mut self,
        clock: &Clock,
        events: &UnboundedSender<Event>,
        listen: &mut watch::Receiver<bool>,
    ) -> String {
        let at = clock.now();
        for key in self.scanner.keys().iter() {
            // That the receiver is gone is noticed by the wait.
            let _ = events.send(Event::KeyReady { key, down: false, at });
        }
        let mut ended: Option<Time> = None;
        loop {
            let listens = *listen.borrow_and_update();
            let start = clock.now();
            let reports = if listens {
                if ended.is_some_and(|ended| start.since(ended) > LONGEST_GAP) {
                    self.scanner.interrupt();
                }
                let closed = match self.scan().await {
                    Ok(closed) => closed,
                    Err(error) => {
                        return format!("the keypad's lines are lost: {error}; is it unplugged?");
                    }
                };
                ended = Some(clock.now());
                self.scanner.step(&closed)
            } else {
                ended = None;
                self.scanner.pause()
            };
            // It happened during the scan. A press is to seem short rather than long.
            let end = ended.unwrap_or(start);
            for report in reports {
                let _ = events.send(match report {
                    Report::Level { key, down } => Event::KeyReady { key, down, at: end },
                    Report::Edge { key, down } => {
                        Event::Edge { key, down, at: if down { end } else { start } }
                    }
                });
            }
            tokio::select! {
                () = events.closed() => return "nobody listens".to_owned(),
                Ok(()) = listen.changed() => {}
                () = clock.sleep_until(end + PERIOD), if listens => {}
            }
        }
    }

    /// Scans on a thread of its own: a chip behind a slow bus takes a while for each line, and the
    /// daemon has other things to do.
    async fn scan(&self) -> Result<Vec<Row>, String> {
        let lines = Arc::clone(&self.lines);
        match tokio::task::spawn_blocking(move || lines.scan()).await {
            Ok(scan) => scan.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Lines {
    fn scan(&self) -> Result<Vec<Row>, gpio_cdev::Error> {
        let mut driven = vec![0; self.rows.num_lines()];
        let mut closed = Vec::with_capacity(driven.len());
        for row in 0..driven.len() {
            driven[row] = 1;
            self.rows.set_values(&driven)?;
            driven[row] = 0;
            std::thread::sleep(SETTLE);
            let levels = self.cols.get_values()?;
            closed.push(levels.iter().rev().fold(0, |row, level| row << 1 | Row::from(*level)));
        }
        self.rows.set_values(&driven)?;
        Ok(closed)
    }
}

/// Requests lines of one chip; 1 is low, and none is driven.
fn request(
    lines: &[Line],
    flags: LineRequestFlags,
    bias: Bias,
    warnings: &mut Vec<String>,
) -> Result<MultiLineHandle, GpioError> {
    let mut chip = None;
    let mut offsets = Vec::new();
    for line in lines {
        let found = chip_of(line)?;
        warnings.extend(found.warning);
        offsets.push(found.offset);
        chip = Some((found.chip, found.label));
    }
    // A checked profile has at least one.
    let (mut chip, label) = chip.ok_or(GpioError::NoChips)?;
    let all = offsets.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let failed = |error: gpio_cdev::Error| GpioError::Failed {
        line: format!("lines {all} of {}", label),
        step: "finding them",
        reason: error.to_string(),
    };
    let requested = chip.get_lines(&offsets).map_err(failed)?;
    let flags = with_bias(flags | LineRequestFlags::ACTIVE_LOW, bias);
    requested.request(flags, &vec![0; lines.len()], CONSUMER).map_err(|error| {
        // Of several lines the kernel does not say which is taken.
        let is_used = |at: &usize| requested[*at].info().is_ok_and(|info| info.is_used());
        let used = (0..requested.len()).find(is_used).unwrap_or_default();
        let name = match offsets.get(used) {
            Some(offset) => format!("line {offset} of {}", label),
            None => label.clone(),
        };
        refused(name, &requested[used], bias, "requesting it", &error)
    })
}
