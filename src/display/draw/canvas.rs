//! Text and lines on a frame, in columns and rows of pixels.

use std::convert::Infallible;

use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::mono_font::iso_8859_1::{FONT_4X6, FONT_5X8, FONT_6X9};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{OriginDimensions, Pixel};
use embedded_graphics::primitives::{Line, Primitive, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};

use super::digits::Scaled;
use crate::display::Frame;

/// The font of everything but digits: 21 columns on 128 pixels.
pub(super) const TEXT: &MonoFont<'_> = &FONT_6X9;
const SMALLEST: &MonoFont<'_> = &FONT_4X6;

/// A picture of seven by seven pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Tick,
    Cross,
    /// An arrow to the left: the last digit is taken back.
    Back,
    /// A digit is added.
    Plus,
    /// An exclamation mark.
    Mind,
    /// The line that is chosen: a triangle that points at it.
    Here,
    None,
}

pub(super) struct Canvas<'a> {
    pub(super) frame: &'a mut Frame,
    pub(super) width: i32,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(frame: &'a mut Frame) -> Self {
        let width = i32::try_from(frame.size().width).unwrap_or(i32::MAX);
        Self { frame, width }
    }

    pub(super) fn text(&mut self, x: i32, y: i32, text: &str) {
        self.text_in(TEXT, x, y, text);
    }

    /// Ends at the right edge; gives where it begins.
    pub(super) fn right(&mut self, y: i32, text: &str) -> i32 {
        let x = self.width - width_of(TEXT, text);
        self.text(x, y, text);
        x
    }

    /// What a key does that says yes.
    pub(super) fn right_with_tick(&mut self, y: i32, text: &str) {
        self.text(self.width - 10 - width_of(TEXT, text), y, text);
        self.tick(self.width - 7, y + 1);
    }

    pub(super) fn centred_in(&mut self, font: &MonoFont<'_>, y: i32, text: &str) {
        self.text_in(font, (self.width - width_of(font, text)) / 2, y, text);
    }

    pub(super) fn centred(&mut self, y: i32, text: &str) {
        self.centred_in(TEXT, y, text);
    }

    /// One line: `left` and `right` in the text font.
    pub(super) fn line(&mut self, y: i32, left: &str, right: &str) {
        self.text(0, y, left);
        self.right(y, right);
    }

    /// A headline that asks a question: dark on light.
    pub(super) fn inverted(&mut self, y: i32, left: &str, right: &str) {
        self.fill(0, y, self.width, 9);
        self.write(TEXT, 1, y, left, BinaryColor::Off);
        let x = self.width - 1 - width_of(TEXT, right);
        self.write(TEXT, x, y, right, BinaryColor::Off);
    }

    /// Text on a light ground of this size.
    pub(super) fn inverted_in(
        &mut self,
        font: &MonoFont<'_>,
        x: i32,
        y: i32,
        width: i32,
        height: i32,
        text: &str,
    ) {
        self.fill(x, y, width, height);
        self.write(font, x, y, text, BinaryColor::Off);
    }

    /// Dark text, each pixel of the font a square of `scale`, with its middle in the middle of the
    /// panel.
    pub(super) fn dark(&mut self, font: &MonoFont<'_>, scale: i32, y: i32, text: &str) {
        // The last column of each glyph is blank.
        let ink = scale * (width_of(font, text) - 1);
        let origin = Point::new((self.width - ink) / 2, y);
        let style = MonoTextStyle::new(font, BinaryColor::Off);
        let mut ink = Ink { frame: self.frame };
        let mut scaled = Scaled { target: &mut ink, origin, scale };
        let Ok(_) =
            Text::with_baseline(text, Point::zero(), style, Baseline::Top).draw(&mut scaled);
    }

    /// One choice of several.
    pub(super) fn boxed(&mut self, x: i32, y: i32, text: &str) {
        self.fill(x, y, width_of(TEXT, text) + 1, 9);
        self.write(TEXT, x + 1, y, text, BinaryColor::Off);
    }

    pub(super) fn fill(&mut self, x: i32, y: i32, width: i32, height: i32) {
        self.rectangle(x, y, width, height, PrimitiveStyle::with_fill(BinaryColor::On));
    }

    /// A bar filled for `part` of `whole`.
    pub(super) fn bar(&mut self, x: i32, y: i32, width: i32, height: i32, part: u8, whole: u8) {
        self.rectangle(x, y, width, height, PrimitiveStyle::with_stroke(BinaryColor::On, 1));
        self.fill(x, y, width * i32::from(part) / i32::from(whole.max(1)), height);
    }

    pub(super) fn sign(&mut self, sign: Sign, x: i32, y: i32) {
        match sign {
            Sign::Tick => self.tick(x, y),
            Sign::Cross => self.cross(x, y),
            Sign::Back => self.back(x, y),
            Sign::Plus => self.plus(x, y),
            Sign::Mind => self.mind(x, y),
            Sign::Here => self.here(x, y),
            Sign::None => {}
        }
    }

    fn tick(&mut self, x: i32, y: i32) {
        self.stroke((x, y + 3), (x + 2, y + 5));
        self.stroke((x + 2, y + 5), (x + 6, y + 1));
        self.stroke((x, y + 4), (x + 2, y + 6));
        self.stroke((x + 2, y + 6), (x + 6, y + 2));
    }

    fn cross(&mut self, x: i32, y: i32) {
        for dx in 0..2 {
            self.stroke((x + dx, y + 1), (x + 5 + dx, y + 6));
            self.stroke((x + 5 + dx, y + 1), (x + dx, y + 6));
        }
    }

    fn mind(&mut self, x: i32, y: i32) {
        self.fill(x + 2, y, 3, 4);
        self.fill(x + 2, y + 5, 3, 2);
    }

    fn here(&mut self, x: i32, y: i32) {
        (0..4).for_each(|n| self.fill(x + n, y + n, 1, 7 - 2 * n));
    }

    fn back(&mut self, x: i32, y: i32) {
        self.fill(x, y + 3, 7, 2);
        for dy in 0..2 {
            self.stroke((x, y + 3 + dy), (x + 3, y + dy));
            self.stroke((x, y + 3 + dy), (x + 3, y + 6 + dy));
        }
    }

    fn plus(&mut self, x: i32, y: i32) {
        self.fill(x, y + 3, 6, 2);
        self.fill(x + 2, y + 1, 2, 6);
    }

    /// What a key does that is neither a yes nor a no.
    pub(super) fn hint(&mut self, y: i32, verb: &str, key: Option<&str>, does: &str) {
        if let Some(label) = key {
            self.text(0, y, &format!("{verb} {label}: {does}"));
        }
    }

    /// An arrow of seven by four pixels.
    pub(super) fn up(&mut self, x: i32, y: i32) {
        (0..4).for_each(|n| self.fill(x + 3 - n, y + n, 1 + 2 * n, 1));
    }

    pub(super) fn down(&mut self, x: i32, y: i32) {
        (0..4).for_each(|n| self.fill(x + n, y + n, 7 - 2 * n, 1));
    }

    /// Both arrows, five pixels wide.
    pub(super) fn up_and_down(&mut self, x: i32, y: i32) {
        (0..3).for_each(|n| self.fill(x + 2 - n, y + n, 1 + 2 * n, 1));
        (0..3).for_each(|n| self.fill(x + n, y + 4 + n, 5 - 2 * n, 1));
    }

    /// A label in the largest font with which `width` has room for all of it, and what it must lack
    /// if none has: the end, by which the keys of a board differ, is always there.
    pub(super) fn label(&mut self, x: i32, y: i32, width: i32, label: &str) {
        let fonts = [TEXT, &FONT_5X8, SMALLEST];
        if let Some(font) = fonts.into_iter().find(|font| width_of(font, label) <= width) {
            return self.text_in(font, x, y + rise(font), label);
        }
        let characters = usize::try_from(width / width_of(SMALLEST, " ")).unwrap_or(0);
        let begin = label.chars().take(characters.saturating_sub(1));
        let text: String = begin.chain(label.chars().last()).collect();
        self.text_in(SMALLEST, x, y + rise(SMALLEST), &text);
    }

    fn stroke(&mut self, from: (i32, i32), to: (i32, i32)) {
        let line = Line::new(from.into(), to.into());
        let Ok(()) = line
            .into_styled(PrimitiveStyle::with_stroke(BinaryColor::On, 1))
            .draw(&mut *self.frame);
    }

    fn rectangle(
        &mut self,
        x: i32,
        y: i32,
        width: i32,
        height: i32,
        style: PrimitiveStyle<BinaryColor>,
    ) {
        let size = Size::new(u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0));
        let Ok(()) =
            Rectangle::new(Point::new(x, y), size).into_styled(style).draw(&mut *self.frame);
    }

    pub(super) fn text_in(&mut self, font: &MonoFont<'_>, x: i32, y: i32, text: &str) {
        self.write(font, x, y, text, BinaryColor::On);
    }

    fn write(&mut self, font: &MonoFont<'_>, x: i32, y: i32, text: &str, color: BinaryColor) {
        let style = MonoTextStyle::new(font, color);
        let Ok(_) = Text::with_baseline(text, Point::new(x, y), style, Baseline::Top)
            .draw(&mut Ink { frame: self.frame });
    }
}

