//! The rules of `[keypad]`: one rule, one function, one file under `tests/boards/bad/`.

use toml::Spanned;

use super::check::{Checked, DEBOUNCE, is_same_line, line, require_debounce, require_label};
use super::raw::{OneOrMore, RawButton, RawKeypad, RawKeypadKind, RawPin};
use super::{Bias, Keypad, KeypadKind, Line};
use crate::mistake::Problem;
use crate::pairing::Key;

/// Of rows as of columns: more than any keypad for digits has, and fewer than the kernel takes in
/// one request (include/uapi/linux/gpio.h, `GPIOHANDLES_MAX`).
const MOST_LINES: usize = 16;

pub(super) fn keypad(raw: RawKeypad) -> Checked<Keypad> {
    reject_keys_of_other_kind(&raw)?;
    match raw.kind.get_ref() {
        RawKeypadKind::Evdev => evdev(raw),
        RawKeypadKind::GpioMatrix => matrix(raw),
    }
}

fn evdev(raw: RawKeypad) -> Checked<Keypad> {
    let label = |written: Option<&Spanned<String>>, usual: &str| match written {
        Some(label) => require_label(label).map(|()| label.get_ref().clone()),
        None => Ok(usual.to_owned()),
    };
    Ok(Keypad {
        enter: label(raw.enter.as_ref(), "Enter")?,
        erase: label(raw.erase.as_ref(), "<-")?,
        escape: Some(label(raw.escape.as_ref(), "Esc")?),
        debounce: raw.debounce_ms.as_ref().map_or(Ok(DEBOUNCE), require_debounce)?,
        kind: KeypadKind::Evdev {
            name: require_device_name(require(&raw, raw.name.as_ref(), "name")?)?,
            phys: require_device_phys(require(&raw, raw.phys.as_ref(), "phys")?)?,
        },
    })
}

fn matrix(raw: RawKeypad) -> Checked<Keypad> {
    let rows = require(&raw, raw.rows.as_ref(), "rows")?;
    let cols = require(&raw, raw.cols.as_ref(), "cols")?;
    let keymap = require(&raw, raw.keymap.as_ref(), "keymap")?;
    for lines in [rows, cols] {
        require_sane_number(lines)?;
        require_one_chip(lines)?;
    }
    require_string_for_each_row(keymap, rows)?;
    require_character_for_each_column(keymap, cols)?;
    require_each_digit_once(keymap)?;

    let key = |written, name| require_key_of_map(require(&raw, written, name)?, keymap);
    let enter = key(raw.enter.as_ref(), "enter")?;
    let erase = key(raw.erase.as_ref(), "erase")?;
    let escape =
        raw.escape.as_ref().map(|escape| require_key_of_map(escape, keymap)).transpose()?;
    reject_second_meaning(&raw)?;
    let meaning = |character: char| match character.to_digit(10) {
        Some(digit) => u8::try_from(digit).ok().map(Key::Digit),
        None if character == enter => Some(Key::Enter),
        None if character == erase => Some(Key::Erase),
        None if Some(character) == escape => Some(Key::Escape),
        None => None,
    };
    let keys = keymap.get_ref().iter().map(|row| row.get_ref().chars().map(meaning).collect());
    let keys = keys.collect();
    let bias = require_no_pull_down(require(&raw, raw.bias.as_ref(), "bias")?)?;
    let debounce = raw.debounce_ms.as_ref().map_or(Ok(DEBOUNCE), require_debounce)?;

    let lines = |pins: Option<Spanned<Vec<RawPin>>>| -> Checked<Vec<Line>> {
        pins.into_iter().flat_map(Spanned::into_inner).map(line).collect()
    };
    Ok(Keypad {
        kind: KeypadKind::Matrix { rows: lines(raw.rows)?, cols: lines(raw.cols)?, keys, bias },
        enter: enter.into(),
        erase: erase.into(),
        escape: escape.map(String::from),
        debounce,
    })
}

