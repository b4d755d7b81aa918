//! What the passing of time brings about.

use super::press::{Change, KeyState};
use super::prompt::Settling;
use super::session::Session;
use super::{Answer, Key, Outcome};
use crate::clock::Time;

/// What the passing of time brings about by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Timer {
    Grace,
    Settle(Key),
    Stick(Key),
    Held,
    PromptDeadline,
    ShownDeadline,
    SettlingDeadline,
    EndedOver,
    Offer,
    Forgetting,
    Told,
    Menu,
    Identified,
    Pause,
    Reclaim,
    OutOfBand,
    Key,
    WindowEnd,
    QuietHeld,
    DeviceHeld,
    Block,
}

impl Session {
    /// Lets happen what is due up to `until`; `now` is the time of this wake-up.
    pub(super) fn run_until(&mut self, until: Time, now: Time) {
        let due = |(at, _): &(Time, Timer)| *at <= until;
        while let Some((at, timer)) = self.timers().filter(due).min_by_key(|(at, _)| *at) {
            match timer {
                Timer::Grace => self.grace = None,
                Timer::Settle(key) => {
                    match self.controls.state_mut(key).and_then(KeyState::settle) {
                        Some(Change::Pressed { since, wakes: false }) => self.pressed(key, since),
                        Some(Change::Released { pressed, sure, woke: false }) => {
                            self.released(at, key, pressed, sure);
                        }
                        _ => {}
                    }
                }
                Timer::Stick(key) => {
                    if let Some(state) = self.controls.state_mut(key) {
                        state.stick();
                    }
                }
                Timer::Held => self.hold_due(at, now),
                Timer::PromptDeadline => self.end_prompt(at, Answer::Reject, Outcome::TimedOut),
                Timer::ShownDeadline => self.shown_for_long(at),
                Timer::SettlingDeadline => {
                    if let Some(settling) = self.settling.take() {
                        let Settling { device, method, outcome, silence, .. } = settling;
                        self.finish(at, device.clone(), method, silence);
                        self.approve_late(at, &device, method, outcome);
                        if silence == Outcome::Unconfirmed {
                            self.count_bond(at);
                        }
                    }
                }
                Timer::EndedOver => self.ended = None,
                Timer::Offer => self.make_offer(at),
                Timer::Forgetting => self.not_forgotten(at),
                Timer::Told => self.forget.told = None,
                Timer::Menu => self.quiet.menu = None,
                Timer::Identified => self.quiet.identify = None,
                Timer::Pause => self.end_pause(at),
                Timer::Reclaim => self.reclaim(at),
                Timer::OutOfBand => self.oob.pause = None,
                Timer::Key => self.no_key_came(at),
                Timer::QuietHeld => self.quiet_hold_due(at, now),
                Timer::DeviceHeld => self.device_hold_due(at, now),
                Timer::Block => self.block_due(at, now),
                Timer::WindowEnd => self.close_window(at),
            }
        }
    }

    pub(super) fn timers(&self) -> impl Iterator<Item = (Time, Timer)> {
        let keys = self.controls.all().flat_map(|(key, state)| {
            [(state.settles_at(), Timer::Settle(key)), (state.sticks_at(), Timer::Stick(key))]
        });
        let others = [
            (self.grace, Timer::Grace),
            (self.prompt.as_ref().map(|p| p.deadline), Timer::PromptDeadline),
            (self.shown.as_ref().map(|s| s.deadline), Timer::ShownDeadline),
            (self.settling.as_ref().map(|s| s.deadline), Timer::SettlingDeadline),
            (self.ended.as_ref().map(|e| e.until), Timer::EndedOver),
            (self.offer.as_ref().map(|(_, at)| *at), Timer::Offer),
            (self.forget.deadline(), Timer::Forgetting),
            (self.forget.told.map(|told| told.until), Timer::Told),
            (self.quiet.menu.as_ref().map(|menu| menu.until), Timer::Menu),
            (self.quiet.identify, Timer::Identified),
            (self.backoff.deadline(), Timer::Pause),
            (self.default.due, Timer::Reclaim),
            (self.oob.pause, Timer::OutOfBand),
            (self.oob.bond.as_ref().map(|bond| bond.until), Timer::Key),
            (self.window.deadline(), Timer::WindowEnd),
            // Last, because the first of those due at one moment wins: a refusal.
            (self.held_at(), Timer::Held),
            (self.block_at(), Timer::Block),
            (self.quiet_hold_at(), Timer::QuietHeld),
            (self.device_hold_at(), Timer::DeviceHeld),
        ];
        keys.chain(others).filter_map(|(at, timer)| Some((at?, timer)))
    }
}
