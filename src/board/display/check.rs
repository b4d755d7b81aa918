//! The rules of `[display]`: one rule, one function, one file under `tests/boards/bad/`.

use std::fmt;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;

use super::connection::connection;
use super::raw::RawDisplay;
use super::{Backend, Controller, DisplayProfile, OledProfile, Rotation, Wiring};
use crate::board::check::Checked;
use crate::board::pin::line;
use crate::display::draw::fits;
use crate::mistake::Problem;

pub(in crate::board) fn display(raw: RawDisplay) -> Checked<DisplayProfile> {
    let controller = require_controller(&raw.controller)?;
    let rotation = require_rotation(&raw.rotation)?;
    let (width, height) = require_size(&raw, controller)?;
    require_room(&raw, (width, height), rotation)?;
    let backend = match controller {
        Some(controller) => {
            let usual = Wiring::usual(controller, width, height);
            Backend::Oled(oled(raw, controller, usual, width)?)
        }
        None => Backend::Framebuffer(framebuffer(raw)?),
    };
    Ok(DisplayProfile { backend, width, height, rotation })
}

/// A controller's profile is a kernel's driver's, too, if it is called `framebuffer`: that is `None`.
fn require_controller(written: &Spanned<String>) -> Checked<Option<Controller>> {
    const FRAMEBUFFER: &str = "framebuffer";
    let text = written.get_ref();
    if text == FRAMEBUFFER {
        return Ok(None);
    }
    let known = Controller::ALL.map(|controller| controller.to_string());
    match known.iter().position(|name| name == text) {
        Some(found) => Ok(Some(Controller::ALL[found])),
        None => Err(Problem::at(
            written,
            format!(
                "\"{}\" is not known; write \"{}\" or \"{FRAMEBUFFER}\"",
                text.escape_debug(),
                known.join("\" or \"")
            ),
        )),
    }
}

fn require_size(raw: &RawDisplay, controller: Option<Controller>) -> Checked<(u32, u32)> {
    let Some(controller) = controller else {
        return Ok((require_pixels(&raw.width)?, require_pixels(&raw.height)?));
    };
    let (width, height) = (*raw.width.get_ref(), *raw.height.get_ref());
    let is_width = |&&(known, _): &&(u32, u32)| i64::from(known) == width;
    let mut sizes = controller.sizes().iter();
    if let Some(size) = sizes.find(|size| is_width(size) && i64::from(size.1) == height) {
        return Ok(*size);
    }
    let sizes = controller.sizes().iter();
    let known: Vec<_> = sizes
        .clone()
        .filter(|&&(w, h)| fits(w, h) || fits(h, w))
        .map(|(w, h)| format!("{w}x{h}"))
        .collect();
    // Point at whichever of the two no size has, so that the caret is on the mistake.
    let at = if sizes.clone().any(|size| is_width(&size)) { &raw.height } else { &raw.width };
    let known = known.join(", ");
    Err(Problem::at(at, format!("no {controller} panel is {width}x{height}; write one of {known}")))
}

/// What a framebuffer may have: no panel of this kind has more.
fn require_pixels(written: &Spanned<i64>) -> Checked<u32> {
    within(written, 1..=4096)
}

/// The screens have to fit, the way the glass is mounted.
fn require_room(raw: &RawDisplay, (width, height): (u32, u32), rotation: Rotation) -> Checked<()> {
    let (upright, sideways) = (fits(width, height), fits(height, width));
    if if rotation.is_sideways() { sideways } else { upright } {
        return Ok(());
    }
    let too_small = format!("a {width}x{height} panel is too small for the screens");
    if upright || sideways {
        let remedy = if upright { "0 or 180" } else { "90 or 270" };
        let message = format!("{too_small} that way; write {remedy}");
        return Err(Problem::at(&raw.rotation, message));
    }
    // Point at the height if there is one that goes with this width.
    let at = if fits(width, u32::MAX) { &raw.height } else { &raw.width };
    Err(Problem::at(at, format!("{too_small}; use a larger one")))
}

