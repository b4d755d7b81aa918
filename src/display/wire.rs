//! The way to a controller: commands and pixels, over I2C or SPI.
//!
//! ```text
//! Oled ──▶ Wire (collects commands) ──▶ Transport ─┬─ OverI2c   a control byte says which
//!                                                  └─ OverSpi   the D/C line says which
//! ```
//!
//! This is what the `display-interface-i2c` and `-spi` crates do in pieces of 16 and 64 bytes and
//! without the errno.

use std::fmt;

use display_interface::{DataFormat, DisplayError, WriteOnlyDataCommand};
use embedded_hal::i2c::I2c;
use embedded_hal::spi::SpiDevice;
use linux_embedded_hal::i2cdev::linux::LinuxI2CError;
use linux_embedded_hal::{I2CError, SPIError};
use rustix::io::Errno as Number;
use zeroize::Zeroizing;

use super::DriverError;

/// An error of a bus that can name the system's error number.
pub trait Errno {
    /// The number, if it was the system that refused.
    fn errno(&self) -> Option<i32>;
}

impl Errno for I2CError {
    fn errno(&self) -> Option<i32> {
        match self.inner() {
            LinuxI2CError::Errno(errno) => Some(*errno),
            LinuxI2CError::Io(error) => error.raw_os_error(),
        }
    }
}

impl Errno for SPIError {
    fn errno(&self) -> Option<i32> {
        self.inner().raw_os_error()
    }
}

/// Sends bytes to one controller.
pub trait Transport: Send {
    /// Sends commands with their arguments.
    ///
    /// # Errors
    ///
    /// [`DriverError`] if the transfer failed; how much of it arrived is not known.
    fn commands(&mut self, bytes: &[u8]) -> Result<(), DriverError>;

    /// Sends pixels to where the commands said.
    ///
    /// # Errors
    ///
    /// As of [`commands`](Self::commands).
    fn pixels(&mut self, bytes: &[u8]) -> Result<(), DriverError>;
}

/// An output of the machine.
pub trait Output: Send {
    /// Switches it on or off, whatever level that is.
    ///
    /// # Errors
    ///
    /// [`DriverError`] if the line is lost.
    fn set(&mut self, on: bool) -> Result<(), DriverError>;
}

/// Message sizes to fall back to, in bytes with the control byte: that of HID bridges, and that of
/// SMBus blocks.
const SMALLER: [usize; 2] = [61, SMALLEST];
const SMALLEST: usize = 32;

/// The first byte of an I2C message says what the rest is (SSD1306 datasheet, 8.1.5.2; SH1106 and
/// SH1107 datasheets, "I2C-bus Interface").
const COMMANDS: u8 = 0x00;
const DATA: u8 = 0x40;

/// A controller on an I2C bus.
///
/// Data leaves in one message, or in pieces of a size that is found when the adapter refuses one:
/// adapters take 32, 61, 65535 or any other number of bytes, and i2c-dev does not tell which. The
/// controller acknowledges every byte, so that a message that was sent has arrived.
pub struct OverI2c<I> {
    i2c: I,
    bus: String,
    address: u8,
    largest: usize,
}

impl<I> OverI2c<I> {
    /// The controller at the 7-bit `address` on `i2c`, which errors call `bus`.
    pub fn new(i2c: I, bus: &str, address: u8) -> Self {
        Self { i2c, bus: bus.to_owned(), address, largest: usize::MAX }
    }
}

impl<I> OverI2c<I>
where
    I: I2c,
    I::Error: Errno + fmt::Display,
{
    fn send(&mut self, control: u8, mut rest: &[u8]) -> Result<(), DriverError> {
        // Wiped, because data may be the picture of a code.
        let mut message = Zeroizing::new(Vec::with_capacity(rest.len() + 1));
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.len().min(self.largest - 1));
            message.clear();
            message.push(control);
            message.extend_from_slice(piece);
            match self.i2c.write(self.address, &message) {
                Ok(()) => rest = later,
                Err(error) => match smaller(message.len(), error.errno()) {
                    Some(size) => self.largest = size,
                    None => return Err(transfer_failed(&self.bus, self.address, &error)),
                },
            }
        }
        Ok(())
    }
}

impl<I> Transport for OverI2c<I>
where
    I: I2c + Send,
    I::Error: Errno + fmt::Display,
{
    fn commands(&mut self, bytes: &[u8]) -> Result<(), DriverError> {
        self.send(COMMANDS, bytes)
    }

    fn pixels(&mut self, bytes: &[u8]) -> Result<(), DriverError> {
        self.send(DATA, bytes)
    }
}

/// What spidev takes at once unless it is told otherwise: its module parameter `bufsiz`
/// (drivers/spi/spidev.c). A smaller one is found when it refuses.
const BUFSIZ: usize = 4096;

/// A controller on four-wire SPI, with a line that tells commands from pixels.
///
/// Nothing comes back from the controller: that the kernel took every byte is all that a success
/// means here. Whether there is a glass at all, only the board profile says; see
/// [`DisplayProfile::answers`](crate::board::DisplayProfile::answers).
pub struct OverSpi<S> {
    spi: S,
    device: String,
    /// On for pixels.
    dc: Box<dyn Output>,
    largest: usize,
}

