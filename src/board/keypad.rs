//! The rules of `[keypad]`: one rule, one function, one file under `tests/boards/bad/`.

use toml::Spanned;

use super::button::{require_device_name, require_device_phys};
use super::check::{Checked, DEBOUNCE, require_debounce, require_label};
use super::pin::line;
use super::raw::{OneOrMore, RawKeypad, RawPin};
use super::{Bias, InputDevice, Keypad, KeypadKind, Line};
use crate::mistake::Problem;
use crate::pairing::Key;

/// Of rows as of columns: more than any keypad for digits has, and fewer than the kernel takes in
/// one request (include/uapi/linux/gpio.h, `GPIOHANDLES_MAX`).
const MOST_LINES: usize = 16;

pub(super) fn keypad(raw: RawKeypad) -> Checked<Keypad> {
    match raw.kind.get_ref().as_str() {
        "evdev" => evdev(raw),
        "gpio-matrix" => matrix(raw),
        other => Err(Problem::at(
            &raw.kind,
            format!(
                "\"{}\" is not known; write \"evdev\" or \"gpio-matrix\"",
                other.escape_debug()
            ),
        )),
    }
}

fn evdev(raw: RawKeypad) -> Checked<Keypad> {
    reject_keys_of_matrix(&raw)?;
    let label = |written: Option<&Spanned<String>>, usual: &str| match written {
        Some(label) => require_label(label).map(|()| label.get_ref().clone()),
        None => Ok(usual.to_owned()),
    };
    Ok(Keypad {
        enter: label(raw.enter.as_ref(), "Enter")?,
        erase: label(raw.erase.as_ref(), "<-")?,
        escape: Some(label(raw.escape.as_ref(), "Esc")?),
        debounce: raw.debounce_ms.as_ref().map_or(Ok(DEBOUNCE), require_debounce)?,
        kind: KeypadKind::Evdev(InputDevice {
            name: require_device_name(require(&raw, raw.name.as_ref(), "name")?)?,
            phys: require_device_phys(require(&raw, raw.phys.as_ref(), "phys")?)?,
        }),
    })
}

fn matrix(raw: RawKeypad) -> Checked<Keypad> {
    reject_keys_of_evdev(&raw)?;
    for (lines, name) in [(&raw.rows, "rows"), (&raw.cols, "cols")] {
        require_sane_number(&raw, lines, name)?;
        require_one_chip(lines)?;
    }
    let keymap = require(&raw, raw.keymap.as_ref(), "keymap")?;
    require_text_for_each_row(keymap, &raw.rows)?;
    require_character_for_each_column(keymap, &raw.cols)?;
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
    let keys = keymap.get_ref().0.iter().map(|row| row.chars().map(meaning).collect()).collect();
    let bias = require_bias(require(&raw, raw.bias.as_ref(), "bias")?)?;
    let debounce = raw.debounce_ms.as_ref().map_or(Ok(DEBOUNCE), require_debounce)?;
    let kind = raw.kind.span();
    let lines = |pins: Vec<RawPin>| -> Checked<Vec<Line>> {
        pins.into_iter().map(|pin| line(pin, kind.clone())).collect()
    };
    Ok(Keypad {
        kind: KeypadKind::Matrix { rows: lines(raw.rows)?, cols: lines(raw.cols)?, keys, bias },
        enter: enter.into(),
        erase: erase.into(),
        escape: escape.map(String::from),
        debounce,
    })
}

fn require<'a, T: ?Sized>(raw: &RawKeypad, value: Option<&'a T>, name: &str) -> Checked<&'a T> {
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

fn reject_keys_of_matrix(raw: &RawKeypad) -> Checked<()> {
    let pin = raw.rows.first().or(raw.cols.first()).map(RawPin::first);
    let keymap = raw.keymap.as_ref().map(Spanned::span);
    match pin.or(keymap).or(raw.bias.as_ref().map(Spanned::span)) {
        Some(span) => Err(Problem::new(span, "is for kind = \"gpio-matrix\" only; take it out")),
        None => Ok(()),
    }
}

