//! Panels with the SSD1306 controller, on I2C.
//!
//! The `ssd1306` crate knows the commands and the wiring of each size of glass. Its own
//! initialisation and buffer are not used: they light the glass before its memory holds a picture,
//! send what has not changed, and after a failed transfer take the old picture for the new one.

use std::fmt;

use ::ssd1306::command::{AddrMode, Command, VcomhLevel};
use ::ssd1306::size::{
    DisplaySize, DisplaySize64x32, DisplaySize64x48, DisplaySize72x40, DisplaySize96x16,
    DisplaySize128x32, DisplaySize128x64,
};
use display_interface::{DataFormat, DisplayError, WriteOnlyDataCommand};
use embedded_hal::i2c::I2c;
use zeroize::Zeroizing;

use super::windows::{Window, changed};
use super::wire::{Errno, Wire};
use super::{Driver, DriverError, Frame};
use crate::board::{DisplayProfile, Rotation};

/// The controller's own value after a reset (datasheet, table 9-1).
const CONTRAST: u8 = 0x7f;

/// An SSD1306 and what is known about its memory and glass.
pub struct Ssd1306<I> {
    wire: Wire<I>,
    profile: DisplayProfile,
    /// What the controller's memory holds; `None` if that is not certain.
    shown: Option<Frame>,
    /// The glass shows what the memory holds, and is not dark. Means nothing while that is not
    /// certain.
    lit: bool,
}

impl<I> Ssd1306<I>
where
    I: I2c,
    I::Error: Errno + fmt::Display,
{
    /// The panel at the other end of `wire`. Nothing is sent before the first frame.
    pub fn new(wire: Wire<I>, profile: &DisplayProfile) -> Self {
        Self { wire, profile: profile.clone(), shown: None, lit: false }
    }

    /// Runs `steps`; should one fail, nothing is known about the glass any more.
    fn send(
        &mut self,
        steps: impl FnOnce(&mut Self) -> Result<(), DisplayError>,
    ) -> Result<(), DriverError> {
        steps(self).and_then(|()| self.wire.flush()).map_err(|error| {
            self.shown = None;
            self.wire.explain(&error)
        })
    }

    /// Brings every register to a known state, except that the glass stays lit or dark.
    fn initialise(&mut self) -> Result<(), DisplayError> {
        let upright = self.profile.rotation == Rotation::None;
        let wire = &mut self.wire;
        Command::DisplayClockDiv(0x8, 0x0).send(wire)?;
        Command::DisplayOffset(0).send(wire)?;
        Command::StartLine(0).send(wire)?;
        Command::ChargePump(true).send(wire)?;
        Command::AddressMode(AddrMode::Horizontal).send(wire)?;
        configure_glass(&self.profile, wire)?;
        // Affects only what is written from now on (datasheet 10.1.8): before the pixels.
        Command::SegmentRemap(upright).send(wire)?;
        Command::ReverseComDir(upright).send(wire)?;
        Command::PreChargePeriod(1, 2).send(wire)?;
        Command::Contrast(self.profile.contrast.unwrap_or(CONTRAST)).send(wire)?;
        Command::VcomhDeselect(VcomhLevel::Auto).send(wire)?;
        Command::AllOn(false).send(wire)?;
        Command::Invert(false).send(wire)?;
        // The memory must be written anew after this one (datasheet 10.2.3).
        Command::EnableScroll(false).send(wire)?;
        self.wire.flush()
    }

    fn write(&mut self, frame: &Frame, window: &Window) -> Result<(), DisplayError> {
        let first = first_column(&self.profile);
        // Within the controller's 128 columns and 8 pages for every size that a profile may have.
        let column = |index: usize| first + index as u8;
        let page = |index: usize| (index as u8 * 8).into();
        let Window { columns, pages } = window;
        Command::ColumnAddress(column(columns.start), column(columns.end - 1))
            .send(&mut self.wire)?;
        Command::PageAddress(page(pages.start), page(pages.end - 1)).send(&mut self.wire)?;
        let mut data = Zeroizing::new(Vec::with_capacity(columns.len() * pages.len()));
        pages.clone().for_each(|page| data.extend_from_slice(&frame.page(page)[columns.clone()]));
        self.wire.send_data(DataFormat::U8(&data))
    }

    fn require_size(&self, frame: &Frame) -> Result<(), DriverError> {
        let DisplayProfile { width, height, .. } = self.profile;
        if (frame.width(), frame.height()) == (width as usize, height as usize) {
            return Ok(());
        }
        Err(DriverError::WrongSize {
            frame: format!("{}x{}", frame.width(), frame.height()),
            panel: format!("{width}x{height}"),
        })
    }
}

