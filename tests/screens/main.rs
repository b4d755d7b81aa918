//! Every screen at every size and in every language, as pictures that can be read in a diff.
//!
//! `UPDATE_SCREENS=1 cargo test --test screens` draws them anew, the pictures in the README included.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod camera;
mod digits;
mod gallery;
mod languages;
mod list;
mod names;
mod quiet;
mod scan;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use pairpanel::clock::Time;
use pairpanel::display::Frame;
use pairpanel::display::draw::{Language, Style, draw, fits};
use pairpanel::pairing::{
    AtStart, Call, DeviceId, Event, Fittings, Passkey, Policy, RequestId, Screen, Session,
};

use list::screens;

pub(crate) const SIZES: [(u32, u32); 5] = [(128, 64), (128, 32), (64, 48), (72, 40), (128, 128)];

pub(crate) fn drawn(screen: &Screen, size: (u32, u32)) -> Frame {
    drawn_in(screen, size, Language::English)
}

pub(crate) fn drawn_in(screen: &Screen, (width, height): (u32, u32), language: Language) -> Frame {
    let mut frame = Frame::new(width, height);
    draw(screen, &Style { language, ..Style::default() }, &mut frame);
    frame
}

#[track_caller]
pub(crate) fn compare_with_file(name: &str, text: &str) {
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
        let mut pictures = String::new();
        for (name, screen) in screens() {
            let picture = drawn(&screen, size).to_half_blocks();
            let rule = "-".repeat(usize::try_from(width).unwrap());
            let _ = writeln!(pictures, "{name}\n{rule}");
            picture.lines().for_each(|line| pictures += &format!("{}\n", line.trim_end()));
            let _ = writeln!(pictures, "{rule}");
        }
        compare_with_file(&format!("{width}x{height}.txt"), &pictures);
    }
}

#[test]
fn a_panel_has_screens_from_64x48_or_72x40_on() {
    let cases = [
        ((128, 64), true),
        ((128, 32), true),
        ((64, 48), true),
        ((128, 128), true),
        ((96, 64), true),
        ((240, 240), true),
        ((72, 40), true),
        ((128, 40), true),
        ((72, 39), false),
        ((71, 40), false),
        ((63, 48), false),
        ((64, 32), false),
        ((96, 16), false),
        ((0, 0), false),
    ];
    for ((width, height), has_screens) in cases {
        assert_eq!(fits(width, height), has_screens, "{width}x{height}");
    }
}

/// What is larger than a layout shows it in the middle, pixel for pixel.
#[test]
fn a_larger_panel_has_the_same_picture_in_its_middle() {
    let cases = [
        ((96, 64), (64, 48)),
        ((96, 40), (72, 40)),
        ((256, 64), (128, 64)),
        ((240, 240), (128, 128)),
    ];
    for (size, layout) in cases {
        let at = |large: u32, small: u32| usize::try_from((large - small) / 2).unwrap();
        let (left, top) = (at(size.0, layout.0), at(size.1, layout.1));
        for (name, screen) in screens() {
            let (large, small) = (drawn(&screen, size), drawn(&screen, layout));
            for y in 0..large.height() {
                for x in 0..large.width() {
                    let inside = x.checked_sub(left).zip(y.checked_sub(top));
                    let lit = inside.is_some_and(|(x, y)| small.get(x, y));
                    assert_eq!(large.get(x, y), lit, "{name} at {size:?}, ({x}, {y})");
                }
            }
        }
    }
}

/// What stands there for days moves; what is to be read does not.
#[test]
fn only_idle_screens_can_be_shifted_and_they_lose_nothing_by_it() {
    for size in SIZES {
        for (name, screen) in screens() {
            let still = drawn(&screen, size);
            for shift @ (right, down) in [(4, 4), (0, 3), (1, 0), (9, 9)] {
                let mut moved = Frame::new(size.0, size.1);
                draw(&screen, &Style { shift, ..Style::default() }, &mut moved);
                let moves = matches!(screen, Screen::Idle { .. } | Screen::Window { .. });
                let by = |pixels: u8| if moves { usize::from(pixels.min(4)) } else { 0 };
                for y in 0..still.height() {
                    for x in 0..still.width() {
                        let (to_x, to_y) = (x + by(right), y + by(down));
                        assert_eq!(moved.get(to_x, to_y), still.get(x, y), "{name} at {size:?}");
                    }
                }
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
