//! A panel behind a fake I2C or SPI bus: bytes go in, and out comes what a person sees.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::{I2c, Operation};
use embedded_hal::spi::SpiDevice;
use embedded_hal::{digital, i2c, spi};
use pairpanel::board::{Controller, Rotation};
use pairpanel::display::{DriverError, Errno, Frame, Output};

use crate::chip::{Chip, Soldered};
use crate::sh1106::Sh1106;
use crate::sh1107::Sh1107;
use crate::ssd1306::Ssd1306;

pub(crate) const EINVAL: i32 = 22;
pub(crate) const EMSGSIZE: i32 = 90;
pub(crate) const EREMOTEIO: i32 = 121;

/// A controller with a glass, mounted in some way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glass {
    pub(crate) controller: Controller,
    pub(crate) soldered: Soldered,
    /// How far pictures have to be turned clockwise on the glass to be upright.
    pub(crate) mounted: Rotation,
}

impl Glass {
    /// Width and height as a person sees them.
    pub(crate) fn seen_size(&self) -> (usize, usize) {
        let Soldered { width, height, .. } = self.soldered;
        if self.mounted.is_sideways() { (height, width) } else { (width, height) }
    }

    /// The pixel of a glass that is not turned which a person sees there.
    fn pixel(&self, x: usize, y: usize) -> (usize, usize) {
        let Soldered { width, height, .. } = self.soldered;
        match self.mounted {
            Rotation::None => (x, y),
            Rotation::Right => (width - 1 - y, x),
            Rotation::Half => (width - 1 - x, height - 1 - y),
            Rotation::Left => (y, height - 1 - x),
        }
    }
}

/// The panel and the bus it hangs on, shared by the test and the driver.
#[derive(Clone, Debug)]
pub(crate) struct Emulator(Arc<Mutex<State>>);

#[derive(Debug)]
pub(crate) struct State {
    glass: Glass,
    chip: Box<dyn Chip>,
    /// A command that waits for its arguments. They may come in another message.
    pending: Vec<u8>,
    /// It may get commands that are for another controller.
    pub(crate) foreign: bool,
    /// The D/C line is high: for pixels.
    for_pixels: bool,
    held_in_reset: bool,
    pub(crate) resets: usize,
    /// Something was lit that nobody had drawn.
    pub(crate) garbage_seen: bool,
    pub(crate) transactions: usize,
    /// All bytes on the wire, addresses included.
    pub(crate) bytes: usize,
    /// Bytes that one message may have; longer ones get EINVAL on I2C and EMSGSIZE on SPI.
    pub(crate) largest: usize,
    /// After so many more transfers one is cut off after so many bytes.
    pub(crate) fail_in: Option<(usize, usize)>,
    /// The next change of a line fails.
    pub(crate) line_lost: bool,
}

impl Emulator {
    pub(crate) fn new(glass: Glass) -> Self {
        let chip: Box<dyn Chip> = match glass.controller {
            Controller::Ssd1306 => Box::new(Ssd1306::new(glass.soldered, true)),
            Controller::Ssd1309 => Box::new(Ssd1306::new(glass.soldered, false)),
            Controller::Sh1106 => Box::new(Sh1106::new(glass.soldered)),
            Controller::Sh1107 => Box::new(Sh1107::new(glass.soldered)),
        };
        let off = State {
            glass,
            chip,
            pending: Vec::new(),
            foreign: false,
            for_pixels: false,
            held_in_reset: false,
            resets: 0,
            garbage_seen: false,
            transactions: 0,
            bytes: 0,
            largest: usize::MAX,
            fail_in: None,
            line_lost: false,
        };
        let emulator = Self(Arc::new(Mutex::new(off)));
        emulator.power_cycle();
        emulator
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Takes power away and gives it back: registers as after a reset, noise in the memory.
    pub(crate) fn power_cycle(&self) {
        let mut state = self.state();
        state.chip.reset();
        state.chip.ram().fill_with_noise();
        state.pending.clear();
    }

    pub(crate) fn line(&self, which: Which) -> FakeLine {
        FakeLine { emulator: self.clone(), which }
    }

    /// The picture on the glass, upright for whoever stands before it.
    pub(crate) fn seen(&self) -> Frame {
        let mut state = self.state();
        let glass = state.glass;
        let (width, height) = glass.seen_size();
        let mut frame = Frame::new(width as u32, height as u32);
        let lit = state.chip.is_lit();
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            let (column, row) = glass.pixel(x, y);
            if let Some((column, row)) = state.chip.behind(column, row) {
                frame.set(x, y, lit && state.chip.ram().pixel(column, row));
            }
        }
        frame
    }

    pub(crate) fn seen_size(&self) -> (usize, usize) {
        self.state().glass.seen_size()
    }

    /// For each pixel that a person sees, row after row: in which byte of the memory it is, and which
    /// bit; none if nothing drives the pixel.
    pub(crate) fn behind(&self) -> Vec<Option<(usize, usize)>> {
        let mut state = self.state();
        let glass = state.glass;
        let (width, height) = glass.seen_size();
        let behind = |n: usize| {
            let (x, y) = glass.pixel(n % width, n / width);
            let (column, row) = state.chip.behind(x, y)?;
            Some(state.chip.ram().place(column, row))
        };
        (0..width * height).map(behind).collect()
    }

