//! A profile exactly as its file spells it: types for serde and nothing else.
//!
//! `Spanned` marks what `check.rs` may have to point at. Numbers are wider than what they may
//! hold, so that a value out of range meets our message and not the parser's.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, SeqAccess, Visitor};
use toml::Spanned;

use super::buzzer::{BUZZER, RawBuzzer};
use super::display::RawDisplay;
use super::nfc::RawNfc;
use super::one::{One, Section};
use super::{Active, Bias, Confidence, Role};

/// The one key that every schema has; read before the others, which may be from the future.
#[derive(Debug, Deserialize)]
pub(super) struct RawSchema {
    pub(super) schema: Spanned<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawBoard {
    #[serde(rename = "schema")]
    pub(super) _schema: i64,
    pub(super) name: Spanned<String>,
    pub(super) confidence: Confidence,
    pub(super) sources: Spanned<Vec<String>>,
    pub(super) hosts: Option<Spanned<OneOrMore>>,
    pub(super) at_most: Option<Spanned<String>>,
    pub(super) display: Option<RawDisplay>,
    #[serde(default, rename = "button")]
    pub(super) buttons: Vec<RawButton>,
    pub(super) keypad: Option<RawKeypad>,
    pub(super) led: Option<Spanned<One<RawLed>>>,
    pub(super) buzzer: Option<Spanned<One<RawBuzzer>>>,
    pub(super) nfc: Option<One<RawNfc>>,
    pub(super) detect: Option<RawDetect>,
}

impl RawBoard {
    /// Every pin that the profile names, with what is wired to it.
    pub(super) fn pins(&self) -> Vec<(&RawPin, String)> {
        let button =
            |button: &'_ RawButton| format!("button \"{}\"", button.label.get_ref().escape_debug());
        let buttons = self.buttons.iter().filter_map(|b| Some((b.pin.as_ref()?, button(b))));
        let rows = self.keypad.iter().flat_map(|keypad| &keypad.rows);
        let cols = self.keypad.iter().flat_map(|keypad| &keypad.cols);
        let led = self.led.iter().filter_map(|led| led.get_ref().0.pin.as_ref());
        let rows = rows.map(|pin| (pin, "a row of the keypad".to_owned()));
        let cols = cols.map(|pin| (pin, "a column of the keypad".to_owned()));
        let led = led.map(|pin| (pin, "the lamp".to_owned()));
        let buzzer = self.buzzer.iter().filter_map(|buzzer| buzzer.get_ref().0.pin.as_ref());
        let buzzer = buzzer.map(|pin| (pin, BUZZER.to_owned()));
        let display = self.display.iter().flat_map(RawDisplay::pins);
        buttons.chain(rows).chain(cols).chain(led).chain(buzzer).chain(display).collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDetect {
    pub(super) hat: Vec<RawHat>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawHat {
    pub(super) vendor: Spanned<String>,
    pub(super) product: Option<Spanned<String>>,
    pub(super) product_id: Option<Spanned<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawButton {
    pub(super) role: Spanned<Role>,
    pub(super) label: Spanned<String>,
    pub(super) pin: Option<RawPin>,
    pub(super) active: Option<Active>,
    pub(super) bias: Option<Bias>,
    pub(super) evdev: Option<RawKey>,
    pub(super) debounce_ms: Option<Spanned<i64>>,
}

/// A key of one of the kernel's input devices.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKey {
    pub(super) name: Spanned<String>,
    pub(super) phys: Spanned<OneOrMore>,
    pub(super) code: Spanned<String>,
}

/// The keys of both kinds, because serde's tagged enums lose the spans; which ones belong together
/// is for `keypad.rs` to say. Each further type of a field costs some 10 kB of code, so texts are
/// texts here, whatever they stand for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawKeypad {
    pub(super) kind: Spanned<String>,
    pub(super) name: Option<Spanned<String>>,
    pub(super) phys: Option<Spanned<OneOrMore>>,
    #[serde(default)]
    pub(super) rows: Vec<RawPin>,
    #[serde(default)]
    pub(super) cols: Vec<RawPin>,
    pub(super) keymap: Option<Spanned<OneOrMore>>,
    pub(super) bias: Option<Spanned<String>>,
    pub(super) enter: Option<Spanned<String>>,
    pub(super) erase: Option<Spanned<String>>,
    pub(super) escape: Option<Spanned<String>>,
    pub(super) debounce_ms: Option<Spanned<i64>>,
}

/// The keys of both kinds, as above.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLed {
    pub(super) sysfs: Option<Spanned<String>>,
    pub(super) pin: Option<RawPin>,
    pub(super) active: Option<Spanned<String>>,
}

impl Section for RawLed {
    const NAME: &'static str = "[led]";
}

/// The keys of both ways to say where a line is, as above.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPin {
    pub(super) header: Option<Spanned<i64>>,
    pub(super) chip: Option<Spanned<OneOrMore>>,
    pub(super) offset: Option<Spanned<i64>>,
    pub(super) name: Option<Spanned<OneOrMore>>,
}

impl RawPin {
    /// Where its number is, or else what there is of it.
    pub(super) fn span(&self) -> Range<usize> {
        let number = self.header.as_ref().or(self.offset.as_ref()).map(Spanned::span);
        let text = self.chip.as_ref().or(self.name.as_ref()).map(Spanned::span);
        number.or(text).unwrap_or_default()
    }

    /// Where its chip is, or else its number.
    pub(super) fn first(&self) -> Range<usize> {
        self.chip.as_ref().map_or_else(|| self.span(), Spanned::span)
    }

    /// What errors call it.
    pub(super) fn what(&self) -> String {
        match (&self.header, &self.offset) {
            (Some(header), _) => format!("header pin {}", header.get_ref()),
            (None, Some(offset)) => format!("line {}", offset.get_ref()),
            (None, None) => "the line".to_owned(),
        }
    }
}

/// `"a"` or `["a", "b"]`.
#[derive(Clone, Debug)]
pub(super) struct OneOrMore(pub(super) Vec<String>);

// By hand: serde's `untagged` loses the spans and says only that no variant matched.

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;

        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = OneOrMore;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, name: &str) -> Result<OneOrMore, E> {
                Ok(OneOrMore(vec![name.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMore, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMore)
            }
        }

        deserializer.deserialize_any(NamesVisitor)
    }
}
