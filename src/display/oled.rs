//! Panels with a controller of the SSD1306's kind, on I2C or SPI.
//!
//! The `ssd1306` crate knows the commands that they share. Its own initialisation and buffer are not
//! used: they light the glass before its memory holds a picture, send what has not changed, and
//! after a failed transfer take the old picture for the new one.

use std::borrow::Cow;
use std::thread;
use std::time::Duration;

use ::ssd1306::command::{AddrMode, Command, VcomhLevel};
use display_interface::DisplayError;
use zeroize::Zeroizing;

use super::windows::{Addressing, Window, changed};
use super::wire::{Output, Transport, Wire};
use super::{Driver, DriverError, Frame};
use crate::board::{Controller, DisplayProfile, OledProfile, Rotation, Wiring};
use crate::pairing::Glow;

/// The SSD1306's own value after a reset (datasheet, table 9-1); the others' is one more.
const CONTRAST: u8 = 0x7f;
/// That of a glass that is dimmed: still to be read in a dark room.
const DIM: u8 = 0x01;

/// Does nothing (each data sheet's command table).
const NOP: u8 = 0xe3;

/// How long the reset line is held and, after that, waited for: more than the 3 µs that an SSD1306
/// asks for (datasheet, 8.9) and the 10 µs of an SH1106 (datasheet, "Reset Timing").
const RESET: Duration = Duration::from_millis(1);

/// A controller, and what is known about its memory and glass.
pub struct Oled {
    wire: Wire,
    reset: Option<Box<dyn Output>>,
    profile: OledProfile,
    /// Of the glass, however it is mounted.
    width: u32,
    height: u32,
    rotation: Rotation,
    /// What the controller's memory holds; `None` if that is not certain.
    shown: Option<Frame>,
    /// The glass shows what the memory holds, and is not dark. Means nothing while that is not
    /// certain.
    lit: bool,
    dim: bool,
}

