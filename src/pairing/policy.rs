//! What the owner of the box may decide; every default is the safe one.

use std::time::Duration;

use super::{AtStart, Capability};

/// What is asked of a person when the two devices cannot check each other (just works).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
        }
    }
}

/// What a board has, whether or not it works at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fittings {
    /// A display for six digits.
    pub display: bool,
    /// The key that says yes.
    pub accept: Option<KeyFitting>,
    /// The key that says no. Without it, a short press of the accept key does.
    pub reject: Option<KeyFitting>,
    /// Narrows the capability that the hardware would give.
    pub at_most: Option<Capability>,
}

/// A key of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFitting {
    /// What is printed beside it.
    pub label: String,
    /// How long its contacts bounce.
    pub debounce: Duration,
}
