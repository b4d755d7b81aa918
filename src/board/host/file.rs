//! Host files: where they come from, and the rules of them: one rule, one function, one file under
//! `tests/boards/bad-hosts/`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::{Host, HostPin, Purpose};
use crate::board::check::{Checked, require_name, require_schema, require_sources};
use crate::board::pin::{require_chip_labels, require_header_pin, require_offset};
use crate::board::raw::{OneOrMore, RawPin, RawSchema};
use crate::board::{BoardError, Confidence, Line};
use crate::mistake::Problem;
use crate::tree::Tree;

/// Name and text of each file under `boards/hosts/`, sorted by name.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/hosts.rs"));

/// Searched in this order, before the built-in files, as those of boards are.
const DIRECTORIES: [&str; 2] = ["/etc/pairpanel/boards/hosts", "/usr/share/pairpanel/boards/hosts"];

/// A host file exactly as it is spelt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::board) struct RawHost {
    #[serde(rename = "schema")]
    _schema: i64,
    name: Spanned<String>,
    confidence: Confidence,
    sources: Spanned<Vec<String>>,
    compatible: Spanned<OneOrMore>,
    except: Option<Spanned<OneOrMore>>,
    chip: Spanned<OneOrMore>,
    i2c: Option<Spanned<String>>,
    spi: Option<Spanned<String>>,
    pins: Vec<RawPin>,
    #[serde(default)]
    i2c_pins: Vec<Spanned<i64>>,
    #[serde(default)]
    spi_pins: Vec<Spanned<i64>>,
    #[serde(default)]
    id_eeprom_pins: Vec<Spanned<i64>>,
}

impl Host {
    /// Reads a host file from its text. `file_name` is what errors call it; without directory and
    /// `.toml` it becomes the host's id.
    ///
    /// # Errors
    ///
    /// [`BoardError::Invalid`] for the first rule that the text breaks.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, BoardError> {
        let id = Path::new(file_name).file_stem().unwrap_or_default().to_string_lossy();
        let parsed = || {
            require_schema(&toml::from_str::<RawSchema>(text)?)?;
            check(&id, toml::from_str::<RawHost>(text)?)
        };
        Ok(parsed().map_err(|problem: Problem| problem.locate(file_name, text))?)
    }

    /// The hosts in the binary, whatever files there are.
    pub fn built_in() -> Vec<Self> {
        // A test has it that every one of them is valid.
        BUILT_IN
            .iter()
            .filter_map(|(id, text)| Self::parse(&format!("{id}.toml"), text).ok())
            .collect()
    }
}

/// Every host, of two with one name the one that is searched first.
pub(super) fn all(tree: &Tree<'_>) -> Result<Vec<Host>, BoardError> {
    let mut hosts: BTreeMap<String, Host> =
        Host::built_in().into_iter().map(|host| (host.id.clone(), host)).collect();
    for directory in DIRECTORIES.into_iter().rev() {
        for file in tree.shown(directory, ".toml") {
            let unreadable = |source| BoardError::HostUnreadable { path: (&file).into(), source };
            let host = Host::parse(&file, &tree.read(&file).map_err(unreadable)?)?;
            hosts.insert(host.id.clone(), host);
        }
    }
    Ok(hosts.into_values().collect())
}

