//! The thread that owns the panel, so that nothing else ever waits for its bus.
//!
//! ```text
//!            open ok, blanked: Ready            frame on the glass: Shown
//!  ┌────────┐ ───────────────────────▶ ┌──────┐ ──────────┐
//!  │ closed │                          │ open │           │
//!  └────────┘ ◀─────────────────────── └──────┘ ◀─────────┘
//!      │ ▲          failed: Failed
//!      └─┘ failed: back-off, Failed if it says something new
//! ```
//!
//! A transfer on a bus that hangs may take long (the adapter's own timeout, one second on most):
//! only this thread notices. The latest frame wins; those that it overtakes are never sent. While the
//! glass is to be off none is.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

use super::{Driver, DriverError, Frame};
use crate::pairing::Glow;

/// How long [`Writer::close`] waits for the panel to go dark.
const CLOSING: Duration = Duration::from_secs(1);

/// What became of the panel or of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The panel is open and has acknowledged its initialisation and a dark frame.
    Ready,
    /// The frame with this tag is on the glass. Told again for the latest frame when it was lost
    /// with the panel, or may have been, and was brought back.
    Shown {
        /// The number given to [`Writer::show`].
        tag: u64,
        /// How bright the glass is; never [`Glow::Off`].
        glow: Glow,
    },
    /// The panel does not work, and why: one line with what to do. It is tried again without end;
    /// the same line is not told twice in a row.
    Failed(String),
}

/// How long to wait between attempts to open a panel that failed: `first`, then twice as long each
/// time, up to `longest`. Begins anew when a frame has been shown.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Default for Backoff {
    /// Half a second to half a minute.
    fn default() -> Self {
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(30) }
    }
}

impl Backoff {
    fn after(self, wait: Duration) -> Duration {
        wait.saturating_mul(2).min(self.longest)
    }
}

/// A panel on a thread of its own.
///
/// When dropped, it is closed as by [`Writer::close`].
#[derive(Debug)]
pub struct Writer {
    slot: Arc<Slot>,
    /// Never sent to: disconnects when the thread has ended.
    ended: mpsc::Receiver<()>,
}

impl Writer {
    /// Starts the thread. It opens the panel with `open`, as often as need be, and tells `report`
    /// what happens.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn start(
        open: impl FnMut() -> Result<Box<dyn Driver>, DriverError> + Send + 'static,
        report: impl Fn(Report) + Send + 'static,
        backoff: Backoff,
    ) -> io::Result<Self> {
        let slot = Arc::new(Slot::default());
        let (alive, ended) = mpsc::channel();
        let mut thread = Thread { slot: slot.clone(), open, report, backoff, failure: None };
        thread::Builder::new().name("panel".to_owned()).spawn(move || {
            thread.run();
            drop(alive);
        })?;
        Ok(Self { slot, ended })
    }

    /// Hands over the frame to be on the glass from now on; returns at once. `tag` comes back in
    /// [`Report::Shown`]. `refresh` has the panel initialised anew and every pixel sent; it holds
    /// until a frame is shown, also if another one overtakes this.
    pub fn show(&self, frame: Frame, tag: u64, refresh: bool) {
        let mut order = self.slot.lock();
        order.latest = Some(Job { frame, tag });
        order.fresh = true;
        order.refresh |= refresh;
        drop(order);
        self.slot.changed.notify_one();
    }

    /// Makes the glass as bright as this from now on; returns at once. It is lit at first. One that is
    /// off is lit by [`Glow::Full`] or [`Glow::Dim`] and the next frame.
    pub fn dim(&self, glow: Glow) {
        let mut order = self.slot.lock();
        order.glow = glow;
        if glow == Glow::Off {
            order.latest = None;
            order.fresh = false;
        }
        drop(order);
        self.slot.changed.notify_one();
    }

    /// Darkens the panel and ends the thread. Returns after a second at most: a transfer that
    /// hangs is left to end by itself.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.slot.lock().closing = true;
        self.slot.changed.notify_one();
        if self.ended.recv_timeout(CLOSING) == Err(RecvTimeoutError::Timeout) {
            log::warn!("the panel did not go dark within {CLOSING:?}; leaving it");
        }
    }
}

