//! Buttons on GPIO lines, through the kernel's character device.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{FutureExt as _, StreamExt as _};
use gpio_cdev::{
    AsyncLineEventHandle, Chip, EventRequestFlags, EventType, Line as CdevLine, LineEvent,
    LineRequestFlags,
};
use tokio::sync::mpsc::UnboundedSender;

use super::GpioError;
use super::error::{Answer, answer};
use super::resolve::{ChipInfo, check_name, find_chip};
use crate::board::{Active, Bias, Button};
use crate::clock::{Clock, Time};
use crate::pairing::{self, Event};

/// Who holds the line, as `gpioinfo` shows it.
const CONSUMER: &str = "pairpanel";

/// Bias flags of a version 1 request (Linux 5.5, include/uapi/linux/gpio.h), which gpio-cdev 0.6
/// has no names for.
const PULL_UP: u32 = 1 << 5;
const PULL_DOWN: u32 = 1 << 6;
const BIAS_DISABLE: u32 = 1 << 7;

/// Edges that the kernel keeps for a version 1 request; it drops those that come after
/// (drivers/gpio/gpiolib-cdev.c, `struct lineevent_state`).
const KERNEL_QUEUE: usize = 16;

/// A button whose line was granted to this process.
pub(super) struct Key {
    key: pairing::Key,
    name: String,
    down: bool,
    warning: Option<String>,
    events: AsyncLineEventHandle,
}

impl Key {
    /// Finds the button's line and requests both its edges. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`GpioError`] if there is no such line, or it is not to be had.
    pub(super) fn open(button: &Button) -> Result<Self, GpioError> {
        let info = find_chip(&button.line, &chips()?)?.clone();
        let mut chip = open_chip(&info.path)?;
        let warning = check_name(&button.line, &info, &line_names(&chip, &info)?)?;
        let name = format!("line {} of {}", button.line.offset, info.label);
        let failed = |step, error: gpio_cdev::Error| GpioError::Failed {
            line: name.clone(),
            step,
            reason: error.to_string(),
        };

        let line = chip.get_line(button.line.offset).map_err(|e| failed("finding it", e))?;
        let events = line
            .async_events(flags(button), EventRequestFlags::BOTH_EDGES, CONSUMER)
            .map_err(|error| match answer(&error) {
                Answer::Busy => GpioError::Busy { line: name.clone(), consumer: consumer(&line) },
                // The interface answered the question for names, so it is the bias that is new.
                Answer::Unknown if button.bias != Bias::AsIs => {
                    GpioError::NoBias { line: name.clone(), bias: bias_name(button.bias) }
                }
                _ => failed("requesting its edges", error),
            })?;
        // After the request, so that no edge falls between the two.
        let down = level(&events).map_err(|error| failed("reading its level", error))?;
        Ok(Self { key: button.role.into(), name, down, warning, events })
    }

    /// It was pressed when its line was opened.
    pub(super) fn down(&self) -> bool {
        self.down
    }

    /// One line about something odd with the line that does not keep it from working.
    pub(super) fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Sends the button's edges to `events` until its line is lost, or nobody listens. Returns why
    /// it is lost, in one line. Dropping the future gives the line back.
    pub(super) async fn run(mut self, clock: &Clock, events: &UnboundedSender<Event>) -> String {
        loop {
            let first = match select(self.events.next(), std::pin::pin!(events.closed())).await {
                Either::Left((first, _)) => first,
                Either::Right(_) => return "nobody listens".to_owned(),
            };
            if let Err(reason) = self.pass_on(first, clock, events) {
                return format!("{} is lost: {reason}; is it unplugged?", self.name);
            }
        }
    }

    /// Sends `first` and what waits behind it. The error is why the line is lost.
    fn pass_on(
        &mut self,
        first: Option<Result<LineEvent, gpio_cdev::Error>>,
        clock: &Clock,
        events: &UnboundedSender<Event>,
    ) -> Result<(), String> {
        let key = self.key;
        // That the receiver is gone is noticed before the next wait.
        let send = |down, at| {
            let _ = events.send(Event::Edge { key, down, at });
        };
        let mut waiting = Some(first);
        let mut passed = 0;
        while let Some(next) = waiting {
            let event = next.ok_or("end of events")?.map_err(|error| error.to_string())?;
            let down = event.event_type() == EventType::RisingEdge;
            send(down, edge_time(event.timestamp(), clock.now()));
            passed += 1;
            waiting = self.events.next().now_or_never();
        }
        // The last one may be among those dropped, and a released key must not count as held.
        if passed >= KERNEL_QUEUE
            && let Ok(down) = level(&self.events)
        {
            send(down, clock.now());
        }
        Ok(())
    }
}

