//! What presses do.

use super::prompt::{AcceptPress, Presence};
use super::session::Session;
use super::{Answer, Effect, Outcome};
use crate::clock::Time;

impl Session {
    pub(super) fn accept_pressed(&mut self, since: Time) {
        let other_down = self.reject.is_down();
        self.reject_counts &= !other_down;
        let arm = self.policy.arm;
        if let Some(prompt) = &mut self.prompt {
            let armed = prompt.on_glass.is_some_and(|shown| since >= shown + arm);
            let counts = armed && !other_down && prompt.presence == Presence::Press;
            prompt.press = Some(AcceptPress { since, counts });
        }
    }

    pub(super) fn reject_pressed(&mut self) {
        self.reject_counts = !self.accept.is_down();
        if let Some(press) = self.prompt.as_mut().and_then(|prompt| prompt.press.as_mut()) {
            press.counts = false;
        }
    }

    /// When the hold that is going on is complete, if the key stays down.
    pub(super) fn hold_ends(&self) -> Option<Time> {
        let press = self.prompt.as_ref()?.press.filter(|press| press.counts)?;
        let held = !self.policy.hold.is_zero() && self.accept.is_held_since(press.since);
        held.then(|| press.since + self.policy.hold)
    }

    /// When that hold accepts. The bar that grows meanwhile proves that the display still works:
    /// without a frame acknowledged during the hold there is no acceptance.
    pub(super) fn held_at(&self) -> Option<Time> {
        let prompt = self.prompt.as_ref()?;
        let alive = |since| prompt.last_frame >= since || !self.fittings.display;
        self.hold_ends().filter(|_| prompt.press.is_some_and(|press| alive(press.since)))
    }

    pub(super) fn accept_released(&mut self, now: Time, pressed: Time) {
        let Some(prompt) = &mut self.prompt else {
            if self.fittings.reject.is_none() {
                self.give_up(now, pressed);
            }
            self.dismiss(pressed);
            return;
        };
        match prompt.press.take() {
            Some(press) if press.counts && press.since == pressed => {
                if self.policy.hold.is_zero() {
                    self.accept_prompt(now);
                } else if self.fittings.reject.is_none() {
                    // The only key says no when it is let go before the hold is complete.
                    self.end_prompt(now, Answer::Reject, Outcome::RejectedHere);
                }
            }
            _ => {}
        }
    }

    pub(super) fn reject_released(&mut self, now: Time, pressed: Time) {
        if !self.reject_counts {
            return;
        }
        match &self.prompt {
            Some(prompt) if pressed >= prompt.opened => {
                self.end_prompt(now, Answer::Reject, Outcome::RejectedHere);
            }
            Some(_) => {}
            None => {
                self.give_up(now, pressed);
                self.dismiss(pressed);
            }
        }
    }

    /// Stops a pairing that bluetoothd does not ask about (any more).
    fn give_up(&mut self, now: Time, pressed: Time) {
        if self.shown.as_ref().is_some_and(|shown| pressed >= shown.opened) {
            self.drop_shown(now, Outcome::RejectedHere);
        }
        let begun = |settling: &mut super::prompt::Settling| pressed >= settling.since;
        if let Some(settling) = self.settling.take_if(begun) {
            self.effects.push(Effect::Disconnect(settling.device.clone()));
            self.finish(now, settling.device, settling.method, Outcome::RejectedHere);
        }
    }

    fn dismiss(&mut self, pressed: Time) {
        self.ended.take_if(|ended| pressed >= ended.since);
    }
}
