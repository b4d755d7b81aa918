//! Digits that are typed or picked at the panel, in all layouts.
//!
//! What is typed stands in underlined cells, which codes that are only shown do not have. What a
//! digit picker offers stands where it would go, between arrows, and never looks like a digit that
//! is there already.

use super::canvas::Canvas;
use super::digits::Digits;
use super::font::{BOLD, Font, TEXT};
use super::sign::Sign;
use super::words::Words;
use crate::pairing::{EntryKeys, Pick, Typed};

/// The font of a PIN: 16 digits are as wide as a panel of 128 pixels.
pub(super) const PIN: &Font = &BOLD;
const PIN_WIDTH: i32 = 8;
/// From one line of a PIN to the next where one has no room for all of it.
const PIN_PITCH: i32 = 14;

/// What is being typed, and with which keys.
pub(super) struct Entry<'a> {
    pub(super) words: &'a Words,
    pub(super) typed: &'a Typed,
    pub(super) pick: Option<Pick>,
    pub(super) keys: &'a EntryKeys,
    /// How many digits it takes, if that is known.
    pub(super) whole: Option<usize>,
}

impl Entry<'_> {
    /// Six cells, the first one's upper left corner at (`x`, `y`).
    pub(super) fn draw_cells(&self, canvas: &mut Canvas<'_>, font: &Digits, x: i32, y: i32) {
        let (width, height) = font.cell();
        let typed = self.typed.digits();
        font.draw(canvas, x, y, typed);
        for index in 0..6 {
            let (right, down) = font.place(index);
            let (x, y) = (x + right, y + down);
            canvas.fill(x, y + height + 1, width, 1);
            if index < typed.len() {
                continue;
            }
            let Some(pick) = self.pick.filter(|_| index == typed.len()) else {
                canvas.fill(x, y + height - 1, width, 2);
                continue;
            };
            let (middle, sign_y) = (x + (width - 7) / 2, y + (height - 7) / 2);
            match pick {
                // Between arrows where it does not fill its cell.
                Pick::Digit(digit) => font.offer(canvas, x, y, digit),
                Pick::Erase => canvas.sign(Sign::Back, middle, sign_y),
                Pick::Submit => canvas.sign(Sign::Tick, middle, sign_y),
            }
            if height >= 20 {
                canvas.up(middle, y);
                canvas.down(middle, y + height - 4);
            } else {
                canvas.fill(x, y, width, 1);
                canvas.fill(x, y + height - 1, width, 1);
            }
        }
    }

    /// A PIN of any length, and where its next digit goes.
    pub(super) fn draw_pin(&self, canvas: &mut Canvas<'_>, y: i32) {
        for (index, digit) in self.typed.digits().iter().enumerate() {
            let (x, y) = place(canvas, index, y);
            let mut buffer = [0; 4];
            canvas.text_in(PIN, x, y, character(*digit).encode_utf8(&mut buffer));
        }
        if self.typed.digits().len() == Typed::MOST {
            return;
        }
        let (x, y) = place(canvas, self.typed.digits().len(), y);
        match self.pick {
            None => canvas.fill(x, y + 11, PIN_WIDTH - 1, 2),
            Some(Pick::Digit(digit)) => {
                let mut buffer = [0; 4];
                let digit = character(digit).encode_utf8(&mut buffer);
                canvas.inverted_in(PIN, (x, y), (PIN_WIDTH, 12), digit);
            }
            Some(Pick::Erase) => canvas.sign(Sign::Back, x, y + 2),
            Some(Pick::Submit) => canvas.sign(Sign::Tick, x, y + 2),
        }
    }

    /// The arrows above and below the PIN's next digit.
    pub(super) fn draw_arrows(&self, canvas: &mut Canvas<'_>, y: i32) {
        let length = self.typed.digits().len();
        if self.pick.is_some() && length < Typed::MOST {
            let x = PIN_WIDTH * i32::try_from(length).unwrap_or(0);
            canvas.up(x, y - 5);
            canvas.down(x, y + 14);
        }
    }

    /// The same on a panel that has no room there: beside it.
    pub(super) fn draw_arrows_beside(&self, canvas: &mut Canvas<'_>, y: i32) {
        let length = self.typed.digits().len();
        if self.pick.is_some() && length < Typed::MOST - 1 {
            let (x, y) = place(canvas, length + 1, y);
            canvas.up_and_down(x + 2, y + 3);
        }
    }

    /// What the keys do, on two lines; `advice` before anything is typed.
    pub(super) fn draw_lines(&self, canvas: &mut Canvas<'_>, y: i32, keys_y: i32, advice: &str) {
        let EntryKeys { submit, complete, erase, cancel } = self.keys;
        let words = self.words;
        let (font, headline) = (canvas.font, canvas.headline);
        (canvas.font, canvas.headline) = (&TEXT, TEXT.height());
        let mut left = 0;
        if let Some(pick) = self.pick {
            canvas.up_and_down(0, y + 1);
            let mut buffer = [0; 4];
            let choice = match pick {
                Pick::Digit(digit) => character(digit).encode_utf8(&mut buffer),
                Pick::Erase => words.delete,
                Pick::Submit => "OK",
            };
            canvas.boxed(9, y, choice);
            left = 9 + canvas.font.width(choice) + 3;
            let does = match pick {
                Pick::Digit(_) => words.takes.with(submit),
                Pick::Erase => words.erases.with(submit),
                Pick::Submit => String::new(),
            };
            canvas.fitted_right(canvas.width, y, canvas.width - left, &does);
        } else if self.typed.digits().is_empty() {
            canvas.centred(y, advice);
        } else if !complete {
            canvas.line(y, &self.progress(), &words.not_yet.with(submit));
        }
        if *complete {
            let right = canvas.width - 10;
            canvas.fitted_right(right, y, right - left, &words.sends.with(submit));
            canvas.sign(Sign::Tick, canvas.width - 7, y + 1);
        }
        (canvas.font, canvas.headline) = (font, headline);
        let sign_y = font.rise() - 5;
        if let Some(label) = cancel {
            canvas.sign(Sign::Cross, 0, keys_y + sign_y);
            canvas.text(10, keys_y, label);
        }
        if let Some(label) = self.erase(erase) {
            let x = canvas.right(keys_y, label);
            canvas.sign(Sign::Back, x - 10, keys_y + sign_y);
        }
    }

    /// What the keys do, in a column of four characters.
    pub(super) fn draw_column(&self, canvas: &mut Canvas<'_>, x: i32) {
        let EntryKeys { erase, cancel, .. } = self.keys;
        const WIDTH: i32 = 15;
        if !self.draw_sign(canvas, x, 9, WIDTH) {
            canvas.text(x, 9, &self.progress());
        }
        if let Some(label) = self.erase(erase) {
            canvas.sign(Sign::Back, x, 17);
            canvas.label(x + 9, 16, WIDTH, label);
        }
        if let Some(label) = cancel {
            canvas.sign(Sign::Cross, x, 24);
            canvas.label(x + 9, 23, WIDTH, label);
        }
    }

    /// What the keys do, on one line that leaves room for a clock.
    pub(super) fn draw_line(&self, canvas: &mut Canvas<'_>, y: i32) {
        let EntryKeys { erase, cancel, .. } = self.keys;
        const WIDTH: i32 = 24;
        if let Some(label) = cancel {
            canvas.sign(Sign::Cross, 0, y + 1);
            canvas.label(9, y, WIDTH, label);
        }
        if let Some(label) = self.erase(erase) {
            canvas.sign(Sign::Back, 34, y + 1);
            canvas.label(43, y, WIDTH, label);
        }
        self.draw_sign(canvas, 68, y, WIDTH);
    }

    /// The key that sends or takes, behind a sign for what it does now; false if that is nothing.
    fn draw_sign(&self, canvas: &mut Canvas<'_>, x: i32, y: i32, width: i32) -> bool {
        let Some(sign) = self.sign() else { return false };
        canvas.sign(sign, x, y + 1);
        canvas.label(x + 9, y, width, &self.keys.submit);
        true
    }

    /// What the key that sends or takes does now.
    pub(super) fn sign(&self) -> Option<Sign> {
        match self.pick {
            Some(Pick::Digit(_)) => Some(Sign::Plus),
            Some(Pick::Erase) => Some(Sign::Back),
            _ if self.keys.complete => Some(Sign::Tick),
            _ => None,
        }
    }

    /// The label of the key that erases, if there is anything to erase.
    pub(super) fn erase<'a>(&self, label: &'a Option<String>) -> Option<&'a str> {
        label.as_deref().filter(|_| !self.typed.digits().is_empty())
    }

    /// How much of it is there.
    pub(super) fn progress(&self) -> String {
        let typed = self.typed.digits().len();
        self.whole.map_or_else(String::new, |whole| format!("{typed}/{whole}"))
    }
}

/// Where a digit of a PIN is.
fn place(canvas: &Canvas<'_>, index: usize, y: i32) -> (i32, i32) {
    let columns = PIN.columns(canvas.width).max(1);
    let at = |n: usize| i32::try_from(n).unwrap_or(0);
    (PIN_WIDTH * at(index % columns), y + PIN_PITCH * at(index / columns))
}

/// A digit becomes text one at a time and on the stack: a `String` would outlive the code that is
/// wiped.
fn character(digit: u8) -> char {
    char::from(b'0' + digit % 10)
}
