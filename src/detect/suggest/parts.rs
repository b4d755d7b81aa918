//! What each part of a board finds on the machine.

use crate::board::{
    Backend, Board, Bus, Connection, DisplayProfile, InputDevice, KeypadKind, Led, Line,
    OledProfile, Source, SpiBus,
};
use crate::detect::probe::ADDRESSES;
use crate::detect::{Evidence, Framebuffer, I2cDevice, Probe, Probed};
use crate::input::{CONSUMER, ChipInfo, find_chip};

/// What speaks for and against a board.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    pub(super) speaks_for: Vec<String>,
    pub(super) against: Vec<String>,
    /// How many of its parts the kernel knows by name.
    pub(super) known: usize,
    /// Whether something answers where its display is.
    pub(super) answers: bool,
}

pub(super) fn judge(evidence: &Evidence, board: &Board, exact: bool, reasons: &mut Reasons) {
    if !exact && !board.hats.is_empty() {
        let why = if evidence.hats.is_empty() {
            "its ID EEPROM is not there (no hat in the device tree)"
        } else {
            "the HAT says that it is something else"
        };
        reasons.against.push(why.to_owned());
    }
    for device in devices(board) {
        input(evidence, device, reasons);
    }
    if let Some(profile) = &board.display {
        display(evidence, profile, reasons);
    }
    lamp(evidence, board, reasons);
    lines(evidence, board, reasons);
}

/// The input devices that it needs, each once.
fn devices(board: &Board) -> Vec<&InputDevice> {
    let mut devices: Vec<&InputDevice> = Vec::new();
    for button in &board.buttons {
        if let Source::Evdev { device, .. } = &button.source
            && !devices.contains(&device)
        {
            devices.push(device);
        }
    }
    if let Some(KeypadKind::Evdev(device)) = board.keypad.as_ref().map(|keypad| &keypad.kind) {
        devices.push(device);
    }
    devices
}

fn input(evidence: &Evidence, wanted: &InputDevice, reasons: &mut Reasons) {
    let called: Vec<&str> = evidence
        .inputs
        .iter()
        .filter(|input| input.name == wanted.name)
        .map(|input| input.phys.as_str())
        .collect();
    let name = &wanted.name;
    match called.iter().find(|phys| wanted.phys.iter().any(|wanted| wanted == *phys)) {
        Some(phys) => {
            reasons.known += 1;
            reasons.speaks_for.push(format!("\"{name}\" is an input device at {phys}"));
        }
        None if called.is_empty() => {
            reasons.against.push(format!("no input device is called \"{name}\""));
        }
        None => reasons.against.push(format!(
            "\"{name}\" is at {} and not where the profile has it; write that as `phys` in a copy",
            called.join(" and ")
        )),
    }
}

fn display(evidence: &Evidence, profile: &DisplayProfile, reasons: &mut Reasons) {
    match &profile.backend {
        Backend::Framebuffer(name) => framebuffer(evidence, name, reasons),
        Backend::Oled(OledProfile { connection: Connection::I2c { bus, address }, .. }) => {
            on_i2c(evidence, bus, *address, reasons);
        }
        Backend::Oled(OledProfile { connection: Connection::Spi { bus, .. }, .. }) => {
            on_spi(evidence, bus, reasons);
        }
    }
}

fn framebuffer(evidence: &Evidence, wanted: &str, reasons: &mut Reasons) {
    let fit: Vec<&Framebuffer> =
        evidence.framebuffers.iter().filter(|found| found.name.starts_with(wanted)).collect();
    match fit.as_slice() {
        [] => reasons.against.push(format!("no framebuffer of the kernel is called \"{wanted}\"")),
        [found] => {
            reasons.known += 1;
            reasons.speaks_for.push(format!(
                "the kernel drives a display as framebuffer \"{}\", /dev/{}",
                found.name, found.device
            ));
        }
        _ => reasons.against.push(format!(
            "more than one framebuffer of the kernel is called \"{wanted}\"; write more of the name \
             in a copy of the profile"
        )),
    }
}

