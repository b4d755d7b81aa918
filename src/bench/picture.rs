//! What is drawn on the glass to be looked at.

use embedded_graphics::mono_font::iso_8859_1::{FONT_4X6, FONT_6X9, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Drawable as _, Point};
use embedded_graphics::text::{Baseline, Text};

use crate::display::Frame;

const WORD: &str = "TOP";

/// The picture of attempt `number`, for a frame of any size from 16 by 16 pixels on: a frame of one
/// pixel along all four edges, a block in its top left corner, and in the middle an arrow that points
/// up beside the word TOP. It looks like itself in no other position and in no mirror. The number
/// tells it from an earlier one that is still on the glass.
pub fn picture(width: u32, height: u32, number: usize) -> Frame {
    let mut frame = Frame::new(width, height);
    let (right, bottom) = (width.saturating_sub(1) as usize, height.saturating_sub(1) as usize);
    (0..=right).for_each(|x| [0, bottom].iter().for_each(|&y| frame.set(x, y, true)));
    (0..=bottom).for_each(|y| [0, right].iter().for_each(|&x| frame.set(x, y, true)));
    fill(&mut frame, 2, 2, 2, 2);

    let plan = Plan::of(width as usize, height as usize);
    arrow(&mut frame, plan.arrow, plan.arrow_size);
    write(&mut frame, plan.font, plan.word, WORD);
    write(&mut frame, plan.font, plan.number, &number.to_string());
    frame
}

/// Where the arrow and the word are on a frame of this size: x, y, width and height in pixels. Who
/// sees all of it knows which way is up.
pub fn mark(width: u32, height: u32) -> (usize, usize, usize, usize) {
    let Plan { font, arrow, arrow_size, word, .. } = Plan::of(width as usize, height as usize);
    let (right, bottom) = (word.0 + text_width(font, WORD), word.1 + text_height(font));
    let (right, bottom) = (right.max(arrow.0 + arrow_size.0), bottom.max(arrow.1 + arrow_size.1));
    let (x, y) = (arrow.0.min(word.0), arrow.1.min(word.1));
    (x, y, right - x, bottom - y)
}

/// What the glass says while a key is waited for: what to do, and with which.
pub fn label(width: u32, height: u32, what: &str, key: &str) -> Frame {
    let mut frame = Frame::new(width, height);
    let (width, height) = (width as usize, height as usize);
    let large = [&FONT_10X20, &FONT_6X9, &FONT_4X6].into_iter();
    let fits = |font: &&MonoFont<'_>| {
        text_width(font, key) <= width && text_height(font) + text_height(&FONT_6X9) <= height
    };
    let font = large.clone().find(fits).unwrap_or(&FONT_4X6);
    let small = large.skip(1).find(|font| text_width(font, what) <= width).unwrap_or(&FONT_4X6);
    let middle = |text: usize| width.saturating_sub(text) / 2;
    write(&mut frame, small, (middle(text_width(small, what)), 0), what);
    let below = text_height(small);
    let at = (middle(text_width(font, key)), below + (height - below.min(height)) / 4);
    write(&mut frame, font, at, key);
    frame
}

/// Where the parts of the picture are.
struct Plan {
    font: &'static MonoFont<'static>,
    arrow: (usize, usize),
    arrow_size: (usize, usize),
    word: (usize, usize),
    number: (usize, usize),
}

impl Plan {
    /// With the largest font that leaves room around arrow, word and number: they are to be seen also
    /// where the picture is off by some lines.
    fn of(width: usize, height: usize) -> Self {
        let fonts = [&FONT_10X20, &FONT_6X9].into_iter();
        let mut plans = fonts.map(|font| Self::with(font, width, height));
        let fits = |(_, size): &(Self, (usize, usize))| {
            3 * size.0 <= 2 * width && 3 * size.1 <= 2 * height
        };
        let (plan, _) = plans.find(fits).unwrap_or_else(|| Self::with(&FONT_4X6, width, height));
        plan
    }

