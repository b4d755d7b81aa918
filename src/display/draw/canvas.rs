//! Text and lines on a part of a frame, in columns and rows of pixels.

use std::convert::Infallible;

use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{OriginDimensions, Pixel};
use embedded_graphics::text::{Baseline, Text};

use super::digits::Scaled;
use super::font::{Font, SMALL, Script, TEXT, TINY, script};
use super::words::Around;
use crate::display::Frame;

/// Where a layout draws: its own width and height on a frame that may be larger.
///
/// What is cut off, or runs into something that is there already, stops a debug build.
pub(super) struct Canvas<'a> {
    frame: &'a mut Frame,
    /// Where its upper left corner is on the frame.
    left: i32,
    top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
    /// The font of text for which no other is named, and the rows of a headline.
    pub(super) font: &'static Font,
    pub(super) headline: i32,
}

impl<'a> Canvas<'a> {
    /// The middle of the frame. Of `slack` pixels at the right and at the bottom nothing is used,
    /// so that all of it can be moved by as many as `shift` says.
    pub(super) fn new(
        frame: &'a mut Frame,
        (width, height): (i32, i32),
        slack: i32,
        shift: (i32, i32),
    ) -> Self {
        let size = frame.size();
        let middle = |room: u32, size: i32| (i32::try_from(room).unwrap_or(0) - size).max(0) / 2;
        Self {
            left: middle(size.width, width) + shift.0.clamp(0, slack),
            top: middle(size.height, height) + shift.1.clamp(0, slack),
            frame,
            width: width - slack,
            height: height - slack,
            font: &TEXT,
            headline: 9,
        }
    }

    pub(super) fn text(&mut self, x: i32, y: i32, text: &str) {
        self.text_in(self.font, x, y, text);
    }

    pub(super) fn text_in(&mut self, font: &Font, x: i32, y: i32, text: &str) {
        self.write(font, x, y, text, BinaryColor::On);
    }

    /// Ends at the right edge; gives where it begins.
    pub(super) fn right(&mut self, y: i32, text: &str) -> i32 {
        self.right_in(self.font, y, text)
    }

    pub(super) fn right_in(&mut self, font: &Font, y: i32, text: &str) -> i32 {
        let x = self.width - font.width(text);
        self.text_in(font, x, y, text);
        x
    }

    pub(super) fn centred_in(&mut self, font: &Font, y: i32, text: &str) {
        self.text_in(font, (self.width - font.width(text)) / 2, y, text);
    }

    pub(super) fn centred(&mut self, y: i32, text: &str) {
        self.centred_in(self.font, y, text);
    }

    /// One line: `left` and `right` in the text font.
    pub(super) fn line(&mut self, y: i32, left: &str, right: &str) {
        let end = self.right(y, right);
        self.fitted(0, y, end - 1, left);
    }

    /// A headline that asks a question: dark on light.
    pub(super) fn inverted(&mut self, y: i32, left: &str, right: &str) {
        self.inverted_with(y, left, self.font, right);
    }

    /// The same with what is at the right in a font of its own.
    pub(super) fn inverted_with(&mut self, y: i32, left: &str, right_font: &Font, right: &str) {
        self.claim(0, y, self.width, self.headline);
        self.fill(0, y, self.width, self.headline);
        // The capitals in the middle of it.
        let y = y + (self.headline - self.font.height()) / 2;
        let x = self.width - 1 - right_font.width(right);
        self.write(right_font, x, y + self.drop(right_font), right, BinaryColor::Off);
        let room = if right.is_empty() { self.width - 2 } else { x - 4 };
        let font = self.largest(room, left);
        self.write(font, 1, y + self.drop(font), left, BinaryColor::Off);
    }

    /// Text on a light ground of this size.
    pub(super) fn inverted_in(
        &mut self,
        font: &Font,
        (x, y): (i32, i32),
        (width, height): (i32, i32),
        text: &str,
    ) {
        self.claim(x, y, width, height);
        self.fill(x, y, width, height);
        self.write(font, x, y, text, BinaryColor::Off);
    }

    /// Dark text, each pixel of the font a square of `scale`, with its middle in the middle.
    pub(super) fn dark(&mut self, font: &Font, scale: i32, y: i32, text: &str) {
        // The last column of each glyph is blank.
        let ink = scale * (font.width(text) - 1);
        self.put(font, ((self.width - ink) / 2, y), scale, text, BinaryColor::Off);
    }

