//! `boards` and `check`: what profiles there are, and what one makes of the panel.

use std::fmt::Write as _;
use std::path::Path;

use super::{Failure, bench, print, usage};
use crate::board::{
    self, Active, Board, Buzzer, BuzzerKind, DisplayProfile, Host, InputDevice, Keypad, KeypadKind,
    Led, Line, Source,
};
use crate::detect;

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
    let board = detect::load(name).map_err(usage)?;
    print(&describe(&board))?;
    bench::offer(name, &board)
}

/// The parts of a board, and the capability that they make.
pub(super) fn describe(board: &Board) -> String {
    let fittings = crate::daemon::fittings(board);
    let abilities = fittings.abilities();
    let mut text = format!("{}: {}\n", board.id, board.name);
    if let Some(display) = &board.display {
        let DisplayProfile { backend, width, height, .. } = display;
        let _ = writeln!(text, "display     {backend} {width}x{height} {}", display.place());
        for (line, what) in display.lines() {
            let _ = writeln!(text, "            {what} is {line}");
        }
        if !display.answers() {
            let _ = writeln!(
                text,
                "            cannot answer: that it is there, only this profile says"
            );
        }
    }
    if let Some(nfc) = &board.nfc {
        let place = format!("at {:#04x} on {}", nfc.address, nfc.bus);
        let _ = writeln!(text, "nfc tag     ST25DV with {} bytes {place}", nfc.size);
    }
    for button in &board.buttons {
        let role = format!("{:?} key", button.role);
        let _ = writeln!(text, "{role:<11} {}, {}", button.label, place(&button.source));
    }
    if let Some(keypad) = &board.keypad {
        let _ = writeln!(text, "{}", describe_keypad(keypad));
    }
    match &board.led {
        Some(Led::Class(name)) => {
            let _ = writeln!(text, "lamp        {name} in /sys/class/leds");
        }
        Some(Led::Gpio { line, active }) => {
            let _ = writeln!(text, "lamp        {line}, on when {}", level(*active));
        }
        None => {}
    }
    if let Some(Buzzer { line, active, kind }) = &board.buzzer {
        let tone = match kind {
            BuzzerKind::Active => "with a tone of its own",
            BuzzerKind::Tone => "that is given its tone",
        };
        let _ = writeln!(text, "buzzer      {line}, on when {}, {tone}", level(*active));
    }
    let hosts = board.hosts.join(" and ");
    let hosts = if hosts.is_empty() { "any machine that has its pins" } else { &hosts };
    let _ = writeln!(text, "fits        {hosts}{}", here(board));
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
    let outlet = match (fittings.code, fittings.tag) {
        (false, false) => None,
        (true, false) => Some("a QR code on the display"),
        (false, true) => Some("the NFC tag"),
        (true, true) => Some("a QR code on the display, and the NFC tag"),
    };
    if let Some(outlet) = outlet {
        let _ = writeln!(text, "out of band {outlet}, if out-of-band = true");
    }
    let narrowed = if board.at_most.is_some() { ", narrowed by at-most" } else { "" };
    let _ = writeln!(text, "capability  {capability} once all of it works: {why}{narrowed}");
    text
}

/// Whether it fits this machine, if that is in a host file.
fn here(board: &Board) -> String {
    match Host::here(Path::new("/")) {
        Ok(None) => String::new(),
        Ok(Some(host)) => match board.clone().on(&host) {
            Ok(_) => format!("; this machine is {}: it fits", host.id),
            Err(error) => format!("\nrefused     {error}"),
        },
        Err(error) => format!("\nrefused     {error}"),
    }
}

fn describe_keypad(keypad: &Keypad) -> String {
    let escape = keypad.escape.as_ref().map(|escape| format!(", {escape} gives up"));
    let keys =
        format!("{} sends, {} erases{}", keypad.enter, keypad.erase, escape.unwrap_or_default());
    match &keypad.kind {
        KeypadKind::Evdev(InputDevice { name, phys }) => {
            format!("keypad      \"{name}\" at {}; {keys}", phys.join(" or "))
        }
        KeypadKind::Matrix { rows, cols, .. } => {
            format!("keypad      rows on {}; columns on {}; {keys}", places(rows), places(cols))
        }
    }
}

fn place(source: &Source) -> String {
    match source {
        Source::Gpio { line, active, .. } => format!("{line}, {} when pressed", level(*active)),
        Source::Evdev { device, code } => {
            let (name, phys) = (board::key_name(*code), device.phys.join(" or "));
            format!("{name} of \"{}\" at {phys}", device.name)
        }
    }
}

const fn level(active: Active) -> &'static str {
    match active {
        Active::Low => "low",
        Active::High => "high",
    }
}

/// Of lines of one chip, or of pins of a header.
fn places(lines: &[Line]) -> String {
    let number = |line: &Line| match line {
        Line::Header(pin) => pin.to_string(),
        Line::Chip { offset, .. } => offset.to_string(),
    };
    let numbers = lines.iter().map(number).collect::<Vec<_>>().join(", ");
    match lines.first() {
        Some(Line::Chip { labels, .. }) => format!("lines {numbers} of {}", labels.join(" or ")),
        _ => format!("header pins {numbers}"),
    }
}
