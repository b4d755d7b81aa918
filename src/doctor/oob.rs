//! Whether out-of-band data can be had, where the configuration wants them.

use super::Finding;
use super::settings;
use super::tree::Tree;
use super::unit::Unit;
use crate::board::Board;
use crate::oob::source::SOCKET;

const CHECK: &str = "out-of-band";
const UNIT: &str = "pairpanel-oob.socket";

/// Settings of main.conf with which the kernel has no data of LE (Linux, `net/bluetooth/mgmt.c`,
/// `read_local_oob_ext_data`): key, values, why, and what to write.
const SETTINGS: [(&str, &[&str], &str, &str); 3] = [
    (
        "Privacy",
        &["network", "on", "device", "limited-network", "limited-device"],
        "the kernel gives no out-of-band data of an address that changes",
        "Privacy = off",
    ),
    (
        "ControllerMode",
        &["bredr"],
        "without LE there are no out-of-band data of it",
        "ControllerMode = dual",
    ),
    (
        "SecureConnections",
        &["off"],
        "the kernel has no out-of-band data of old pairings",
        "SecureConnections = on",
    ),
];

/// `board` is the one of the panel, if it is known.
pub(super) fn check(tree: &Tree<'_>, board: Option<&Board>, running: bool) -> Vec<Finding> {
    let mut findings = vec![reader(tree, running)];
    let (path, main) = settings::main_conf(tree);
    // What else is wrong with the file is said where it is looked at as a whole.
    for (key, values, why, instead) in SETTINGS {
        let set = main.as_ref().ok().and_then(|file| file.get(settings::GROUP, key));
        if let Some(entry) = set.filter(|entry| values.contains(&entry.value.as_str())) {
            let found = format!("{key} = {}: {why}", entry.value);
            let place = format!("{path}:{}", entry.line);
            let fix = format!("write {instead}, or out-of-band = false into pairpanel's");
            findings.push(Finding::warning(CHECK, found).at(place).fix(fix));
        }
    }
    findings.extend(board.map(outlet));
    findings
}

fn reader(tree: &Tree<'_>, running: bool) -> Finding {
    let Some(unit) = Unit::load(tree, UNIT) else {
        return Finding::warning(CHECK, format!("there is no {UNIT}, or it is masked"))
            .fix(format!("install it with pairpanel, or systemctl unmask {UNIT}"));
    };
    if !unit.is_enabled(tree) {
        let found = format!("nothing starts {UNIT}, so there is no reader of the data");
        let fix = format!("systemctl enable --now {UNIT}");
        return Finding::warning(CHECK, found).at(&unit.path).fix(fix);
    }
    if running && !tree.exists(SOCKET) {
        let found = format!("{UNIT} is enabled, but there is no {SOCKET}");
        let fix = format!("systemctl restart {UNIT}; its status says why not");
        return Finding::warning(CHECK, found).at(&unit.path).fix(fix);
    }
    Finding::ok(CHECK, format!("{UNIT} is enabled")).at(&unit.path)
}

/// Where a device has the data from.
fn outlet(board: &Board) -> Finding {
    let fittings = crate::daemon::fittings(board);
    match (fittings.code, fittings.tag) {
        (false, false) => {
            let found = format!(
                "{} has neither a glass with room for a QR code nor an NFC tag, so only pairpanel \
                 oob gives the data",
                board.id
            );
            Finding::note(CHECK, found)
        }
        (true, false) => Finding::ok(CHECK, "the glass shows a QR code"),
        (false, true) => Finding::ok(CHECK, "the NFC tag has the data"),
        (true, true) => {
            Finding::ok(CHECK, "the glass shows a QR code, and the NFC tag has the data")
        }
    }
}
