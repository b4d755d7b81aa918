//! The data as a URI, for a QR code. `dist/oob-uri.md` documents it for those who read it.
//!
//! ```text
//! PAIRPANEL:1:IZGJUHPQYOSAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HY
//! ```
//!
//! After the scheme and the version come 39 bytes in base32 (RFC 4648, 6, without padding): flags,
//! role and kind of address in one, the address, the confirmation and the random value. The AD block
//! has nothing beyond that but 12 bytes that are the same each time, and those decide whether the
//! code fits small glass: these are 75 characters, all of QR's alphanumeric mode, hence version 3,
//! 29 modules; the whole block, even in that mode, takes version 4 with 33, more than 64 pixels hold.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::{LeAddress, LeRole, OobData, Secret};

const SCHEME: &str = "PAIRPANEL";
const VERSION: &str = "1";

/// How many characters the URI has.
pub(super) const URI_LEN: usize = 75;

/// Kind of address, role and flags; address; confirmation; random value.
const BYTES: usize = 1 + 6 + 16 + 16;
/// What [`BYTES`] are in base32; the last character has three bits that are zero.
const DIGITS: usize = (BYTES * 8).div_ceil(5);

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The data as text. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Uri(String);

impl Uri {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for Uri {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

/// Why a text is no such URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Another scheme, or none.
    #[error("it does not begin with {SCHEME}:")]
    Scheme,
    /// A version that is not known here.
    #[error("it is not of version {VERSION}")]
    Version,
    /// It is too short or too long.
    #[error("it has not {DIGITS} characters after the version")]
    Length,
    /// There is a character that is none of base32, or the last one has bits that mean nothing.
    #[error("its character {0} is not one that can be there")]
    Character(usize),
}

impl OobData {
    /// The data as a URI.
    pub fn uri(&self) -> Uri {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let (first, rest) = bytes.split_at_mut(1);
        let (address, rest) = rest.split_at_mut(6);
        let (confirmation, random) = rest.split_at_mut(16);
        first[0] = u8::from(self.address.random) << 7 | (self.role as u8) << 5 | self.flags;
        address.copy_from_slice(&self.address.bytes);
        confirmation.copy_from_slice(self.confirmation());
        random.copy_from_slice(self.random());

        // It never grows, so no copy is left behind.
        let mut uri = Uri(String::with_capacity(URI_LEN));
        uri.0 += SCHEME;
        uri.0.push(':');
        uri.0 += VERSION;
        uri.0.push(':');
        for digit in 0..DIGITS {
            // The five bits that begin at bit 5 * digit, of a byte and the one after it.
            let (at, shift) = (digit * 5 / 8, digit * 5 % 8);
            let next = bytes.get(at + 1).copied().unwrap_or_default();
            let pair = u16::from_be_bytes([bytes[at], next]);
            uri.0.push(char::from(ALPHABET[usize::from(pair >> (11 - shift) & 31)]));
        }
        uri
    }

