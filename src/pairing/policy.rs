//! What the owner of the box may decide; every default is the safe one.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Abilities, Capability, Key, ServiceRule};

/// Whether the window opens by itself when an adapter is first there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtStart {
    /// Only if no device is bonded: a box fresh from the factory.
    #[default]
    IfUnpaired,
    /// Each time.
    Always,
    /// Not at all.
    Never,
}

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

/// What happens when a device pairs and there are as many bonds as there may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenFull {
    /// It is refused.
    #[default]
    Refuse,
    /// The device that has not been connected for the longest time is forgotten.
    DropLongestUnseen,
}

/// Whether a device that has paired may use services without being asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// No.
    #[default]
    Never,
    /// If a person has checked the code, or the device had it from here (out of band).
    Verified,
    /// Yes.
    Always,
}

/// What happens to a bond that nobody at this panel has approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownBonds {
    /// It is deleted.
    #[default]
    Remove,
    /// The person at the panel is asked; without a yes it is deleted, and so it is on a board that
    /// cannot ask.
    Ask,
    /// It stays.
    Keep,
}

/// Which devices may pair. Empty: every one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Allow {
    /// Addresses, `XX:XX:XX:XX:XX:XX`: as a device shows it, or the identity behind a resolvable
    /// private one, which is known when it has paired.
    pub addresses: Vec<String>,
    /// Names, in which `*` stands for any text. A device chooses its own.
    pub names: Vec<String>,
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
    /// How many new bonds close the window; 0 leaves it open.
    pub window_bonds: u32,
    /// Whether to advertise the adapter's name over LE while the window is open.
    pub advertise: bool,
    /// The adapters that the panel is for, as `hciN` or by address; empty for all.
    pub adapters: Vec<String>,
    /// How many bonds there may be; 0 sets no limit.
    pub bond_limit: u32,
    /// What happens beyond that.
    pub when_full: WhenFull,
    /// Which devices may pair.
    pub allow: Allow,
    /// Whether a device that has paired is trusted.
    pub trust: Trust,
    /// What happens to bonds that nobody here has approved.
    pub unknown_bonds: UnknownBonds,
    /// After how many pairings in a row that came to nothing there is a pause; 0 for never.
    pub pause_after: u32,
    /// How long the first pause is; each one that follows is twice as long as the one before.
    pub pause: Duration,
    /// Whether to be the default agent again when another one may have become it.
    pub reclaim: bool,
    /// After how long an idle panel is dimmed; zero for never.
    pub dim_after: Duration,
    /// After how long it is switched off, likewise and from the same moment.
    pub off_after: Duration,
    /// Whether a buzzer says anything.
    pub sound: bool,
    /// Whether [`Command::ReadPrompt`](super::Command::ReadPrompt) is obeyed: the one way in which a
    /// code leaves the glass.
    pub prompt_command: bool,
    /// Whether devices may pair over LE by data that are to be had at the panel alone.
    pub out_of_band: bool,
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
            window_bonds: 1,
            advertise: true,
            adapters: Vec::new(),
            bond_limit: 0,
            when_full: WhenFull::default(),
            allow: Allow::default(),
            trust: Trust::default(),
            unknown_bonds: UnknownBonds::default(),
            pause_after: 5,
            pause: Duration::from_secs(30),
            reclaim: true,
            dim_after: Duration::from_secs(20),
            off_after: Duration::from_secs(40),
            sound: true,
            prompt_command: false,
            out_of_band: false,
        }
    }
}

/// What a board has, whether or not it works at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fittings {
    /// A display for six digits.
    pub display: bool,
    /// Whether a code to scan fits on it.
    pub code: bool,
    /// A tag to touch.
    pub tag: bool,
    /// How dark the display can be while nobody uses it.
    pub dims: Dims,
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

/// How dark a display can be while nobody uses it; how dark it is to be is told by
/// [`Look`](super::Look).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dims {
    /// It is lit all the time, so that no press is needed to light it.
    #[default]
    Never,
    /// It can be switched off, and is as bright as ever until then.
    OffOnly,
    /// It can be dimmed, and switched off.
    DimAndOff,
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
