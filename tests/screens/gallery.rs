//! The pictures in the README.

use std::fmt::Write as _;

use pairpanel::display::Frame;
use pairpanel::display::draw::Language;
use pairpanel::pairing::{Health, Press, Screen};

use crate::list::{
    compare, enter_passkey, idle_with_hint, just_works, keypad, type_passkey, window_with_hint,
};
use crate::quiet::{forget_all, menu};
use crate::scan::scan;
use crate::{SIZES, compare_with_file, drawn, drawn_in};

/// Frames as pictures of lit OLEDs, each above its caption if it has one, two in a row.
fn svg(frames: &[(&str, Frame)], zoom: usize) -> String {
    const EDGE: usize = 4;
    const GAP: usize = 8;
    let caption = if frames[0].0.is_empty() { 0 } else { 13 };
    let wide = frames.iter().map(|(_, frame)| frame.width()).max().unwrap() + 2 * EDGE;
    let columns = frames.len().min(2);
    let width = columns * (wide + GAP) - GAP;
    let mut pictures = String::new();
    let mut top = 0;
    for row in frames.chunks(2) {
        let high = row.iter().map(|(_, frame)| frame.height()).max().unwrap() + 2 * EDGE;
        for (n, (text, frame)) in row.iter().enumerate() {
            let (own_wide, own_high) = (frame.width() + 2 * EDGE, frame.height() + 2 * EDGE);
            let left = n * (wide + GAP) + (wide - own_wide) / 2;
            let top = top + high - own_high;
            pictures += &glass(frame, (left, top), EDGE);
            if !text.is_empty() {
                // A grey that can be read on a light page and on a dark one.
                let _ = writeln!(
                    pictures,
                    "<text x=\"{}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"8\" \
                     text-anchor=\"middle\" fill=\"#7d8590\">{text}</text>",
                    left + own_wide / 2,
                    top + own_high + 9,
                );
            }
        }
        top += high + caption + GAP;
    }
    let height = top - GAP;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\">\n{pictures}</svg>\n",
        zoom * width,
        zoom * height,
    )
}

fn glass(frame: &Frame, (left, top): (usize, usize), edge: usize) -> String {
    let mut svg = format!(
        "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"3\" \
         fill=\"#05070a\"/>\n<path fill=\"#9fe8ff\" d=\"",
        frame.width() + 2 * edge,
        frame.height() + 2 * edge,
    );
    for y in 0..frame.height() {
        let mut x = 0;
        while x < frame.width() {
            let run = (x..frame.width()).take_while(|x| frame.get(*x, y)).count();
            if run > 0 {
                let (x, y) = (left + edge + x, top + edge + y);
                let _ = write!(svg, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
    svg + "\"/>\n"
}

#[test]
fn the_pictures_in_the_readme_are_what_is_drawn() {
    let tall = |screen: &Screen| drawn(screen, SIZES[0]);
    compare_with_file("compare.svg", &svg(&[("", tall(&compare(Press::Hold)))], 4));
    let methods = [
        ("Numeric comparison", tall(&compare(Press::Hold))),
        ("Passkey, shown here and typed there", tall(&type_passkey(234_567, 4))),
        ("Passkey, shown there and typed here", tall(&enter_passkey("8035", None, keypad(false)))),
        ("Just works", tall(&just_works(Press::Hold))),
    ];
    compare_with_file("methods.svg", &svg(&methods, 3));
    let quiet = [
        ("Nothing to do", tall(&idle_with_hint(Health::Ready))),
        ("The pairing window is open", tall(&window_with_hint(Health::Ready))),
        ("The menu", tall(&menu(1))),
        ("Both keys are held", tall(&forget_all(3, 4))),
    ];
    compare_with_file("menu.svg", &svg(&quiet, 3));
    compare_with_file("scan.svg", &svg(&[("", tall(&scan("A")))], 4));
}

#[test]
fn the_picture_of_every_size_is_what_is_drawn() {
    let captions = ["128x64", "128x32", "64x48", "72x40", "128x128"];
    let frames = SIZES.map(|size| drawn(&compare(Press::Hold), size));
    let pictures: Vec<_> = captions.into_iter().zip(frames).collect();
    compare_with_file("sizes.svg", &svg(&pictures, 3));
}

#[test]
fn the_picture_of_every_language_is_what_is_drawn() {
    let captions = ["English", "Deutsch", "Français", "Español", "日本語"];
    let frames = Language::ALL.map(|language| drawn_in(&compare(Press::Hold), SIZES[0], language));
    let pictures: Vec<_> = captions.into_iter().zip(frames).collect();
    compare_with_file("languages.svg", &svg(&pictures, 3));
}
