//! The picture that belongs to a session's state.

use std::time::Duration;

use super::entry::{Entry, Kind};
use super::gestures::{A_TAP, Held};
use super::keys::BLOCKS;
use super::prompt::{Ask, Code, Presence, Prompt};
use super::session::Session;
use super::{DeviceId, EntryKeys, Health, Key, Keys, Part, Peer, Press, PromptId, Screen};
use crate::clock::Time;

const SECOND: Duration = Duration::from_secs(1);

impl Session {
    /// What the panel should show at `now`: a pure function of the state and the time.
    pub fn screen(&self, now: Time) -> Screen {
        if let Some(prompt) = &self.prompt {
            let peer = self.peer(&prompt.device);
            let seconds = seconds(prompt.deadline.since(now));
            let keys = self.keys(prompt, now);
            return match &prompt.ask {
                Ask::Compare(passkey) => {
                    Screen::Compare { peer, passkey: passkey.clone(), seconds, keys }
                }
                Ask::JustWorks => Screen::JustWorks { peer, seconds, keys },
                Ask::Pin(pin) => Screen::TypePin { peer, pin: pin.clone(), seconds, keys },
                Ask::Enter(entry) => {
                    let (typed, pick) = (entry.typed.clone(), entry.pick);
                    let keys = self.entry_keys(entry, now);
                    match entry.code {
                        Kind::Passkey => Screen::EnterPasskey { peer, typed, pick, seconds, keys },
                        Kind::Pin => Screen::EnterPin { peer, typed, pick, seconds, keys },
                    }
                }
                Ask::Service(service) => {
                    let service = service.unwrap_or("Unknown service");
                    Screen::Service { peer, service, seconds, keys }
                }
                Ask::Forget => Screen::Forget { peer, seconds, keys },
                Ask::Keep { .. } => Screen::Keep { peer, seconds, keys },
            };
        }
        let cancel = self.cancel_label();
        if let Some(shown) = &self.shown {
            let peer = self.peer(&shown.device);
            let seconds = seconds(shown.deadline.since(now));
            return match shown.code.clone() {
                Code::Passkey { passkey, entered } => {
                    Screen::TypePasskey { peer, passkey, entered, seconds, cancel }
                }
                Code::Pin(pin) => {
                    let keys = Keys { accept: None, reject: cancel, press: Press::Hold };
                    Screen::TypePin { peer, pin, seconds, keys }
                }
            };
        }
        if let Some(settling) = &self.settling {
            let peer = self.peer(&settling.device);
            return Screen::Settling { peer, passkey: settling.passkey.clone(), cancel };
        }
        self.quiet_screen(now)
    }

    /// The screen while nothing is asked or shown.
    fn quiet_screen(&self, now: Time) -> Screen {
        let used = self.adapters.iter().find(|(path, _)| self.uses(path));
        let name = used.map_or_else(String::new, |(_, adapter)| adapter.alias.clone());
        if self.quiet.identify.is_some() {
            return Screen::Identify { name };
        }
        match self.held(now) {
            Some(Held::Opening(step)) => return Screen::Opening { step },
            Some(Held::ForgetAll(left)) => {
                return Screen::ForgetAll { bonds: self.bonds().count(), seconds: seconds(left) };
            }
            None => {}
        }
        if let Some(told) = &self.forget.told {
            return Screen::ForgotAll { forgotten: told.forgotten, left: told.left };
        }
        if let Some(screen) = self.menu_screen(now) {
            return screen;
        }
        let opens = || self.label(Key::Accept).filter(|_| self.can_open_by_hand());
        // Before what ended last: that nothing will be asked is what somebody has to know.
        if let Some(left) = self.pause(now) {
            return Screen::Paused { seconds: seconds(left), open: opens() };
        }
        if let Some(ended) = &self.ended {
            let (method, outcome) = (ended.method, ended.outcome);
            return Screen::Ended { peer: ended.peer.clone(), method, outcome };
        }
        let health = self.health();
        match self.window.remaining(now) {
            Some(left) => {
                if let Some(scan) = self.scan_screen(seconds(left)) {
                    return scan;
                }
                let (close, scan) = (self.close_label(), self.switch_label());
                Screen::Window { name, health, seconds: seconds(left), close, scan }
            }
            None => Screen::Idle { name, health, open: opens() },
        }
    }