fn check(id: &str, raw: RawHost) -> Checked<Host> {
    require_name(&raw.name)?;
    require_sources(&raw.sources)?;
    require_machines(&raw.compatible)?;
    raw.except.as_ref().map_or(Ok(()), require_machines)?;
    require_chip_labels(&raw.chip)?;
    let mut pins: Vec<HostPin> = Vec::new();
    for pin in raw.pins {
        let pin = host_pin(pin, &raw.chip, &pins)?;
        pins.push(pin);
    }
    for (positions, purpose) in [
        (&raw.i2c_pins, Purpose::I2c),
        (&raw.spi_pins, Purpose::Spi),
        (&raw.id_eeprom_pins, Purpose::IdEeprom),
    ] {
        for position in positions {
            require_pin(position, &mut pins)?.purpose = Some(purpose);
        }
    }
    Ok(Host {
        id: id.to_owned(),
        name: raw.name.into_inner(),
        confidence: raw.confidence,
        sources: raw.sources.into_inner(),
        i2c: raw.i2c.map(|path| require_device(path, "/dev/")).transpose()?,
        spi: raw.spi.map(|path| require_device(path, "/dev/spidev")).transpose()?,
        pins,
        compatible: raw.compatible.into_inner().0,
        except: raw.except.map(|except| except.into_inner().0).unwrap_or_default(),
    })
}

/// A file that fits every machine would map the header of one that has another. A `*` that is not
/// understood as one would have it fit none, and an exception be none.
fn require_machines(machines: &Spanned<OneOrMore>) -> Checked<()> {
    let texts = &machines.get_ref().0;
    let says_nothing = |text: &String| text.trim_end_matches('*').trim().is_empty();
    if texts.is_empty() || texts.iter().any(says_nothing) {
        return Err(Problem::at(
            machines,
            "name the machine as /proc/device-tree/compatible does, or how that begins and a *",
        ));
    }
    let is_odd = |text: &&String| text.strip_suffix('*').unwrap_or(text).contains('*');
    match texts.iter().find(is_odd) {
        Some(text) => Err(Problem::at(
            machines,
            format!("\"{}\" has a * that is not at its end; take it out", text.escape_debug()),
        )),
        None => Ok(()),
    }
}

fn host_pin(raw: RawPin, chip: &Spanned<OneOrMore>, earlier: &[HostPin]) -> Checked<HostPin> {
    let span = raw.span();
    let RawPin { header: Some(header), chip: own, offset: Some(offset), name } = raw else {
        // One without any key has no place in the file.
        let span = if span.is_empty() { chip.span() } else { span };
        return Err(Problem::new(
            span,
            "a pin needs both `header` and `offset`; add what is missing",
        ));
    };
    let chip = own.as_ref().unwrap_or(chip);
    require_chip_labels(chip)?;
    let pin = HostPin {
        header: require_header_pin(&header)?,
        line: Line::Chip {
            labels: chip.get_ref().0.clone(),
            offset: require_offset(&offset)?,
            names: name.map(|name| name.into_inner().0).unwrap_or_default(),
        },
        purpose: None,
    };
    reject_second(&pin, &header, &offset, earlier)?;
    Ok(pin)
}

fn reject_second(
    pin: &HostPin,
    header: &Spanned<i64>,
    offset: &Spanned<i64>,
    earlier: &[HostPin],
) -> Checked<()> {
    if earlier.iter().any(|other| other.header == pin.header) {
        return Err(Problem::at(header, format!("pin {} is here twice; take one out", pin.header)));
    }
    match earlier.iter().find(|other| other.line.is_same(&pin.line)) {
        Some(other) => Err(Problem::at(
            offset,
            format!("is the line of pin {} already; look up which of them it is", other.header),
        )),
        None => Ok(()),
    }
}

fn require_pin<'a>(position: &Spanned<i64>, pins: &'a mut [HostPin]) -> Checked<&'a mut HostPin> {
    let number = *position.get_ref();
    pins.iter_mut().find(|pin| i64::from(pin.header) == number).ok_or_else(|| {
        Problem::at(position, format!("pin {number} is not among `pins`; add it there"))
    })
}

fn require_device(path: Spanned<String>, begins: &str) -> Checked<String> {
    if path.get_ref().len() > begins.len() && path.get_ref().starts_with(begins) {
        return Ok(path.into_inner());
    }
    let message =
        format!("\"{}\" is not {begins}...; write the device", path.get_ref().escape_debug());
    Err(Problem::at(&path, message))
}
