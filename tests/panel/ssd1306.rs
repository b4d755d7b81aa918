//! The SSD1306 by its datasheet (Rev 1.1), and the SSD1309, which has no charge pump: 128 columns, 8
//! pages, three ways to address them.

use crate::chip::{Chip, Ram, Soldered, line_on, rewired};

#[derive(Debug)]
pub(crate) struct Ssd1306 {
    glass: Soldered,
    ram: Ram,
    /// It is an SSD1306.
    has_pump: bool,
    registers: Registers,
}

#[derive(Debug)]
struct Registers {
    on: bool,
    pump: bool,
    mode: Mode,
    columns: (usize, usize),
    pages: (usize, usize),
    column: usize,
    page: usize,
    start: usize,
    offset: usize,
    scanned: usize,
    remapped: bool,
    reversed: bool,
    com_pins: u8,
    contrast: u8,
    all_on: bool,
    inverted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Horizontal,
    Vertical,
    Page,
}

/// Table 9-1, the values after a reset.
const RESET: Registers = Registers {
    on: false,
    pump: false,
    mode: Mode::Page,
    columns: (0, 127),
    pages: (0, 7),
    column: 0,
    page: 0,
    start: 0,
    offset: 0,
    scanned: 64,
    remapped: false,
    reversed: false,
    com_pins: 0x12,
    contrast: 0x7f,
    all_on: false,
    inverted: false,
};

impl Ssd1306 {
    pub(crate) fn new(glass: Soldered, has_pump: bool) -> Self {
        Self { glass, ram: Ram::new(128, 8), has_pump, registers: RESET }
    }
}

impl Chip for Ssd1306 {
    fn reset(&mut self) {
        self.registers = RESET;
    }

    fn arguments(&self, command: u8) -> Option<usize> {
        Some(match command {
            0x21 | 0x22 => 2,
            0x20 | 0x81 | 0xa8 | 0xd3 | 0xd5 | 0xd9 | 0xda | 0xdb => 1,
            // Not in the data sheet of the SSD1306, but in that of the SSD1306B: the current source.
            0x8d | 0xad if self.has_pump => 1,
            0x00..=0x1f | 0x2e | 0x40..=0x7f | 0xa0 | 0xa1 | 0xa4..=0xa7 => 0,
            0xae | 0xaf | 0xb0..=0xb7 | 0xc0 | 0xc8 | 0xe3 => 0,
            _ => return None,
        })
    }

    fn obey(&mut self, command: &[u8]) {
        let r = &mut self.registers;
        match *command {
            [low @ 0x00..=0x0f] => r.column = r.column & 0xf0 | usize::from(low),
            [high @ 0x10..=0x1f] => r.column = r.column & 0x0f | usize::from(high & 7) << 4,
            [0x20, mode] => match mode & 3 {
                0 => r.mode = Mode::Horizontal,
                1 => r.mode = Mode::Vertical,
                2 => r.mode = Mode::Page,
                _ => {}
            },
            [0x21, first, last] => {
                let (first, last) = (first & 0x7f, last & 0x7f);
                (r.columns, r.column) = ((first.into(), last.into()), first.into());
            }
            [0x22, first, last] => {
                let (first, last) = (first & 7, last & 7);
                (r.pages, r.page) = ((first.into(), last.into()), first.into());
            }
            [start @ 0x40..=0x7f] => r.start = usize::from(start & 0x3f),
            [0x81, contrast] => r.contrast = contrast,
            [0x8d, pump] => r.pump = pump & 4 != 0,
            [remap @ (0xa0 | 0xa1)] => r.remapped = remap & 1 == 1,
            [all @ (0xa4 | 0xa5)] => r.all_on = all & 1 == 1,
            [inverted @ (0xa6 | 0xa7)] => r.inverted = inverted & 1 == 1,
            [0xa8, last] => {
                let last = last & 0x3f;
                assert!(last >= 15, "multiplex ratio {last}");
                r.scanned = usize::from(last) + 1;
            }
            [on @ (0xae | 0xaf)] => r.on = on & 1 == 1,
            [page @ 0xb0..=0xb7] => r.page = usize::from(page & 7),
            [reversed @ (0xc0 | 0xc8)] => r.reversed = reversed == 0xc8,
            [0xd3, offset] => r.offset = usize::from(offset & 0x3f),
            [0xda, pins] => r.com_pins = pins,
            // Scrolling off, timing and voltages, nothing.
            [0x2e | 0xe3] | [0xad | 0xd5 | 0xd9 | 0xdb, _] => {}
            _ => unreachable!("{command:02x?}"),
        }
    }

    fn store(&mut self, byte: u8) {
        let r = &mut self.registers;
        self.ram.write(r.column, r.page, byte);
        let next = |at: usize, (first, last): (usize, usize), size: usize| {
            if at == last { (first, true) } else { ((at + 1) % size, false) }
        };
        let carried;
        match r.mode {
            Mode::Horizontal => {
                (r.column, carried) = next(r.column, r.columns, 128);
                if carried {
                    r.page = next(r.page, r.pages, 8).0;
                }
            }
            Mode::Vertical => {
                (r.page, carried) = next(r.page, r.pages, 8);
                if carried {
                    r.column = next(r.column, r.columns, 128).0;
                }
            }
            Mode::Page => r.column = (r.column + 1) % 128,
        }
    }

    fn ram(&mut self) -> &mut Ram {
        &mut self.ram
    }

    fn behind(&self, x: usize, y: usize) -> Option<(usize, usize)> {
        let (glass, r) = (&self.glass, &self.registers);
        // Usually segments and rows are soldered backwards (A1, C8).
        let segment = 127 - glass.columns_before - x;
        let com = glass.first_com + glass.height - 1 - y;
        let com = rewired(com, glass.com_pins, r.com_pins);
        let line = line_on(com, 64, r.scanned, r.offset, r.reversed)?;
        let column = if r.remapped { 127 - segment } else { segment };
        Some((column, (line + r.start) % 64))
    }

    fn is_lit(&self) -> bool {
        let r = &self.registers;
        assert!(!r.all_on && !r.inverted, "not a picture");
        r.on && (r.pump || !self.has_pump)
    }

    fn contrast(&self) -> u8 {
        self.registers.contrast
    }
}
