//! What keys do while nothing is asked: hold the accept key to open the pairing window, press the
//! reject key to close it, hold both to forget every device.

use std::time::Duration;

use super::backoff::Backoff;
use super::forget::Who;
use super::keys::{CERTAIN, LATE};
use super::menu::Menu;
use super::session::Session;
use super::{Key, Press};
use crate::clock::Time;

/// How long the accept key is held to open the window.
const OPENS: Duration = Duration::from_secs(2);
/// How long both keys, or the accept key in the menu, are held to forget every device: less than
/// what makes a key stuck.
const FORGETS: Duration = Duration::from_secs(5);
/// A press that is not longer was meant as one, and shows nothing.
pub(super) const A_TAP: Duration = Duration::from_millis(250);
/// How long the panel lets itself be found.
const IDENTIFIES: Duration = Duration::from_secs(10);

/// What is going on at a panel that is asked nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Quiet {
    hold: Option<Hold>,
    /// When the press of the key that says no began, if it may close the window.
    no: Option<Time>,
    /// When the press of the accept key began, if it may switch between digits and a code.
    switch: Option<Time>,
    pub(super) menu: Option<Menu>,
    /// Until when it lets itself be found.
    pub(super) identify: Option<Time>,
}

/// A key, or two, that are held.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Hold {
    what: What,
    /// The keys, and since when each is down.
    keys: Vec<(Key, Time)>,
    since: Time,
    /// When it was found to be complete.
    complete: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    OpenWindow,
    ForgetAll,
}

impl What {
    const fn length(self) -> Duration {
        match self {
            Self::OpenWindow => OPENS,
            Self::ForgetAll => FORGETS,
        }
    }
}

/// What the panel shows of it.
pub(super) enum Held {
    /// So many of [`Press::STEPS`].
    Opening(u8),
    /// Until every device is forgotten.
    ForgetAll(Duration),
}

impl Quiet {
    pub(super) fn identify(&mut self, now: Time) {
        self.identify = Some(now + IDENTIFIES);
    }
}

impl Hold {
    /// What is shown of it, if it looks like more than a tap.
    fn held(&self, now: Time) -> Option<Held> {
        let hold = self;
        let length = hold.what.length();
        let held = now.since(hold.since).min(length);
        match hold.what {
            What::OpenWindow if held < A_TAP => None,
            What::OpenWindow => {
                let steps = held.as_millis() * u128::from(Press::STEPS) / length.as_millis();
                Some(Held::Opening(u8::try_from(steps).unwrap_or(Press::STEPS)))
            }
            What::ForgetAll => Some(Held::ForgetAll(length - held)),
        }
    }

    /// When what is shown of it changes.
    fn next_picture(&self, now: Time) -> Option<Time> {
        let hold = self;
        let held = now.since(hold.since);
        let length = hold.what.length();
        let step = match hold.what {
            What::OpenWindow => length / u32::from(Press::STEPS),
            What::ForgetAll => Duration::from_secs(1),
        };
        let shown = hold.what == What::ForgetAll || held >= A_TAP;
        let steps = held.as_nanos() / step.as_nanos() + 1;
        let next = hold.since + step * u32::try_from(steps).unwrap_or(u32::MAX);
        let first = if shown { next } else { hold.since + A_TAP };
        (held < length).then_some(first)
    }
}

impl Session {
    /// Something is asked or shown: whatever was being done is not what it was any more.
    pub(super) fn disturb(&mut self) {
        let identify = self.quiet.identify;
        self.quiet = Quiet { identify, ..Quiet::default() };
        self.forget.told = None;
    }

    /// A key went down while nothing was open.
    pub(super) fn quiet_pressed(&mut self, key: Key, since: Time) {
        self.quiet.hold = None;
        self.quiet.no = None;
        self.quiet.switch = None;
        if self.quiet.identify.take().is_some() {
            return;
        }
        if self.quiet.menu.is_some() {
            return self.menu_pressed(key, since);
        }
        match key {
            Key::Accept | Key::Reject if self.both_are_down() => self.begin_to_forget_all(),
            Key::Accept if self.may_begin_to_open(since) => {
                self.hold(What::OpenWindow, &[Key::Accept]);
            }
            Key::Accept if self.controls.can_say_no() => {
                self.quiet.switch = Some(since).filter(|_| self.has_code() && self.is_plain(key));
            }
            Key::Accept | Key::Reject if self.is_plain(key) => self.quiet.no = Some(since),
            Key::Up | Key::Down | Key::Left | Key::Right | Key::Select if self.is_plain(key) => {
                self.open_menu(since);
            }
            _ => {}
        }
    }

