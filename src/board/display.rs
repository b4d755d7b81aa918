//! `[display]`: a screen, what drives it, and where to find it.
//!
//! ```text
//! Backend ─┬─ Oled ── Controller, Wiring ── Connection ─┬─ I2c: Bus, address
//!          │                                            └─ Spi: SpiBus, clock, D/C line
//!          └─ Framebuffer: a driver in the kernel has it
//! ```

mod check;
mod connection;
mod raw;
mod wiring;

use std::fmt;

use super::Line;
use super::host::{Host, Purpose};
pub(super) use check::display;
pub(super) use connection::require_bus;
pub(super) use raw::{RawBus, RawDisplay, is_on_header};
pub use wiring::Wiring;

/// A screen and where to find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayProfile {
    /// What drives the glass.
    pub backend: Backend,
    /// Pixels per row of the glass, however it is mounted; with `height` one of
    /// [`Controller::sizes`] if this crate drives it.
    pub width: u32,
    /// Rows of the glass.
    pub height: u32,
    /// How the glass is mounted.
    pub rotation: Rotation,
}

impl DisplayProfile {
    /// Width and height of a picture that is upright for whoever stands before the glass.
    pub const fn frame_size(&self) -> (u32, u32) {
        if self.rotation.is_sideways() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }

    /// Whether the display acknowledges what it is sent.
    ///
    /// On I2C it does, byte by byte. On SPI nothing comes back, and what a driver in the kernel
    /// takes is sent later, or not: there, that the glass shows a frame means that the kernel took
    /// it. That a glass is there at all, only the profile says then. So such a display is never
    /// guessed: somebody has to name the profile, and it has to name the bus and the D/C line, or
    /// the driver. Without a glass a code would be asked about that nobody sees; it is accepted by
    /// nothing but a key of this board, held by somebody who stands before a dark glass.
    pub const fn answers(&self) -> bool {
        matches!(
            self.backend,
            Backend::Oled(OledProfile { connection: Connection::I2c { .. }, .. })
        )
    }

    /// The lines that are driven for the display, and what for.
    pub fn lines(&self) -> Vec<(&Line, &'static str)> {
        let Backend::Oled(oled) = &self.backend else { return Vec::new() };
        let dc = match &oled.connection {
            Connection::Spi { dc, .. } => Some((dc, "the display's D/C")),
            Connection::I2c { .. } => None,
        };
        let reset = oled.reset.as_ref().map(|line| (line, "the display's reset"));
        dc.into_iter().chain(reset).collect()
    }

    /// The same lines, to be replaced.
    pub fn lines_mut(&mut self) -> Vec<&mut Line> {
        let Backend::Oled(OledProfile { connection, reset, .. }) = &mut self.backend else {
            return Vec::new();
        };
        let dc = match connection {
            Connection::Spi { dc, .. } => Some(dc),
            Connection::I2c { .. } => None,
        };
        dc.into_iter().chain(reset).collect()
    }

    /// The buses of the header that it is on.
    pub(super) fn header_buses(&self) -> Vec<Purpose> {
        let Backend::Oled(oled) = &self.backend else { return Vec::new() };
        match &oled.connection {
            Connection::I2c { bus: Bus::Header, .. } => vec![Purpose::I2c],
            Connection::Spi { bus: SpiBus::Header { .. }, .. } => vec![Purpose::Spi],
            Connection::I2c { .. } | Connection::Spi { .. } => Vec::new(),
        }
    }

    /// Replaces the header's bus by the host's. The error is what the host has not.
    pub(super) fn on(mut self, host: &Host) -> Result<Self, String> {
        let Backend::Oled(oled) = &mut self.backend else { return Ok(self) };
        match &mut oled.connection {
            Connection::I2c { bus, .. } => bus.put_on(host)?,
            Connection::Spi { bus, .. } => {
                if let SpiBus::Header { chip_select } = *bus {
                    let path = host.spi.as_ref().ok_or("no SPI bus of its header is known")?;
                    *bus = SpiBus::Path(format!("{path}.{chip_select}"));
                }
            }
        }
        Ok(self)
    }

    /// Where it is, if it is on I2C.
    pub(super) fn i2c(&self) -> Option<(&Bus, u8)> {
        match &self.backend {
            Backend::Oled(OledProfile { connection: Connection::I2c { bus, address }, .. }) => {
                Some((bus, *address))
            }
            Backend::Oled(_) | Backend::Framebuffer(_) => None,
        }
    }

    /// Where it is, for people: `at 0x3c on /dev/i2c-1`.
    pub fn place(&self) -> String {
        match &self.backend {
            Backend::Oled(OledProfile { connection: Connection::I2c { bus, address }, .. }) => {
                format!("at {address:#04x} on {bus}")
            }
            Backend::Oled(OledProfile { connection: Connection::Spi { bus, .. }, .. }) => {
                format!("on {bus}")
            }
            Backend::Framebuffer(name) => format!("of the kernel's driver \"{name}\""),
        }
    }
}

