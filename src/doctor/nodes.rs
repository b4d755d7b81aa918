//! The device nodes that the board needs: there, and open to pairpanel's user. None of them is
//! opened.

use std::path::Path;

use super::accounts::Service;
use super::tree::Tree;
use super::{AT_REST, Finding};
use crate::board::{
    Backend, Board, Connection, DisplayProfile, InputDevice, Keypad, KeypadKind, Led, Line,
    NfcProfile, Source,
};
use crate::input::GpioError;
use crate::{display, input};

/// Lines that load modules at boot (modules-load.d(5), modules(5)).
const MODULES: [&str; 3] =
    ["/etc/modules-load.d", "/usr/lib/modules-load.d", "/lib/modules-load.d"];
/// Where Raspberry Pi's firmware is configured, by the age of the system.
const CONFIG_TXT: [&str; 2] = ["/boot/firmware/config.txt", "/boot/config.txt"];
/// I2C fast mode.
const FAST: u32 = 400_000;
/// Of the bits of a file's mode.
const WRITE: u32 = 2;
/// What goes over the wire with a whole frame: the initialisation and the commands around it.
const AROUND_FRAME: u32 = 40;

pub(super) fn check(
    tree: &Tree<'_>,
    service: &Service,
    board: &Board,
    running: bool,
) -> Vec<Finding> {
    let lines: Vec<&Line> = board.lines().into_iter().map(|(line, _)| line).collect();
    let mut devices: Vec<(&InputDevice, &'static str)> = Vec::new();
    for button in &board.buttons {
        if let Source::Evdev { device, .. } = &button.source
            && devices.iter().all(|(other, _)| *other != device)
        {
            devices.push((device, "keys"));
        }
    }
    if let Some(Keypad { kind: KeypadKind::Evdev(device), .. }) = &board.keypad {
        devices.push((device, "keypad"));
    }
    let mut findings = Vec::new();
    if let Some(display) = &board.display {
        findings.extend(bus(tree, service, display, running));
    }
    if let Some(profile) = board.nfc.as_ref().filter(|_| running) {
        findings.push(tag(tree, service, profile));
    }
    if running {
        if !lines.is_empty() {
            findings.extend(chips(tree, service, &lines));
        }
        if let Some(Led::Class(name)) = &board.led {
            findings.extend(lamp(tree, service, name));
        }
        let nodes =
            devices.iter().map(|(device, check)| input_device(tree, service, device, check));
        findings.extend(nodes);
    } else if !lines.is_empty() || !devices.is_empty() {
        findings.push(Finding::not_checked("nodes", AT_REST));
    }
    findings
}

fn bus(
    tree: &Tree<'_>,
    service: &Service,
    profile: &DisplayProfile,
    running: bool,
) -> Vec<Finding> {
    let (check, what) = match &profile.backend {
        Backend::Oled(oled) => match oled.connection {
            Connection::I2c { .. } => ("i2c-bus", "the display's bus"),
            Connection::Spi { .. } => ("spi-bus", "the display's bus"),
        },
        Backend::Framebuffer(_) => ("framebuffer", "the display"),
    };
    let is_i2c = check == "i2c-bus";
    if !running {
        let mut findings = vec![Finding::not_checked(check, AT_REST)];
        findings.extend(is_i2c.then(|| loads_i2c_dev(tree, service)));
        return findings;
    }
    let path = match display::locate(tree.root(), profile) {
        Ok(path) => path,
        Err(error) => {
            let finding = Finding::of_error(check, &error);
            let place = CONFIG_TXT.into_iter().find(|file| tree.exists(file)).map(str::to_owned);
            return vec![Finding { place, ..finding }];
        }
    };
    let path = path.strip_prefix(tree.root()).unwrap_or(&path);
    let node = format!("/{}", path.display()).replace("//", "/");
    let mut findings = vec![access(tree, service, check, &node, what)];
    findings.extend(is_i2c.then(|| clock(tree, &node, profile)));
    if let Some(framebuffer) = node.strip_prefix("/dev/").filter(|_| check == "framebuffer") {
        let blank = format!("/sys/class/graphics/{framebuffer}/blank");
        let refusal = service.refusal(tree, &blank, WRITE);
        findings.extend(refusal.map(|refusal| Finding { check, ..refusal }));
    }
    findings
}

fn tag(tree: &Tree<'_>, service: &Service, profile: &NfcProfile) -> Finding {
    const CHECK: &str = "nfc";
    match display::bus::locate(tree.root(), &profile.bus, profile.address) {
        Ok(path) => {
            let path = path.strip_prefix(tree.root()).unwrap_or(&path);
            let node = format!("/{}", path.display()).replace("//", "/");
            access(tree, service, CHECK, &node, "the NFC tag's bus")
        }
        Err(error) => Finding::of_error(CHECK, &error),
    }
}

/// The files that switch a lamp of the kernel. A kernel without triggers has only the second.
fn lamp(tree: &Tree<'_>, service: &Service, name: &str) -> Vec<Finding> {
    const CHECK: &str = "led";
    let directory = format!("/sys/class/leds/{name}");
    if !tree.exists(&directory) {
        let found = format!("there is no {directory}");
        let fix = "correct `sysfs` in [led]; pairpanel detect lists the lamps of the kernel";
        return vec![Finding::fault(CHECK, found).fix(fix)];
    }
    let files = ["trigger", "brightness"].map(|file| format!("{directory}/{file}"));
    let files = files.into_iter().filter(|file| tree.exists(file));
    let mut findings: Vec<Finding> = files
        .filter_map(|file| service.refusal(tree, &file, WRITE))
        .map(|refusal| Finding { check: CHECK, ..refusal })
        .collect();
    if findings.is_empty() {
        let found = format!("{} may switch the lamp {name}", service.user);
        findings.push(Finding::ok(CHECK, found).at(directory));
    }
    findings
}

/// A node that is there, with whether it may be opened.
fn access(
    tree: &Tree<'_>,
    service: &Service,
    check: &'static str,
    node: &str,
    what: &str,
) -> Finding {
    match service.refusal(tree, node, 6) {
        Some(refusal) => Finding { check, ..refusal },
        None => Finding::ok(check, format!("{} may open {node}, {what}", service.user)).at(node),
    }
}

/// Something loads i2c-dev at boot, or our own unit does. A kernel that has it built in needs nothing.
fn loads_i2c_dev(tree: &Tree<'_>, service: &Service) -> Finding {
    const CHECK: &str = "i2c-dev";
    let is_it = |line: &str| matches!(line.trim(), "i2c-dev" | "i2c_dev");
    let mut files = tree.files(&MODULES, ".conf");
    files.push("/etc/modules".to_owned());
    let loads = |file: &String| {
        tree.read(file).is_ok_and(|text| text.lines().any(is_it)).then(|| file.clone())
    };
    let built_in = || {
        let kernels = tree.list("/usr/lib/modules").into_iter();
        kernels.map(|kernel| format!("/usr/lib/modules/{kernel}/modules.builtin")).find(|file| {
            tree.read(file).is_ok_and(|text| text.lines().any(|line| line.ends_with("/i2c-dev.ko")))
        })
    };
    let unit = service.unit.as_ref();
    let by_unit = || unit?.wants("modprobe@i2c_dev.service").map(str::to_owned);
    match files.iter().find_map(loads).or_else(by_unit).or_else(built_in) {
        Some(file) => Finding::ok(CHECK, "the kernel offers I2C buses to programs").at(file),
        None => Finding::warning(CHECK, "nothing loads the module i2c-dev at boot")
            .fix("write i2c-dev into /usr/lib/modules-load.d/i2c-dev.conf"),
    }
}

/// How long a whole frame takes on the bus.
fn clock(tree: &Tree<'_>, node: &str, profile: &DisplayProfile) -> Finding {
    const CHECK: &str = "i2c-clock";
    let real = tree.follow(node).unwrap_or_default();
    let adapter = real.file_name().unwrap_or_default().to_string_lossy();
    let file = format!("/sys/class/i2c-adapter/{adapter}/of_node/clock-frequency");
    let clock =
        tree.bytes(&file).ok().and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
    let Some(hertz) = clock.filter(|&hertz| hertz > 0) else {
        let why =
            format!("{adapter} has no clock-frequency in a device tree, as USB bridges have none");
        return Finding::not_checked(CHECK, why).at(file);
    };
    let bytes = profile.width * profile.height / 8 + AROUND_FRAME;
    // Eight bits and the acknowledgement.
    let frame = (bytes * 9 * 1000).div_ceil(hertz);
    let found = format!("{adapter} runs at {} kHz: a whole frame takes {frame} ms", hertz / 1000);
    if hertz >= FAST {
        return Finding::ok(CHECK, found).at(file);
    }
    let fast = (bytes * 9 * 1000).div_ceil(FAST);
    let fix = format!(
        "{fast} ms with 400 kHz: dtparam=i2c_arm_baudrate=400000 in a Raspberry Pi's config.txt, \
         clock-frequency in other device trees"
    );
    Finding::note(CHECK, found).at(file).fix(fix)
}

/// A GPIO chip as sysfs shows it, where the kernel has the old interface, too.
struct ChipNode {
    node: String,
    label: Option<String>,
}

fn chip_nodes(tree: &Tree<'_>) -> Vec<ChipNode> {
    const CLASS: &str = "/sys/class/gpio";
    // There they are numbered by their first line, and the device of that chip has the other number.
    let labelled: Vec<(String, String)> = tree
        .list(CLASS)
        .into_iter()
        .filter(|name| name.starts_with("gpiochip"))
        .filter_map(|name| {
            let label = tree.line(&format!("{CLASS}/{name}/label"))?;
            let device = tree.list(&format!("{CLASS}/{name}/device"));
            let chip = device.into_iter().find(|entry| entry.starts_with("gpiochip"))?;
            Some((format!("/dev/{chip}"), label))
        })
        .collect();
    let nodes = tree.list("/dev").into_iter().filter(|name| name.starts_with("gpiochip"));
    nodes
        .map(|name| {
            let node = format!("/dev/{name}");
            let label = labelled.iter().find(|(chip, _)| *chip == node);
            ChipNode { label: label.map(|(_, label)| label.clone()), node }
        })
        .collect()
}

fn chips(tree: &Tree<'_>, service: &Service, lines: &[&Line]) -> Vec<Finding> {
    const CHECK: &str = "gpio";
    let nodes = chip_nodes(tree);
    if nodes.is_empty() {
        let fix = "the kernel needs a GPIO driver for this machine and CONFIG_GPIO_CDEV";
        return vec![Finding::fault(CHECK, "there is no /dev/gpiochip*").fix(fix)];
    }
    if nodes.iter().all(|chip| chip.label.is_none()) {
        let may = nodes.iter().find(|chip| service.refusal(tree, &chip.node, 6).is_none());
        let why = "which chip is which: this kernel has no labels in /sys/class/gpio, and chips are \
                   not opened here; pairpanel run tells";
        let first = match (may, nodes.first()) {
            (Some(chip), _) | (None, Some(chip)) => &chip.node,
            (None, None) => return Vec::new(),
        };
        let what = "one of the GPIO chips";
        return vec![access(tree, service, CHECK, first, what), Finding::not_checked(CHECK, why)];
    }
    let header = lines.iter().find_map(|line| match line {
        Line::Header(pin) => Some(GpioError::NoHost { pin: *pin }),
        Line::Chip { .. } => None,
    });
    if let Some(error) = header {
        return vec![Finding::of_error(CHECK, &error)];
    }
    let labels = |line: &&'_ Line| match line {
        Line::Chip { labels, .. } => Some(labels.clone()),
        Line::Header(_) => None,
    };
    let mut wanted: Vec<Vec<String>> = lines.iter().filter_map(labels).collect();
    wanted.sort();
    wanted.dedup();
    let known: Vec<&str> = nodes.iter().filter_map(|chip| chip.label.as_deref()).collect();
    // The first label that the machine has decides, as in pairpanel run.
    let find = |labels: &[String]| {
        let is_it = |label: &String| nodes.iter().position(|c| c.label.as_ref() == Some(label));
        labels.iter().find_map(is_it).map(|at| &nodes[at])
    };
    wanted
        .iter()
        .map(|labels| match find(labels) {
            Some(chip) => {
                let label = chip.label.as_deref().unwrap_or_default();
                access(tree, service, CHECK, &chip.node, &format!("the chip {label}"))
            }
            None => {
                let found = format!(
                    "no GPIO chip is labelled {}, only {}",
                    labels.join(" or "),
                    known.join(", ")
                );
                Finding::fault(CHECK, found)
                    .fix("plug it in, or correct `chip` in the board profile or host file")
            }
        })
        .collect()
}

fn input_device(
    tree: &Tree<'_>,
    service: &Service,
    device: &InputDevice,
    check: &'static str,
) -> Finding {
    match input::locate_device(tree.root(), device) {
        Ok(node) => {
            let node = Path::new("/").join(node).display().to_string();
            access(tree, service, check, &node, &format!("the {check} \"{}\"", device.name))
        }
        Err(error) => Finding::of_error(check, &error),
    }
}
