//! What the service manager is told (sd_notify(3)), and what feeds its watchdog.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;

use crate::bluez::Pulse;
use crate::clock::Clock;
use crate::pairing::Capability;

/// The service manager that has started this process, if one has: it says so by `NOTIFY_SOCKET`. A
/// daemon inside of somebody else's process has none, because what that process tells is not ours
/// to say.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Whether it was told so, once and for all of the process's life.
    ready: Arc<AtomicBool>,
    /// After how long without food it takes the process for hung (`WATCHDOG_USEC`).
    watchdog: Option<Duration>,
}

impl Manager {
    /// The one of this process.
    pub fn of_this_process() -> Self {
        Self { ready: Arc::default(), watchdog: sd_notify::watchdog_enabled() }
    }

    pub(super) fn waiting(&self) {
        tell(&[NotifyState::Status("waiting for bluetoothd")]);
    }

    /// What this is the service of can be had from now on; said each time, heeded at the first.
    pub(super) fn registered(&self, capability: Capability) {
        self.ready.store(true, Ordering::Relaxed);
        let status = format!("default agent of bluetoothd, as {capability}");
        tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
    }

    pub(super) fn stopping(&self) {
        tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    }

    /// Says that the configuration is being read anew, until the value is dropped. Before it is ready
    /// nothing is said, because the end of a reload is told by the same word.
    pub(crate) fn reloading(&self) -> Option<Reloading> {
        let now = NotifyState::monotonic_usec_now().ok()?;
        self.ready.load(Ordering::Relaxed).then(|| {
            tell(&[NotifyState::Reloading, now]);
            Reloading
        })
    }

    /// Feeds the watchdog, if there is one, and never ends. It is to be polled by the loop alone, so
    /// that a loop which has stopped feeds nothing.
    pub(super) async fn feed(&self, clock: Clock, pulse: Pulse) -> Infallible {
        let Some(limit) = self.watchdog else { return std::future::pending().await };
        let beats = || {
            let pulse = pulse.clone();
            async move { pulse.beats().await }
        };
        feed(limit, clock, beats, || tell(&[NotifyState::Watchdog])).await
    }
}

/// A reload that goes on; dropped when it is over, whatever came of it.
pub(crate) struct Reloading;

impl Drop for Reloading {
    fn drop(&mut self) {
        tell(&[NotifyState::Ready]);
    }
}

/// Feeds twice within `limit`, as sd_watchdog_enabled(3) advises, each time that there was a pulse.
async fn feed<F>(
    limit: Duration,
    clock: Clock,
    beats: impl Fn() -> F,
    food: impl Fn(),
) -> Infallible
where
    F: Future<Output = bool>,
{
    loop {
        if beats().await {
            food();
        }
        clock.sleep_until(clock.now() + limit / 2).await;
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        log::warn!("cannot tell the service manager ({error}); it may take pairpanel for hung");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};
    use std::pin::pin;

    use futures_util::poll;

    use super::*;
    use crate::clock::ManualClock;

    const LIMIT: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn the_watchdog_is_fed_twice_a_limit_while_the_bus_replies_and_not_else() {
        let manual = ManualClock::new();
        let clock = Clock::Manual(manual.clone());
        let (replies, fed) = (Cell::new(true), Cell::new(0));
        let mut feeding =
            pin!(feed(LIMIT, clock, || ready(replies.get()), || fed.set(fed.get() + 1)));
        let mut after = Vec::new();
        for (half, reply) in [true, true, true, false, false, true].into_iter().enumerate() {
            replies.set(reply);
            if half > 0 {
                manual.advance(LIMIT / 2);
            }
            assert!(poll!(&mut feeding).is_pending());
            after.push(fed.get());
        }
        assert_eq!(after, [1, 2, 3, 3, 3, 4]);
    }

    #[tokio::test]
    async fn a_bus_that_never_replies_is_no_food() {
        let manual = ManualClock::new();
        let clock = Clock::Manual(manual.clone());
        let fed = Cell::new(0);
        let mut feeding = pin!(feed(LIMIT, clock, pending, || fed.set(fed.get() + 1)));
        for _ in 0..5 {
            assert!(poll!(&mut feeding).is_pending());
            manual.advance(LIMIT);
        }
        assert_eq!(fed.get(), 0);
    }
}
