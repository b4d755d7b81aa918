//! What the panel can do, in the words that BlueZ and the Core Specification use for it.

use std::fmt;
use std::str::FromStr;

/// An input/output capability (Core Specification, Vol 3 Part C, Table 5.5), named as
/// `org.bluez.AgentManager1.RegisterAgent` wants it (BlueZ, `src/agent.c`).
///
/// The empty string, which BlueZ takes for `KeyboardDisplay`, is never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capability {
    /// A numeric display and nothing that can answer.
    DisplayOnly,
    /// A numeric display and at least a way to say yes or no.
    DisplayYesNo,
    /// Digits can be entered, none can be shown.
    KeyboardOnly,
    /// Neither.
    NoInputNoOutput,
    /// Digits can be shown and entered.
    KeyboardDisplay,
}

impl Capability {
    /// All five, in the order of the Core Specification's values 0x00 to 0x04.
    pub const ALL: [Self; 5] = [
        Self::DisplayOnly,
        Self::DisplayYesNo,
        Self::KeyboardOnly,
        Self::NoInputNoOutput,
        Self::KeyboardDisplay,
    ];

    /// The name as D-Bus carries it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DisplayOnly => "DisplayOnly",
            Self::DisplayYesNo => "DisplayYesNo",
            Self::KeyboardOnly => "KeyboardOnly",
            Self::NoInputNoOutput => "NoInputNoOutput",
            Self::KeyboardDisplay => "KeyboardDisplay",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is none of the five names. BlueZ 5.87 and later also take a prefix of a name; this
/// does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a capability; one of DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay"
)]
pub struct UnknownCapability;

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|c| c.as_str() == name).ok_or(UnknownCapability)
    }
}

/// The parts of a panel that work, that is, that have proved it: the display acknowledged a frame,
/// the lines were granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// A display that can show six digits.
    pub display: bool,
    /// A key that can say yes.
    pub answer: bool,
    /// A keypad, or keys and a digit picker on the display.
    pub digits: bool,
}

impl Abilities {
    /// The capability to register (design: "capability comes from hardware"), narrowed to
    /// `at_most` where a board profile asks for that. Narrowing never adds an ability.
    pub fn capability(self, at_most: Option<Capability>) -> Capability {
        let allowed = at_most.map_or(Self { display: true, answer: true, digits: true }, Self::of);
        let display = self.display && allowed.display;
        let answer = self.answer && allowed.answer;
        let digits = self.digits && allowed.digits;
        match (display, answer, digits) {
            (true, _, true) => Capability::KeyboardDisplay,
            (true, true, false) => Capability::DisplayYesNo,
            (true, false, false) => Capability::DisplayOnly,
            (false, _, true) => Capability::KeyboardOnly,
            (false, _, false) => Capability::NoInputNoOutput,
        }
    }

    const fn of(capability: Capability) -> Self {
        match capability {
            Capability::DisplayOnly => Self { display: true, answer: false, digits: false },
            Capability::DisplayYesNo => Self { display: true, answer: true, digits: false },
            Capability::KeyboardOnly => Self { display: false, answer: true, digits: true },
            Capability::NoInputNoOutput => Self { display: false, answer: false, digits: false },
            Capability::KeyboardDisplay => Self { display: true, answer: true, digits: true },
        }
    }
}
