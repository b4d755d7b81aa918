//! Writes the profile of an exact identity into the configuration.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::Outcome;
use crate::config::{Config, DEFAULT_PATH};
use crate::tree::Tree;

/// The file that is written.
pub const DROP_IN: &str = "/etc/pairpanel/pairpanel.d/50-board.toml";
const DIRECTORY: &str = "/etc/pairpanel/pairpanel.d";
const NAME: &str = "50-board.toml";

/// What has been done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The file is written.
    Written {
        /// The board that it names.
        board: String,
    },
    /// It has been there with this text.
    AlreadyThere {
        /// The board that it names.
        board: String,
    },
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// No profile is what a HAT says in full.
    #[error(
        "nothing is applied, because no HAT says which board this is; choose one, and write board = \
         \"NAME\" into {DEFAULT_PATH}"
    )]
    NoIdentity,
    /// Several are.
    #[error(
        "nothing is applied, because the HAT is that of several board profiles: {}; choose one, and \
         write board = \"NAME\" into {DEFAULT_PATH}", boards.join(", ")
    )]
    Several {
        /// The names of the profiles.
        boards: Vec<String>,
    },
    /// It is not for this machine.
    #[error("nothing is applied: {board} is what the HAT says that it is, and {why}")]
    Unfit {
        /// The name of the profile.
        board: String,
        /// Why not, and what to do.
        why: String,
    },
    /// Somebody has written something else there.
    #[error(
        "{DROP_IN} is there already and {says}; it is left alone: take it away, or write board = \
         {board:?} into it"
    )]
    Taken {
        /// What it does.
        says: String,
        /// The name of the profile.
        board: String,
    },
    /// A drop-in that is read later names a board.
    #[error(
        "nothing is applied, because {file}, which is read after {DROP_IN}, says board = {other:?}; \
         take that out, or take it for your choice"
    )]
    Overruled {
        /// The file.
        file: String,
        /// The board that it names.
        other: String,
    },
    /// It cannot be written.
    #[error("cannot write {}: {source}; ask as root, on a file system that can be written to", path.display())]
    WriteFailed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes the drop-in that names the board, below `root`: all of it or nothing, and never over
/// another one.
///
/// # Errors
///
/// [`ApplyError`] if not exactly one profile is what a HAT says in full and fits, or the file is not
/// to be had.
pub fn apply(root: &Path, outcome: &Outcome) -> Result<Applied, ApplyError> {
    let board = match outcome.exact().as_slice() {
        [] => return Err(ApplyError::NoIdentity),
        [one] => (*one).to_owned(),
        several => {
            let boards = several.iter().map(|&board| board.to_owned()).collect();
            return Err(ApplyError::Several { boards });
        }
    };
    if let Some(left_out) = outcome.left_out.iter().find(|left_out| left_out.exact) {
        return Err(ApplyError::Unfit { board, why: left_out.why.clone() });
    }
    let tree = Tree::new(root);
    reject_later(&tree)?;
    let directory = tree
        .follow(DIRECTORY)
        .map_err(|source| ApplyError::WriteFailed { path: DROP_IN.into(), source })?;
    let directory = tree.real(&directory);
    let path = directory.join(NAME);
    let text = format!(
        "# Written by pairpanel detect --apply: the HAT says that it is this board.\n\
         board = {}\n",
        toml(&board)
    );
    match existing(&path, &text, &board)? {
        Some(applied) => return Ok(applied),
        None => write(&directory, &path, &text),
    }
    .map_err(|source| match Errno::from_io_error(&source) {
        // Somebody was faster.
        Some(Errno::EXIST) => {
            ApplyError::Taken { says: "has just been written".to_owned(), board: board.clone() }
        }
        _ => ApplyError::WriteFailed { path: path.clone(), source },
    })?;
    Ok(Applied::Written { board })
}

/// A text as TOML has it, whatever a profile's file is called.
fn toml(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn reject_later(tree: &Tree<'_>) -> Result<(), ApplyError> {
    let is_later =
        |name: &String| name.as_str() > NAME && name.ends_with(".toml") && !name.starts_with('.');
    for name in tree.list(DIRECTORY).into_iter().filter(is_later) {
        let file = format!("{DIRECTORY}/{name}");
        let Ok(text) = tree.read(&file) else { continue };
        // What is wrong with it is for the daemon and doctor to say.
        let Ok(config) = Config::parse(Path::new(&file), &text) else { continue };
        if let Some(other) = config.board {
            return Err(ApplyError::Overruled { file, other });
        }
    }
    Ok(())
}

/// What is at the place of the file, if anything is.
fn existing(path: &Path, text: &str, board: &str) -> Result<Option<Applied>, ApplyError> {
    // A link that leads nowhere is something, too.
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(None) };
    let there = if metadata.is_file() { fs::read_to_string(path).ok() } else { None };
    if there.as_deref() == Some(text) {
        return Ok(Some(Applied::AlreadyThere { board: board.to_owned() }));
    }
    let config = there.map(|text| Config::parse(path, &text));
    let says = match config {
        None => "is no file that can be read".to_owned(),
        Some(Err(_)) => "is no valid configuration".to_owned(),
        Some(Ok(Config { board: Some(other), .. })) => format!("says board = {other:?}"),
        Some(Ok(_)) => "names no board".to_owned(),
    };
    Err(ApplyError::Taken { says, board: board.to_owned() })
}

/// Makes a directory, and those that it is in, so that everybody may read it.
fn make(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    if let Some(parent) = directory.parent() {
        make(parent)?;
    }
    fs::create_dir(directory)?;
    fs::set_permissions(directory, Permissions::from_mode(0o755))
}

fn write(directory: &Path, path: &Path, text: &str) -> io::Result<()> {
    make(directory)?;
    // Drop-ins that begin with a dot are not read.
    let new = directory.join(format!(".{NAME}.{}", std::process::id()));
    let written = File::create_new(&new).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        // Whoever asks may keep files to themselves, and the daemon is another user.
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.sync_all()?;
        renameat_with(CWD, &new, CWD, path, RenameFlags::NOREPLACE)?;
        File::open(directory)?.sync_all()
    });
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}
