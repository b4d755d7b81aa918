//! The rules of `[led]`: one rule, one function, one file under `tests/boards/bad/`.

use toml::Spanned;

use super::check::Checked;
use super::one::One;
use super::pin::line;
use super::raw::{RawLed, RawPin};
use super::{Active, Led};
use crate::mistake::Problem;

pub(super) fn led(raw: Spanned<One<RawLed>>) -> Checked<Led> {
    let span = raw.span();
    match raw.into_inner().0 {
        RawLed { sysfs: Some(sysfs), pin, active } => {
            reject_line(pin.as_ref(), active.as_ref())?;
            Ok(Led::Class(require_class_name(sysfs)?))
        }
        RawLed { sysfs: None, pin: Some(pin), active } => {
            let active = require_active(&pin, active.as_ref())?;
            Ok(Led::Gpio { line: line(pin, span)?, active })
        }
        RawLed { sysfs: None, pin: None, .. } => Err(Problem::new(
            span,
            "does not say where the lamp is; write sysfs = \"NAME\" of /sys/class/leds, or its `pin`",
        )),
    }
}

fn reject_line(pin: Option<&RawPin>, active: Option<&Spanned<String>>) -> Checked<()> {
    match pin.map(RawPin::first).or(active.map(Spanned::span)) {
        Some(span) => {
            Err(Problem::new(span, "is for a lamp on a GPIO line; take this or `sysfs` out"))
        }
        None => Ok(()),
    }
}

fn require_class_name(name: Spanned<String>) -> Checked<String> {
    let text = name.get_ref();
    if text.trim().is_empty() || text.contains('/') || text.starts_with('.') {
        return Err(Problem::at(
            &name,
            "must be the name of a directory in /sys/class/leds, without a path",
        ));
    }
    Ok(name.into_inner())
}

/// Has no default, as that of a button has none: a lamp the wrong way round says the opposite.
fn require_active(pin: &RawPin, active: Option<&Spanned<String>>) -> Checked<Active> {
    let Some(active) = active else {
        return Err(Problem::new(
            pin.span(),
            "a lamp on a line needs `active`; write active = \"high\" if a high level lights it, \
             \"low\" if a low one does",
        ));
    };
    match active.get_ref().as_str() {
        "low" => Ok(Active::Low),
        "high" => Ok(Active::High),
        other => Err(Problem::at(
            active,
            format!("\"{}\" is not known; write \"low\" or \"high\"", other.escape_debug()),
        )),
    }
}
