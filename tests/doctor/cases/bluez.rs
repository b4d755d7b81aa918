//! bluetoothd and its settings.

use pairpanel::doctor::State::{Fault, NotChecked, Note, Warning};

use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case(Fault, "bluetoothd", "there is no bluetooth.service, or it is masked", None, |m| {
        m.link("/etc/systemd/system/bluetooth.service", "/dev/null")
    }),
    case(
        Fault,
        "bluetoothd",
        "/usr/libexec/bluetooth/bluetoothd does not exist",
        Some("/usr/lib/systemd/system/bluetooth.service"),
        |m| m.remove("/usr/libexec/bluetooth"),
    ),
    case(Fault, "bluetoothd", "bluetoothd does not run", None, |m| {
        m.adapters = None;
        m.remove("/proc/42");
    }),
    case(Fault, "bluetoothd", "bluetoothd runs, but is not on the bus", None, |m| {
        m.adapters = None
    }),
    case(Warning, "bluez-version", "BlueZ 5.48 has no Device1.Bonded", None, |m| {
        m.write("/var/lib/dpkg/status", "Package: bluez\nVersion: 5.48-0\n")
    }),
    case(Note, "bluez-version", "BlueZ 5.66 does not say why a link has ended", None, |m| {
        m.remove("/var/lib/dpkg")
    }),
    case(NotChecked, "bluez-version", "neither a package database", None, |m| {
        m.adapters = Some(vec![]);
        m.remove("/var/lib/dpkg");
    }),
    case(
        Fault,
        "debug-log",
        "bluetoothd logs for debugging",
        Some("/etc/systemd/system/bluetooth.service.d/debug.conf:3"),
        |m| {
            m.write(
                "/etc/systemd/system/bluetooth.service.d/debug.conf",
                "[Service]\nExecStart=\nExecStart=/usr/libexec/bluetooth/bluetoothd -nd\n",
            )
        },
    ),
    case(Fault, "debug-log", "bluetoothd logs for debugging", Some("/proc/42/cmdline"), |m| {
        m.write("/proc/42/cmdline", "bluetoothd\0-d\0")
    }),
    case(
        Fault,
        "main.conf",
        "AlwaysPairable = true: devices can pair while",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "AlwaysPairable = true\n"),
    ),
    case(
        Warning,
        "main.conf",
        "AlwaysPairable = yes cannot be read, so it is false",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "AlwaysPairable = yes\n"),
    ),
    case(
        Fault,
        "main.conf",
        "JustWorksRepairing = always: whoever",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "JustWorksRepairing = always\n"),
    ),
    case(
        Note,
        "main.conf",
        "JustWorksRepairing = confirm: a bonded",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "JustWorksRepairing = confirm\n"),
    ),
    case(
        Warning,
        "main.conf",
        "JustWorksRepairing = always  cannot be read",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "JustWorksRepairing = always \n"),
    ),
    case(
        Warning,
        "main.conf",
        "PairableTimeout = -1 cannot be read",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "PairableTimeout = -1\n"),
    ),
    case(
        Note,
        "main.conf",
        "DiscoverableTimeout = 0: an adapter",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "DiscoverableTimeout = 0\n"),
    ),
    case(Note, "main.conf", "Privacy = device: phones", Some("/etc/bluetooth/main.conf:4"), |m| {
        m.append("/etc/bluetooth/main.conf", "Privacy = device\n")
    }),
    case(
        Warning,
        "main.conf",
        "SecureConnections = off: pairings",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "SecureConnections = off\n"),
    ),
    case(
        Note,
        "main.conf",
        "SecureConnections = only: devices",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "SecureConnections = only\n"),
    ),
    case(Fault, "main.conf", "DebugKeys = 1: bonds", Some("/etc/bluetooth/main.conf:4"), |m| {
        m.append("/etc/bluetooth/main.conf", "DebugKeys = 1\n")
    }),
    case(
        Note,
        "main.conf",
        "TemporaryTimeout = 0: bluetoothd",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "TemporaryTimeout = 0\n"),
    ),
    case(
        Warning,
        "main.conf",
        "debugkeys in [General] means nothing",
        Some("/etc/bluetooth/main.conf:4"),
        |m| m.append("/etc/bluetooth/main.conf", "debugkeys = true\n"),
    ),
    case(
        Warning,
        "main.conf",
        "DebugKeys in [Policy] means nothing to bluetoothd",
        Some("/etc/bluetooth/main.conf:5"),
        |m| m.append("/etc/bluetooth/main.conf", "[Policy]\nDebugKeys = true\n"),
    ),
    case(
        Fault,
        "main.conf",
        "bluetoothd ignores the whole file for this line",
        Some("/etc/bluetooth/main.conf:4"),
        |m| {
            m.append("/etc/bluetooth/main.conf", "; DebugKeys\n");
        },
    ),
    case(Fault, "main.conf", "AlwaysPairable = true", Some("/etc/other.conf:2"), |m| {
        m.append(
            "/usr/lib/systemd/system/bluetooth.service",
            "ExecStart=\nExecStart=/usr/libexec/bluetooth/bluetoothd -f /etc/other.conf\n",
        );
        m.write("/etc/other.conf", "[General]\nAlwaysPairable=true\n");
    }),
    case(
        Fault,
        "input.conf",
        "ClassicBondedOnly = false: anybody near",
        Some("/etc/bluetooth/input.conf:3"),
        |m| m.append("/etc/bluetooth/input.conf", "ClassicBondedOnly=false\n"),
    ),
    case(
        Warning,
        "input.conf",
        "ClassicBondedOnly is not set, and false by default in BlueZ 5.66",
        None,
        |m| {
            m.remove("/var/lib/dpkg");
            m.remove("/etc/bluetooth/input.conf");
        },
    ),
    case(
        Note,
        "input.conf",
        "ClassicBondedOnly is not set, and false by default before",
        None,
        |m| {
            m.adapters = None;
            m.remove("/var/lib/dpkg");
            m.remove("/etc/bluetooth/input.conf");
        },
    ),
];