    pub(crate) fn memory(&self) -> Vec<u8> {
        self.state().chip.ram().bytes().to_vec()
    }

    pub(crate) fn contrast(&self) -> u8 {
        self.state().chip.contrast()
    }

    /// Transactions and bytes since the last call.
    pub(crate) fn take_counts(&self) -> (usize, usize) {
        let mut state = self.state();
        (std::mem::take(&mut state.transactions), std::mem::take(&mut state.bytes))
    }
}

impl State {
    fn commands(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().filter(|_| !self.held_in_reset) {
            self.pending.push(*byte);
            let arguments = self.chip.arguments(self.pending[0]);
            assert!(arguments.is_some() || self.foreign, "{byte:02x} is no command of this one");
            // What is not known does nothing, and its arguments are taken for commands.
            if self.pending.len() > arguments.unwrap_or_default() {
                let command = std::mem::take(&mut self.pending);
                // Where the voltage comes from is soldered, and its driver cannot know.
                let sh1107 = self.glass.controller == Controller::Sh1107;
                assert!(self.foreign || !sh1107 || command[0] != 0xad, "not for its driver");
                if arguments.is_some() {
                    self.chip.obey(&command);
                }
            }
        }
        self.look();
    }

    fn pixels(&mut self, bytes: &[u8]) {
        if !self.held_in_reset {
            bytes.iter().for_each(|byte| self.chip.store(*byte));
            assert!(self.foreign || !self.chip.ram().beyond, "beyond the memory");
        }
        self.look();
    }

    fn look(&mut self) {
        if self.garbage_seen || self.chip.ram().is_all_written() || !self.chip.is_lit() {
            return;
        }
        let Soldered { width, height, .. } = self.glass.soldered;
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            if let Some((column, row)) = self.chip.behind(x, y) {
                self.garbage_seen |= !self.chip.ram().is_written(column, row);
            }
        }
    }

    /// How much of a message of this size arrives, and the error if that is not all of it.
    fn transfer(&mut self, size: usize, too_long: i32, cut: i32) -> (usize, Result<(), FakeError>) {
        if size > self.largest {
            return (0, Err(FakeError(too_long)));
        }
        if let Some((later, whole)) = self.fail_in {
            if later == 0 {
                self.fail_in = None;
                return (whole.min(size - 1), Err(FakeError(cut)));
            }
            self.fail_in = Some((later - 1, whole));
        }
        (size, Ok(()))
    }
}

#[derive(Debug)]
pub(crate) struct FakeError(i32);

impl fmt::Display for FakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "errno {}", self.0)
    }
}

impl Errno for FakeError {
    fn errno(&self) -> Option<i32> {
        Some(self.0)
    }
}

impl i2c::Error for FakeError {
    fn kind(&self) -> i2c::ErrorKind {
        i2c::ErrorKind::Other
    }
}

impl spi::Error for FakeError {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

impl i2c::ErrorType for Emulator {
    type Error = FakeError;
}

impl I2c for Emulator {
    fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), FakeError> {
        let mut state = self.state();
        let [Operation::Write(message)] = operations else { panic!("one write at a time") };
        assert_eq!(address, 0x3c);
        let (arrived, result) = state.transfer(message.len(), EINVAL, EREMOTEIO);
        match message[..arrived].split_first() {
            Some((0x00, commands)) => state.commands(commands),
            Some((0x40, pixels)) => state.pixels(pixels),
            Some(_) => panic!("not a control byte: {message:02x?}"),
            None => {}
        }
        if result.is_ok() {
            state.transactions += 1;
            state.bytes += 1 + message.len();
        }
        result
    }
}

impl spi::ErrorType for Emulator {
    type Error = FakeError;
}

impl SpiDevice for Emulator {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), FakeError> {
        let mut state = self.state();
        let [spi::Operation::Write(message)] = operations else { panic!("one write at a time") };
        let (arrived, result) = state.transfer(message.len(), EMSGSIZE, EREMOTEIO);
        if state.for_pixels {
            state.pixels(&message[..arrived]);
        } else {
            state.commands(&message[..arrived]);
        }
        if result.is_ok() {
            state.transactions += 1;
            state.bytes += message.len();
        }
        result
    }
}

/// A line beside the bus.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// On for pixels.
    Dc,
    /// On while the controller is held in reset.
    Reset,
}

#[derive(Debug)]
pub(crate) struct FakeLine {
    emulator: Emulator,
    which: Which,
}

impl Output for FakeLine {
    fn set(&mut self, on: bool) -> Result<(), DriverError> {
        let mut state = self.emulator.state();
        if std::mem::take(&mut state.line_lost) {
            let (device, reason) = ("the line".to_owned(), "it is lost".to_owned());
            return Err(DriverError::WriteFailed { device, errno: None, reason });
        }
        match self.which {
            Which::Dc => state.for_pixels = on,
            Which::Reset => {
                state.held_in_reset = on;
                state.resets += usize::from(on);
                state.chip.reset();
                state.pending.clear();
            }
        }
        Ok(())
    }
}

impl digital::ErrorType for FakeLine {
    type Error = std::convert::Infallible;
}

/// For the `ssd1306` crate's own way to SPI.
impl OutputPin for FakeLine {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        self.emulator.state().for_pixels = false;
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        self.emulator.state().for_pixels = true;
        Ok(())
    }
}
