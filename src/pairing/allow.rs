//! The list of devices that may pair.

use super::Allow;

/// What the list says of a device that is not bonded yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// Its address is a resolvable private one; whose it is will be known when it has paired (Core
    /// Specification, Vol 6 Part B, 1.3.2.2).
    Later,
}

impl Allow {
    /// `random` is whether the address is said to be a random one.
    pub(super) fn judge(&self, address: &str, random: bool, name: &str) -> Verdict {
        if self.has(address, name) {
            Verdict::Yes
        } else if !self.addresses.is_empty() && random && is_resolvable(address) {
            Verdict::Later
        } else {
            Verdict::No
        }
    }

    /// Whether a device with this identity is on the list.
    pub(super) fn has(&self, address: &str, name: &str) -> bool {
        let everybody = self.addresses.is_empty() && self.names.is_empty();
        let listed = self.addresses.iter().any(|listed| listed.eq_ignore_ascii_case(address));
        everybody || listed || self.names.iter().any(|pattern| matches(pattern, name))
    }
}

/// The two most significant bits of a resolvable private address are 01.
fn is_resolvable(address: &str) -> bool {
    let first = address.get(..2).and_then(|octet| u8::from_str_radix(octet, 16).ok());
    first.is_some_and(|octet| octet >> 6 == 0b01)
}

/// Whether `name` is as `pattern` says, in which `*` stands for any text. Linear for each `*`: the
/// name is the attacker's.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(begin) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return name.ends_with(part);
        }
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let cases = [
            ("Pixel 8", "Pixel 8", true),
            ("Pixel 8", "Pixel 8a", false),
            ("Pixel*", "Pixel 8", true),
            ("Pixel*", "My Pixel", false),
            ("*Pixel", "My Pixel", true),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("**x", "x", true),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "aab", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_private_address_is_judged_when_it_is_known_whose_it_is() {
        let listed = "00:11:22:33:44:55".to_owned();
        let addresses = Allow { addresses: vec![listed.clone()], names: Vec::new() };
        let names = Allow { addresses: Vec::new(), names: vec!["Pix*".to_owned()] };
        let cases = [
            (&Allow::default(), "4A:00:00:00:00:01", true, "", Verdict::Yes),
            (&addresses, "00:11:22:33:44:55", false, "", Verdict::Yes),
            (&addresses, "00:11:22:33:44:56", false, "", Verdict::No),
            // Resolvable, static and non-resolvable random addresses, and a public one that looks
            // resolvable.
            (&addresses, "4A:00:00:00:00:01", true, "", Verdict::Later),
            (&addresses, "CA:00:00:00:00:01", true, "", Verdict::No),
            (&addresses, "0A:00:00:00:00:01", true, "", Verdict::No),
            (&addresses, "4A:00:00:00:00:01", false, "", Verdict::No),
            (&names, "4A:00:00:00:00:01", true, "Pixel", Verdict::Yes),
            (&names, "4A:00:00:00:00:01", true, "", Verdict::No),
        ];
        for (allow, address, random, name, expected) in cases {
            assert_eq!(allow.judge(address, random, name), expected, "{address} {random} {name}");
        }
    }
}
