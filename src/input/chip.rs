//! GPIO chips, and what goes for every request of their lines.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

use gpio_cdev::{Chip, Line as CdevLine, LineHandle, LineRequestFlags};

use super::GpioError;
use super::error::{Answer, answer};
use super::resolve::{ChipInfo, HeldLine, check_name, find_chip};
use crate::board::{Active, Bias, Line};

/// Who holds the line, as `gpioinfo` shows it.
pub(crate) const CONSUMER: &str = "pairpanel";

/// Bias flags of a version 1 request (Linux 5.5, include/uapi/linux/gpio.h), which gpio-cdev 0.6
/// has no names for.
const PULL_UP: u32 = 1 << 5;
const PULL_DOWN: u32 = 1 << 6;
const BIAS_DISABLE: u32 = 1 << 7;

/// Finds a line of the profile and opens its chip.
///
/// # Errors
///
/// [`GpioError`] if there is no such chip or line, or the chip may not be opened.
pub(super) fn chip_of(line: &Line) -> Result<Found, GpioError> {
    let chips = chips()?;
    let (info, offset) = find_chip(line, &chips)?;
    let chip = open_chip(&info.path)?;
    let warning = check_name(line, info, &line_names(&chip, info)?)?;
    Ok(Found { chip, label: info.label.clone(), offset, warning })
}

/// Where a line is.
pub(super) struct Found {
    pub(super) chip: Chip,
    pub(super) label: String,
    /// Its number on the chip.
    pub(super) offset: u32,
    /// One line about something odd with it that does not keep it from working.
    pub(super) warning: Option<String>,
}

impl Found {
    /// What errors call the line.
    pub(super) fn name(&self) -> String {
        format!("line {} of {}", self.offset, self.label)
    }
}

/// Requests a line that is driven from now on, for something that is off at first; with one line
/// about something odd with it. 1 is on, whatever level that is.
///
/// # Errors
///
/// [`GpioError`] if there is no such line, or it is not to be had.
pub(crate) fn drive(
    line: &Line,
    active: Active,
) -> Result<(LineHandle, Option<String>), GpioError> {
    let mut found = chip_of(line)?;
    let name = found.name();
    let line = found.chip.get_line(found.offset).map_err(|error| GpioError::Failed {
        line: name.clone(),
        step: "finding it",
        reason: error.to_string(),
    })?;
    let mut flags = LineRequestFlags::OUTPUT;
    if active == Active::Low {
        flags |= LineRequestFlags::ACTIVE_LOW;
    }
    let handle = line
        .request(flags, 0, CONSUMER)
        .map_err(|error| refused(name, &line, Bias::AsIs, "requesting it", &error))?;
    Ok((handle, found.warning))
}

/// Why the kernel refuses the request of `line`, which `name` stands for.
pub(super) fn refused(
    name: String,
    line: &CdevLine,
    bias: Bias,
    step: &'static str,
    error: &gpio_cdev::Error,
) -> GpioError {
    match answer(error) {
        Answer::Busy => GpioError::Busy { line: name, consumer: consumer(line) },
        // The interface answered the question for names, so it is the bias that is new.
        Answer::Unknown if bias != Bias::AsIs => {
            GpioError::NoBias { line: name, bias: bias_name(bias) }
        }
        _ => GpioError::Failed { line: name, step, reason: error.to_string() },
    }
}

/// The flags of a request with this bias added.
pub(super) fn with_bias(flags: LineRequestFlags, bias: Bias) -> LineRequestFlags {
    let bias = match bias {
        Bias::PullUp => PULL_UP,
        Bias::PullDown => PULL_DOWN,
        Bias::Off => BIAS_DISABLE,
        Bias::AsIs => 0,
    };
    LineRequestFlags::from_bits_retain(flags.bits() | bias)
}

fn bias_name(bias: Bias) -> &'static str {
    match bias {
        Bias::PullUp => "pull-up",
        Bias::PullDown => "pull-down",
        Bias::Off => "off",
        Bias::AsIs => "as-is",
    }
}

fn consumer(line: &CdevLine) -> String {
    let info = line.info().ok();
    match info.as_ref().and_then(|info| info.consumer()) {
        Some(CONSUMER) => "another pairpanel".to_owned(),
        Some(consumer) => format!("\"{}\"", consumer.escape_debug()),
        None => "the kernel".to_owned(),
    }
}

/// All chips, each once: some images link old numbers to new ones. Those that may not be opened
/// are left out if another one may.
fn chips() -> Result<Vec<ChipInfo>, GpioError> {
    let mut seen = HashSet::new();
    let mut chips = Vec::new();
    let mut refused = None;
    for entry in fs::read_dir("/dev").into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with("gpiochip") {
            continue;
        }
        // Follows a link, to the number of the device behind it.
        let Ok(device) = fs::metadata(entry.path()) else { continue };
        if !seen.insert(device.rdev()) {
            continue;
        }
        let path = entry.path().display().to_string();
        match open_chip(&path) {
            Ok(chip) => chips.push(ChipInfo {
                path,
                label: chip.label().to_owned(),
                lines: chip.num_lines(),
            }),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if chips.is_empty() => Err(error),
        _ => Ok(chips),
    }
}

/// All chips, each with those of its lines that somebody holds. Nothing is requested.
///
/// # Errors
///
/// [`GpioError`] if the chips may not be opened, or do not answer.
pub(crate) fn survey() -> Result<Vec<(ChipInfo, Vec<HeldLine>)>, GpioError> {
    let mut survey = Vec::new();
    for info in chips()? {
        let chip = open_chip(&info.path)?;
        let mut held = Vec::new();
        for line in chip.lines() {
            let line = line.info().map_err(|error| GpioError::Failed {
                line: info.path.clone(),
                step: "asking who has its lines",
                reason: error.to_string(),
            })?;
            if line.is_kernel() || line.consumer().is_some() {
                let consumer = line.consumer().unwrap_or_default().to_owned();
                held.push(HeldLine { offset: line.line().offset(), consumer });
            }
        }
        survey.push((info, held));
    }
    Ok(survey)
}

fn open_chip(path: &str) -> Result<Chip, GpioError> {
    Chip::new(path).map_err(|error| match answer(&error) {
        Answer::Denied => GpioError::Denied { path: path.to_owned() },
        _ => GpioError::Failed {
            line: path.to_owned(),
            step: "opening it",
            reason: error.to_string(),
        },
    })
}

/// The name of each line, empty for none.
fn line_names(chip: &Chip, info: &ChipInfo) -> Result<Vec<String>, GpioError> {
    let name = |line: CdevLine| match line.info() {
        Ok(line) => Ok(line.name().unwrap_or_default().to_owned()),
        // The first question that only version 1 of the interface answers.
        Err(error) if answer(&error) == Answer::Unknown => {
            Err(GpioError::NoVersion1 { path: info.path.clone() })
        }
        Err(error) => Err(GpioError::Failed {
            line: info.path.clone(),
            step: "asking for the names of its lines",
            reason: error.to_string(),
        }),
    };
    chip.lines().map(name).collect()
}
