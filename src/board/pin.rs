//! The rules of pins: one rule, one function, one file under `tests/boards/bad/`.

use std::ops::Range;

use toml::Spanned;

use super::Line;
use super::check::Checked;
use super::host::{Host, Purpose};
use super::raw::{OneOrMore, RawBoard, RawPin};
use crate::mistake::Problem;

/// The line that a pin is; `owner` is where to point if it says nothing at all.
pub(super) fn line(raw: RawPin, owner: Range<usize>) -> Checked<Line> {
    match raw {
        RawPin { header: Some(header), chip, offset, name } => {
            let name = name.as_ref().map(Spanned::span);
            let other = chip.as_ref().map(Spanned::span).or(offset.as_ref().map(Spanned::span));
            reject_keys_of_chip(other.or(name))?;
            require_header_pin(&header).map(Line::Header)
        }
        RawPin { header: None, chip: Some(chip), offset: Some(offset), name } => {
            require_chip_labels(&chip)?;
            reject_bus_lines(name.as_ref())?;
            Ok(Line::Chip {
                offset: require_offset(&offset)?,
                labels: chip.into_inner().0,
                names: name.map(|name| name.into_inner().0).unwrap_or_default(),
            })
        }
        RawPin { header: None, chip, offset, name } => {
            let chip = chip.as_ref().map(Spanned::span).or(offset.as_ref().map(Spanned::span));
            Err(Problem::new(
                chip.or(name.as_ref().map(Spanned::span)).unwrap_or(owner),
                "does not say which line; write pin = { header = N }, or { chip = \"LABEL\", \
                 offset = N }",
            ))
        }
    }
}

/// Both could be true, and be two different lines.
fn reject_keys_of_chip(key: Option<Range<usize>>) -> Checked<()> {
    match key {
        Some(span) => Err(Problem::new(
            span,
            "the host's file says this of a pin of the header; take this or `header` out",
        )),
        None => Ok(()),
    }
}

pub(super) fn require_header_pin(header: &Spanned<i64>) -> Checked<u8> {
    u8::try_from(*header.get_ref()).ok().filter(|&pin| pin > 0).ok_or_else(|| {
        let message =
            format!("{} is no position on a header; the first one is 1", header.get_ref());
        Problem::at(header, message)
    })
}

/// Chips are numbered as drivers happen to load: one model's header has been `gpiochip4` and
/// `gpiochip0` within a year of kernels (raspberrypi/linux#6144).
pub(super) fn require_chip_labels(chip: &Spanned<OneOrMore>) -> Checked<()> {
    let labels = &chip.get_ref().0;
    if labels.is_empty() || labels.iter().any(|label| label.trim().is_empty()) {
        return Err(Problem::at(
            chip,
            "name at least one chip by its label; gpiodetect prints them in brackets",
        ));
    }
    let numbered = |label: &&String| label.starts_with("gpiochip") || label.contains('/');
    match labels.iter().find(numbered) {
        Some(label) => Err(Problem::at(
            chip,
            format!(
                "\"{}\" is a number that changes with the kernel; write the chip's label, which \
                 gpiodetect prints in brackets",
                label.escape_debug()
            ),
        )),
        None => Ok(()),
    }
}

/// The lines of an I2C bus, among them that of the HAT's ID EEPROM, are for nothing else. Only
/// those that the profile itself names so can be told here.
fn reject_bus_lines(names: Option<&Spanned<OneOrMore>>) -> Checked<()> {
    let Some(names) = names else { return Ok(()) };
    let is_bus =
        |name: &&String| ["ID_SD", "ID_SC", "SDA", "SCL"].iter().any(|b| name.starts_with(b));
    match names.get_ref().0.iter().find(is_bus) {
        Some(name) => Err(Problem::at(
            names,
            format!(
                "\"{}\" is a line of an I2C bus; wire this to another line",
                name.escape_debug()
            ),
        )),
        None => Ok(()),
    }
}

pub(super) fn require_offset(offset: &Spanned<i64>) -> Checked<u32> {
    u32::try_from(*offset.get_ref()).map_err(|_| {
        let message = format!("{} is not a line of a chip; the first line is 0", offset.get_ref());
        Problem::at(offset, message)
    })
}

/// A line is for one thing. One that is driven, for a keypad, a lamp, a buzzer or a display, would be
/// shorted by the other thing, and one press of a key that is two would be two presses.
pub(super) fn reject_shared_lines(raw: &RawBoard) -> Checked<()> {
    let pins = raw.pins();
    for (n, (pin, what)) in pins.iter().enumerate() {
        if let Some((_, owner)) = pins[..n].iter().find(|(other, _)| is_same_line(pin, other)) {
            let message =
                format!("{} belongs to {owner} already; look up the line of {what}", pin.what());
            return Err(Problem::new(pin.span(), message));
        }
    }
    Ok(())
}

/// The two are one line on a machine that has a chip of which both speak. Whether a pin of the
/// header is the line of a chip is known only once the host is: see `fit.rs`.
fn is_same_line(pin: &RawPin, other: &RawPin) -> bool {
    let number = |pin: &Option<Spanned<i64>>| pin.as_ref().map(|number| *number.get_ref());
    match (&pin.chip, &other.chip) {
        (Some(chip), Some(other_chip)) => {
            let shared =
                chip.get_ref().0.iter().any(|label| other_chip.get_ref().0.contains(label));
            shared && number(&pin.offset) == number(&other.offset)
        }
        (None, None) => pin.header.is_some() && number(&pin.header) == number(&other.header),
        _ => false,
    }
}

/// No pin is one that the named hosts have for something else, or have not at all. A profile that
/// names no host may fit one that nobody here knows, but it must not be harmful on those that are.
pub(super) fn require_pins_of_hosts(raw: &RawBoard, needs: &[Purpose]) -> Checked<()> {
    let pins = raw.pins();
    if pins.iter().all(|(pin, _)| pin.header.is_none()) {
        return Ok(());
    }
    let named = raw.hosts.as_ref().map(|hosts| &hosts.get_ref().0);
    let fits = |host: &Host| named.is_none_or(|named| named.contains(&host.id));
    for host in Host::built_in().into_iter().filter(fits) {
        for header in pins.iter().filter_map(|(pin, _)| pin.header.as_ref()) {
            let position = require_header_pin(header)?;
            let Some(trouble) = host.trouble(position, needs) else { continue };
            if named.is_some() || trouble.is_harmful() {
                return Err(Problem::at(
                    header,
                    format!("pin {position} {trouble} ({}); wire this to another pin", host.id),
                ));
            }
        }
    }
    Ok(())
}
