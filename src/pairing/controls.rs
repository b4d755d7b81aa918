//! The keys that a board has, and what they are for.

use std::collections::{BTreeMap, BTreeSet};

use super::press::KeyState;
use super::{Fittings, Key, Part};
use crate::clock::Time;

/// The state of every key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Controls {
    keys: BTreeMap<Key, KeyState>,
    /// Those that have said neither that they work nor that they do not.
    unreported: BTreeSet<Key>,
    enter_accepts: bool,
    escape_rejects: bool,
}

impl Controls {
    pub(super) fn new(fittings: &Fittings) -> Self {
        let mut controls = Self {
            keys: BTreeMap::new(),
            unreported: BTreeSet::new(),
            enter_accepts: !fittings.buttons.contains_key(&Key::Accept),
            escape_rejects: !fittings.buttons.contains_key(&Key::Reject),
        };
        for (key, fitting) in &fittings.buttons {
            controls.add(*key, KeyState::new(fitting.debounce));
        }
        if let Some(keypad) = &fittings.keypad {
            let escape = keypad.escape.as_ref().map(|_| Key::Escape);
            for key in Key::KEYPAD.into_iter().chain([Key::Erase]).chain(escape) {
                controls.add(controls.role(key), KeyState::new(keypad.debounce));
            }
        }
        controls
    }

    fn add(&mut self, key: Key, state: KeyState) {
        self.keys.insert(key, state);
        self.unreported.insert(key);
    }

    /// A keypad's keys stand in for buttons that the board does not have.
    fn role(&self, key: Key) -> Key {
        match key {
            Key::Enter if self.enter_accepts => Key::Accept,
            Key::Escape if self.escape_rejects => Key::Reject,
            key => key,
        }
    }

    pub(super) fn ready(&mut self, key: Key, down: bool, at: Time) {
        let key = self.role(key);
        self.unreported.remove(&key);
        if let Some(state) = self.keys.get_mut(&key) {
            state.ready(down, at);
        }
    }

    pub(super) fn failed(&mut self, key: Key) {
        let key = self.role(key);
        self.unreported.remove(&key);
        if let Some(state) = self.keys.get_mut(&key) {
            state.failed();
        }
    }

    pub(super) fn edge(&mut self, key: Key, down: bool, at: Time, wakes: bool) {
        let key = self.role(key);
        if let Some(state) = self.keys.get_mut(&key) {
            state.edge(down, at, wakes);
        }
    }

    pub(super) fn state(&self, key: Key) -> Option<&KeyState> {
        self.keys.get(&key)
    }

    pub(super) fn state_mut(&mut self, key: Key) -> Option<&mut KeyState> {
        self.keys.get_mut(&key)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Key, &KeyState)> {
        self.keys.iter().map(|(key, state)| (*key, state))
    }

    /// Another key than this one is down: a second finger.
    pub(super) fn another_is_pressed(&self, than: Key) -> bool {
        self.keys.keys().any(|key| *key != than && self.is_pressed(*key))
    }

    /// The keys that are down.
    pub(super) fn pressed(&self) -> impl Iterator<Item = Key> {
        self.keys.keys().copied().filter(|key| self.is_pressed(*key))
    }

    /// Whether there is a key whose press says no; otherwise the accept key has to.
    pub(super) fn can_say_no(&self) -> bool {
        [Key::Reject, Key::Escape].into_iter().any(|key| self.is_ready(key))
    }

    pub(super) fn is_ready(&self, key: Key) -> bool {
        self.keys.get(&key).is_some_and(KeyState::is_ready)
    }

    pub(super) fn has(&self, key: Key) -> bool {
        self.keys.contains_key(&key)
    }

    pub(super) fn works(&self, key: Key) -> bool {
        self.keys.get(&key).is_some_and(KeyState::works)
    }

    /// Down, and not because it is stuck.
    pub(super) fn is_pressed(&self, key: Key) -> bool {
        self.keys.get(&key).is_some_and(|state| state.is_down() && state.works())
    }

    /// Pressed by somebody who could see what for.
    pub(super) fn is_meant(&self, key: Key) -> bool {
        self.keys.get(&key).is_some_and(KeyState::is_meant)
    }

    /// A key that says no is down: a second finger, whatever else is pressed.
    pub(super) fn no_is_pressed(&self) -> bool {
        self.is_pressed(Key::Reject) || self.is_pressed(Key::Escape)
    }

    /// The keys of a board, as its owner counts them.
    pub(super) fn parts(&self, fittings: &Fittings) -> BTreeMap<Key, Part> {
        let part = |key: &Key| match self.keys.get(key) {
            _ if self.unreported.contains(key) => Part::Starting,
            Some(state) if state.works() => Part::Working,
            Some(state) if state.is_ready() => Part::Stuck,
            _ => Part::Failed,
        };
        let mut parts: BTreeMap<Key, Part> =
            fittings.buttons.keys().map(|key| (*key, part(key))).collect();
        if fittings.keypad.is_some() {
            let starting = Key::KEYPAD.iter().any(|key| self.unreported.contains(&self.role(*key)));
            parts.insert(
                Key::Enter,
                match starting {
                    true => Part::Starting,
                    false if self.keypad_works() => Part::Working,
                    false => Part::Failed,
                },
            );
        }
        parts
    }

    pub(super) fn any_unreported(&self) -> bool {
        !self.unreported.is_empty()
    }

    /// Whether digits and what sends them can be typed.
    pub(super) fn keypad_works(&self) -> bool {
        Key::KEYPAD.into_iter().all(|key| {
            let state = self.keys.get(&self.role(key));
            // A digit that is stuck is typed no more; the others can be.
            state.is_some_and(|state| state.works() || key != Key::Enter && state.is_ready())
        })
    }

    /// Whether digits can be picked on a display.
    pub(super) fn picker_works(&self) -> bool {
        [Key::Up, Key::Down, Key::Accept].into_iter().all(|key| self.works(key))
    }
}
