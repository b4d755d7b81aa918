//! Which key it was: one key after the other is asked for, and what arrives says whether the profile
//! has it right.
//!
//! ```text
//!              ┌─ pressed and let go ──▶ Seen: this one, or Other
//! asked for ───┼─ pressed all the time ▶ Stuck: the level of a pressed key is the other one
//!              └─ nothing ─────────────▶ Silent
//! ```

use std::time::Duration;

use crate::board::{Active, Board, KeypadKind, Source};
use crate::clock::Time;
use crate::pairing::{Event, Key};

/// How long somebody has for finding and pressing a key.
pub const WAIT: Duration = Duration::from_secs(30);
/// How long a key may stay pressed, and how long one that was pressed before it was asked for.
pub const LET_GO: Duration = Duration::from_secs(5);

/// What has come of asking for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet.
    Listening,
    /// It was pressed and let go.
    Seen,
    /// Another one was: the one of this name.
    Other(usize),
    /// It was pressed all the time, or never let go.
    Stuck,
    /// Its line or device is not to be had.
    Lost,
    /// Nothing has come.
    Silent,
}

/// All keys of a board, on trial.
#[derive(Clone, Debug)]
pub struct KeyTrial {
    slots: Vec<Slot>,
    /// What is asked for: the place of its name.
    asked: Option<Asked>,
}

/// What a line is wired to, and the name that the profile gives to that.
#[derive(Clone, Debug)]
struct Slot {
    /// What its events say.
    key: Key,
    place: Place,
    /// The slot whose name this one has: another one than itself once they have been swapped.
    name: usize,
    label: String,
    debounce: Duration,
    inverted: bool,
    failed: bool,
    /// The raw level, and since when.
    level: Option<(bool, Time)>,
    /// What counts.
    down: Option<bool>,
    seen: bool,
}

/// Where a key is in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A button on a line, or of the kernel.
    Button {
        index: usize,
        has_level: bool,
    },
    Matrix,
    Keypad,
}

#[derive(Clone, Debug)]
struct Asked {
    /// The slot that has the name.
    slot: usize,
    since: Time,
    /// Slots that were pressed when it was asked for, and have not been let go.
    held: Vec<usize>,
    /// It was let go after that.
    lifted: bool,
    pressed: Option<(usize, Time)>,
    verdict: Verdict,
}

