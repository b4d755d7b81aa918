//! main.conf and input.conf: bluetoothd's settings that pairing depends on.
//!
//! Where a key is absent, bluetoothd's compiled default counts (BlueZ 5.87, `src/main.c`,
//! `init_defaults`); a value that it cannot read counts as absent.

use std::io;

use super::Finding;
use super::bluetoothd::{Version, arguments};
use super::keyfile::{Entry, KeyFile};
use super::tree::Tree;
use super::unit::{Unit, argument};

const MAIN: &str = "/etc/bluetooth/main.conf";
const INPUT: &str = "/etc/bluetooth/input.conf";
pub(super) const GROUP: &str = "General";
/// The first whose default for `ClassicBondedOnly` is true (BlueZ, `profiles/input/device.c`).
const BONDED_ONLY: Version = (5, 71);

/// What a value means: nothing to say, or a finding and what to write instead.
type Verdict = Option<(Grade, &'static str, &'static str)>;

#[derive(Clone, Copy)]
enum Grade {
    Note,
    Warning,
    Fault,
}

enum Kind {
    Boolean(fn(bool) -> Verdict),
    Seconds(fn(u32) -> Verdict),
    /// One of these words.
    Word(&'static [&'static str], fn(&str) -> Verdict),
}

struct Rule {
    key: &'static str,
    default: &'static str,
    kind: Kind,
}

const RULES: [Rule; 8] = [
    Rule {
        key: "AlwaysPairable",
        default: "false",
        kind: Kind::Boolean(|on| {
            on.then_some((
                Grade::Fault,
                "devices can pair while pairpanel does not run, and nobody is asked",
                "AlwaysPairable = false",
            ))
        }),
    },
    Rule {
        key: "JustWorksRepairing",
        default: "never",
        kind: Kind::Word(&["never", "confirm", "always"], |word| match word {
            "always" => Some((
                Grade::Fault,
                "whoever takes on a bonded device's address pairs anew, and nobody is asked",
                "JustWorksRepairing = never",
            )),
            "confirm" => Some((
                Grade::Note,
                "a bonded device may ask to pair anew without a code; the panel asks",
                "JustWorksRepairing = never, to refuse that",
            )),
            _ => None,
        }),
    },
    Rule {
        key: "PairableTimeout",
        default: "0",
        // pairpanel sets it whenever it opens or closes the window.
        kind: Kind::Seconds(|_| None),
    },
    Rule {
        key: "DiscoverableTimeout",
        default: "180",
        kind: Kind::Seconds(|seconds| {
            (seconds == 0).then_some((
                Grade::Note,
                "an adapter that something else than pairpanel makes discoverable stays so",
                "DiscoverableTimeout = 180",
            ))
        }),
    },
    Rule {
        key: "Privacy",
        default: "off",
        kind: Kind::Word(
            &["off", "network", "on", "device", "limited-network", "limited-device"],
            |word| match word {
                "off" => None,
                _ => Some((
                    Grade::Note,
                    "phones see an address that changes, and not the adapter's",
                    "Privacy = off, if devices lose this machine",
                )),
            },
        ),
    },
    Rule {
        key: "SecureConnections",
        default: "on",
        kind: Kind::Word(&["off", "on", "only"], |word| match word {
            "off" => Some((
                Grade::Warning,
                "pairings use the old cryptography; on LE, who records one has the keys",
                "SecureConnections = on",
            )),
            "only" => Some((
                Grade::Note,
                "devices without Secure Connections, and those that need a PIN, cannot pair",
                "SecureConnections = on, to let them",
            )),
            _ => None,
        }),
    },
    Rule {
        key: "DebugKeys",
        default: "false",
        kind: Kind::Boolean(|on| {
            on.then_some((
                Grade::Fault,
                "bonds with debug keys, which everybody knows, are kept",
                "DebugKeys = false",
            ))
        }),
    },
    Rule {
        key: "TemporaryTimeout",
        default: "30",
        kind: Kind::Seconds(|seconds| {
            (seconds == 0).then_some((
                Grade::Note,
                "bluetoothd never forgets a device that it has only seen",
                "TemporaryTimeout = 30",
            ))
        }),
    },
];

pub(super) fn check(tree: &Tree<'_>, version: Option<Version>) -> Vec<Finding> {
    let (path, file) = main_conf(tree);
    let mut findings = match file {
        Ok(file) => RULES.iter().flat_map(|rule| judge(rule, &path, &file)).collect(),
        Err(finding) => vec![finding],
    };
    findings.push(match read(tree, "input.conf", INPUT) {
        Ok(file) => bonded_only(&file, version),
        Err(finding) => finding,
    });
    findings
}

