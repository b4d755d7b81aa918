//! From the raw edges of a key to presses that somebody meant.

use std::time::Duration;

use crate::clock::Time;

/// A key that is down for longer is taken for stuck: nothing a person does takes so long.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// What a key did once it had stopped bouncing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It went down at `since`. `wakes` is whether the glass was dark or dim then: the press does
    /// nothing but to light it.
    Pressed { since: Time, wakes: bool },
    /// It went up; it had gone down at `pressed`. `sure` is whether it was down all the time in
    /// between, and not so long that it was taken for stuck; `woke` is whether all that the press was
    /// for was to light the glass.
    Released { pressed: Time, sure: bool, woke: bool },
}

/// One key: debounces its edges and tells how long it has been down.
///
/// A level counts once it has lasted for the debounce time, and then from its first moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyState {
    debounce: Duration,
    /// Whether the line was granted.
    ready: bool,
    /// The line's level, and since when it has it.
    raw_down: bool,
    raw_since: Time,
    /// Whether the glass was dark or dim when the line went down.
    raw_wakes: bool,
    /// Since when the key is down, bounces aside.
    down_since: Option<Time>,
    /// An edge was lost while it was down: nobody knows whether it was down all the time.
    unsure: bool,
    stuck: bool,
    /// The press that is going on has lit the glass, and does nothing else.
    woke: bool,
}

impl KeyState {
    pub(super) fn new(debounce: Duration) -> Self {
        Self {
            debounce,
            ready: false,
            raw_down: false,
            raw_since: Time::default(),
            raw_wakes: false,
            down_since: None,
            unsure: false,
            stuck: false,
            woke: false,
        }
    }

    /// The line was granted. A key that is down already is stuck until it is seen up.
    pub(super) fn ready(&mut self, down: bool, at: Time) {
        self.ready = true;
        self.raw_down = down;
        self.raw_since = at;
        self.down_since = down.then_some(at);
        self.unsure = false;
        self.stuck = down;
        self.woke = false;
    }

    pub(super) fn failed(&mut self) {
        *self = Self::new(self.debounce);
    }

    /// `wakes` is whether a press that begins by this edge is made before a glass that is not lit.
    pub(super) fn edge(&mut self, down: bool, at: Time, wakes: bool) {
        if !self.ready {
            return;
        }
        // Two edges the same way: the one between was lost. It may have been a person letting go, or
        // the chatter of a stuck key, so neither press counts until the key is seen up.
        self.unsure |= self.raw_down && down;
        self.raw_down = down;
        self.raw_since = at;
        self.raw_wakes = wakes;
    }

    /// Takes note of a level that has lasted long enough.
    pub(super) fn settle(&mut self) -> Option<Change> {
        match (self.raw_down, self.down_since) {
            (true, None) => {
                self.down_since = Some(self.raw_since);
                self.woke = self.raw_wakes;
                Some(Change::Pressed { since: self.raw_since, wakes: self.woke })
            }
            (false, Some(pressed)) => {
                let sure = !self.unsure && !self.stuck;
                self.down_since = None;
                self.unsure = false;
                self.stuck = false;
                let woke = std::mem::take(&mut self.woke);
                Some(Change::Released { pressed, sure, woke })
            }
            _ => None,
        }
    }

    pub(super) fn settles_at(&self) -> Option<Time> {
        (self.raw_down != self.down_since.is_some()).then(|| self.raw_since + self.debounce)
    }

    pub(super) fn sticks_at(&self) -> Option<Time> {
        self.down_since.filter(|_| !self.stuck).map(|since| since + STUCK_AFTER)
    }

    pub(super) fn stick(&mut self) {
        self.stuck = true;
    }

    /// Down for something: not to light the glass, and not because it is stuck.
    pub(super) fn is_meant(&self) -> bool {
        self.is_down() && self.works() && !self.woke
    }

    /// Since when it is down, if it is.
    pub(super) fn pressed_since(&self) -> Option<Time> {
        self.down_since
    }

    /// Down without a break, and not about to be found up.
    pub(super) fn is_held_since(&self, moment: Time) -> bool {
        self.raw_down && self.down_since == Some(moment) && !self.unsure
    }

    /// Whether an edge was lost in the press that is going on.
    pub(super) fn is_unsure(&self) -> bool {
        self.unsure
    }

    pub(super) fn is_down(&self) -> bool {
        self.down_since.is_some()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether the key can do what it is for.
    pub(super) fn works(&self) -> bool {
        self.ready && !self.stuck
    }
}
