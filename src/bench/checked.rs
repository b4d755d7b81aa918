//! What a person has confirmed, and the profile that says so.

use std::fmt::Write as _;

use super::guess::{Guess, degrees};
use super::rewrite::{Edit, RewriteError, append, rewrite, texts};
use crate::board::{
    Active, Backend, Board, BoardError, Buzzer, Confidence, Controller, DisplayProfile, KeypadKind,
    Led, OledProfile, Source, Wiring,
};

/// What a person has seen or heard of a board's parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Parts that work, in words.
    pub works: Vec<String>,
    /// Parts that were not seen to work, each with why not.
    pub open: Vec<String>,
}

/// Why a profile is not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Its text cannot be changed.
    #[error(transparent)]
    Rewrite(#[from] RewriteError),
    /// The changed one is no profile.
    #[error("what was found makes no profile: {0}")]
    Board(#[from] BoardError),
    /// It says something else than was found.
    #[error("the profile would not say what was found; write it by hand, as said above")]
    Differs,
}

impl Checked {
    /// How well the profile is known then: what was seen is one source, if it is all of it.
    const fn confidence(&self) -> (Confidence, &'static str) {
        if self.open.is_empty() {
            (Confidence::Documented, "\"documented\"")
        } else {
            (Confidence::Untested, "\"untested\"")
        }
    }

    /// The text of the profile `board`, with what was `found` in its place, for a file of this name;
    /// `model` is the machine that it was tried on.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the loader of profiles does not find in it just that.
    pub fn write(
        &self,
        text: &str,
        board: &Board,
        found: &Board,
        file: &str,
        model: &str,
    ) -> Result<String, WriteError> {
        let mut edits = edits(text, board, found)?;
        let (confidence, written) = self.confidence();
        if board.confidence != confidence {
            edits.push(Edit { path: "confidence".to_owned(), value: Some(written.to_owned()) });
        }
        let source = self.source(model);
        let new = rewrite(text, &edits)?;
        let new = append(&new, "sources", &quoted(&source))?;
        let new = with_comment(&new, &self.comment(board, found, model));

        let read = Board::parse(file, &new)?;
        let mut sources = board.sources.clone();
        sources.push(source);
        let expected = Board { id: read.id.clone(), confidence, sources, ..found.clone() };
        if read == expected { Ok(new) } else { Err(WriteError::Differs) }
    }

    fn source(&self, model: &str) -> String {
        let works = list(&self.works);
        let open = if self.open.is_empty() { "all of it" } else { &works };
        format!("pairpanel check on {model}: {open} seen to work by a person")
    }

    fn comment(&self, board: &Board, found: &Board, model: &str) -> String {
        let mut text = format!("# Written by pairpanel check {} on {model}.\n", board.id);
        let _ = writeln!(text, "# Seen to work by a person: {}.", list(&self.works));
        for open in &self.open {
            // What the system says may have more than one line.
            let _ = writeln!(text, "# Not seen to work: {}.", open.replace(char::is_control, " "));
        }
        for change in changes(board, found) {
            let _ = writeln!(text, "# Changed: {change}.");
        }
        text
    }
}

/// What differs, in words.
pub(super) fn changes(board: &Board, found: &Board) -> Vec<String> {
    let mut changes = Vec::new();
    if let (Some(was), Some(is)) = (&board.display, &found.display)
        && was != is
    {
        let say = |display: &DisplayProfile| match Guess::of(display) {
            Some(guess) => guess.describe(),
            None => format!("rotation {}", degrees(display.rotation)),
        };
        changes.push(format!("the display is {}, and not {}", say(is), say(was)));
    }
    for (was, is) in board.buttons.iter().zip(&found.buttons) {
        if was.label != is.label {
            changes.push(format!("key {} ({}) is where {} was", is.label, is.role, was.label));
        }
        if let (Source::Gpio { active: was, .. }, Source::Gpio { active, .. }) =
            (&was.source, &is.source)
            && was != active
        {
            changes.push(format!("key {} is pressed when it is {}", is.label, level(*active)));
        }
    }
    if board.keypad != found.keypad {
        changes.push("keys of the keypad are in other places".to_owned());
    }
    if board.led != found.led {
        changes.push("the lamp is on at the other level".to_owned());
    }
    if board.buzzer != found.buzzer {
        changes.push("the buzzer is on at the other level".to_owned());
    }
    changes
}

fn edits(text: &str, board: &Board, found: &Board) -> Result<Vec<Edit>, RewriteError> {
    let mut edits = Vec::new();
    let mut set = |path: &str, value: String| {
        edits.push(Edit { path: path.to_owned(), value: Some(value) });
    };
    for (n, (was, is)) in board.buttons.iter().zip(&found.buttons).enumerate() {
        if was.role != is.role {
            set(&format!("button.{n}.role"), quoted(&is.role.to_string()));
        }
        if was.label != is.label {
            set(&format!("button.{n}.label"), quoted(&is.label));
        }
        if let (Source::Gpio { active: was, .. }, Source::Gpio { active, .. }) =
            (&was.source, &is.source)
            && was != active
        {
            set(&format!("button.{n}.active"), quoted(level(*active)));
        }
    }
    if let (Some(Led::Gpio { active: was, .. }), Some(Led::Gpio { active, .. })) =
        (&board.led, &found.led)
        && was != active
    {
        set("led.active", quoted(level(*active)));
    }
    if let (Some(Buzzer { active: was, .. }), Some(Buzzer { active, .. })) =
        (&board.buzzer, &found.buzzer)
        && was != active
    {
        set("buzzer.active", quoted(level(*active)));
    }
    if board.keypad != found.keypad {
        set("keypad.keymap", keymap(text, board, found)?);
    }
    if let (Some(was), Some(is)) = (&board.display, &found.display) {
        edits.extend(display(text, was, is));
    }
    Ok(edits)
}

fn display(text: &str, was: &DisplayProfile, is: &DisplayProfile) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut put = |key: &str, value: Option<String>| {
        edits.push(Edit { path: format!("display.{key}"), value });
    };
    if was.backend.to_string() != is.backend.to_string() {
        put("controller", Some(quoted(&is.backend.to_string())));
    }
    for (key, was, is) in [
        ("width", was.width, is.width),
        ("height", was.height, is.height),
        ("rotation", degrees(was.rotation).into(), degrees(is.rotation).into()),
    ] {
        if was != is {
            put(key, Some(is.to_string()));
        }
    }
    let (Backend::Oled(was), Backend::Oled(oled)) = (&was.backend, &is.backend) else {
        return edits;
    };
    let OledProfile { controller, wiring, .. } = oled;
    let keys = |wiring: &Wiring| {
        let Wiring { col_offset, com_offset, com_seq, com_lrremap } = wiring;
        [
            ("col-offset", col_offset.to_string()),
            ("com-offset", com_offset.to_string()),
            ("com-seq", com_seq.to_string()),
            ("com-lrremap", com_lrremap.to_string()),
        ]
    };
    let usual = keys(&Wiring::usual(*controller, is.width, is.height));
    for (((key, is), (_, was)), (_, usual)) in
        keys(wiring).into_iter().zip(keys(&was.wiring)).zip(usual)
    {
        let is_there = super::rewrite::has(text, &format!("display.{key}"));
        if *controller == Controller::Sh1107 && key.starts_with("com-") && key != "com-offset" {
            // It has no such command, and a profile must not say so.
            if is_there {
                put(key, None);
            }
        } else if if is_there { is != was } else { is != usual } {
            put(key, Some(is));
        }
    }
    edits
}

