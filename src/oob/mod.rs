//! Out-of-band pairing over LE: what a phone has to learn by sight or touch to pair without a
//! question on either side.
//!
//! The kernel makes the data, a second process reads them, the daemon asks that process:
//!
//! ```text
//!  Session ─Effect::OutOfBand─▶ Source ─adapter─▶ /run/pairpanel-oob/socket ─▶ reader (CAP_NET_ADMIN) ─mgmt─▶ kernel
//!     ▲ Event::OutOfBandData ◀────┤◀─ AD block, or why there is none ────────────┤
//!     │ OutOfBandKey, …Failed ◀───┘◀─ whose key was made, who has failed ────────┘
//!     ├─ uri() ─▶ Modules ─▶ glass
//!     └─ Effect::WriteTag ─▶ nfc ─▶ tag
//! ```
//!
//! The daemon has no capability and cannot open a management socket; the reader has one, and serves one
//! connection. Each reading makes a new key pair in the kernel and ends the validity of what was read
//! before, so the way to make data void is to read once more: when the daemon wants others, or none, or
//! has gone.
//!
//! Terms: the *confirmation* commits to the adapter's public key, the *random value* is what it was
//! made with (Core Specification, Vol 3 Part H, 2.3.5.6.4). Who has both can pair as if they stood
//! at the panel, so both are secrets: [`OobData`] prints stars for them and wipes them.

mod ad;
mod cause;
mod code;
mod hci;
pub mod mgmt;
pub mod reader;
pub mod source;
mod uri;
mod wire;

use std::fmt;

use zeroize::Zeroize;

pub use self::ad::{AD_LEN, Ad, AdError};
pub use self::cause::{Cause, Code};
pub use self::code::Modules;
pub use self::uri::{Uri, UriError};
pub use self::wire::News;

/// What a phone needs to pair with an adapter out of band.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OobData {
    /// The address that the phone connects to.
    pub address: LeAddress,
    /// Which end of a connection the adapter is. The kernel names the peripheral only while its own
    /// advertising is on, and takes a daemon's advertisement for none: whoever hands the data on
    /// knows better.
    pub role: LeRole,
    flags: u8,
    secret: Secret,
}

impl OobData {
    /// The bits that flags can have; the others are reserved (Core Specification Supplement, Part
    /// A, 1.3).
    const FLAGS: u8 = 0b1_1111;

    /// The flags of advertising data: discoverable, BR/EDR not supported, both at once.
    pub fn flags(&self) -> u8 {
        self.flags
    }

    /// The LE Secure Connections Confirmation Value, least significant byte first.
    pub fn confirmation(&self) -> &[u8; 16] {
        &self.secret.0.confirmation
    }

    /// The LE Secure Connections Random Value, least significant byte first.
    pub fn random(&self) -> &[u8; 16] {
        &self.secret.0.random
    }
}

impl fmt::Debug for OobData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OobData({}, {:?}, {:#04x}, ******)", self.address, self.role, self.flags)
    }
}

/// The address of an adapter on LE.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeAddress {
    /// Least significant byte first, as it is sent.
    pub bytes: [u8; 6],
    /// It is a random (static) address, not a public one.
    pub random: bool,
}

impl fmt::Display for LeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.bytes;
        write!(f, "{g:02X}:{e:02X}:{d:02X}:{c:02X}:{b:02X}:{a:02X}")
    }
}

impl fmt::Debug for LeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", if self.random { "random" } else { "public" })
    }
}

/// LE Role (Core Specification Supplement, Part A, 1.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeRole {
    /// Only the peripheral.
    Peripheral = 0,
    /// Only the central.
    Central = 1,
    /// Both, preferably the peripheral.
    PreferPeripheral = 2,
    /// Both, preferably the central.
    PreferCentral = 3,
}

impl LeRole {
    fn from_byte(byte: u8) -> Option<Self> {
        (byte < 4).then(|| Self::of_bits(byte))
    }

    /// The role that the two lowest bits are.
    fn of_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Peripheral,
            1 => Self::Central,
            2 => Self::PreferPeripheral,
            _ => Self::PreferCentral,
        }
    }
}

/// The two secret values. They stay in one place in memory wherever the data go, so that there is
/// one place to wipe.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Secret(Box<Values>);

#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Values {
    confirmation: [u8; 16],
    random: [u8; 16],
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.confirmation.zeroize();
        self.0.random.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any data that a kernel could hand out.
    pub(super) fn any_data() -> impl Strategy<Value = OobData> {
        let parts = (
            any::<[u8; 6]>(),
            any::<bool>(),
            0_u8..4,
            0..=OobData::FLAGS,
            any::<[u8; 16]>(),
            any::<[u8; 16]>(),
        );
        parts.prop_map(|(bytes, random_address, role, flags, confirmation, random)| OobData {
            address: LeAddress { bytes, random: random_address },
            role: LeRole::from_byte(role).unwrap(),
            flags,
            secret: Secret(Box::new(Values { confirmation, random })),
        })
    }

    #[test]
    fn secrets_are_not_printed() {
        let data = OobData {
            address: LeAddress { bytes: [0x4c, 0x9a, 0x1d, 0xf0, 0xc3, 0xa4], random: true },
            role: LeRole::PreferPeripheral,
            flags: 0x06,
            secret: Secret(Box::new(Values { confirmation: [0x5a; 16], random: [0xa5; 16] })),
        };
        let printed = format!("{data:?} {:?} {:?}", data.ad(), data.uri());
        assert_eq!(
            printed,
            "OobData(A4:C3:F0:1D:9A:4C, PreferPeripheral, 0x06, ******) ****** ******"
        );
        assert_eq!(format!("{:?}", data.address), "A4:C3:F0:1D:9A:4C random");
    }
}