    /// One choice of several.
    pub(super) fn boxed(&mut self, x: i32, y: i32, text: &str) {
        let size = (self.font.width(text) + 1, self.headline);
        let rise = (self.headline - self.font.height()) / 2;
        self.claim(x, y, size.0, size.1);
        self.fill(x, y, size.0, size.1);
        self.write(self.font, x + 1, y + rise, text, BinaryColor::Off);
    }

    /// Text in the largest font with which `width` has room for all of it.
    pub(super) fn fitted(&mut self, x: i32, y: i32, width: i32, text: &str) {
        let font = self.largest(width, text);
        self.text_in(font, x, y + self.drop(font), text);
    }

    /// The same at the right edge; gives where it begins.
    pub(super) fn fitted_right(&mut self, right: i32, y: i32, width: i32, text: &str) -> i32 {
        let font = self.largest(width, text);
        let x = right - font.width(text);
        self.text_in(font, x, y + self.drop(font), text);
        x
    }

    /// What a key does, in so much of a line.
    pub(super) fn hint(&mut self, y: i32, does: Around, key: Option<&str>) {
        if let Some(label) = key {
            self.fitted(0, y, self.width, &does.with(label));
        }
    }

    /// A label in the largest font with which `width` has room for all of it, and what it must lack
    /// if none has: the end, by which the keys of a board differ, is always there.
    pub(super) fn label(&mut self, x: i32, y: i32, width: i32, label: &str) {
        if TINY.ink(label) <= width {
            return self.fitted(x, y, width, label);
        }
        let characters = TINY.columns(width);
        let begin = label.chars().take(characters.saturating_sub(1));
        let text: String = begin.chain(label.chars().last()).collect();
        self.text_in(&TINY, x, y + self.drop(&TINY), &text);
    }

    /// Several lines of several texts, each of which begins on a line of its own unless it is empty,
    /// in the largest of these fonts with which the height has room for all of them; gives where
    /// they end.
    pub(super) fn block(
        &mut self,
        fonts: &[&Font],
        (x, y): (i32, i32),
        (width, height): (i32, i32),
        texts: &[&str],
    ) -> i32 {
        let mut fit = None;
        for font in fonts.iter().copied().filter(|font| texts.iter().all(|text| font.has(text))) {
            let columns = font.columns(width);
            let texts = texts.iter().filter(|text| !text.is_empty());
            let lines: Vec<_> = texts.flat_map(|text| wrap(text, columns)).collect();
            let pitch = font.height().min(8);
            let rows = i32::try_from(lines.len()).unwrap_or(i32::MAX).saturating_mul(pitch);
            let fits = rows <= height && lines.iter().all(|l| l.chars().count() <= columns);
            fit = Some((font, lines, pitch));
            if fits {
                break;
            }
        }
        let Some((font, lines, pitch)) = fit else { return y };
        let mut y = y;
        for line in lines {
            self.text_in(font, x, y, &line);
            y += pitch;
        }
        y
    }

    pub(super) fn fill(&mut self, x: i32, y: i32, width: i32, height: i32) {
        for y in y..y + height {
            for x in x..x + width {
                self.set(x, y, BinaryColor::On);
            }
        }
    }

    /// A dark square on a light ground.
    pub(super) fn dark_square(&mut self, (x, y): (i32, i32), side: i32) {
        for y in y..y + side {
            (x..x + side).for_each(|x| self.set(x, y, BinaryColor::Off));
        }
    }

    /// A bar filled for `part` of `whole`.
    pub(super) fn bar(&mut self, x: i32, y: i32, width: i32, height: i32, part: u8, whole: u8) {
        self.claim(x, y, width, height);
        self.fill(x, y, width, 1);
        self.fill(x, y + height - 1, width, 1);
        self.fill(x, y, 1, height);
        self.fill(x + width - 1, y, 1, height);
        self.fill(x, y, width * i32::from(part) / i32::from(whole.max(1)), height);
    }

    /// Makes sure in a test that nothing is there yet.
    pub(super) fn claim(&self, x: i32, y: i32, width: i32, height: i32) {
        if cfg!(debug_assertions) {
            let dark = |x, y| self.at(x, y).is_some_and(|(x, y)| !self.frame.get(x, y));
            for y in y..y + height {
                for x in x..x + width {
                    assert!(dark(x, y), "({x}, {y}) is outside, or drawn upon already");
                }
            }
        }
    }

    /// How much lower than the text font another one begins on the same line.
    fn drop(&self, font: &Font) -> i32 {
        self.font.rise() - font.rise()
    }

