//! The adapters' addresses: there, an own one, and the same after each start. Bonds are kept by the
//! adapter's address, and phones know a machine by it.

use std::io;

use super::bus::{Adapter, Bus};
use super::storage::BONDS;
use super::tree::Tree;
use super::{AT_REST, Finding};

const CHECK: &str = "adapter";
const CLASS: &str = "/sys/class/bluetooth";

/// Addresses that controllers have until somebody gives them one (Linux,
/// `drivers/bluetooth/btbcm.c` `btbcm_check_bdaddr` for those of Broadcom,
/// `drivers/bluetooth/btqca.c` for those of Qualcomm, RPi-Distro/pi-bluetooth#29 for the second).
const DEFAULTS: [(&str, &str); 14] = [
    ("00:00:00:00:00:00", "no controller's"),
    ("AA:AA:AA:AA:AA:AA", "BCM43430A1's and others'"),
    ("00:20:70:02:A0:00", "BCM20702A0's"),
    ("20:70:02:A0:00:00", "BCM20702A1's"),
    ("20:76:A0:00:56:79", "BCM2076B1's"),
    ("43:24:B3:00:00:00", "BCM4324B3's"),
    ("43:30:B1:00:00:00", "BCM4330B1's"),
    ("43:34:B0:00:00:00", "BCM4334B0's"),
    ("43:34:1B:00:1F:AC", "BCM43341B's"),
    ("43:43:A0:12:1F:AC", "BCM43430A0's"),
    ("43:43:A1:12:1F:AC", "BCM43430A1's"),
    ("43:45:C0:00:1F:AC", "BCM4345C0's"),
    ("43:45:C5:00:1F:AC", "BCM4345C5's"),
    ("00:00:00:00:5A:AD", "Qualcomm's"),
];

pub(super) fn check(tree: &Tree<'_>, running: bool, bus: &Bus) -> Vec<Finding> {
    if !running {
        return vec![Finding::not_checked(CHECK, AT_REST)];
    }
    // Links stand beside the adapters, as hci0:11.
    let is_adapter = |name: &String| {
        let number = name.strip_prefix("hci").unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let present: Vec<String> = tree.list(CLASS).into_iter().filter(is_adapter).collect();
    if present.is_empty() {
        return vec![
            Finding::warning(CHECK, "the kernel has no Bluetooth adapter")
                .at(CLASS)
                .fix("plug one in, or see dmesg: a driver or its firmware may be missing"),
        ];
    }
    let adapters = match &bus.adapters {
        Ok(Some(adapters)) => adapters,
        Ok(None) => {
            let why = format!("the address of {}: bluetoothd does not run", present.join(", "));
            return vec![Finding::not_checked(CHECK, why)];
        }
        Err(why) => {
            let why = format!("the address of {}: {why}", present.join(", "));
            return vec![Finding::not_checked(CHECK, why)];
        }
    };
    let mut findings = Vec::new();
    for name in present.iter().filter(|name| !adapters.iter().any(|a| a.name == **name)) {
        let found = format!("bluetoothd does not take {name}, perhaps because it has no address");
        let fix = "see btmgmt info and journalctl -u bluetooth; btmgmt public-addr gives it one";
        findings.push(Finding::warning(CHECK, found).fix(fix));
    }
    let stored = stored(tree);
    let others = stored.as_ref().map(Vec::as_slice).unwrap_or_default();
    findings.extend(adapters.iter().map(|adapter| address(adapter, others)));
    findings.extend(orphans(adapters, stored));
    findings
}

/// Whether an adapter's address is its own. `stored` are the addresses that have bonds.
fn address(adapter: &Adapter, stored: &[(String, usize)]) -> Finding {
    let Adapter { name, address, address_type, .. } = adapter;
    if let Some((_, whose)) = DEFAULTS.iter().find(|(default, _)| default == address) {
        let found =
            format!("{name} has the address {address}, {whose} default: others have it, too");
        return Finding::fault(CHECK, found).fix(
            "give it one of its own before bluetoothd starts: local-bd-address in the device tree, \
             or btmgmt public-addr",
        );
    }
    let first = u8::from_str_radix(address.get(..2).unwrap_or_default(), 16).unwrap_or_default();
    let is_known = stored.iter().any(|(known, _)| known == address);
    // The second bit of the first byte: administered locally, that is made up (IEEE 802).
    if address_type == "public" && first & 2 != 0 && !is_known && !stored.is_empty() {
        let found = format!(
            "{name} has a made up address, {address}, and the bonds here belong to another one: it \
             may be a new one at each start"
        );
        let fix = "have what sets it (hciattach, btattach, a script) take the same one each time";
        return Finding::warning(CHECK, found).fix(fix);
    }
    Finding::ok(CHECK, format!("{name} is {address} ({address_type})"))
}

/// Bonds of adapters that are not there.
fn orphans(adapters: &[Adapter], stored: io::Result<Vec<(String, usize)>>) -> Vec<Finding> {
    let stored = match stored {
        Ok(stored) => stored,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let why = format!("whether bonds belong to these adapters: {error}");
            return vec![Finding::not_checked(CHECK, why).at(BONDS).fix("ask as root")];
        }
    };
    let is_here = |address: &str| adapters.iter().any(|adapter| adapter.address == address);
    let gone: Vec<_> = stored.iter().filter(|(address, _)| !is_here(address)).collect();
    let names: Vec<&str> = gone.iter().map(|(address, _)| address.as_str()).collect();
    let bonds: usize = gone.iter().map(|(_, bonds)| bonds).sum();
    match names.as_slice() {
        [] => Vec::new(),
        [one] => {
            let found =
                format!("{bonds} bonded devices know this machine as {one}, which is not here");
            vec![Finding::note(CHECK, found).at(format!("{BONDS}/{one}"))]
        }
        several => {
            let found = format!(
                "{bonds} bonded devices know this machine by {} addresses that are not here ({}): \
                 does the adapter's change at each start?",
                several.len(),
                several.join(", ")
            );
            let fix = "give the adapter one address for good: see what sets it at the start";
            vec![Finding::warning(CHECK, found).at(BONDS).fix(fix)]
        }
    }
}

/// Adapters' addresses for which bonds are stored, and how many.
fn stored(tree: &Tree<'_>) -> io::Result<Vec<(String, usize)>> {
    let is_address = |name: &String| {
        name.len() == 17 && name.split(':').all(|byte| u8::from_str_radix(byte, 16).is_ok())
    };
    let mut stored = Vec::new();
    for adapter in tree.try_list(BONDS)?.into_iter().filter(is_address) {
        let devices = tree.list(&format!("{BONDS}/{adapter}")).into_iter().filter(is_address);
        let bonds = devices.filter(|device| {
            let info = tree.read(&format!("{BONDS}/{adapter}/{device}/info")).unwrap_or_default();
            info.lines().any(|line| line.starts_with('[') && line.contains("Key]"))
        });
        let bonds = bonds.count();
        if bonds > 0 {
            stored.push((adapter, bonds));
        }
    }
    Ok(stored)
}
