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
//! Where a pin of the header leads depends on the machine: [`Board::on`] a [`Host`] has none left.
//!
//! A profile says nothing about what is really there: that is for the display and input adapters
//! to prove. It says nothing about the capability either, except that it may narrow it.

mod button;
mod buzzer;
mod check;
mod code;
mod detect;
mod display;
mod error;
mod fit;
mod host;
mod keypad;
mod led;
mod load;
mod nfc;
mod one;
mod pin;
mod raw;
#[cfg(test)]
mod schema;

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::pairing::{Capability, Key};
pub use buzzer::{Buzzer, BuzzerKind};
pub(crate) use code::name as key_name;
pub use display::{
    Backend, Bus, Connection, Controller, DisplayProfile, OledProfile, Rotation, SpiBus, SpiMode,
    Wiring,
};
pub use error::BoardError;
pub use host::{Host, HostPin, Purpose};
pub use load::names;
pub(crate) use load::{DIRECTORIES, all};
pub use nfc::NfcProfile;

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
    /// The hosts that it is known to fit, by the names of their files; empty for any that has the
    /// pins. A pin that is a button here may be an output there: elsewhere it is refused.
    pub hosts: Vec<String>,
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
    /// The buzzer, if the board has one. It shares its line with nothing.
    pub buzzer: Option<Buzzer>,
    /// The NFC tag, if the board has one.
    pub nfc: Option<NfcProfile>,
    /// What the board's ID EEPROM says, if it has one: any of these.
    pub hats: Vec<Hat>,
}

/// What a HAT says in its ID EEPROM, as the firmware copies it to `/proc/device-tree/hat`. What
/// differs from one HAT to the next of its kind, its UUID, is not among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hat {
    /// Who made it. Upper and lower case are no matter.
    pub vendor: String,
    /// What it is called; `None` for anything.
    pub product: Option<String>,
    /// Its number with that vendor; `None` for any. One of both is there.
    pub product_id: Option<u16>,
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

/// A button and how the machine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What pressing it means.
    pub role: Role,
    /// The text beside it on the board, 1 to 6 printable ASCII characters.
    pub label: String,
    /// Where it is.
    pub source: Source,
    /// How long a new level must last to count, 0 to 200 ms.
    pub debounce: Duration,
}

/// How the machine sees a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// As the level of a GPIO line.
    Gpio {
        /// The line.
        line: Line,
        /// The level of a pressed button.
        active: Active,
        /// What the machine has to do so that a released button has the other level.
        bias: Bias,
    },
    /// As a key of one of the kernel's input devices, which is found as that of a keypad is.
    Evdev {
        /// The device.
        device: InputDevice,
        /// The key (include/uapi/linux/input-event-codes.h), 1 to 767.
        code: u16,
    },
}

/// One of the kernel's input devices. Both texts have to be those of the device, so that a keyboard
/// that anybody plugs in elsewhere is not taken for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputDevice {
    /// The device's name, as EVIOCGNAME gives it.
    pub name: String,
    /// Where it may be plugged in, as EVIOCGPHYS gives it; at least one.
    pub phys: Vec<String>,
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
    /// As an input device of the kernel.
    Evdev(InputDevice),
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

/// A GPIO line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A position on the header, from 1 on. Which line that is the host's file says.
    Header(u8),
    /// Chip label and offset: chip numbers change with the kernel and line names with the device
    /// tree, but these two do not.
    Chip {
        /// Labels of the chip, one for each machine that the board fits; at least one.
        labels: Vec<String>,
        /// The line's number on that chip.
        offset: u32,
        /// Names that kernels give this line; empty for no cross-check.
        names: Vec<String>,
    },
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(pin) => write!(f, "header pin {pin}"),
            Self::Chip { labels, offset, .. } => {
                write!(f, "line {offset} of {}", labels.join(" or "))
            }
        }
    }
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
