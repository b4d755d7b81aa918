//! Text and lines on a frame, in columns and rows of pixels.

use embedded_graphics::Drawable;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::mono_font::iso_8859_1::FONT_6X9;
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::OriginDimensions;
use embedded_graphics::primitives::{Line, Primitive, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};

use crate::display::Frame;

/// The font of everything but digits: 21 columns on 128 pixels.
pub(super) const TEXT: &MonoFont<'_> = &FONT_6X9;

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

    pub(super) fn right(&mut self, y: i32, text: &str) {
        self.text(self.width - width_of(TEXT, text), y, text);
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

    pub(super) fn fill(&mut self, x: i32, y: i32, width: i32, height: i32) {
        self.rectangle(x, y, width, height, PrimitiveStyle::with_fill(BinaryColor::On));
    }

    /// A bar filled for `part` of `whole`.
    pub(super) fn bar(&mut self, x: i32, y: i32, width: i32, height: i32, part: u8, whole: u8) {
        self.rectangle(x, y, width, height, PrimitiveStyle::with_stroke(BinaryColor::On, 1));
        self.fill(x, y, width * i32::from(part) / i32::from(whole.max(1)), height);
    }

    /// A tick of seven by seven pixels.
    pub(super) fn tick(&mut self, x: i32, y: i32) {
        self.stroke((x, y + 3), (x + 2, y + 5));
        self.stroke((x + 2, y + 5), (x + 6, y + 1));
        self.stroke((x, y + 4), (x + 2, y + 6));
        self.stroke((x + 2, y + 6), (x + 6, y + 2));
    }

    /// A cross of seven by seven pixels.
    pub(super) fn cross(&mut self, x: i32, y: i32) {
        for dx in 0..2 {
            self.stroke((x + dx, y + 1), (x + 5 + dx, y + 6));
            self.stroke((x + 5 + dx, y + 1), (x + dx, y + 6));
        }
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
            .draw(&mut *self.frame);
    }
}

fn width_of(font: &MonoFont<'_>, text: &str) -> i32 {
    let advance = font.character_size.width + font.character_spacing;
    i32::try_from(text.chars().count()).unwrap_or(0) * i32::try_from(advance).unwrap_or(0)
}
