//! The table of boards in boards/README.md says what the profiles say.

use std::fmt::Write as _;
use std::fs;

use pairpanel::board::{Board, Confidence, Source};

use crate::{in_package, shipped};

const BEGIN: &str = "<!-- The table below is written by a test: see tests/boards/table.rs. -->\n";
const END: &str = "<!-- End of the table. -->\n";

#[test]
fn the_table_in_the_readme_has_every_board() {
    let path = in_package("boards/README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", table());
    if std::env::var_os("UPDATE_TABLE").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let readme = fs::read_to_string(&path).unwrap();
    assert_eq!(readme, expected, "UPDATE_TABLE=1 cargo test --test boards writes it anew");
}

fn table() -> String {
    let mut text = "| profile | board | has | is | known to fit | facts |\n".to_owned();
    text.push_str("|---|---|---|---|---|---|\n");
    for board in shipped() {
        let capability = pairpanel::daemon::fittings(&board).abilities().capability(board.at_most);
        let facts = match board.confidence {
            Confidence::Verified => "verified",
            Confidence::Documented => "documented",
            Confidence::Untested => "untested",
        };
        let hosts = if board.hosts.is_empty() { "any".to_owned() } else { board.hosts.join(", ") };
        let (id, name, parts) = (&board.id, &board.name, parts(&board));
        let _ =
            writeln!(text, "| `{id}` | {name} | {parts} | `{capability}` | {hosts} | {facts} |");
    }
    text
}

fn parts(board: &Board) -> String {
    let display = board
        .display
        .as_ref()
        .map(|display| format!("{} {}x{}", display.backend, display.width, display.height));
    let of_kernel = board.buttons.iter().any(|b| matches!(b.source, Source::Evdev { .. }));
    let of_kernel = if of_kernel { " of the kernel" } else { "" };
    let keys = match board.buttons.len() {
        0 => None,
        1 => Some(format!("1 key{of_kernel}")),
        n => Some(format!("{n} keys{of_kernel}")),
    };
    let keypad = board.keypad.as_ref().map(|_| "keypad".to_owned());
    let lamp = board.led.as_ref().map(|_| "lamp".to_owned());
    let buzzer = board.buzzer.as_ref().map(|_| "buzzer".to_owned());
    let parts: Vec<String> = [display, keys, keypad, lamp, buzzer].into_iter().flatten().collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}
