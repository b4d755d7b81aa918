//! Why a lamp does not work, in one line with what to do about it.

use std::io;
use std::path::PathBuf;

use crate::input::GpioError;

/// Why the lamp does not work. Displays as one line, remedy included.
#[derive(Debug, thiserror::Error)]
pub enum LedError {
    /// The kernel has no LED of this name.
    #[error(
        "no LED is called {}, {present}; correct `sysfs` in the board profile",
        wanted.escape_debug()
    )]
    NoSuchLed {
        /// The name in the profile.
        wanted: String,
        /// Which there are, in words.
        present: String,
    },
    /// The file may not be written.
    #[error(
        "cannot write {}: permission denied; let the user that runs pairpanel write it, by a rule \
         of udev such as the one in boards/README.md",
        path.display()
    )]
    Denied {
        /// The file.
        path: PathBuf,
    },
    /// Nothing in /sys may be written.
    #[error(
        "cannot write {}: /sys is read-only here; take ProtectKernelTunables= out of the service's \
         unit",
        path.display()
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The line of the lamp is not to be had, or is lost.
    #[error(transparent)]
    Gpio(#[from] GpioError),
    /// Anything else.
    #[error("{}: {source}; see the kernel's log", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