/// The keymap with each character where its key is.
fn keymap(text: &str, board: &Board, found: &Board) -> Result<String, RewriteError> {
    let matrix = |board: &Board| match board.keypad.as_ref().map(|keypad| &keypad.kind) {
        Some(KeypadKind::Matrix { keys, .. }) => keys.clone(),
        _ => Vec::new(),
    };
    let (was, is) = (matrix(board), matrix(found));
    let rows: Vec<Vec<char>> =
        texts(text, "keypad.keymap")?.iter().map(|row| row.chars().collect()).collect();
    let places = || {
        was.iter()
            .enumerate()
            .flat_map(|(r, row)| row.iter().enumerate().map(move |(c, key)| ((r, c), *key)))
    };
    let mut new = rows.clone();
    for ((r, c), key) in places() {
        let now = is[r][c];
        if now != key
            && let Some(((from, at), _)) = places().find(|(_, key)| *key == now)
        {
            new[r][c] = rows[from][at];
        }
    }
    let rows: Vec<String> = new.iter().map(|row| quoted(&row.iter().collect::<String>())).collect();
    Ok(format!("[{}]", rows.join(", ")))
}

/// Below the line that tells an editor where the schema is, which has to be the first.
fn with_comment(text: &str, comment: &str) -> String {
    match text.split_once('\n') {
        Some((first, rest)) if first.starts_with("#:schema") => {
            format!("{first}\n{comment}{rest}")
        }
        _ => format!("{comment}{text}"),
    }
}

pub(super) const fn level(active: Active) -> &'static str {
    match active {
        Active::Low => "low",
        Active::High => "high",
    }
}

pub(super) fn list(parts: &[String]) -> String {
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// As TOML has a text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
