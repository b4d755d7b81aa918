//! The SSD1306 driver against an emulated controller: what counts is what is on the glass.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

#[path = "panel/glass.rs"]
mod glass;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_10X20;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use embedded_graphics::text::{Baseline, Text};
use glass::{Emulator, Glass};
use pairpanel::board::{Bus, Controller, DisplayProfile, Rotation};
use pairpanel::display::{Driver, DriverError, Frame, Ssd1306, Wire};
use proptest::prelude::*;

const GLASSES: [Glass; 6] = [
    Glass { width: 128, height: 64, columns_before: 0, com_pins: 0x12, turned: false },
    Glass { width: 128, height: 32, columns_before: 0, com_pins: 0x02, turned: false },
    Glass { width: 96, height: 16, columns_before: 0, com_pins: 0x02, turned: false },
    Glass { width: 72, height: 40, columns_before: 28, com_pins: 0x12, turned: false },
    Glass { width: 64, height: 48, columns_before: 32, com_pins: 0x12, turned: false },
    Glass { width: 64, height: 32, columns_before: 32, com_pins: 0x12, turned: false },
];

#[test]
fn each_size_is_right_in_both_rotations() {
    for upright in GLASSES {
        for turned in [false, true] {
            let (mut panel, emulator) = panel(Glass { turned, ..upright });
            let frame = corner(&upright);
            panel.show(&frame).unwrap();
            assert_eq!(picture(&emulator.seen()), picture(&frame), "{upright:?} {turned}");
            assert!(!emulator.state().garbage_seen);
        }
    }
}

