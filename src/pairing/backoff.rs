//! Pauses after pairings that came to nothing: addresses are cheap, so whoever pesters the person
//! at the panel is not stopped by being refused.

use std::time::Duration;

use super::session::Session;
use super::{Method, Outcome, Refusal};
use crate::clock::Time;

/// How many times the length of a pause is doubled.
const DOUBLINGS: u32 = 4;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Backoff {
    /// How many pairings in a row have come to nothing.
    failures: u32,
    /// How many pauses there have been in a row.
    pauses: u32,
    until: Option<Time>,
}

impl Backoff {
    /// Until when there is a pause, if there is one.
    pub(super) fn until(&self, now: Time) -> Option<Time> {
        self.until.filter(|until| *until > now)
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.until
    }
}

impl Session {
    /// Takes note of how a pairing has ended.
    pub(super) fn count_failure(&mut self, now: Time, method: Method, outcome: Outcome) {
        let theirs = match outcome {
            Outcome::RejectedHere
            | Outcome::Blocked
            | Outcome::TimedOut
            | Outcome::Cancelled
            | Outcome::LinkLost
            | Outcome::HungUp
            | Outcome::NotAuthenticated => method != Method::Service,
            _ => false,
        };
        if outcome.is_paired() {
            let paused = std::mem::take(&mut self.backoff).until.is_some();
            if paused {
                self.set_adapters(now);
            }
        }
        if !theirs || self.policy.pause_after == 0 {
            return;
        }
        self.backoff.failures = self.backoff.failures.saturating_add(1);
        if self.backoff.failures >= self.policy.pause_after {
            let length = self.policy.pause * 2_u32.pow(self.backoff.pauses.min(DOUBLINGS));
            let pauses = self.backoff.pauses.saturating_add(1);
            self.backoff = Backoff { failures: 0, pauses, until: Some(now + length) };
            self.set_adapters(now);
        }
    }

    pub(super) fn end_pause(&mut self, now: Time) {
        self.backoff.until = None;
        // It is not so any more.
        self.ended.take_if(|ended| ended.outcome == Outcome::Refused(Refusal::Paused));
        self.set_adapters(now);
    }

    /// What is left of a pause that somebody at the panel should know of.
    pub(super) fn pause(&self, now: Time) -> Option<Duration> {
        self.window.remaining(now)?;
        self.backoff.until(now).map(|until| until.since(now))
    }
}
