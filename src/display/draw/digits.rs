//! The six digits, as large as the panel allows: a font's glyphs, each pixel a square, and nothing
//! of the space that the font keeps around them. Three and three, beside each other or below.
//!
//! ISO 9241-3 asks for 20 to 22 minutes of arc, which at half a metre is 19 pixels on a 0.96 inch
//! panel, 18 on one of 0.91 inch, 15 on one of 0.66 inch and 20 on one of 1.12 inch. On one of 0.42
//! inch six digits have no room for that: there it is the 16 that it allows at least, 18 pixels.

use std::convert::Infallible;

use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::ascii::FONT_7X13_BOLD;
use embedded_graphics::mono_font::iso_8859_1::{FONT_6X13, FONT_8X13_BOLD, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::Pixel;
use embedded_graphics::text::{Baseline, Text};

use super::canvas::{Canvas, Ink};

/// A font for digits, and how six of them stand. Sizes of the font are in its own pixels, gaps in
/// those of the panel.
pub(super) struct Digits {
    font: &'static MonoFont<'static>,
    /// Where the ink of the digits begins in the font's cell.
    ink: (i32, i32),
    /// How far the ink reaches.
    size: (i32, i32),
    scale: i32,
    /// Between two digits.
    gap: i32,
    groups: Groups,
}

/// Where the second three go.
enum Groups {
    /// Beside the first ones, so much further away than the next digit would be.
    Beside(i32),
    /// Below them, with so many rows between.
    Below(i32),
}

/// For 128x64: 16 by 26 pixels a digit, 114 wide for all six.
pub(super) static LARGE: Digits = Digits {
    font: &FONT_10X20,
    ink: (1, 3),
    size: (8, 13),
    scale: 2,
    gap: 2,
    groups: Groups::Beside(8),
};
/// For 128x32: 14 by 20 pixels a digit, 102 wide for all six.
pub(super) static SMALL: Digits = Digits {
    font: &FONT_8X13_BOLD,
    ink: (0, 1),
    size: (7, 10),
    scale: 2,
    gap: 2,
    groups: Groups::Beside(8),
};
/// For 64x48: 12 by 18 pixels a digit, two rows of three are 40 by 39.
pub(super) static NARROW: Digits = Digits {
    font: &FONT_7X13_BOLD,
    ink: (0, 2),
    size: (6, 9),
    scale: 2,
    gap: 2,
    groups: Groups::Below(3),
};
/// For 72x40: 10 by 18 pixels a digit, 72 wide for all six.
pub(super) static SLIM: Digits = Digits {
    font: &FONT_6X13,
    ink: (0, 2),
    size: (5, 9),
    scale: 2,
    gap: 2,
    groups: Groups::Beside(2),
};
/// For 128x128: 24 by 39 pixels a digit, two rows of three are 80 by 81.
pub(super) static HUGE: Digits = Digits {
    font: &FONT_10X20,
    ink: (1, 3),
    size: (8, 13),
    scale: 3,
    gap: 4,
    groups: Groups::Below(3),
};

impl Digits {
    /// How wide all of them are, in pixels of the panel.
    pub(super) const fn width(&self) -> i32 {
        let last = match self.groups {
            Groups::Beside(_) => 5,
            Groups::Below(_) => 2,
        };
        self.place(last).0 + self.cell().0
    }

    /// How wide and high one digit is, in pixels of the panel.
    pub(super) const fn cell(&self) -> (i32, i32) {
        (self.scale * self.size.0, self.scale * self.size.1)
    }

    /// How far right of the first digit this one begins, and how far below.
    pub(super) const fn place(&self, index: usize) -> (i32, i32) {
        let pitch = self.cell().0 + self.gap;
        match self.groups {
            Groups::Beside(gap) if index > 2 => (index as i32 * pitch + gap, 0),
            Groups::Below(gap) if index > 2 => ((index as i32 - 3) * pitch, self.cell().1 + gap),
            _ => (index as i32 * pitch, 0),
        }
    }

    /// Draws up to six digits with the first one's upper left corner at (`x`, `y`). A digit's place
    /// does not depend on how many there are.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, x: i32, y: i32, digits: &[u8]) {
        for (index, digit) in digits.iter().take(6).enumerate() {
            let (right, down) = self.place(index);
            self.glyph(canvas, x + right, y + down, *digit, self.scale);
        }
    }

    /// A number of at most two digits that is no code, with its upper right corner at (`x`, `y`):
    /// a countdown.
    pub(super) fn number(&self, canvas: &mut Canvas<'_>, x: i32, y: i32, number: u8) {
        let tens = number / 10 % 10;
        let ones = x - self.cell().0;
        self.glyph(canvas, ones, y, number % 10, self.scale);
        if tens > 0 {
            self.glyph(canvas, ones - self.place(1).0, y, tens, self.scale);
        }
    }

    /// How wide that number is.
    pub(super) const fn number_width(&self, number: u8) -> i32 {
        (if number > 9 { self.place(1).0 } else { 0 }) + self.cell().0
    }

    /// A digit in the middle of a cell that no digit was put into yet: small enough not to be taken
    /// for one that was.
    pub(super) fn offer(&self, canvas: &mut Canvas<'_>, x: i32, y: i32, digit: u8) {
        let scale = self.scale - 1;
        let middle = |cell: i32, size: i32| (cell - scale * size) / 2;
        let (width, height) = self.cell();
        let at = (x + middle(width, self.size.0), y + middle(height, self.size.1));
        self.glyph(canvas, at.0, at.1, digit, scale);
    }

    fn glyph(&self, canvas: &mut Canvas<'_>, x: i32, y: i32, digit: u8, scale: i32) {
        let origin = Point::new(x - self.ink.0 * scale, y - self.ink.1 * scale);
        let mut scaled = Scaled { target: &mut Ink(canvas), origin, scale };
        let style = MonoTextStyle::new(self.font, BinaryColor::On);
        let mut buffer = [0; 4];
        let text = char::from(b'0' + digit % 10).encode_utf8(&mut buffer);
        let Ok(_) =
            Text::with_baseline(text, Point::zero(), style, Baseline::Top).draw(&mut scaled);
    }
}

#[cfg(feature = "simulator")]
impl Digits {
    /// The digits that [`draw`](Self::draw) left at this place, if there are six. `empty` is the
    /// same canvas on which nothing was drawn yet.
    pub(super) fn read(
        &self,
        canvas: &Canvas<'_>,
        empty: &mut Canvas<'_>,
        (x, y): (i32, i32),
    ) -> Option<[u8; 6]> {
        let (width, height) = self.cell();
        let mut digits = [None; 6];
        for candidate in 0..10 {
            self.draw(empty, x, y, &[candidate]);
            for (index, digit) in digits.iter_mut().enumerate() {
                let (right, down) = self.place(index);
                let mut pixels = (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y)));
                if pixels.all(|(x, y)| canvas.get(x + right, y + down) == empty.get(x, y)) {
                    *digit = Some(candidate);
                }
            }
            empty.wipe((x, y), (width, height));
        }
        let read = digits.map(Option::unwrap_or_default);
        digits.iter().all(Option::is_some).then_some(read)
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
