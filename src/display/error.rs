//! Why a screen does not work, in one line with what to do about it.

use std::io;

use rustix::io::Errno;

use crate::input::GpioError;

/// Why a screen does not work. Displays as one line, remedy included.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The board has no display.
    #[error("the board has no display")]
    None,
    /// The machine has no I2C bus.
    #[error(
        "no I2C bus: neither {wanted} nor any other is there; on a Raspberry Pi put \
         dtparam=i2c_arm=on into config.txt and restart"
    )]
    NoBus {
        /// What the profile asks for.
        wanted: String,
    },
    /// The kernel has buses, but offers none to programs.
    #[error("{wanted} cannot be opened, because there is no /dev/i2c-*; load the module i2c-dev")]
    NoDevices {
        /// What the profile asks for.
        wanted: String,
    },
    /// The machine has buses, but not this one.
    #[error(
        "no I2C bus {wanted} among {present}; enable or plug it in, or correct `bus` in the \
         board profile"
    )]
    NoSuchBus {
        /// What the profile asks for.
        wanted: String,
        /// What there is, separated by commas.
        present: String,
    },
    /// Several adapters have the name that the profile gives.
    #[error(
        "more than one I2C bus is called \"{wanted}\": {present}; write the path of one as `bus`"
    )]
    Ambiguous {
        /// What the profile asks for.
        wanted: String,
        /// Those that fit, separated by commas.
        present: String,
    },
    /// The part is on a bus of the header, and nobody knows which one that is here.
    #[error(
        "the board is on the header's {what}, and no host file tells of this machine; write a \
         path, such as {example}, into the board profile, or write a host file"
    )]
    NoHeader {
        /// Which bus.
        what: &'static str,
        /// What could be written into the profile.
        example: &'static str,
    },
    /// The machine has no such SPI device.
    #[error(
        "no SPI device {wanted} {present}; enable the bus (on a Raspberry Pi put \
         dtparam=spi=on into config.txt and restart), or correct `spi` in the board profile"
    )]
    NoSpi {
        /// What the profile asks for.
        wanted: String,
        /// What there is, in words.
        present: String,
    },
    /// The kernel has no such display.
    #[error(
        "no display of the kernel is called \"{wanted}\", {present}; load its driver, or \
         correct `framebuffer` in the board profile"
    )]
    NoFramebuffer {
        /// What the profile asks for.
        wanted: String,
        /// What there is, in words.
        present: String,
    },
    /// Several displays of the kernel have the name that the profile gives.
    #[error(
        "more than one display of the kernel is called \"{wanted}\": {present}; write more of its \
         name as `framebuffer`, or unbind one"
    )]
    AmbiguousFramebuffer {
        /// What the profile asks for.
        wanted: String,
        /// Those that fit, separated by commas.
        present: String,
    },
    /// The kernel's display is not what the profile says, or not one for this crate.
    #[error("{device} {found}; {remedy}")]
    OtherFramebuffer {
        /// Its device file and name.
        device: String,
        /// What it is.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A device file cannot be opened.
    #[error("cannot open {path}: {source}; {}", open_remedy(path, source))]
    OpenFailed {
        /// The device file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A driver in the kernel has the panel.
    #[error(
        "address {address:#04x} on {bus} belongs to the kernel driver {driver}; take its \
         dtoverlay out of config.txt, or unbind it"
    )]
    Owned {
        /// The bus.
        bus: String,
        /// The panel's address.
        address: u8,
        /// The driver's name, or a guess.
        driver: String,
    },
    /// A driver in the kernel has the SPI device.
    #[error(
        "{device} belongs to the kernel driver {driver}; take its dtoverlay out of config.txt, or \
         write controller = \"framebuffer\" into the board profile"
    )]
    SpiOwned {
        /// What would be the device file.
        device: String,
        /// The driver's name.
        driver: String,
    },
    /// A line that is driven for the display is not to be had, or is lost.
    #[error("{what} of the display: {source}")]
    Line {
        /// What it is for.
        what: &'static str,
        /// Why not.
        source: GpioError,
    },
    /// A transfer failed: nothing answered, or the bus did not work.
    #[error("{}", transfer_line(bus, *address, *errno, reason))]
    TransferFailed {
        /// The bus.
        bus: String,
        /// The panel's address.
        address: u8,
        /// The system's error number, if it was the system that refused.
        errno: Option<i32>,
        /// The underlying error in words.
        reason: String,
    },
    /// The kernel did not take what was written to an SPI device or a framebuffer.
    #[error("{}", write_line(device, *errno, reason))]
    WriteFailed {
        /// The device file.
        device: String,
        /// The system's error number, if it was the system that refused.
        errno: Option<i32>,
        /// The underlying error in words.
        reason: String,
    },
    /// A frame for another panel.
    #[error("a frame of {frame} pixels does not fit a panel of {panel}")]
    WrongSize {
        /// Width x height of the frame.
        frame: String,
        /// Width x height of the panel.
        panel: String,
    },
}

fn open_remedy(path: &str, source: &io::Error) -> &'static str {
    let (is_spi, is_framebuffer) = (path.contains("/spi"), path.contains("/fb"));
    match source.kind() {
        io::ErrorKind::PermissionDenied if is_spi => {
            "add the user that runs pairpanel to the group spi, or install a udev rule"
        }
        io::ErrorKind::PermissionDenied if is_framebuffer => {
            "add the user that runs pairpanel to the group video, or install a udev rule"
        }
        io::ErrorKind::PermissionDenied => {
            "add the user that runs pairpanel to the group i2c, or install the udev rule"
        }
        io::ErrorKind::InvalidInput if is_spi => "correct `spi-hz` or `spi-mode`",
        io::ErrorKind::NotFound if !is_spi && !is_framebuffer => "load the module i2c-dev",
        _ => "see the kernel's log",
    }
}

fn write_line(device: &str, errno: Option<i32>, reason: &str) -> String {
    match errno.map(Errno::from_raw_os_error) {
        // spidev and fbdev of a driver that was taken away.
        Some(Errno::NODEV | Errno::SHUTDOWN | Errno::NXIO) => {
            format!("{device} is gone ({reason}); load the kernel's driver again")
        }
        _ => format!("writing to {device} failed ({reason}); see the kernel's log"),
    }
}

/// Which errno an adapter's driver gives is told by the kernel's
/// Documentation/i2c/fault-codes.rst; drivers disagree, so that several mean one thing here.
fn transfer_line(bus: &str, address: u8, errno: Option<i32>, reason: &str) -> String {
    match errno.map(Errno::from_raw_os_error) {
        Some(Errno::NXIO | Errno::REMOTEIO | Errno::TIMEDOUT) => format!(
            "nothing answers at {address:#04x} on {bus} ({reason}); check the wiring, and \
             `address` in the board profile"
        ),
        Some(Errno::BUSY) => format!(
            "address {address:#04x} on {bus} is busy ({reason}); a kernel driver may own it: \
             unbind that"
        ),
        Some(Errno::NODEV) => {
            format!("the bus {bus} is gone ({reason}); plug its adapter in again")
        }
        _ => format!(
            "writing to {address:#04x} on {bus} failed ({reason}); check the wiring and the \
             kernel's log"
        ),
    }
}
