//! A LED class device of the kernel (Documentation/ABI/testing/sysfs-class-led).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::LedError;

/// A directory with the files `trigger`, `brightness` and `max_brightness`.
pub(super) struct ClassLed {
    directory: PathBuf,
    /// What there was before, while the LED is ours.
    taken: Option<Taken>,
}

struct Taken {
    /// What drove it; `None` if nothing did, or the kernel has no triggers.
    trigger: Option<String>,
    brightness: String,
    /// How bright it can be.
    most: String,
}

impl ClassLed {
    /// The LED `name` of `class`, which is not touched yet.
    pub(super) fn new(class: &Path, name: &str) -> Self {
        Self { directory: class.join(name), taken: None }
    }

    /// Takes the LED if it is not ours yet, and switches it.
    ///
    /// # Errors
    ///
    /// [`LedError`]; then the LED is not ours, and has its trigger again if that could be done.
    pub(super) fn set(&mut self, on: bool) -> Result<(), LedError> {
        let set = self.take().and_then(|most| {
            let brightness = if on { most.as_str() } else { "0" };
            self.write("brightness", brightness)
        });
        if set.is_err() {
            // That this fails, too, is nothing new.
            let _ = self.give_back();
        }
        set
    }

    /// Gives the LED back to its trigger, or its brightness if it had none.
    ///
    /// # Errors
    ///
    /// [`LedError`]; then it stays as it is.
    pub(super) fn give_back(&mut self) -> Result<(), LedError> {
        match self.taken.take() {
            Some(Taken { trigger: Some(trigger), .. }) => self.write("trigger", &trigger),
            Some(Taken { brightness, .. }) => self.write("brightness", &brightness),
            None => Ok(()),
        }
    }

    /// Takes the LED from its trigger; gives how bright it can be.
    fn take(&mut self) -> Result<String, LedError> {
        if let Some(taken) = &self.taken {
            return Ok(taken.most.clone());
        }
        let most = self.read("max_brightness").map_err(|error| match error {
            LedError::Failed { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                self.no_such_led()
            }
            other => other,
        })?;
        let trigger = match self.read("trigger") {
            Ok(list) => chosen(&list),
            Err(LedError::Failed { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                None
            }
            Err(error) => return Err(error),
        };
        let brightness = self.read("brightness")?;
        if trigger.is_some() {
            self.write("trigger", "none")?;
        }
        self.taken = Some(Taken { trigger, brightness, most: most.clone() });
        Ok(most)
    }

    fn read(&self, file: &str) -> Result<String, LedError> {
        let path = self.directory.join(file);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(source) => Err(LedError::Failed { path, source }),
        }
    }

    fn write(&self, file: &str, text: &str) -> Result<(), LedError> {
        let path = self.directory.join(file);
        // Not made if it is not there, so that the kernel says that it is not.
        let open = || File::options().write(true).truncate(true).open(&path);
        open().and_then(|mut file| file.write_all(text.as_bytes())).map_err(|source| {
            match source.kind() {
                io::ErrorKind::PermissionDenied => LedError::Denied { path },
                io::ErrorKind::ReadOnlyFilesystem => LedError::ReadOnly { path },
                _ => LedError::Failed { path, source },
            }
        })
    }

    fn no_such_led(&self) -> LedError {
        let class = self.directory.parent().unwrap_or(&self.directory);
        let mut names: Vec<String> = fs::read_dir(class)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        let present = if names.is_empty() {
            "and there is no other one".to_owned()
        } else {
            format!("only {}", names.join(", "))
        };
        let wanted = self.directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        LedError::NoSuchLed { wanted, present }
    }
}

/// The trigger in brackets, of all there are; `None` if that is `none`.
fn chosen(triggers: &str) -> Option<String> {
    let trigger = triggers.split_whitespace().find_map(|t| t.strip_prefix('[')?.strip_suffix(']'));
    trigger.filter(|trigger| *trigger != "none").map(str::to_owned)
}
