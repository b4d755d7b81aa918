//! Time as the rest of the crate knows it: a value that is passed in, and one place that reads it.
//!
//! The pairing core never asks a [`Clock`] what time it is: it is told. A manual clock
//! lets the simulator and the tests go through half a minute in no time, and lets no test depend
//! on how fast the machine is.

use std::ops::{Add, Sub};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// A moment on Linux's `CLOCK_MONOTONIC`, which is also the clock of the kernel's GPIO edge events
/// (since Linux 5.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// The moment `since_boot` after the clock's start.
    pub const fn from_start(since_boot: Duration) -> Self {
        Self(since_boot)
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(rhs))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(rhs))
    }
}

/// What tells the time and wakes a sleeper.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's `CLOCK_MONOTONIC`.
    Monotonic,
    /// A clock that stands still until [`ManualClock::advance`] moves it.
    Manual(ManualClock),
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> Time {
        match self {
            Self::Monotonic => {
                let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
                let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
                let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
                Time(Duration::new(seconds, nanos))
            }
            Self::Manual(clock) => *clock.0.borrow(),
        }
    }

    /// Returns at `moment`, at once if it has passed.
    pub async fn sleep_until(&self, moment: Time) {
        match self {
            Self::Monotonic => tokio::time::sleep(moment.since(self.now())).await,
            Self::Manual(clock) => {
                let mut changes = clock.0.subscribe();
                // The sender lives in `self`, so waiting cannot fail.
                let _ = changes.wait_for(|now| *now >= moment).await;
            }
        }
    }
}

/// A clock that somebody else moves. Clones share the time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<watch::Sender<Time>>);

impl ManualClock {
    /// A clock that shows an arbitrary, early time.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Time(Duration::from_secs(1000)))))
    }

    /// Moves the time on and wakes whoever waited for it.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = *now + by);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}
