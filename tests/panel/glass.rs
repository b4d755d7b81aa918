//! An SSD1306 behind a fake I2C bus: bytes go in, and out comes what a person sees.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, Operation};
use pairpanel::display::{Errno, Frame};

pub(crate) const EINVAL: i32 = 22;
pub(crate) const EREMOTEIO: i32 = 121;

/// What is soldered to the controller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glass {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// The controller's columns left of the glass when the segments are mapped as usual (A1).
    pub(crate) columns_before: usize,
    /// The COM pin wiring (command DA) with which this glass shows whole pictures.
    pub(crate) com_pins: u8,
    /// Mounted upside down.
    pub(crate) turned: bool,
}

/// The controller and the bus it hangs on, shared by the test and the driver.
#[derive(Clone, Debug)]
pub(crate) struct Emulator(Arc<Mutex<State>>);

#[derive(Debug)]
pub(crate) struct State {
    glass: Glass,
    ram: [[u8; 128]; 8],
    /// Which bytes of `ram` were written since power came.
    written: [[bool; 128]; 8],
    on: bool,
    remap: bool,
    com_reversed: bool,
    com_pins: u8,
    multiplex: u8,
    horizontal: bool,
    pub(crate) contrast: u8,
    columns: (u8, u8),
    pages: (u8, u8),
    column: u8,
    page: u8,
    /// Something was lit that nobody had drawn.
    pub(crate) garbage_seen: bool,
    pub(crate) transactions: usize,
    /// All bytes on the wire, addresses included.
    pub(crate) bytes: usize,
    /// Bytes that one message may have; longer ones get EINVAL.
    pub(crate) largest: usize,
    /// After so many more transfers one is cut off after so many bytes.
    pub(crate) fail_in: Option<(usize, usize)>,
}

impl Emulator {
    pub(crate) fn new(glass: Glass) -> Self {
        let off = State {
            glass,
            ram: [[0; 128]; 8],
            written: [[false; 128]; 8],
            on: false,
            remap: false,
            com_reversed: false,
            com_pins: 0x12,
            multiplex: 63,
            horizontal: false,
            contrast: 0x7f,
            columns: (0, 127),
            pages: (0, 7),
            column: 0,
            page: 0,
            garbage_seen: false,
            transactions: 0,
            bytes: 0,
            largest: usize::MAX,
            fail_in: None,
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
        let mut noise: u32 = 0x1234_5678;
        for byte in state.ram.iter_mut().flatten() {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (noise >> 24) as u8;
        }
        state.written = [[false; 128]; 8];
        (state.on, state.remap, state.com_reversed, state.horizontal) =
            (false, false, false, false);
        (state.columns, state.pages, state.column, state.page) = ((0, 127), (0, 7), 0, 0);
        (state.com_pins, state.multiplex, state.contrast) = (0x12, 63, 0x7f);
    }

    /// The picture on the glass, upright for whoever stands before it.
    pub(crate) fn seen(&self) -> Frame {
        let state = self.state();
        let Glass { width, height, .. } = state.glass;
        let mut frame = Frame::new(width as u32, height as u32);
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            if let Some((page, column, bit)) = state.behind(x, y) {
                frame.set(x, y, state.on && state.ram[page][column] >> bit & 1 == 1);
            }
        }
        frame
    }

    /// Transactions and bytes since the last call.
    pub(crate) fn take_counts(&self) -> (usize, usize) {
        let mut state = self.state();
        (std::mem::take(&mut state.transactions), std::mem::take(&mut state.bytes))
    }
}

impl State {
    /// Page, column and bit that light the pixel; none if the wiring is set wrong.
    fn behind(&self, x: usize, y: usize) -> Option<(usize, usize, usize)> {
        let Glass { width, height, columns_before, com_pins, turned } = self.glass;
        if self.com_pins != com_pins || usize::from(self.multiplex) != height - 1 {
            return None;
        }
        let (x, y) = if turned { (width - 1 - x, height - 1 - y) } else { (x, y) };
        let segment = columns_before + x;
        let column = if self.remap { segment } else { 127 - segment };
        let row = if self.com_reversed { y } else { height - 1 - y };
        Some((row / 8, column, row % 8))
    }

    fn receive(&mut self, message: &[u8]) {
        match message.split_first() {
            Some((0x00, mut commands)) => {
                while !commands.is_empty() {
                    commands = self.command(commands);
                }
            }
            Some((0x40, data)) => data.iter().for_each(|byte| self.data(*byte)),
            other => panic!("not a control byte: {other:02x?}"),
        }
        if self.on && self.written.iter().flatten().any(|written| !written) {
            let Glass { width, height, .. } = self.glass;
            let mut pixels = (0..width).flat_map(|x| (0..height).map(move |y| (x, y)));
            self.garbage_seen |= pixels.any(|(x, y)| {
                self.behind(x, y).is_some_and(|(page, column, _)| !self.written[page][column])
            });
        }
    }

    /// Obeys the first command and returns the rest. One that is cut off does nothing.
    fn command<'a>(&mut self, commands: &'a [u8]) -> &'a [u8] {
        let arguments = match commands[0] {
            0x21 | 0x22 => 2,
            0x20 | 0x81 | 0x8d | 0xa8 | 0xad | 0xd3 | 0xd5 | 0xd9 | 0xda | 0xdb => 1,
            _ => 0,
        };
        let Some((command, rest)) = commands.split_at_checked(1 + arguments) else {
            return &[];
        };
        match *command {
            [0x20, mode] => self.horizontal = mode == 0,
            [0x21, first, last] => (self.columns, self.column) = ((first, last), first),
            [0x22, first, last] => (self.pages, self.page) = ((first, last), first),
            [0x81, contrast] => self.contrast = contrast,
            [0xa0 | 0xa1] => self.remap = command[0] & 1 == 1,
            [0xa8, multiplex] => self.multiplex = multiplex,
            [0xae | 0xaf] => self.on = command[0] & 1 == 1,
            [0xc0 | 0xc8] => self.com_reversed = command[0] == 0xc8,
            [0xda, pins] => self.com_pins = pins,
            // As after a reset: no offset, first line 0, pixels from memory, not inverted, no scroll.
            [0x40 | 0xa4 | 0xa6 | 0x2e] | [0xd3, 0] => {}
            [0x8d, 0x14] | [0xad | 0xd5 | 0xd9 | 0xdb, _] => {}
            _ => panic!("not a command that this panel should get: {command:02x?}"),
        }
        rest
    }

    fn data(&mut self, byte: u8) {
        assert!(self.horizontal, "data outside the horizontal addressing mode");
        let (page, column) = (usize::from(self.page), usize::from(self.column));
        self.ram[page][column] = byte;
        self.written[page][column] = true;
        self.column += 1;
        if self.column > self.columns.1 {
            self.column = self.columns.0;
            self.page = if self.page == self.pages.1 { self.pages.0 } else { self.page + 1 };
        }
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

impl embedded_hal::i2c::Error for FakeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for Emulator {
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
        if message.len() > state.largest {
            return Err(FakeError(EINVAL));
        }
        assert_eq!(address, 0x3c);
        if let Some((later, whole)) = state.fail_in {
            if later == 0 {
                state.fail_in = None;
                let arrived = whole.min(message.len() - 1);
                if arrived > 0 {
                    state.receive(&message[..arrived]);
                }
                return Err(FakeError(EREMOTEIO));
            }
            state.fail_in = Some((later - 1, whole));
        }
        state.transactions += 1;
        state.bytes += 1 + message.len();
        state.receive(message);
        Ok(())
    }
}