impl Oled {
    /// The panel of `display` at the other end of `transport`, with the controller and wiring of
    /// `profile`. `reset` resets it while it is on. Nothing is sent before the first frame.
    pub fn new(
        transport: Box<dyn Transport>,
        reset: Option<Box<dyn Output>>,
        profile: &OledProfile,
        display: &DisplayProfile,
    ) -> Self {
        Self {
            wire: Wire::new(transport),
            reset,
            profile: profile.clone(),
            width: display.width,
            height: display.height,
            rotation: display.rotation,
            shown: None,
            lit: false,
            dim: false,
        }
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

    /// Switches the glass off, whatever the controller was doing before.
    fn darken(&mut self) -> Result<(), DisplayError> {
        if self.shown.is_none() {
            self.pulse_reset()?;
        }
        self.end_what_was_cut_off()?;
        Command::DisplayOn(false).send(&mut self.wire)
    }

    /// A transfer that was cut off may have left a command that waits for its arguments, two at most.
    fn end_what_was_cut_off(&mut self) -> Result<(), DisplayError> {
        if self.shown.is_none() { self.wire.command(&[NOP, NOP]) } else { Ok(()) }
    }

    fn pulse_reset(&mut self) -> Result<(), DisplayError> {
        let Some(reset) = &mut self.reset else { return Ok(()) };
        let mut pulse = || {
            reset.set(true)?;
            thread::sleep(RESET);
            reset.set(false)?;
            thread::sleep(RESET);
            Ok(())
        };
        let pulsed = pulse();
        self.wire.note(pulsed)
    }

    /// Brings every register to a known state, except that the glass stays lit or dark.
    fn initialise(&mut self) -> Result<(), DisplayError> {
        let OledProfile { controller, wiring, .. } = self.profile;
        let (remapped, com_offset) = self.orientation();
        let contrast = self.contrast();
        let multiplex = if controller == Controller::Sh1107 { 128 } else { self.height };
        let narrow = self.width == 72;
        let wire = &mut self.wire;
        match controller {
            Controller::Ssd1306 => {
                Command::DisplayClockDiv(0x8, 0x0).send(wire)?;
                Command::StartLine(0).send(wire)?;
                Command::ChargePump(true).send(wire)?;
                Command::AddressMode(AddrMode::Horizontal).send(wire)?;
                Command::PreChargePeriod(1, 2).send(wire)?;
                Command::VcomhDeselect(VcomhLevel::Auto).send(wire)?;
                if narrow {
                    // Has no resistor for the current (the crate, src/size.rs).
                    Command::InternalIref(true, true).send(wire)?;
                }
            }
            // Clock, pre-charge and Vcomh as the kernel's drivers/gpu/drm/solomon/ssd130x.c, which
            // knows of no charge pump either.
            Controller::Ssd1309 => {
                Command::DisplayClockDiv(0xa, 0x0).send(wire)?;
                Command::StartLine(0).send(wire)?;
                Command::AddressMode(AddrMode::Horizontal).send(wire)?;
                Command::PreChargePeriod(2, 2).send(wire)?;
                wire.command(&[0xdb, 0x34])?;
            }
            // As after a reset (datasheet, "Commands"): DC-DC converter on, 8 V.
            Controller::Sh1106 => {
                Command::DisplayClockDiv(0x5, 0x0).send(wire)?;
                Command::StartLine(0).send(wire)?;
                wire.command(&[0xad, 0x8b])?;
                wire.command(&[0x32])?;
                Command::PreChargePeriod(2, 2).send(wire)?;
                wire.command(&[0xdb, 0x35])?;
            }
            // Page addressing, start line, and the rest as u8g2 csrc/u8x8_d_sh1107.c. The converter
            // (AD) stays as after a reset: where the glass gets its voltage differs.
            Controller::Sh1107 => {
                Command::DisplayClockDiv(0x5, 0x1).send(wire)?;
                wire.command(&[0xdc, 0x00])?;
                wire.command(&[0x20])?;
                Command::PreChargePeriod(2, 2).send(wire)?;
                wire.command(&[0xdb, 0x35])?;
            }
        }
        // 64 or 128 at most.
        Command::Multiplex((multiplex - 1) as u8).send(wire)?;
        Command::DisplayOffset(com_offset).send(wire)?;
        if controller != Controller::Sh1107 {
            let Wiring { com_seq, com_lrremap, .. } = wiring;
            Command::ComPinConfig(!com_seq, com_lrremap).send(wire)?;
        }
        // Affects only what is written from now on (SSD1306 datasheet 10.1.8): before the pixels.
        Command::SegmentRemap(remapped).send(wire)?;
        Command::ReverseComDir(remapped).send(wire)?;
        Command::Contrast(contrast).send(wire)?;
        Command::AllOn(false).send(wire)?;
        Command::Invert(false).send(wire)?;
        if addressing(controller) == Addressing::Rectangles {
            // The memory must be written anew after this one (SSD1306 datasheet 10.2.3).
            Command::EnableScroll(false).send(wire)?;
        }
        self.wire.flush()
    }

    fn contrast(&self) -> u8 {
        let full = self.profile.contrast.unwrap_or(CONTRAST);
        if self.dim { DIM.min(full) } else { full }
    }

    /// Whether segments and COM outputs run backwards, and the display offset that goes with it.
    ///
    /// With N outputs in use and the offset K, output C has the line C + K forwards and N - 1 + K - C
    /// backwards (the data sheets' "Set Display Offset"; the sources of `Wiring::usual` agree). A
    /// glass that is turned round has its first line where its last one was, which asks for another
    /// K.
    fn orientation(&self) -> (bool, u8) {
        let OledProfile { controller, wiring, .. } = self.profile;
        let Wiring { col_offset, com_offset, .. } = wiring;
        let flipped = matches!(self.rotation, Rotation::Half | Rotation::Left);
        // Backwards is upright, except on an SH1107, the outputs of which drive columns.
        let (remapped, lines, first) = match controller {
            Controller::Sh1107 => (flipped, self.width, u32::from(col_offset)),
            _ => (!flipped, controller.coms(), 0),
        };
        if !flipped {
            return (remapped, com_offset);
        }
        let coms = controller.coms();
        let offset = 2 * coms + 2 * first + lines - u32::from(com_offset);
        // Less than 128.
        (remapped, (offset % coms) as u8)
    }

    /// The memory's column behind the leftmost one of the glass.
    fn first_column(&self) -> u8 {
        let OledProfile { controller, wiring, .. } = self.profile;
        let flipped = matches!(self.rotation, Rotation::Half | Rotation::Left);
        if flipped && controller != Controller::Sh1107 {
            // With the segments in reverse, the columns left over on the right are on the left.
            (controller.columns() - self.width) as u8 - wiring.col_offset
        } else {
            wiring.col_offset
        }
    }

    fn write(&mut self, frame: &Frame, window: &Window) -> Result<(), DisplayError> {
        let first = self.first_column();
        // Within the controller's columns and pages for every size that a profile may have.
        let column = |index: usize| first + index as u8;
        let page = |index: usize| (index as u8 * 8).into();
        let Window { columns, pages } = window;
        match addressing(self.profile.controller) {
            Addressing::Rectangles => {
                Command::ColumnAddress(column(columns.start), column(columns.end - 1))
                    .send(&mut self.wire)?;
                Command::PageAddress(page(pages.start), page(pages.end - 1))
                    .send(&mut self.wire)?;
                let mut data = Zeroizing::new(Vec::with_capacity(columns.len() * pages.len()));
                let of = |page| &frame.page(page)[columns.clone()];
                pages.clone().for_each(|page| data.extend_from_slice(of(page)));
                self.wire.pixels(&data)
            }
            Addressing::Pages => pages.clone().try_for_each(|index| {
                Command::PageStart(page(index)).send(&mut self.wire)?;
                Command::ColStart(column(columns.start)).send(&mut self.wire)?;
                self.wire.pixels(&frame.page(index)[columns.clone()])
            }),
        }
    }

    /// The picture as it has to be on the glass. A half turn is for the controller.
    ///
    /// # Errors
    ///
    /// If it is not of the panel's size.
    fn on_glass<'a>(&self, frame: &'a Frame) -> Result<Cow<'a, Frame>, DriverError> {
        let (mut width, mut height) = (self.width, self.height);
        if self.rotation.is_sideways() {
            (width, height) = (height, width);
        }
        frame.require_size(width, height)?;
        Ok(if self.rotation.is_sideways() {
            Cow::Owned(frame.turned())
        } else {
            Cow::Borrowed(frame)
        })
    }

    fn write_all(&mut self, frame: Cow<'_, Frame>) -> Result<(), DriverError> {
        let certain = self.shown.is_some() && self.lit;
        self.send(|panel| {
            // Dark until the picture is there, or else whatever the memory held would flash up.
            // A picture of our own may stay: a panel that lost it meanwhile went dark by itself.
            if !certain {
                panel.darken()?;
            }
            panel.initialise()?;
            panel.write(&frame, &Window::whole(&frame))?;
            Command::DisplayOn(true).send(&mut panel.wire)
        })?;
        self.shown = Some(frame.into_owned());
        self.lit = true;
        Ok(())
    }
}

