//! From [`RawBoard`] to [`Board`]: one rule, one function, one file under `tests/boards/bad/`.

use std::time::Duration;

use toml::Spanned;

use super::display::display;
use super::keypad::{keypad, reject_lines_of_buttons};
use super::led::{led, reject_line_of_keys};
use super::raw::{RawBoard, RawButton, RawPin, RawSchema};
use super::{Board, Button, Line, Role};
use crate::mistake::Problem;
use crate::pairing::Capability;

/// The only schema there is.
const SCHEMA: i64 = 1;

/// Debouncing when the profile does not say: longer than the bounce of common tactile switches,
/// shorter than a person notices.
pub(super) const DEBOUNCE: Duration = Duration::from_millis(20);

pub(super) type Checked<T> = Result<T, Problem>;

pub(super) fn check(id: &str, raw: RawBoard) -> Checked<Board> {
    require_name(&raw.name)?;
    require_sources(&raw.sources)?;
    reject_shared_roles(&raw.buttons)?;
    require_both_directions(&raw.buttons)?;
    reject_shared_lines(&raw.buttons)?;
    reject_lines_of_buttons(raw.keypad.as_ref(), &raw.buttons)?;
    reject_line_of_keys(&raw)?;
    Ok(Board {
        id: id.to_owned(),
        name: raw.name.into_inner(),
        confidence: raw.confidence,
        sources: raw.sources.into_inner(),
        at_most: raw.at_most.as_ref().map(require_capability).transpose()?,
        display: raw.display.map(display).transpose()?,
        buttons: raw.buttons.into_iter().map(button).collect::<Checked<_>>()?,
        keypad: raw.keypad.map(keypad).transpose()?,
        led: raw.led.map(led).transpose()?,
    })
}

/// Checked before anything else, because a later schema may have keys that this one does not.
pub(super) fn require_schema(raw: &RawSchema) -> Checked<()> {
    let schema = *raw.schema.get_ref();
    if schema == SCHEMA {
        return Ok(());
    }
    let remedy = if schema > SCHEMA {
        "a newer pairpanel is needed for this file"
    } else {
        "write schema = 1"
    };
    Err(Problem::at(&raw.schema, format!("schema {schema} is not known; {remedy}")))
}

fn button(raw: RawButton) -> Checked<Button> {
    require_label(&raw.label)?;
    Ok(Button {
        role: raw.role.into_inner(),
        label: raw.label.into_inner(),
        line: line(raw.pin)?,
        active: raw.active,
        bias: raw.bias,
        debounce: raw.debounce_ms.as_ref().map_or(Ok(DEBOUNCE), require_debounce)?,
    })
}

pub(super) fn line(raw: RawPin) -> Checked<Line> {
    require_chip_labels(&raw)?;
    reject_bus_lines(&raw)?;
    Ok(Line {
        offset: require_offset(&raw.offset)?,
        chips: raw.chip.into_inner().0,
        names: raw.name.map(|name| name.into_inner().0).unwrap_or_default(),
    })
}

fn require_name(name: &Spanned<String>) -> Checked<()> {
    let text = name.get_ref();
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Problem::at(name, "must be one line that a person knows the board by"));
    }
    Ok(())
}

fn require_sources(sources: &Spanned<Vec<String>>) -> Checked<()> {
    if sources.get_ref().iter().all(|source| source.trim().is_empty()) {
        return Err(Problem::at(
            sources,
            "name at least one place where pins and address can be read: schematic, page or code",
        ));
    }
    Ok(())
}

fn require_capability(at_most: &Spanned<String>) -> Checked<Capability> {
    at_most.get_ref().parse().map_err(|unknown| {
        Problem::at(at_most, format!("\"{}\" is {unknown}", at_most.get_ref().escape_debug()))
    })
}

/// Six characters are what the line of key hints on a 128 pixel wide screen has room for.
pub(super) fn require_label(label: &Spanned<String>) -> Checked<()> {
    let text = label.get_ref();
    if !(1..=6).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::at(
            label,
            "must be 1 to 6 printable ASCII characters without blanks, as beside the key",
        ));
    }
    Ok(())
}

