//! The SH1106 by its datasheet (V2.3): 132 columns, 8 pages, one way to address them: a page and a column,
//! which counts up to the last one.

use crate::chip::{Chip, Ram, Soldered, line_on, rewired};

#[derive(Debug)]
pub(crate) struct Sh1106 {
    glass: Soldered,
    ram: Ram,
    registers: Registers,
}

#[derive(Debug)]
struct Registers {
    on: bool,
    converter: bool,
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

/// "Reset Circuit".
const RESET: Registers = Registers {
    on: false,
    converter: true,
    column: 0,
    page: 0,
    start: 0,
    offset: 0,
    scanned: 64,
    remapped: false,
    reversed: false,
    com_pins: 0x12,
    contrast: 0x80,
    all_on: false,
    inverted: false,
};

impl Sh1106 {
    pub(crate) fn new(glass: Soldered) -> Self {
        Self { glass, ram: Ram::new(132, 8), registers: RESET }
    }
}

impl Chip for Sh1106 {
    fn reset(&mut self) {
        self.registers = RESET;
    }

    fn arguments(&self, command: u8) -> Option<usize> {
        Some(match command {
            0x81 | 0xa8 | 0xad | 0xd3 | 0xd5 | 0xd9 | 0xda | 0xdb => 1,
            0x00..=0x1f | 0x30..=0x33 | 0x40..=0x7f | 0xa0 | 0xa1 | 0xa4..=0xa7 => 0,
            0xae | 0xaf | 0xb0..=0xb7 | 0xc0..=0xcf | 0xe0 | 0xe3 | 0xee => 0,
            _ => return None,
        })
    }

    fn obey(&mut self, command: &[u8]) {
        let r = &mut self.registers;
        match *command {
            [low @ 0x00..=0x0f] => r.column = r.column & 0xf0 | usize::from(low),
            [high @ 0x10..=0x1f] => r.column = r.column & 0x0f | usize::from(high & 0xf) << 4,
            [start @ 0x40..=0x7f] => r.start = usize::from(start & 0x3f),
            [0x81, contrast] => r.contrast = contrast,
            [remap @ (0xa0 | 0xa1)] => r.remapped = remap & 1 == 1,
            [all @ (0xa4 | 0xa5)] => r.all_on = all & 1 == 1,
            [inverted @ (0xa6 | 0xa7)] => r.inverted = inverted & 1 == 1,
            [0xa8, last] => r.scanned = usize::from(last & 0x3f) + 1,
            [0xad, converter] => r.converter = converter & 1 == 1,
            [on @ (0xae | 0xaf)] => r.on = on & 1 == 1,
            [page @ 0xb0..=0xb7] => r.page = usize::from(page & 7),
            [reversed @ 0xc0..=0xcf] => r.reversed = reversed & 8 != 0,
            [0xd3, offset] => r.offset = usize::from(offset & 0x3f),
            [0xda, pins] => r.com_pins = pins,
            // Timing and voltages, nothing.
            [0x30..=0x33 | 0xe3] | [0xd5 | 0xd9 | 0xdb, _] => {}
            _ => panic!("{command:02x?} is for reading"),
        }
    }

    fn store(&mut self, byte: u8) {
        let r = &mut self.registers;
        self.ram.write(r.column, r.page, byte);
        // Beyond the last column it stops; nothing should be written there.
        r.column += 1;
    }

    fn ram(&mut self) -> &mut Ram {
        &mut self.ram
    }

    fn behind(&self, x: usize, y: usize) -> Option<(usize, usize)> {
        let (glass, r) = (&self.glass, &self.registers);
        // Usually segments and rows are soldered backwards (A1, C8).
        let segment = 131 - glass.columns_before - x;
        let com = glass.first_com + glass.height - 1 - y;
        let com = rewired(com, glass.com_pins, r.com_pins);
        let line = line_on(com, 64, r.scanned, r.offset, r.reversed)?;
        let column = if r.remapped { 131 - segment } else { segment };
        Some((column, (line + r.start) % 64))
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
