use std::collections::BTreeSet;

use super::*;
use crate::pairing::{JustWorks, ServiceRule, Trust, UnknownBonds, WhenFull};

pub(super) const SHIPPED: &str = include_str!("../../dist/pairpanel.toml");

/// The shipped file with its defaults for keys.
pub(super) fn spelled_out() -> String {
    let lines = SHIPPED.lines().filter_map(|line| line.strip_prefix('#'));
    lines.filter(|line| !line.starts_with([' ', ':'])).map(|line| format!("{line}\n")).collect()
}

/// The keys that the parser knows in a table, which an error lists.
fn known(table: &str) -> BTreeSet<String> {
    let error = toml::from_str::<RawConfig>(&format!("{table}\nno-such-key = 1")).unwrap_err();
    let quoted = error.message().split('`').skip(1).step_by(2);
    quoted.skip(1).map(str::to_owned).collect()
}

#[test]
fn the_shipped_file_says_what_the_defaults_are() {
    let path = Path::new("pairpanel.toml");
    let shipped = Config::parse(path, SHIPPED).unwrap();
    assert_eq!(Config { files: Vec::new(), ..shipped }, Config::default());
    let config = Config::parse(path, &spelled_out()).unwrap();
    assert_eq!(config.board.as_deref(), Some("none"));
    for (name, rule) in &config.policy.services {
        let service = Service::named(name).unwrap();
        assert_eq!(*rule, ServiceRule::default_for(&service), "{name}");
    }
    let default = Policy {
        just_works: Some(JustWorks::Confirm),
        services: config.policy.services.clone(),
        ..Policy::default()
    };
    assert_eq!(config.policy, default);
}

#[test]
fn the_shipped_file_has_every_key() {
    let written: toml::Table = spelled_out().parse().unwrap();
    let keys = |table: &toml::Table| table.keys().cloned().collect::<BTreeSet<String>>();
    assert_eq!(keys(&written), known(""));
    for table in ["allow", "agent"] {
        assert_eq!(keys(written[table].as_table().unwrap()), known(&format!("[{table}]")));
    }
    for service in Service::ALL {
        let word = |c: char| !(c.is_alphanumeric() || c == '-');
        assert!(SHIPPED.split(word).any(|word| word == service.name), "{}", service.name);
    }
}

/// Texts that are refused, with the beginnings of what is said of them.
pub(super) const BAD: &[(&str, &str)] = &[
    ("hold-ms = 9000", "c.toml:1:11: hold-ms: 9000 is not 0 to 5000\n"),
    ("\nprompt-seconds = 60", "c.toml:2:18: prompt-seconds: 60 is not 5 to 28\n"),
    ("just-works = \"yes\"", "c.toml:1:14: just-works: \"yes\" is not known; write "),
    ("hold-mss = 1", "c.toml:1:1: hold-mss: there is no key `hold-mss` here; did you"),
    ("legacy-pin = \"no\"", "c.toml:1:14: legacy-pin: \"no\" is not known; write "),
    ("[services]\nfax = \"once\"", "c.toml:2:1: services.fax: no service has that name; write "),
    ("[services]\ninput = \"yes\"", "c.toml:2:9: services.input: \"yes\" is not known"),
    ("language = \"it\"", "c.toml:1:12: language: \"it\" is not known; write "),
    ("board = 7", "c.toml:1:9: board: this is integer `7`; write a text in quotes"),
    ("board = \"x", "c.toml:1:11: "),
    ("window-bonds = 101", "c.toml:1:16: window-bonds: 101 is not 0 to 100\n"),
    ("bond-limit = 1001", "c.toml:1:14: bond-limit: 1001 is not 0 to 1000\n"),
    ("pause-after = 101", "c.toml:1:15: pause-after: 101 is not 0 to 100\n"),
    ("pause-seconds = 4", "c.toml:1:17: pause-seconds: 4 is not 5 to 3600\n"),
    ("pause-seconds = -4", "c.toml:1:17: pause-seconds: "),
    ("advertise = 1", "c.toml:1:13: advertise: this is integer `1`; write "),
    ("when-full = \"drop\"", "c.toml:1:13: when-full: \"drop\" is not known; write "),
    ("trust-after-pairing = true", "c.toml:1:23: trust-after-pairing: "),
    ("unknown-pairings = \"\"", "c.toml:1:20: unknown-pairings: \"\" is not known; write "),
    ("adapter = \"hci\"", "c.toml:1:11: adapter: \"hci\" is no adapter; write "),
    ("adapter = []", "c.toml:1:11: adapter: no adapter is named; write "),
    ("adapter = 0", "c.toml:1:11: adapter: this is integer `0`; write \"all\", an adapter"),
    ("adapter = [\"hci0\",\n  \"all\"]", "c.toml:2:3: adapter: \"all\" is no adapter; "),
    (
        "[allow]\naddresses = [\"A4:C3:F0:1D:9A\"]",
        "c.toml:2:14: allow.addresses: \"A4:C3:F0:1D:9A\" is not a Bluetooth address, ",
    ),
    ("[allow]\nnames = [\"a\", \" \"]", "c.toml:2:15: allow.names: an empty name fits no"),
    ("[allow]\nname = \"a\"", "c.toml:2:1: allow.name: there is no key `name` here; did"),
    ("[agent]\nreclaim = \"yes\"", "c.toml:2:11: agent.reclaim: this is string"),
];