impl<S> OverSpi<S> {
    /// The controller at `spi`, which errors call `device`. `dc` is on (high) for pixels.
    pub fn new(spi: S, device: &str, dc: Box<dyn Output>) -> Self {
        Self { spi, device: device.to_owned(), dc, largest: BUFSIZ }
    }
}

impl<S> OverSpi<S>
where
    S: SpiDevice,
    S::Error: Errno + fmt::Display,
{
    fn send(&mut self, pixels: bool, mut rest: &[u8]) -> Result<(), DriverError> {
        self.dc.set(pixels)?;
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.len().min(self.largest));
            match self.spi.write(piece) {
                Ok(()) => rest = later,
                Err(error) => match smaller(piece.len(), error.errno()) {
                    Some(size) => self.largest = size,
                    None => {
                        return Err(DriverError::WriteFailed {
                            device: self.device.clone(),
                            errno: error.errno(),
                            reason: reason(&error),
                        });
                    }
                },
            }
        }
        Ok(())
    }
}

impl<S> Transport for OverSpi<S>
where
    S: SpiDevice + Send,
    S::Error: Errno + fmt::Display,
{
    fn commands(&mut self, bytes: &[u8]) -> Result<(), DriverError> {
        self.send(false, bytes)
    }

    fn pixels(&mut self, bytes: &[u8]) -> Result<(), DriverError> {
        self.send(true, bytes)
    }
}

/// The size to try after a message of `refused` bytes, if `errno` can mean that it was too long.
///
/// EOPNOTSUPP comes from the I2C core for adapters with declared limits (i2c_check_for_quirks),
/// EMSGSIZE from spidev, the others from drivers that check for themselves (HID bridges: EINVAL).
/// All of them come before anything was sent, so that the rest can go on where it stopped.
fn smaller(refused: usize, errno: Option<i32>) -> Option<usize> {
    let too_long = [Number::OPNOTSUPP, Number::INVAL, Number::MSGSIZE];
    let errno = Number::from_raw_os_error(errno?);
    SMALLER.into_iter().find(|size| *size < refused && too_long.contains(&errno))
}

/// What is said of a transfer to `address` on `bus` that ended in `error`.
pub(crate) fn transfer_failed(
    bus: &str,
    address: u8,
    error: &(impl Errno + fmt::Display),
) -> DriverError {
    let (errno, reason) = (error.errno(), reason(error));
    DriverError::TransferFailed { bus: bus.to_owned(), address, errno, reason }
}

fn reason(error: &(impl Errno + fmt::Display)) -> String {
    error.errno().map_or_else(
        || error.to_string(),
        |errno| std::io::Error::from_raw_os_error(errno).to_string(),
    )
}

/// A transport that takes the commands of the `ssd1306` crate.
///
/// Commands are collected and leave together, in front of the next data or at a flush.
pub(super) struct Wire {
    transport: Box<dyn Transport>,
    commands: Vec<u8>,
    failure: Option<DriverError>,
}

impl Wire {
    pub(super) fn new(transport: Box<dyn Transport>) -> Self {
        Self { transport, commands: Vec::new(), failure: None }
    }

    /// Sends the commands collected so far.
    pub(super) fn flush(&mut self) -> Result<(), DisplayError> {
        let commands = std::mem::take(&mut self.commands);
        if commands.is_empty() {
            return Ok(());
        }
        let sent = self.transport.commands(&commands);
        self.note(sent)
    }

    /// Adds one command with its arguments.
    pub(super) fn command(&mut self, bytes: &[u8]) -> Result<(), DisplayError> {
        // They stay in one message of any size, control byte included.
        if self.commands.len() + bytes.len() >= SMALLEST {
            self.flush()?;
        }
        self.commands.extend_from_slice(bytes);
        Ok(())
    }

    /// Sends pixels, and before them what was collected.
    pub(super) fn pixels(&mut self, bytes: &[u8]) -> Result<(), DisplayError> {
        self.flush()?;
        let sent = self.transport.pixels(bytes);
        self.note(sent)
    }

    /// Forgets collected commands, and turns the crate's error, which says nothing, into the one
    /// that was met.
    pub(super) fn explain(&mut self, error: &DisplayError) -> DriverError {
        self.commands.clear();
        self.failure.take().unwrap_or_else(|| DriverError::WriteFailed {
            device: "the display".to_owned(),
            errno: None,
            reason: format!("{error:?}"),
        })
    }

    /// Keeps an error until it is to be explained.
    pub(super) fn note(&mut self, done: Result<(), DriverError>) -> Result<(), DisplayError> {
        done.map_err(|error| {
            self.failure = Some(error);
            DisplayError::BusWriteError
        })
    }
}

impl WriteOnlyDataCommand for Wire {
    fn send_commands(&mut self, commands: DataFormat<'_>) -> Result<(), DisplayError> {
        match commands {
            DataFormat::U8(bytes) => self.command(bytes),
            _ => Err(DisplayError::DataFormatNotImplemented),
        }
    }

    fn send_data(&mut self, data: DataFormat<'_>) -> Result<(), DisplayError> {
        match data {
            DataFormat::U8(bytes) => self.pixels(bytes),
            _ => Err(DisplayError::DataFormatNotImplemented),
        }
    }
}
