//! Writes a profile: all of it or nothing.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Puts the text into a file beside the one that is wanted, and that in its place when it is on the
/// disk. Directories that are not there are made.
pub(super) fn save(path: &Path, text: &str) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = directory.join(format!(".{name}.{}", std::process::id()));
    let written =
        File::options().write(true).create_new(true).open(&beside).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, path)
        });
    if written.is_err() {
        // It is of no use to anybody.
        let _ = fs::remove_file(&beside);
        return written;
    }
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let directory = std::env::temp_dir().join(format!("pairpanel-save-{}", std::process::id()));
        let path = directory.join("boards/mine.toml");
        for text in ["one", "another"] {
            save(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        // What cannot be replaced stays.
        fs::create_dir_all(directory.join("boards/full.toml/x")).unwrap();
        save(&directory.join("boards/full.toml"), "text").unwrap_err();
        let left: Vec<_> = fs::read_dir(directory.join("boards")).unwrap().collect();
        assert_eq!(left.len(), 2);
        fs::remove_dir_all(&directory).unwrap();
    }
}