#[test]
fn bytes_on_the_wire_are_these() {
    let (mut panel, emulator) = panel(GLASSES[0]);
    let mut rows = Vec::new();
    let mut sent = |what: &'static str, result: Result<(), DriverError>| {
        result.unwrap();
        let (transactions, bytes) = emulator.take_counts();
        rows.push((what, transactions, bytes));
    };
    let full = lit(GLASSES[0]);
    sent("initialised, first frame", panel.show(&full));
    sent("nothing changed", panel.show(&full));
    sent("every pixel changed", panel.show(&Frame::new(128, 64)));
    sent("six digits of 10x20", panel.show(&text("123456")));
    sent("six other digits", panel.show(&text("654321")));
    sent("the same digits", panel.show(&text("654321")));
    sent("the last digit", panel.show(&text("654320")));
    sent("no digits", panel.show(&Frame::new(128, 64)));
    let mut pixels = Frame::new(128, 64);
    pixels.set(0, 0, true);
    sent("one pixel", panel.show(&pixels));
    pixels.set(0, 0, false);
    pixels.set(127, 0, true);
    pixels.set(64, 63, true);
    sent("three pixels far apart", panel.show(&pixels));
    sent("refreshed", panel.refresh(&pixels));
    sent("blanked", panel.blank());
    sent("six digits after that", panel.show(&text("123456")));
    // The README's figures: `cargo test --test panel bytes_on_the_wire -- --nocapture`.
    for (what, transactions, bytes) in &rows {
        println!("{what}: {bytes} bytes in {transactions} transactions");
    }
    // What, transactions, bytes with one address byte for each transaction.
    let expected = [
        ("initialised, first frame", 4, 1064),
        ("nothing changed", 0, 0),
        ("every pixel changed", 2, 1034),
        ("six digits of 10x20", 2, 184),
        ("six other digits", 2, 184),
        ("the same digits", 0, 0),
        ("the last digit", 2, 26),
        ("no digits", 2, 184),
        ("one pixel", 2, 11),
        ("three pixels far apart", 6, 33),
        ("refreshed", 4, 1063),
        ("blanked", 3, 1061),
        ("six digits after that", 3, 187),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_small_panel_needs_half_the_bytes() {
    let (mut panel, emulator) = panel(GLASSES[1]);
    panel.blank().unwrap();
    panel.show(&Frame::new(128, 32)).unwrap();
    emulator.take_counts();
    panel.show(&lit(GLASSES[1])).unwrap();
    assert_eq!(emulator.take_counts(), (2, 522));
}

#[test]
fn an_adapter_that_takes_61_bytes_is_refused_once_and_then_suited() {
    let (mut panel, emulator) = panel(GLASSES[0]);
    emulator.state().largest = 61;
    panel.show(&Frame::new(128, 64)).unwrap();
    emulator.take_counts();
    panel.show(&lit(GLASSES[0])).unwrap();
    // One for the window, and 18 pieces with 60 bytes of pixels each.
    assert_eq!(emulator.take_counts(), (19, 1068));
    assert_eq!(picture(&emulator.seen()), picture(&lit(GLASSES[0])));
}

#[test]
fn an_adapter_that_takes_32_bytes_suits_too() {
    let (mut panel, emulator) = panel(GLASSES[3]);
    emulator.state().largest = 32;
    panel.show(&corner(&GLASSES[3])).unwrap();
    assert_eq!(picture(&emulator.seen()), picture(&corner(&GLASSES[3])));
}

#[test]
fn a_glass_that_another_program_left_lit_goes_dark_before_it_is_written() {
    let (mut first, emulator) = panel(GLASSES[0]);
    first.show(&lit(GLASSES[0])).unwrap();
    let mut second = Ssd1306::new(Wire::new(emulator.clone(), "bus", 0x3c), &profile(GLASSES[0]));
    // The initialisation passes, the picture does not.
    emulator.state().fail_in = Some((1, 0));
    second.show(&corner(&GLASSES[0])).unwrap_err();
    assert_eq!(picture(&emulator.seen()), picture(&Frame::new(128, 64)));
}

#[test]
fn a_panel_that_lost_power_is_brought_back_by_a_refresh() {
    let (mut panel, emulator) = panel(GLASSES[0]);
    panel.show(&text("123456")).unwrap();
    emulator.power_cycle();
    panel.refresh(&text("123456")).unwrap();
    assert_eq!(picture(&emulator.seen()), picture(&text("123456")));
    assert!(!emulator.state().garbage_seen);
    assert_eq!(emulator.state().contrast, 0xcf);
}

#[test]
fn a_blanked_panel_holds_nothing_in_its_memory() {
    let (mut panel, emulator) = panel(GLASSES[0]);
    panel.show(&text("123456")).unwrap();
    panel.blank().unwrap();
    let mut reader = emulator.clone();
    embedded_hal::i2c::I2c::write(&mut reader, 0x3c, &[0x00, 0xaf]).unwrap();
    assert_eq!(picture(&emulator.seen()), picture(&Frame::new(128, 64)));
}

#[test]
fn an_error_says_where_why_and_what_to_do() {
    let (mut panel, emulator) = panel(GLASSES[0]);
    emulator.state().fail_in = Some((0, 0));
    assert_eq!(
        panel.show(&text("1")).unwrap_err().to_string(),
        "nothing answers at 0x3c on bus (Remote I/O error (os error 121)); check the wiring, and \
         `address` in the board profile"
    );
    assert_eq!(
        panel.show(&Frame::new(128, 32)).unwrap_err().to_string(),
        "a frame of 128x32 pixels does not fit a panel of 128x64"
    );
}

/// Something that happens to a panel.
#[derive(Clone, Debug)]
enum Op {
    Show(Vec<(usize, usize, usize)>),
    Refresh(Vec<(usize, usize, usize)>),
    Blank,
    /// A later transfer is cut off.
    Disturb(usize, usize),
    PowerCycle,
}

fn op() -> impl Strategy<Value = Op> {
    let bars = || prop::collection::vec((0..128usize, 0..64usize, 1..40usize), 0..12);
    prop_oneof![
        6 => bars().prop_map(Op::Show),
        1 => bars().prop_map(Op::Refresh),
        1 => Just(Op::Blank),
        3 => (0..6usize, 0..1100usize).prop_map(|(later, whole)| Op::Disturb(later, whole)),
        1 => Just(Op::PowerCycle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..Default::default() })]

    /// Whatever happened before: a call that succeeds leaves the glass as it says, one that fails
    /// succeeds when it is made again, and nothing but what was drawn is ever lit.
    #[test]
    fn the_glass_shows_the_last_frame_that_was_shown(
        glass in prop::sample::select(&GLASSES[..]),
        turned: bool,
        largest in prop::sample::select(vec![32, 61, 8192]),
        mut ops in prop::collection::vec(op(), 1..20),
    ) {
        let glass = Glass { turned, ..glass };
        let (mut panel, emulator) = panel(glass);
        emulator.state().largest = largest;
        let mut lost_power = false;
        // Fails at the first attempt if a disturbance is still to come, but not at the second.
        ops.extend([Op::Show(vec![(1, 2, 3)]), Op::Show(vec![(1, 2, 3)])]);
        let last = ops.len() - 1;
        for (index, op) in ops.into_iter().enumerate() {
            // Nothing tells the panel that it lost power: that is what a refresh is for.
            let (frame, result) = match op {
                Op::Disturb(later, whole) => {
                    emulator.state().fail_in = Some((later, whole));
                    continue;
                }
                Op::PowerCycle => {
                    emulator.power_cycle();
                    lost_power = true;
                    continue;
                }
                Op::Show(bars) if !lost_power => {
                    let frame = drawn(glass, &bars);
                    let result = panel.show(&frame);
                    (frame, result)
                }
                Op::Show(bars) | Op::Refresh(bars) => {
                    let frame = drawn(glass, &bars);
                    let result = panel.refresh(&frame);
                    (frame, result)
                }
                Op::Blank => (drawn(glass, &[]), panel.blank()),
            };
            if index == last {
                prop_assert!(result.is_ok());
            }
            if result.is_ok() {
                lost_power = false;
                prop_assert_eq!(picture(&emulator.seen()), picture(&frame));
            }
        }
        prop_assert!(!emulator.state().garbage_seen);
    }
}

