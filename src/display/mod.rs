//! The screen: a [`Frame`] of pixels, the [`Driver`] that shows it, and the [`Writer`] that keeps the
//! bus off the event loop.
//!
//! ```text
//! Screen ──draw──▶ Frame ──Writer::show──▶ (its thread) ─Driver::show─┬─▶ Oled ──▶ windows ──▶ wire ──▶ I2C, SPI
//!                              ▲                                      │          only what changed
//!                              └── Report: Ready, Shown, Failed       └─▶ Framebuffer ──▶ /dev/fb*
//! ```
//!
//! What a frame means is not known here, only that it may hold a code: its memory is wiped, and it
//! has no readable `Debug`.

pub mod bus;
pub mod draw;
mod error;
mod frame;
mod framebuffer;
mod line;
mod oled;
mod spi;
mod windows;
mod wire;
mod writer;

use std::path::{Path, PathBuf};

pub use error::DriverError;
pub use frame::Frame;
pub use framebuffer::Framebuffer;
pub use oled::Oled;
pub(crate) use wire::transfer_failed;
pub use wire::{Errno, Output, OverI2c, OverSpi, Transport};
pub use writer::{Backoff, Report, Writer};

use self::line::GpioOutput;
use crate::board::{Active, Backend, Connection, DisplayProfile};
use crate::pairing::Glow;

/// Something that shows frames and can say whether it did: on I2C the controller acknowledges every
/// byte. On SPI and with the kernel's drivers it says whether the kernel took the frame, because
/// nothing more is to be known there ([`DisplayProfile::answers`]).
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

    /// Brings a controller that may have been driven as another one to the state in which a reset
    /// leaves it, as far as not every initialisation does that. What is on the glass is not certain
    /// then.
    ///
    /// # Errors
    ///
    /// [`DriverError`] if a transfer failed.
    fn start_over(&mut self) -> Result<(), DriverError> {
        Ok(())
    }

    /// Makes the glass as bright as `glow` from now on, also when it is initialised anew. What is on
    /// it stays, except that [`Glow::Off`] is [`blank`](Self::blank): the next frame lights it again.
    ///
    /// A glass whose brightness cannot be set keeps it: it is as bright as it can be at
    /// [`Glow::Full`].
    ///
    /// # Errors
    ///
    /// [`DriverError`] if a transfer failed.
    fn dim(&mut self, glow: Glow) -> Result<(), DriverError> {
        if glow == Glow::Off { self.blank() } else { Ok(()) }
    }
}

/// Opens the screen that `profile` describes. Nothing is sent to it yet, but lines that the profile
/// names are driven from now on.
///
/// # Errors
///
/// [`DriverError`] if there is no such bus, device or line, or this process may not use it.
pub fn open(profile: &DisplayProfile) -> Result<Box<dyn Driver>, DriverError> {
    let oled = match &profile.backend {
        Backend::Oled(oled) => oled,
        Backend::Framebuffer(name) => {
            return Ok(Box::new(Framebuffer::open(Path::new("/"), name, profile)?));
        }
    };
    let transport: Box<dyn Transport> = match &oled.connection {
        Connection::I2c { bus, address } => {
            let (i2c, path) = bus::open(bus, *address)?;
            Box::new(OverI2c::new(i2c, &path.display().to_string(), *address))
        }
        Connection::Spi { bus, hz, mode, dc } => {
            let (spi, path) = spi::open(bus, *hz, *mode)?;
            let dc = GpioOutput::request("D/C line", dc, Active::High)?;
            Box::new(OverSpi::new(spi, &path.display().to_string(), Box::new(dc)))
        }
    };
    let reset: Option<Box<dyn Output>> = match &oled.reset {
        Some(line) => Some(Box::new(GpioOutput::request("reset line", line, Active::Low)?)),
        None => None,
    };
    Ok(Box::new(Oled::new(transport, reset, oled, profile)))
}

/// The device file, below `root`, that has to be opened for the screen. It is not opened.
pub(crate) fn locate(root: &Path, profile: &DisplayProfile) -> Result<PathBuf, DriverError> {
    match &profile.backend {
        Backend::Oled(oled) => match &oled.connection {
            Connection::I2c { bus, address } => bus::locate(root, bus, *address),
            Connection::Spi { bus, .. } => spi::locate(root, bus),
        },
        Backend::Framebuffer(name) => framebuffer::locate(root, name),
    }
}
