//! Every screen at every size, as pictures that can be read in a diff.
//!
//! `UPDATE_SCREENS=1 cargo test --test screens` draws them anew, the pictures in the README included.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod list;
mod quiet;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use pairpanel::clock::Time;
use pairpanel::display::Frame;
use pairpanel::display::draw::{draw, fits};
use pairpanel::pairing::{
    AtStart, Call, DeviceId, Event, Fittings, Health, Passkey, Pick, Policy, Press, RequestId,
    Screen, Session,
};

use list::{
    compare, crammed, enter_passkey, idle_with_hint, just_works, keypad, screens, type_passkey,
    window_with_hint,
};
use quiet::{forget_all, menu};

const SIZES: [(u32, u32); 2] = [(128, 64), (128, 32)];

fn drawn(screen: &Screen, (width, height): (u32, u32)) -> Frame {
    let mut frame = Frame::new(width, height);
    draw(screen, &mut frame);
    frame
}

/// Frames as pictures of lit OLEDs, each above its caption if it has one, two in a row.
fn svg(frames: &[(&str, Frame)], zoom: usize) -> String {
    const EDGE: usize = 4;
    const GAP: usize = 8;
    let (_, first) = &frames[0];
    let (wide, high) = (first.width() + 2 * EDGE, first.height() + 2 * EDGE);
    let caption = if frames[0].0.is_empty() { 0 } else { 13 };
    let (columns, rows) = (frames.len().min(2), frames.len().div_ceil(2));
    let width = columns * (wide + GAP) - GAP;
    let height = rows * (high + caption + GAP) - GAP;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\">\n",
        zoom * width,
        zoom * height,
    );
    for (n, (text, frame)) in frames.iter().enumerate() {
        let (left, top) = (n % 2 * (wide + GAP), n / 2 * (high + caption + GAP));
        let _ = write!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" rx=\"3\" \
             fill=\"#05070a\"/>\n<path fill=\"#9fe8ff\" d=\"",
        );
        for y in 0..frame.height() {
            let mut x = 0;
            while x < frame.width() {
                let run = (x..frame.width()).take_while(|x| frame.get(*x, y)).count();
                if run > 0 {
                    let (x, y) = (left + EDGE + x, top + EDGE + y);
                    let _ = write!(svg, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run.max(1);
            }
        }
        svg += "\"/>\n";
        if !text.is_empty() {
            // A grey that can be read on a light page and on a dark one.
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"8\" \
                 text-anchor=\"middle\" fill=\"#7d8590\">{text}</text>",
                left + wide / 2,
                top + high + 9,
            );
        }
    }
    svg + "</svg>\n"
}

#[track_caller]
fn compare_with_file(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(name);
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "tests/screens/{name} differs from what is drawn:\n{text}");
}

#[test]
fn each_screen_is_the_picture_that_was_agreed() {
    for size @ (width, height) in SIZES {
        assert!(fits(width, height));
        let mut pictures = String::new();
        for (name, screen) in screens() {
            let picture = drawn(&screen, size).to_half_blocks();
            let rule = "─".repeat(usize::try_from(width).unwrap());
            let _ = writeln!(pictures, "{name}\n{rule}\n{picture}{rule}");
        }
        compare_with_file(&format!("{width}x{height}.txt"), &pictures);
    }
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
}

/// Nobody may take one kind of request for another, at any size.
#[test]
fn no_two_screens_look_the_same() {
    for size in SIZES {
        let frames: Vec<_> =
            screens().into_iter().map(|(name, screen)| (name, drawn(&screen, size))).collect();
        for (n, (name, frame)) in frames.iter().enumerate() {
            assert_ne!(*frame, Frame::new(size.0, size.1), "{name} is dark");
            for (other, other_frame) in &frames[n + 1..] {
                // A short panel has no room for what tells these two apart.
                let alike = size.1 < 64
                    && ["compare-press", "compare"].contains(name)
                    && *other == "compare-press";
                assert!(alike || frame != other_frame, "{name} and {other} at {size:?}");
            }
        }
    }
}

