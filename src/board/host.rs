//! The single-board computer that a board is attached to: where the pins of its header lead.
//!
//! A host file is a TOML file under `boards/hosts/` (the README beside it lists the keys). Which
//! one is meant nobody has to say: the machine's device tree does.

mod file;

use std::fmt;
use std::path::Path;

#[cfg(test)]
pub(super) use file::RawHost;

use super::{BoardError, Confidence, Line};
use crate::tree::Tree;

/// A checked host file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The file's name without `.toml`, which is what `hosts` of a board profile says.
    pub id: String,
    /// What a person calls it; one line.
    pub name: String,
    /// How well the facts in the file are known.
    pub confidence: Confidence,
    /// Where they were read.
    pub sources: Vec<String>,
    /// The device of the I2C bus on the header, `/dev/...`.
    pub i2c: Option<String>,
    /// The device of the SPI bus on the header, without `.` and the chip select: `/dev/spidevN`.
    pub spi: Option<String>,
    /// The pins of the header that are GPIO lines; no two with one position or on one line.
    pub pins: Vec<HostPin>,
    /// What its device tree says that it is compatible with; a `*` at the end stands for any end.
    compatible: Vec<String>,
    /// Machines that would be it by that, and are not, likewise.
    except: Vec<String>,
}

/// A pin of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPin {
    /// Its position, from 1 on.
    pub header: u8,
    /// The line that it is: always one of a chip.
    pub line: Line,
    /// What it is for, unless it is for anything.
    pub purpose: Option<Purpose>,
}

/// What a pin is for apart from being a GPIO line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The header's I2C bus.
    I2c,
    /// The header's SPI bus.
    Spi,
    /// The EEPROM by which a HAT says what it is. The firmware drives these two at every boot.
    IdEeprom,
}

/// Why a pin cannot be used. Displays as the end of a sentence about the pin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is for something else.
    Taken(Purpose),
    /// It is power, ground, or beyond the end of the header.
    NoLine,
}

impl Trouble {
    /// It is there and must be left alone.
    pub(super) fn is_harmful(&self) -> bool {
        *self != Self::NoLine
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Taken(Purpose::IdEeprom) => "is for the ID EEPROM of HATs",
            Self::Taken(Purpose::I2c) => "is a line of the I2C bus that the board is on",
            Self::Taken(Purpose::Spi) => "is a line of the SPI bus that the display is on",
            Self::NoLine => "is no GPIO line of the header",
        })
    }
}

impl Host {
    /// The host that the machine whose files are below `root` is, by its device tree; `None` if no
    /// file tells of it. The files are those in `etc/pairpanel/boards/hosts` and
    /// `usr/share/pairpanel/boards/hosts` below `root`, and the built-in ones.
    ///
    /// A file that names the machine in full goes before one that names how it begins, and what
    /// the machine says first before what it says later.
    ///
    /// # Errors
    ///
    /// [`BoardError`] if one of the files cannot be read or breaks a rule.
    pub fn here(root: &Path) -> Result<Option<Self>, BoardError> {
        let machine = Machine::below(root);
        if machine.compatible.is_empty() {
            return Ok(None);
        }
        Ok(machine.find(file::all(&Tree::new(root))?))
    }

    /// The pin at this position, if it is a line.
    pub fn pin(&self, header: u8) -> Option<&HostPin> {
        self.pins.iter().find(|pin| pin.header == header)
    }

    /// Why nothing may be wired to this pin, on a board that uses the header's buses `needs`.
    pub(super) fn trouble(&self, header: u8, needs: &[Purpose]) -> Option<Trouble> {
        let Some(pin) = self.pin(header) else { return Some(Trouble::NoLine) };
        let taken = |purpose: &Purpose| *purpose == Purpose::IdEeprom || needs.contains(purpose);
        pin.purpose.filter(taken).map(Trouble::Taken)
    }

    /// How well the file fits a machine that says this of itself: the place of what fits in its
    /// list, all whole texts before all beginnings.
    fn rank(&self, machine: &[String]) -> Option<(bool, usize)> {
        let is = |wanted: &str, said: &str| wanted == said;
        let begins = |wanted: &str, said: &str| {
            wanted.strip_suffix('*').is_some_and(|beginning| said.starts_with(beginning))
        };
        let excepts = |said: &String| self.except.iter().any(|e| is(e, said) || begins(e, said));
        if machine.iter().any(excepts) {
            return None;
        }
        let at = |fits: &dyn Fn(&str, &str) -> bool| {
            machine.iter().position(|said| self.compatible.iter().any(|wanted| fits(wanted, said)))
        };
        at(&is).map(|at| (false, at)).or_else(|| at(&begins).map(|at| (true, at)))
    }
}

/// What a machine says that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Machine {
    /// From the model to the family of chips.
    compatible: Vec<String>,
}

impl Machine {
    /// The machine whose files are below `root`; one without a device tree says nothing.
    pub(super) fn below(root: &Path) -> Self {
        let tree = Tree::new(root);
        // The second one is a link to the first.
        let files = ["/sys/firmware/devicetree/base/compatible", "/proc/device-tree/compatible"];
        let bytes = files.iter().find_map(|file| tree.bytes(file).ok());
        let bytes = bytes.unwrap_or_default();
        let texts = bytes.split(|byte| *byte == 0).filter(|text| !text.is_empty());
        Self { compatible: texts.map(|t| String::from_utf8_lossy(t).into_owned()).collect() }
    }

    fn find(&self, hosts: Vec<Host>) -> Option<Host> {
        let ranked = hosts.into_iter().filter_map(|h| Some((h.rank(&self.compatible)?, h)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, host)| host)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.compatible.first() {
            Some(model) => write!(f, "\"{}\"", model.escape_debug()),
            None => f.write_str("a machine without a device tree"),
        }
    }
}
