//! Where profiles come from.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::Board;
use super::check::{check, require_schema};
use super::error::BoardError;
use super::raw::{RawBoard, RawSchema};
use crate::mistake::{Problem, nearest};

/// Name and text of each profile under `boards/`, sorted by name.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// Searched in this order, before the built-in profiles: what an administrator writes wins over
/// what a distribution ships, and both over the binary.
pub(crate) const DIRECTORIES: [&str; 2] = ["/etc/pairpanel/boards", "/usr/share/pairpanel/boards"];

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
        load_from(&DIRECTORIES.map(Path::new), name_or_path)
    }

    /// A profile of the binary by its name, whatever files there are.
    pub(crate) fn built_in(name: &str) -> Result<Self, BoardError> {
        load_from(&[], name)
    }
}

/// The names that [`Board::load`] takes, sorted, each once.
pub fn names() -> Vec<String> {
    names_in(&DIRECTORIES.map(Path::new))
}

/// Every profile of the machine whose files are below `root`, sorted by name, or why there is none.
pub(crate) fn all(root: &Path) -> Vec<(String, Result<Board, BoardError>)> {
    let directories = DIRECTORIES.map(|directory| root.join(directory.trim_start_matches('/')));
    let directories = directories.each_ref().map(PathBuf::as_path);
    let load = |name: String| {
        let board = load_from(&directories, &name);
        (name, board)
    };
    names_in(&directories).into_iter().map(load).collect()
}

fn parse_checked(id: &str, text: &str) -> Result<Board, Problem> {
    require_schema(&toml::from_str::<RawSchema>(text)?)?;
    check(id, toml::from_str::<RawBoard>(text)?)
}

fn load_from(directories: &[&Path], name_or_path: &str) -> Result<Board, BoardError> {
    if name_or_path.contains('/') || name_or_path.ends_with(".toml") {
        let path = Path::new(name_or_path);
        let text = fs::read_to_string(path)
            .map_err(|source| BoardError::ReadFailed { path: path.to_owned(), source })?;
        return Board::parse(name_or_path, &text);
    }
    for directory in directories {
        let path = directory.join(format!("{name_or_path}.toml"));
        if let Some(text) = read(&path)? {
            return Board::parse(&path.to_string_lossy(), &text);
        }
    }
    match BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
        Some((name, text)) => Board::parse(&format!("{name}.toml"), text),
        None => Err(unknown(directories, name_or_path)),
    }
}

/// The text of a file, `None` if there is none.
fn read(path: &Path) -> Result<Option<String>, BoardError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BoardError::ReadFailed { path: path.to_owned(), source }),
    }
}

fn names_in(directories: &[&Path]) -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
    for entry in directories.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ext| ext == "toml") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    names.dedup();
    names
}

fn unknown(directories: &[&Path], name: &str) -> BoardError {
    let names = names_in(directories);
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
        let board = load_from(&[&directory], "none");
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(board.unwrap().name, "Mine");
        assert_eq!(load_from(&[], "none").unwrap().id, "none");
    }

    #[test]
    fn an_unknown_name_is_told_what_is_near_it_and_how_to_list_all() {
        assert_eq!(
            load_from(&[], "nome").unwrap_err().to_string(),
            "no board profile is called \"nome\"; did you mean \"none\"? \"pairpanel boards\" \
             lists them, and a path with a / names a file"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        assert_eq!(
            load_from(&[], "missing/board.toml").unwrap_err().to_string(),
            "cannot read board profile missing/board.toml: No such file or directory \
             (os error 2); check the path and its permissions"
        );
    }
}
