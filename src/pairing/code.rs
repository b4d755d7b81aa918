//! The secrets of a pairing. Each is shown on the glass and nowhere else: `Debug` prints stars,
//! there is no `Display`, and the memory is wiped when the value goes.

use std::fmt;

use zeroize::Zeroize;

/// A passkey or comparison value: 0 to 999 999, always shown as six digits (Core Specification,
/// Vol 3 Part C, 3.2.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Passkey(u32);

impl Passkey {
    /// The largest value.
    pub const MAX: u32 = 999_999;

    /// `None` if the value has more than six digits, which BlueZ itself does not check.
    pub const fn new(value: u32) -> Option<Self> {
        if value <= Self::MAX { Some(Self(value)) } else { None }
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
#[derive(Clone, PartialEq, Eq)]
pub struct PinCode(String);

impl PinCode {
    /// `None` if it is empty, longer than 16 bytes, or has characters that no screen shows.
    pub fn new(pin: String) -> Option<Self> {
        let fits = (1..=16).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_graphic());
        fits.then_some(Self(pin))
    }

    /// The characters, for the glass.
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
