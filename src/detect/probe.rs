//! Whether something answers where displays are.
//!
//! A byte is read, and none written: at the same addresses are port expanders that would take it for
//! the levels of their outputs, with relays at them.

use std::io;

use embedded_hal::i2c::I2c as _;
use linux_embedded_hal::I2cdev;
use linux_embedded_hal::i2cdev::linux::LinuxI2CError;
use rustix::io::Errno;

use super::I2cDevice;
use crate::tree::Tree;

/// Where a display answers, by a jumper of its board.
pub(super) const ADDRESSES: [u8; 2] = [0x3c, 0x3d];

/// A bus that a byte can be read from.
pub trait ProbeBus {
    /// Reads one byte of what is at `address` on the bus with this device file.
    ///
    /// # Errors
    ///
    /// What the system says; `ENXIO` or `EREMOTEIO` where nothing answers.
    fn read(&mut self, bus: &str, address: u8) -> io::Result<u8>;
}

/// The buses of this machine.
pub struct RealBus;

impl ProbeBus for RealBus {
    fn read(&mut self, bus: &str, address: u8) -> io::Result<u8> {
        let of_linux = |error: &LinuxI2CError| match error {
            LinuxI2CError::Io(error) => match error.raw_os_error() {
                Some(errno) => io::Error::from_raw_os_error(errno),
                None => io::Error::other(error.to_string()),
            },
            LinuxI2CError::Errno(errno) => io::Error::from_raw_os_error(*errno),
        };
        let mut byte = [0];
        let mut bus = I2cdev::new(bus).map_err(|error| of_linux(&error))?;
        bus.read(address, &mut byte).map_err(|error| of_linux(error.inner()))?;
        Ok(byte[0])
    }
}

/// What came of asking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Probe {
    /// Nobody was asked, because nobody wanted it.
    #[default]
    NotWanted,
    /// Nobody was asked, for this reason.
    Impossible(String),
    /// What each address said.
    Done {
        /// The bus, as its device file.
        bus: String,
        /// The addresses.
        found: Vec<(u8, Probed)>,
    },
}

/// What came of asking one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    /// Something answered with this byte.
    Answers(u8),
    /// Nothing did.
    Silent,
    /// It was not asked, because this driver of the kernel has it.
    Owned(String),
    /// It could not be asked.
    Failed(String),
}

/// Asks the addresses of displays on the bus of the header.
pub(super) fn probe(
    tree: &Tree<'_>,
    bus: Option<&str>,
    devices: &[I2cDevice],
    asked: &mut dyn ProbeBus,
) -> Probe {
    let Some(bus) = bus else {
        let why = "no host file says which I2C bus this machine's header has";
        return Probe::Impossible(why.to_owned());
    };
    if !tree.exists(bus) {
        let why = format!(
            "there is no {bus}; enable it (dtparam=i2c_arm=on in a Raspberry Pi's config.txt) and \
             load the module i2c-dev"
        );
        return Probe::Impossible(why);
    }
    let Some(number) = number(tree, bus) else {
        let why = format!(
            "which addresses of {bus} a driver of the kernel has cannot be told; name the bus as \
             /dev/i2c-N, or by a link to it, in the host file"
        );
        return Probe::Impossible(why);
    };
    let mut ask = |address: u8| {
        let owner = devices
            .iter()
            .find(|device| device.bus == number && device.address == u16::from(address))
            .and_then(|device| device.driver.clone());
        let found = match owner {
            Some(driver) => Probed::Owned(driver),
            None => match asked.read(bus, address) {
                Ok(byte) => Probed::Answers(byte),
                Err(error) => match Errno::from_io_error(&error) {
                    Some(Errno::NXIO | Errno::REMOTEIO) => Probed::Silent,
                    _ => Probed::Failed(error.to_string()),
                },
            },
        };
        (address, found)
    };
    Probe::Done { found: ADDRESSES.map(&mut ask).to_vec(), bus: bus.to_owned() }
}

/// The number of a bus, by its device file, which may be a link that udev made.
pub(super) fn number(tree: &Tree<'_>, bus: &str) -> Option<u32> {
    let file = tree.follow(bus).ok()?;
    file.file_name()?.to_str()?.strip_prefix("i2c-")?.parse().ok()
}
