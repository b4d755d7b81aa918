//! The six digits, where the simulated controllers draw them from, and PINs.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::display::Frame;
use crate::display::draw::read;

/// A passkey or compared number, 000000 to 999999.
///
/// `Display` writes the six digits for the phone's screen; `Debug` hides them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(u32);

impl Code {
    /// The code with this value, unless it has more than six digits.
    pub const fn new(value: u32) -> Option<Self> {
        if value <= 999_999 { Some(Self(value)) } else { None }
    }

    /// The code that can be read on `frame`, if there is one.
    pub fn on(frame: &Frame) -> Option<Self> {
        Self::new(read(frame)?.iter().fold(0, |code, digit| code * 10 + u32::from(*digit)))
    }

    /// The six digits, three and three.
    pub fn spaced(self) -> String {
        format!("{:03} {:03}", self.0 / 1000, self.0 % 1000)
    }

    /// The value as D-Bus carries it.
    pub const fn value(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(******)")
    }
}

/// The text is not exactly six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not six digits")]
pub struct NotSixDigits;

impl FromStr for Code {
    type Err = NotSixDigits;

    fn from_str(digits: &str) -> Result<Self, Self::Err> {
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(NotSixDigits);
        }
        digits.parse().map(Self).map_err(|_| NotSixDigits)
    }
}

/// A PIN of BR/EDR pairing before Secure Simple Pairing: 1 to 16 bytes of UTF-8, which the
/// controllers compare byte for byte (`pincode_reply`, BlueZ's `src/agent.c`).
///
/// `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// The PIN with this text, unless it is empty or longer than 16 bytes.
    pub fn new(text: &str) -> Option<Self> {
        (1..=16).contains(&text.len()).then(|| Self(text.to_owned()))
    }

    /// The text as D-Bus carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(******)")
    }
}

/// A source of codes that repeats itself for the same seed. Not for real keys.
pub struct Codes(AtomicU64);

impl Codes {
    /// The codes of this seed, always the same.
    pub const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Codes that differ from run to run.
    pub fn random() -> Self {
        Self::seeded(RandomState::new().hash_one("codes"))
    }

    /// The next code.
    pub fn draw(&self) -> Code {
        // SplitMix64 (Steele, Lea, Flood 2014).
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let scaled = ((z >> 32) * 1_000_000) >> 32;
        Code(u32::try_from(scaled).unwrap_or_default())
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The state foretells the codes.
        f.write_str("Codes(******)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_shows_six_digits_and_hides_them_in_debug() {
        let code = Code::new(42).unwrap();
        assert_eq!(code.to_string(), "000042");
        assert_eq!("000042".parse(), Ok(code));
        assert_eq!(format!("{code:?}"), "Code(******)");
        assert_eq!(Code::new(1_000_000), None);
        for text in ["", "42", "0000042", "+00042", "00004a"] {
            assert_eq!(text.parse::<Code>(), Err(NotSixDigits), "{text}");
        }
    }

    #[test]
    fn a_pin_is_1_to_16_bytes_and_hidden_in_debug() {
        let eight = "\u{e4}".repeat(8);
        for (text, taken) in [("", false), ("0", true), (&*eight, true), (&*"0".repeat(17), false)]
        {
            assert_eq!(Pin::new(text).map(|pin| pin.as_str() == text), taken.then_some(true));
        }
        assert_eq!(Pin::new(&eight).map(|pin| format!("{pin:?}")).as_deref(), Some("Pin(******)"));
    }

    #[test]
    fn codes_repeat_for_a_seed_and_spread_over_all_six_digits() {
        let (a, b) = (Codes::seeded(7), Codes::seeded(7));
        let drawn: Vec<Code> = (0..1000).map(|_| a.draw()).collect();
        assert!(drawn.iter().all(|code| *code == b.draw()));
        for tenth in 0..10 {
            assert!(drawn.iter().any(|code| code.value() / 100_000 == tenth));
        }
    }
}
