//! What becomes of the names of devices, which are whatever their owners make them.

use pairpanel::display::draw::Language;
use pairpanel::pairing::{Keys, Peer, Press, Screen};

use crate::list::keys;
use crate::{SIZES, drawn_in};

fn asks(name: &str, keys: Keys) -> Screen {
    let peer = Peer::new(name, "00:11:22:33:9A:4C".into());
    Screen::JustWorks { peer, seconds: 24, keys }
}

const NAMES: [&str; 16] = [
    "",
    "\u{200b}",
    "Anna’s iPhone",
    "Łukasz",
    "Телефон Юрия",
    "Τηλέφωνο",
    "ギター",
    "ぱそこん",
    "東京",
    "טלפון",
    "🎧",
    "\u{e000}",
    "123456",
    "SAME ON BOTH?",
    "(no name)",
    "\"\"",
];

/// In a debug build a letter that no font has stops the drawing.
#[test]
fn a_name_in_any_script_is_drawn_and_leaves_the_address_alone() {
    for language in Language::ALL {
        for size in SIZES {
            let mut pictures = Vec::new();
            for name in NAMES {
                pictures.push(drawn_in(&asks(name, keys(Press::Hold)), size, language));
            }
            let nameless = &pictures[0];
            for (name, picture) in NAMES.into_iter().zip(&pictures).skip(2) {
                let nothing = name == "(no name)";
                assert_eq!(picture == nameless, nothing, "{name:?} at {size:?} in {language:?}");
            }
        }
    }
}

/// Long ones of every kind are cut, and stay beside the end of the address.
#[test]
fn a_long_name_in_any_script_fits() {
    for language in Language::ALL {
        for size in SIZES {
            for name in NAMES {
                let long = format!("{name} ").repeat(9);
                drawn_in(&asks(&long, keys(Press::Hold)), size, language);
                drawn_in(&asks(&name.repeat(9), keys(Press::Holding(3))), size, language);
            }
        }
    }
}

/// The name of the machine itself is the owner's, in any script too.
#[test]
fn the_own_name_is_drawn_in_any_script() {
    for language in Language::ALL {
        for size in SIZES {
            for name in NAMES {
                for name in [name.to_owned(), format!("{name} ").repeat(9), name.repeat(9)] {
                    let open = Some("LABEL1".to_owned());
                    let health = pairpanel::pairing::Health::Ready;
                    let (close, scan, seconds) = (open.clone(), open.clone(), 3599);
                    let screens = [
                        Screen::Idle { name: name.clone(), health, open },
                        Screen::Window { name: name.clone(), health, seconds, close, scan },
                        Screen::Identify { name: name.clone() },
                    ];
                    for screen in screens {
                        drawn_in(&screen, size, language);
                    }
                }
            }
        }
    }
}