/// Anybody in range can ask; whoever stands at the closed panel has asked for nothing.
#[test]
fn a_device_that_is_refused_in_the_closed_window_changes_nothing_on_the_glass() {
    let now = Time::from_start(Duration::from_secs(1000));
    let fittings = Fittings { display: true, ..Fittings::default() };
    let policy = Policy { window_at_start: AtStart::Never, ..Policy::default() };
    let mut session = Session::new(policy, fittings, now);
    session.handle(now, Event::DisplayReady);
    session.handle(now, Event::Registered(session.capability()));
    for (size, n) in SIZES.into_iter().zip(0..) {
        assert!(matches!(session.screen(now), Screen::Idle { .. }));
        let before = drawn(&session.screen(now), size);
        let device = DeviceId::parse("/org/bluez/hci0/dev_00_11_22_33_44_55").unwrap();
        let call = Call::RequestConfirmation(Passkey::new(14_980).unwrap());
        let refused = session.handle(now, Event::Call { request: RequestId(n), device, call });
        assert!(!refused.is_empty());
        assert!(before == drawn(&session.screen(now), size), "at {size:?}");
    }
}

/// In a debug build, text that is cut off or runs into something stops the drawing.
#[test]
fn the_longest_labels_names_and_codes_fit() {
    for size in SIZES {
        for screen in crammed() {
            assert_ne!(drawn(&screen, size), Frame::new(size.0, size.1));
        }
    }
}

/// A code that is half typed must not pass for one that is to be compared.
#[cfg(feature = "simulator")]
#[test]
fn a_code_can_be_read_when_it_is_whole_and_not_before() {
    let named = [
        ("compare", "014980"),
        ("type-passkey", "234567"),
        ("type-pin", "482190"),
        ("settling", "014980"),
        ("enter-passkey-whole", "014980"),
        ("enter-passkey-unseen", "014980"),
        ("pick-passkey-whole", "014980"),
    ];
    for size in SIZES {
        for (name, screen) in screens() {
            let frame = drawn(&screen, size);
            let read = pairpanel::display::draw::read(&frame)
                .map(|digits| digits.map(|digit| char::from(b'0' + digit)).iter().collect());
            let whole = match &screen {
                Screen::Compare { .. } | Screen::TypePasskey { .. } => true,
                Screen::TypePin { pin, .. } => pin.as_str().len() == 6,
                Screen::Settling { passkey, .. } => passkey.is_some(),
                Screen::EnterPasskey { typed, .. } => typed.passkey().is_some(),
                _ => false,
            };
            assert_eq!(read.is_some(), whole, "{name} at {size:?}");
            if let Some((_, code)) = named.into_iter().find(|(of, _)| *of == name) {
                assert_eq!(read, Some(code.to_owned()), "{name} at {size:?}");
            }
        }
    }
}

/// What stands in a cell already stays as it is, whatever is typed or offered after it.
#[test]
fn a_typed_digit_never_changes_or_moves() {
    for size @ (_, height) in SIZES {
        let whole = drawn(&enter_passkey("014980", None, keypad(true)), size);
        for (typed, columns) in [("0", 14), ("014", 46), ("01498", 86)] {
            for pick in [None, Some(Pick::Digit(7)), Some(Pick::Erase)] {
                let frame = drawn(&enter_passkey(typed, pick, keypad(false)), size);
                let first = if height < 64 { 0 } else { 6 };
                let rows = if height < 64 { 10..30 } else { 19..45 };
                let same = (first..first + columns)
                    .all(|x| rows.clone().all(|y| frame.get(x, y) == whole.get(x, y)));
                assert!(same, "{typed} {pick:?} at {size:?}");
            }
        }
    }
}

/// Every code is drawn in the same place with the same width, and no two look alike.
#[test]
fn a_code_changes_nothing_but_its_digits() {
    for size in SIZES {
        let ink = |value| {
            let frame = drawn(&type_passkey(value, 0), size);
            let lit = |x: &usize| (10..40).any(|y| frame.get(*x, y));
            let columns: Vec<_> = (0..100).filter(lit).collect();
            (columns.first().copied(), frame)
        };
        let (left, zero) = ink(0);
        for digit in 1..10 {
            let (first, frame) = ink(digit * 111_111);
            assert!(first.unwrap().abs_diff(left.unwrap()) <= 6, "{digit} at {size:?}");
            assert_ne!(frame, zero);
        }
    }
}
