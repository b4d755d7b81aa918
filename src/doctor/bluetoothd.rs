//! bluetoothd itself: there, running, which version, and silent about passkeys.

use super::bus::Bus;
use super::tree::Tree;
use super::unit::{self, Unit};
use super::{AT_REST, Finding};

const UNIT: &str = "bluetooth.service";
/// Package databases with one `Key: value` a line: dpkg's and opkg's (Yocto).
const DATABASES: [&str; 4] = [
    "/var/lib/dpkg/status",
    "/var/lib/opkg/status",
    "/usr/lib/opkg/status",
    "/var/lib/opkg/info/status",
];
const PACKAGES: [&str; 2] = ["bluez", "bluez5"];
/// The first with `Device1.Bonded`, by which pairpanel tells a bond from a pairing without one.
const OLDEST: Version = (5, 65);
/// The first with the signal `Device1.Disconnected`, which says why a link has ended.
const WITH_REASONS: Version = (5, 83);

/// BlueZ's, major and minor.
pub(super) type Version = (u32, u32);

pub(super) fn check(tree: &Tree<'_>, running: bool, bus: &Bus) -> Vec<Finding> {
    let unit = Unit::load(tree, UNIT);
    let mut findings = Vec::new();
    findings.push(installed(tree, unit.as_ref()));
    findings.push(runs(tree, running, bus));
    findings.push(new_enough(version(tree, bus)));
    findings.extend(debugs(tree, running, unit.as_ref()));
    findings
}

/// The arguments that the unit gives it.
pub(super) fn arguments(unit: &Unit) -> Vec<&str> {
    unit.last("ExecStart").map(|setting| unit::words(&setting.value)).unwrap_or_default()
}

fn installed(tree: &Tree<'_>, unit: Option<&Unit>) -> Finding {
    const CHECK: &str = "bluetoothd";
    let Some(unit) = unit else {
        return Finding::fault(CHECK, format!("there is no {UNIT}, or it is masked"))
            .fix(format!("install BlueZ (bluez, in Yocto bluez5), or systemctl unmask {UNIT}"));
    };
    match arguments(unit).first() {
        Some(program) if tree.exists(program) => {
            Finding::ok(CHECK, format!("{UNIT} starts {program}")).at(&unit.path)
        }
        Some(program) => Finding::fault(CHECK, format!("{program} does not exist"))
            .at(&unit.path)
            .fix("install BlueZ, or correct ExecStart="),
        None => {
            Finding::fault(CHECK, "the unit starts nothing").at(&unit.path).fix("set ExecStart=")
        }
    }
}

fn runs(tree: &Tree<'_>, running: bool, bus: &Bus) -> Finding {
    const CHECK: &str = "bluetoothd";
    if !running {
        return Finding::not_checked(CHECK, AT_REST);
    }
    match (&bus.adapters, processes(tree).is_empty()) {
        (Ok(Some(_)), _) => Finding::ok(CHECK, "it runs and is on the bus"),
        (_, true) => Finding::fault(CHECK, "bluetoothd does not run")
            .fix(format!("systemctl enable --now {UNIT}; journalctl -u bluetooth says why not")),
        (Ok(None), false) => Finding::fault(CHECK, "bluetoothd runs, but is not on the bus")
            .fix(format!("systemctl restart {UNIT}; its policy may be missing (bluetooth.conf)")),
        (Err(why), false) => Finding::not_checked(CHECK, format!("it runs, but {why}")),
    }
}

/// Its version by the package database, or else by the device ID that bluetoothd presents
/// (BlueZ, `src/main.c`, `init_defaults`: `did_version` is major and minor), unless `DeviceID` in
/// main.conf gives another. Running `bluetoothd --version` is not looking.
pub(super) fn version(tree: &Tree<'_>, bus: &Bus) -> Option<Version> {
    let databases = DATABASES.iter().filter_map(|path| tree.read(path).ok());
    let packaged = databases.filter_map(|text| packaged(&text)).next();
    packaged.or_else(|| {
        let adapters = bus.adapters.as_ref().ok()?.as_ref()?;
        adapters.iter().find_map(|adapter| {
            let version = adapter.modalias.strip_prefix("usb:v1D6Bp0246d")?;
            let number = u32::from_str_radix(version, 16).ok()?;
            Some((number >> 8, number & 0xff))
        })
    })
}

fn packaged(database: &str) -> Option<Version> {
    database.split("\n\n").find_map(|package| {
        let field = |name: &str| package.lines().find_map(|line| line.strip_prefix(name));
        let is_it = PACKAGES.contains(&field("Package: ")?)
            && field("Status: ").is_none_or(|status| status.ends_with(" installed"));
        // [epoch:]upstream[-revision]
        let version = field("Version: ").filter(|_| is_it)?;
        let version = version.split_once(':').map_or(version, |(_, version)| version);
        let (major, rest) = version.split_once('.')?;
        let minor = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    })
}

