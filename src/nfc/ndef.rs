//! What a phone reads: one NDEF record of the type `application/vnd.bluetooth.le.oob`.
//!
//! The order of the record is that of "Bluetooth Secure Simple Pairing Using NFC", the application
//! document of the NFC Forum and the Bluetooth SIG: LE address, role, (the TK of legacy pairing, which
//! is never given,) confirmation, random, (appearance, neither,) flags, local name. Each is an AD structure as in
//! an advertisement (Supplement to the Bluetooth Core Specification, part A): length, type, value.

use std::fmt;

use zeroize::Zeroizing;

use crate::oob::OobData;

/// What a phone has to know to pair. Numbers of several bytes have the lowest first, as on the air.
#[derive(Clone, Copy)]
pub struct PairingData<'a> {
    /// The address to connect to.
    pub address: [u8; 6],
    /// Whether it is a random one, and not a public one.
    pub is_random: bool,
    /// The value of LE Role: 0 and 1 for a peripheral or a central alone, 2 and 3 for both, the one
    /// or the other preferred.
    pub role: u8,
    /// LE Secure Connections Confirmation Value.
    pub confirmation: &'a [u8; 16],
    /// LE Secure Connections Random Value.
    pub random: &'a [u8; 16],
    /// The flags of an advertisement: 0x06 for one without BR/EDR that anybody may find.
    pub flags: u8,
    /// What it is called; left out if it is empty, and cut if it is too long.
    pub name: &'a str,
}

const TYPE: &[u8] = b"application/vnd.bluetooth.le.oob";

/// First and last record of the message, with a length of one byte, of a MIME type (NDEF 1.0, 3.2).
const HEADER: u8 = 0x80 | 0x40 | 0x10 | 0x02;

const ADDRESS: u8 = 0x1b;
const ROLE: u8 = 0x1c;
const CONFIRMATION: u8 = 0x22;
const RANDOM: u8 = 0x23;
const FLAGS: u8 = 0x01;
const NAME: u8 = 0x09;
const SHORTENED_NAME: u8 = 0x08;

/// An NDEF message, at most [`MAX`](Self::MAX) bytes long. Is wiped when it is dropped.
pub struct Message(Zeroizing<Vec<u8>>);

impl Message {
    /// The message for these data and this name.
    pub fn of(data: &OobData, name: &str) -> Self {
        Self::new(&PairingData {
            address: data.address.bytes,
            is_random: data.address.random,
            role: data.role as u8,
            confirmation: data.confirmation(),
            random: data.random(),
            flags: data.flags(),
            name,
        })
    }

    /// The longest one: its length has to be one byte on the tag, and below 0xff.
    pub const MAX: usize = 254;

    /// The message that says this.
    pub fn new(data: &PairingData<'_>) -> Self {
        // Never grows, which would leave a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::MAX));
        bytes.extend_from_slice(&[HEADER, TYPE.len() as u8, 0]);
        let length = bytes.len() - 1;
        bytes.extend_from_slice(TYPE);
        let payload = bytes.len();
        let mut add = |kind: u8, value: &[u8]| {
            bytes.extend_from_slice(&[value.len() as u8 + 1, kind]);
            bytes.extend_from_slice(value);
            Self::MAX - bytes.len()
        };
        let [a, b, c, d, e, f] = data.address;
        add(ADDRESS, &[a, b, c, d, e, f, u8::from(data.is_random)]);
        add(ROLE, &[data.role]);
        add(CONFIRMATION, data.confirmation);
        add(RANDOM, data.random);
        let left = add(FLAGS, &[data.flags]) - 2;
        match cut(data.name, left) {
            "" => left,
            name if name.len() == data.name.len() => add(NAME, name.as_bytes()),
            name => add(SHORTENED_NAME, name.as_bytes()),
        };
        bytes[length] = (bytes.len() - payload) as u8;
        Self(bytes)
    }

    /// What a phone reads.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message(***)")
    }
}

/// As much of `text` as has this many bytes, and ends with a whole character.
fn cut(text: &str, mut bytes: usize) -> &str {
    while !text.is_char_boundary(bytes.min(text.len())) {
        bytes -= 1;
    }
    &text[..bytes.min(text.len())]
}
