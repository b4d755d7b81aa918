//! The rules of `[[button]]`: one rule, one function, one file under `tests/boards/bad/`.

use std::ops::Range;

use toml::Spanned;

use super::check::{Checked, DEBOUNCE, require_debounce, require_label};
use super::code;
use super::pin::line;
use super::raw::{OneOrMore, RawBoard, RawButton, RawKey, RawPin};
use super::{Active, Bias, Button, InputDevice, Role, Source};
use crate::mistake::Problem;

pub(super) fn button(raw: RawButton) -> Checked<Button> {
    require_label(&raw.label)?;
    let span = raw.label.span();
    let debounce = raw.debounce_ms.as_ref().map_or(Ok(DEBOUNCE), require_debounce)?;
    let source = match (raw.pin, raw.evdev) {
        (Some(pin), None) => gpio(pin, raw.active, raw.bias, span)?,
        (None, Some(key)) => evdev(key, raw.active.is_some() || raw.bias.is_some())?,
        (pin, _) => return Err(one_place(pin.as_ref(), span)),
    };
    Ok(Button { role: raw.role.into_inner(), label: raw.label.into_inner(), source, debounce })
}

fn gpio(
    pin: RawPin,
    active: Option<Active>,
    bias: Option<Bias>,
    owner: Range<usize>,
) -> Checked<Source> {
    let span = pin.span();
    let line = line(pin, owner)?;
    Ok(Source::Gpio {
        line,
        active: active.ok_or_else(|| missing(span.clone(), ACTIVE))?,
        bias: bias.ok_or_else(|| missing(span, BIAS))?,
    })
}

const ACTIVE: &str = "`active` is missing; write active = \"low\" if pressing connects the line to \
                      ground, \"high\" if to the supply";
const BIAS: &str = "`bias` is missing; write what the machine's own resistor has to do: \
                    \"pull-up\", \"pull-down\", \"off\" or \"as-is\"";

/// Neither has a default, because a wrong one would turn "released" into "pressed".
fn missing(span: Range<usize>, message: &str) -> Problem {
    Problem::new(span, message)
}

fn evdev(key: RawKey, has_level: bool) -> Checked<Source> {
    if has_level {
        return Err(Problem::at(
            &key.name,
            "the kernel knows the level of this key and its resistor; take `active` and `bias` out",
        ));
    }
    let code = require_code(&key.code)?;
    let device = InputDevice {
        name: require_device_name(&key.name)?,
        phys: require_device_phys(&key.phys)?,
    };
    Ok(Source::Evdev { device, code })
}

fn one_place(pin: Option<&RawPin>, label: Range<usize>) -> Problem {
    match pin {
        Some(pin) => Problem::new(
            pin.span(),
            "this button has both `pin` and `evdev`; take out the one that it is not",
        ),
        None => Problem::new(
            label,
            "this button is nowhere; say where by `pin`, or by `evdev` for a key of the kernel",
        ),
    }
}

pub(super) fn require_device_name(name: &Spanned<String>) -> Checked<String> {
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
pub(super) fn require_device_phys(phys: &Spanned<OneOrMore>) -> Checked<Vec<String>> {
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
            format!("\"{address}\" is a Bluetooth adapter; a key has to be on a cable"),
        )),
        None => Ok(places.clone()),
    }
}

fn require_code(code: &Spanned<String>) -> Checked<u16> {
    code::code(code.get_ref()).ok_or_else(|| {
        Problem::at(
            code,
            format!(
                "\"{}\" is no key; write what evtest prints: a name such as \"KEY_ENTER\", or the \
                 number",
                code.get_ref().escape_debug()
            ),
        )
    })
}

pub(super) fn reject_shared_roles(buttons: &[RawButton]) -> Checked<()> {
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
pub(super) fn require_both_directions(buttons: &[RawButton]) -> Checked<()> {
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

/// One press would be two presses.
pub(super) fn reject_shared_keys(raw: &RawBoard) -> Checked<()> {
    reject_second(&raw.buttons, |button, earlier| {
        let (key, other) = (button.evdev.as_ref()?, earlier.evdev.as_ref()?);
        let same = is_same_device(&key.name, &key.phys, &other.name, &other.phys);
        (same && key.code.get_ref() == other.code.get_ref()).then(|| {
            Problem::at(
                &key.code,
                format!(
                    "{} belongs to button \"{}\" already; look up the other button's key",
                    key.code.get_ref().escape_debug(),
                    earlier.label.get_ref().escape_debug()
                ),
            )
        })
    })
}

/// A keypad is had alone while digits are typed on it.
pub(super) fn reject_keys_of_keypad(raw: &RawBoard) -> Checked<()> {
    let Some((name, phys)) =
        raw.keypad.as_ref().and_then(|keypad| Some((keypad.name.as_ref()?, keypad.phys.as_ref()?)))
    else {
        return Ok(());
    };
    let keys = raw.buttons.iter().filter_map(|button| button.evdev.as_ref());
    match keys.into_iter().find(|key| is_same_device(&key.name, &key.phys, name, phys)) {
        Some(key) => Err(Problem::at(
            &key.name,
            "is the keypad, which says yes and no by keys of its own; take this button out",
        )),
        None => Ok(()),
    }
}

/// Some device could be both.
fn is_same_device(
    name: &Spanned<String>,
    phys: &Spanned<OneOrMore>,
    other_name: &Spanned<String>,
    other_phys: &Spanned<OneOrMore>,
) -> bool {
    let shares_place = phys.get_ref().0.iter().any(|place| other_phys.get_ref().0.contains(place));
    name.get_ref() == other_name.get_ref() && shares_place
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
