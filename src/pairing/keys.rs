//! What presses do.

use std::time::Duration;

use super::prompt::{AcceptPress, Ask, Presence};
use super::session::Session;
use super::{Answer, Effect, Key, Outcome};
use crate::clock::Time;

/// How long a complete hold must still be one before it accepts: edges that have happened reach the
/// session by then, unless its caller was kept from running.
pub(super) const CERTAIN: Duration = Duration::from_millis(30);
/// A wake-up that is later than this one shows that it was: what has happened meanwhile may still be
/// on its way.
pub(super) const LATE: Duration = Duration::from_millis(100);
/// How long the reject key is held at a prompt to be rid of the device for good.
pub(super) const BLOCKS: Duration = Duration::from_secs(3);

impl Session {
    /// Whether the glass could be read is to be known here: until the key has settled, it may be lit
    /// by something else.
    pub(super) fn edge(&mut self, key: Key, down: bool, now: Time) {
        let wakes = self.is_wake_up(now);
        self.controls.edge(key, down, now, wakes);
    }

    pub(super) fn pressed(&mut self, key: Key, since: Time) {
        if !self.something_is_open() {
            self.quiet_pressed(key, since);
        }
        match key {
            Key::Accept | Key::Enter => self.accept_pressed(key, since),
            Key::Reject | Key::Escape => self.reject_pressed(key, since),
            key => self.entry_pressed(key, since),
        }
    }

    /// `sure` is whether the key was down without a break, and not stuck.
    pub(super) fn released(&mut self, now: Time, key: Key, pressed: Time, sure: bool) {
        if !self.something_is_open() {
            self.quiet_released(now, key, pressed, sure);
        }
        match key {
            Key::Accept | Key::Enter => self.accept_released(now, key, pressed, sure),
            Key::Reject | Key::Escape => self.reject_released(now, pressed),
            _ if self.prompt.is_none() => self.dismiss(pressed),
            _ => {}
        }
    }

    fn accept_pressed(&mut self, key: Key, since: Time) {
        // A stuck key is out of order, and not a second finger.
        let other_down = self.controls.another_is_pressed(key);
        self.reject_counts &= !self.controls.no_is_pressed();
        let (arm, display) = (self.policy.arm, self.fittings.display);
        let Some(prompt) = &mut self.prompt else { return };
        let armed = prompt.on_glass.is_some_and(|shown| since >= shown + arm);
        let free = armed && !other_down;
        let counts = match (&mut prompt.ask, prompt.presence) {
            (Ask::Enter(entry), _) if entry.is_complete(display, since) => free,
            (Ask::Enter(entry), _) => {
                if free && key == Key::Accept {
                    entry.take();
                }
                false
            }
            (_, presence) => free && presence == Presence::Press && key == Key::Accept,
        };
        prompt.press = Some(AcceptPress { key, since, counts, complete: None });
    }

    fn reject_pressed(&mut self, key: Key, since: Time) {
        self.reject_counts = !self.controls.is_pressed(Key::Accept);
        self.spoil_press();
        let counts = self.reject_counts && key == Key::Reject;
        if let Some(prompt) = self.prompt.as_mut().filter(|prompt| prompt.can_block()) {
            prompt.no = (counts && since >= prompt.opened).then_some((since, None));
        }
    }

    /// Since when the reject key is held at a prompt, and when that was found to be for long enough.
    pub(super) fn block(&self) -> Option<(Time, Option<Time>)> {
        let (since, complete) = self.prompt.as_ref()?.no?;
        let held = self.controls.state(Key::Reject)?.is_held_since(since);
        (held && self.reject_counts).then_some((since, complete))
    }

    /// When [`block_due`](Self::block_due) is.
    pub(super) fn block_at(&self) -> Option<Time> {
        let (since, complete) = self.block()?;
        Some(complete.map_or(since + BLOCKS, |complete| complete + CERTAIN))
    }

    /// The reject key has been held: it is a no for good.
    pub(super) fn block_due(&mut self, due: Time, now: Time) {
        let Some((since, complete)) = self.block() else { return };
        let Some(prompt) = &mut self.prompt else { return };
        if complete.is_some() && now.since(due) <= LATE {
            let device = prompt.device.clone();
            self.end_prompt(due, Answer::Reject, Outcome::Blocked);
            self.effects.push(Effect::Block(device));
        } else {
            prompt.no = Some((since, Some(now)));
        }
    }

    /// Any other key: of a keypad or a digit picker.
    fn entry_pressed(&mut self, key: Key, since: Time) {
        let Some(prompt) = &mut self.prompt else { return };
        if let Ask::Enter(entry) = &mut prompt.ask
            && prompt.on_glass.is_some_and(|shown| since >= shown + self.policy.arm)
        {
            entry.key(key);
        }
        self.spoil_press();
    }

    fn spoil_press(&mut self) {
        if let Some(press) = self.prompt.as_mut().and_then(|prompt| prompt.press.as_mut()) {
            press.counts = false;
        }
    }

    /// When the hold that is going on is complete, if the key stays down.
    pub(super) fn hold_ends(&self) -> Option<Time> {
        let prompt = self.prompt.as_ref().filter(|prompt| prompt.presence == Presence::Press)?;
        let press = prompt.press.filter(|press| press.counts)?;
        let held = self.controls.state(press.key)?.is_held_since(press.since);
        (held && !self.policy.hold.is_zero()).then(|| press.since + self.policy.hold)
    }

    /// When [`hold_due`](Self::hold_due) is. The bar that grows during the hold proves that the
    /// display still works: without a frame acknowledged meanwhile there is no acceptance.
    pub(super) fn held_at(&self) -> Option<Time> {
        let prompt = self.prompt.as_ref()?;
        let press = prompt.press?;
        let alive = prompt.last_frame >= press.since || !self.fittings.display;
        let ends = self.hold_ends().filter(|_| alive)?;
        Some(press.complete.map_or(ends, |complete| complete + CERTAIN))
    }

    /// The hold is complete, or has been for long enough to be sure of it. `now` is the time of the
    /// wake-up that `due` had asked for: after a late one the key may have been let go long ago.
    pub(super) fn hold_due(&mut self, due: Time, now: Time) {
        let Some(press) = self.prompt.as_mut().and_then(|prompt| prompt.press.as_mut()) else {
            return;
        };
        if press.complete.is_some() && now.since(due) <= LATE {
            self.accept_prompt(due);
        } else {
            press.complete = Some(now);
        }
    }

    fn accept_released(&mut self, now: Time, key: Key, pressed: Time, sure: bool) {
        let only_key = !self.controls.can_say_no();
        let Some(prompt) = &mut self.prompt else {
            if only_key {
                self.give_up(now, pressed);
            }
            self.dismiss(pressed);
            return;
        };
        let Some(press) = prompt.press.take_if(|press| press.key == key) else { return };
        if !press.counts || press.since != pressed {
            return;
        }
        if prompt.presence == Presence::Digits || self.policy.hold.is_zero() {
            if sure {
                self.accept_prompt(now);
            }
        } else if only_key {
            // The only key says no when it is let go before the hold is complete.
            self.end_prompt(now, Answer::Reject, Outcome::RejectedHere);
        }
    }

    fn reject_released(&mut self, now: Time, pressed: Time) {
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
        self.dismiss_told(pressed);
        self.ended.take_if(|ended| pressed >= ended.since);
    }
}