fn require<'a, T>(raw: &RawKeypad, value: Option<&'a T>, name: &str) -> Checked<&'a T> {
    let remedy = match name {
        "name" => "as /proc/bus/input/devices has it after N: Name=",
        "phys" => "as /proc/bus/input/devices has it after P: Phys=",
        "rows" | "cols" => "one pin for each, as of a button",
        "keymap" => "one text a row, one character a column",
        "bias" => "\"pull-up\", or \"as-is\" if there are resistors",
        _ => "the character that this key has in the keymap",
    };
    value.ok_or_else(|| {
        Problem::at(&raw.kind, format!("a keypad of this kind needs `{name}`; add it: {remedy}"))
    })
}

fn reject_keys_of_other_kind(raw: &RawKeypad) -> Checked<()> {
    let (kind, strange) = match raw.kind.get_ref() {
        RawKeypadKind::Evdev => (
            "gpio-matrix",
            [
                raw.rows.as_ref().map(Spanned::span),
                raw.cols.as_ref().map(Spanned::span),
                raw.keymap.as_ref().map(Spanned::span),
                raw.bias.as_ref().map(Spanned::span),
            ],
        ),
        RawKeypadKind::GpioMatrix => (
            "evdev",
            [
                raw.name.as_ref().map(Spanned::span),
                raw.phys.as_ref().map(Spanned::span),
                None,
                None,
            ],
        ),
    };
    match strange.into_iter().flatten().next() {
        Some(span) => {
            Err(Problem::new(span, format!("is for kind = \"{kind}\" only; take it out")))
        }
        None => Ok(()),
    }
}

fn require_device_name(name: &Spanned<String>) -> Checked<String> {
    if name.get_ref().trim().is_empty() {
        return Err(Problem::at(
            name,
            "is empty; write what /proc/bus/input/devices has after N: Name=",
        ));
    }
    Ok(name.get_ref().clone())
}

/// Bluetooth's input devices have the address of this machine's adapter there (Linux,
/// net/bluetooth/hidp/core.c; BlueZ, profiles/input/device.c): any keyboard that is bonded would do.
fn require_device_phys(phys: &Spanned<OneOrMore>) -> Checked<Vec<String>> {
    let places = &phys.get_ref().0;
    if places.is_empty() || places.iter().any(|place| place.trim().is_empty()) {
        return Err(Problem::at(
            phys,
            "names no place; write what /proc/bus/input/devices has after P: Phys=",
        ));
    }
    let is_address = |place: &&String| {
        let bytes: Vec<&str> = place.split(':').collect();
        bytes.len() == 6 && bytes.iter().all(|b| b.len() == 2 && u8::from_str_radix(b, 16).is_ok())
    };
    match places.iter().find(is_address) {
        Some(address) => Err(Problem::at(
            phys,
            format!("\"{address}\" is a Bluetooth adapter; a keypad has to be on a cable"),
        )),
        None => Ok(places.clone()),
    }
}

fn require_sane_number(lines: &Spanned<Vec<RawPin>>) -> Checked<()> {
    match lines.get_ref().len() {
        1..=MOST_LINES => Ok(()),
        other => Err(Problem::at(lines, format!("{other} lines are not within 1 to {MOST_LINES}"))),
    }
}

/// They are driven, or read, at one moment, which only the lines of one chip can be.
fn require_one_chip(lines: &Spanned<Vec<RawPin>>) -> Checked<()> {
    let [first, others @ ..] = lines.get_ref().as_slice() else { return Ok(()) };
    let labels = |pin: &RawPin| pin.chip.get_ref().0.clone();
    match others.iter().find(|pin| labels(pin) != labels(first)) {
        Some(pin) => Err(Problem::at(
            &pin.chip,
            "is not the chip of the first line here; all of them have to be on the same one",
        )),
        None => Ok(()),
    }
}

type Keymap = Spanned<Vec<Spanned<String>>>;

fn require_string_for_each_row(keymap: &Keymap, rows: &Spanned<Vec<RawPin>>) -> Checked<()> {
    let (texts, rows) = (keymap.get_ref().len(), rows.get_ref().len());
    if texts == rows {
        return Ok(());
    }
    Err(Problem::at(
        keymap,
        format!("has {texts} rows, and `rows` has {rows} lines; make it one a line"),
    ))
}

