//! The drivers against emulated controllers, each with its own memory, addressing and offsets: what
//! counts is what is on the glass.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod bench;
mod chip;
mod glass;
mod kernel;
mod panels;
mod person;
mod property;
mod sh1106;
mod sh1107;
mod ssd1306;
mod table;

use pairpanel::board::Controller;
use pairpanel::display::{Driver as _, DriverError, Frame};
use pairpanel::pairing::Glow;

use crate::glass::Glass;
use crate::panels::{
    ROTATIONS, WIRES, Wire, corner, dark, driver, glass, glasses, lit, panel, picture, text, wiring,
};

fn ssd1306() -> Glass {
    glass(Controller::Ssd1306, 128, 64)
}

#[test]
fn each_controller_and_size_is_right_in_every_position_on_both_buses() {
    for upright in glasses() {
        for (mounted, wire) in ROTATIONS.into_iter().flat_map(|r| WIRES.map(|wire| (r, wire))) {
            let glass = Glass { mounted, ..upright };
            let (mut panel, emulator) = panel(glass, wire);
            // All of it, and then only what differs.
            let mut frame = corner(&glass);
            panel.show(&frame).unwrap();
            assert_eq!(picture(&emulator.seen()), picture(&frame), "{glass:?} {wire:?}");
            let (_, whole) = emulator.take_counts();
            frame.set(3, 9, true);
            frame.set(5, 1, !frame.get(5, 1));
            panel.show(&frame).unwrap();
            assert_eq!(picture(&emulator.seen()), picture(&frame), "{glass:?} {wire:?}");
            let (_, part) = emulator.take_counts();
            assert!(part < 30 && part < whole, "{part} of {whole} bytes for two pixels");
            assert!(!emulator.state().garbage_seen, "{glass:?} {wire:?}");
            assert_eq!(emulator.contrast(), 0xcf);
        }
    }
}

