//! The secrets of a pairing. Each is shown on the glass and nowhere else: `Debug` prints stars,
//! there is no `Display`, and the memory is wiped when the value goes.

use std::fmt;

use zeroize::Zeroize;

/// A passkey or comparison value: 0 to 999 999, always shown as six digits (Core Specification,
/// Vol 3 Part C, 3.2.3).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Passkey(u32);

impl Passkey {
    /// The largest value.
    pub const MAX: u32 = 999_999;

    /// `None` if the value has more than six digits, which BlueZ itself does not check.
    pub const fn new(value: u32) -> Option<Self> {
        if value <= Self::MAX { Some(Self(value)) } else { None }
    }

    /// The value, for the answer to `RequestPasskey`.
    pub const fn value(&self) -> u32 {
        self.0
    }

    /// The six digits, most significant first, each 0 to 9.
    pub fn digits(&self) -> [u8; 6] {
        let mut rest = self.0;
        let mut digits = [0; 6];
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        digits
    }
}

impl Drop for Passkey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

/// A BR/EDR legacy PIN: 1 to 16 bytes of UTF-8 (Core Specification, Vol 3 Part C, 3.2.3.3; BlueZ,
/// `src/agent.c`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PinCode(String);

impl PinCode {
    /// `None` if it is empty, longer than 16 bytes, or has characters that no screen shows.
    pub fn new(pin: String) -> Option<Self> {
        let fits = (1..=16).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_graphic());
        // One that does not fit is wiped as well.
        Some(Self(pin)).filter(|_| fits)
    }

    /// The characters, for the glass and for the answer to `RequestPinCode`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for PinCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

/// Digits that somebody is typing at the panel, none of them sent yet.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Typed {
    digits: [u8; Self::MOST],
    len: usize,
}

impl Typed {
    /// How many digits there can be: those of the longest PIN.
    pub const MOST: usize = 16;

    /// The digits, in the order in which they were typed, each 0 to 9.
    pub fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    /// Adds one at the end; one too many, or one that is no digit, changes nothing.
    pub fn push(&mut self, digit: u8) {
        if let Some(free) = self.digits.get_mut(self.len).filter(|_| digit <= 9) {
            *free = digit;
            self.len += 1;
        }
    }

    /// Takes the last one back.
    pub fn erase(&mut self) {
        self.len = self.len.saturating_sub(1);
        self.digits[self.len] = 0;
    }

    /// The passkey that was typed; `None` unless there are exactly six digits.
    pub fn passkey(&self) -> Option<Passkey> {
        let value = self.digits().iter().fold(0, |value, digit| value * 10 + u64::from(*digit));
        Passkey::new(u32::try_from(value).ok()?).filter(|_| self.len == 6)
    }

    /// The PIN that was typed; `None` if there is no digit yet.
    pub fn pin(&self) -> Option<PinCode> {
        PinCode::new(self.digits().iter().map(|digit| char::from(b'0' + digit)).collect())
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        self.digits.zeroize();
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}
