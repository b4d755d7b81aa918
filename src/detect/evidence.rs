//! What the machine says of itself.

use std::path::Path;

use super::hat::{FoundHat, hats};
use super::probe::{self, Probe, ProbeBus};
use crate::board::{BoardError, Host};
use crate::input::{self, ChipInfo, HeldLine};
use crate::tree::Tree;

/// Where the device tree is. The second one is a link to the first.
const DEVICE_TREES: [&str; 2] = ["/sys/firmware/devicetree/base", "/proc/device-tree"];

/// What is known of a machine. Its texts are as they were found: whoever made a HAT or a keyboard
/// has chosen them.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What its device tree calls it.
    pub model: Option<String>,
    /// What its device tree says that it is compatible with.
    pub compatible: Vec<String>,
    /// The host file that tells of it.
    pub host: Option<Host>,
    /// Its HATs.
    pub hats: Vec<FoundHat>,
    /// Its GPIO chips.
    pub chips: Vec<Chip>,
    /// Why nobody has looked at them.
    pub chips_unknown: Option<String>,
    /// The number of the bus that the header has, if that is there.
    pub header_bus: Option<u32>,
    /// What the kernel knows on its I2C buses.
    pub i2c: Vec<I2cDevice>,
    /// The devices of its SPI buses, `/dev/spidevB.C`.
    pub spi: Vec<String>,
    /// Its framebuffers.
    pub framebuffers: Vec<Framebuffer>,
    /// Its input devices.
    pub inputs: Vec<Input>,
    /// Its LEDs, as in `/sys/class/leds`.
    pub leds: Vec<String>,
    /// What answers on the bus of its header.
    pub probe: Probe,
}

/// A GPIO chip.
#[derive(Clone, Debug)]
pub struct Chip {
    /// The chip.
    pub info: ChipInfo,
    /// The lines that somebody has.
    pub held: Vec<HeldLine>,
}

/// A chip on an I2C bus that the kernel knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct I2cDevice {
    /// The number of its bus.
    pub bus: u32,
    /// Its address; more than seven bits for one of ten.
    pub address: u16,
    /// What the device tree or whoever made it known calls it.
    pub name: String,
    /// The driver that has it.
    pub driver: Option<String>,
}

/// A framebuffer of the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framebuffer {
    /// Its device, `fb0`.
    pub device: String,
    /// What its driver calls it.
    pub name: String,
}

/// An input device of the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub phys: String,
}

/// What is known of the machine whose files are below `root`. The lines of its GPIO chips are asked
/// about, without requesting one, only if it is the one that `runs` here; its bus only if somebody
/// gives the means, `bus`, to do so.
///
/// # Errors
///
/// [`BoardError`] if a host file cannot be read or breaks a rule.
pub fn gather(
    root: &Path,
    runs: bool,
    bus: Option<&mut dyn ProbeBus>,
) -> Result<Evidence, BoardError> {
    let tree = &Tree::new(root);
    let host = Host::here(root)?;
    let base = device_tree(tree);
    let i2c = i2c_devices(tree);
    let header = host.as_ref().and_then(|host| host.i2c.as_deref());
    let header_bus = header.filter(|bus| tree.exists(bus)).and_then(|bus| probe::number(tree, bus));
    let texts = tree.bytes(&format!("{base}/compatible")).unwrap_or_default();
    let texts = texts.split(|byte| *byte == 0).filter(|text| !text.is_empty());
    let model = tree.read(&format!("{base}/model")).ok();
    let (chips, chips_unknown) = match chips(runs) {
        Ok(chips) => (chips, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let framebuffers = tree.list("/sys/class/graphics").into_iter().filter_map(|device| {
        let name = tree.line(&format!("/sys/class/graphics/{device}/name"))?;
        Some(Framebuffer { device, name })
    });
    let spi = tree.list("/dev").into_iter().filter(|name| name.starts_with("spidev"));
    Ok(Evidence {
        model: model.map(|model| model.trim_end_matches(['\0', '\n']).to_owned()),
        compatible: texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect(),
        hats: hats(tree, base),
        chips,
        chips_unknown,
        header_bus,
        spi: spi.map(|name| format!("/dev/{name}")).collect(),
        framebuffers: framebuffers.collect(),
        inputs: inputs(&tree.read("/proc/bus/input/devices").unwrap_or_default()),
        leds: tree.list("/sys/class/leds"),
        probe: bus.map_or(Probe::NotWanted, |bus| probe::probe(tree, header, &i2c, bus)),
        host,
        i2c,
    })
}

/// Where the machine has its device tree, if it has one.
pub(super) fn device_tree(tree: &Tree<'_>) -> &'static str {
    let [first, second] = DEVICE_TREES;
    if tree.exists(first) { first } else { second }
}

fn chips(runs: bool) -> Result<Vec<Chip>, String> {
    if !runs {
        return Err("only the machine that runs can be asked".to_owned());
    }
    let survey = input::survey().map_err(|error| error.to_string())?;
    Ok(survey.into_iter().map(|(info, held)| Chip { info, held }).collect())
}

/// Those whose directories are called by bus and address, `1-003c`; beside them are the buses.
fn i2c_devices(tree: &Tree<'_>) -> Vec<I2cDevice> {
    const DEVICES: &str = "/sys/bus/i2c/devices";
    let device = |entry: String| {
        let (bus, address) = entry.split_once('-')?;
        let driver = tree.follow(&format!("{DEVICES}/{entry}/driver")).ok();
        // What is no link has no end.
        let driver = driver.as_deref().and_then(Path::file_name).filter(|name| *name != "driver");
        Some(I2cDevice {
            bus: bus.parse().ok()?,
            address: u16::from_str_radix(address, 16).ok()?,
            name: tree.line(&format!("{DEVICES}/{entry}/name")).unwrap_or_default(),
            driver: driver.map(|name| name.to_string_lossy().into_owned()),
        })
    };
    tree.list(DEVICES).into_iter().filter_map(device).collect()
}

/// The blocks of `/proc/bus/input/devices` (drivers/input/input.c, input_devices_seq_show).
fn inputs(text: &str) -> Vec<Input> {
    let block = |block: &str| {
        let field = |start| block.lines().find_map(|line| line.strip_prefix(start));
        Some(Input {
            name: field("N: Name=\"")?.strip_suffix('"')?.to_owned(),
            phys: field("P: Phys=").unwrap_or_default().to_owned(),
        })
    };
    text.split("\n\n").filter_map(block).collect()
}
