//! The screen: a [`Frame`] of pixels, the [`Driver`] that shows it, and the [`Writer`] that keeps the
//! bus off the event loop.
//!
//! ```text
//! Screen ──draw──▶ Frame ──Writer::show──▶ (its thread) ─Driver::show─▶ windows ──▶ wire ──▶ I2C
//!                              ▲                                 only what changed
//!                              └── Report: Ready, Shown, Failed
//! ```
//!
//! What a frame means is not known here, only that it may hold a code: its memory is wiped, and it
//! has no readable `Debug`.

pub mod bus;
pub mod draw;
mod error;
mod frame;
mod ssd1306;
mod windows;
mod wire;
mod writer;

pub use error::DriverError;
pub use frame::Frame;
pub use ssd1306::Ssd1306;
pub use wire::{Errno, Wire};
pub use writer::{Backoff, Report, Writer};

use crate::board::{Controller, DisplayProfile};

/// Something that shows frames and can say whether it did.
///
/// After an error the panel does not know what is on its glass; it takes care itself that the next
/// call sends everything again.
pub trait Driver: Send {
    /// Makes the glass show `frame`. On return it does.
    ///
    /// # Errors
    ///
    /// [`DriverError`] if a transfer failed, or if the frame is not of the panel's size.
    fn show(&mut self, frame: &Frame) -> Result<(), DriverError>;

    /// As [`show`](Self::show), but initialises the panel anew and sends every pixel: for a panel
    /// that may have lost its memory without saying so, as one that was unplugged.
    ///
    /// # Errors
    ///
    /// As [`show`](Self::show).
    fn refresh(&mut self, frame: &Frame) -> Result<(), DriverError>;

    /// Switches the glass off and wipes the panel's memory. On return nothing is to be read there.
    ///
    /// # Errors
    ///
    /// [`DriverError`] if a transfer failed.
    fn blank(&mut self) -> Result<(), DriverError>;
}

/// Opens the screen that `profile` describes. Nothing is sent to it yet.
///
/// # Errors
///
/// [`DriverError`] if there is no such bus, or this process may not use it.
pub fn open(profile: &DisplayProfile) -> Result<Box<dyn Driver>, DriverError> {
    let (i2c, path) = bus::open(&profile.bus, profile.address)?;
    match profile.controller {
        Controller::Ssd1306 => {
            let wire = Wire::new(i2c, &path.display().to_string(), profile.address);
            Ok(Box::new(Ssd1306::new(wire, profile)))
        }
    }
}