fn require_character_for_each_column(keymap: &Keymap, cols: &Spanned<Vec<RawPin>>) -> Checked<()> {
    let cols = cols.get_ref().len();
    let fits = |row: &Spanned<String>| {
        let text = row.get_ref();
        text.len() == cols && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
    };
    match keymap.get_ref().iter().find(|row| !fits(row)) {
        Some(row) => Err(Problem::at(
            row,
            format!(
                "must be {cols} printable ASCII characters, one for each of `cols`, with a blank \
                 where there is no key"
            ),
        )),
        None => Ok(()),
    }
}

fn require_each_digit_once(keymap: &Keymap) -> Checked<()> {
    for digit in '0'..='9' {
        let has = |row: &&Spanned<String>| row.get_ref().contains(digit);
        let times = |row: &Spanned<String>| row.get_ref().matches(digit).count();
        match keymap.get_ref().iter().map(times).sum() {
            1 => {}
            0 => {
                let message = format!("has no key for {digit}; every digit has to be there");
                return Err(Problem::at(keymap, message));
            }
            _ => {
                let again = keymap.get_ref().iter().rfind(has).map_or(keymap.span(), Spanned::span);
                let message = format!("{digit} is there twice; look up which key it is on");
                return Err(Problem::new(again, message));
            }
        }
    }
    Ok(())
}

fn require_key_of_map(written: &Spanned<String>, keymap: &Keymap) -> Checked<char> {
    let mut characters = written.get_ref().chars();
    match (characters.next(), characters.next()) {
        (Some(digit), None) if digit.is_ascii_digit() => {
            Err(Problem::at(written, format!("{digit} is a digit; write another key's character")))
        }
        (Some(key), None)
            if key != ' ' && keymap.get_ref().iter().any(|row| row.get_ref().contains(key)) =>
        {
            Ok(key)
        }
        _ => Err(Problem::at(
            written,
            format!(
                "\"{}\" is not in the keymap; write the one character that the key has there",
                written.get_ref().escape_debug()
            ),
        )),
    }
}

fn reject_second_meaning(raw: &RawKeypad) -> Checked<()> {
    let named = [("enter", &raw.enter), ("erase", &raw.erase), ("escape", &raw.escape)];
    let named: Vec<_> =
        named.iter().filter_map(|(name, key)| Some((name, key.as_ref()?))).collect();
    for (i, (_, key)) in named.iter().enumerate() {
        if let Some((name, _)) = named[..i].iter().find(|(_, e)| e.get_ref() == key.get_ref()) {
            let message = format!("{} is `{name}` already; write another key", key.get_ref());
            return Err(Problem::at(key, message));
        }
    }
    Ok(())
}

/// A row is driven low, so only a column that rests high shows it.
fn require_no_pull_down(bias: &Spanned<Bias>) -> Checked<Bias> {
    match bias.get_ref() {
        Bias::PullDown => Err(Problem::at(
            bias,
            "a pressed key connects its column to ground; write \"pull-up\", or \"as-is\" if \
             there are resistors",
        )),
        other => Ok(*other),
    }
}

/// No line is a key of its own and of the keypad, or has two places in it.
pub(super) fn reject_lines_of_buttons(
    keypad: Option<&RawKeypad>,
    buttons: &[RawButton],
) -> Checked<()> {
    let rows_and_cols = keypad.map(|keypad| [&keypad.rows, &keypad.cols]);
    let pins: Vec<&RawPin> =
        rows_and_cols.into_iter().flatten().flatten().flat_map(Spanned::get_ref).collect();
    for (i, pin) in pins.iter().enumerate() {
        let button = buttons.iter().find(|button| is_same_line(pin, &button.pin));
        let owner = match button {
            Some(button) => format!("button \"{}\"", button.label.get_ref().escape_debug()),
            None if pins[..i].iter().any(|other| is_same_line(pin, other)) => {
                "another row or column".to_owned()
            }
            None => continue,
        };
        let message = format!(
            "line {} belongs to {owner} already; look up the lines of the keypad",
            pin.offset.get_ref()
        );
        return Err(Problem::at(&pin.offset, message));
    }
    Ok(())
}
