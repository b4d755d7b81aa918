//! Every screen at every size, as pictures that can be read in a diff.
//!
//! `UPDATE_SCREENS=1 cargo test --test screens` draws them anew, the picture in the README included.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write as _;
use std::path::PathBuf;

use pairpanel::display::Frame;
use pairpanel::display::draw::{draw, fits};
use pairpanel::pairing::{Health, Keys, Method, Outcome, Passkey, Peer, PinCode, Press, Screen};

const SIZES: [(u32, u32); 2] = [(128, 64), (128, 32)];

fn peer() -> Peer {
    Peer::new("Anna's Pixel", "00:11:22:33:9A:4C".into())
}

fn compare(press: Press) -> Screen {
    let keys = Keys { accept: Some("A".into()), reject: Some("B".into()), press };
    Screen::Compare { peer: peer(), passkey: Passkey::new(14_980).unwrap(), seconds: 24, keys }
}

fn type_passkey(code: u32, entered: u8) -> Screen {
    Screen::TypePasskey {
        peer: peer(),
        passkey: Passkey::new(code).unwrap(),
        entered,
        seconds: 31,
        cancel: Some("B".into()),
    }
}

fn screens() -> Vec<(&'static str, Screen)> {
    let name = || "box-7F3A".to_owned();
    let cancel = || Some("B".to_owned());
    let keys = |press| Keys { accept: Some("A".into()), reject: Some("B".into()), press };
    let long_labels =
        Keys { accept: Some("LABEL1".into()), reject: Some("LABEL2".into()), press: Press::Hold };
    let no_keys = Keys { accept: None, reject: None, press: Press::Hold };
    let long_name = Peer::new("The living room's big loudspeaker", "00:11:22:33:44:55".into());
    let code = |value| Passkey::new(value).unwrap();
    let settling = |passkey| Screen::Settling { peer: peer(), passkey, cancel: cancel() };
    let ended =
        |outcome| Screen::Ended { peer: peer(), method: Method::NumericComparison, outcome };
    vec![
        ("idle", Screen::Idle { name: name(), health: Health::Ready }),
        ("idle-no-bluetoothd", Screen::Idle { name: name(), health: Health::NoBluetoothd }),
        ("idle-no-adapter", Screen::Idle { name: String::new(), health: Health::NoAdapter }),
        ("idle-off", Screen::Idle { name: name(), health: Health::PoweredOff }),
        ("window", Screen::Window { name: name(), health: Health::Ready, seconds: 108 }),
        ("window-key", Screen::Window { name: name(), health: Health::NoAcceptKey, seconds: 108 }),
        ("compare", compare(Press::Hold)),
        ("compare-press", compare(Press::Tap)),
        ("compare-holding", compare(Press::Holding(9))),
        ("compare-let-go", compare(Press::LetGo)),
        (
            "compare-long",
            Screen::Compare {
                peer: long_name,
                passkey: code(888_888),
                seconds: 25,
                keys: long_labels,
            },
        ),
        (
            "compare-no-keys",
            Screen::Compare { peer: peer(), passkey: code(1), seconds: 25, keys: no_keys },
        ),
        ("just-works", Screen::JustWorks { peer: peer(), seconds: 24, keys: keys(Press::Hold) }),
        (
            "just-works-holding",
            Screen::JustWorks { peer: peer(), seconds: 24, keys: keys(Press::Holding(4)) },
        ),
        ("type-passkey", type_passkey(234_567, 0)),
        ("type-passkey-progress", type_passkey(234_567, 4)),
        (
            "type-pin",
            Screen::TypePin {
                peer: peer(),
                pin: PinCode::new("482190".into()).unwrap(),
                seconds: 31,
                cancel: cancel(),
            },
        ),
        ("settling", settling(Some(code(14_980)))),
        ("settling-no-code", settling(None)),
        ("paired-checked", ended(Outcome::PairedChecked)),
        ("paired-unchecked", ended(Outcome::PairedUnchecked)),
        ("unconfirmed", ended(Outcome::Unconfirmed)),
        ("rejected", ended(Outcome::RejectedHere)),
        ("timed-out", ended(Outcome::TimedOut)),
        ("cancelled", ended(Outcome::Cancelled)),
        ("link-lost", ended(Outcome::LinkLost)),
        ("display-failed", ended(Outcome::DisplayFailed)),
        ("window-closed", ended(Outcome::WindowClosed)),
        ("bluetoothd-gone", ended(Outcome::BluetoothdGone)),
    ]
}

fn drawn(screen: &Screen, (width, height): (u32, u32)) -> Frame {
    let mut frame = Frame::new(width, height);
    draw(screen, &mut frame);
    frame
}

/// The frame as a picture of a lit OLED.
fn svg(frame: &Frame) -> String {
    let (width, height) = (frame.width(), frame.height());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"-4 -4 {} {}\">\n<rect x=\"-4\" y=\"-4\" width=\"{}\" height=\"{}\" rx=\"3\" \
         fill=\"#05070a\"/>\n<path fill=\"#9fe8ff\" d=\"",
        4 * (width + 8),
        4 * (height + 8),
        width + 8,
        height + 8,
        width + 8,
        height + 8,
    );
    for y in 0..height {
        let mut x = 0;
        while x < width {
            let run = (x..width).take_while(|x| frame.get(*x, y)).count();
            if run > 0 {
                let _ = write!(svg, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
    svg + "\"/>\n</svg>\n"
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
    compare_with_file("compare.svg", &svg(&drawn(&compare(Press::Hold), (128, 64))));
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
