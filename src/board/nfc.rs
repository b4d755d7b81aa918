//! The rules of `[nfc]`: one rule, one function, one file under `tests/boards/bad/`.

use serde::Deserialize;
use toml::Spanned;

use super::Bus;
use super::check::Checked;
use super::display::{DisplayProfile, RawBus, is_on_header, require_bus};
use super::one::{One, Section};
use crate::mistake::Problem;

/// A dynamic NFC tag: one whose memory the machine writes and phones read.
///
/// There is one kind so far, the ST25DV family of STMicroelectronics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NfcProfile {
    /// The I2C bus that it is on.
    pub bus: Bus,
    /// The 7-bit address of its user memory; see [`system_address`](Self::system_address).
    pub address: u8,
    /// Bytes of user memory: 512, 2048 or 8192.
    pub size: u16,
}

impl NfcProfile {
    /// The address of its system area, which is the same chip's (ST25DV04KC datasheet, table 88: E2).
    pub const fn system_address(&self) -> u8 {
        self.address | 0b100
    }
}

/// `[nfc]` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNfc {
    chip: Spanned<String>,
    bus: Spanned<RawBus>,
    address: Spanned<i64>,
    size: Spanned<i64>,
}

impl Section for RawNfc {
    const NAME: &'static str = "[nfc]";
}

impl RawNfc {
    pub(super) fn is_on_header(&self) -> bool {
        is_on_header(self.bus.get_ref())
    }
}

pub(super) fn nfc(One(raw): One<RawNfc>, display: Option<&DisplayProfile>) -> Checked<NfcProfile> {
    require_chip(&raw.chip)?;
    let address = require_address(&raw.address)?;
    let profile =
        NfcProfile { address, size: require_size(&raw.size)?, bus: require_bus(raw.bus)? };
    reject_address_of_display(&profile, display, &raw.address)?;
    Ok(profile)
}

fn require_chip(chip: &Spanned<String>) -> Checked<()> {
    match chip.get_ref().as_str() {
        "st25dv" => Ok(()),
        other => Err(Problem::at(
            chip,
            format!("\"{}\" is not known; write \"st25dv\"", other.escape_debug()),
        )),
    }
}

/// E1 is always set, and E2 tells the system area from the user memory. The rest can be configured on
/// an ST25DVxxKC (datasheet, table 88).
fn require_address(address: &Spanned<i64>) -> Checked<u8> {
    let written = *address.get_ref();
    u8::try_from(written).ok().filter(|a| (0x08..=0x77).contains(a) && a & 0b110 == 0b010).ok_or_else(
        || {
            Problem::at(
                address,
                format!(
                    "{written:#04x} is not where an ST25DV has its user memory, which is 0x53 from the \
                     factory; the system area at 0x57 follows from that"
                ),
            )
        },
    )
}

fn require_size(size: &Spanned<i64>) -> Checked<u16> {
    match size.get_ref() {
        512 => Ok(512),
        2048 => Ok(2048),
        8192 => Ok(8192),
        other => Err(Problem::at(
            size,
            format!(
                "no ST25DV has {other} bytes; write 512 for a 04K, 2048 for a 16K and 8192 for a 64K"
            ),
        )),
    }
}

fn reject_address_of_display(
    nfc: &NfcProfile,
    display: Option<&DisplayProfile>,
    at: &Spanned<i64>,
) -> Checked<()> {
    let Some((bus, address)) = display.and_then(DisplayProfile::i2c) else { return Ok(()) };
    if *bus == nfc.bus && [nfc.address, nfc.system_address()].contains(&address) {
        let message =
            format!("the display is at {address:#04x} on this bus; one of the addresses is wrong");
        return Err(Problem::at(at, message));
    }
    Ok(())
}
