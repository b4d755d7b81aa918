//! Digits that are typed or picked at the panel. Nothing is sent by the last digit alone.

use super::{Answer, Key, Pick, Typed};
use crate::clock::Time;

/// An entry that is going on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub(super) code: Kind,
    pub(super) typed: Typed,
    /// What the picker offers, on a panel that has one.
    pub(super) pick: Option<Pick>,
    /// How often what is to be seen of it has changed.
    pub(super) edit: u32,
    /// Which of these states the glass has shown last, and since when.
    pub(super) seen: Option<(u32, Time)>,
}

/// What is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Six digits.
    Passkey,
    /// One to sixteen.
    Pin,
}

impl Entry {
    pub(super) fn new(code: Kind, picker: bool) -> Self {
        let pick = picker.then_some(Pick::Digit(0));
        Self { code, typed: Typed::default(), pick, edit: 0, seen: None }
    }

    /// What would be sent; `None` while there is too little of it.
    pub(super) fn answer(&self) -> Option<Answer> {
        match self.code {
            Kind::Passkey => self.typed.passkey().map(Answer::Passkey),
            Kind::Pin => self.typed.pin().map(Answer::Pin),
        }
    }

    /// Whether it may be sent by a press that began at `pressed`: there is enough, and the glass, if
    /// there is one, had shown it by then.
    pub(super) fn is_complete(&self, has_display: bool, pressed: Time) -> bool {
        let shown = self.seen.filter(|(edit, _)| *edit == self.edit);
        let seen = !has_display || shown.is_some_and(|(_, at)| at <= pressed);
        seen && self.answer().is_some() && self.pick.is_none_or(|pick| pick == Pick::Submit)
    }

    /// Whether a further digit would be one too many.
    fn is_full(&self) -> bool {
        let most = match self.code {
            Kind::Passkey => 6,
            Kind::Pin => Typed::MOST,
        };
        self.typed.digits().len() >= most
    }

    /// What a key that is neither accept nor reject does.
    pub(super) fn key(&mut self, key: Key) {
        match key {
            Key::Digit(digit) => self.push(digit),
            Key::Erase | Key::Left => self.erase(),
            Key::Right | Key::Select => self.take(),
            Key::Up => self.turn(true),
            Key::Down => self.turn(false),
            _ => {}
        }
    }

    /// Takes what the picker offers.
    pub(super) fn take(&mut self) {
        match self.pick {
            Some(Pick::Digit(digit)) => self.push(digit),
            Some(Pick::Erase) => self.erase(),
            Some(Pick::Submit) | None => {}
        }
    }

    fn push(&mut self, digit: u8) {
        if !self.is_full() {
            self.typed.push(digit);
            self.changed();
        }
    }

    fn erase(&mut self) {
        if !self.typed.digits().is_empty() {
            self.typed.erase();
            self.changed();
        }
    }

    fn changed(&mut self) {
        self.edit = self.edit.wrapping_add(1);
        let full = self.is_full();
        self.pick = self.pick.map(|_| if full { Pick::Submit } else { Pick::Digit(0) });
    }

    /// Up and down lead round through the digits, then to erase and, where it could be sent, to
    /// that.
    fn turn(&mut self, up: bool) {
        let Some(pick) = self.pick else { return };
        let mut round: Vec<Pick> = Vec::with_capacity(12);
        if !self.is_full() {
            round.extend((0..=9).map(Pick::Digit));
        }
        round.push(Pick::Erase);
        if self.answer().is_some() {
            round.push(Pick::Submit);
        }
        let at = round.iter().position(|offered| *offered == pick).unwrap_or(0);
        let next = if up { at + 1 } else { at + round.len() - 1 };
        self.pick = round.get(next % round.len()).copied();
        self.edit = self.edit.wrapping_add(1);
    }
}
