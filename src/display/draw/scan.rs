//! A code to scan: dark on a light ground, as a camera expects it.

use super::canvas::Canvas;
use super::font::{BOLD, SMALL};
use super::names::legible;
use super::sign::Sign;
use super::words::Words;
use super::{Layout, clock, shorten};
use crate::oob::Modules;

/// Where the code is on a panel, and what is said beside it.
pub(super) struct Scan {
    /// How many pixels a module is wide: 2 at least, or a camera cannot tell them apart.
    module: i32,
    /// The light ground: its place, and how wide and high it is.
    ground: (i32, i32, i32),
    /// Whether there is room for words at its right, or only below it.
    beside: bool,
}

/// The standard's four light modules around the code would take 74 rows: one and a half are what
/// there is, and what decoders do with (`tests/screens`).
pub(super) const TALL: Scan = Scan { module: 2, ground: (0, 0, 64), beside: true };
pub(super) const SQUARE: Scan = Scan { module: 3, ground: (8, 0, 111), beside: false };

/// Whether a code that a camera can read fits on a panel of this size.
pub fn has_room_for_code((width, height): (u32, u32)) -> bool {
    matches!(Layout::of(width, height), Some(Layout::Square | Layout::Tall))
}

impl Scan {
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas<'_>,
        words: &Words,
        (name, seconds): (&str, u64),
        code: &Modules,
        (switch, close): (Option<&str>, Option<&str>),
    ) {
        self.draw_code(canvas, code);
        let (x, y, side) = self.ground;
        let high = canvas.font.height();
        let last = canvas.height - high;
        if !self.beside {
            let end = canvas.right(last, &clock(seconds)) - 4;
            match switch {
                Some(label) => canvas.fitted(0, last, end, &back(label)),
                None => draw_close(canvas, (0, last), end, close),
            }
            return;
        }
        let left = x + side + 4;
        let width = canvas.width - left;
        canvas.fitted(left, y, width, words.scan_it);
        let name = shorten(&legible(name), SMALL.columns(width));
        canvas.text_in(&SMALL, left, y + 12, &name);
        canvas.text_in(&BOLD, left, y + 24, &clock(seconds));
        if let Some(label) = switch {
            canvas.fitted(left, last - high - 2, width, &back(label));
        }
        draw_close(canvas, (left, last), width, close);
    }

    fn draw_code(&self, canvas: &mut Canvas<'_>, code: &Modules) {
        let (left, top, side) = self.ground;
        canvas.claim(left, top, side, side);
        canvas.fill(left, top, side, side);
        let count = i32::try_from(Modules::SIDE).unwrap_or(0);
        let quiet = (side - count * self.module) / 2;
        for (row, y) in (0..Modules::SIDE).zip(0..) {
            for (column, x) in (0..Modules::SIDE).zip(0..) {
                if code.is_dark(column, row) {
                    let at = |n: i32, start: i32| start + quiet + n * self.module;
                    canvas.dark_square((at(x, left), at(y, top)), self.module);
                }
            }
        }
    }
}

/// What the key leads back to, which reads the same in every language.
fn back(label: &str) -> String {
    format!("{label}: 123")
}

/// The sign that goes with no, and the key.
fn draw_close(canvas: &mut Canvas<'_>, (x, y): (i32, i32), width: i32, label: Option<&str>) {
    if let Some(label) = label {
        canvas.sign(Sign::Cross, x, y + canvas.font.rise() - 5);
        canvas.fitted(x + 10, y, width - 10, label);
    }
}
