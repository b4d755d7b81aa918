//! Every shipped profile loads; every rule has a file that breaks it, and its own words.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use pairpanel::board::{self, Board};

#[test]
fn every_shipped_profile_loads_under_the_name_of_its_file() {
    let shipped = toml_files(&in_package("boards"));
    assert!(!shipped.is_empty());
    for path in shipped {
        let id = stem(&path);
        let text = fs::read_to_string(&path).unwrap();
        let from_file =
            Board::parse(&format!("{id}.toml"), &text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(from_file.id, id);
        assert_eq!(Board::load(path.to_str().unwrap()).unwrap(), from_file);
        assert!(board::names().contains(&id), "{id} is not built in");
    }
}

/// The first line of each file is `# LINE:COLUMN: MESSAGE`; below the message stand that line of
/// the file and a caret in that column.
#[test]
fn every_broken_rule_is_answered_in_its_own_words() {
    let mut wrong = String::new();
    for path in toml_files(&in_package("tests/boards/bad")) {
        let text = fs::read_to_string(&path).unwrap();
        let file = format!("{}.toml", stem(&path));
        let said = Board::parse(&file, &text).expect_err(&file).to_string();

        let expected = text.lines().next().unwrap().trim_start_matches("# ");
        let mut place = expected.splitn(3, ':').map(|number| number.parse().unwrap_or(1));
        let (line, column): (usize, usize) = (place.next().unwrap(), place.next().unwrap_or(1));
        let excerpt = text.lines().nth(line - 1).unwrap();
        let shown = format!("{file}:{expected}\n{excerpt}\n{}^", " ".repeat(column - 1));
        if said.trim_end_matches('~') != shown {
            wrong.push_str(&format!("{said}\n\n"));
        }
    }
    assert!(wrong.is_empty(), "not as the files expect:\n\n{wrong}");
}

#[test]
fn no_board_is_known_to_the_code() {
    // English has this word too, and the profile of that name is about no board.
    let names_a_board = |id: &String| id != "none";
    let mut wanted: Vec<String> = Vec::new();
    for path in toml_files(&in_package("boards")) {
        wanted.push(Board::load(path.to_str().unwrap()).unwrap().name);
        wanted.extend(Some(stem(&path)).filter(names_a_board));
    }
    for source in rust_files(&in_package("src")) {
        let text = fs::read_to_string(&source).unwrap().to_lowercase();
        for name in &wanted {
            let found = text.contains(&name.to_lowercase());
            assert!(!found, "{} knows the board \"{name}\"", source.display());
        }
    }
}

fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn toml_files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
    files.sort();
    files
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let (directories, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.retain(|path| path.extension().is_some_and(|ext| ext == "rs"));
    files.extend(directories.iter().flat_map(|directory| rust_files(directory)));
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}
