//! From [`RawBoard`] to [`Board`]: one rule, one function, one file under `tests/boards/bad/`.

use std::time::Duration;

use toml::Spanned;

use super::Board;
use super::button::{
    button, reject_keys_of_keypad, reject_shared_keys, reject_shared_roles, require_both_directions,
};
use super::buzzer::buzzer;
use super::detect::hats;
use super::display::{RawDisplay, display};
use super::host::Purpose;
use super::keypad::keypad;
use super::led::led;
use super::nfc::nfc;
use super::pin::{reject_shared_lines, require_pins_of_hosts};
use super::raw::{OneOrMore, RawBoard, RawSchema};
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
    reject_shared_lines(&raw)?;
    reject_shared_keys(&raw)?;
    reject_keys_of_keypad(&raw)?;
    let mut needs = raw.display.as_ref().map(RawDisplay::header_buses).unwrap_or_default();
    needs.extend(raw.nfc.as_ref().filter(|nfc| nfc.0.is_on_header()).map(|_| Purpose::I2c));
    require_pins_of_hosts(&raw, &needs)?;
    let display = raw.display.map(display).transpose()?;
    Ok(Board {
        id: id.to_owned(),
        name: raw.name.into_inner(),
        confidence: raw.confidence,
        sources: raw.sources.into_inner(),
        hosts: raw.hosts.map(require_hosts).transpose()?.unwrap_or_default(),
        at_most: raw.at_most.as_ref().map(require_capability).transpose()?,
        nfc: raw.nfc.map(|raw| nfc(raw, display.as_ref())).transpose()?,
        display,
        buttons: raw.buttons.into_iter().map(button).collect::<Checked<_>>()?,
        keypad: raw.keypad.map(keypad).transpose()?,
        led: raw.led.map(led).transpose()?,
        hats: raw.detect.map(hats).transpose()?.unwrap_or_default(),
        buzzer: raw.buzzer.map(buzzer).transpose()?,
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

pub(super) fn require_name(name: &Spanned<String>) -> Checked<()> {
    let text = name.get_ref();
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Problem::at(name, "must be one line that a person knows it by"));
    }
    Ok(())
}

pub(super) fn require_sources(sources: &Spanned<Vec<String>>) -> Checked<()> {
    if sources.get_ref().iter().all(|source| source.trim().is_empty()) {
        return Err(Problem::at(
            sources,
            "name at least one place where pins and address can be read: schematic, page or code",
        ));
    }
    Ok(())
}

fn require_hosts(hosts: Spanned<OneOrMore>) -> Checked<Vec<String>> {
    let is_name = |id: &String| !id.is_empty() && !id.contains(['/', '.']);
    if hosts.get_ref().0.is_empty() || !hosts.get_ref().0.iter().all(is_name) {
        return Err(Problem::at(
            &hosts,
            "name the host files that the board fits, without directory and .toml; or take this out",
        ));
    }
    Ok(hosts.into_inner().0)
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
