//! The fonts: Latin-1 from the X11 misc fonts, and half-width katakana beside it where there is
//! some of that size.

use embedded_graphics::mono_font::iso_8859_1::{
    FONT_4X6, FONT_5X8, FONT_6X9, FONT_6X13, FONT_8X13_BOLD, FONT_10X20,
};
use embedded_graphics::mono_font::{MonoFont, jis_x0201};

use super::kana;

/// A font in which every character, of either script, is as wide as every other.
pub(super) struct Font {
    pub(super) latin: &'static MonoFont<'static>,
    /// The katakana on the same line.
    kana: Option<MonoFont<'static>>,
    /// The columns of a letter, from the right, that never have ink.
    blank: i32,
}

/// Stands for a letter that no font has: drawn as an empty box, which no name can have as a letter
/// of its own.
pub(super) const BOX: char = '\u{25a1}';

/// Capitals of five rows.
pub(super) static TINY: Font = Font { latin: &FONT_4X6, kana: None, blank: 1 };
/// Capitals of six rows, as those of [`TEXT`], but narrow.
pub(super) static SMALL: Font = Font { latin: &FONT_5X8, kana: None, blank: 0 };
/// The font of everything but digits: 21 columns on 128 pixels.
pub(super) static TEXT: Font = Font { latin: &FONT_6X9, kana: Some(kana::FONT), blank: 1 };
/// As wide, and half as high again.
pub(super) static HIGH: Font = Font { latin: &FONT_6X13, kana: Some(wide_kana(0)), blank: 1 };
/// 16 columns on 128 pixels.
pub(super) static BOLD: Font = Font { latin: &FONT_8X13_BOLD, kana: Some(wide_kana(2)), blank: 0 };
/// To be seen from afar.
pub(super) static LARGE: Font = Font { latin: &FONT_10X20, kana: Some(wide_kana(4)), blank: 0 };

/// The katakana of 6 by 13 pixels, with so much more room between two of them.
const fn wide_kana(character_spacing: u32) -> MonoFont<'static> {
    MonoFont { character_spacing, ..jis_x0201::FONT_6X13 }
}

impl Font {
    /// From one character to the next, in pixels.
    pub(super) const fn advance(&self) -> i32 {
        (self.latin.character_size.width + self.latin.character_spacing) as i32
    }

    /// From one line to the next, in pixels.
    pub(super) const fn height(&self) -> i32 {
        self.latin.character_size.height as i32
    }

    /// How wide `text` is, with the space behind its last character.
    pub(super) fn width(&self, text: &str) -> i32 {
        i32::try_from(text.chars().count()).unwrap_or(0) * self.advance()
    }

    /// How wide its ink is at most: the last column of a small letter is blank, but in [`SMALL`].
    pub(super) fn ink(&self, text: &str) -> i32 {
        self.width(text) - self.blank
    }

    /// How many characters `width` pixels have room for.
    pub(super) fn columns(&self, width: i32) -> usize {
        usize::try_from((width + self.blank) / self.advance()).unwrap_or(0)
    }

    /// Whether it has every character of `text`.
    pub(super) fn has(&self, text: &str) -> bool {
        text.chars().all(|c| match script(c) {
            Script::Latin => is_latin(c),
            Script::Kana => self.kana.is_some(),
            Script::Box => true,
        })
    }

    /// The part that has the characters of this script, and how much lower than the Latin ones they
    /// begin.
    pub(super) fn part(&self, script: Script) -> (&MonoFont<'static>, i32) {
        match &self.kana {
            Some(kana) if script == Script::Kana => {
                (kana, self.latin.baseline as i32 - kana.baseline as i32)
            }
            _ => (self.latin, 0),
        }
    }

    /// How many rows above the line a capital has.
    pub(super) const fn rise(&self) -> i32 {
        self.latin.baseline as i32
    }
}

/// Which part of a font has a character.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Kana,
    /// None has it.
    Box,
}

pub(super) const fn script(c: char) -> Script {
    match c {
        BOX => Script::Box,
        '\u{ff61}'..='\u{ff9f}' => Script::Kana,
        _ => Script::Latin,
    }
}

/// The printable characters of ISO 8859-1.
pub(super) const fn is_latin(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{ff}')
}
