//! `[display]`: what it may say, and the rules of it: one rule, one function, one file under
//! `tests/boards/bad/`.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::check::Checked;
use super::host::{Host, Purpose};
use crate::display::draw::fits;
use crate::mistake::Problem;

/// A screen and where to find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayProfile {
    /// The chip that drives the glass.
    pub controller: Controller,
    /// The I2C bus it is on.
    pub bus: Bus,
    /// Its 7-bit address, 0x08 to 0x77.
    pub address: u8,
    /// Pixels per row; with `height` one of [`Controller::sizes`].
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// How the glass is mounted.
    pub rotation: Rotation,
    /// The controller's contrast register, 0 to 255; `None` for the driver's choice.
    pub contrast: Option<u8>,
}

impl DisplayProfile {
    /// The buses of the header that it is on.
    pub(super) fn header_buses(&self) -> Vec<Purpose> {
        if self.bus == Bus::Header { vec![Purpose::I2c] } else { Vec::new() }
    }

    /// Replaces the header's bus by the host's. The error is what the host has not.
    pub(super) fn on(mut self, host: &Host) -> Result<Self, String> {
        if self.bus == Bus::Header {
            let path = host.i2c.clone();
            self.bus = Bus::Path(path.ok_or("no I2C bus of its header is known")?);
        }
        Ok(self)
    }
}

/// A display controller that this crate can drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Controller {
    /// Solomon Systech SSD1306, and the SSD1315 that replaces it.
    Ssd1306,
}

impl Controller {
    /// The sizes of glass it is sold with, as width and height in pixels.
    pub const fn sizes(self) -> &'static [(u32, u32)] {
        match self {
            // Those for which the ssd1306 crate (0.10, src/size.rs) knows wiring and offset.
            Self::Ssd1306 => &[(128, 64), (128, 32), (96, 16), (72, 40), (64, 48), (64, 32)],
        }
    }
}

impl fmt::Display for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ssd1306 => "ssd1306",
        })
    }
}

/// An I2C bus, by a name that stays the same from boot to boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bus {
    /// The one on the header, which the host's file names.
    Header,
    /// A device path, `/dev/...`.
    Path(String),
    /// How the adapter's name begins, as `/sys/class/i2c-dev/*/name` has it: for adapters that
    /// come and go and are numbered as they come.
    Adapter(String),
}

impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("the header's I2C bus"),
            Self::Path(path) => f.write_str(path),
            Self::Adapter(name) => write!(f, "the adapter \"{name}\""),
        }
    }
}

/// How the glass is mounted, relative to the usual wiring (segment remap A1, COM scan C8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Upright.
    None,
    /// Upside down.
    Half,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawDisplay {
    pub(super) controller: Controller,
    pub(super) bus: Spanned<RawBus>,
    pub(super) address: Spanned<i64>,
    pub(super) width: Spanned<i64>,
    pub(super) height: Spanned<i64>,
    pub(super) rotation: Spanned<i64>,
    pub(super) contrast: Option<Spanned<i64>>,
}

/// `"/dev/i2c-1"` or `{ adapter = "..." }`.
#[derive(Debug)]
pub(super) enum RawBus {
    Path(String),
    Adapter(RawAdapter),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAdapter {
    pub(super) adapter: String,
}

impl<'de> Deserialize<'de> for RawBus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BusVisitor;

        impl<'de> Visitor<'de> for BusVisitor {
            type Value = RawBus;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a device path such as \"/dev/i2c-1\", or { adapter = \"NAME\" }")
            }

            fn visit_str<E>(self, path: &str) -> Result<RawBus, E> {
                Ok(RawBus::Path(path.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawBus, A::Error> {
                RawAdapter::deserialize(MapAccessDeserializer::new(map)).map(RawBus::Adapter)
            }
        }

        deserializer.deserialize_any(BusVisitor)
    }
}

pub(super) fn display(raw: RawDisplay) -> Checked<DisplayProfile> {
    let (width, height) = require_size(raw.controller, &raw.width, &raw.height)?;
    Ok(DisplayProfile {
        controller: raw.controller,
        address: require_address(&raw.address)?,
        width,
        height,
        rotation: require_rotation(&raw.rotation)?,
        contrast: raw.contrast.as_ref().map(require_contrast).transpose()?,
        bus: require_bus(raw.bus)?,
    })
}

fn require_size(
    controller: Controller,
    width: &Spanned<i64>,
    height: &Spanned<i64>,
) -> Checked<(u32, u32)> {
    let written = (*width.get_ref(), *height.get_ref());
    let sizes = controller.sizes();
    let found = sizes.iter().find(|&&(w, h)| (i64::from(w), i64::from(h)) == written);
    let found = found.copied().filter(|&(w, h)| fits(w, h));
    found.ok_or_else(|| {
        let (w, h) = written;
        if sizes.iter().any(|&(width, height)| (width.into(), height.into()) == written) {
            let message = format!("a {w}x{h} panel is too small for the screens; use a larger one");
            return Problem::at(if w < 128 { width } else { height }, message);
        }
        let known: Vec<_> =
            sizes.iter().filter(|&&(w, h)| fits(w, h)).map(|(w, h)| format!("{w}x{h}")).collect();
        // Point at whichever of the two no size has, so that the caret is on the mistake.
        let at = if sizes.iter().any(|&(known, _)| i64::from(known) == w) { height } else { width };
        let message =
            format!("no {controller} panel is {w}x{h}; write one of {}", known.join(", "));
        Problem::at(at, message)
    })
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

fn require_rotation(rotation: &Spanned<i64>) -> Checked<Rotation> {
    match rotation.get_ref() {
        0 => Ok(Rotation::None),
        180 => Ok(Rotation::Half),
        other => Err(Problem::at(
            rotation,
            format!("{other} degrees is not possible; write 0, or 180 for upside down"),
        )),
    }
}

fn require_contrast(contrast: &Spanned<i64>) -> Checked<u8> {
    u8::try_from(*contrast.get_ref()).map_err(|_| {
        Problem::at(contrast, format!("{} is not within 0 to 255", contrast.get_ref()))
    })
}

fn require_bus(raw: Spanned<RawBus>) -> Checked<Bus> {
    let span = raw.span();
    match raw.into_inner() {
        RawBus::Path(path) if path == "header" => Ok(Bus::Header),
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
