//! The SH1107 by its datasheet (V2.1): 128 columns, 16 pages. Its COM outputs drive columns of the memory
//! and its segments rows, which is why the start line and the offset move a picture sideways.

use crate::chip::{Chip, Ram, Soldered, line_on};

#[derive(Debug)]
pub(crate) struct Sh1107 {
    glass: Soldered,
    ram: Ram,
    registers: Registers,
}

#[derive(Debug)]
struct Registers {
    on: bool,
    converter: bool,
    /// The address counts pages, and not columns.
    vertical: bool,
    column: usize,
    page: usize,
    start: usize,
    offset: usize,
    scanned: usize,
    remapped: bool,
    reversed: bool,
    contrast: u8,
    all_on: bool,
    inverted: bool,
}

/// "Reset Circuit".
const RESET: Registers = Registers {
    on: false,
    converter: true,
    vertical: false,
    column: 0,
    page: 0,
    start: 0,
    offset: 0,
    scanned: 128,
    remapped: false,
    reversed: false,
    contrast: 0x80,
    all_on: false,
    inverted: false,
};

impl Sh1107 {
    pub(crate) fn new(glass: Soldered) -> Self {
        Self { glass, ram: Ram::new(128, 16), registers: RESET }
    }
}

impl Chip for Sh1107 {
    fn reset(&mut self) {
        self.registers = RESET;
    }

    fn arguments(&self, command: u8) -> Option<usize> {
        Some(match command {
            0x81 | 0xa8 | 0xad | 0xd3 | 0xd5 | 0xd9 | 0xdb | 0xdc => 1,
            0x00..=0x17 | 0x20 | 0x21 | 0xa0 | 0xa1 | 0xa4..=0xa7 | 0xae | 0xaf => 0,
            0xb0..=0xcf | 0xe0 | 0xe3 | 0xee => 0,
            // "Don't use any commands not mentioned above."
            _ => return None,
        })
    }

    fn obey(&mut self, command: &[u8]) {
        let r = &mut self.registers;
        match *command {
            [low @ 0x00..=0x0f] => r.column = r.column & 0xf0 | usize::from(low),
            [high @ 0x10..=0x17] => r.column = r.column & 0x0f | usize::from(high & 7) << 4,
            [mode @ (0x20 | 0x21)] => r.vertical = mode & 1 == 1,
            [0x81, contrast] => r.contrast = contrast,
            [remap @ (0xa0 | 0xa1)] => r.remapped = remap & 1 == 1,
            [all @ (0xa4 | 0xa5)] => r.all_on = all & 1 == 1,
            [inverted @ (0xa6 | 0xa7)] => r.inverted = inverted & 1 == 1,
            [0xa8, last] => r.scanned = usize::from(last & 0x7f) + 1,
            [on @ (0xae | 0xaf)] => r.on = on & 1 == 1,
            [page @ 0xb0..=0xbf] => r.page = usize::from(page & 0xf),
            [reversed @ 0xc0..=0xcf] => r.reversed = reversed & 8 != 0,
            [0xd3, offset] => r.offset = usize::from(offset & 0x7f),
            [0xdc, start] => r.start = usize::from(start & 0x7f),
            [0xad, converter] => r.converter = converter & 1 == 1,
            // Timing and voltages, nothing.
            [0xe3] | [0xd5 | 0xd9 | 0xdb, _] => {}
            _ => panic!("{command:02x?} is for reading"),
        }
    }

    fn store(&mut self, byte: u8) {
        let r = &mut self.registers;
        self.ram.write(r.column, r.page, byte);
        if r.vertical {
            r.page = (r.page + 1) % 16;
            r.column += usize::from(r.page == 0);
        } else {
            // Beyond the last column it stops; nothing should be written there.
            r.column += 1;
        }
    }

    fn ram(&mut self) -> &mut Ram {
        &mut self.ram
    }

    fn behind(&self, x: usize, y: usize) -> Option<(usize, usize)> {
        let (glass, r) = (&self.glass, &self.registers);
        let line = line_on(glass.first_com + x, 128, r.scanned, r.offset, r.reversed)?;
        let row = if r.remapped { 127 - y } else { y };
        Some(((line + r.start) % 128, row))
    }

    fn is_lit(&self) -> bool {
        let r = &self.registers;
        assert!(!r.all_on && !r.inverted, "not a picture");
        r.on && r.converter
    }

    fn contrast(&self) -> u8 {
        self.registers.contrast
    }
}
