//! What is attached to the machine, as a board profile states it.
//!
//! A profile is a TOML file under `boards/` (its README lists the keys). [`Board`] is one that
//! passed every check; what a file may spell wrong is known only in here:
//!
//! ```text
//! text ──raw.rs──▶ RawBoard ──check.rs──▶ Board          (each may end in a BoardError,
//!        (serde)             (one rule, one function)      which points at line and column)
//! ```
//!
//! A profile says nothing about what is really there: that is for the display and input adapters
//! to prove. It says nothing about the capability either, except that it may narrow it.

mod check;
mod display;
mod error;
mod keypad;
mod led;
mod load;
mod raw;

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::pairing::{Capability, Key};
pub use display::{Bus, Controller, DisplayProfile, Rotation};
pub use error::BoardError;
pub(crate) use load::DIRECTORIES;
pub use load::names;

/// A checked board profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// The file's name without `.toml`, which is what `--board` takes.
    pub id: String,
    /// What a person calls the board; one line.
    pub name: String,
    /// How well the facts in the profile are known.
    pub confidence: Confidence,
    /// Where they were read.
    pub sources: Vec<String>,
    /// The most that the panel may claim to be; `None` leaves it to the hardware.
    pub at_most: Option<Capability>,
    /// The screen, if the board has one.
    pub display: Option<DisplayProfile>,
    /// The buttons, no two with the same role or on the same line.
    pub buttons: Vec<Button>,
    /// The keypad, if the board has one. It shares no line with a button.
    pub keypad: Option<Keypad>,
    /// The lamp, if the board has one. It shares no line with a key.
    pub led: Option<Led>,
}

/// How well the facts in a profile are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Read in a schematic or the vendor's code, or in two sources that do not share an author.
    Verified,
    /// Read in one source.
    Documented,
    /// Nobody has seen it work.
    Untested,
}

/// A button and the line it is wired to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What pressing it means.
    pub role: Role,
    /// The text beside it on the board, 1 to 6 printable ASCII characters.
    pub label: String,
    /// Where it is.
    pub line: Line,
    /// The level of a pressed button.
    pub active: Active,
    /// What the machine has to do so that a released button has the other level.
    pub bias: Bias,
    /// How long a new level must last to count, 0 to 200 ms.
    pub debounce: Duration,
}

/// What pressing a button means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Yes.
    Accept,
    /// No.
    Reject,
    /// The digit picker's next higher digit. No board has this or any role below without having
    /// `Up` and `Down`.
    Up,
    /// The next lower digit.
    Down,
    /// Takes the last digit back.
    Left,
    /// Takes the picked digit.
    Right,
    /// Takes the picked digit, too: the middle of a stick.
    Select,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Up => "up",
            Self::Down => "down",
            Self::Left => "left",
            Self::Right => "right",
            Self::Select => "select",
        })
    }
}

/// A keypad: ten digits and a key that sends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keypad {
    /// What it is and where to find it.
    pub kind: KeypadKind,
    /// The text on the key that sends, 1 to 6 printable ASCII characters.
    pub enter: String,
    /// The text on the key that takes the last digit back, likewise.
    pub erase: String,
    /// The text on the key that gives up, likewise; `None` if there is no such key.
    pub escape: Option<String>,
    /// How long a new level must last to count, 0 to 200 ms.
    pub debounce: Duration,
}

/// How the machine sees a keypad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeypadKind {
    /// As an input device of the kernel. Both texts have to be those of the device, so that a
    /// keyboard that anybody plugs in elsewhere is not taken for it.
    Evdev {
        /// The device's name, as EVIOCGNAME gives it.
        name: String,
        /// Where it may be plugged in, as EVIOCGPHYS gives it; at least one.
        phys: Vec<String>,
    },
    /// As GPIO lines that its keys connect crosswise.
    Matrix {
        /// The lines that are driven low one after the other, all of one chip.
        rows: Vec<Line>,
        /// The lines that are read meanwhile, all of one chip.
        cols: Vec<Line>,
        /// What each key is for: one entry a row, and therein one a column. Each digit is there
        /// once; `None` is a key without a use, or no key.
        keys: Vec<Vec<Option<Key>>>,
        /// How a column without a pressed key is kept high.
        bias: Bias,
    },
}

/// A GPIO line, found by chip label and offset: chip numbers change with the kernel and line names
/// with the device tree, but these two do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Labels of the chip, one for each machine that the board fits; at least one.
    pub chips: Vec<String>,
    /// The line's number on that chip.
    pub offset: u32,
    /// Names that kernels give this line; empty for no cross-check.
    pub names: Vec<String>,
}

/// A lamp that says from afar what the panel does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Led {
    /// A LED class device of the kernel: the name of a directory in `/sys/class/leds`.
    Class(String),
    /// A lamp on a GPIO line.
    Gpio {
        /// The line, which is driven.
        line: Line,
        /// The level that lights it.
        active: Active,
    },
}

/// The level of a pressed button, or of a lamp that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Active {
    /// Ground.
    Low,
    /// The supply.
    High,
}

/// What the machine's own pull resistor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    /// Pulls to the supply.
    PullUp,
    /// Pulls to ground.
    PullDown,
    /// Is off.
    Off,
    /// Stays as it is: for chips that have none, or boards that bring their own.
    AsIs,
}
