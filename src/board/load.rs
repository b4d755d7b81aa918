//! Where profiles come from.

use std::path::Path;
use std::{fs, io};

use super::Board;
use super::check::{check, require_schema};
use super::error::BoardError;
use super::raw::{RawBoard, RawSchema};
use crate::mistake::{Problem, nearest};
use crate::tree::Tree;

/// Name and text of each profile under `boards/`, sorted by name.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// Searched in this order, before the built-in profiles: what an administrator writes wins over
/// what a distribution ships, and both over the binary.
pub(crate) const DIRECTORIES: [&str; 2] = ["/etc/pairpanel/boards", "/usr/share/pairpanel/boards"];

/// The machine that this runs on.
fn here() -> Tree<'static> {
    Tree::new(Path::new("/"))
}

impl Board {
    /// Reads a profile from its text. `file_name` is what errors call it; without directory and
    /// `.toml` it becomes the board's id.
    ///
    /// # Errors
    ///
    /// [`BoardError::Invalid`] for the first rule that the text breaks.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, BoardError> {
        let id = Path::new(file_name).file_stem().unwrap_or_default().to_string_lossy();
        Ok(parse_checked(&id, text).map_err(|problem| problem.locate(file_name, text))?)
    }

    /// Loads a profile by the path of a file (text with a `/`, or ending in `.toml`) or by name:
    /// from `/etc/pairpanel/boards`, `/usr/share/pairpanel/boards`, or the built-in ones.
    ///
    /// # Errors
    ///
    /// [`BoardError`] in all its kinds. A file that is there but wrong is an error; no other one
    /// is looked for.
    pub fn load(name_or_path: &str) -> Result<Self, BoardError> {
        load_from(&here(), &DIRECTORIES, name_or_path)
    }

    /// The text of the profile that [`load`](Self::load) reads.
    ///
    /// # Errors
    ///
    /// [`BoardError`] if there is none, or it cannot be read.
    pub fn text(name_or_path: &str) -> Result<String, BoardError> {
        find(&here(), &DIRECTORIES, name_or_path).map(|(_, text)| text)
    }

    /// A profile of the binary by its name, whatever files there are.
    pub(crate) fn built_in(name: &str) -> Result<Self, BoardError> {
        load_from(&here(), &[], name)
    }
}

/// The names that [`Board::load`] takes, sorted, each once.
pub fn names() -> Vec<String> {
    names_in(&here(), &DIRECTORIES)
}

/// Every profile of the machine whose files are below `root`, sorted by name, or why there is none.
pub(crate) fn all(root: &Path) -> Vec<(String, Result<Board, BoardError>)> {
    let tree = &Tree::new(root);
    let load = |name: String| {
        let board = load_from(tree, &DIRECTORIES, &name);
        (name, board)
    };
    names_in(tree, &DIRECTORIES).into_iter().map(load).collect()
}

fn parse_checked(id: &str, text: &str) -> Result<Board, Problem> {
    require_schema(&toml::from_str::<RawSchema>(text)?)?;
    check(id, toml::from_str::<RawBoard>(text)?)
}

fn load_from(
    tree: &Tree<'_>,
    directories: &[&str],
    name_or_path: &str,
) -> Result<Board, BoardError> {
    let (file, text) = find(tree, directories, name_or_path)?;
    Board::parse(&file, &text)
}

/// What errors call the file, and its text.
fn find(
    tree: &Tree<'_>,
    directories: &[&str],
    name_or_path: &str,
) -> Result<(String, String), BoardError> {
    if name_or_path.contains('/') || name_or_path.ends_with(".toml") {
        let path = Path::new(name_or_path);
        let text = fs::read_to_string(path)
            .map_err(|source| BoardError::ReadFailed { path: path.to_owned(), source })?;
        return Ok((name_or_path.to_owned(), text));
    }
    for directory in directories {
        let file = format!("{directory}/{name_or_path}.toml");
        match tree.read(&file) {
            Ok(text) => return Ok((file, text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(BoardError::ReadFailed { path: file.into(), source }),
        }
    }
    match BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
        Some((name, text)) => Ok((format!("{name}.toml"), (*text).to_owned())),
        None => Err(unknown(tree, directories, name_or_path)),
    }
}

fn names_in(tree: &Tree<'_>, directories: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
    for file in directories.iter().flat_map(|directory| tree.shown(directory, ".toml")) {
        names.extend(Path::new(&file).file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    names.dedup();
    names
}

fn unknown(tree: &Tree<'_>, directories: &[&str], name: &str) -> BoardError {
    let names = names_in(tree, directories);
    let list = "\"pairpanel boards\" lists them, and a path with a / names a file";
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"? {list}"),
        None => list.to_owned(),
    };
    BoardError::Unknown { name: name.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_wins_over_a_built_in_profile_of_the_same_name() {
        let directory = std::env::temp_dir().join(format!("pairpanel-load-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let text = "schema = 1\nname = \"Mine\"\nconfidence = \"untested\"\nsources = [\"me\"]\n";
        fs::write(directory.join("none.toml"), text).unwrap();
        // What an editor leaves behind is no profile.
        fs::write(directory.join(".#mine.toml"), "").unwrap();
        let tree = Tree::new(&directory);
        let board = load_from(&tree, &["/"], "none");
        assert!(!names_in(&tree, &["/"]).iter().any(|name| name.contains("mine")));
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(board.unwrap().name, "Mine");
        assert_eq!(load_from(&here(), &[], "none").unwrap().id, "none");
    }

    #[test]
    fn an_unknown_name_is_told_what_is_near_it_and_how_to_list_all() {
        assert_eq!(
            load_from(&here(), &[], "nome").unwrap_err().to_string(),
            "no board profile is called \"nome\"; did you mean \"none\"? \"pairpanel boards\" \
             lists them, and a path with a / names a file"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        assert_eq!(
            load_from(&here(), &[], "missing/board.toml").unwrap_err().to_string(),
            "cannot read board profile missing/board.toml: No such file or directory \
             (os error 2); check the path and its permissions"
        );
    }
}
