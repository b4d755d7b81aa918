//! Build script: puts every profile beside this file into the binary, so that an image needs no
//! data files for the boards that ship.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let boards = variable("CARGO_MANIFEST_DIR")?.join("boards");
    println!("cargo::rerun-if-changed={}", boards.display());
    let mut ids = Vec::new();
    for entry in fs::read_dir(&boards)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ext| ext == "toml") {
            println!("cargo::rerun-if-changed={}", path.display());
            ids.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    ids.sort();
    fs::write(variable("OUT_DIR")?.join("profiles.rs"), table(&ids))
}

/// The source text of the slice that `src/board/load.rs` includes.
fn table(ids: &[String]) -> String {
    let mut source = String::from("&[\n");
    for id in ids {
        let file = Path::new("boards").join(format!("{id}.toml"));
        // Writing to a String cannot fail.
        let _ = writeln!(
            source,
            "    ({id:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/\", {file:?}))),"
        );
    }
    source.push_str("]\n");
    source
}

fn variable(name: &str) -> io::Result<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::other(format!("cargo did not set {name}")))
}
