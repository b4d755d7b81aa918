//! The pairing window: outside it, nothing is accepted.

use std::time::Duration;

use crate::clock::Time;

/// Whether, and until when, devices may pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Window {
    until: Option<Time>,
    since: Time,
}

impl Window {
    pub(super) fn open(&mut self, now: Time, length: Duration) {
        if self.remaining(now).is_none() {
            self.since = now;
        }
        self.until = Some(now + length);
    }

    pub(super) fn close(&mut self) {
        self.until = None;
    }

    /// What is left of it; `None` when it is closed.
    pub(super) fn remaining(&self, now: Time) -> Option<Duration> {
        self.until.map(|until| until.since(now)).filter(|left| !left.is_zero())
    }

    /// Since when it has been open without a break, if it is.
    pub(super) fn since(&self, now: Time) -> Option<Time> {
        self.remaining(now).map(|_| self.since)
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.until
    }
}

/// Whether the window opens by itself when an adapter is first there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtStart {
    /// Only if no device is bonded: a box fresh from the factory.
    #[default]
    IfUnpaired,
    /// Each time.
    Always,
    /// Not at all.
    Never,
}
