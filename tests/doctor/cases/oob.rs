//! Out-of-band data: who reads them, what the kernel gives them for, and where a device has them from.

use pairpanel::doctor::State::{Fault, Note, Ok, Warning};

use super::{Case, case};
use crate::machine::Machine;

const SOCKET: &str = "/usr/lib/systemd/system/pairpanel-oob.socket";

/// Turned on, on a board that has a tag on this bus, and nothing else.
fn tagged(machine: &mut Machine, bus: &str) {
    wanted(machine, "tag");
    let tag = format!("chip = \"st25dv\"\nbus = \"{bus}\"\naddress = 0x53\nsize = 512\n");
    let head = "schema = 1\nname = \"Tag\"\nconfidence = \"untested\"\nsources = [\"made up\"]\n";
    machine.write("/etc/pairpanel/boards/tag.toml", &format!("{head}[nfc]\n{tag}"));
}

/// Turned on, with a reader, on this board.
fn wanted(machine: &mut Machine, board: &str) {
    let config = format!("board = \"{board}\"\nout-of-band = true\n");
    machine.write("/etc/pairpanel/pairpanel.toml", &config);
    machine.write(SOCKET, "[Socket]\nAccept=yes\n");
    machine.link("/etc/systemd/system/sockets.target.wants/pairpanel-oob.socket", SOCKET);
    machine.write("/run/pairpanel-oob/socket", "");
}

fn bonnet(machine: &mut Machine) {
    wanted(machine, "adafruit-oled-bonnet-128x64");
}

pub(super) const CASES: &[Case] = &[
    case(Ok, "out-of-band", "pairpanel-oob.socket is enabled", Some(SOCKET), bonnet),
    case(Ok, "out-of-band", "the glass shows a QR code", None, bonnet),
    case(Note, "out-of-band", "none has neither a glass", None, |m| wanted(m, "none")),
    case(Ok, "out-of-band", "the NFC tag has the data", None, |m| tagged(m, "/dev/i2c-1")),
    case(Ok, "nfc", "pairpanel may open /dev/i2c-1, the NFC tag's bus", Some("/dev/i2c-1"), |m| {
        tagged(m, "/dev/i2c-1")
    }),
    case(Fault, "nfc", "no I2C bus /dev/i2c-7 among /dev/i2c-1", None, |m| tagged(m, "/dev/i2c-7")),
    case(Warning, "out-of-band", "there is no pairpanel-oob.socket, or it is masked", None, |m| {
        bonnet(m);
        m.link("/etc/systemd/system/pairpanel-oob.socket", "/dev/null");
    }),
    case(Warning, "out-of-band", "nothing starts pairpanel-oob.socket", Some(SOCKET), |m| {
        bonnet(m);
        m.remove("/etc/systemd/system/sockets.target.wants");
    }),
    case(Warning, "out-of-band", "pairpanel-oob.socket is enabled, but", Some(SOCKET), |m| {
        bonnet(m);
        m.remove("/run/pairpanel-oob");
    }),
    case(
        Warning,
        "out-of-band",
        "Privacy = device: the kernel gives no out-of-band data",
        Some("/etc/bluetooth/main.conf:4"),
        |m| {
            bonnet(m);
            m.append("/etc/bluetooth/main.conf", "Privacy = device\n");
        },
    ),
    case(
        Warning,
        "out-of-band",
        "ControllerMode = bredr: without LE",
        Some("/etc/bluetooth/main.conf:4"),
        |m| {
            bonnet(m);
            m.append("/etc/bluetooth/main.conf", "ControllerMode = bredr\n");
        },
    ),
    case(
        Warning,
        "out-of-band",
        "SecureConnections = off: ",
        Some("/etc/bluetooth/main.conf:4"),
        |m| {
            bonnet(m);
            m.append("/etc/bluetooth/main.conf", "SecureConnections = off\n");
        },
    ),
];
