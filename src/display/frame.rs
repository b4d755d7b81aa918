//! A picture of one bit a pixel.

use std::convert::Infallible;
use std::fmt;

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, OriginDimensions, Pixel, Size};
use zeroize::Zeroizing;

use super::DriverError;

/// A picture of `width` by `height` pixels, dark at first.
///
/// Kept as the SSD1306 keeps it: one byte for each column of each page (eight rows), the lowest
/// bit on top. It may hold a code: its memory is wiped when it is dropped, and `Debug` shows the
/// size alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    width: usize,
    height: usize,
    bytes: Zeroizing<Vec<u8>>,
}

impl Frame {
    /// A dark frame. Sizes are in pixels; a last page that is not full has unused bits.
    pub fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        Self { width, height, bytes: Zeroizing::new(vec![0; width * height.div_ceil(8)]) }
    }

    /// Pixels per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Rows of eight pixels.
    pub fn pages(&self) -> usize {
        self.height.div_ceil(8)
    }

    /// One page: a byte per column.
    ///
    /// # Panics
    ///
    /// If there is no such page.
    pub fn page(&self, page: usize) -> &[u8] {
        &self.bytes[page * self.width..][..self.width]
    }

    /// Whether the pixel is lit; those outside never are.
    pub fn get(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && self.page(y / 8)[x] >> (y % 8) & 1 == 1
    }

    /// Lights the pixel or darkens it; those outside stay as they are.
    pub fn set(&mut self, x: usize, y: usize, lit: bool) {
        if x < self.width && y < self.height {
            let byte = &mut self.bytes[y / 8 * self.width + x];
            let bit = 1 << (y % 8);
            *byte = if lit { *byte | bit } else { *byte & !bit };
        }
    }

    /// # Errors
    ///
    /// [`DriverError::WrongSize`] if it is not of a panel's size.
    pub(super) fn require_size(&self, width: u32, height: u32) -> Result<(), DriverError> {
        if (self.width, self.height) == (width as usize, height as usize) {
            return Ok(());
        }
        Err(DriverError::WrongSize {
            frame: format!("{}x{}", self.width, self.height),
            panel: format!("{width}x{height}"),
        })
    }

    /// The picture turned clockwise by a quarter: its top row is the rightmost column.
    pub(super) fn turned(&self) -> Self {
        let mut turned = Self {
            width: self.height,
            height: self.width,
            bytes: Zeroizing::new(vec![0; self.height * self.width.div_ceil(8)]),
        };
        for (y, x) in (0..self.height).flat_map(|y| (0..self.width).map(move |x| (y, x))) {
            turned.set(self.height - 1 - y, x, self.get(x, y));
        }
        turned
    }

    /// The picture as text: two rows a line in half blocks, each line as wide as the frame.
    pub fn to_half_blocks(&self) -> String {
        let mut text = String::new();
        for y in (0..self.height).step_by(2) {
            text.extend((0..self.width).map(|x| match (self.get(x, y), self.get(x, y + 1)) {
                (false, false) => ' ',
                (true, false) => '▀',
                (false, true) => '▄',
                (true, true) => '█',
            }));
            text.push('\n');
        }
        text
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({}x{})", self.width, self.height)
    }
}

impl OriginDimensions for Frame {
    fn size(&self) -> Size {
        // Both came in as u32.
        Size::new(self.width as u32, self.height as u32)
    }
}

impl DrawTarget for Frame {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        for Pixel(point, color) in pixels {
            if let (Ok(x), Ok(y)) = (usize::try_from(point.x), usize::try_from(point.y)) {
                self.set(x, y, color.is_on());
            }
        }
        Ok(())
    }

    fn clear(&mut self, color: BinaryColor) -> Result<(), Infallible> {
        // Keeps the bits below the last row at zero, so that equal pictures are equal frames.
        for y in 0..self.height {
            (0..self.width).for_each(|x| self.set(x, y, color.is_on()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_is_a_bit_of_its_page_with_the_top_row_lowest() {
        let mut frame = Frame::new(16, 16);
        frame.set(3, 9, true);
        assert_eq!((frame.page(0), frame.page(1)[3]), (&[0; 16][..], 0b10));
        assert!(frame.get(3, 9) && !frame.get(9, 3));
        frame.set(3, 9, false);
        assert_eq!(frame, Frame::new(16, 16));
    }

    #[test]
    fn what_is_drawn_outside_is_cut_off() {
        let mut frame = Frame::new(8, 12);
        frame.set(8, 0, true);
        frame.set(0, 12, true);
        assert_eq!(frame, Frame::new(8, 12));
        assert!(!frame.get(0, 12) && !frame.get(8, 0));
    }

    #[test]
    fn a_turned_picture_has_its_top_at_the_right() {
        let mut frame = Frame::new(3, 2);
        frame.set(0, 0, true);
        frame.set(2, 0, true);
        frame.set(0, 1, true);
        assert_eq!(frame.to_half_blocks(), "█ ▀\n");
        assert_eq!(frame.turned().to_half_blocks(), "▀▀\n ▀\n");
        let whole_turn = frame.turned().turned().turned().turned();
        assert_eq!(whole_turn, frame);
    }

    #[test]
    fn half_blocks_show_two_rows_a_line() {
        let mut frame = Frame::new(4, 3);
        for (x, y) in [(0, 0), (1, 1), (2, 0), (2, 1), (3, 2)] {
            frame.set(x, y, true);
        }
        assert_eq!(frame.to_half_blocks(), "▀▄█ \n   ▀\n");
    }

    #[test]
    fn debug_does_not_show_what_may_be_a_code() {
        let mut frame = Frame::new(128, 64);
        frame.clear(BinaryColor::On).unwrap();
        assert_eq!(format!("{frame:?}"), "Frame(128x64)");
    }
}
