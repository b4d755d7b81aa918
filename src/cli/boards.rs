//! `boards` and `check`: what profiles there are, and what one makes of the panel.

use std::fmt::Write as _;

use super::{Failure, print, usage};
use crate::board::{self, Active, Board, Keypad, KeypadKind, Led, Line};

pub(super) fn list() -> Result<(), Failure> {
    let names = board::names();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let mut text = String::new();
    for name in names {
        let line = match Board::load(&name) {
            Ok(board) => board.name,
            Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
        };
        let _ = writeln!(text, "{name:width$}  {line}");
    }
    print(&text)
}

pub(super) fn check(name: &str) -> Result<(), Failure> {
    print(&describe(&Board::load(name).map_err(usage)?))
}

/// The parts of a board, and the capability that they make.
pub(super) fn describe(board: &Board) -> String {
    let abilities = crate::daemon::fittings(board).abilities();
    let mut text = format!("{}: {}\n", board.id, board.name);
    if let Some(display) = &board.display {
        let (width, height) = (display.width, display.height);
        let _ = writeln!(
            text,
            "display     {} {width}x{height} at {:#04x} on {}",
            display.controller, display.address, display.bus
        );
    }
    for button in &board.buttons {
        let role = format!("{:?} key", button.role);
        let _ = writeln!(text, "{role:<11} {}, {}", button.label, place(&button.line));
    }
    if let Some(keypad) = &board.keypad {
        let _ = writeln!(text, "{}", describe_keypad(keypad));
    }
    match &board.led {
        Some(Led::Class(name)) => {
            let _ = writeln!(text, "lamp        {name} in /sys/class/leds");
        }
        Some(Led::Gpio { line, active }) => {
            let level = if *active == Active::Low { "low" } else { "high" };
            let _ = writeln!(text, "lamp        {}, on when {level}", place(line));
        }
        None => {}
    }
    let capability = abilities.capability(board.at_most);
    let why = match (abilities.display, abilities.answer, abilities.digits) {
        (true, _, true) if board.keypad.is_none() => "a display, and keys that pick digits on it",
        (true, _, true) => "a display, and a keypad",
        (true, true, false) => "a display, and a key that says yes",
        (true, false, false) => "a display, and no key that says yes",
        (false, _, true) => "a keypad, and no display",
        (false, true, false) => "keys, but no display that they could answer for",
        (false, false, false) => "neither display nor keys",
    };
    let narrowed = if board.at_most.is_some() { ", narrowed by at-most" } else { "" };
    let _ = writeln!(text, "capability  {capability} once all of it works: {why}{narrowed}");
    text
}

fn describe_keypad(keypad: &Keypad) -> String {
    let escape = keypad.escape.as_ref().map(|escape| format!(", {escape} gives up"));
    let keys =
        format!("{} sends, {} erases{}", keypad.enter, keypad.erase, escape.unwrap_or_default());
    match &keypad.kind {
        KeypadKind::Evdev { name, phys } => {
            format!("keypad      \"{name}\" at {}; {keys}", phys.join(" or "))
        }
        KeypadKind::Matrix { rows, cols, .. } => {
            format!("keypad      rows on {}; columns on {}; {keys}", places(rows), places(cols))
        }
    }
}

fn place(line: &Line) -> String {
    format!("line {} of {}", line.offset, line.chips.join(" or "))
}

/// Of lines of one chip.
fn places(lines: &[Line]) -> String {
    let offsets: Vec<String> = lines.iter().map(|line| line.offset.to_string()).collect();
    let chips = lines.first().map(|line| line.chips.join(" or ")).unwrap_or_default();
    format!("lines {} of {chips}", offsets.join(", "))
}
