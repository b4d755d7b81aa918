//! The address of a device, as a person writes it.

use std::fmt;
use std::str::FromStr;

/// The address of a device, six bytes in hexadecimal, in upper case.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

/// The text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Bluetooth address, which is six bytes in hexadecimal as A4:C3:F0:1D:9A:4C")]
pub struct NotAnAddress;

impl Address {
    /// The text, in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let is_byte = |b: &str| b.len() == 2 && b.bytes().all(|digit| digit.is_ascii_hexdigit());
        let valid = text.split(':').count() == 6 && text.split(':').all(is_byte);
        if valid { Ok(Self(text.to_ascii_uppercase())) } else { Err(NotAnAddress) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_six_bytes_with_colons() {
        let parse = |text: &str| text.parse::<Address>().map(|address| address.to_string());
        assert_eq!(parse("a4:c3:F0:1d:9A:4C"), Ok("A4:C3:F0:1D:9A:4C".to_owned()));
        for wrong in [
            "",
            "a4",
            "A4:C3:F0:1D:9A",
            "A4:C3:F0:1D:9A:4C:00",
            "A4-C3-F0-1D-9A-4C",
            "+4:C3:F0:1D:9A:4C",
        ] {
            assert_eq!(parse(wrong), Err(NotAnAddress), "{wrong}");
        }
    }
}