/// That the bus is there is all that can be known: nothing comes back on SPI.
fn on_spi(evidence: &Evidence, bus: &SpiBus, reasons: &mut Reasons) {
    if let SpiBus::Path(path) = bus
        && !evidence.spi.contains(path)
    {
        reasons.against.push(format!("there is no {path}; enable it first"));
    }
}

fn on_i2c(evidence: &Evidence, bus: &Bus, address: u8, reasons: &mut Reasons) {
    let is_header = match (bus, &evidence.host) {
        (Bus::Path(path), Some(host)) => host.i2c.as_ref() == Some(path),
        _ => false,
    };
    let number = match bus {
        _ if is_header => evidence.header_bus,
        Bus::Path(path) => path.strip_prefix("/dev/i2c-").and_then(|number| number.parse().ok()),
        Bus::Header | Bus::Adapter(_) => None,
    };
    let owned =
        |device: &&I2cDevice| Some(device.bus) == number && device.address == u16::from(address);
    if let Some(driver) = evidence.i2c.iter().find(owned).and_then(|device| device.driver.as_ref())
    {
        reasons
            .against
            .push(format!("{address:#04x} on {bus} is {}", with_driver(evidence, driver)));
        return;
    }
    if is_header && number.is_none() {
        reasons.against.push(format!("there is no {bus}; enable it first"));
        return;
    }
    if !is_header || !ADDRESSES.contains(&address) {
        return;
    }
    let Probe::Done { found, .. } = &evidence.probe else { return };
    match found.iter().find(|(asked, _)| *asked == address).map(|(_, found)| found) {
        Some(Probed::Answers(_)) => {
            reasons.answers = true;
            reasons.speaks_for.push(format!("something answers at {address:#04x} on {bus}"));
        }
        Some(Probed::Silent) => {
            reasons.against.push(format!("nothing answers at {address:#04x} on {bus}"));
        }
        _ => {}
    }
}

/// What to do where a driver of the kernel has the display.
fn with_driver(evidence: &Evidence, driver: &str) -> String {
    let names: Vec<String> =
        evidence.framebuffers.iter().map(|found| format!("\"{}\"", found.name)).collect();
    let which = match names.as_slice() {
        [] => "and no framebuffer is there yet; load its module".to_owned(),
        [name] => format!("framebuffer = {name}"),
        names => format!("framebuffer = one of {}", names.join(", ")),
    };
    format!(
        "that of the kernel's driver {driver}: unbind it, or write controller = \"framebuffer\", \
         {which}, in a copy of the profile"
    )
}

fn lamp(evidence: &Evidence, board: &Board, reasons: &mut Reasons) {
    if let Some(Led::Class(name)) = &board.led
        && !evidence.leds.contains(name)
    {
        reasons.against.push(format!("there is no LED {name} in /sys/class/leds"));
    }
}

/// Lines that somebody else has. Those that pairpanel has itself, while it runs, are no trouble.
fn lines(evidence: &Evidence, board: &Board, reasons: &mut Reasons) {
    let chips: Vec<ChipInfo> = evidence.chips.iter().map(|chip| chip.info.clone()).collect();
    if chips.is_empty() {
        return;
    }
    for (line, what) in board.lines() {
        if matches!(line, Line::Header(_)) {
            reasons.against.push(format!("no host file tells where {line} of {what} leads"));
            continue;
        }
        let (chip, offset) = match find_chip(line, &chips) {
            Ok(found) => found,
            Err(error) => {
                reasons.against.push(format!("{what}: {error}"));
                continue;
            }
        };
        let here = evidence.chips.iter().find(|other| other.info.path == chip.path);
        let held = here.and_then(|chip| chip.held.iter().find(|held| held.offset == offset));
        let Some(held) = held.filter(|held| held.consumer != CONSUMER) else { continue };
        let who = match held.consumer.as_str() {
            "" => "the kernel".to_owned(),
            consumer => format!("\"{consumer}\""),
        };
        let label = &chip.label;
        reasons.against.push(format!("{who} has line {offset} of {label}, which is for {what}"));
    }
}