/// What the thread has to do.
#[derive(Debug, Default)]
struct Order {
    latest: Option<Job>,
    /// `latest` has not been tried yet.
    fresh: bool,
    refresh: bool,
    glow: Glow,
    closing: bool,
}

/// What is to be done next.
enum Step {
    Dim(Glow),
    Show(Job, bool),
    Close,
}

#[derive(Clone, Debug)]
struct Job {
    frame: Frame,
    tag: u64,
}

#[derive(Debug, Default)]
struct Slot {
    order: Mutex<Order>,
    changed: Condvar,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Order> {
        // An order is whole after each statement, so that a panic elsewhere cannot have torn it.
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be done with a glass that is as bright as `glow`. Its brightness comes before the
    /// frame that needs it.
    fn next(&self, glow: Glow) -> Step {
        let idle = |order: &mut Order| {
            let shows = order.fresh && glow != Glow::Off;
            order.glow == glow && !shows && !order.closing
        };
        let mut order =
            self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        if order.closing {
            return Step::Close;
        }
        if order.glow != glow {
            return Step::Dim(order.glow);
        }
        order.fresh = false;
        let refresh = std::mem::take(&mut order.refresh);
        order.latest.clone().map_or(Step::Close, |job| Step::Show(job, refresh))
    }

    /// The latest frame is to be tried once more, if there is one.
    fn show_again(&self) {
        let mut order = self.lock();
        order.fresh = order.latest.is_some();
    }

    /// Waits, and says whether to go on.
    fn pause(&self, time: Duration) -> bool {
        let (order, _) = self
            .changed
            .wait_timeout_while(self.lock(), time, |order| !order.closing)
            .unwrap_or_else(PoisonError::into_inner);
        !order.closing
    }
}

struct Thread<O, R> {
    slot: Arc<Slot>,
    open: O,
    report: R,
    backoff: Backoff,
    /// The line last reported, while the panel does not work.
    failure: Option<String>,
}

impl<O, R> Thread<O, R>
where
    O: FnMut() -> Result<Box<dyn Driver>, DriverError>,
    R: Fn(Report),
{
    fn run(&mut self) {
        let mut wait = self.backoff.first;
        loop {
            match self.serve(&mut wait) {
                Ok(()) => return,
                Err(error) => self.fail(&error),
            }
            // What was on the glass is lost with the panel.
            self.slot.show_again();
            if !self.slot.pause(wait) {
                // What it showed when it failed may be there still.
                if let Ok(mut panel) = (self.open)() {
                    let _ = panel.blank();
                }
                return;
            }
            wait = self.backoff.after(wait);
        }
    }

    /// From opening the panel until it fails, or goes dark because it is to be closed.
    fn serve(&mut self, wait: &mut Duration) -> Result<(), DriverError> {
        let mut panel = (self.open)()?;
        panel.blank()?;
        self.failure = None;
        (self.report)(Report::Ready);
        let mut glow = Glow::default();
        loop {
            match self.slot.next(glow) {
                // One disturbed transfer is no failed panel: the second attempt begins from nothing.
                Step::Dim(next) => {
                    if panel.dim(next).is_err() {
                        panel.dim(next)?;
                        // What the first attempt has left on the glass nobody knows.
                        self.slot.show_again();
                    }
                    glow = next;
                }
                Step::Show(Job { frame, tag }, refresh) => {
                    let shown = if refresh { panel.refresh(&frame) } else { panel.show(&frame) };
                    shown.or_else(|_| panel.refresh(&frame))?;
                    *wait = self.backoff.first;
                    (self.report)(Report::Shown { tag, glow });
                }
                Step::Close => break,
            }
        }
        if let Err(error) = panel.blank() {
            log::warn!("the panel may still show its last picture: {error}");
        }
        Ok(())
    }

    fn fail(&mut self, error: &DriverError) {
        let line = error.to_string();
        if self.failure.as_ref() != Some(&line) {
            self.failure = Some(line.clone());
            (self.report)(Report::Failed(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_half_a_second_to_half_a_minute() {
        let backoff = Backoff::default();
        let waits = std::iter::successors(Some(backoff.first), |wait| Some(backoff.after(*wait)));
        let millis: Vec<_> = waits.take(9).map(|wait| wait.as_millis()).collect();
        assert_eq!(millis, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    }
}