    /// A keypad's keys are not heard while nothing is open.
    pub(super) fn keys_are_heard(&self) -> bool {
        self.fittings.buttons.contains_key(&Key::Accept)
    }

    fn can_open_by_hand(&self) -> bool {
        self.keys_are_heard() && self.controls.works(Key::Accept) && self.can_open().is_ok()
    }

    /// What is to be seen on [that screen](Self::screen), if it is a code or a question. A frame with
    /// an id that the panel has not shown before is worth initialising the display again for.
    pub fn on_screen(&self, now: Time) -> Option<PromptId> {
        let scan = matches!(self.screen(now), Screen::Scan { .. });
        self.asked().or(self.scan_id().filter(|_| scan))
    }

    /// What somebody is asked or shown because a device pairs.
    pub fn asked(&self) -> Option<PromptId> {
        let prompt = self.prompt.as_ref().map(|p| PromptId { prompt: p.id, edit: p.edit() });
        prompt.or(self.shown.as_ref().map(|shown| PromptId { prompt: shown.id, edit: 0 }))
    }

    /// A device in the form that may be shown or logged.
    pub fn peer(&self, device: &DeviceId) -> Peer {
        let departed = self.departed.as_ref().filter(|(of, _)| of == device);
        let known = self.devices.get(device).or(departed.map(|(_, known)| known));
        let name = known.and_then(|known| known.name.as_deref()).unwrap_or_default();
        let address = known.and_then(|known| known.address.clone());
        Peer::new(name, address.unwrap_or_else(|| device.address()))
    }

    /// When the screen changes by itself: the countdown, or the hold bar.
    pub(super) fn next_picture(&self, now: Time) -> Option<Time> {
        let counting = if let Some(prompt) = &self.prompt {
            Some(prompt.deadline)
        } else if let Some(shown) = &self.shown {
            Some(shown.deadline)
        } else if self.settling.is_some() {
            None
        } else if let Some(told) = self.forget.told {
            Some(told.until)
        } else if self.pause(now).is_some() {
            self.backoff.deadline()
        } else if self.ended.is_some() {
            None
        } else {
            self.window.deadline()
        };
        let tick = counting.map(|end| {
            let left = end.since(now);
            end - SECOND * u32::try_from(seconds(left).saturating_sub(1)).unwrap_or(u32::MAX)
        });
        let ends = self.hold_ends().filter(|ends| *ends > now);
        let step = ends.map(|ends| next_step(ends, self.policy.hold, now));
        let block = self.block().map(|(since, _)| since + BLOCKS).filter(|ends| *ends > now);
        let block = block.map(|ends| next_step(ends, BLOCKS, now));
        let quiet = if self.something_is_open() { None } else { self.held_picture(now) };
        let steps = [step, block, quiet, self.menu_picture(now)];
        tick.into_iter().chain(steps.into_iter().flatten()).min()
    }

    fn keys(&self, prompt: &Prompt, now: Time) -> Keys {
        let press = match self.hold_ends() {
            Some(ends) => Press::Holding(steps(ends, self.policy.hold, now)),
            None if self.is_blocking(now) => {
                let ends = self.block().map(|(since, _)| since + BLOCKS);
                Press::Blocking(ends.map_or(0, |ends| steps(ends, BLOCKS, now)))
            }
            _ if self.spoiled(prompt) => Press::LetGo,
            _ if self.policy.hold.is_zero() => Press::Tap,
            _ => Press::Hold,
        };
        let accept = self.label(Key::Accept).filter(|_| prompt.presence == Presence::Press);
        Keys { accept, reject: self.label(Key::Reject), press }
    }