fn require_rotation(rotation: &Spanned<i64>) -> Checked<Rotation> {
    match rotation.get_ref() {
        0 => Ok(Rotation::None),
        90 => Ok(Rotation::Right),
        180 => Ok(Rotation::Half),
        270 => Ok(Rotation::Left),
        other => Err(Problem::at(
            rotation,
            format!("{other} degrees is not possible; write 0, 90, 180 or 270"),
        )),
    }
}

fn framebuffer(raw: RawDisplay) -> Checked<String> {
    reject_keys_of_controllers(&raw)?;
    reject_com_pins(&raw)?;
    let Some(name) = raw.framebuffer else {
        return Err(Problem::at(
            &raw.controller,
            "needs `framebuffer`: how /sys/class/graphics/fb*/name begins, such as \
             \"ssd130xdrmfb\"; add it",
        ));
    };
    require_driver_name(name)
}

fn require_driver_name(name: Spanned<String>) -> Checked<String> {
    if name.get_ref().trim().is_empty() {
        return Err(Problem::at(
            &name,
            "the driver's name is empty; write how /sys/class/graphics/fbN/name begins",
        ));
    }
    Ok(name.into_inner())
}

fn reject_keys_of_controllers(raw: &RawDisplay) -> Checked<()> {
    reject(
        [
            span(&raw.bus),
            span(&raw.address),
            span(&raw.spi),
            span(&raw.chip_select),
            span(&raw.spi_hz),
            span(&raw.spi_mode),
            span(&raw.dc),
            span(&raw.reset),
            span(&raw.contrast),
            span(&raw.col_offset),
            span(&raw.com_offset),
        ],
        "is the business of the kernel's driver, which alone talks to the controller; take it out",
    )
}

fn oled(
    mut raw: RawDisplay,
    controller: Controller,
    usual: Wiring,
    width: u32,
) -> Checked<OledProfile> {
    reject_framebuffer(&raw)?;
    if controller == Controller::Sh1107 {
        reject_com_pins(&raw)?;
    }
    let wiring = Wiring {
        col_offset: require_columns(raw.col_offset.as_ref(), controller, width, usual.col_offset)?,
        com_offset: require_com(raw.com_offset.as_ref(), controller, usual.com_offset)?,
        com_seq: raw.com_seq.unwrap_or(usual.com_seq),
        com_lrremap: raw.com_lrremap.unwrap_or(usual.com_lrremap),
    };
    let contrast = raw.contrast.as_ref().map(require_contrast).transpose()?;
    let reset = raw.reset.take().map(|pin| {
        let owner = pin.span();
        line(pin.into_inner(), owner)
    });
    let reset = reset.transpose()?;
    let connection = connection(raw, controller)?;
    Ok(OledProfile { controller, wiring, contrast, connection, reset })
}

fn reject_framebuffer(raw: &RawDisplay) -> Checked<()> {
    reject(
        [span(&raw.framebuffer)],
        "is for a display that a driver in the kernel has; take it out, or write controller = \
         \"framebuffer\"",
    )
}

/// The SH1107's command table has no DA, and a kernel's driver is told by the device tree.
fn reject_com_pins(raw: &RawDisplay) -> Checked<()> {
    if raw.com_seq.is_none() && raw.com_lrremap.is_none() {
        return Ok(());
    }
    let message = "takes neither `com-seq` nor `com-lrremap`; take them out";
    Err(Problem::at(&raw.controller, message))
}

fn require_columns(
    written: Option<&Spanned<i64>>,
    controller: Controller,
    width: u32,
    usual: u8,
) -> Checked<u8> {
    // 132 at most.
    let left = (controller.columns() - width) as u8;
    written.map_or(Ok(usual), |written| within(written, 0..=left))
}