fn reject_keys_of_evdev(raw: &RawKeypad) -> Checked<()> {
    let name = raw.name.as_ref().map(Spanned::span);
    match name.or(raw.phys.as_ref().map(Spanned::span)) {
        Some(span) => Err(Problem::new(span, "is for kind = \"evdev\" only; take it out")),
        None => Ok(()),
    }
}

fn require_sane_number(raw: &RawKeypad, lines: &[RawPin], name: &str) -> Checked<()> {
    let lines = require(raw, Some(lines).filter(|lines| !lines.is_empty()), name)?;
    match lines.get(MOST_LINES) {
        Some(surplus) => Err(Problem::new(
            surplus.span(),
            format!("is one too many; a keypad has at most {MOST_LINES} `{name}`"),
        )),
        None => Ok(()),
    }
}

/// They are driven, or read, at one moment, which only the lines of one chip can be.
fn require_one_chip(lines: &[RawPin]) -> Checked<()> {
    let [first, others @ ..] = lines else { return Ok(()) };
    let labels = |pin: &RawPin| pin.chip.as_ref().map(|chip| chip.get_ref().0.clone());
    match others.iter().find(|pin| labels(pin) != labels(first)) {
        Some(pin) => Err(Problem::new(
            pin.first(),
            "is not the chip of the first line here; all of them have to be on the same one",
        )),
        None => Ok(()),
    }
}

fn require_text_for_each_row(keymap: &Spanned<OneOrMore>, rows: &[RawPin]) -> Checked<()> {
    let (texts, rows) = (keymap.get_ref().0.len(), rows.len());
    if texts == rows {
        return Ok(());
    }
    let message = format!("has {texts} texts, and `rows` has {rows} lines; make it one a line");
    Err(Problem::at(keymap, message))
}

fn require_character_for_each_column(keymap: &Spanned<OneOrMore>, cols: &[RawPin]) -> Checked<()> {
    let cols = cols.len();
    let fits = |text: &str| {
        text.len() == cols && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
    };
    match keymap.get_ref().0.iter().find(|row| !fits(row)) {
        Some(row) => Err(Problem::at(
            keymap,
            format!(
                "\"{}\" must be {cols} printable ASCII characters, one for each of `cols`, with a \
                 blank where there is no key",
                row.escape_debug()
            ),
        )),
        None => Ok(()),
    }
}

fn require_each_digit_once(keymap: &Spanned<OneOrMore>) -> Checked<()> {
    for digit in '0'..='9' {
        let characters = keymap.get_ref().0.iter().flat_map(|row| row.chars());
        let remedy = match characters.filter(|character| *character == digit).count() {
            1 => continue,
            0 => "no key; every digit has to be there",
            _ => "more than one key; look up which of them it is",
        };
        return Err(Problem::at(keymap, format!("{digit} has {remedy}")));
    }
    Ok(())
}

fn require_key_of_map(written: &Spanned<String>, keymap: &Spanned<OneOrMore>) -> Checked<char> {
    let mut characters = written.get_ref().chars();
    let key = characters.next().filter(|_| characters.next().is_none());
    let is_there = |key: char| keymap.get_ref().0.iter().any(|row| row.contains(key));
    match key {
        Some(digit @ '0'..='9') => {
            Err(Problem::at(written, format!("{digit} is a digit; write another key's character")))
        }
        Some(key) if key != ' ' && is_there(key) => Ok(key),
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
fn require_bias(bias: &Spanned<String>) -> Checked<Bias> {
    let why = match bias.get_ref().as_str() {
        "pull-up" => return Ok(Bias::PullUp),
        "off" => return Ok(Bias::Off),
        "as-is" => return Ok(Bias::AsIs),
        "pull-down" => "a pressed key connects its column to ground".to_owned(),
        other => format!("\"{}\" is not known", other.escape_debug()),
    };
    Err(Problem::at(
        bias,
        format!("{why}; write \"pull-up\", or \"off\" or \"as-is\" if there are resistors"),
    ))
}
