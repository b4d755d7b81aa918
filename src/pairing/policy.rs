//! What the owner of the box may decide; every default is the safe one.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Abilities, AtStart, Capability, Key, ServiceRule};

/// What is asked of a person when the two devices cannot check each other (just works).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JustWorks {
    /// Nothing: it is refused.
    Reject,
    /// A press of the accept key.
    Confirm,
    /// Nothing: the open pairing window is the person's presence.
    Window,
}

/// The rules that differ from product to product.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// `None`: `Confirm` on a board with an accept key, `Window` on one without.
    pub just_works: Option<JustWorks>,
    /// How long a prompt waits for a person. Below the 30 s after which the kernel gives up on LE
    /// (Linux, `net/bluetooth/smp.c`, `SMP_TIMEOUT`).
    pub prompt: Duration,
    /// How long the accept key must be held; zero for a plain press.
    pub hold: Duration,
    /// How long a prompt must have been on the glass before a press may begin.
    pub arm: Duration,
    /// How long the pairing window stays open when it opens by itself.
    pub window: Duration,
    /// Whether it does.
    pub window_at_start: AtStart,
    /// Whether BR/EDR devices from before Secure Simple Pairing may pair, by a PIN.
    pub legacy_pin: bool,
    /// Which services bonded BR/EDR devices may use, by name; [`ServiceRule::default_for`] for the
    /// others.
    pub services: BTreeMap<&'static str, ServiceRule>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            just_works: None,
            prompt: Duration::from_secs(25),
            hold: Duration::from_secs(1),
            arm: Duration::from_millis(500),
            window: Duration::from_secs(120),
            window_at_start: AtStart::default(),
            legacy_pin: true,
            services: BTreeMap::new(),
        }
    }
}

/// What a board has, whether or not it works at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fittings {
    /// A display for six digits.
    pub display: bool,
    /// The buttons, by what they are for: any of [`Key::Accept`] to [`Key::Select`].
    ///
    /// Without a reject key, a short press of the accept key says no. Up, down and accept together
    /// are a digit picker on a board that has a display.
    pub buttons: BTreeMap<Key, KeyFitting>,
    /// The keypad. Its enter key is the accept key of a board without one, and its escape key the
    /// reject key.
    pub keypad: Option<KeypadFitting>,
    /// Narrows the capability that the hardware would give.
    pub at_most: Option<Capability>,
}

impl Fittings {
    /// What the panel can do when all of it works.
    pub fn abilities(&self) -> Abilities {
        let button = |key| self.buttons.contains_key(&key);
        let answer = button(Key::Accept) || self.keypad.is_some();
        let picker = self.display && [Key::Up, Key::Down, Key::Accept].into_iter().all(button);
        Abilities { display: self.display, answer, digits: picker || self.keypad.is_some() }
    }
}

/// A key of a board.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyFitting {
    /// What is printed beside it.
    pub label: String,
    /// How long its contacts bounce.
    pub debounce: Duration,
}

/// A keypad with ten digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeypadFitting {
    /// What is printed on the key that sends.
    pub enter: String,
    /// What is printed on the key that takes the last digit back.
    pub erase: String,
    /// What is printed on the key that gives up, if there is one.
    pub escape: Option<String>,
    /// How long its contacts bounce.
    pub debounce: Duration,
}
