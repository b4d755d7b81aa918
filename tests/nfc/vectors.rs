//! Messages as somebody else's library makes them; vectors.py says how they were made.

use pairpanel::nfc::{Message, PairingData};

const VECTORS: &str = include_str!("vectors.txt");

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2));
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// That of `name`, and otherwise any.
fn message(name: &str) -> Message {
    let none = [0; 16];
    Message::new(&PairingData {
        address: [0; 6],
        is_random: false,
        role: 0,
        confirmation: &none,
        random: &none,
        flags: 6,
        name,
    })
}

#[test]
fn a_message_is_what_another_library_makes_of_the_same_values() {
    let mut seen = 0;
    for line in VECTORS.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [address, kind, role, flags, name, expected] = fields[..] else { panic!("{line}") };
        let mut address = bytes(&address.replace(':', ""));
        address.reverse();
        let name = if name == "-" { Vec::new() } else { bytes(name) };
        let made = Message::new(&PairingData {
            address: address.try_into().unwrap(),
            is_random: kind == "random",
            role: role.parse().unwrap(),
            confirmation: &std::array::from_fn(|n| n as u8),
            random: &std::array::from_fn(|n| n as u8 + 16),
            flags: u8::from_str_radix(flags, 16).unwrap(),
            name: std::str::from_utf8(&name).unwrap(),
        });
        assert_eq!(made.as_bytes(), bytes(expected), "{line}");
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn a_name_that_is_too_long_ends_with_a_whole_character_and_is_called_shortened() {
    let fits = message(&"n".repeat(166));
    assert_eq!(fits.as_bytes().len(), Message::MAX);
    assert_eq!(fits.as_bytes()[86..88], [167, 0x09]);
    for (name, left) in [("n".repeat(167), 166), ("é".repeat(100), 166), ("台".repeat(100), 165)]
    {
        let cut = message(&name);
        let cut = cut.as_bytes();
        assert_eq!((cut.len(), cut[86], cut[87]), (88 + left, left as u8 + 1, 0x08));
        assert_eq!(std::str::from_utf8(&cut[88..]).unwrap(), &name[..left]);
        assert_eq!(usize::from(cut[2]), cut.len() - 35);
    }
}

#[test]
fn a_message_is_not_shown_to_whoever_debugs() {
    assert_eq!(format!("{:?}", message("Kitchen")), "Message(***)");
}
