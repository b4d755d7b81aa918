//! Sets of a keypad's keys.

use crate::pairing::Key;

/// Keys of a keypad: one bit each. Other keys are in no such set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys(u16);

impl Keys {
    /// Every key that a keypad can have.
    pub(super) const ALL: Self = Self((1 << 13) - 1);

    const fn bit(key: Key) -> u16 {
        match key {
            Key::Digit(digit @ 0..=9) => 1 << digit,
            Key::Enter => 1 << 10,
            Key::Erase => 1 << 11,
            Key::Escape => 1 << 12,
            _ => 0,
        }
    }

    pub(super) const fn contains(self, key: Key) -> bool {
        self.0 & Self::bit(key) != 0
    }

    /// Those that are not in `others`.
    pub(super) const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Puts the key in or takes it out; true if that changes anything.
    pub(super) const fn set(&mut self, key: Key, is_in: bool) -> bool {
        let before = self.0;
        self.0 = if is_in { before | Self::bit(key) } else { before & !Self::bit(key) };
        self.0 != before
    }

    /// The digits from 0 on, Enter, Erase, Escape.
    pub(super) fn iter(self) -> impl Iterator<Item = Key> {
        Key::KEYPAD.into_iter().chain([Key::Erase, Key::Escape]).filter(move |k| self.contains(*k))
    }
}

impl FromIterator<Key> for Keys {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        Self(keys.into_iter().fold(0, |bits, key| bits | Self::bit(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_keys_that_were_put_in() {
        assert_eq!(Keys::ALL.iter().count(), 13);
        assert_eq!(Keys::ALL.iter().collect::<Keys>(), Keys::ALL);
        let mut keys = Keys::default();
        assert!(keys.set(Key::Digit(7), true) && keys.set(Key::Escape, true));
        assert!(!keys.set(Key::Escape, true) && !keys.set(Key::Enter, false));
        assert!(!keys.set(Key::Accept, true) && !keys.contains(Key::Accept));
        assert_eq!(keys.iter().collect::<Vec<_>>(), [Key::Digit(7), Key::Escape]);
        assert_eq!(Keys::ALL.without(keys).iter().count(), 11);
        assert!(keys.set(Key::Digit(7), false) && !keys.contains(Key::Digit(7)));
    }
}