    /// Reads such a URI. The scheme may be in lower case, as software writes it that takes it for a
    /// part of the web; nothing else may differ from what [`OobData::uri`] writes.
    pub fn from_uri(uri: &str) -> Result<Self, UriError> {
        let (scheme, rest) = uri.split_once(':').ok_or(UriError::Scheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(UriError::Scheme);
        }
        let (version, digits) = rest.split_once(':').ok_or(UriError::Version)?;
        if version != VERSION {
            return Err(UriError::Version);
        }
        let digits = digits.as_bytes();
        if digits.len() != DIGITS {
            return Err(UriError::Length);
        }
        let mut bytes = Zeroizing::new([0; BYTES]);
        for (digit, character) in digits.iter().enumerate() {
            let wrong = UriError::Character(uri.len() - DIGITS + digit);
            let value = ALPHABET.iter().position(|known| known == character).ok_or(wrong)?;
            let (at, shift) = (digit * 5 / 8, digit * 5 % 8);
            let [high, low] =
                (u16::try_from(value).unwrap_or_default() << (11 - shift)).to_be_bytes();
            bytes[at] |= high;
            match bytes.get_mut(at + 1) {
                Some(next) => *next |= low,
                None if low == 0 => {}
                None => return Err(wrong),
            }
        }
        let (first, rest) = bytes.split_at(1);
        let (address, rest) = rest.split_at(6);
        let (confirmation, random) = rest.split_at(16);
        let mut secret = Secret(Box::default());
        secret.0.confirmation.copy_from_slice(confirmation);
        secret.0.random.copy_from_slice(random);
        let mut address_bytes = [0; 6];
        address_bytes.copy_from_slice(address);
        Ok(Self {
            address: LeAddress { bytes: address_bytes, random: first[0] >> 7 == 1 },
            role: LeRole::of_bits(first[0] >> 5),
            flags: first[0] & Self::FLAGS,
            secret,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::any_data;
    use super::*;

    /// The example of the document.
    const BLOCK: &str = "081b4c9a1df0c3a400021c02\
         1122000102030405060708090a0b0c0d0e0f1123101112131415161718191a1b1c1d1e1f020106";
    const EXAMPLE: &str =
        "PAIRPANEL:1:IZGJUHPQYOSAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HY";

    fn example() -> OobData {
        let byte = |at: usize| u8::from_str_radix(&BLOCK[at..at + 2], 16).unwrap();
        let block: Vec<u8> = (0..BLOCK.len()).step_by(2).map(byte).collect();
        OobData::parse(&block).unwrap()
    }

    #[test]
    fn the_example_is_what_the_document_and_this_page_say() {
        assert_eq!(example().uri().as_str(), EXAMPLE);
        assert_eq!(OobData::from_uri(EXAMPLE), Ok(example()));
        let document = include_str!("../../dist/oob-uri.md");
        assert!(document.contains(EXAMPLE) && document.contains(&BLOCK.replace(' ', "")));
        assert!(include_str!("uri.rs").matches(EXAMPLE).count() == 2);
    }

    #[test]
    fn what_is_wrong_with_a_uri_is_named() {
        use UriError::{Character, Length, Scheme, Version};
        let cases = [
            ("", Scheme),
            ("PAIRPANEL", Scheme),
            ("HTTPS://EXAMPLE.ORG", Scheme),
            (&EXAMPLE[1..], Scheme),
            ("PAIRPANEL:", Version),
            ("PAIRPANEL:2:AAAA", Version),
            ("PAIRPANEL:1", Version),
            ("PAIRPANEL:01:", Version),
            ("PAIRPANEL:1:", Length),
            (&EXAMPLE[..74], Length),
            (&format!("{EXAMPLE}="), Length),
            (&format!("{EXAMPLE}\n"), Length),
            (&EXAMPLE.replace('Q', "q"), Character(19)),
            (&EXAMPLE.replace('Q', "1"), Character(19)),
            (&EXAMPLE.replace("YO", "\u{f6}"), Character(20)),
            (&EXAMPLE.replace("4HY", "4HZ"), Character(74)),
        ];
        for (uri, error) in cases {
            assert_eq!(OobData::from_uri(uri), Err(error), "{uri}");
        }
        let lower = EXAMPLE.replace(SCHEME, "pairpanel");
        assert_eq!(OobData::from_uri(&lower), Ok(example()));
    }

    proptest! {
        #[test]
        fn any_data_survive_the_uri(data in any_data()) {
            let uri = data.uri();
            prop_assert_eq!(uri.as_str().len(), URI_LEN);
            prop_assert!(uri.as_str().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b':'));
            prop_assert_eq!(OobData::from_uri(uri.as_str()), Ok(data));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,90}", tail in "[A-Z2-7]{60,66}") {
            let _ = OobData::from_uri(&text);
            let _ = OobData::from_uri(&format!("PAIRPANEL:1:{text}"));
            let _ = OobData::from_uri(&format!("PAIRPANEL:1:{tail}"));
        }

        /// There is one way to write the same data, so a changed character is other data or none.
        #[test]
        fn what_is_read_is_written_the_same(digits in "[A-Z2-7]{62}[AIQY]") {
            let uri = format!("PAIRPANEL:1:{digits}");
            let written = OobData::from_uri(&uri).unwrap().uri();
            prop_assert_eq!(written.as_str(), uri);
        }
    }
}