    /// Whether `width` has room for all of the text, in a font as narrow as need be.
    pub(super) fn fits(&self, width: i32, text: &str) -> bool {
        self.largest(width, text).ink(text) <= width
    }

    fn largest(&self, width: i32, text: &str) -> &'static Font {
        let fonts = [self.font, &TEXT, &SMALL, &TINY].into_iter();
        let mut usable = fonts.filter(|font| font.has(text));
        let first = usable.next().unwrap_or(self.font);
        let fits = |font: &&Font| font.ink(text) <= width;
        if fits(&first) {
            return first;
        }
        let rest: Vec<_> = usable.collect();
        rest.iter().copied().find(fits).or(rest.last().copied()).unwrap_or(first)
    }

    fn write(&mut self, font: &Font, x: i32, y: i32, text: &str, color: BinaryColor) {
        self.put(font, (x, y), 1, text, color);
    }

    /// Text by runs of characters that are in one part of the font.
    fn put(
        &mut self,
        font: &Font,
        (mut x, y): (i32, i32),
        scale: i32,
        text: &str,
        color: BinaryColor,
    ) {
        debug_assert!(font.has(text), "no glyph for all of {text:?}");
        let mut rest = text;
        while let Some(first) = rest.chars().next().map(script) {
            let end = rest.find(|c| script(c) != first).unwrap_or(rest.len());
            let (run, behind) = rest.split_at(end);
            let (part, drop) = font.part(first);
            let origin = Point::new(x, y + drop * scale);
            let mut scaled = Scaled { target: &mut Ink(self), origin, scale };
            if first == Script::Box {
                draw_boxes(&mut scaled, font, run.chars().count(), color);
            } else {
                let style = MonoTextStyle::new(part, color);
                let text = Text::with_baseline(run, Point::zero(), style, Baseline::Top);
                let Ok(_) = text.draw(&mut scaled);
            }
            x += scale * font.width(run);
            rest = behind;
        }
    }

    /// Where on the frame this is, unless it is outside of the canvas.
    pub(super) fn at(&self, x: i32, y: i32) -> Option<(usize, usize)> {
        let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        let at = usize::try_from(x + self.left).ok().zip(usize::try_from(y + self.top).ok());
        at.filter(|_| inside)
    }

    fn set(&mut self, x: i32, y: i32, color: BinaryColor) {
        let at = self.at(x, y);
        debug_assert!(at.is_some(), "cut off at ({x}, {y})");
        if let Some((x, y)) = at {
            self.frame.set(x, y, color.is_on());
        }
    }

    pub(super) fn get(&self, x: i32, y: i32) -> bool {
        self.at(x, y).is_some_and(|(x, y)| self.frame.get(x, y))
    }

    /// Makes a part of it dark again.
    #[cfg(feature = "simulator")]
    pub(super) fn wipe(&mut self, (x, y): (i32, i32), (width, height): (i32, i32)) {
        for y in y..y + height {
            (x..x + width).for_each(|x| self.set(x, y, BinaryColor::Off));
        }
    }
}

/// Empty boxes as high as capitals.
fn draw_boxes<T>(target: &mut T, font: &Font, number: usize, color: BinaryColor)
where
    T: DrawTarget<Color = BinaryColor, Error = Infallible>,
{
    let (width, bottom) = (font.advance() - 2, font.rise());
    let top = (bottom - width - 1).max(0);
    for n in 0..i32::try_from(number).unwrap_or(0) {
        let x = n * font.advance();
        let columns = (x..=x + width).flat_map(|x| [(x, top), (x, bottom)]);
        let rows = (top + 1..bottom).flat_map(|y| [(x, y), (x + width, y)]);
        let pixels = columns.chain(rows).map(|at| Pixel(at.into(), color));
        let Ok(()) = target.draw_iter(pixels);
    }
}

/// Lines of at most so many columns, broken at blanks.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// What is drawn by a font: notices in a test when it runs into something.
pub(super) struct Ink<'a, 'b>(pub(super) &'a mut Canvas<'b>);

impl OriginDimensions for Ink<'_, '_> {
    fn size(&self) -> Size {
        self.0.frame.size()
    }
}

impl DrawTarget for Ink<'_, '_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        for Pixel(Point { x, y }, color) in pixels {
            debug_assert!(self.0.get(x, y) != color.is_on(), "overlap at ({x}, {y})");
            self.0.set(x, y, color);
        }
        Ok(())
    }
}
