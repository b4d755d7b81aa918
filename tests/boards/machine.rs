//! Machines as their kernels present them, recorded as text under `tests/boards/machines/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use pairpanel::board::Line;
use pairpanel::input::{ChipInfo, check_name, find_chip};

/// What was recorded of a machine.
pub(crate) struct Machine {
    pub(crate) name: String,
    /// The host file that it has to be found by.
    pub(crate) host: String,
    compatible: Vec<String>,
    /// The devices of its buses.
    pub(crate) buses: Vec<String>,
    /// Its chips, each with the names of its lines.
    chips: Vec<(ChipInfo, Vec<String>)>,
}

impl Machine {
    /// Every recorded machine.
    pub(crate) fn all() -> Vec<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boards/machines");
        let mut files: Vec<PathBuf> =
            fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty());
        files.iter().map(|file| Self::read(file)).collect()
    }

    /// `host NAME`, `compatible TEXT...`, `bus DEVICE`, `chip NODE LINES LABEL`, and below a chip
    /// the names of its lines, `.` for one without.
    fn read(file: &Path) -> Self {
        let mut machine = Self {
            name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
            host: String::new(),
            compatible: Vec::new(),
            buses: Vec::new(),
            chips: Vec::new(),
        };
        for line in fs::read_to_string(file).unwrap().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["#", ..] => {}
                ["host", host] => machine.host = (*host).to_owned(),
                ["compatible", texts @ ..] => {
                    machine.compatible = texts.iter().map(|&text| text.to_owned()).collect();
                }
                ["bus", device] => machine.buses.push((*device).to_owned()),
                ["chip", node, lines, label] => {
                    let (path, label) = (format!("/dev/{node}"), (*label).to_owned());
                    let chip = ChipInfo { path, label, lines: lines.parse().unwrap() };
                    machine.chips.push((chip, Vec::new()));
                }
                names => {
                    let name = |name: &&str| name.trim_start_matches('.').to_owned();
                    machine.chips.last_mut().unwrap().1.extend(names.iter().map(name));
                }
            }
        }
        for (chip, names) in &machine.chips {
            assert!(names.len() <= chip.lines as usize, "{}: {chip:?}", machine.name);
        }
        machine
    }

    /// Where the line is, as `LABEL OFFSET`, if it is there and nothing about it is odd.
    pub(crate) fn resolve(&self, line: &Line) -> Result<String, String> {
        let chips: Vec<ChipInfo> = self.chips.iter().map(|(chip, _)| chip.clone()).collect();
        let (chip, offset) = find_chip(line, &chips).map_err(|error| error.to_string())?;
        let names = self.chips.iter().find(|(other, _)| other.path == chip.path).unwrap();
        match check_name(line, chip, &names.1).map_err(|error| error.to_string())? {
            Some(warning) => Err(warning),
            None => Ok(format!("{} {offset}", chip.label)),
        }
    }

    /// Its files in a directory of their own.
    pub(crate) fn tree(&self) -> Tree {
        let texts: Vec<&str> = self.compatible.iter().map(String::as_str).collect();
        Tree::with(&texts)
    }
}

/// A directory with the files of a machine, which is removed when dropped.
pub(crate) struct Tree(PathBuf);

impl Tree {
    /// A machine that says this of itself; none has no device tree.
    pub(crate) fn with(compatible: &[&str]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pairpanel-boards-{}-{number}", std::process::id());
        let tree = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(tree.path()).unwrap();
        if !compatible.is_empty() {
            let text: String = compatible.iter().map(|text| format!("{text}\0")).collect();
            tree.write("sys/firmware/devicetree/base/compatible", &text);
        }
        tree
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let file = self.0.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
