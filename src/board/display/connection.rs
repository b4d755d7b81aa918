//! The rules of `[display]` about how a controller is connected to the machine.

use std::ops::RangeInclusive;

use toml::Spanned;

use super::check::{reject, span, within};
use super::raw::{HEADER, RawBus, RawDisplay};
use super::{Bus, Connection, Controller, SpiBus, SpiMode};
use crate::board::check::Checked;
use crate::board::pin::line;
use crate::mistake::Problem;

/// The clock of a display on SPI when the profile does not say: what the SH1106's
/// datasheet allows (as in the kernel's commit 079306e979d7 for fb_sh1106).
const SPI_HZ: u32 = 2_000_000;

pub(super) fn connection(raw: RawDisplay, controller: Controller) -> Checked<Connection> {
    match (raw.bus, raw.spi) {
        (Some(_), Some(spi)) => Err(Problem::at(
            &spi,
            "says that the display is on SPI, and `bus` that it is on I2C; take one of them out",
        )),
        (Some(bus), None) => {
            let of_spi =
                [span(&raw.chip_select), span(&raw.spi_hz), span(&raw.spi_mode), span(&raw.dc)];
            reject(of_spi, "is for a display on SPI; take it out, or write `spi` and not `bus`")?;
            let address = raw.address.as_ref().ok_or_else(|| {
                Problem::at(&bus, "needs `address`, which is 0x3c on most panels; add it")
            })?;
            Ok(Connection::I2c { address: require_address(address)?, bus: require_bus(bus)? })
        }
        (None, Some(spi)) => {
            let of_i2c = [span(&raw.address)];
            reject(of_i2c, "is for a display on I2C; take it out, or write `bus` and not `spi`")?;
            let Some(dc) = raw.dc else {
                return Err(Problem::at(
                    &spi,
                    "needs `dc`, the line that tells commands from pixels; add it",
                ));
            };
            Ok(Connection::Spi {
                hz: raw.spi_hz.as_ref().map_or(Ok(SPI_HZ), require_clock)?,
                mode: raw.spi_mode.as_ref().map_or(Ok(SpiMode::Mode0), require_mode)?,
                bus: require_spi(&spi, raw.chip_select.as_ref())?,
                dc: {
                    let owner = dc.span();
                    line(dc.into_inner(), owner)?
                },
            })
        }
        (None, None) => Err(Problem::at(
            &raw.controller,
            format!(
                "an {controller} is on I2C or on SPI; write `bus` and `address`, or `spi` and `dc`"
            ),
        )),
    }
}

/// The I2C specification (NXP UM10204, table 4) reserves the addresses outside this range.
fn require_address(address: &Spanned<i64>) -> Checked<u8> {
    const RANGE: RangeInclusive<i64> = 0x08..=0x77;
    let written = *address.get_ref();
    match u8::try_from(written) {
        Ok(valid) if RANGE.contains(&written) => Ok(valid),
        // Silk screens print the address as the eight bits on the wire: 0x78 for 0x3c.
        Ok(eight_bits) if eight_bits > 0x77 && eight_bits % 2 == 0 => Err(Problem::at(
            address,
            format!(
                "{written:#04x} is not a 7-bit address (0x08 to 0x77); with the read/write bit \
                 taken off it is {:#04x}",
                eight_bits >> 1
            ),
        )),
        _ => Err(Problem::at(address, format!("{written} is not within 0x08 to 0x77"))),
    }
}

pub(in crate::board) fn require_bus(raw: Spanned<RawBus>) -> Checked<Bus> {
    let span = raw.span();
    match raw.into_inner() {
        RawBus::Path(path) if path == HEADER => Ok(Bus::Header),
        RawBus::Path(path) if path.starts_with("/dev/") => Ok(Bus::Path(path)),
        RawBus::Path(path) => Err(Problem::new(
            span,
            format!(
                "\"{}\" is not a device; write a path such as \"/dev/i2c-1\", or {{ adapter = \
                 \"NAME\" }}",
                path.escape_debug()
            ),
        )),
        RawBus::Adapter(raw) if raw.adapter.trim().is_empty() => Err(Problem::new(
            span,
            "the adapter's name is empty; write how /sys/class/i2c-dev/i2c-N/name begins",
        )),
        RawBus::Adapter(raw) => Ok(Bus::Adapter(raw.adapter)),
    }
}

fn require_spi(spi: &Spanned<String>, chip_select: Option<&Spanned<i64>>) -> Checked<SpiBus> {
    let path = spi.get_ref();
    match chip_select {
        Some(chip_select) if path == HEADER => {
            Ok(SpiBus::Header { chip_select: within(chip_select, 0..=15)? })
        }
        None if path == HEADER => {
            Err(Problem::at(spi, "needs `chip-select`, which is 0 on CE0 and 1 on CE1; add it"))
        }
        Some(chip_select) => Err(Problem::at(
            chip_select,
            "is in the path of the device already; take it out, or write spi = \"header\"",
        )),
        None if path.starts_with("/dev/") => Ok(SpiBus::Path(path.clone())),
        None => Err(Problem::at(
            spi,
            format!(
                "\"{}\" is not a device; write a path such as \"/dev/spidev0.0\", or \"header\"",
                path.escape_debug()
            ),
        )),
    }
}

/// The SSD1306 takes 10 MHz (datasheet, table 13-4), the others less: that is for the profile.
fn require_clock(hz: &Spanned<i64>) -> Checked<u32> {
    within(hz, 10_000..=10_000_000)
}

fn require_mode(mode: &Spanned<i64>) -> Checked<SpiMode> {
    match mode.get_ref() {
        0 => Ok(SpiMode::Mode0),
        3 => Ok(SpiMode::Mode3),
        other => Err(Problem::at(
            mode,
            format!("in mode {other} no controller takes its bits; write 0 or 3"),
        )),
    }
}