    /// Nothing is on the glass that a press would take away, and no other key is down.
    fn is_plain(&self, key: Key) -> bool {
        let result = self.ended.is_some() || self.forget.told.is_some();
        !result && !self.controls.another_is_pressed(key)
    }

    fn may_begin_to_open(&self, since: Time) -> bool {
        let closed = self.window.remaining(since).is_none() || self.pause(since).is_some();
        closed
            && self.keys_are_heard()
            && self.can_open().is_ok()
            && !self.controls.another_is_pressed(Key::Accept)
    }

    fn both_are_down(&self) -> bool {
        let others = [Key::Accept, Key::Reject];
        others.into_iter().all(|key| self.controls.is_meant(key))
            && self.controls.pressed().all(|key| others.contains(&key))
    }

    fn begin_to_forget_all(&mut self) {
        if self.bonds().next().is_some() {
            self.hold(What::ForgetAll, &[Key::Accept, Key::Reject]);
        }
    }

    /// The line of the menu that is chosen says so.
    pub(super) fn hold_to_forget_all(&mut self, key: Key) {
        if self.bonds().next().is_some() && !self.controls.another_is_pressed(key) {
            self.hold(What::ForgetAll, &[key]);
        }
    }

    fn hold(&mut self, what: What, keys: &[Key]) {
        let since = |key: &Key| Some((*key, self.controls.state(*key)?.pressed_since()?));
        let keys: Vec<(Key, Time)> = keys.iter().filter_map(since).collect();
        let Some(since) = keys.iter().map(|(_, since)| *since).max() else { return };
        self.quiet.hold = Some(Hold { what, keys, since, complete: None });
    }

    /// Somebody at the panel opens the window, who ends a pause as well.
    pub(super) fn open_by_hand(&mut self, now: Time) {
        self.backoff = Backoff::default();
        self.ended = None;
        self.open_window(now, self.policy.window);
    }

    /// A key went up while nothing was open.
    pub(super) fn quiet_released(&mut self, now: Time, key: Key, pressed: Time, sure: bool) {
        self.quiet.hold.take_if(|hold| hold.keys.iter().any(|(held, _)| *held == key));
        self.menu_released(now, key, pressed, sure);
        if key == Key::Accept && self.quiet.switch.take() == Some(pressed) && sure {
            self.switch_code();
        }
        let says_no = matches!(key, Key::Accept | Key::Reject) && self.quiet.no == Some(pressed);
        if says_no {
            self.quiet.no = None;
        }
        if says_no && sure && self.window.since(now).is_some_and(|open| pressed >= open) {
            self.close_window(now);
        }
    }

    /// Dismisses what a press takes off the glass.
    pub(super) fn dismiss_told(&mut self, pressed: Time) {
        self.forget.told.take_if(|told| pressed >= told.since);
    }

    /// The hold that is going on, without a break.
    fn quiet_hold(&self) -> Option<&Hold> {
        let held = |(key, since): &(Key, Time)| {
            let state = self.controls.state(*key);
            state.is_some_and(|state| state.works() && state.is_held_since(*since))
        };
        self.quiet.hold.as_ref().filter(|hold| hold.keys.iter().all(held))
    }

    /// What is held, if it looks like more than a tap.
    pub(super) fn held(&self, now: Time) -> Option<Held> {
        self.quiet_hold()?.held(now)
    }

    /// When what is shown of it changes.
    pub(super) fn held_picture(&self, now: Time) -> Option<Time> {
        self.quiet_hold()?.next_picture(now)
    }

    /// When [`quiet_hold_due`](Self::quiet_hold_due) is.
    pub(super) fn quiet_hold_at(&self) -> Option<Time> {
        let hold = self.quiet_hold()?;
        let ends = hold.since + hold.what.length();
        Some(hold.complete.map_or(ends, |complete| complete + CERTAIN))
    }

    /// The hold is complete, or has been for long enough to be sure of it: see
    /// [`hold_due`](Self::hold_due).
    pub(super) fn quiet_hold_due(&mut self, due: Time, now: Time) {
        let Some(hold) = &mut self.quiet.hold else { return };
        if hold.complete.is_none() || now.since(due) > LATE {
            hold.complete = Some(now);
            return;
        }
        let what = hold.what;
        self.disturb();
        match what {
            What::OpenWindow => {
                if self.can_open().is_ok() {
                    self.open_by_hand(due);
                }
            }
            What::ForgetAll => {
                self.ended = None;
                self.forget_all(due, Who::PersonAll);
            }
        }
    }
}