impl KeyTrial {
    /// The keys that the board has.
    pub fn new(board: &Board) -> Self {
        let mut slots = Vec::new();
        let mut add = |key: Key, place: Place, label: &str, debounce: Duration| {
            slots.push(Slot {
                key,
                place,
                name: slots.len(),
                label: label.to_owned(),
                debounce,
                inverted: false,
                failed: false,
                level: None,
                down: None,
                seen: false,
            });
        };
        for (index, button) in board.buttons.iter().enumerate() {
            let has_level = matches!(button.source, Source::Gpio { .. });
            let place = Place::Button { index, has_level };
            add(button.role.into(), place, &button.label, button.debounce);
        }
        if let Some(keypad) = &board.keypad {
            let place = match keypad.kind {
                KeypadKind::Matrix { .. } => Place::Matrix,
                KeypadKind::Evdev(_) => Place::Keypad,
            };
            let escape = keypad.escape.as_deref();
            let others = [(Key::Erase, Some(keypad.erase.as_str())), (Key::Escape, escape)];
            for key in Key::KEYPAD {
                let label = match key {
                    Key::Digit(digit) => digit.to_string(),
                    _ => keypad.enter.clone(),
                };
                add(key, place, &label, keypad.debounce);
            }
            for (key, label) in others {
                if let Some(label) = label {
                    add(key, place, label, keypad.debounce);
                }
            }
        }
        Self { slots, asked: None }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The text beside a key.
    pub fn label(&self, name: usize) -> &str {
        &self.slots[name].label
    }

    /// What a button of this name is for; `None` of a keypad.
    pub fn button(&self, name: usize) -> Option<usize> {
        match self.slots[name].place {
            Place::Button { index, .. } => Some(index),
            _ => None,
        }
    }

    /// Asks for the key of this name from now on.
    pub fn ask(&mut self, name: usize, now: Time) {
        let slot = self.slot_of(name);
        let is_down = |(n, slot): (usize, &Slot)| slot.is_down().then_some(n);
        let held = self.slots.iter().enumerate().filter_map(is_down).collect();
        let verdict = Verdict::Listening;
        self.asked = Some(Asked { slot, since: now, held, lifted: false, pressed: None, verdict });
    }

    /// Something has arrived.
    pub fn hear(&mut self, event: &Event) {
        let (key, down, at, sure) = match *event {
            Event::KeyReady { key, down, at } => (key, down, at, true),
            Event::Edge { key, down, at } => (key, down, at, false),
            Event::KeyFailed(key) => {
                let of = |slot: &&mut Slot| slot.key == key;
                self.slots.iter_mut().filter(of).for_each(|slot| slot.failed = true);
                return;
            }
            _ => return,
        };
        let Some(n) = self.slots.iter().position(|slot| slot.key == key) else { return };
        self.look(at);
        let slot = &mut self.slots[n];
        slot.failed = false;
        slot.level = Some((down, at));
        if sure {
            slot.down = Some(down);
            let is_down = slot.is_down();
            if let Some(asked) =
                self.asked.as_mut().filter(|asked| is_down && !asked.held.contains(&n))
            {
                asked.held.push(n);
            }
        }
    }

    /// What has come of it by now.
    pub fn look(&mut self, now: Time) -> Verdict {
        for n in 0..self.slots.len() {
            let slot = &mut self.slots[n];
            let Some((level, since)) = slot.level else { continue };
            if slot.down != Some(level) && now >= since + slot.debounce {
                slot.down = Some(level);
                let is_down = slot.is_down();
                self.changed(n, is_down, since);
            }
        }
        let Some(asked) = &mut self.asked else { return Verdict::Listening };
        if asked.verdict == Verdict::Listening {
            let for_too_long = |since: Time| now.since(since) >= LET_GO;
            let held = asked.held.contains(&asked.slot) && for_too_long(asked.since);
            let kept = asked.pressed.is_some_and(|(n, at)| n == asked.slot && for_too_long(at));
            asked.verdict = if self.slots[asked.slot].failed {
                Verdict::Lost
            } else if held || kept {
                Verdict::Stuck
            } else if now.since(asked.since) >= WAIT {
                Verdict::Silent
            } else {
                Verdict::Listening
            };
        }
        asked.verdict
    }

    /// When to look again if nothing arrives.
    pub fn deadline(&self, now: Time) -> Time {
        let settles = self.slots.iter().filter_map(|slot| {
            let (level, since) = slot.level?;
            (slot.down != Some(level)).then_some(since + slot.debounce)
        });
        let asked = self.asked.as_ref();
        let kept = asked.and_then(|asked| asked.pressed).map(|(_, at)| at + LET_GO);
        let ends = asked.map(|asked| {
            let is_held = asked.held.contains(&asked.slot);
            asked.since + if is_held { LET_GO } else { WAIT }
        });
        let next = settles.chain(kept).chain(ends).filter(|at| *at > now).min();
        next.unwrap_or(now + WAIT)
    }

    fn changed(&mut self, n: usize, down: bool, at: Time) {
        let Some(asked) = &mut self.asked else { return };
        if asked.verdict != Verdict::Listening {
            return;
        }
        if let Some(held) = asked.held.iter().position(|held| *held == n) {
            // Let go at last, or pressed if its level is the other one: what comes next will tell.
            asked.held.swap_remove(held);
            asked.lifted |= n == asked.slot;
        } else if down && n == asked.slot && asked.lifted {
            asked.verdict = Verdict::Stuck;
        } else if down {
            asked.pressed = Some((n, at));
        } else if asked.pressed.is_some_and(|(pressed, _)| pressed == n) {
            let name = self.slots[n].name;
            asked.verdict = if n == asked.slot { Verdict::Seen } else { Verdict::Other(name) };
        }
    }

    /// The key of this name works.
    pub fn confirm(&mut self, name: usize) {
        let slot = self.slot_of(name);
        self.slots[slot].seen = true;
    }

    /// Whether a keypad does without it: what is not there is no fault then.
    pub fn is_optional(&self, name: usize) -> bool {
        let slot = &self.slots[name];
        slot.place == Place::Keypad && matches!(slot.key, Key::Erase | Key::Escape)
    }

    /// Whether it has been seen to work.
    pub fn is_confirmed(&self, name: usize) -> bool {
        self.slots[self.slot_of(name)].seen
    }

    /// Whether two keys can be the other way round in the profile. What a kernel calls the keys of its
    /// keyboard is no matter of the profile.
    pub fn can_swap(&self, name: usize, other: usize) -> bool {
        let kind = |name: usize| match self.slots[self.slot_of(name)].place {
            Place::Button { .. } => 0,
            Place::Matrix => 1,
            Place::Keypad => 2 + name,
        };
        kind(name) == kind(other)
    }

    /// Each of the two has the other one's name from now on.
    pub fn swap(&mut self, name: usize, other: usize) {
        let (a, b) = (self.slot_of(name), self.slot_of(other));
        (self.slots[a].name, self.slots[b].name) = (self.slots[b].name, self.slots[a].name);
    }

    /// The button, by its place in the profile, that is on the line of this name now, and whether its
    /// levels are the other way round; `None` of a keypad.
    pub fn wired(&self, name: usize) -> Option<(usize, bool)> {
        let slot = &self.slots[self.slot_of(name)];
        match slot.place {
            Place::Button { index, .. } => Some((index, slot.inverted)),
            _ => None,
        }
    }

    /// Whether the profile says which level a pressed key of this name has.
    pub fn can_flip(&self, name: usize) -> bool {
        let place = self.slots[self.slot_of(name)].place;
        matches!(place, Place::Button { has_level: true, .. })
    }

    /// The other level means pressed from now on.
    pub fn flip(&mut self, name: usize) {
        let slot = self.slot_of(name);
        self.slots[slot].inverted ^= true;
    }

    /// Makes the board what was found.
    pub fn apply(&self, board: &mut Board) {
        let original = board.clone();
        for slot in &self.slots {
            let Place::Button { index, .. } = slot.place else { continue };
            let button = &mut board.buttons[index];
            if let Place::Button { index: named, .. } = self.slots[slot.name].place {
                button.role = original.buttons[named].role;
                button.label.clone_from(&original.buttons[named].label);
            }
            if let Source::Gpio { active, .. } = &mut button.source
                && slot.inverted
            {
                *active = match active {
                    Active::Low => Active::High,
                    Active::High => Active::Low,
                };
            }
        }
        if let Some(KeypadKind::Matrix { keys, .. }) = board.keypad.as_mut().map(|k| &mut k.kind) {
            let meaning = |key: Key| {
                let slot = self.slots.iter().find(|s| s.place == Place::Matrix && s.key == key);
                slot.map_or(key, |slot| self.slots[slot.name].key)
            };
            keys.iter_mut().flatten().flatten().for_each(|key| *key = meaning(*key));
        }
    }

    /// The slot that has this name now.
    fn slot_of(&self, name: usize) -> usize {
        self.slots.iter().position(|slot| slot.name == name).unwrap_or(name)
    }
}

impl Slot {
    fn is_down(&self) -> bool {
        self.down.is_some_and(|down| down != self.inverted)
    }
}
