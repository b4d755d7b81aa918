//! Every language at every size: nothing is cut off, and nothing can be taken for something else.

use std::fmt::Write as _;

use pairpanel::display::Frame;
use pairpanel::display::draw::Language;
use pairpanel::pairing::{Press, Screen};

use crate::list::{compare, crammed, screens, type_passkey};
use crate::{SIZES, compare_with_file, drawn_in};

/// In a debug build, text that is cut off or runs into something stops the drawing, and so does a
/// letter that the font lacks.
#[track_caller]
fn all_of_it_fits(language: Language) {
    let named = screens().into_iter().map(|(_, screen)| screen);
    let all: Vec<_> = crammed().into_iter().chain(named).collect();
    for size in SIZES {
        for screen in all.iter().filter(|screen| depends_on(language, screen)) {
            assert_ne!(drawn_in(screen, size, language), Frame::new(size.0, size.1));
        }
    }
}

/// Whether it is not the same for another number of digits, or another name: those are for English.
fn depends_on(language: Language, screen: &Screen) -> bool {
    let length = match screen {
        Screen::EnterPasskey { typed, .. } | Screen::EnterPin { typed, .. } => typed.digits().len(),
        Screen::Identify { name } => name.len(),
        _ => 0,
    };
    language == Language::English || [0, 1, 5, 6, 15, 16].contains(&length)
}

#[test]
fn the_longest_labels_names_and_codes_fit_in_english() {
    all_of_it_fits(Language::English);
}

#[test]
fn the_longest_labels_names_and_codes_fit_in_german() {
    all_of_it_fits(Language::German);
}

#[test]
fn the_longest_labels_names_and_codes_fit_in_french() {
    all_of_it_fits(Language::French);
}

#[test]
fn the_longest_labels_names_and_codes_fit_in_spanish() {
    all_of_it_fits(Language::Spanish);
}

#[test]
fn the_longest_labels_names_and_codes_fit_in_japanese() {
    all_of_it_fits(Language::Japanese);
}

/// Nobody may take one kind of request for another, at any size.
#[test]
fn no_two_screens_look_the_same() {
    for (language, size) in Language::ALL.into_iter().flat_map(|l| SIZES.map(|size| (l, size))) {
        let draw = |(name, screen)| (name, drawn_in(&screen, size, language));
        let frames: Vec<_> = screens().into_iter().map(draw).collect();
        for (n, (name, frame)) in frames.iter().enumerate() {
            assert_ne!(*frame, Frame::new(size.0, size.1), "{name} is dark");
            for (other, other_frame) in &frames[n + 1..] {
                // A small panel has no room for what tells these apart.
                let twins = [
                    ["compare", "compare-press"],
                    ["idle-off", "idle-off-hint"],
                    ["window-key", "window-key-hint"],
                ];
                let alike = (size.0 < 128 || size.1 < 64) && twins.contains(&[name, other]);
                let what = format!("{name} and {other} at {size:?} in {language:?}");
                assert!(alike || frame != other_frame, "{what}");
            }
        }
    }
}

/// What is to be compared is asked dark on light, and what is to be typed is said light on dark.
#[test]
fn a_question_is_dark_on_light_and_an_order_is_not() {
    for (language, size) in Language::ALL.into_iter().flat_map(|l| SIZES.map(|size| (l, size))) {
        let lit = |screen: &Screen| {
            let frame = drawn_in(screen, size, language);
            let row = |y| (0..frame.width()).filter(|x| frame.get(*x, y)).count();
            (0..8).map(row).sum::<usize>() * 2 > 8 * frame.width()
        };
        for press in [Press::Hold, Press::Tap, Press::Holding(4), Press::LetGo] {
            assert!(lit(&compare(press)), "{language:?} at {size:?}");
        }
        assert!(!lit(&type_passkey(234_567, 4)), "{language:?} at {size:?}");
    }
}

/// The digits stand in the same place whatever is said around them.
#[cfg(feature = "simulator")]
#[test]
fn a_code_can_be_read_in_every_language() {
    for (language, size) in Language::ALL.into_iter().flat_map(|l| SIZES.map(|size| (l, size))) {
        for screen in [compare(Press::Hold), type_passkey(14_980, 3)] {
            let frame = drawn_in(&screen, size, language);
            let read = pairpanel::display::draw::read(&frame);
            assert_eq!(read, Some([0, 1, 4, 9, 8, 0]), "{language:?} at {size:?}");
        }
    }
}

/// The languages other than English, one picture of each text: eight pixels a character.
#[test]
fn each_language_is_the_picture_that_was_agreed() {
    for language in Language::ALL.into_iter().skip(1) {
        for size @ (width, height) in [(128, 64), (128, 32), (64, 48), (72, 40)] {
            let mut pictures = String::new();
            for (name, screen) in screens().into_iter().filter(|(name, _)| says_something(name)) {
                let picture = braille(&drawn_in(&screen, size, language));
                let _ = writeln!(pictures, "-- {name}\n{picture}");
            }
            compare_with_file(&format!("{}-{width}x{height}.txt", language.code()), &pictures);
        }
    }
}

/// Whether a screen has a text that no other one has.
fn says_something(name: &str) -> bool {
    let twins = [
        "-hint", "-further", "-one", "-end", "-down", "-many", "-middle", "-long", "-bare",
        "-press", "-no-keys", "-no-key", "-erase", "-full", "-unseen", "-short",
    ];
    let same = ["just-works", "service", "forget", "device", "keep", "use-pin"];
    let held = ["-holding", "-let-go", "-blocking"];
    let again = same.iter().any(|of| held.iter().any(|press| *name == format!("{of}{press}")));
    !again && (!twins.iter().any(|end| name.ends_with(end)) || name.ends_with("closed-hint"))
}

/// Two by four pixels a character, without what is dark at the end of a line.
fn braille(frame: &Frame) -> String {
    // Which bit each pixel is, by row and column (Unicode, Braille Patterns).
    const BITS: [[u32; 2]; 4] = [[0, 3], [1, 4], [2, 5], [6, 7]];
    let mut text = String::new();
    for y in (0..frame.height()).step_by(4) {
        let mut line = String::new();
        for x in (0..frame.width()).step_by(2) {
            let mut dots = 0;
            for (dy, row) in BITS.iter().enumerate() {
                for (dx, bit) in row.iter().enumerate() {
                    dots |= u32::from(frame.get(x + dx, y + dy)) << bit;
                }
            }
            line.push(if dots == 0 { ' ' } else { char::from_u32(0x2800 + dots).unwrap() });
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
