//! The rules of `[buzzer]`: one rule, one function, one file under `tests/boards/bad/`.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::check::Checked;
use super::one::{One, Section};
use super::pin::line;
use super::raw::RawPin;
use super::{Active, Line};
use crate::mistake::Problem;

/// A buzzer that says what the panel does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buzzer {
    /// The line that it is on, which is driven.
    pub line: Line,
    /// The level that it makes a noise at, or that lets current through it.
    pub active: Active,
    /// What makes its tone.
    pub kind: BuzzerKind,
}

/// What makes the tone of a buzzer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuzzerKind {
    /// It does so itself, for as long as it is on.
    Active,
    /// The machine, by switching it on and off some hundred times a second: a piezo disc, or a small
    /// loudspeaker.
    Tone,
}

/// `[buzzer]` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBuzzer {
    /// Where it is, if that is written.
    pub(super) pin: Option<RawPin>,
    active: Option<Active>,
    kind: Option<BuzzerKind>,
}

impl Section for RawBuzzer {
    const NAME: &'static str = "[buzzer]";
}

/// What errors call it.
pub(super) const BUZZER: &str = "the buzzer";

pub(super) fn buzzer(raw: Spanned<One<RawBuzzer>>) -> Checked<Buzzer> {
    let span = raw.span();
    let RawBuzzer { pin, active, kind } = raw.into_inner().0;
    let owner = span.clone();
    let pin = require(pin, &span, "a buzzer needs `pin`; write which line it is on")?;
    // No default, as that of a button has none: a buzzer the wrong way round never stops.
    let active = require(
        active,
        &span,
        "a buzzer needs `active`; write active = \"high\" if a high level switches it on, \"low\" if a \
         low one does",
    )?;
    let kind = require(
        kind,
        &span,
        "a buzzer needs `kind`; write kind = \"active\" if it has a tone of its own, \"tone\" if the \
         machine has to make one",
    )?;
    Ok(Buzzer { line: line(pin, owner)?, active, kind })
}

fn require<T>(value: Option<T>, table: &Range<usize>, missing: &str) -> Checked<T> {
    value.ok_or_else(|| Problem::new(table.clone(), missing))
}
