//! The panels that are tested: every controller with every size of glass, in every position, on
//! both buses.

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_10X20;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use embedded_graphics::text::{Baseline, Text};
use pairpanel::board::{
    Backend, Bus, Connection, Controller, DisplayProfile, OledProfile, Rotation, Wiring,
};
use pairpanel::display::{Frame, Oled, OverI2c, OverSpi, Transport};
use proptest::prelude::*;

use crate::chip::Soldered;
use crate::glass::{Emulator, Glass, Which};

pub(crate) const ROTATIONS: [Rotation; 4] =
    [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wire {
    I2c,
    Spi,
}

pub(crate) const WIRES: [Wire; 2] = [Wire::I2c, Wire::Spi];

const fn soldered(
    width: usize,
    height: usize,
    columns_before: usize,
    first_com: usize,
    com_pins: u8,
) -> Soldered {
    Soldered { width, height, columns_before, first_com, com_pins }
}

/// As the modules are sold: see the sources of `Wiring::usual`.
const OF_SSD130X: [Soldered; 6] = [
    soldered(128, 64, 0, 0, 0x12),
    soldered(128, 32, 0, 0, 0x02),
    soldered(96, 16, 0, 0, 0x02),
    soldered(72, 40, 28, 0, 0x12),
    soldered(64, 48, 32, 0, 0x12),
    soldered(64, 32, 32, 0, 0x12),
];
const OF_SH1106: [Soldered; 2] = [soldered(128, 64, 2, 0, 0x12), soldered(128, 32, 2, 16, 0x12)];
const OF_SH1107: [Soldered; 2] = [soldered(128, 128, 0, 0, 0), soldered(64, 128, 0, 32, 0)];

/// Every controller with every glass, not turned.
pub(crate) fn glasses() -> Vec<Glass> {
    let of = |controller| match controller {
        Controller::Ssd1306 | Controller::Ssd1309 => &OF_SSD130X[..],
        Controller::Sh1106 => &OF_SH1106,
        Controller::Sh1107 => &OF_SH1107,
    };
    let mut glasses = Vec::new();
    for controller in Controller::ALL {
        let sizes: Vec<_> =
            of(controller).iter().map(|s| (s.width as u32, s.height as u32)).collect();
        assert_eq!(sizes, controller.sizes(), "{controller}");
        let glass = |&soldered| Glass { controller, soldered, mounted: Rotation::None };
        glasses.extend(of(controller).iter().map(glass));
    }
    glasses
}

/// The first glass of this kind.
pub(crate) fn glass(controller: Controller, width: usize, height: usize) -> Glass {
    let size = (width, height);
    let mut all = glasses().into_iter().filter(|glass| glass.controller == controller);
    all.find(|glass| (glass.soldered.width, glass.soldered.height) == size).unwrap()
}

pub(crate) fn wiring(glass: &Glass) -> Wiring {
    let Soldered { width, height, .. } = glass.soldered;
    Wiring::usual(glass.controller, width as u32, height as u32)
}

pub(crate) fn panel(glass: Glass, wire: Wire) -> (Oled, Emulator) {
    panel_wired(glass, wire, wiring(&glass))
}

/// With a wiring in the profile that the controller and size do not tell.
pub(crate) fn panel_wired(glass: Glass, wire: Wire, wiring: Wiring) -> (Oled, Emulator) {
    let emulator = Emulator::new(glass);
    (driver(&emulator, glass, wire, wiring), emulator)
}

/// A driver for a panel that may have had another one before.
pub(crate) fn driver(emulator: &Emulator, glass: Glass, wire: Wire, wiring: Wiring) -> Oled {
    let oled = OledProfile {
        controller: glass.controller,
        wiring,
        contrast: Some(0xcf),
        // The emulator is the connection.
        connection: Connection::I2c { bus: Bus::Path("/dev/i2c-1".to_owned()), address: 0x3c },
        reset: None,
    };
    let profile = DisplayProfile {
        backend: Backend::Oled(oled.clone()),
        width: glass.soldered.width as u32,
        height: glass.soldered.height as u32,
        rotation: glass.mounted,
    };
    let (seen_width, seen_height) = glass.seen_size();
    assert_eq!(profile.frame_size(), (seen_width as u32, seen_height as u32));
    let transport: Box<dyn Transport> = match wire {
        Wire::I2c => Box::new(OverI2c::new(emulator.clone(), "bus", 0x3c)),
        Wire::Spi => {
            let dc = Box::new(emulator.line(Which::Dc));
            Box::new(OverSpi::new(emulator.clone(), "/dev/spidev0.0", dc))
        }
    };
    // Most modules on SPI have the line, and most on I2C have not.
    let reset = (wire == Wire::Spi).then(|| Box::new(emulator.line(Which::Reset)) as _);
    Oled::new(transport, reset, &oled, &profile)
}

/// What a failed comparison is to print.
pub(crate) fn picture(frame: &Frame) -> String {
    frame.to_half_blocks()
}

pub(crate) fn dark(glass: &Glass) -> Frame {
    let (width, height) = glass.seen_size();
    Frame::new(width as u32, height as u32)
}

pub(crate) fn lit(glass: &Glass) -> Frame {
    let mut frame = dark(glass);
    frame.clear(BinaryColor::On).unwrap();
    frame
}

/// A picture without any symmetry.
pub(crate) fn corner(glass: &Glass) -> Frame {
    let (width, height) = glass.seen_size();
    let mut frame = dark(glass);
    (0..width).for_each(|x| frame.set(x, x / 9 % height, true));
    (0..height).for_each(|y| frame.set(0, y, true));
    frame
}

/// On a panel of 128x64.
pub(crate) fn text(digits: &str) -> Frame {
    let mut frame = Frame::new(128, 64);
    let style = MonoTextStyle::new(&FONT_10X20, BinaryColor::On);
    Text::with_baseline(digits, Point::new(34, 20), style, Baseline::Top).draw(&mut frame).unwrap();
    frame
}

/// Bars of light: left end, row, length.
pub(crate) fn drawn(glass: &Glass, bars: &[(usize, usize, usize)]) -> Frame {
    let mut frame = dark(glass);
    for &(x, y, length) in bars {
        (x..x + length).for_each(|x| frame.set(x, y, true));
    }
    frame
}

/// A glass that is soldered as no table tells, and the wiring that says so.
pub(crate) fn unusual() -> impl Strategy<Value = (Glass, Wiring)> {
    let any = (
        prop::sample::select(glasses()),
        prop::sample::select(&ROTATIONS[..]),
        0..128usize,
        0..128usize,
        any::<(bool, bool)>(),
    );
    any.prop_map(|(glass, mounted, column, com, (com_seq, com_lrremap))| {
        let Soldered { width, height, .. } = glass.soldered;
        let controller = glass.controller;
        let coms = controller.coms() as usize;
        let is_sh1107 = controller == Controller::Sh1107;
        let columns_before = column % (controller.columns() as usize - width + 1);
        let first_com = com % (coms - if is_sh1107 { width } else { height } + 1);
        let com_pins = 2 | u8::from(!com_seq) << 4 | u8::from(com_lrremap) << 5;
        // The binding's com-offset is the register: rows go backwards, columns forwards.
        let com_offset =
            if is_sh1107 { (coms + columns_before - first_com) % coms } else { first_com };
        let (col_offset, com_offset) = (columns_before as u8, com_offset as u8);
        let soldered = Soldered { columns_before, first_com, com_pins, ..glass.soldered };
        let wiring = Wiring { col_offset, com_offset, com_seq, com_lrremap };
        (Glass { soldered, mounted, ..glass }, wiring)
    })
}
