//! `pairpanel.toml`: which board is attached, and what its owner has decided.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use serde::Deserialize;

use crate::mistake::{Mistake, Problem};
use crate::pairing::{AtStart, JustWorks, Policy, Service, ServiceRule};

/// Where the configuration is looked for when none is named.
pub const DEFAULT_PATH: &str = "/etc/pairpanel/pairpanel.toml";

/// A checked configuration. A missing file is one without any key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The board profile, by name or path.
    pub board: Option<String>,
    /// The rules of pairing.
    pub policy: Policy,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}; check the path and its permissions", path.display())]
    ReadFailed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not TOML, or has a key or value that means nothing.
    #[error(transparent)]
    Invalid(#[from] Mistake),
}

/// The file as it is written; `dist/pairpanel.toml` explains the keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawConfig {
    board: Option<String>,
    just_works: Option<JustWorks>,
    prompt_seconds: Option<toml::Spanned<u64>>,
    hold_ms: Option<toml::Spanned<u64>>,
    arm_ms: Option<toml::Spanned<u64>>,
    window_seconds: Option<toml::Spanned<u64>>,
    window_at_start: Option<AtStart>,
    legacy_pin: Option<LegacyPin>,
    #[serde(default)]
    services: BTreeMap<toml::Spanned<String>, ServiceRule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LegacyPin {
    Allow,
    Reject,
}

impl Config {
    /// Reads the file at `path`; with `None` the default one, which may be missing.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it cannot be read or is not valid.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let file = path.unwrap_or(Path::new(DEFAULT_PATH));
        match fs::read_to_string(file) {
            Ok(text) => Self::parse(file, &text),
            Err(error) if path.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(source) => Err(ConfigError::ReadFailed { path: file.to_owned(), source }),
        }
    }

    /// Parses `text`, the contents of `path`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Invalid`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file = path.to_string_lossy();
        let locate = |problem: Problem| problem.locate(&file, text);
        let raw: RawConfig = toml::from_str(text).map_err(|error| locate(error.into()))?;
        let time = |value: Option<toml::Spanned<u64>>, unit: Duration, range: (u64, u64), or| {
            let Some(value) = value else { return Ok(or) };
            let (low, high) = range;
            match u32::try_from(*value.get_ref()) {
                Ok(number) if (low..=high).contains(&number.into()) => Ok(unit * number),
                _ => {
                    let message = format!("{} is not {low} to {high}", value.get_ref());
                    Err(locate(Problem::at(&value, message)))
                }
            }
        };
        let (second, ms) = (Duration::from_secs(1), Duration::from_millis(1));
        let default = Policy::default();
        let policy = Policy {
            just_works: raw.just_works,
            // Longer than the kernel waits on LE, a prompt could be accepted in vain.
            prompt: time(raw.prompt_seconds, second, (5, 28), default.prompt)?,
            hold: time(raw.hold_ms, ms, (0, 5000), default.hold)?,
            arm: time(raw.arm_ms, ms, (200, 5000), default.arm)?,
            window: time(raw.window_seconds, second, (10, 3600), default.window)?,
            window_at_start: raw.window_at_start.unwrap_or_default(),
            legacy_pin: !matches!(raw.legacy_pin, Some(LegacyPin::Reject)),
            services: services(raw.services).map_err(locate)?,
            ..default
        };
        Ok(Self { board: raw.board, policy })
    }
}

fn services(
    raw: BTreeMap<toml::Spanned<String>, ServiceRule>,
) -> Result<BTreeMap<&'static str, ServiceRule>, Problem> {
    let named = |(name, rule): (toml::Spanned<String>, _)| match Service::named(name.get_ref()) {
        Some(service) => Ok((service.name, rule)),
        None => {
            let known = Service::ALL.map(|service| service.name).join(", ");
            Err(Problem::at(&name, format!("no service has that name; write one of {known}")))
        }
    };
    raw.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_says_what_the_defaults_are() {
        let shipped = include_str!("../dist/pairpanel.toml");
        let path = Path::new("pairpanel.toml");
        assert_eq!(Config::parse(path, shipped).unwrap(), Config::default());
        let spelled_out: String = shipped
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')))
            .filter(|line| !line.starts_with("board"))
            .map(|line| format!("{line}\n"))
            .collect();
        let config = Config::parse(path, &spelled_out).unwrap();
        for (name, rule) in &config.policy.services {
            let service = Service::named(name).unwrap();
            assert_eq!(*rule, ServiceRule::default_for(&service), "{name}");
        }
        let default = Policy {
            just_works: Some(JustWorks::Confirm),
            services: config.policy.services.clone(),
            ..Policy::default()
        };
        assert_eq!(config.policy, default);
    }

    #[test]
    fn a_bad_file_is_refused_at_its_place() {
        let cases = [
            ("hold-ms = 9000", "c.toml:1:11: hold-ms: 9000 is not 0 to 5000\n"),
            ("\nprompt-seconds = 60", "c.toml:2:18: prompt-seconds: 60 is not 5 to 28\n"),
            ("just-works = \"yes\"", "c.toml:1:14: just-works: \"yes\" is not known; write "),
            ("hold-mss = 1", "c.toml:1:1: hold-mss: there is no key `hold-mss` here; did you"),
            ("legacy-pin = \"no\"", "c.toml:1:14: legacy-pin: \"no\" is not known; write "),
            (
                "[services]\nfax = \"once\"",
                "c.toml:2:1: services.fax: no service has that name; write ",
            ),
            ("[services]\ninput = \"yes\"", "c.toml:2:9: services.input: \"yes\" is not known"),
            ("board = 7", "c.toml:1:9: board: this is integer `7`; write a text in quotes"),
            ("board = \"x", "c.toml:1:11: "),
        ];
        for (text, expected) in cases {
            let error = Config::parse(Path::new("c.toml"), text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}: {error}");
        }
    }
}
