//! `pairpanel.toml`: which board is attached, and what its owner has decided.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use serde::Deserialize;

use crate::pairing::{AtStart, JustWorks, Policy};

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
    #[error("{}:{line}:{column}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// What is wrong.
        message: String,
    },
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
        let invalid = |start: usize, message: String| {
            let before = text.get(..start).unwrap_or(text);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let column = before[line_start..].chars().count() + 1;
            let line = before.matches('\n').count() + 1;
            ConfigError::Invalid { path: path.to_owned(), line, column, message }
        };
        let raw: RawConfig = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            invalid(start, error.message().replace('\n', " "))
        })?;
        let time = |key: &str, value: Option<toml::Spanned<u64>>, unit, range: (u64, u64), or| {
            let Some(value) = value else { return Ok(or) };
            let (low, high) = range;
            if (low..=high).contains(value.get_ref()) {
                return Ok(unit * u32::try_from(*value.get_ref()).unwrap_or(u32::MAX));
            }
            let number = value.get_ref();
            let message = format!("{key} = {number}; it must be {low} to {high}");
            Err(invalid(value.span().start, message))
        };
        let (second, ms) = (Duration::from_secs(1), Duration::from_millis(1));
        let default = Policy::default();
        let policy = Policy {
            just_works: raw.just_works,
            // Longer than the kernel waits on LE, a prompt could be accepted in vain.
            prompt: time("prompt-seconds", raw.prompt_seconds, second, (5, 28), default.prompt)?,
            hold: time("hold-ms", raw.hold_ms, ms, (0, 5000), default.hold)?,
            arm: time("arm-ms", raw.arm_ms, ms, (200, 5000), default.arm)?,
            window: time("window-seconds", raw.window_seconds, second, (10, 3600), default.window)?,
            window_at_start: raw.window_at_start.unwrap_or_default(),
        };
        Ok(Self { board: raw.board, policy })
    }
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
        let default = Policy { just_works: Some(JustWorks::Confirm), ..Policy::default() };
        assert_eq!(config.policy, default);
    }

    #[test]
    fn a_bad_file_is_refused_at_its_place() {
        let cases = [
            ("hold-ms = 9000", "c.toml:1:11: hold-ms = 9000; it must be 0 to 5000"),
            ("\nprompt-seconds = 60", "c.toml:2:18: prompt-seconds = 60; it must be 5 to 28"),
            ("just-works = \"yes\"", "c.toml:1:14: unknown variant `yes`, expected one of"),
            ("wndow-seconds = 1", "c.toml:1:1: unknown field `wndow-seconds`, expected one of"),
            ("board = 7", "c.toml:1:9: invalid type: integer `7`, expected a string"),
            ("board = \"x", "c.toml:1:11: invalid basic string"),
        ];
        for (text, expected) in cases {
            let error = Config::parse(Path::new("c.toml"), text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}: {error}");
        }
    }
}