fn new_enough(version: Option<Version>) -> Finding {
    const CHECK: &str = "bluez-version";
    let Some(version @ (major, minor)) = version else {
        return Finding::not_checked(
            CHECK,
            "neither a package database (dpkg, opkg) nor an adapter's Modalias gives it",
        );
    };
    let bluez = format!("BlueZ {major}.{minor}");
    if version < OLDEST {
        let found = format!("{bluez} has no Device1.Bonded, so bonds are not recognised");
        Finding::warning(CHECK, found).fix("take BlueZ 5.65 or later")
    } else if version < WITH_REASONS {
        let found = format!("{bluez} does not say why a link has ended (5.83 does)");
        Finding::note(CHECK, found)
    } else {
        Finding::ok(CHECK, bluez)
    }
}

/// With `-d` it writes passkeys into the journal (BlueZ, `src/device.c`, DBG with `passkey=`).
fn debugs(tree: &Tree<'_>, running: bool, unit: Option<&Unit>) -> Vec<Finding> {
    const CHECK: &str = "debug-log";
    const FOUND: &str = "bluetoothd logs for debugging, and so writes every passkey to the journal";
    let mut findings = Vec::new();
    if let Some(unit) = unit
        && is_debugging(&arguments(unit))
    {
        let place = unit.last("ExecStart").map(|setting| setting.place.clone());
        let fix = "take -d out of ExecStart=, then systemctl daemon-reload and restart bluetooth";
        findings.push(Finding { place, ..Finding::fault(CHECK, FOUND).fix(fix) });
    }
    let processes = if running { processes(tree) } else { Vec::new() };
    let process = processes.iter().find(|(_, line)| {
        is_debugging(&line.split('\0').filter(|word| !word.is_empty()).collect::<Vec<_>>())
    });
    if let Some((pid, _)) = process
        && findings.is_empty()
    {
        let place = format!("/proc/{pid}/cmdline");
        let fix = "start it without -d: systemctl restart bluetooth";
        findings.push(Finding::fault(CHECK, FOUND).at(place).fix(fix));
    }
    if findings.is_empty() {
        findings.push(if unit.is_none() && processes.is_empty() {
            Finding::not_checked(CHECK, format!("neither {UNIT} nor a bluetoothd was found"))
        } else {
            Finding::ok(CHECK, "bluetoothd does not log for debugging")
        });
    }
    findings
}

/// Whether one of a bluetoothd's arguments is `-d` or `--debug`, alone, with a list of files, or
/// behind other letters.
fn is_debugging(words: &[&str]) -> bool {
    words.iter().skip(1).any(|word| {
        if let Some(long) = word.strip_prefix("--") {
            return long == "debug" || long.starts_with("debug=");
        }
        let letters = word.strip_prefix('-').unwrap_or_default();
        // Those before it take no argument (BlueZ, `src/main.c`, `options`).
        letters.trim_start_matches(['C', 'E', 'T', 'n', 'v']).starts_with('d')
    })
}

/// Number and command line of each bluetoothd.
fn processes(tree: &Tree<'_>) -> Vec<(String, String)> {
    let is_number = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = tree.list("/proc").into_iter().filter(is_number);
    numbers
        .filter(|pid| tree.line(&format!("/proc/{pid}/comm")).as_deref() == Some("bluetoothd"))
        .map(|pid| {
            let line = tree.read(&format!("/proc/{pid}/cmdline")).unwrap_or_default();
            (pid, line)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_the_installed_package() {
        let removed = "Package: bluez\nStatus: deinstall ok config-files\nVersion: 5.50-1\n";
        let debian = "Package: a\nVersion: 1\n\nPackage: bluez\nStatus: install ok installed\n\
                      Version: 5.66-1+deb12u2\n\nPackage: b\nVersion: 2\n";
        let cases = [
            (debian, Some((5, 66))),
            ("Package: bluez5\nVersion: 5.72-r0\nStatus: install user installed\n", Some((5, 72))),
            ("Package: bluez\nVersion: 1:5.9rc1\n", Some((5, 9))),
            (removed, None),
            ("Package: bluez-tools\nVersion: 2.0\n", None),
        ];
        for (database, expected) in cases {
            assert_eq!(packaged(database), expected, "{database}");
        }
    }

    #[test]
    fn debugging_is_noticed_in_each_spelling() {
        for on in ["-d", "-nd", "-dsrc/agent.c", "--debug", "--debug=src/*"] {
            assert!(is_debugging(&["bluetoothd", on]), "{on}");
        }
        for off in ["-n", "-P", "--experimental", "--noplugin=d", "d"] {
            assert!(!is_debugging(&["bluetoothd", off]), "{off}");
        }
    }
}