#[test]
fn a_bad_file_is_refused_at_its_place() {
    for (text, expected) in BAD {
        let error = Config::parse(Path::new("c.toml"), text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

/// Each key of its own, with another value than the default.
pub(super) const EVERY_KEY: &str = r#"
board = "x"
adapter = ["hci1", "00:1a:7d:da:71:13"]
window-seconds = 10
window-at-start = "never"
window-bonds = 0
advertise = false
just-works = "reject"
legacy-pin = "reject"
prompt-seconds = 5
hold-ms = 0
arm-ms = 200
pause-after = 0
pause-seconds = 3600
bond-limit = 1000
when-full = "drop-longest-unseen"
trust-after-pairing = "verified"
unknown-pairings = "ask"
dim-after-seconds = 0
off-after-seconds = 86400
sound = false
prompt-command = true
out-of-band = true
[allow]
addresses = ["a4:c3:f0:1d:9a:4c"]
names = ["Anna*"]
[agent]
reclaim = false
[services]
audio = "always"
"#;

#[test]
fn every_key_reaches_the_policy() {
    let config = Config::parse(Path::new("c.toml"), EVERY_KEY).unwrap();
    let expected = Policy {
        just_works: Some(JustWorks::Reject),
        prompt: Duration::from_secs(5),
        hold: Duration::ZERO,
        arm: Duration::from_millis(200),
        window: Duration::from_secs(10),
        window_at_start: crate::pairing::AtStart::Never,
        legacy_pin: false,
        services: [("audio", ServiceRule::Always)].into(),
        window_bonds: 0,
        advertise: false,
        adapters: vec!["hci1".to_owned(), "00:1A:7D:DA:71:13".to_owned()],
        bond_limit: 1000,
        when_full: WhenFull::DropLongestUnseen,
        allow: crate::pairing::Allow {
            addresses: vec!["A4:C3:F0:1D:9A:4C".to_owned()],
            names: vec!["Anna*".to_owned()],
        },
        trust: Trust::Verified,
        unknown_bonds: UnknownBonds::Ask,
        pause_after: 0,
        pause: Duration::from_secs(3600),
        reclaim: false,
        dim_after: Duration::ZERO,
        off_after: Duration::from_secs(86_400),
        sound: false,
        prompt_command: true,
        out_of_band: true,
    };
    assert_eq!(config.policy, expected);
    assert_eq!(config.board.as_deref(), Some("x"));
}

/// A directory that is removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let name = format!("pairpanel-config-{}-{name}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        for (name, text) in files {
            let path = directory.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(directory)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A file and its drop-ins.
pub(super) const MERGED: [(&str, &str); 4] = [
    ("main.toml", "board = \"a\"\nhold-ms = 1\nadapter = \"hci0\"\n[services]\naudio = \"once\""),
    ("main.d/20.toml", "hold-ms = 3\n[services]\ninput = \"once\"\n[allow]\nnames = [\"b\"]"),
    ("main.d/10.toml", "hold-ms = 2\narm-ms = 300\n[services]\naudio = \"never\""),
    ("main.d/15.toml", "adapter = \"all\"\n[allow]\nnames = [\"a\"]\naddresses = []"),
];

#[test]
fn a_later_drop_in_replaces_single_keys_of_earlier_files() {
    let others = [
        ("main.d/.30.toml", "this is what an editor leaves behind"),
        ("main.d/30.txt", "this is something else"),
        ("pairpanel.d/40.toml", "this belongs to another file"),
    ];
    let scratch = Scratch::new("merged", &[&MERGED[..], &others].concat());
    let config = Config::load(Some(&scratch.0.join("main.toml"))).unwrap();
    let names = ["main.toml", "main.d/10.toml", "main.d/15.toml", "main.d/20.toml"];
    assert_eq!(config.files, names.map(|name| scratch.0.join(name)));
    assert_eq!(config.board.as_deref(), Some("a"));
    let expected = Policy {
        hold: Duration::from_millis(3),
        arm: Duration::from_millis(300),
        services: [("audio", ServiceRule::Never), ("input", ServiceRule::Once)].into(),
        allow: crate::pairing::Allow { names: vec!["b".to_owned()], ..Default::default() },
        ..Policy::default()
    };
    assert_eq!(config.policy, expected);
}

#[test]
fn a_bad_drop_in_is_named_and_one_that_cannot_be_read_too() {
    let files = [("main.toml", "hold-ms = 1"), ("main.d/10.toml", "\nhold-ms = -1")];
    let scratch = Scratch::new("bad", &files);
    let load = || Config::load(Some(&scratch.0.join("main.toml"))).unwrap_err().to_string();
    let said = load();
    let place = format!("{}/main.d/10.toml:2:11: hold-ms: ", scratch.0.display());
    assert!(said.starts_with(&place), "{said}");
    fs::remove_file(scratch.0.join("main.d/10.toml")).unwrap();
    fs::create_dir(scratch.0.join("main.d/10.toml")).unwrap();
    let said = load();
    assert!(said.starts_with(&format!("cannot read {}/main.d/10.toml: ", scratch.0.display())));
}
