//! The commands that ask a running daemon, as a user starts them, against a panel in memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod oob;
mod prompt;
mod stand_in;
mod watching;
mod world;

use std::process::{Command, Output, Stdio};

use pairpanel::sim::FakeBus;
use serde_json::Value;
use stand_in::StandIn;
use world::{ANNA, KEYBOARD, Pairing, TWIN, World};

pub(crate) fn command(bus: &FakeBus, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pairpanel"));
    command.args(arguments).env("DBUS_SYSTEM_BUS_ADDRESS", bus.address()).stdin(Stdio::null());
    command
}

async fn output(bus: &FakeBus, arguments: &[&str]) -> Output {
    let mut command = command(bus, arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// Exit status, standard output and standard error.
pub(crate) async fn run(panel: &StandIn, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = output(&panel.bus, arguments).await;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

pub(crate) fn json(line: &str) -> Value {
    assert_eq!(line.lines().count(), 1, "{line}");
    serde_json::from_str(line).unwrap()
}

/// Each command that asks the daemon, with arguments that are right.
const COMMANDS: [&[&str]; 9] = [
    &["status"],
    &["open"],
    &["close"],
    &["devices"],
    &["forget", "--all"],
    &["pair", "A4:C3:F0:1D:9A:4C"],
    &["watch"],
    &["identify"],
    &["prompt"],
];

#[tokio::test]
async fn without_a_daemon_every_command_says_how_to_start_it_with_status_3() {
    let bus = FakeBus::start().unwrap();
    for arguments in COMMANDS {
        let Output { status, stdout, stderr } = output(&bus, arguments).await;
        assert_eq!(status.code(), Some(3), "{arguments:?}");
        let said = "pairpanel: pairpanel is not running; start it (systemctl start pairpanel)\n";
        assert_eq!((stdout, String::from_utf8(stderr).unwrap()), (Vec::new(), said.to_owned()));
    }
}

#[tokio::test]
async fn whoever_is_not_allowed_to_change_anything_is_told_so_with_status_4() {
    let panel = StandIn::start(World { allowed: false, ..World::default() }).await;
    for (arguments, what) in [
        (["open"].as_slice(), "open the pairing window"),
        (&["close"], "close the pairing window"),
        (&["forget", ANNA[1]], "forget Anna's Pixel (A4:C3:F0:1D:9A:4C)"),
        (&["forget", "--all"], "forget the devices"),
        (&["pair", "00:00:00:00:00:01", "--json"], "pair with 00:00:00:00:00:01"),
        (&["identify"], "identify the panel"),
        (&["prompt"], "read the prompt"),
    ] {
        let (status, printed, said) = run(&panel, arguments).await;
        let expected = format!("pairpanel: not allowed to {what}; be root or in group pairpanel\n");
        assert_eq!((status, printed.as_str(), said), (4, "", expected));
    }
    for arguments in [["status"], ["devices"]] {
        assert_eq!(run(&panel, &arguments).await.0, 0);
    }
}

#[tokio::test]
async fn status_is_a_page_for_a_technician() {
    let panel = StandIn::start(World::default()).await;
    run(&panel, &["open", "90"]).await;
    let (status, printed, said) = run(&panel, &["status"]).await;
    assert_eq!((status, said.as_str()), (0, ""));
    let expected = "\
board       Display and two keys (bonnet)
capability  DisplayYesNo: the display and the accept key work
health      ready
state       the pairing window is open
window      open, 90 s left
display     working
inputs      accept working, reject stuck
agent       bluetoothd asks this panel
adapters    hci0 DC:A6:32:00:00:01 box-7F3A: on, pairable, discoverable
            hci1 00:1A:7D:DA:71:01 box-7F3A: off, not used by the panel
bonds       2
version     0.1.0
";
    assert_eq!(printed, expected);
}

#[tokio::test]
async fn status_says_what_to_do_about_a_panel_that_is_not_ready() {
    let world = World { health: "no-bluetoothd", capability: "", ..World::default() };
    let panel = StandIn::start(world).await;
    let (_, printed, _) = run(&panel, &["status"]).await;
    for line in [
        "capability  none (not registered): the display and the accept key work",
        "health      bluetoothd is not running, or has not taken the agent; start it (systemctl \
         start bluetooth)",
        "agent       bluetoothd does not ask this panel: the agent is not registered",
        "window      closed",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
    let (status, printed, said) = run(&panel, &["open"]).await;
    let expected = "pairpanel: cannot open the pairing window: a part of the board that pairing \
                    needs does not work; pairpanel status says which\n";
    assert_eq!((status, printed.as_str(), said.as_str()), (1, "", expected));
}

#[tokio::test]
async fn status_as_json_has_every_property() {
    let panel = StandIn::start(World::default()).await;
    let (status, printed, _) = run(&panel, &["status", "--json"]).await;
    assert_eq!(status, 0);
    let state = json(&printed);
    let keys: Vec<_> = state.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = "activity adapters board board_name capability capability_reason default_agent \
                    devices display health inputs pause_remaining version window_open \
                    window_remaining";
    assert_eq!(keys.join(" "), expected);
    let adapter = r#"{"address":"DC:A6:32:00:00:01","discoverable":false,"name":"box-7F3A",
        "pairable":false,"path":"/org/bluez/hci0","powered":true,"used":true}"#;
    assert_eq!(state["adapters"][0], serde_json::from_str::<Value>(adapter).unwrap());
    assert_eq!(state["inputs"]["reject"], "stuck");
    assert_eq!(state["window_remaining"], 0);
}

#[tokio::test]
async fn the_window_opens_for_as_long_as_is_said_and_closes() {
    let panel = StandIn::start(World::default()).await;
    for (arguments, expected) in [
        (["open"].as_slice(), "the pairing window is open, 120 s left\n"),
        (&["open", "30"], "the pairing window is open, 30 s left\n"),
        (&["close"], "the pairing window is closed\n"),
        (&["open", "3600", "--json"], "{\"window_open\":true,\"window_remaining\":3600}\n"),
        (&["close", "--json"], "{\"window_open\":false,\"window_remaining\":0}\n"),
        (&["identify"], "the panel shows which one it is\n"),
    ] {
        let done = run(&panel, arguments).await;
        assert_eq!(done, (0, expected.to_owned(), String::new()), "{arguments:?}");
    }
}

#[tokio::test]
async fn devices_are_listed_in_columns_or_as_json() {
    let panel = StandIn::start(World::default()).await;
    let expected = "\
NAME          ADDRESS            ADAPTER  STATE
Anna's Pixel  A4:C3:F0:1D:9A:4C  hci0     bonded, connected
Keyboard      00:1A:7D:DA:71:13  hci1     bonded
";
    assert_eq!(run(&panel, &["devices"]).await.1, expected);
    let listed = json(&run(&panel, &["devices", "--json"]).await.1);
    assert_eq!(listed["devices"][1]["path"], KEYBOARD[0]);
    assert_eq!(listed["devices"][1]["trusted"], false);

    let bare = StandIn::start(World { devices: Vec::new(), ..World::default() }).await;
    assert_eq!(run(&bare, &["devices"]).await.1, "no device is bonded\n");
    assert_eq!(run(&bare, &["devices", "--json"]).await.1, "{\"devices\":[]}\n");
}

/// What is named → exit status, and who is left.
#[tokio::test]
async fn forget_takes_an_address_a_path_or_a_name_and_all_or_nothing() {
    let anna = "forgot Anna's Pixel (A4:C3:F0:1D:9A:4C)\n";
    let all = vec![ANNA, KEYBOARD, TWIN];
    let cases: [(&[&str], i32, &str, Vec<_>); 8] = [
        (&["a4:c3:f0:1d:9a:4c"], 0, anna, vec![KEYBOARD, TWIN]),
        (&[ANNA[0]], 0, anna, vec![KEYBOARD, TWIN]),
        (&["Anna's Pixel", ANNA[1]], 0, anna, vec![KEYBOARD, TWIN]),
        (
            &["--all"],
            0,
            "forgot Anna's Pixel (A4:C3:F0:1D:9A:4C)\nforgot Keyboard (00:1A:7D:DA:71:13)\n\
             forgot Keyboard (00:1A:7D:DA:71:14)\n",
            Vec::new(),
        ),
        (&["anna's pixel"], 1, "", all.clone()),
        (&[ANNA[1], "00:00:00:00:00:01"], 1, "", all.clone()),
        (&[ANNA[1], "Keyboard"], 1, "", all.clone()),
        (&[ANNA[1], TWIN[1], KEYBOARD[1]], 1, anna, vec![KEYBOARD, TWIN]),
    ];
    for (devices, expected, told, left) in cases {
        let undeletable = Some(TWIN[0]);
        let panel = StandIn::start(World { devices: all.clone(), undeletable, ..World::default() });
        let panel = panel.await;
        let arguments: Vec<&str> = [&["forget"], devices].concat();
        let (status, printed, said) = run(&panel, &arguments).await;
        assert_eq!((status, printed.as_str()), (expected, told), "{devices:?}: {said}");
        let listed = json(&run(&panel, &["devices", "--json"]).await.1);
        let paths = listed["devices"].as_array().unwrap().iter().map(|device| &device["path"]);
        assert_eq!(
            paths.collect::<Vec<_>>(),
            left.iter().map(|[path, ..]| path).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn forget_says_which_devices_a_name_could_be_and_what_it_has_done() {
    let devices = vec![ANNA, KEYBOARD, TWIN];
    let undeletable = Some(TWIN[0]);
    let panel = StandIn::start(World { devices, undeletable, ..World::default() }).await;
    let expected = format!(
        "pairpanel: 2 devices are called Keyboard; take one of these instead:\n  {}\n  {}\n",
        KEYBOARD[0], TWIN[0]
    );
    assert_eq!(run(&panel, &["forget", "Keyboard"]).await.2, expected);
    let expected = "pairpanel: no device is called Mouse\\u{1b}; pairpanel devices lists them\n";
    assert_eq!(run(&panel, &["forget", "Mouse\u{1b}"]).await.2, expected);
    let (status, printed, said) = run(&panel, &["forget", "--json", ANNA[1], TWIN[1]]).await;
    assert_eq!(status, 1);
    assert_eq!(json(&printed)["forgotten"][0]["address"], ANNA[1]);
    let expected = "pairpanel: cannot forget Keyboard (00:1A:7D:DA:71:14): bluetoothd has not \
                    deleted the bond; its log says more (journalctl -u bluetooth)\n";
    assert_eq!(said, expected);
}

#[tokio::test]
async fn pair_follows_its_own_pairing_and_says_how_it_ended() {
    let asked = "asked the panel to pair with 00:00:00:00:00:01\n";
    let started = "pairing with Mouse (00:00:00:00:00:01) by passkey entry: follow the panel\n";
    let unchecked = "pairing with Mouse (00:00:00:00:00:01) by just works: follow the panel\n";
    let paired = "paired with Mouse (00:00:00:00:00:01) by passkey entry: the code was checked\n";
    let unverified = "paired with Mouse (00:00:00:00:00:01) by just works: not verified\n";
    let error =
        "pairpanel: cannot pair with 00:00:00:00:00:01: Mouse said no\\u{1b}[2J; try again\n";
    let cases = [
        (Pairing::Checked, 0, [asked, started, paired].concat(), ""),
        (Pairing::Unchecked, 0, [asked, unchecked, unverified].concat(), ""),
        (Pairing::Rejected, 1, [asked, started].concat(), error),
    ];
    for (pairing, expected, told, error) in cases {
        let panel = StandIn::start(World { pairing: Some(pairing), ..World::default() }).await;
        let arguments = ["pair", "00:00:00:00:00:01", "--adapter", "hci1"];
        let done = run(&panel, &arguments).await;
        assert_eq!(done, (expected, told, error.to_owned()));
        let (status, printed, _) = run(&panel, &["pair", "00:00:00:00:00:01", "--json"]).await;
        let ended = json(&printed);
        assert_eq!(status, expected);
        assert_eq!(ended["paired"], expected == 0);
        assert_eq!(ended["device"], "/org/bluez/hci0/dev_00_00_00_00_00_01");
    }
}