/// The kernel's time of an edge. Kernels before 5.7 give the time of day: that is nowhere near
/// `now`, which is then the better answer.
fn edge_time(kernel_ns: u64, now: Time) -> Time {
    const NEAR: Duration = Duration::from_secs(10);
    let kernel = Time::from_start(Duration::from_nanos(kernel_ns));
    if kernel <= now && now.since(kernel) <= NEAR { kernel } else { now }
}

fn flags(button: &Button) -> LineRequestFlags {
    let mut flags = LineRequestFlags::INPUT;
    if button.active == Active::Low {
        flags |= LineRequestFlags::ACTIVE_LOW;
    }
    let bias = match button.bias {
        Bias::PullUp => PULL_UP,
        Bias::PullDown => PULL_DOWN,
        Bias::Off => BIAS_DISABLE,
        Bias::AsIs => 0,
    };
    LineRequestFlags::from_bits_retain(flags.bits() | bias)
}

fn bias_name(bias: Bias) -> &'static str {
    match bias {
        Bias::PullUp => "pull-up",
        Bias::PullDown => "pull-down",
        Bias::Off => "off",
        Bias::AsIs => "as-is",
    }
}

/// Pressed, polarity already taken into account by the kernel.
fn level(events: &AsyncLineEventHandle) -> Result<bool, gpio_cdev::Error> {
    events.as_ref().get_value().map(|value| value != 0)
}

fn consumer(line: &CdevLine) -> String {
    let info = line.info().ok();
    match info.as_ref().and_then(|info| info.consumer()) {
        Some(CONSUMER) => "another pairpanel".to_owned(),
        Some(consumer) => format!("\"{}\"", consumer.escape_debug()),
        None => "the kernel".to_owned(),
    }
}

/// All chips, each once: some images link old numbers to new ones. Those that may not be opened
/// are left out if another one may.
fn chips() -> Result<Vec<ChipInfo>, GpioError> {
    let mut seen = HashSet::new();
    let mut chips = Vec::new();
    let mut refused = None;
    for entry in fs::read_dir("/dev").into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with("gpiochip") {
            continue;
        }
        // Follows a link, to the number of the device behind it.
        let Ok(device) = fs::metadata(entry.path()) else { continue };
        if !seen.insert(device.rdev()) {
            continue;
        }
        let path = entry.path().display().to_string();
        match open_chip(&path) {
            Ok(chip) => chips.push(ChipInfo {
                path,
                label: chip.label().to_owned(),
                lines: chip.num_lines(),
            }),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if chips.is_empty() => Err(error),
        _ => Ok(chips),
    }
}

fn open_chip(path: &str) -> Result<Chip, GpioError> {
    Chip::new(path).map_err(|error| match answer(&error) {
        Answer::Denied => GpioError::Denied { path: path.to_owned() },
        _ => GpioError::Failed {
            line: path.to_owned(),
            step: "opening it",
            reason: error.to_string(),
        },
    })
}

/// The name of each line, empty for none.
fn line_names(chip: &Chip, info: &ChipInfo) -> Result<Vec<String>, GpioError> {
    let name = |line: CdevLine| match line.info() {
        Ok(line) => Ok(line.name().unwrap_or_default().to_owned()),
        // The first question that only version 1 of the interface answers.
        Err(error) if answer(&error) == Answer::Unknown => {
            Err(GpioError::NoVersion1 { path: info.path.clone() })
        }
        Err(error) => Err(GpioError::Failed {
            line: info.path.clone(),
            step: "asking for the names of its lines",
            reason: error.to_string(),
        }),
    };
    chip.lines().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_has_the_kernels_time_if_that_is_the_same_clocks() {
        let at = |seconds| Time::from_start(Duration::from_secs(seconds));
        let ns = |seconds: u64| seconds * 1_000_000_000;
        let now = at(5000);
        assert_eq!(edge_time(ns(4999), now), at(4999));
        assert_eq!(edge_time(ns(4990), now), at(4990));
        assert_eq!(edge_time(ns(4989), now), now);
        assert_eq!(edge_time(ns(5001), now), now);
        assert_eq!(edge_time(ns(1_760_000_000), now), now);
    }

    #[test]
    fn a_request_has_the_flags_of_the_profile() {
        let cases = [
            (Active::High, Bias::AsIs, 0b0000_0001),
            (Active::Low, Bias::AsIs, 0b0000_0101),
            (Active::Low, Bias::PullUp, 0b0010_0101),
            (Active::High, Bias::PullDown, 0b0100_0001),
            (Active::High, Bias::Off, 0b1000_0001),
        ];
        for (active, bias, expected) in cases {
            let line = crate::board::Line { chips: vec![], offset: 0, names: vec![] };
            let (role, label, debounce) =
                (crate::board::Role::Accept, String::new(), Duration::ZERO);
            let button = Button { role, label, line, active, bias, debounce };
            assert_eq!(flags(&button).bits(), expected, "{active:?} {bias:?}");
        }
    }
}