/// A frame that notices in a test when text is cut off, or runs into something.
struct Ink<'a> {
    frame: &'a mut Frame,
}

impl OriginDimensions for Ink<'_> {
    fn size(&self) -> Size {
        self.frame.size()
    }
}

impl DrawTarget for Ink<'_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        for Pixel(Point { x, y }, color) in pixels {
            let at = usize::try_from(x).ok().zip(usize::try_from(y).ok());
            let at = at.filter(|(x, y)| *x < self.frame.width() && *y < self.frame.height());
            debug_assert!(at.is_some(), "text is cut off at ({x}, {y})");
            if let Some((x, y)) = at {
                debug_assert!(self.frame.get(x, y) != color.is_on(), "overlap at ({x}, {y})");
                self.frame.set(x, y, color.is_on());
            }
        }
        Ok(())
    }
}

pub(super) fn width_of(font: &MonoFont<'_>, text: &str) -> i32 {
    let advance = font.character_size.width + font.character_spacing;
    i32::try_from(text.chars().count()).unwrap_or(0) * i32::try_from(advance).unwrap_or(0)
}

/// How much lower than [`TEXT`] a font begins on the same line.
fn rise(font: &MonoFont<'_>) -> i32 {
    i32::try_from(TEXT.baseline.saturating_sub(font.baseline)).unwrap_or(0)
}
