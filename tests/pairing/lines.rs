//! The keys of a board as the witness knows them, from their raw edges.

use std::collections::BTreeMap;
use std::time::Duration;

use pairpanel::clock::Time;
use pairpanel::pairing::{Fittings, Key};

use crate::world::{keys_of, ms};

/// A press, bounces aside: a level counts once it has lasted for the debounce time, and then from
/// its first moment.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Press {
    pub(crate) since: Time,
    /// No other key was down when it began, and none went down during it.
    pub(crate) alone: bool,
    /// Nothing of it was lost, and the key was not taken for stuck.
    pub(crate) sure: bool,
    /// The digits that were on the glass when it began.
    pub(crate) glass: Option<String>,
    /// Whether that was lit and not dim.
    pub(crate) lit: bool,
}

#[derive(Clone, Hash)]
pub(crate) struct Line {
    debounce: Duration,
    pub(crate) granted: bool,
    /// The raw level, and since when.
    pub(crate) down: bool,
    pub(crate) since: Time,
    /// It went down and was not seen up before.
    pub(crate) lost: bool,
    /// From when on it is taken for stuck.
    stuck_from: Option<Time>,
    glass: Option<String>,
    lit: bool,
    /// The press that is going on.
    pub(crate) press: Option<Press>,
    /// One that has just ended, and when that was known.
    pub(crate) ended: Option<(Press, Time)>,
}

impl Line {
    fn new(debounce: Duration, now: Time) -> Self {
        Self {
            debounce,
            granted: false,
            down: false,
            since: now,
            lost: false,
            stuck_from: None,
            glass: None,
            lit: true,
            press: None,
            ended: None,
        }
    }

    fn settles_at(&self) -> Option<Time> {
        (self.down != self.press.is_some()).then(|| self.since + self.debounce)
    }

    /// Whether it is granted and not stuck.
    pub(crate) fn works(&self, now: Time) -> bool {
        self.granted && self.stuck_from.is_none_or(|from| from > now)
    }
}

#[derive(Clone, Hash)]
pub(crate) struct Lines {
    lines: BTreeMap<Key, Line>,
    /// A keypad's keys stand in for buttons that the board does not have.
    enter_accepts: bool,
    escape_rejects: bool,
}

impl Lines {
    /// All granted and up.
    pub(crate) fn new(fittings: &Fittings, now: Time) -> Self {
        let mut all = Self {
            lines: BTreeMap::new(),
            enter_accepts: !fittings.buttons.contains_key(&Key::Accept),
            escape_rejects: !fittings.buttons.contains_key(&Key::Reject),
        };
        for key in keys_of(fittings) {
            let button = fittings.buttons.get(&key).map(|button| button.debounce);
            let keypad = fittings.keypad.as_ref().map(|keypad| keypad.debounce);
            let debounce = button.or(keypad).unwrap_or_default();
            all.lines.insert(all.role(key), Line::new(debounce, now));
            all.ready(key, false, now);
        }
        all
    }

    fn role(&self, key: Key) -> Key {
        match key {
            Key::Enter if self.enter_accepts => Key::Accept,
            Key::Escape if self.escape_rejects => Key::Reject,
            key => key,
        }
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Line> {
        self.lines.get(&self.role(key))
    }

    pub(crate) fn ready(&mut self, key: Key, down: bool, now: Time) {
        let role = self.role(key);
        let Some(line) = self.lines.get_mut(&role) else { return };
        let press = Press { since: now, alone: false, sure: false, glass: None, lit: true };
        *line = Line {
            granted: true,
            down,
            lost: down,
            stuck_from: down.then_some(now),
            press: down.then_some(press),
            ..Line::new(line.debounce, now)
        };
    }

    pub(crate) fn failed(&mut self, key: Key, now: Time) {
        let role = self.role(key);
        let Some(line) = self.lines.get_mut(&role) else { return };
        *line = Line::new(line.debounce, now);
    }

    pub(crate) fn edge(
        &mut self,
        key: Key,
        down: bool,
        now: Time,
        (glass, lit): (Option<String>, bool),
    ) {
        let role = self.role(key);
        let Some(line) = self.lines.get_mut(&role).filter(|line| line.granted) else { return };
        line.lost |= line.down && down;
        (line.down, line.since, line.glass, line.lit) = (down, now, glass, lit);
    }

    /// What is on the glass now was there for a press that begins now.
    pub(crate) fn shown(&mut self, now: Time, glass: &Option<String>) {
        let beginning = self.lines.values_mut().filter(|line| line.since == now);
        beginning.for_each(|line| line.glass.clone_from(glass));
    }

    /// Time has passed; returns the keys that have been pressed by now, and since when.
    pub(crate) fn pass(&mut self, now: Time) -> Vec<(Key, Time)> {
        self.lines.values_mut().for_each(|line| {
            line.ended.take_if(|(_, at)| *at < now);
        });
        let mut pressed = Vec::new();
        while let Some((at, key)) = self.next_to_settle(now) {
            let press = self.begin(key, at);
            let Some(line) = self.lines.get_mut(&key) else { break };
            if line.down {
                pressed.push((key, press.since));
                line.stuck_from = Some(press.since + ms(10_000));
                line.press = Some(press);
                let others = self.lines.iter_mut().filter(|(other, _)| **other != key);
                others.filter_map(|(_, line)| line.press.as_mut()).for_each(|p| p.alone = false);
            } else {
                let sure = !line.lost && line.stuck_from.is_none_or(|from| from > at);
                (line.stuck_from, line.lost) = (None, false);
                line.ended = line.press.take().map(|press| (Press { sure, ..press }, at));
            }
        }
        pressed
    }

    /// Whether somebody presses a key that works.
    pub(crate) fn is_pressed(&self, now: Time) -> bool {
        self.lines.values().any(|line| line.press.is_some() && line.works(now))
    }

    /// When all keys have stopped bouncing that do so now.
    pub(crate) fn settled_at(&self) -> Option<Time> {
        self.lines.values().filter_map(Line::settles_at).max()
    }

    fn next_to_settle(&self, now: Time) -> Option<(Time, Key)> {
        let due = self.lines.iter().filter_map(|(key, line)| Some((line.settles_at()?, *key)));
        due.filter(|(at, _)| *at <= now).min()
    }

    /// A press of `key` as it would begin now.
    fn begin(&self, key: Key, now: Time) -> Press {
        let mut others = self.lines.iter().filter(|(other, _)| **other != key);
        let alone = !others.any(|(_, line)| line.press.is_some() && line.works(now));
        let line = &self.lines[&key];
        let (since, glass) = (line.since, line.glass.clone());
        Press { since, alone, sure: true, glass, lit: line.lit }
    }
}
