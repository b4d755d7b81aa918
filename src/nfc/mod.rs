//! The NFC tag: what a phone has to know to pair, for whoever holds it to the panel.
//!
//! ```text
//! PairingData ──ndef──▶ Message ──St25dv::write──▶ chip ╌╌radio╌╌▶ phone     while the window is open
//!                                 St25dv::check               somebody has changed it: wiped
//!                                 St25dv::wipe                when the window closes, and at the start
//! ```
//!
//! Nothing here knows of windows. What is done at the chip takes up to half a second, so it is done by
//! a [`Writer`], which has a thread of its own, as that of the display has.
//!
//! What is on the tag is a secret for as long as it counts. The copies of it in memory are wiped,
//! and a [`Message`] has no readable `Debug`.

mod error;
mod ndef;
mod st25dv;
mod writer;

use std::path::Path;

use linux_embedded_hal::{Delay, I2cdev};

pub use error::TagError;
pub use ndef::{Message, PairingData};
pub use st25dv::St25dv;
pub use writer::{OpenTag, Pace, Tag, Writer};

use crate::board::NfcProfile;
use crate::display::bus;

/// Opens the tag that `profile` describes: makes sure that it is one, and wipes it before anything
/// else, because whoever ran before may have left data on it.
///
/// # Errors
///
/// [`TagError`] if there is no such bus or chip, or if the chip cannot be protected. After
/// [`TagError::Bus`] and [`TagError::NotWiped`] there may still be on it what was there before.
pub fn open(profile: &NfcProfile) -> Result<St25dv<I2cdev, Delay>, TagError> {
    let (i2c, path) = bus::open(&profile.bus, profile.address)?;
    // A kernel driver may have either of its addresses.
    bus::locate(Path::new("/"), &profile.bus, profile.system_address())?;
    St25dv::open(i2c, Delay, &path.display().to_string(), profile)
}
