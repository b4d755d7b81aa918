//! What of a board can be tried on this machine.

use crate::board::Board;

/// Why a part is left alone, in one line.
pub type Missing = String;

/// The parts of a board, on the machine that they are to be tried on: `None` is a part that the
/// board has not.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The display.
    pub display: Option<Result<(), Missing>>,
    /// Buttons and keypad.
    pub keys: Option<Result<(), Missing>>,
    /// The lamp.
    pub lamp: Option<Result<(), Missing>>,
    /// The buzzer.
    pub buzzer: Option<Result<(), Missing>>,
}

impl Parts {
    /// With what `has` says of each part of the board.
    pub fn of(board: &Board, mut has: impl FnMut(&'static str) -> Result<(), Missing>) -> Self {
        let keys = !board.buttons.is_empty() || board.keypad.is_some();
        Self {
            display: board.display.is_some().then(|| has("display")),
            keys: keys.then(|| has("keys")),
            lamp: board.led.is_some().then(|| has("lamp")),
            buzzer: board.buzzer.is_some().then(|| has("buzzer")),
        }
    }

    /// Each part that the board has, by its name.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Result<(), Missing>)> {
        let named = [
            ("display", &self.display),
            ("keys", &self.keys),
            ("lamp", &self.lamp),
            ("buzzer", &self.buzzer),
        ];
        named.into_iter().filter_map(|(name, part)| Some((name, part.as_ref()?)))
    }

    /// Why nothing at all can be tried; `None` if something can.
    pub fn nothing(&self) -> Option<String> {
        if self.all().any(|(_, part)| part.is_ok()) {
            return None;
        }
        let why: Vec<_> = self.all().filter_map(|(_, part)| part.as_ref().err().cloned()).collect();
        Some(if why.is_empty() { "the board has no parts".to_owned() } else { why.join("; ") })
    }
}