fn require_com(written: Option<&Spanned<i64>>, controller: Controller, usual: u8) -> Checked<u8> {
    // 127 at most.
    let last = (controller.coms() - 1) as u8;
    written.map_or(Ok(usual), |written| within(written, 0..=last))
}

fn require_contrast(contrast: &Spanned<i64>) -> Checked<u8> {
    within(contrast, 0..=u8::MAX)
}

pub(super) fn span<T>(key: &Option<Spanned<T>>) -> Option<Range<usize>> {
    key.as_ref().map(Spanned::span)
}

/// None of these keys may be there, and why.
pub(super) fn reject(
    keys: impl IntoIterator<Item = Option<Range<usize>>>,
    why: &'static str,
) -> Checked<()> {
    keys.into_iter().flatten().next().map_or(Ok(()), |span| Err(Problem::new(span, why)))
}

/// A number of the type that it is for, within its range.
pub(super) fn within<T>(written: &Spanned<i64>, range: RangeInclusive<T>) -> Checked<T>
where
    T: TryFrom<i64> + PartialOrd + fmt::Display + Copy,
{
    let number = *written.get_ref();
    T::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let (first, last) = (range.start(), range.end());
        Problem::at(written, format!("{number} is not within {first} to {last}"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Bus, Connection, SpiBus, SpiMode};
    use super::*;
    use crate::board::Board;

    fn display(text: &str) -> DisplayProfile {
        Board::parse("x.toml", text).unwrap().display.unwrap()
    }

    #[test]
    fn a_display_on_spi_has_the_table_s_wiring_but_for_what_the_profile_says() {
        let found = display(include_str!("../../../tests/boards/good/display-on-spi.toml"));
        assert_eq!((found.frame_size(), found.rotation), ((128, 64), Rotation::Half));
        assert_eq!(found.place(), "on the header's SPI bus, chip select 1");
        assert!(!found.answers());
        let lines: Vec<_> = found.lines().into_iter().map(|(_, what)| what).collect();
        assert_eq!(lines, ["the display's D/C", "the display's reset"]);
        let Backend::Oled(oled) = found.backend else { panic!("not an oled") };
        assert_eq!((oled.controller, oled.contrast), (Controller::Sh1106, Some(0)));
        let usual = Wiring::usual(Controller::Sh1106, 128, 64);
        assert_eq!(oled.wiring, Wiring { col_offset: 0, com_lrremap: true, ..usual });
        let Connection::Spi { bus, hz, mode, .. } = oled.connection else { panic!("not on SPI") };
        assert_eq!(bus, SpiBus::Header { chip_select: 1 });
        assert_eq!((hz, mode), (4_000_000, SpiMode::Mode3));
    }

    #[test]
    fn a_display_of_the_kernel_is_its_driver_s_name_and_a_size() {
        let found = display(include_str!("../../../tests/boards/good/display-of-the-kernel.toml"));
        assert_eq!(found.backend, Backend::Framebuffer("ssd130xdrmfb".to_owned()));
        assert_eq!(found.place(), "of the kernel's driver \"ssd130xdrmfb\"");
        assert!(!found.answers() && found.lines().is_empty());
    }

    #[test]
    fn a_display_on_i2c_answers_and_may_be_turned_by_a_quarter() {
        let text = "schema = 1\nname = \"x\"\nconfidence = \"untested\"\nsources = [\"x\"]\n\
                    [display]\ncontroller = \"sh1107\"\nbus = \"header\"\naddress = 0x3c\n\
                    width = 64\nheight = 128\nrotation = 90\n";
        let found = display(text);
        assert_eq!(found.frame_size(), (128, 64));
        assert_eq!(found.place(), "at 0x3c on the header's I2C bus");
        assert!(found.answers());
        let Backend::Oled(oled) = found.backend else { panic!("not an oled") };
        let Connection::I2c { bus, address } = oled.connection else { panic!("not on I2C") };
        assert_eq!((bus, address), (Bus::Header, 0x3c));
    }
}
