//! The rules of `[buzzer]`: one rule, one function, one file under `tests/boards/bad/`.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::check::Checked;
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
    pin: Option<RawPin>,
    active: Option<Active>,
    kind: Option<BuzzerKind>,
}

/// What errors call it.
pub(super) const BUZZER: &str = "the buzzer";

/// A table, and not one of a list: a derived table takes a list for its values.
#[derive(Debug)]
pub(super) struct OneBuzzer(RawBuzzer);

impl OneBuzzer {
    /// Where it is, if that is written.
    pub(super) fn pin(&self) -> Option<&RawPin> {
        self.0.pin.as_ref()
    }
}

impl<'de> Deserialize<'de> for OneBuzzer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BuzzerVisitor;

        impl<'de> Visitor<'de> for BuzzerVisitor {
            type Value = OneBuzzer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one table, [buzzer]")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneBuzzer, A::Error> {
                RawBuzzer::deserialize(MapAccessDeserializer::new(map)).map(OneBuzzer)
            }
        }

        deserializer.deserialize_map(BuzzerVisitor)
    }
}

pub(super) fn buzzer(raw: Spanned<OneBuzzer>) -> Checked<Buzzer> {
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
