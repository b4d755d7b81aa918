//! How each size of glass is connected to each controller.

use super::Controller;

/// How a glass is connected to its controller. The names are those of the kernel's binding
/// (solomon,ssd1307fb.yaml).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// Columns of the memory that are left of an upright glass.
    pub col_offset: u8,
    /// The display offset register (command D3) of an upright glass: by how many COM outputs it is
    /// off the first one.
    pub com_offset: u8,
    /// The COM outputs drive rows one after the other, and not even and odd ones from two sides
    /// (command DA, bit 4 clear).
    pub com_seq: bool,
    /// The two sides are swapped (command DA, bit 5).
    pub com_lrremap: bool,
}

impl Wiring {
    /// How a glass of one of the [sizes](Controller::sizes) of this controller is usually wired.
    pub const fn usual(controller: Controller, width: u32, height: u32) -> Self {
        const PLAIN: Wiring = narrow(0);
        match (controller, width, height) {
            // github.com/rm-hull/luma.oled luma/oled/device/__init__.py, class ssd1306; the ssd1306
            // crate, src/size.rs. 72x40 is not known to luma.oled, but to github.com/olikraus/u8g2
            // csrc/u8x8_d_ssd1306_72x40.c; its glass has segments 28 to 99 and COM 0 to 19 and 32 to
            // 51 (datasheet of the HP7240-01, section 6).
            (Controller::Ssd1306 | Controller::Ssd1309, 128, 32)
            | (Controller::Ssd1306 | Controller::Ssd1309, 96, 16) => {
                Self { com_seq: true, ..PLAIN }
            }
            (Controller::Ssd1306 | Controller::Ssd1309, 72, _) => narrow(28),
            (Controller::Ssd1306 | Controller::Ssd1309, 64, _) => narrow(32),
            // luma.oled, class sh1106; kernel drivers/staging/fbtft/fb_sh1106.c: 128 of 132 columns,
            // in the middle. 128x32 is wired to COM 16 to 47: github.com/olikraus/u8g2
            // csrc/u8x8_d_ssd1306_128x32.c (visionox), and luma.oled, where one row more and one
            // less of offset come to the same.
            (Controller::Sh1106, _, 32) => Self { com_offset: 16, ..narrow(2) },
            (Controller::Sh1106, _, _) => narrow(2),
            // luma.oled, class sh1107; u8g2 csrc/u8x8_d_sh1107.c: the 64 columns are COM 32 to 95,
            // and 0x60 is 32 less than none.
            (Controller::Sh1107, 64, _) => Self { com_offset: 0x60, ..PLAIN },
            _ => PLAIN,
        }
    }
}

/// A glass that has nothing unusual but columns left over at its left.
const fn narrow(col_offset: u8) -> Wiring {
    Wiring { col_offset, com_offset: 0, com_seq: false, com_lrremap: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glass_has_its_columns_within_the_memory() {
        for controller in Controller::ALL {
            for &(width, height) in controller.sizes() {
                let wiring = Wiring::usual(controller, width, height);
                assert!(u32::from(wiring.col_offset) + width <= controller.columns());
                assert!(u32::from(wiring.com_offset) < controller.coms());
            }
        }
    }
}
