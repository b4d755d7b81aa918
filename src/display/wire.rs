//! SSD1306 commands and data as I2C messages: what the `display-interface-i2c` crate does in
//! pieces of 16 bytes and without the errno.

use std::fmt;

use display_interface::{DataFormat, DisplayError, WriteOnlyDataCommand};
use embedded_hal::i2c::I2c;
use linux_embedded_hal::I2CError;
use linux_embedded_hal::i2cdev::linux::LinuxI2CError;
use rustix::io::Errno as Number;
use zeroize::Zeroizing;

use super::DriverError;

/// An I2C error that can name the system's error number.
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

/// The first byte of a message says what the rest is (SSD1306 datasheet, 8.1.5.2).
const COMMANDS: u8 = 0x00;
const DATA: u8 = 0x40;

/// Message sizes to fall back to, in bytes with the control byte: that of HID bridges, and that of
/// SMBus blocks.
const SMALLER: [usize; 2] = [61, 32];

/// The way to one device on an I2C bus.
///
/// Commands are collected and leave together, in front of the next data or at a flush. Data leaves
/// in one message, or in pieces of a size that is found when the adapter refuses one: adapters
/// take 32, 61, 65535 or any other number of bytes, and i2c-dev does not tell which.
pub struct Wire<I> {
    i2c: I,
    bus: String,
    address: u8,
    largest: usize,
    commands: Vec<u8>,
    failure: Option<DriverError>,
}

impl<I> Wire<I>
where
    I: I2c,
    I::Error: Errno + fmt::Display,
{
    /// The way to the 7-bit `address` on `i2c`, which errors call `bus`.
    pub fn new(i2c: I, bus: &str, address: u8) -> Self {
        Self {
            i2c,
            bus: bus.to_owned(),
            address,
            largest: usize::MAX,
            commands: Vec::new(),
            failure: None,
        }
    }

    /// The same with messages of at most `bytes`, control byte included; at least 32.
    pub fn with_largest_message(mut self, bytes: usize) -> Self {
        self.largest = bytes.max(SMALLER[SMALLER.len() - 1]);
        self
    }

    /// Sends the commands collected so far.
    pub(super) fn flush(&mut self) -> Result<(), DisplayError> {
        let commands = std::mem::take(&mut self.commands);
        if commands.is_empty() { Ok(()) } else { self.send(COMMANDS, &commands) }
    }

    /// Forgets collected commands, and turns the crate's error, which says nothing, into the one
    /// that was met.
    pub(super) fn explain(&mut self, error: &DisplayError) -> DriverError {
        self.commands.clear();
        self.failure.take().unwrap_or_else(|| DriverError::TransferFailed {
            bus: self.bus.clone(),
            address: self.address,
            errno: None,
            reason: format!("{error:?}"),
        })
    }

    fn send(&mut self, control: u8, mut rest: &[u8]) -> Result<(), DisplayError> {
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
                    None => return Err(self.fail(&error)),
                },
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: &I::Error) -> DisplayError {
        let errno = error.errno();
        self.failure = Some(DriverError::TransferFailed {
            bus: self.bus.clone(),
            address: self.address,
            errno,
            reason: errno.map_or_else(
                || error.to_string(),
                |errno| std::io::Error::from_raw_os_error(errno).to_string(),
            ),
        });
        DisplayError::BusWriteError
    }
}

/// The size to try after a message of `refused` bytes, if `errno` can mean that it was too long.
///
/// EOPNOTSUPP comes from the I2C core for adapters with declared limits (i2c_check_for_quirks), the
/// others from drivers that check for themselves (HID bridges: EINVAL). All of them come before
/// anything was sent, so that the rest can go on where it stopped.
fn smaller(refused: usize, errno: Option<i32>) -> Option<usize> {
    let too_long = [Number::OPNOTSUPP, Number::INVAL, Number::MSGSIZE];
    let errno = Number::from_raw_os_error(errno?);
    SMALLER.into_iter().find(|size| *size < refused && too_long.contains(&errno))
}

impl<I> WriteOnlyDataCommand for Wire<I>
where
    I: I2c,
    I::Error: Errno + fmt::Display,
{
    fn send_commands(&mut self, commands: DataFormat<'_>) -> Result<(), DisplayError> {
        let DataFormat::U8(bytes) = commands else {
            return Err(DisplayError::DataFormatNotImplemented);
        };
        // A command and its arguments stay in one message.
        if self.commands.len() + bytes.len() >= SMALLER[SMALLER.len() - 1] {
            self.flush()?;
        }
        self.commands.extend_from_slice(bytes);
        Ok(())
    }

    fn send_data(&mut self, data: DataFormat<'_>) -> Result<(), DisplayError> {
        let DataFormat::U8(bytes) = data else {
            return Err(DisplayError::DataFormatNotImplemented);
        };
        self.flush()?;
        self.send(DATA, bytes)
    }
}
