//! What emulated controllers have in common.

use std::fmt;

/// A controller as its data sheet describes it.
pub(crate) trait Chip: fmt::Debug + Send {
    /// What the reset line and power do to the registers. The memory stays as it is.
    fn reset(&mut self);

    /// How many arguments a command has. A command that the chip has not is the test's end.
    fn arguments(&self, command: u8) -> usize;

    /// Obeys a command with its arguments.
    fn obey(&mut self, command: &[u8]);

    /// Takes a byte of pixels.
    fn store(&mut self, byte: u8);

    fn ram(&mut self) -> &mut Ram;

    /// The column and the row of the memory that the pixel shows which stands so many pixels right
    /// and down of the corner of a glass that is not turned; none if nothing drives it.
    fn behind(&self, x: usize, y: usize) -> Option<(usize, usize)>;

    /// Whether pixels that are set give light.
    fn is_lit(&self) -> bool;

    fn contrast(&self) -> u8;
}

/// What is soldered to the controller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Soldered {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// The memory's columns left of the glass when the segments are mapped as usual.
    pub(crate) columns_before: usize,
    /// The first COM output of the glass.
    pub(crate) first_com: usize,
    /// The COM pin wiring (command DA) with which this glass shows whole pictures.
    pub(crate) com_pins: u8,
}

/// The memory: a byte is eight pixels of a column, the lowest bit on top.
#[derive(Debug)]
pub(crate) struct Ram {
    columns: usize,
    bytes: Vec<u8>,
    /// Which of them were written since power came.
    written: Vec<bool>,
}

impl Ram {
    pub(crate) fn new(columns: usize, pages: usize) -> Self {
        let size = columns * pages;
        Self { columns, bytes: vec![0; size], written: vec![false; size] }
    }

    /// What is in it when power comes.
    pub(crate) fn fill_with_noise(&mut self) {
        let mut noise: u32 = 0x1234_5678;
        for byte in &mut self.bytes {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (noise >> 24) as u8;
        }
        self.written.fill(false);
    }

    pub(crate) fn write(&mut self, column: usize, page: usize, byte: u8) {
        assert!(column < self.columns, "column {column} is beyond the memory");
        self.bytes[page * self.columns + column] = byte;
        self.written[page * self.columns + column] = true;
    }

    pub(crate) fn pixel(&self, column: usize, row: usize) -> bool {
        self.bytes[row / 8 * self.columns + column] >> (row % 8) & 1 == 1
    }

    pub(crate) fn is_written(&self, column: usize, row: usize) -> bool {
        self.written[row / 8 * self.columns + column]
    }

    pub(crate) fn is_all_written(&self) -> bool {
        self.written.iter().all(|written| *written)
    }
}

/// Which of the lines that are scanned is on this COM output (SSD1306 datasheet, 10.1.15 "Set Display
/// Offset"; SH1106 and SH1107 datasheets, likewise). `coms` outputs there are, `scanned` are in
/// use.
pub(crate) fn line_on(
    com: usize,
    coms: usize,
    scanned: usize,
    offset: usize,
    reversed: bool,
) -> Option<usize> {
    let line =
        if reversed { (coms + scanned - 1 + offset - com) % coms } else { (com + offset) % coms };
    (line < scanned).then_some(line)
}
