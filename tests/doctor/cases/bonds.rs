//! Where bonds are kept, and the addresses that they are kept by.

use pairpanel::doctor::State::{Fault, NotChecked, Note, Warning};

use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case(
        Warning,
        "bond-storage",
        "/var/lib/bluetooth does not exist, and no unit makes it",
        None,
        |m| {
            m.remove("/var/lib/bluetooth");
            m.write(
                "/usr/lib/systemd/system/bluetooth.service",
                "[Service]\nExecStart=/usr/libexec/bluetooth/bluetoothd\n",
            );
        },
    ),
    case(
        Fault,
        "bond-storage",
        "/var/lib/bluetooth is not a directory",
        Some("/var/lib/bluetooth"),
        |m| {
            m.remove("/var/lib/bluetooth");
            m.write("/var/lib/bluetooth", "");
        },
    ),
    case(
        Fault,
        "bond-storage",
        "bluetoothd cannot write /var/lib/bluetooth",
        Some("/var/lib/bluetooth"),
        |m| m.chmod("/var/lib/bluetooth", 0o500),
    ),
    case(
        Fault,
        "bond-storage",
        "bonds are lost: /var/lib/bluetooth is in memory only (tmpfs at /var)",
        Some("/proc/self/mountinfo:2"),
        |m| {
            m.write(
                "/proc/self/mountinfo",
                "22 1 179:2 / / rw - ext4 /dev/root rw\n30 22 0:30 / /var rw - tmpfs tmpfs rw\n",
            )
        },
    ),
    case(
        Fault,
        "bond-storage",
        "bonds are lost: /var/lib/bluetooth is read-only (squashfs at /)",
        Some("/proc/self/mountinfo:1"),
        |m| m.write("/proc/self/mountinfo", "22 1 7:0 / / ro - squashfs /dev/root ro\n"),
    ),
    case(
        Fault,
        "bond-storage",
        "bonds are lost: /var/lib/bluetooth is read-only (ext4 at /)",
        Some("/proc/self/mountinfo:1"),
        |m| m.write("/proc/self/mountinfo", "22 1 179:2 / / ro - ext4 /dev/root rw\n"),
    ),
    case(
        Fault,
        "bond-storage",
        "bonds are lost: /var/lib/bluetooth is in memory only (overlay at /, which writes to /run/up on tmpfs)",
        Some("/proc/self/mountinfo:1"),
        |m| {
            m.write("/proc/self/mountinfo", "22 1 0:2 / / rw - overlay overlay rw,lowerdir=/low,upperdir=/run/up,workdir=/w\n23 22 0:3 / /run rw - tmpfs tmpfs rw\n");
            m.write("/run/up/file", "");
        },
    ),
    case(
        Fault,
        "bond-storage",
        "bonds are lost: /var/lib/bluetooth is read-only (overlay at /",
        Some("/proc/self/mountinfo:1"),
        |m| {
            m.write("/proc/self/mountinfo", "22 1 0:2 / / rw - overlay overlay rw,lowerdir=/a:/b\n")
        },
    ),
    case(
        NotChecked,
        "bond-storage",
        "whether /var/lib/bluetooth lasts: the overlay at / writes to /upper",
        Some("/proc/self/mountinfo:1"),
        |m| {
            m.write(
                "/proc/self/mountinfo",
                "22 1 0:2 / / rw - overlay overlay rw,upperdir=/upper,workdir=/w\n",
            )
        },
    ),
    case(
        Fault,
        "bond-storage",
        "bonds are lost: /var/lib/bluetooth is in memory only (tmpfs at /volatile)",
        Some("/proc/self/mountinfo:2"),
        |m| {
            m.write("/proc/self/mountinfo", "22 1 179:2 / / rw - ext4 /dev/root rw\n30 22 0:30 / /volatile rw - tmpfs tmpfs rw\n");
            m.remove("/var/lib/bluetooth");
            m.write("/volatile/bluetooth/x", "");
            m.link("/var/lib/bluetooth", "/volatile/bluetooth");
        },
    ),
    case(
        Warning,
        "bond-storage",
        "/var/lib/bluetooth is on the root file system, which RAUC replaces",
        Some("/etc/rauc/system.conf"),
        |m| m.write("/etc/rauc/system.conf", ""),
    ),
    case(
        Warning,
        "adapter",
        "the kernel has no Bluetooth adapter",
        Some("/sys/class/bluetooth"),
        |m| m.remove("/sys/class/bluetooth"),
    ),
    case(Warning, "adapter", "bluetoothd does not take hci0", None, |m| m.adapters = Some(vec![])),
    case(Fault, "adapter", "hci0 has the address 00:00:00:00:00:00", None, |m| {
        m.adapters = Some(vec![("hci0", "00:00:00:00:00:00", "public")])
    }),
    case(Fault, "adapter", "hci0 has the address AA:AA:AA:AA:AA:AA", None, |m| {
        m.adapters = Some(vec![("hci0", "AA:AA:AA:AA:AA:AA", "public")])
    }),
    case(Fault, "adapter", "hci0 has the address 43:45:C0:00:1F:AC", None, |m| {
        m.adapters = Some(vec![("hci0", "43:45:C0:00:1F:AC", "public")])
    }),
    case(Warning, "adapter", "hci0 has a made up address, 22:22:01:02:03:04", None, |m| {
        m.adapters = Some(vec![("hci0", "22:22:01:02:03:04", "public")])
    }),
    case(
        Note,
        "adapter",
        "1 bonded devices know this machine as DC:A6:32:01:02:03",
        Some("/var/lib/bluetooth/DC:A6:32:01:02:03"),
        |m| m.adapters = Some(vec![("hci0", "DC:A6:32:01:02:04", "public")]),
    ),
    case(
        Warning,
        "adapter",
        "2 bonded devices know this machine by 2 addresses that are not here",
        Some("/var/lib/bluetooth"),
        |m| {
            m.write(
                "/var/lib/bluetooth/22:22:00:00:00:01/A4:C3:F0:1D:9A:4C/info",
                "[LongTermKey]\n",
            );
            m.write(
                "/var/lib/bluetooth/22:22:00:00:00:02/A4:C3:F0:1D:9A:4C/info",
                "[LongTermKey]\n",
            );
        },
    ),
    case(NotChecked, "adapter", "the address of hci0: bluetoothd does not run", None, |m| {
        m.adapters = None
    }),
];