/// Chips are numbered as drivers happen to load: one model's header has been `gpiochip4` and
/// `gpiochip0` within a year of kernels (raspberrypi/linux#6144).
fn require_chip_labels(pin: &RawPin) -> Checked<()> {
    let labels = &pin.chip.get_ref().0;
    if labels.is_empty() || labels.iter().any(|label| label.trim().is_empty()) {
        return Err(Problem::at(
            &pin.chip,
            "name at least one chip by its label; gpiodetect prints them in brackets",
        ));
    }
    let numbered = |label: &&String| label.starts_with("gpiochip") || label.contains('/');
    match labels.iter().find(numbered) {
        Some(label) => Err(Problem::at(
            &pin.chip,
            format!(
                "\"{}\" is a number that changes with the kernel; write the chip's label, which \
                 gpiodetect prints in brackets",
                label.escape_debug()
            ),
        )),
        None => Ok(()),
    }
}

/// The lines of an I2C bus, among them that of the HAT's ID EEPROM, are for nothing else. Only
/// those that the profile itself names so can be told here.
fn reject_bus_lines(pin: &RawPin) -> Checked<()> {
    let Some(names) = &pin.name else { return Ok(()) };
    let is_bus =
        |name: &&String| ["ID_SD", "ID_SC", "SDA", "SCL"].iter().any(|b| name.starts_with(b));
    match names.get_ref().0.iter().find(is_bus) {
        Some(name) => Err(Problem::at(
            names,
            format!(
                "\"{}\" is a line of an I2C bus; wire this to another line",
                name.escape_debug()
            ),
        )),
        None => Ok(()),
    }
}

fn require_offset(offset: &Spanned<i64>) -> Checked<u32> {
    u32::try_from(*offset.get_ref()).map_err(|_| {
        let message = format!("{} is not a line of a chip; the first line is 0", offset.get_ref());
        Problem::at(offset, message)
    })
}

/// Longer than this and a short press gets lost.
pub(super) fn require_debounce(debounce: &Spanned<i64>) -> Checked<Duration> {
    const MAX_MS: u64 = 200;
    match u64::try_from(*debounce.get_ref()) {
        Ok(ms) if ms <= MAX_MS => Ok(Duration::from_millis(ms)),
        _ => Err(Problem::at(
            debounce,
            format!("{} is not within 0 to {MAX_MS} milliseconds", debounce.get_ref()),
        )),
    }
}

fn reject_shared_roles(buttons: &[RawButton]) -> Checked<()> {
    reject_second(buttons, |button, earlier| {
        (button.role.get_ref() == earlier.role.get_ref()).then(|| {
            Problem::at(
                &button.role,
                format!(
                    "button \"{}\" has the role {} already; give it to one of the two",
                    earlier.label.get_ref().escape_debug(),
                    earlier.role.get_ref()
                ),
            )
        })
    })
}

/// One direction alone leads to half of the digits, and the other keys of a stick to none.
fn require_both_directions(buttons: &[RawButton]) -> Checked<()> {
    let has = |role| buttons.iter().any(|button| *button.role.get_ref() == role);
    let missing = match (has(Role::Up), has(Role::Down)) {
        (true, true) => return Ok(()),
        (false, true) => "the role up",
        (true, false) => "the role down",
        (false, false) => "the roles up and down",
    };
    let picks = |button: &&RawButton| !matches!(button.role.get_ref(), Role::Accept | Role::Reject);
    buttons.iter().find(picks).map_or(Ok(()), |button| {
        Err(Problem::at(
            &button.role,
            format!("no button has {missing}, without which no digit can be picked; add it"),
        ))
    })
}

fn reject_shared_lines(buttons: &[RawButton]) -> Checked<()> {
    reject_second(buttons, |button, earlier| {
        is_same_line(&button.pin, &earlier.pin).then(|| {
            Problem::at(
                &button.pin.offset,
                format!(
                    "line {} belongs to button \"{}\" already; look up the other button's line",
                    button.pin.offset.get_ref(),
                    earlier.label.get_ref().escape_debug()
                ),
            )
        })
    })
}

/// The two are one line on a machine that has a chip of which both speak.
pub(super) fn is_same_line(pin: &RawPin, other: &RawPin) -> bool {
    let same_chip = pin.chip.get_ref().0.iter().any(|label| other.chip.get_ref().0.contains(label));
    same_chip && pin.offset.get_ref() == other.offset.get_ref()
}

/// The first problem that `clash` finds between a button and one before it.
fn reject_second(
    buttons: &[RawButton],
    clash: impl Fn(&RawButton, &RawButton) -> Option<Problem>,
) -> Checked<()> {
    let mut pairs = buttons
        .iter()
        .enumerate()
        .flat_map(|(i, button)| buttons[..i].iter().map(move |earlier| (button, earlier)));
    pairs.find_map(|(button, earlier)| clash(button, earlier)).map_or(Ok(()), Err)
}
