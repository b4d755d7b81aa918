//! `pairpanel.toml` and its drop-ins: which board is attached, and what its owner has decided.

mod raw;

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use self::raw::{LegacyPin, RawConfig};
use crate::display::draw::Language;
use crate::mistake::{Mistake, Problem};
use crate::pairing::{Policy, Service};

/// Where the configuration is looked for when none is named.
pub const DEFAULT_PATH: &str = "/etc/pairpanel/pairpanel.toml";
/// After how many seconds an idle panel may be made dark.
const DARKNESS: (u32, u32) = (0, 86_400);

/// A checked configuration. A missing file is one without any key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The board profile, by name or path.
    pub board: Option<String>,
    /// The language of the words on the display.
    pub language: Language,
    /// The rules of pairing.
    pub policy: Policy,
    /// The files that it was read from, in this order.
    pub files: Vec<PathBuf>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file, or the directory of drop-ins, cannot be read.
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

impl Config {
    /// Reads the file at `path`; with `None` the default one, which may be missing. Then come the
    /// drop-ins: `NAME.d/*.toml` beside `NAME.toml`, in the order of their names and without those
    /// that begin with a dot. What a later file says replaces what an earlier one said of the same
    /// key.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if one of them cannot be read or is not valid.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let file = path.unwrap_or(Path::new(DEFAULT_PATH));
        let mut config = Self::default();
        match read(file) {
            Ok(text) => config.add(file, &text)?,
            Err(error) if path.is_none() && error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ConfigError::ReadFailed { path: file.to_owned(), source }),
        }
        for path in drop_ins(file)? {
            match read(&path) {
                Ok(text) => config.add(&path, &text)?,
                Err(source) => return Err(ConfigError::ReadFailed { path, source }),
            }
        }
        Ok(config)
    }

    /// Parses `text`, the contents of `path`, without its drop-ins.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Invalid`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        config.add(path, text)?;
        Ok(config)
    }

    /// Replaces what `text`, the contents of `path`, has keys for.
    pub(crate) fn add(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let locate = |problem: Problem| problem.locate(&path.to_string_lossy(), text);
        let raw: RawConfig = toml::from_str(text).map_err(|error| locate(error.into()))?;
        self.apply(raw).map_err(locate)?;
        self.files.push(path.to_owned());
        Ok(())
    }

    fn apply(&mut self, raw: RawConfig) -> Result<(), Problem> {
        let policy = &mut self.policy;
        let (second, ms) = (Duration::from_secs(1), Duration::from_millis(1));
        // Longer than the kernel waits on LE, a prompt could be accepted in vain.
        set(&mut policy.prompt, time(raw.prompt_seconds, second, (5, 28))?);
        set(&mut policy.hold, time(raw.hold_ms, ms, (0, 5000))?);
        set(&mut policy.arm, time(raw.arm_ms, ms, (200, 5000))?);
        set(&mut policy.window, time(raw.window_seconds, second, (10, 3600))?);
        set(&mut policy.window_at_start, raw.window_at_start);
        set(&mut policy.window_bonds, number(raw.window_bonds, (0, 100))?);
        set(&mut policy.advertise, raw.advertise);
        set(&mut policy.adapters, raw.adapter.map(raw::Adapters::checked).transpose()?);
        set(&mut policy.legacy_pin, raw.legacy_pin.map(|rule| matches!(rule, LegacyPin::Allow)));
        set(&mut policy.bond_limit, number(raw.bond_limit, (0, 1000))?);
        set(&mut policy.when_full, raw.when_full);
        set(&mut policy.trust, raw.trust_after_pairing);
        set(&mut policy.unknown_bonds, raw.unknown_pairings);
        set(&mut policy.pause_after, number(raw.pause_after, (0, 100))?);
        set(&mut policy.pause, time(raw.pause_seconds, second, (5, 3600))?);
        set(&mut policy.reclaim, raw.agent.reclaim);
        set(&mut policy.dim_after, time(raw.dim_after_seconds, second, DARKNESS)?);
        set(&mut policy.off_after, time(raw.off_after_seconds, second, DARKNESS)?);
        set(&mut policy.sound, raw.sound);
        set(&mut policy.prompt_command, raw.prompt_command);
        set(&mut policy.out_of_band, raw.out_of_band);
        set(&mut policy.allow.addresses, raw.allow.addresses.map(raw::addresses).transpose()?);
        set(&mut policy.allow.names, raw.allow.names.map(raw::patterns).transpose()?);
        policy.just_works = raw.just_works.or(policy.just_works);
        for (name, rule) in raw.services {
            let Some(service) = Service::named(name.get_ref()) else {
                let known = Service::ALL.map(|service| service.name).join(", ");
                let message = format!("no service has that name; write one of {known}");
                return Err(Problem::at(&name, message));
            };
            policy.services.insert(service.name, rule);
        }
        self.board = raw.board.or(self.board.take());
        set(&mut self.language, raw.language);
        Ok(())
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn number(
    value: Option<toml::Spanned<u64>>,
    (low, high): (u32, u32),
) -> Result<Option<u32>, Problem> {
    let Some(value) = value else { return Ok(None) };
    match u32::try_from(*value.get_ref()) {
        Ok(number) if (low..=high).contains(&number) => Ok(Some(number)),
        _ => {
            let message = format!("{} is not {low} to {high}", value.get_ref());
            Err(Problem::at(&value, message))
        }
    }
}

fn time(
    value: Option<toml::Spanned<u64>>,
    unit: Duration,
    range: (u32, u32),
) -> Result<Option<Duration>, Problem> {
    Ok(number(value, range)?.map(|number| unit * number))
}

/// The text of a file, and of nothing else: what is no file may never end.
fn read(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    fs::read_to_string(path)
}

/// The drop-ins beside `file`, in the order of their names.
fn drop_ins(file: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    use io::ErrorKind::{NotADirectory, NotFound};

    let directory = file.with_extension("d");
    let failed = |source| ConfigError::ReadFailed { path: directory.clone(), source };
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
        if !hidden && path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
