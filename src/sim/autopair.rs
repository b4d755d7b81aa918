//! The PINs that bluetoothd tries by itself (`plugins/autopair.c`) when it pairs with a device that
//! has no Secure Simple Pairing.

use std::time::Duration;

use super::code::{Codes, Pin};

/// A keyboard that refuses sooner than this has not let anybody type.
const TOO_QUICK: Duration = Duration::from_millis(500);

/// What a device is, by its Class of Device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A smartphone.
    #[default]
    Phone,
    /// A keyboard.
    Keyboard,
    /// A mouse.
    Mouse,
    /// A headset.
    Headset,
}

impl Kind {
    /// `Device1.Class`.
    pub(super) const fn class(self) -> u32 {
        match self {
            Self::Phone => 0x5a_020c,
            Self::Keyboard => 0x00_2540,
            Self::Mouse => 0x00_2580,
            Self::Headset => 0x24_0404,
        }
    }
}

/// A PIN that the agent is not asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) pin: Pin,
    /// Whether the person has to type it at the device (`DisplayPinCode`).
    pub(super) display: bool,
}

/// The guesses of one `Pair` (`btd_adapter_pin_cb_iter`).
#[derive(Debug, Default)]
pub(super) struct Guesses {
    made: usize,
    pub(super) exhausted: bool,
}

impl Guesses {
    /// The next guess; nothing when the agent is to be asked, after which there is no retry.
    /// `last` is how long the attempt before took after its PIN was there.
    pub(super) fn next(&mut self, kind: Kind, last: Duration, codes: &Codes) -> Option<Guess> {
        let fixed = |pin: &str| Pin::new(pin).map(|pin| Guess { pin, display: false });
        let guess = match (kind, self.made) {
            _ if self.exhausted => None,
            (Kind::Headset, made) => ["0000", "1234", "1111"].get(made).and_then(|pin| fixed(pin)),
            (Kind::Mouse, 0) => fixed("0000"),
            (Kind::Keyboard, 1) if last < TOO_QUICK => fixed("0000"),
            (Kind::Keyboard, 2..) if last < TOO_QUICK => None,
            (Kind::Keyboard, made) if made < 3 => {
                Pin::new(&codes.draw().to_string()).map(|pin| Guess { pin, display: true })
            }
            (Kind::Phone | Kind::Mouse | Kind::Keyboard, _) => None,
        };
        self.made += 1;
        self.exhausted |= guess.is_none();
        guess
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_guessed_by_the_class_of_the_device() {
        let slow = [600, 600, 600];
        // A dash is where the agent is asked, stars are six digits to be displayed.
        for (kind, durations, expected) in [
            (Kind::Phone, slow, "- - - -"),
            (Kind::Mouse, slow, "0000 - - -"),
            (Kind::Headset, slow, "0000 1234 1111 -"),
            (Kind::Keyboard, slow, "****** ****** ****** -"),
            (Kind::Keyboard, [0, 600, 600], "****** 0000 ****** -"),
            (Kind::Keyboard, [0, 0, 0], "****** 0000 - -"),
            (Kind::Keyboard, [600, 0, 600], "****** ****** - -"),
        ] {
            let (mut guesses, codes) = (Guesses::default(), Codes::seeded(1));
            let durations = [0].into_iter().chain(durations).map(Duration::from_millis);
            let words = durations.map(|last| match guesses.next(kind, last, &codes) {
                None => "-".to_owned(),
                Some(Guess { display: true, pin }) => "*".repeat(pin.as_str().len()),
                Some(Guess { pin, .. }) => pin.as_str().to_owned(),
            });
            assert_eq!(words.collect::<Vec<_>>().join(" "), expected, "{kind:?}");
        }
    }
}
