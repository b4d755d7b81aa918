//! What the keys of an input device are for, and which of them are down. Pure.

use evdev::KeyCode;

use super::keys::Keys;
use crate::pairing::Key;

/// The key codes that mean something here. A keypad's digits have those of a numpad or of the top
/// row of a keyboard; Num Lock is no matter, because its effect is not the kernel's.
const CODES: [(KeyCode, Key); 26] = [
    (KeyCode::KEY_0, Key::Digit(0)),
    (KeyCode::KEY_1, Key::Digit(1)),
    (KeyCode::KEY_2, Key::Digit(2)),
    (KeyCode::KEY_3, Key::Digit(3)),
    (KeyCode::KEY_4, Key::Digit(4)),
    (KeyCode::KEY_5, Key::Digit(5)),
    (KeyCode::KEY_6, Key::Digit(6)),
    (KeyCode::KEY_7, Key::Digit(7)),
    (KeyCode::KEY_8, Key::Digit(8)),
    (KeyCode::KEY_9, Key::Digit(9)),
    (KeyCode::KEY_KP0, Key::Digit(0)),
    (KeyCode::KEY_KP1, Key::Digit(1)),
    (KeyCode::KEY_KP2, Key::Digit(2)),
    (KeyCode::KEY_KP3, Key::Digit(3)),
    (KeyCode::KEY_KP4, Key::Digit(4)),
    (KeyCode::KEY_KP5, Key::Digit(5)),
    (KeyCode::KEY_KP6, Key::Digit(6)),
    (KeyCode::KEY_KP7, Key::Digit(7)),
    (KeyCode::KEY_KP8, Key::Digit(8)),
    (KeyCode::KEY_KP9, Key::Digit(9)),
    (KeyCode::KEY_ENTER, Key::Enter),
    (KeyCode::KEY_KPENTER, Key::Enter),
    (KeyCode::KEY_BACKSPACE, Key::Erase),
    (KeyCode::KEY_DELETE, Key::Erase),
    (KeyCode::KEY_KPDOT, Key::Erase),
    (KeyCode::KEY_ESC, Key::Escape),
];

/// The keys of a device that has the codes that `has` says.
pub(super) fn keys(has: impl Fn(KeyCode) -> bool) -> Keys {
    CODES.iter().filter(|(code, _)| has(*code)).map(|(_, key)| *key).collect()
}

/// What a key without which no digits can be entered is called by people.
pub(super) fn name(key: Key) -> String {
    match key {
        Key::Digit(digit) => format!("the digit {digit}"),
        _ => "Enter".to_owned(),
    }
}

/// Which keys of a device are down, and which the session believes to be.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// By code, in the order of `CODES`, because two codes can be one key.
    down: [bool; CODES.len()],
    /// Those that it was told are down and not that they are up.
    told: Keys,
}

impl Levels {
    /// All levels are as `is_down` says, whatever they were, and the session is told so.
    pub(super) fn reset(&mut self, is_down: impl Fn(KeyCode) -> bool) {
        self.down = CODES.map(|(code, _)| is_down(code));
        self.told = keys(is_down);
    }

    pub(super) fn is_down(&self, key: Key) -> bool {
        self.told.contains(key)
    }

    /// A key went down or up: what to tell the session. Nobody types while it does not listen, so
    /// then it is told only that a key that it believes to be down is not.
    pub(super) fn change(
        &mut self,
        code: KeyCode,
        down: bool,
        listens: bool,
    ) -> Option<(Key, bool)> {
        let at = CODES.iter().position(|(known, _)| *known == code)?;
        let key = CODES[at].1;
        self.down[at] = down;
        let other_down = || CODES.iter().zip(self.down).any(|((_, of), down)| *of == key && down);
        let counts = if down { listens } else { !other_down() };
        (counts && self.told.set(key, down)).then_some((key, down))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numpad_has_digits_and_enter_and_may_have_more() {
        let numpad = |code: KeyCode| {
            (KeyCode::KEY_KP7.code()..=KeyCode::KEY_KPDOT.code()).contains(&code.code())
                || code == KeyCode::KEY_KPENTER
        };
        let expected = Key::KEYPAD.into_iter().chain([Key::Erase]).collect();
        assert_eq!(keys(numpad), expected);
        assert_eq!(keys(|code| code == KeyCode::KEY_A), Keys::default());
        assert_eq!(keys(|_| true), Keys::ALL);
    }

    /// What happens at a keypad → what the session is told.
    #[test]
    fn two_codes_of_one_key_are_down_while_either_is() {
        let mut levels = Levels::default();
        let steps = [
            (KeyCode::KEY_1, true, Some((Key::Digit(1), true))),
            (KeyCode::KEY_KP1, true, None),
            (KeyCode::KEY_1, false, None),
            (KeyCode::KEY_KP1, false, Some((Key::Digit(1), false))),
            (KeyCode::KEY_KP1, false, None),
            (KeyCode::KEY_NUMLOCK, true, None),
            (KeyCode::KEY_ENTER, true, Some((Key::Enter, true))),
            (KeyCode::KEY_ENTER, true, None),
            (KeyCode::KEY_KPDOT, true, Some((Key::Erase, true))),
            (KeyCode::KEY_ESC, true, Some((Key::Escape, true))),
        ];
        for (code, down, told) in steps {
            assert_eq!(levels.change(code, down, true), told, "{code:?} {down}");
        }
    }

    #[test]
    fn without_a_listener_only_keys_that_were_told_to_be_down_are_told_to_be_up() {
        let mut levels = Levels::default();
        levels.reset(|code| code == KeyCode::KEY_KP5);
        assert!(levels.is_down(Key::Digit(5)) && !levels.is_down(Key::Enter));
        let steps = [
            (KeyCode::KEY_5, true, None),
            (KeyCode::KEY_KP5, false, None),
            (KeyCode::KEY_5, false, Some((Key::Digit(5), false))),
            (KeyCode::KEY_5, true, None),
            (KeyCode::KEY_5, false, None),
            (KeyCode::KEY_KPENTER, true, None),
        ];
        for (code, down, told) in steps {
            assert_eq!(levels.change(code, down, false), told, "{code:?} {down}");
        }
        // One that was pressed meanwhile is not told to be up either.
        assert_eq!(levels.change(KeyCode::KEY_KPENTER, false, true), None);
    }
}
