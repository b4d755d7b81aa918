//! The configuration as it is written; `dist/pairpanel.toml` explains the keys.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use toml::Spanned;

use crate::bluez::pair::Address;
use crate::display::draw::Language;
use crate::mistake::Problem;
use crate::pairing::{AtStart, JustWorks, ServiceRule, Trust, UnknownBonds, WhenFull};

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawConfig {
    pub(super) board: Option<String>,
    pub(super) language: Option<Language>,
    pub(super) just_works: Option<JustWorks>,
    pub(super) prompt_seconds: Option<Spanned<u64>>,
    pub(super) hold_ms: Option<Spanned<u64>>,
    pub(super) arm_ms: Option<Spanned<u64>>,
    pub(super) window_seconds: Option<Spanned<u64>>,
    pub(super) window_at_start: Option<AtStart>,
    pub(super) window_bonds: Option<Spanned<u64>>,
    pub(super) advertise: Option<bool>,
    pub(super) adapter: Option<Spanned<Adapters>>,
    pub(super) legacy_pin: Option<LegacyPin>,
    pub(super) bond_limit: Option<Spanned<u64>>,
    pub(super) when_full: Option<WhenFull>,
    pub(super) trust_after_pairing: Option<Trust>,
    pub(super) unknown_pairings: Option<UnknownBonds>,
    pub(super) pause_after: Option<Spanned<u64>>,
    pub(super) pause_seconds: Option<Spanned<u64>>,
    pub(super) dim_after_seconds: Option<Spanned<u64>>,
    pub(super) off_after_seconds: Option<Spanned<u64>>,
    pub(super) sound: Option<bool>,
    pub(super) prompt_command: Option<bool>,
    pub(super) out_of_band: Option<bool>,
    #[serde(default)]
    pub(super) allow: RawAllow,
    #[serde(default)]
    pub(super) agent: RawAgent,
    #[serde(default)]
    pub(super) services: BTreeMap<Spanned<String>, ServiceRule>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LegacyPin {
    Allow,
    Reject,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAllow {
    pub(super) addresses: Option<Vec<Spanned<String>>>,
    pub(super) names: Option<Vec<Spanned<String>>>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAgent {
    pub(super) reclaim: Option<bool>,
}

/// `"all"`, one adapter, or a list of them.
#[derive(Debug)]
pub(super) enum Adapters {
    One(String),
    Several(Vec<Spanned<String>>),
}

impl Adapters {
    /// The adapters, none for all of them.
    pub(super) fn checked(written: Spanned<Self>) -> Result<Vec<String>, Problem> {
        let span = written.span();
        match written.into_inner() {
            Self::One(name) if name == "all" => Ok(Vec::new()),
            Self::One(name) => match adapter(&name) {
                Some(name) => Ok(vec![name]),
                None => Err(Problem::new(span, no_adapter(&name))),
            },
            Self::Several(names) if names.is_empty() => {
                Err(Problem::new(span, "no adapter is named; write \"all\", or name one"))
            }
            Self::Several(names) => {
                let check = |name: Spanned<String>| match adapter(name.get_ref()) {
                    Some(checked) => Ok(checked),
                    None => Err(Problem::at(&name, no_adapter(name.get_ref()))),
                };
                names.into_iter().map(check).collect()
            }
        }
    }
}

fn adapter(name: &str) -> Option<String> {
    let number = name.strip_prefix("hci").unwrap_or_default();
    if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Some(name.to_owned());
    }
    name.parse::<Address>().ok().map(|address| address.to_string())
}

fn no_adapter(name: &str) -> String {
    format!("{name:?} is no adapter; write \"all\", a name as \"hci0\", or its address")
}

impl<'de> Deserialize<'de> for Adapters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Adapters;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"all\", an adapter, or a list of adapters")
            }

            fn visit_str<E>(self, name: &str) -> Result<Adapters, E> {
                Ok(Adapters::One(name.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Adapters, A::Error> {
                let mut several = Vec::new();
                while let Some(name) = names.next_element()? {
                    several.push(name);
                }
                Ok(Adapters::Several(several))
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}

/// Addresses in upper case, as BlueZ writes them.
pub(super) fn addresses(written: Vec<Spanned<String>>) -> Result<Vec<String>, Problem> {
    let check = |text: Spanned<String>| match text.get_ref().parse::<Address>() {
        Ok(address) => Ok(address.to_string()),
        Err(error) => Err(Problem::at(&text, format!("{:?} is {error}", text.get_ref()))),
    };
    written.into_iter().map(check).collect()
}

/// Names in which `*` stands for any text.
pub(super) fn patterns(written: Vec<Spanned<String>>) -> Result<Vec<String>, Problem> {
    let check = |text: Spanned<String>| {
        if text.get_ref().trim().is_empty() {
            let message = "an empty name fits no device; write one, or \"*\" for every name";
            return Err(Problem::at(&text, message));
        }
        Ok(text.into_inner())
    };
    written.into_iter().map(check).collect()
}
