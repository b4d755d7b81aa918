//! What emulated controllers have in common.

use std::fmt;

/// A controller as its data sheet describes it.
pub(crate) trait Chip: fmt::Debug + Send {
    /// What the reset line and power do to the registers. The memory stays as it is.
    fn reset(&mut self);

    /// How many arguments a command has; `None` if it is none of this chip's.
    fn arguments(&self, command: u8) -> Option<usize>;

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
    /// Something was to be written where there is nothing.
    pub(crate) beyond: bool,
}

impl Ram {
    pub(crate) fn new(columns: usize, pages: usize) -> Self {
        let size = columns * pages;
        Self { columns, bytes: vec![0; size], written: vec![false; size], beyond: false }
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

    /// There is nothing beyond the last column.
    pub(crate) fn write(&mut self, column: usize, page: usize, byte: u8) {
        self.beyond |= column >= self.columns;
        if column >= self.columns {
            return;
        }
        self.bytes[page * self.columns + column] = byte;
        self.written[page * self.columns + column] = true;
    }

    /// All of it, and where in that a pixel is: in which byte, and which bit.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn place(&self, column: usize, row: usize) -> (usize, usize) {
        (row / 8 * self.columns + column, row % 8)
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

/// Which of 64 COM outputs is connected to what is soldered to output `com` of a chip that is told
/// `soldered` (command DA), when it is told `pins` instead (SSD1306 datasheet, table 10-3; SH1106
/// datasheet, "Common Output Configuration"): in sequence, or even ones on one side and odd ones on
/// the other; bit 5 swaps the sides.
pub(crate) fn rewired(com: usize, soldered: u8, pins: u8) -> usize {
    // The pins are numbered from one end of each side to the other.
    let swap = |pins: u8| usize::from(pins & 0x20);
    let in_turn = |pins: u8| pins & 0x10 != 0;
    let pin = swap(soldered) ^ if in_turn(soldered) { com / 2 + com % 2 * 32 } else { com };
    let pin = pin ^ swap(pins);
    if in_turn(pins) { pin % 32 * 2 + pin / 32 } else { pin }
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
