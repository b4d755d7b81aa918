//! Why a screen does not work, in one line with what to do about it.

use std::io;

use rustix::io::Errno;

/// Why a screen does not work. Displays as one line, remedy included.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The board has no display.
    #[error("the board has no display")]
    None,
    /// The display is on the bus of a header that nobody knows.
    #[error(
        "which bus this machine's header has no host file tells; write one (boards/README.md), or \
         write `bus` in the board profile"
    )]
    NoHost,
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
    /// The device file of the bus cannot be opened.
    #[error("cannot open {path}: {source}; {}", open_remedy(source))]
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
    /// A frame for another panel.
    #[error("a frame of {frame} pixels does not fit a panel of {panel}")]
    WrongSize {
        /// Width x height of the frame.
        frame: String,
        /// Width x height of the panel.
        panel: String,
    },
}

fn open_remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "add the user that runs pairpanel to the group i2c, or install the udev rule"
        }
        io::ErrorKind::NotFound => "load the module i2c-dev",
        _ => "see the kernel's log",
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