/// What drives the glass. Displays as `controller` in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// This crate.
    Oled(OledProfile),
    /// A driver in the kernel: how its name begins, as `/sys/class/graphics/fb*/name` has it.
    Framebuffer(String),
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oled(oled) => oled.controller.fmt(f),
            Self::Framebuffer(_) => f.write_str("framebuffer"),
        }
    }
}

/// A controller, and what is soldered to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OledProfile {
    /// The chip that drives the glass.
    pub controller: Controller,
    /// How the glass is connected to it.
    pub wiring: Wiring,
    /// The controller's contrast register, 0 to 255; `None` for the driver's choice.
    pub contrast: Option<u8>,
    /// How the controller is connected to the machine.
    pub connection: Connection,
    /// The line that resets it when low, if there is one.
    pub reset: Option<Line>,
}

/// A display controller that this crate can drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    /// Solomon Systech SSD1306, and the SSD1315 that replaces it.
    Ssd1306,
    /// Solomon Systech SSD1309: without a charge pump.
    Ssd1309,
    /// Sino Wealth SH1106.
    Sh1106,
    /// Sino Wealth SH1107.
    Sh1107,
}

impl Controller {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ssd1306, Self::Ssd1309, Self::Sh1106, Self::Sh1107];

    /// The sizes of glass it is sold with, as width and height in pixels.
    pub const fn sizes(self) -> &'static [(u32, u32)] {
        match self {
            // Those for which the ssd1306 crate (0.10, src/size.rs) knows wiring and offset.
            Self::Ssd1306 | Self::Ssd1309 => {
                &[(128, 64), (128, 32), (96, 16), (72, 40), (64, 48), (64, 32)]
            }
            Self::Sh1106 => &[(128, 64), (128, 32)],
            Self::Sh1107 => &[(128, 128), (64, 128)],
        }
    }

    /// Columns of its memory.
    pub const fn columns(self) -> u32 {
        match self {
            Self::Ssd1306 | Self::Ssd1309 | Self::Sh1107 => 128,
            Self::Sh1106 => 132,
        }
    }

    /// Its COM outputs, each of which drives a row; on the SH1107 a column.
    pub const fn coms(self) -> u32 {
        match self {
            Self::Ssd1306 | Self::Ssd1309 | Self::Sh1106 => 64,
            Self::Sh1107 => 128,
        }
    }
}

impl fmt::Display for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ssd1306 => "ssd1306",
            Self::Ssd1309 => "ssd1309",
            Self::Sh1106 => "sh1106",
            Self::Sh1107 => "sh1107",
        })
    }
}

/// How a controller is connected to the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// By I2C.
    I2c {
        /// The bus.
        bus: Bus,
        /// Its 7-bit address, 0x08 to 0x77.
        address: u8,
    },
    /// By four-wire SPI, which cannot acknowledge: see [`DisplayProfile::answers`].
    Spi {
        /// The bus and the chip select.
        bus: SpiBus,
        /// The clock, 10 kHz to 10 MHz.
        hz: u32,
        /// Clock polarity and phase.
        mode: SpiMode,
        /// The line that tells commands (low) from pixels (high).
        dc: Line,
    },
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

impl Bus {
    /// Replaces the header's bus by the host's. The error is what the host has not.
    pub(super) fn put_on(&mut self, host: &Host) -> Result<(), String> {
        if *self == Self::Header {
            let path = host.i2c.clone();
            *self = Self::Path(path.ok_or("no I2C bus of its header is known")?);
        }
        Ok(())
    }
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

/// An SPI bus and one of its chip selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpiBus {
    /// The bus on the header, which the host's file names.
    Header {
        /// Which chip select, 0 to 15.
        chip_select: u8,
    },
    /// A device path, `/dev/...`.
    Path(String),
}

impl fmt::Display for SpiBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { chip_select } => {
                write!(f, "the header's SPI bus, chip select {chip_select}")
            }
            Self::Path(path) => f.write_str(path),
        }
    }
}

/// SPI modes of the controllers: all of them take a bit when the clock rises (SSD1306 datasheet,
/// 8.1.3; SH1107 datasheet, "4 Wire Serial Interface").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpiMode {
    /// The clock is low between transfers.
    Mode0,
    /// The clock is high between transfers.
    Mode3,
}

/// How far pictures are turned clockwise on the glass, so that they are upright where it is
/// mounted turned the other way (the kernel's `rotation` in panel-common.yaml means the same).
///
/// Not turned is the usual wiring: on the SSD1306, SSD1309 and SH1106 segment remap A1 and COM scan
/// C8, on the SH1107, whose outputs are the other way round, A0 and C0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Upright.
    None,
    /// A quarter turn: the top of the picture is at the right edge of the glass.
    Right,
    /// Upside down.
    Half,
    /// Three quarters: the top of the picture is at the left edge of the glass.
    Left,
}

impl Rotation {
    /// Whether rows of the picture are columns of the glass.
    pub const fn is_sideways(self) -> bool {
        matches!(self, Self::Right | Self::Left)
    }
}
