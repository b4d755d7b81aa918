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
    /// No file and no built-in profile has this name.
    #[error("no board profile is called \"{}\"; {hint}", name.escape_debug())]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names like it, and how to see all.
        hint: String,
    },
}