    /// The reject key is held for longer than a press takes.
    fn is_blocking(&self, now: Time) -> bool {
        self.block().is_some_and(|(since, _)| now.since(since) >= A_TAP)
    }

    fn entry_keys(&self, entry: &Entry, now: Time) -> EntryKeys {
        let keypad = self.fittings.keypad.as_ref().filter(|_| entry.pick.is_none());
        let enter = keypad.map(|keypad| keypad.enter.clone());
        EntryKeys {
            submit: enter.or_else(|| self.label(Key::Accept)).unwrap_or_default(),
            complete: entry.is_complete(self.fittings.display, now),
            erase: keypad.map(|keypad| keypad.erase.clone()).or_else(|| self.label(Key::Left)),
            cancel: self.label(Key::Reject),
        }
    }

    /// What is printed on the key that has this role.
    pub(super) fn label(&self, key: Key) -> Option<String> {
        if let Some(button) = self.fittings.buttons.get(&key) {
            // A key that does not answer is not asked for, unless it is the only way to say yes.
            let ready = key == Key::Accept || self.controls.is_ready(key);
            return ready.then(|| button.label.clone());
        }
        let keypad = self.fittings.keypad.as_ref()?;
        match key {
            Key::Accept => Some(keypad.enter.clone()),
            // Not every keypad of a kind has one.
            Key::Reject => keypad.escape.clone().filter(|_| self.controls.can_say_no()),
            _ => None,
        }
    }

    /// Whether the accept key is down in vain.
    fn spoiled(&self, prompt: &Prompt) -> bool {
        let Some(accept) = self.controls.state(Key::Accept) else { return false };
        let counts = prompt.press.is_some_and(|press| press.counts) && !accept.is_unsure();
        accept.is_down() && !counts
    }

    /// The label of the key that closes the window.
    pub(super) fn close_label(&self) -> Option<String> {
        self.cancel_label().filter(|_| self.keys_are_heard())
    }

    fn cancel_label(&self) -> Option<String> {
        self.label(Key::Reject).or_else(|| self.label(Key::Accept))
    }

    pub(super) fn health(&self) -> Health {
        let used = self.adapters.iter().filter(|(path, _)| self.uses(path));
        if self.registered.is_none() {
            Health::NoBluetoothd
        } else if used.clone().next().is_none() {
            Health::NoAdapter
        } else if !used.clone().any(|(_, adapter)| adapter.powered) {
            Health::PoweredOff
        } else if self.display_part().is_some_and(|display| display == Part::Failed) {
            Health::NoDisplay
        } else if self.fittings.keypad.is_some() && !self.controls.keypad_works() {
            Health::NoKeypad
        } else if self.controls.has(Key::Accept) && !self.controls.works(Key::Accept) {
            Health::NoAcceptKey
        } else {
            Health::Ready
        }
    }
}

/// How much of a hold that is complete at `ends` is over, in [`Press::STEPS`].
pub(super) fn steps(ends: Time, length: Duration, now: Time) -> u8 {
    let left = ends.since(now).as_nanos() * u128::from(Press::STEPS);
    let left = left.div_ceil(length.as_nanos().max(1));
    Press::STEPS - u8::try_from(left).unwrap_or(0).min(Press::STEPS)
}

/// When the next one is.
pub(super) fn next_step(ends: Time, length: Duration, now: Time) -> Time {
    let step = length / u32::from(Press::STEPS);
    let left = ends.since(now).as_nanos().div_ceil(step.as_nanos().max(1));
    ends - step * u32::try_from(left.saturating_sub(1)).unwrap_or(u32::MAX)
}

/// Whole seconds, rounded up, so that "1" is shown until the end.
fn seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}