fn profile(glass: Glass) -> DisplayProfile {
    DisplayProfile {
        controller: Controller::Ssd1306,
        bus: Bus::Path("/dev/i2c-1".to_owned()),
        address: 0x3c,
        width: glass.width as u32,
        height: glass.height as u32,
        rotation: if glass.turned { Rotation::Half } else { Rotation::None },
        contrast: Some(0xcf),
    }
}

fn panel(glass: Glass) -> (Ssd1306<Emulator>, Emulator) {
    let emulator = Emulator::new(glass);
    (Ssd1306::new(Wire::new(emulator.clone(), "bus", 0x3c), &profile(glass)), emulator)
}

/// What a failed comparison is to print.
fn picture(frame: &Frame) -> String {
    frame.to_half_blocks()
}

fn lit(glass: Glass) -> Frame {
    let mut frame = Frame::new(glass.width as u32, glass.height as u32);
    frame.clear(BinaryColor::On).unwrap();
    frame
}

/// A picture without any symmetry.
fn corner(glass: &Glass) -> Frame {
    let mut frame = Frame::new(glass.width as u32, glass.height as u32);
    (0..glass.width).for_each(|x| frame.set(x, x / 9 % glass.height, true));
    (0..glass.height).for_each(|y| frame.set(0, y, true));
    frame
}

fn text(digits: &str) -> Frame {
    let mut frame = Frame::new(128, 64);
    let style = MonoTextStyle::new(&FONT_10X20, BinaryColor::On);
    Text::with_baseline(digits, Point::new(34, 20), style, Baseline::Top).draw(&mut frame).unwrap();
    frame
}

fn drawn(glass: Glass, bars: &[(usize, usize, usize)]) -> Frame {
    let mut frame = Frame::new(glass.width as u32, glass.height as u32);
    for &(x, y, length) in bars {
        (x..x + length).for_each(|x| frame.set(x, y, true));
    }
    frame
}
