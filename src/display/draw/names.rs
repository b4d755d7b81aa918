//! Names on the glass: what the fonts have of them, and never what could be taken for a text of
//! this program.
//!
//! The name of another device stands in quotation marks, and a name has none of its own. So no name
//! can pose as a question, a verdict or a hint, in any language, whatever it says.

use super::canvas::Canvas;
use super::font::{Font, SMALL, TEXT, is_latin};
use super::scripts::transliterate;
use super::shorten;
use super::words::Words;
use crate::pairing::Peer;

/// What the fonts can show of a name: other scripts in Latin letters or katakana where there is an
/// agreed way, and an empty box for every other character. Not empty unless the name is.
pub(super) fn legible(name: &str) -> String {
    let mut shown = String::new();
    for word in name.split_whitespace() {
        if !shown.is_empty() {
            shown.push(' ');
        }
        for c in word.chars() {
            if is_latin(c) {
                shown.push(c);
            } else {
                transliterate(c, &mut shown);
            }
        }
    }
    shown
}

/// The name of another device, in quotation marks; without them what stands for one that has none,
/// or whose name could pass for a code.
fn quoted(peer: &Peer, words: &Words, columns: usize) -> String {
    let name = match peer.name.as_str() {
        Peer::NAMELESS => return shorten(words.no_name, columns),
        Peer::HIDDEN => return shorten(words.name_hidden, columns),
        name => legible(name).replace('"', "'"),
    };
    if name.is_empty() {
        return shorten(words.no_name, columns);
    }
    format!("\"{}\"", shorten(&name, columns.saturating_sub(2)))
}

impl Canvas<'_> {
    /// The name of another device, in the text font if all of it fits; otherwise in a narrow one, or
    /// cut.
    pub(super) fn name(&mut self, x: i32, y: i32, width: i32, peer: &Peer, words: &Words) {
        self.name_in(&[&TEXT, &SMALL], (x, y), width, peer, words);
    }

    /// The same in the first of these fonts with which all of it fits, or else in the narrowest one
    /// that has its letters.
    pub(super) fn name_in(
        &mut self,
        fonts: &[&Font],
        (x, y): (i32, i32),
        width: i32,
        peer: &Peer,
        words: &Words,
    ) {
        let whole = quoted(peer, words, usize::MAX);
        let usable = || fonts.iter().filter(|font| font.has(&whole));
        let fits = |font: &&&Font| whole.chars().count() <= font.columns(width);
        let font = usable()
            .find(fits)
            .or(usable().min_by_key(|font| font.advance()))
            .copied()
            .unwrap_or(&TEXT);
        let text = quoted(peer, words, font.columns(width));
        self.text_in(font, x, y + TEXT.rise() - font.rise(), &text);
    }

    /// A name, and at the right edge the end of the address, which a forged name cannot imitate.
    pub(super) fn peer(&mut self, y: i32, peer: &Peer, words: &Words) {
        let x = self.right_in(&TEXT, y, peer.tail());
        self.name(0, y, x - 6, peer, words);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::*;

    fn peer(name: &str) -> Peer {
        Peer::new(name, "00:11:22:33:9A:4C".into())
    }

    #[test]
    fn a_name_is_always_in_quotation_marks_and_has_none_inside() {
        let words = Language::English.words();
        let names =
            ["SAME ON BOTH?", "\" Did YOU start it? \"", "“”", "□", "(no names)", "A: pair"];
        for name in names {
            for columns in [6, 10, 21, usize::MAX] {
                let shown = quoted(&peer(name), words, columns);
                let inside = shown.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                assert!(inside.is_some_and(|name| !name.contains('"')), "{name}: {shown}");
                assert!(shown.chars().count() <= columns, "{name}: {shown}");
            }
        }
    }

    #[test]
    fn only_what_is_no_name_has_no_quotation_marks() {
        for language in Language::ALL {
            let words = language.words();
            assert_eq!(quoted(&peer(""), words, 21), words.no_name);
            assert_eq!(quoted(&peer("123456"), words, 21), words.name_hidden);
            let unclean = Peer { name: "\u{200b}".into(), address: String::new() };
            assert_ne!(quoted(&unclean, words, 21), "");
        }
    }
}
