//! The configuration, the board that it names, and what that makes of the panel.

use std::io;
use std::path::Path;

use super::accounts::Service;
use super::tree::Tree;
use super::unit::{argument, words};
use super::{Finding, nodes, oob};
use crate::board::{self, Board, BoardError};
use crate::config::{Config, DEFAULT_PATH};
use crate::detect::{self, AUTO, AutoError};
use crate::mistake::Mistake;

pub(super) fn check(tree: &Tree<'_>, service: &Service, running: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let start = service.unit.as_ref().and_then(|unit| unit.last("ExecStart"));
    let arguments = start.map(|start| words(&start.value)).unwrap_or_default();
    let path = argument(&arguments, "--config").unwrap_or(DEFAULT_PATH);
    let config = configuration(tree, path, &mut findings);
    if tree.exists(path) {
        findings.extend(service.refusal(tree, path, 4));
    }
    let out_of_band = config.as_ref().is_some_and(|config| config.policy.out_of_band);
    let (name, place) = match argument(&arguments, "--board") {
        Some(name) => (Some(name.to_owned()), start.map(|start| start.place.clone())),
        None => (config.and_then(|config| config.board), Some(path.to_owned())),
    };
    let board = named(tree, name, place, running, &mut findings);
    if let Some(board) = &board {
        findings.extend(nodes::check(tree, service, board, running));
    }
    if out_of_band {
        findings.extend(oob::check(tree, board.as_ref(), running));
    }
    findings
}

/// The board of this name, if there is one; what is wrong with it otherwise.
fn named(
    tree: &Tree<'_>,
    name: Option<String>,
    place: Option<String>,
    running: bool,
    findings: &mut Vec<Finding>,
) -> Option<Board> {
    const CHECK: &str = "board";
    let Some(name) = name else {
        if findings.iter().all(|finding| finding.state != super::State::Fault) {
            let fix = "write board = \"NAME\"; pairpanel boards lists the names";
            let finding = Finding::fault(CHECK, "no board is named").fix(fix);
            findings.push(Finding { place, ..finding });
        }
        return None;
    };
    if name == AUTO && !running {
        let why = "board = \"auto\" is decided by the HAT of the machine that the image runs on";
        findings.push(Finding { place, ..Finding::not_checked(CHECK, why) });
        return None;
    }
    // What an image will run on nobody knows.
    let board = if name == AUTO {
        match detect::exact(tree.root()) {
            Ok(board) => Ok(board),
            Err(AutoError::Board(error)) => Err(error),
            Err(error) => {
                findings.push(Finding { place, ..Finding::of_error(CHECK, &error) });
                return None;
            }
        }
    } else {
        load(tree, &name)
    };
    match if running { board.and_then(|board| board.here(tree.root())) } else { board } {
        Ok(board) => {
            findings.push(Finding { place, ..Finding::ok(CHECK, capability(&board)) });
            return Some(board);
        }
        Err(BoardError::Invalid(mistake)) => findings.push(of_mistake(CHECK, &mistake)),
        Err(error) => findings.push(Finding { place, ..Finding::of_error(CHECK, &error) }),
    }
    None
}

fn configuration(tree: &Tree<'_>, path: &str, findings: &mut Vec<Finding>) -> Option<Config> {
    const CHECK: &str = "configuration";
    let main = match tree.read(path) {
        Ok(text) => Some((path.to_owned(), text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path == DEFAULT_PATH => None,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let fix = "install the file, or correct --config in the unit";
            findings.push(Finding::fault(CHECK, "it does not exist").at(path).fix(fix));
            return None;
        }
        Err(error) => {
            findings.push(unreadable(CHECK, path, &error));
            return None;
        }
    };
    let mut files: Vec<(String, String)> = main.into_iter().collect();
    let directory = Path::new(path).with_extension("d").to_string_lossy().into_owned();
    let mut names = tree.list(&directory);
    names.retain(|name| name.ends_with(".toml") && !name.starts_with('.'));
    names.sort();
    for name in names {
        let file = format!("{directory}/{name}");
        match tree.read(&file) {
            Ok(text) => files.push((file, text)),
            Err(error) => {
                findings.push(unreadable(CHECK, &file, &error));
                return None;
            }
        }
    }
    if files.is_empty() {
        findings.push(Finding::note(CHECK, "there is none, so all defaults count").at(path));
        return None;
    }
    let mut config = Config::default();
    for (file, text) in files {
        match config.add(Path::new(&file), &text) {
            Ok(()) => findings.push(Finding::ok(CHECK, "it is valid").at(&file)),
            Err(crate::config::ConfigError::Invalid(mistake)) => {
                findings.push(of_mistake(CHECK, &mistake));
                return None;
            }
            Err(error) => {
                findings.push(Finding::of_error(CHECK, &error).at(&file));
                return None;
            }
        }
    }
    Some(config)
}

fn unreadable(check: &'static str, path: &str, error: &io::Error) -> Finding {
    Finding::not_checked(check, error.to_string()).at(path).fix("ask as root")
}

/// The first of its three lines; the others show the place, which is known.
fn of_mistake(check: &'static str, mistake: &Mistake) -> Finding {
    let text = mistake.to_string();
    let line = text.lines().next().unwrap_or_default();
    let finding = match line.split_once(": ") {
        Some((place, message)) => Finding::of_error(check, &message).at(place),
        None => Finding::of_error(check, &line),
    };
    // Some rules say what they want, and no more is to be said.
    if finding.fix.is_none() { finding.fix("correct it at this place") } else { finding }
}

/// As [`Board::load`], with the files of the tree.
fn load(tree: &Tree<'_>, name: &str) -> Result<Board, BoardError> {
    let is_path = name.contains('/') || name.ends_with(".toml");
    let files = if is_path {
        vec![name.to_owned()]
    } else {
        board::DIRECTORIES.map(|directory| format!("{directory}/{name}.toml")).to_vec()
    };
    for file in files {
        match tree.read(&file) {
            Ok(text) => return Board::parse(&file, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_path => {}
            Err(source) => return Err(BoardError::ReadFailed { path: file.into(), source }),
        }
    }
    Board::built_in(name)
}

fn capability(board: &Board) -> String {
    let capability = crate::daemon::fittings(board).abilities().capability(board.at_most);
    let display = board
        .display
        .as_ref()
        .map(|display| format!("{} {}x{}", display.backend, display.width, display.height));
    let keys = match board.buttons.len() {
        0 => None,
        1 => Some("1 key".to_owned()),
        n => Some(format!("{n} keys")),
    };
    let keypad = board.keypad.as_ref().map(|_| "a keypad".to_owned());
    let tag = board.nfc.as_ref().map(|_| "an NFC tag".to_owned());
    let parts: Vec<String> = [display, keys, keypad, tag].into_iter().flatten().collect();
    let parts = if parts.is_empty() { "no panel".to_owned() } else { parts.join(", ") };
    format!("{}: {capability} once all of it works ({parts})", board.id)
}