    /// Also how wide and high all of it is.
    fn with(
        font: &'static MonoFont<'static>,
        width: usize,
        height: usize,
    ) -> (Self, (usize, usize)) {
        let (word, line) = (text_width(font, WORD), text_height(font));
        let center = |whole: usize, part: usize| whole.saturating_sub(part) / 2;
        if width >= height {
            // Arrow, word; the number below the word, or behind it where there is no room.
            let two = 2 * line + 2 <= height;
            let arrow_size = ((line / 2) | 1, if two { 2 * line - 2 } else { line + 4 });
            let text_size = if two { 2 * line } else { line };
            let size = (arrow_size.0 + 2 + word, text_size.max(arrow_size.1));
            let x = center(width, size.0);
            let text = x + arrow_size.0 + 2;
            let y = center(height, text_size);
            let number = if two { (text, y + line) } else { (text + word + 2, y) };
            let arrow = (x, center(height, arrow_size.1));
            (Self { font, arrow, arrow_size, word: (text, y), number }, size)
        } else {
            // One below the other.
            let arrow_size = ((line / 2) | 1, line + line / 2);
            let size = (word, arrow_size.1 + 1 + 2 * line);
            let y = center(height, size.1);
            let arrow = (center(width, arrow_size.0), y);
            let below = y + arrow_size.1 + 1;
            let x = center(width, word);
            (Self { font, arrow, arrow_size, word: (x, below), number: (x, below + line) }, size)
        }
    }
}

/// A head as wide as the arrow, with its point on top, and a shaft.
fn arrow(frame: &mut Frame, (x, y): (usize, usize), (width, height): (usize, usize)) {
    let half = width / 2;
    for row in 0..=half {
        fill(frame, x + half - row, y + row, 2 * row + 1, 1);
    }
    let shaft = 1 + half / 3 * 2;
    fill(frame, x + half - shaft / 2, y + half, shaft, height - half);
}

fn fill(frame: &mut Frame, x: usize, y: usize, width: usize, height: usize) {
    (y..y + height).for_each(|y| (x..x + width).for_each(|x| frame.set(x, y, true)));
}

fn text_width(font: &MonoFont<'_>, text: &str) -> usize {
    text.chars().count() * font.character_size.width as usize
}

const fn text_height(font: &MonoFont<'_>) -> usize {
    font.character_size.height as usize
}

fn write(frame: &mut Frame, font: &MonoFont<'_>, (x, y): (usize, usize), text: &str) {
    let style = MonoTextStyle::new(font, BinaryColor::On);
    // Frames have some hundred pixels.
    let at = Point::new(x as i32, y as i32);
    let Ok(_) = Text::with_baseline(text, at, style, Baseline::Top).draw(frame);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::Controller;

    /// Every frame that a controller's glass can have.
    fn sizes() -> Vec<(u32, u32)> {
        let all = Controller::ALL.into_iter().flat_map(|c| c.sizes().iter().copied());
        all.flat_map(|(w, h)| [(w, h), (h, w)]).collect()
    }

    #[test]
    fn the_picture_touches_all_edges_and_has_no_symmetry() {
        for (width, height) in sizes() {
            let frame = picture(width, height, 7);
            let (w, h) = (width as usize, height as usize);
            assert!((0..w).all(|x| frame.get(x, 0) && frame.get(x, h - 1)), "{width}x{height}");
            assert!((0..h).all(|y| frame.get(0, y) && frame.get(w - 1, y)), "{width}x{height}");
            let same = |other: &dyn Fn(usize, usize) -> (usize, usize)| {
                (0..w).all(|x| {
                    (0..h).all(|y| {
                        let (x2, y2) = other(x, y);
                        frame.get(x, y) == frame.get(x2, y2)
                    })
                })
            };
            assert!(!same(&|x, y| (w - 1 - x, h - 1 - y)), "{width}x{height}");
            assert!(!same(&|x, y| (w - 1 - x, y)), "{width}x{height}");
            assert!(!same(&|x, y| (x, h - 1 - y)), "{width}x{height}");
            assert!(w != h || !same(&|x, y| (y, x)), "{width}x{height}");
        }
    }

    #[test]
    fn everything_is_inside_the_frame_and_pictures_differ_by_their_number() {
        for (width, height) in sizes() {
            let (x, y, w, h) = mark(width, height);
            let (right, bottom) = (x + w, y + h);
            assert!(x > 1 && y > 1, "{width}x{height}: {x} {y}");
            assert!(
                right < width as usize && bottom < height as usize,
                "{width}x{height}: {right} {bottom}"
            );
            assert!(picture(width, height, 1) != picture(width, height, 2));
        }
    }

    #[test]
    fn a_small_picture_is_this() {
        let shown = picture(64, 32, 3).to_half_blocks();
        assert_eq!(shown, include_str!("picture.txt"), "{shown}");
    }

    #[test]
    fn a_label_fits_every_glass() {
        for (width, height) in sizes() {
            assert!(
                label(width, height, "press", "centre") != label(width, height, "press", "left")
            );
        }
    }
}
