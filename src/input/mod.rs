//! The buttons: GPIO lines whose edges become [`KeyEvent`]s.
//!
//! Every edge is passed on as it comes, bouncing included. What counts as a press, and for how
//! long a level must last, the pairing core decides.

mod error;
mod gpio;
mod resolve;

pub use error::GpioError;
pub use gpio::Key;

use crate::board::Role;
use crate::clock::Time;

/// A button went down or up, or seems to have: contacts bounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Which button.
    pub role: Role,
    /// It is pressed now. Two edges in a row may say the same: the one between was too short to
    /// be seen.
    pub down: bool,
    /// When, by the kernel's clock.
    pub at: Time,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEvent {
    /// Its level changed.
    Edge(Edge),
    /// Its line is gone, as when a USB bridge is unplugged. Nothing follows from this line until
    /// it is opened again.
    Lost {
        /// Which button.
        role: Role,
        /// Why, in one line.
        reason: String,
    },
}