#[test]
fn bytes_on_the_wire_are_these() {
    let (mut panel, emulator) = panel(ssd1306(), Wire::I2c);
    let mut rows = Vec::new();
    let mut sent = |what: &'static str, result: Result<(), DriverError>| {
        result.unwrap();
        let (transactions, bytes) = emulator.take_counts();
        rows.push((what, transactions, bytes));
    };
    let full = lit(&ssd1306());
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
    sent("dimmed", panel.dim(Glow::Dim));
    sent("off", panel.dim(Glow::Off));
    // What, transactions, bytes with one address byte for each transaction.
    let expected = [
        ("initialised, first frame", 4, 1066),
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
        ("dimmed", 1, 4),
        ("off", 3, 1061),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_small_panel_needs_half_the_bytes() {
    let small = glass(Controller::Ssd1306, 128, 32);
    let (mut panel, emulator) = panel(small, Wire::I2c);
    panel.blank().unwrap();
    panel.show(&dark(&small)).unwrap();
    emulator.take_counts();
    panel.show(&lit(&small)).unwrap();
    assert_eq!(emulator.take_counts(), (2, 522));
}

#[test]
fn an_adapter_that_takes_61_bytes_is_refused_once_and_then_suited() {
    let (mut panel, emulator) = panel(ssd1306(), Wire::I2c);
    emulator.state().largest = 61;
    panel.show(&Frame::new(128, 64)).unwrap();
    emulator.take_counts();
    panel.show(&lit(&ssd1306())).unwrap();
    // One for the window, and 18 pieces with 60 bytes of pixels each.
    assert_eq!(emulator.take_counts(), (19, 1068));
    assert_eq!(picture(&emulator.seen()), picture(&lit(&ssd1306())));
}

#[test]
fn an_adapter_that_takes_32_bytes_suits_every_controller() {
    for (glass, wire) in glasses().into_iter().flat_map(|g| WIRES.map(|wire| (g, wire))) {
        let (mut panel, emulator) = panel(glass, wire);
        emulator.state().largest = 32;
        panel.show(&corner(&glass)).unwrap();
        assert_eq!(picture(&emulator.seen()), picture(&corner(&glass)), "{glass:?}");
    }
}

#[test]
fn spidev_never_gets_more_than_its_buffer_takes() {
    // bufsiz is 4096 unless somebody changes it, and no frame is larger.
    let large = glass(Controller::Sh1107, 128, 128);
    for largest in [4096, 100] {
        let (mut panel, emulator) = panel(large, Wire::Spi);
        emulator.state().largest = largest;
        panel.show(&corner(&large)).unwrap();
        assert_eq!(picture(&emulator.seen()), picture(&corner(&large)));
    }
}

#[test]
fn a_glass_that_another_program_left_lit_goes_dark_before_it_is_written() {
    for (glass, wire) in glasses().into_iter().flat_map(|g| WIRES.map(|wire| (g, wire))) {
        let (mut first, emulator) = panel(glass, wire);
        first.show(&lit(&glass)).unwrap();
        let mut second = driver(&emulator, glass, wire, wiring(&glass));
        // The initialisation passes, the picture does not.
        emulator.state().fail_in = Some((1, 0));
        second.show(&corner(&glass)).unwrap_err();
        assert_eq!(picture(&emulator.seen()), picture(&dark(&glass)), "{glass:?} {wire:?}");
    }
}

/// A command that was cut off waits for its arguments, and takes for one what comes next.
#[test]
fn a_command_that_was_cut_off_does_not_swallow_the_next_one() {
    // In any of the messages before pixels, after any byte.
    let cuts = |glass| (0..2).flat_map(move |later| (1..32).map(move |cut| (glass, (later, cut))));
    for (glass, cut) in glasses().into_iter().flat_map(cuts) {
        let (mut panel, emulator) = panel(glass, Wire::I2c);
        panel.show(&lit(&glass)).unwrap();
        emulator.state().fail_in = Some(cut);
        panel.refresh(&corner(&glass)).unwrap_err();
        // Now the glass has to go dark first, of which one byte tells it.
        emulator.state().fail_in = Some((1, 0));
        panel.refresh(&corner(&glass)).unwrap_err();
        assert_eq!(picture(&emulator.seen()), picture(&dark(&glass)), "{glass:?} {cut:?}");
        panel.refresh(&corner(&glass)).unwrap();
        assert_eq!(picture(&emulator.seen()), picture(&corner(&glass)), "{glass:?} {cut:?}");
    }
}

#[test]
fn a_panel_that_lost_power_is_brought_back_by_a_refresh() {
    let (mut panel, emulator) = panel(ssd1306(), Wire::I2c);
    panel.show(&text("123456")).unwrap();
    emulator.power_cycle();
    panel.refresh(&text("123456")).unwrap();
    assert_eq!(picture(&emulator.seen()), picture(&text("123456")));
    assert!(!emulator.state().garbage_seen);
    assert_eq!(emulator.contrast(), 0xcf);
}

#[test]
fn a_glass_is_dimmed_by_one_command_and_stays_so_until_it_is_lit() {
    for (glass, wire) in glasses().into_iter().flat_map(|g| WIRES.map(|wire| (g, wire))) {
        let (mut panel, emulator) = panel(glass, wire);
        panel.show(&corner(&glass)).unwrap();
        emulator.take_counts();
        panel.dim(Glow::Dim).unwrap();
        let (_, bytes) = emulator.take_counts();
        assert!(bytes <= 4, "{bytes} bytes");
        assert_eq!(emulator.contrast(), 0x01, "{glass:?} {wire:?}");
        assert_eq!(picture(&emulator.seen()), picture(&corner(&glass)));
        panel.refresh(&lit(&glass)).unwrap();
        assert_eq!(emulator.contrast(), 0x01);
        panel.dim(Glow::Full).unwrap();
        assert_eq!(emulator.contrast(), 0xcf);
        assert_eq!(picture(&emulator.seen()), picture(&lit(&glass)));
    }
}

#[test]
fn a_glass_that_was_off_is_lit_by_the_next_frame_and_has_no_other_on_it() {
    for (glass, wire) in glasses().into_iter().flat_map(|g| WIRES.map(|wire| (g, wire))) {
        let (mut panel, emulator) = panel(glass, wire);
        panel.show(&lit(&glass)).unwrap();
        for glow in [Glow::Off, Glow::Full] {
            panel.dim(glow).unwrap();
            assert_eq!(picture(&emulator.seen()), picture(&dark(&glass)), "{glass:?} {glow:?}");
        }
        panel.show(&corner(&glass)).unwrap();
        assert_eq!(picture(&emulator.seen()), picture(&corner(&glass)), "{glass:?} {wire:?}");
        assert_eq!(emulator.contrast(), 0xcf);
        // A failed transfer leaves it unknown, and the next frame brings all of it back.
        emulator.state().fail_in = Some((0, 0));
        panel.dim(Glow::Dim).unwrap_err();
        panel.dim(Glow::Full).unwrap();
        emulator.power_cycle();
        panel.refresh(&corner(&glass)).unwrap();
        assert_eq!(emulator.contrast(), 0xcf);
    }
}

#[test]
fn dimming_that_was_cut_off_is_mended_by_the_same_frame() {
    for glass in glasses() {
        let (mut panel, emulator) = panel(glass, Wire::I2c);
        panel.show(&corner(&glass)).unwrap();
        emulator.state().fail_in = Some((0, 2));
        panel.dim(Glow::Dim).unwrap_err();
        panel.dim(Glow::Dim).unwrap();
        panel.show(&corner(&glass)).unwrap();
        assert_eq!(picture(&emulator.seen()), picture(&corner(&glass)), "{glass:?}");
        assert_eq!(emulator.contrast(), 0x01, "{glass:?}");
    }
}

#[test]
fn a_blanked_panel_holds_nothing_in_its_memory() {
    for glass in glasses() {
        let (mut panel, emulator) = panel(glass, Wire::I2c);
        panel.show(&corner(&glass)).unwrap();
        panel.blank().unwrap();
        let mut reader = emulator.clone();
        embedded_hal::i2c::I2c::write(&mut reader, 0x3c, &[0x00, 0xaf]).unwrap();
        assert_eq!(picture(&emulator.seen()), picture(&dark(&glass)));
    }
}

#[test]
fn the_reset_line_is_pulsed_while_nothing_is_known_and_only_then() {
    let (mut panel, emulator) = panel(ssd1306(), Wire::Spi);
    let resets = || emulator.state().resets;
    panel.blank().unwrap();
    panel.show(&text("123456")).unwrap();
    panel.refresh(&text("654321")).unwrap();
    assert_eq!(resets(), 1);
    emulator.state().fail_in = Some((0, 0));
    panel.show(&text("123456")).unwrap_err();
    panel.show(&text("123456")).unwrap();
    assert_eq!(resets(), 2);
    assert_eq!(picture(&emulator.seen()), picture(&text("123456")));
}

#[test]
fn an_error_says_where_why_and_what_to_do() {
    let (mut on_i2c, emulator) = panel(ssd1306(), Wire::I2c);
    emulator.state().fail_in = Some((0, 0));
    assert_eq!(
        on_i2c.show(&text("1")).unwrap_err().to_string(),
        "nothing answers at 0x3c on bus (Remote I/O error (os error 121)); check the wiring, and \
         `address` in the board profile"
    );
    assert_eq!(
        on_i2c.show(&Frame::new(128, 32)).unwrap_err().to_string(),
        "a frame of 128x32 pixels does not fit a panel of 128x64"
    );
    let (mut on_spi, emulator) = panel(ssd1306(), Wire::Spi);
    emulator.state().fail_in = Some((0, 0));
    assert_eq!(
        on_spi.show(&text("1")).unwrap_err().to_string(),
        "writing to /dev/spidev0.0 failed (Remote I/O error (os error 121)); see the kernel's log"
    );
    emulator.state().line_lost = true;
    assert_eq!(
        on_spi.show(&text("1")).unwrap_err().to_string(),
        "writing to the line failed (it is lost); see the kernel's log"
    );
}
