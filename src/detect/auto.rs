//! `board = "auto"`: one image for many boards.

use std::path::Path;

use super::evidence::device_tree;
use super::hat::{FoundHat, hats};
use crate::board::{self, Board, BoardError};
use crate::tree::Tree;

/// The name that stands for the board that the HAT says that it is.
pub const AUTO: &str = "auto";

/// Why a HAT does not decide which profile is used.
#[derive(Debug, thiserror::Error)]
pub enum AutoError {
    /// There is none, or it has no EEPROM.
    #[error(
        "no HAT says which board this is: there is no /proc/device-tree/hat; name the board instead \
         of \"auto\" ({})",
        ASK
    )]
    NoHat,
    /// It is none of those that the profiles know.
    #[error(
        "no board profile is for the HAT {hat}{}; name the board instead of \"auto\" ({}), or write \
         its [detect] into a profile",
        because(broken),
        ASK
    )]
    Unknown {
        /// What the HAT says.
        hat: String,
        /// A profile that cannot be read, and might have been it.
        broken: Option<String>,
    },
    /// It is that of several profiles.
    #[error(
        "the HAT {hat} is that of several board profiles: {}; name one of them instead of \"auto\", \
         or take [detect] out of the others ({})", boards.join(", "), ASK
    )]
    Several {
        /// What the HAT says.
        hat: String,
        /// The names of the profiles.
        boards: Vec<String>,
    },
    /// Another board was named, and there is none of that name, or it is wrong.
    #[error(transparent)]
    Board(#[from] BoardError),
}

/// What shows more.
const ASK: &str = "pairpanel detect says what speaks for which";

fn because(broken: &Option<String>) -> String {
    broken.as_ref().map(|why| format!(", and one cannot be read: {why}")).unwrap_or_default()
}

/// The board of this name or path; `"auto"` is the one that the HAT says that it is.
///
/// # Errors
///
/// [`AutoError`].
pub fn load(name_or_path: &str) -> Result<Board, AutoError> {
    if name_or_path == AUTO { exact(Path::new("/")) } else { Ok(Board::load(name_or_path)?) }
}

/// The one profile that is what the HAT says in full, on the machine whose files are below `root`.
/// Whether it fits the machine has still to be asked.
///
/// # Errors
///
/// [`AutoError`] if there is none, or more than one. Nothing is ever driven on a guess.
pub fn exact(root: &Path) -> Result<Board, AutoError> {
    let tree = &Tree::new(root);
    let hats = hats(tree, device_tree(tree));
    if hats.is_empty() {
        return Err(AutoError::NoHat);
    }
    let hat = hats.iter().map(FoundHat::identity).collect::<Vec<_>>().join(" and ");
    let mut boards = Vec::new();
    let mut broken = None;
    for (_, board) in board::all(root) {
        match board {
            Ok(board) if hats.iter().any(|hat| hat.is_of(&board)) => boards.push(board),
            Ok(_) => {}
            Err(error) => {
                let error = error.to_string();
                broken.get_or_insert(error.lines().next().unwrap_or_default().to_owned());
            }
        }
    }
    match boards.len() {
        0 => Err(AutoError::Unknown { hat, broken }),
        1 => boards.pop().ok_or(AutoError::NoHat),
        _ => Err(AutoError::Several { hat, boards: boards.into_iter().map(|b| b.id).collect() }),
    }
}
