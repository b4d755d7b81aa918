//! Why there is no board.

use std::io;
use std::path::PathBuf;

use crate::mistake::Mistake;

/// Why there is no [`Board`](super::Board).
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The file breaks a rule of TOML or of profiles.
    #[error(transparent)]
    Invalid(#[from] Mistake),
    /// The file cannot be read.
    #[error("cannot read board profile {}: {source}; check the path and its permissions", path.display())]
    ReadFailed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file about hosts cannot be read.
    #[error("cannot read host file {}: {source}; check its permissions", path.display())]
    HostUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The profile is not known to fit this machine. On another one than it was written for, a pin
    /// may be an output, or cut the power.
    #[error(
        "board {board} is known to fit {hosts} only, and this is {machine}; if you know where each \
         of its pins leads here, copy it to /etc/pairpanel/boards, and correct its pins and `hosts`"
    )]
    OtherHost {
        /// The board.
        board: String,
        /// The hosts that its profile names.
        hosts: String,
        /// The host that the machine is.
        machine: String,
    },
    /// The profile names hosts, and the machine is in no host file.
    #[error(
        "board {board} is known to fit {hosts} only, and no host file has {machine}; tell where the \
         pins of its header lead in /etc/pairpanel/boards/hosts/NAME.toml, and add NAME to `hosts` \
         in a copy of the profile"
    )]
    UnknownMachine {
        /// The board.
        board: String,
        /// The hosts that its profile names.
        hosts: String,
        /// What the machine says that it is.
        machine: String,
    },
    /// The host has not what the board needs.
    #[error("board {board} does not fit {host}: {what}; correct the profile, or the host file")]
    Unfit {
        /// The board.
        board: String,
        /// The host.
        host: String,
        /// Why not.
        what: String,
    },
    /// No file and no built-in profile has this name.
    #[error("no board profile is called \"{}\"; {hint}", name.escape_debug())]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names like it, and how to see all.
        hint: String,
    },
}
