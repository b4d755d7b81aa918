//! The papers name nothing that is not there: files, headings, commands, keys, tests and cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pairpanel::cli::definition;

/// Where papers are, and below which directory all of them.
const PAPERS: [&str; 4] =
    ["README.md", "CHANGELOG.md", "boards/README.md", "tests/appliance/README.md"];
const TREES: [&str; 2] = ["dist", "yocto"];
/// Where the columns have these headings, everything in code is a name that is to be found.
const EVIDENCE: [&str; 2] = ["proven by", "evidence"];

/// What there is to be named.
struct Known {
    root: PathBuf,
    commands: clap::Command,
    /// Of the configuration, board profiles and host files.
    keys: BTreeSet<String>,
    tests: BTreeSet<String>,
    /// Of the virtual appliance.
    cases: BTreeSet<String>,
    /// The settings of bluetoothd that `doctor` judges.
    doctor: String,
}

impl Known {
    fn gather() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut commands = definition();
        commands.build();
        let mut keys = BTreeSet::new();
        for schema in
            ["dist/pairpanel.schema.json", "boards/schema/board.json", "boards/schema/host.json"]
        {
            properties(&serde_json::from_str(&text(&root.join(schema))).unwrap(), &mut keys);
        }
        let sources: Vec<PathBuf> =
            ["src", "tests"].iter().flat_map(|at| files(&root.join(at), "rs")).collect();
        let tests = sources.iter().flat_map(|file| tests_in(&text(file))).collect();
        let catalogue = text(&root.join("tests/appliance/guest/catalogue.py"));
        let case =
            |line: &str| Some(line.trim().strip_prefix('"')?.split_once("\": ")?.0.to_owned());
        let cases = catalogue.lines().filter_map(case).collect();
        let doctor = text(&root.join("src/doctor/settings.rs"));
        Self { root, commands, keys, tests, cases, doctor }
    }

    /// What a paper says that is not so, with its lines.
    fn complaints(&self, file: &Path, paper: &str) -> Vec<String> {
        let mut complaints = Vec::new();
        let (mut block, mut columns) = (false, Vec::new());
        for (at, line) in paper.lines().enumerate() {
            let mut say =
                |what: String| complaints.push(format!("{}:{}: {what}", file.display(), at + 1));
            if line.trim_start().starts_with("```") {
                block = !block;
            } else if block
                || line.starts_with("    ") && !line.trim_start().starts_with(['-', '|'])
            {
                self.code(line.trim()).into_iter().for_each(&mut say);
            } else {
                links(line).filter_map(|target| self.link(file, target)).for_each(&mut say);
                spans(line).filter_map(|span| self.code(span)).for_each(&mut say);
                if !line.trim_start().starts_with('|') {
                    columns.clear();
                    continue;
                }
                let cells: Vec<&str> =
                    line.trim().trim_matches('|').split('|').map(str::trim).collect();
                if columns.is_empty() {
                    columns = cells
                        .iter()
                        .map(|cell| EVIDENCE.contains(&cell.to_lowercase().as_str()))
                        .collect();
                }
                let evidence = cells.iter().zip(&columns).filter(|(_, wanted)| **wanted);
                evidence
                    .flat_map(|(cell, _)| spans(cell))
                    .filter_map(|span| self.name(span))
                    .for_each(&mut say);
            }
        }
        complaints
    }

    /// A link leads to a file or directory, and to a heading of it.
    fn link(&self, file: &Path, target: &str) -> Option<String> {
        if target.contains("://") || target.starts_with("mailto:") {
            return None;
        }
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let from =
            if path.is_empty() { file.to_owned() } else { file.parent().unwrap().join(path) };
        let to = self.root.join(from);
        if !to.exists() {
            return Some(format!("{target} is not there"));
        }
        let found = anchor.is_empty() || headings(&text(&to)).any(|heading| heading == anchor);
        (!found).then(|| format!("{path} has no heading #{anchor}"))
    }

    /// A command, a path or a setting, wherever it stands in code.
    fn code(&self, code: &str) -> Option<String> {
        let line = code.trim_start_matches("$ ").trim_start_matches("sudo ");
        if let Some(arguments) = line.strip_prefix("pairpanel ") {
            return self.command(arguments.split('#').next().unwrap());
        }
        let repository = ["src/", "boards/", "tests/", "dist/", "yocto/"];
        let is_path =
            repository.iter().any(|at| code.starts_with(at)) && !code.contains([' ', '*', '<']);
        // BlueZ has sources below `src`, too.
        if is_path && !code.ends_with(".c") {
            return (!self.root.join(code).exists()).then(|| format!("{code} is not there"));
        }
        let (key, _) = line.trim_start_matches('#').split_once(" = ")?;
        let in_words = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let is_ours = key.chars().all(|c| in_words(c) && !c.is_ascii_uppercase());
        let is_theirs = key.starts_with(|c: char| c.is_ascii_uppercase())
            && key.contains(|c: char| c.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_alphanumeric());
        match key {
            _ if is_ours && !self.keys.contains(key) => Some(format!("no file has a key {key}")),
            _ if is_theirs && !self.doctor.contains(&format!("\"{key}\"")) => {
                Some(format!("doctor does not look at {key}"))
            }
            _ => None,
        }
    }

    fn command(&self, arguments: &str) -> Option<String> {
        let mut words = arguments.split([' ', '=', ',', '[', ']']).filter(|word| !word.is_empty());
        let name =
            words.next().filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))?;
        let Some(command) = self.commands.find_subcommand(name) else {
            // Which images do not have, and so their man page has it not either.
            return (name != "simulate").then(|| format!("there is no command {name}"));
        };
        let has =
            |long: &str| command.get_arguments().any(|option| option.get_long() == Some(long));
        let unknown = words.filter_map(|word| word.strip_prefix("--")).find(|long| !has(long));
        unknown.map(|long| format!("pairpanel {name} has no --{long}"))
    }

    /// A name in a column of evidence.
    fn name(&self, name: &str) -> Option<String> {
        let command = ["pairpanel ", "cargo ", "systemd-analyze "]
            .iter()
            .any(|program| name.starts_with(program));
        let is_known = |name: &str| {
            [&self.tests, &self.cases, &self.keys].iter().any(|names| names.contains(name))
        };
        let key = name.split(" = ").next().unwrap();
        if let Some(cases) = name.strip_prefix("tests/appliance/run ") {
            let unknown = cases.split(' ').find(|case| !self.cases.contains(*case));
            return unknown.map(|case| format!("the appliance has no case {case}"));
        }
        let found = command || is_known(key) || self.root.join(name).exists();
        (!found).then(|| format!("{name} is no test, case, file, key or command"))
    }
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