impl Driver for Oled {
    fn show(&mut self, frame: &Frame) -> Result<(), DriverError> {
        let frame = self.on_glass(frame)?;
        let Some(shown) = &self.shown else {
            return self.write_all(frame);
        };
        let windows = changed(shown, &frame, addressing(self.profile.controller));
        self.send(|panel| {
            windows.iter().try_for_each(|window| panel.write(&frame, window))?;
            if panel.lit { Ok(()) } else { Command::DisplayOn(true).send(&mut panel.wire) }
        })?;
        self.shown = Some(frame.into_owned());
        self.lit = true;
        Ok(())
    }

    fn refresh(&mut self, frame: &Frame) -> Result<(), DriverError> {
        let frame = self.on_glass(frame)?;
        self.write_all(frame)
    }

    fn blank(&mut self) -> Result<(), DriverError> {
        let dark = Frame::new(self.width, self.height);
        self.send(|panel| {
            panel.darken()?;
            panel.initialise()?;
            panel.write(&dark, &Window::whole(&dark))
        })?;
        self.shown = Some(dark);
        self.lit = false;
        Ok(())
    }

    /// An SSD1306 alone has a charge pump, which its initialisation starts; while it runs, that of
    /// another controller seems to be right, until power goes and comes back. The SSD1306 and 1309 stay
    /// with the addressing that they were told. The converter of an SH1106 or SH1107 is on after a
    /// reset, and AD, which is the current source of some SSD1306, may have switched it off. What is no
    /// command of a chip is nothing to it, or the number of a column.
    fn start_over(&mut self) -> Result<(), DriverError> {
        self.shown = None;
        self.send(|panel| {
            panel.darken()?;
            Command::ChargePump(false).send(&mut panel.wire)?;
            Command::AddressMode(AddrMode::Page).send(&mut panel.wire)?;
            panel.wire.command(&[0xad, 0x8b])
        })
    }

    fn dim(&mut self, glow: Glow) -> Result<(), DriverError> {
        if glow == Glow::Off {
            return self.blank();
        }
        self.dim = glow == Glow::Dim;
        let contrast = Command::Contrast(self.contrast());
        self.send(|panel| {
            panel.end_what_was_cut_off()?;
            contrast.send(&mut panel.wire)
        })
    }
}

/// The SH1106 has no commands 20 to 22; the SH1107 has no rectangles, but 20 and 21 for the
/// direction in which its address counts.
fn addressing(controller: Controller) -> Addressing {
    match controller {
        Controller::Ssd1306 | Controller::Ssd1309 => Addressing::Rectangles,
        Controller::Sh1106 | Controller::Sh1107 => Addressing::Pages,
    }
}
