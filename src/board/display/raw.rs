//! `[display]` exactly as a file spells it.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

use crate::board::host::Purpose;
use crate::board::raw::RawPin;

/// What `bus` and `spi` say of the buses on the header.
pub(super) const HEADER: &str = "header";

/// The keys of all kinds, because serde's tagged enums lose the spans; which ones belong together
/// is for the rules to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::board) struct RawDisplay {
    pub(super) controller: Spanned<String>,
    pub(super) bus: Option<Spanned<RawBus>>,
    pub(super) address: Option<Spanned<i64>>,
    pub(super) spi: Option<Spanned<String>>,
    pub(super) chip_select: Option<Spanned<i64>>,
    pub(super) spi_hz: Option<Spanned<i64>>,
    pub(super) spi_mode: Option<Spanned<i64>>,
    pub(super) dc: Option<Spanned<RawPin>>,
    pub(super) reset: Option<Spanned<RawPin>>,
    pub(super) framebuffer: Option<Spanned<String>>,
    pub(super) width: Spanned<i64>,
    pub(super) height: Spanned<i64>,
    pub(super) rotation: Spanned<i64>,
    pub(super) contrast: Option<Spanned<i64>>,
    pub(super) col_offset: Option<Spanned<i64>>,
    pub(super) com_offset: Option<Spanned<i64>>,
    pub(super) com_seq: Option<bool>,
    pub(super) com_lrremap: Option<bool>,
}

impl RawDisplay {
    /// The buses of the header that it is on.
    pub(in crate::board) fn header_buses(&self) -> Vec<Purpose> {
        let i2c = self.bus.as_ref().filter(|bus| is_on_header(bus.get_ref()));
        let spi = self.spi.as_ref().filter(|spi| spi.get_ref() == HEADER);
        i2c.map(|_| Purpose::I2c).into_iter().chain(spi.map(|_| Purpose::Spi)).collect()
    }

    /// The pins that are driven for it, with what they are.
    pub(in crate::board) fn pins(&self) -> impl Iterator<Item = (&RawPin, String)> {
        let dc = self.dc.as_ref().map(|dc| (dc.get_ref(), "the display's D/C".to_owned()));
        let reset =
            self.reset.as_ref().map(|reset| (reset.get_ref(), "the display's reset".to_owned()));
        dc.into_iter().chain(reset)
    }
}

/// `"/dev/i2c-1"`, `"header"` or `{ adapter = "..." }`.
#[derive(Debug)]
pub(in crate::board) enum RawBus {
    Path(String),
    Adapter(RawAdapter),
}

/// Whether this is the bus on the header.
pub(in crate::board) fn is_on_header(bus: &RawBus) -> bool {
    matches!(bus, RawBus::Path(path) if path == HEADER)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::board) struct RawAdapter {
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