/// Files with this extension, in any depth.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path, extension),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect()
}

fn tests_in(source: &str) -> Vec<String> {
    let bodies = source.split("#[test]").skip(1).chain(source.split("#[tokio::test").skip(1));
    let name = |body: &str| Some(body.split_once("fn ")?.1.split_once('(')?.0.to_owned());
    bodies.filter_map(name).collect()
}

/// The names of all properties of a JSON Schema.
fn properties(schema: &serde_json::Value, keys: &mut BTreeSet<String>) {
    let here = schema.get("properties").and_then(|it| it.as_object());
    keys.extend(here.into_iter().flatten().map(|(key, _)| key.clone()));
    let below = schema.as_object().into_iter().flat_map(|it| it.values());
    below.chain(schema.as_array().into_iter().flatten()).for_each(|it| properties(it, keys));
}

fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The anchors of a paper's headings.
fn headings(paper: &str) -> impl Iterator<Item = String> {
    let titles = paper.lines().filter(|line| line.starts_with('#'));
    let titles = titles.map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
    titles.map(move |title| {
        title.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
    })
}

#[test]
fn the_papers_name_nothing_that_is_not_there() {
    let known = Known::gather();
    let below = TREES.iter().flat_map(|tree| files(&known.root.join(tree), "md"));
    let papers: Vec<PathBuf> =
        PAPERS.iter().map(|paper| known.root.join(paper)).chain(below).collect();
    let mut complaints = Vec::new();
    for file in papers {
        let paper = fs::read_to_string(&file).unwrap();
        complaints.extend(known.complaints(file.strip_prefix(&known.root).unwrap(), &paper));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn whatever_is_not_there_is_found_in_its_line() {
    let known = Known::gather();
    let table = |cell: &str| format!("| rule | proven by |\n|---|---|\n| it | {cell} |");
    let cases = [
        ("see [it](nowhere.md)".to_owned(), "nowhere.md is not there"),
        ("see [it](../README.md#nowhere)".to_owned(), "no heading #nowhere"),
        ("`dist/nothing`".to_owned(), "dist/nothing is not there"),
        ("`pairpanel flash`".to_owned(), "no command flash"),
        ("    sudo pairpanel open --quickly 5".to_owned(), "open has no --quickly"),
        ("`legacy-pins = \"reject\"`".to_owned(), "no file has a key legacy-pins"),
        ("```\nDebugKey = false\n```".to_owned(), "doctor does not look at DebugKey"),
        (table("`it_is_so`"), "it_is_so is no test, case"),
        (table("`tests/appliance/run closed open`"), "no case open"),
    ];
    for (paper, complaint) in cases {
        let found = known.complaints(Path::new("dist/paper.md"), &paper);
        assert!(found.len() == 1 && found[0].contains(complaint), "{paper}: {found:?}");
    }
    let good = table(
        "`closed`, `nothing_pairs_without_presence`, `src/pairing/mod.rs`, `pairpanel doctor --json`",
    );
    let good = good + "\n`legacy-pin = \"reject\"` [here](../README.md#configuration)";
    assert_eq!(known.complaints(Path::new("dist/paper.md"), &good), Vec::<String>::new());
}