/// The path of main.conf, and what is in it.
pub(super) fn main_conf(tree: &Tree<'_>) -> (String, Result<KeyFile, Finding>) {
    let unit = Unit::load(tree, "bluetooth.service");
    let words = unit.as_ref().map(arguments).unwrap_or_default();
    let named = argument(&words, "--configfile").or_else(|| argument(&words, "-f"));
    let path = named.unwrap_or(MAIN);
    (path.to_owned(), read(tree, "main.conf", path))
}

/// A missing file is an empty one.
fn read(tree: &Tree<'_>, check: &'static str, path: &str) -> Result<KeyFile, Finding> {
    match tree.read(path) {
        Ok(text) => KeyFile::parse(&text).map_err(|unreadable| {
            let found =
                format!("bluetoothd ignores the whole file for this line: {}", unreadable.why);
            Finding::fault(check, found)
                .at(format!("{path}:{}", unreadable.line))
                .fix("correct the line, or put a # before it")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(KeyFile::default()),
        Err(error) => Err(Finding::not_checked(check, error.to_string()).at(path)),
    }
}

fn judge(rule: &Rule, path: &str, file: &KeyFile) -> Vec<Finding> {
    const CHECK: &str = "main.conf";
    let Rule { key, default, .. } = rule;
    let place = |entry: &Entry| format!("{path}:{}", entry.line);
    let mut findings = Vec::new();
    if let Some(entry) = file.misplaced(GROUP, key) {
        let found = format!(
            "{} in [{}] means nothing to bluetoothd, which looks for {key} in [{GROUP}]",
            entry.key, entry.group
        );
        let fix = format!("write {key} = {} into [{GROUP}]", entry.value.trim_end());
        findings.push(Finding::warning(CHECK, found).at(place(entry)).fix(fix));
    }
    let Some(entry) = file.get(GROUP, key) else {
        findings.push(Finding::ok(CHECK, format!("{key} = {default}, the default")));
        return findings;
    };
    let verdict = match &rule.kind {
        Kind::Boolean(judge) => entry.boolean().map(judge),
        Kind::Seconds(judge) => entry.seconds().map(judge),
        Kind::Word(words, judge) => {
            words.contains(&entry.value.as_str()).then(|| judge(&entry.value))
        }
    };
    let value = format!("{key} = {}", entry.value);
    findings.push(match verdict {
        None => {
            let found = format!("{value} cannot be read, so it is {default}, the default");
            let fix = match &rule.kind {
                Kind::Boolean(_) => "write true or false".to_owned(),
                Kind::Seconds(_) => "write a number of seconds".to_owned(),
                Kind::Word(words, _) => {
                    format!("write {}, without blanks behind it", words.join(" or "))
                }
            };
            Finding::warning(CHECK, found).at(place(entry)).fix(fix)
        }
        Some(None) => Finding::ok(CHECK, value).at(place(entry)),
        Some(Some((grade, meaning, instead))) => {
            let found = format!("{value}: {meaning}");
            let finding = match grade {
                Grade::Note => Finding::note(CHECK, found),
                Grade::Warning => Finding::warning(CHECK, found),
                Grade::Fault => Finding::fault(CHECK, found),
            };
            finding.at(place(entry)).fix(format!("write {instead}"))
        }
    });
    findings
}

/// HID takes input only from bonded devices (CVE-2023-45866).
fn bonded_only(file: &KeyFile, version: Option<Version>) -> Finding {
    const CHECK: &str = "input.conf";
    const KEY: &str = "ClassicBondedOnly";
    let fix = format!("write {KEY} = true into [{GROUP}] of {INPUT}");
    if let Some(entry) = file.get(GROUP, KEY)
        && let Some(on) = entry.boolean()
    {
        let place = format!("{INPUT}:{}", entry.line);
        return if on {
            Finding::ok(CHECK, format!("{KEY} = true")).at(place)
        } else {
            let found = format!("{KEY} = false: anybody near can type here without pairing");
            Finding::fault(CHECK, found).at(place).fix(fix)
        };
    }
    match version {
        Some(version) if version >= BONDED_ONLY => {
            Finding::ok(CHECK, format!("{KEY} = true, the default since BlueZ 5.71"))
        }
        Some((major, minor)) => Finding::warning(
            CHECK,
            format!(
                "{KEY} is not set, and false by default in BlueZ {major}.{minor}, unless it has been \
                 patched for CVE-2023-45866: then anybody near can type here"
            ),
        )
        .fix(fix),
        None => {
            let found = format!("{KEY} is not set, and false by default before BlueZ 5.71");
            Finding::note(CHECK, found).fix(fix)
        }
    }
}
