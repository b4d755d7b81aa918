//! The screens that no device asks for: what a person at the panel brings up, or finds there.

use pairpanel::pairing::{Capability, Keys, MenuItem, Peer, Press, Screen};

use crate::list::{PRESSES, keys, long_keys, long_peer, name, peer};

const ITEMS: [MenuItem; 4] =
    [MenuItem::OpenWindow, MenuItem::Devices, MenuItem::ForgetAll, MenuItem::About];

pub(crate) fn menu(at: usize) -> Screen {
    Screen::Menu { items: ITEMS.to_vec(), at }
}

pub(crate) fn forget_all(bonds: usize, seconds: u64) -> Screen {
    Screen::ForgetAll { bonds, seconds }
}

fn peers(number: u8) -> Vec<Peer> {
    const NAMES: [&str; 4] = ["Anna's Pixel", "Logi K380", "Kitchen speaker", ""];
    let address = |n| format!("00:11:22:33:9A:{:02X}", 0x4c + n);
    (0..number).map(|n| Peer::new(NAMES[usize::from(n) % 4], address(n))).collect()
}

fn devices(number: u8, at: usize) -> Screen {
    Screen::Devices { peers: peers(number), at }
}

fn device(connected: bool, press: Press) -> Screen {
    Screen::Device { peer: peer(), connected, keys: keys(press) }
}

fn keep(press: Press) -> Screen {
    Screen::Keep { peer: peer(), seconds: 24, keys: keys(press) }
}

fn about(name: &str, address: &str, capability: Option<Capability>, bonds: usize) -> Screen {
    Screen::About { name: name.into(), address: address.into(), capability, bonds }
}

fn identify(name: &str) -> Screen {
    Screen::Identify { name: name.into() }
}

fn paused(open: Option<&str>) -> Screen {
    Screen::Paused { seconds: 108, open: open.map(str::to_owned) }
}

pub(crate) fn quiet() -> Vec<(&'static str, Screen)> {
    let forgot_all = |forgotten, left| Screen::ForgotAll { forgotten, left };
    let with_window = vec![MenuItem::CloseWindow, MenuItem::Devices, MenuItem::About];
    vec![
        ("opening", Screen::Opening { step: 0 }),
        ("opening-further", Screen::Opening { step: 9 }),
        ("forget-all", forget_all(3, 4)),
        ("forget-all-one", forget_all(1, 10)),
        ("forgot-all", forgot_all(3, 0)),
        ("forgot-one", forgot_all(1, 0)),
        ("forgot-some", forgot_all(2, 1)),
        ("paused", paused(Some("A"))),
        ("paused-no-key", paused(None)),
        ("menu", menu(0)),
        ("menu-down", menu(1)),
        ("menu-end", menu(3)),
        ("menu-window", Screen::Menu { items: with_window, at: 0 }),
        ("devices-none", devices(0, 0)),
        ("devices-one", devices(1, 0)),
        ("devices", devices(4, 2)),
        ("devices-many", devices(12, 0)),
        ("devices-many-middle", devices(12, 6)),
        ("devices-many-end", devices(12, 11)),
        ("device", device(true, Press::Hold)),
        ("device-away", device(false, Press::Hold)),
        ("device-holding", device(true, Press::Holding(9))),
        ("device-let-go", device(true, Press::LetGo)),
        ("about", about(&name(), "B8:27:EB:12:34:56", Some(Capability::DisplayYesNo), 3)),
        ("about-not-registered", about("", "", None, 0)),
        ("identify", identify(&name())),
        ("identify-words", identify("living-room speaker")),
        ("identify-no-name", identify("")),
        ("keep", keep(Press::Hold)),
        ("keep-holding", keep(Press::Holding(9))),
        ("keep-let-go", keep(Press::LetGo)),
    ]
}

/// The same with the longest there can be.
pub(crate) fn crammed_quiet() -> Vec<Screen> {
    let label = || Some("LABEL2".to_owned());
    let mut screens = vec![Screen::Paused { seconds: 3600, open: label() }];
    screens.extend((0..=Press::STEPS).map(|step| Screen::Opening { step }));
    screens.extend((0..=100).map(|seconds| forget_all(1000, seconds)));
    for left in [0, 1000] {
        screens.push(Screen::ForgotAll { forgotten: 1000, left });
    }
    for at in 0..5 {
        let items = [&[MenuItem::CloseWindow], ITEMS.as_slice()].concat();
        screens.push(Screen::Menu { items, at });
    }
    for at in [0, 1, 2, 500, 997, 998, 999] {
        screens.push(Screen::Devices { peers: vec![long_peer(); 1000], at });
    }
    let no_keys = Keys { accept: None, reject: None, press: Press::Hold };
    for keys in PRESSES.map(long_keys).into_iter().chain([no_keys]) {
        let (peer, connected, seconds) = (long_peer, false, 120);
        screens.push(Screen::Device { peer: peer(), connected, keys: keys.clone() });
        screens.push(Screen::Keep { peer: peer(), seconds, keys });
    }
    for capability in Capability::ALL {
        let name = "W".repeat(248);
        screens.push(about(&name, "88:88:88:88:88:88", Some(capability), 1000));
    }
    let words = |length| format!("{} ", "W".repeat(length)).repeat(248 / (length + 1));
    screens.extend((1..=248).map(|length| identify(&"W".repeat(length))));
    screens.extend((1..=21).map(|length| identify(&words(length))));
    screens.extend((1..=40).map(|length| identify(words(5).get(..length).unwrap_or_default())));
    screens
}
