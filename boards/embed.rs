//! Build script: puts every profile beside this file, and every host file below it, into the
//! binary, so that an image needs no data files for the boards that ship.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let boards = variable("CARGO_MANIFEST_DIR")?.join("boards");
    let out = variable("OUT_DIR")?;
    fs::write(out.join("profiles.rs"), table(&boards)?)?;
    fs::write(out.join("hosts.rs"), table(&boards.join("hosts"))?)
}

/// The source text of a slice of names and texts, sorted by name: one for each file in the
/// directory.
fn table(directory: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", directory.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if let (Some(id), Some("toml")) =
            (path.file_stem(), path.extension().and_then(|e| e.to_str()))
        {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push((id.to_string_lossy().into_owned(), shorten(&fs::read_to_string(&path)?)));
        }
    }
    files.sort();
    Ok(format!("&{files:?}\n"))
}

/// The file without what only people read: whole lines of comment, and empty ones. No value in
/// these files is a text of several lines, in which such a line would count.
fn shorten(text: &str) -> String {
    let counts = |line: &&str| !line.is_empty() && !line.starts_with('#');
    text.lines().map(str::trim).filter(counts).map(|line| format!("{line}\n")).collect()
}

fn variable(name: &str) -> io::Result<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::other(format!("cargo did not set {name}")))
}
