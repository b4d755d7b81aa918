//! The six digits, as large as the panel allows: a font's glyphs, each pixel doubled, and nothing
//! of the space that the font keeps around them.
//!
//! ISO 9241-3 asks for 20 to 22 minutes of arc, which at half a metre is 19 pixels on a 0.96 inch
//! panel and 18 on a 0.91 inch one.

use std::convert::Infallible;

use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::ascii::{FONT_8X13_BOLD, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::Pixel;
use embedded_graphics::text::{Baseline, Text};

use crate::display::Frame;

/// A font for digits. Sizes are in pixels of the font.
pub(super) struct Digits {
    font: &'static MonoFont<'static>,
    /// Where the ink of the digits begins in the font's cell.
    ink: (i32, i32),
    /// How far the ink reaches.
    size: (i32, i32),
}

/// 16 by 26 pixels a digit, 116 wide for all six.
pub(super) const LARGE: Digits = Digits { font: &FONT_10X20, ink: (1, 3), size: (8, 13) };
/// 14 by 20 pixels a digit, 100 wide for all six.
pub(super) const SMALL: Digits = Digits { font: &FONT_8X13_BOLD, ink: (0, 1), size: (7, 10) };

const SCALE: i32 = 2;
/// Pixels between two digits, and the additional ones between the two groups of three.
const GAP: i32 = 2;
const GROUP_GAP: i32 = 8;

impl Digits {
    /// How wide six digits are, in pixels of the frame.
    pub(super) const fn width(&self) -> i32 {
        self.left(5) + SCALE * self.size.0
    }

    /// How wide and high one digit is, in pixels of the frame.
    pub(super) const fn cell(&self) -> (i32, i32) {
        (SCALE * self.size.0, SCALE * self.size.1)
    }

    /// How far right of the first digit this one begins.
    pub(super) const fn left(&self, index: usize) -> i32 {
        let group = if index > 2 { GROUP_GAP } else { 0 };
        index as i32 * (SCALE * self.size.0 + GAP) + group
    }

    /// Draws up to six digits, three and three, with the first one's upper left corner at (`x`,
    /// `y`). A digit's place does not depend on how many there are.
    pub(super) fn draw(&self, frame: &mut Frame, x: i32, y: i32, digits: &[u8]) {
        for (index, digit) in digits.iter().take(6).enumerate() {
            self.glyph(frame, x + self.left(index), y, *digit, SCALE);
        }
    }

    /// A number of at most two digits that is no code, with its upper right corner at (`x`, `y`):
    /// a countdown.
    pub(super) fn number(&self, frame: &mut Frame, x: i32, y: i32, number: u8) {
        let tens = number / 10 % 10;
        let ones = x - self.cell().0;
        self.glyph(frame, ones, y, number % 10, SCALE);
        if tens > 0 {
            self.glyph(frame, ones - self.left(1), y, tens, SCALE);
        }
    }

    /// A digit in the middle of a cell that no digit was put into yet: small enough not to be taken
    /// for one that was.
    pub(super) fn offer(&self, frame: &mut Frame, x: i32, y: i32, digit: u8) {
        self.glyph(frame, x + self.size.0 / 2, y + self.size.1 / 2, digit, 1);
    }

    fn glyph(&self, frame: &mut Frame, x: i32, y: i32, digit: u8, scale: i32) {
        let origin = Point::new(x - self.ink.0 * scale, y - self.ink.1 * scale);
        let mut scaled = Scaled { target: frame, origin, scale };
        let style = MonoTextStyle::new(self.font, BinaryColor::On);
        let mut buffer = [0; 4];
        let text = char::from(b'0' + digit % 10).encode_utf8(&mut buffer);
        let Ok(_) =
            Text::with_baseline(text, Point::zero(), style, Baseline::Top).draw(&mut scaled);
    }
}

#[cfg(feature = "simulator")]
impl Digits {
    /// The digits that [`draw`](Self::draw) left at this place, if there are six.
    pub(super) fn read(&self, frame: &Frame, x: i32, y: i32) -> Option<[u8; 6]> {
        let size = frame.size();
        let pictures: [Frame; 10] = std::array::from_fn(|digit| {
            let mut picture = Frame::new(size.width, size.height);
            self.draw(&mut picture, x, y, &[u8::try_from(digit).unwrap_or_default(); 6]);
            picture
        });
        let (width, height) = self.cell();
        let mut digits = [0; 6];
        for (index, digit) in digits.iter_mut().enumerate() {
            let left = x + self.left(index);
            let same = |picture: &Frame| {
                (left..left + width).all(|x| {
                    (y..y + height).all(|y| {
                        let at = (usize::try_from(x).ok(), usize::try_from(y).ok());
                        let (Some(x), Some(y)) = at else { return false };
                        picture.get(x, y) == frame.get(x, y)
                    })
                })
            };
            *digit = u8::try_from(pictures.iter().position(same)?).ok()?;
        }
        Some(digits)
    }
}

/// Makes each pixel a square on another target.
pub(super) struct Scaled<'a, T> {
    pub(super) target: &'a mut T,
    /// Where the upper left corner is there.
    pub(super) origin: Point,
    pub(super) scale: i32,
}

impl<T: OriginDimensions> OriginDimensions for Scaled<'_, T> {
    fn size(&self) -> Size {
        self.target.size()
    }
}

impl<T> DrawTarget for Scaled<'_, T>
where
    T: DrawTarget<Color = BinaryColor, Error = Infallible> + OriginDimensions,
{
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        let (origin, scale) = (self.origin, self.scale);
        let squares = pixels.into_iter().flat_map(|Pixel(at, color)| {
            let corner = origin + at * scale;
            (0..scale * scale).map(move |n| Pixel(corner + Point::new(n % scale, n / scale), color))
        });
        self.target.draw_iter(squares)
    }
}
