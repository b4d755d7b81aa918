//! The pairing window: outside it, nothing is accepted.

use std::time::Duration;

use super::session::Session;
use super::{Answer, AtStart, Effect, Outcome};
use crate::clock::Time;

/// How long the adapters stay open after the bond that closes the window: over BR/EDR a phone makes
/// its LE key in a pairing of its own (Linux, `net/bluetooth/smp.c`, `smp_cmd_pairing_req`).
const LAST_KEYS: Duration = Duration::from_secs(3);

/// Whether, and until when, devices may pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Window {
    until: Option<Time>,
    since: Time,
    /// How many bonds were made in it.
    bonds: u32,
    /// Whether that was as many as it is for.
    full: bool,
}

impl Window {
    fn open(&mut self, now: Time, length: Duration) {
        let since = if self.remaining(now).is_none() { now } else { self.since };
        *self = Self { until: Some(now + length), since, bonds: 0, full: false };
    }

    fn close(&mut self) {
        self.until = None;
    }

    /// What is left of it; `None` when it is closed.
    pub(super) fn remaining(&self, now: Time) -> Option<Duration> {
        self.until.map(|until| until.since(now)).filter(|left| !left.is_zero())
    }

    /// Whether another device may pair.
    pub(super) fn admits(&self, now: Time) -> bool {
        !self.full && self.remaining(now).is_some()
    }

    /// Since when it has been open without a break, if it is.
    pub(super) fn since(&self, now: Time) -> Option<Time> {
        self.remaining(now).map(|_| self.since)
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.until
    }
}

impl Session {
    /// Whether it opens by itself, once everything is known that this depends on: what is bonded,
    /// and whether the board works.
    pub(super) fn decide_window(&mut self, now: Time) {
        let known = !self.inventoried.is_empty() && !self.is_broken();
        if !known || std::mem::replace(&mut self.window_decided, true) {
            return;
        }
        let opens = match self.policy.window_at_start {
            AtStart::IfUnpaired => self.bonds().next().is_none(),
            AtStart::Always => true,
            AtStart::Never => false,
        };
        if opens {
            self.open_window(now, self.policy.window);
        }
    }

    pub(super) fn open_window(&mut self, now: Time, length: Duration) {
        self.window_decided = true;
        self.window.open(now, length);
        self.forget_out_of_band();
        for known in self.devices.values_mut() {
            known.offered = false;
            known.refused = false;
        }
        self.effects.push(Effect::Window(Some(length)));
        // Another agent may have become the default without a sign of it.
        self.reclaim(now);
        self.set_adapters(now);
    }

    pub(super) fn close_window(&mut self, now: Time) {
        self.window_decided = true;
        if self.window.deadline().is_none() {
            return;
        }
        self.window.close();
        self.effects.push(Effect::Window(None));
        if self.prompt.as_ref().is_some_and(|prompt| prompt.ask.is_pairing()) {
            self.end_prompt(now, Answer::Reject, Outcome::WindowClosed);
        }
        self.drop_shown(now, Outcome::WindowClosed);
        self.set_adapters(now);
    }

    /// A bond was made that somebody here has approved.
    pub(super) fn count_bond(&mut self, now: Time) {
        let Some(until) = self.window.until else { return };
        self.window.bonds = self.window.bonds.saturating_add(1);
        if self.policy.window_bonds > 0 && self.window.bonds >= self.policy.window_bonds {
            self.window.full = true;
            self.window.until = Some(until.min(now + LAST_KEYS));
        }
    }
}