impl<I> Driver for Ssd1306<I>
where
    I: I2c + Send,
    I::Error: Errno + fmt::Display,
{
    fn show(&mut self, frame: &Frame) -> Result<(), DriverError> {
        self.require_size(frame)?;
        let Some(shown) = &self.shown else {
            return self.refresh(frame);
        };
        let windows = changed(shown, frame);
        self.send(|panel| {
            windows.iter().try_for_each(|window| panel.write(frame, window))?;
            if panel.lit { Ok(()) } else { Command::DisplayOn(true).send(&mut panel.wire) }
        })?;
        self.shown = Some(frame.clone());
        self.lit = true;
        Ok(())
    }

    fn refresh(&mut self, frame: &Frame) -> Result<(), DriverError> {
        self.require_size(frame)?;
        let certain = self.shown.is_some() && self.lit;
        self.send(|panel| {
            // Dark until the picture is there, or else whatever the memory held would flash up.
            // A picture of our own may stay: a panel that lost it meanwhile went dark by itself.
            if !certain {
                Command::DisplayOn(false).send(&mut panel.wire)?;
            }
            panel.initialise()?;
            panel.write(frame, &Window::whole(frame))?;
            Command::DisplayOn(true).send(&mut panel.wire)
        })?;
        self.shown = Some(frame.clone());
        self.lit = true;
        Ok(())
    }

    fn blank(&mut self) -> Result<(), DriverError> {
        let dark = Frame::new(self.profile.width, self.profile.height);
        self.send(|panel| {
            Command::DisplayOn(false).send(&mut panel.wire)?;
            panel.initialise()?;
            panel.write(&dark, &Window::whole(&dark))
        })?;
        self.shown = Some(dark);
        self.lit = false;
        Ok(())
    }
}

/// Sets what depends on how the glass is wired to the controller.
fn configure_glass<W: WriteOnlyDataCommand>(
    profile: &DisplayProfile,
    wire: &mut W,
) -> Result<(), DisplayError> {
    fn configure<S: DisplaySize>(
        size: S,
        wire: &mut impl WriteOnlyDataCommand,
    ) -> Result<(), DisplayError> {
        Command::Multiplex(S::HEIGHT - 1).send(wire)?;
        size.configure(wire)
    }
    match (profile.width, profile.height) {
        (128, 64) => configure(DisplaySize128x64, wire),
        (128, 32) => configure(DisplaySize128x32, wire),
        (96, 16) => configure(DisplaySize96x16, wire),
        (72, 40) => configure(DisplaySize72x40, wire),
        (64, 48) => configure(DisplaySize64x48, wire),
        (64, 32) => configure(DisplaySize64x32, wire),
        _ => Err(DisplayError::OutOfBoundsError),
    }
}

/// The controller's column behind the leftmost one of the glass.
fn first_column(profile: &DisplayProfile) -> u8 {
    let (width, upright) = match (profile.width, profile.height) {
        (96, 16) => (96, DisplaySize96x16::OFFSETX),
        (72, 40) => (72, DisplaySize72x40::OFFSETX),
        (64, 48) => (64, DisplaySize64x48::OFFSETX),
        (64, 32) => (64, DisplaySize64x32::OFFSETX),
        _ => (128, 0),
    };
    match profile.rotation {
        Rotation::None => upright,
        // With the segments in reverse, the columns left over on the right are on the left.
        Rotation::Half => 128 - width - upright,
    }
}
