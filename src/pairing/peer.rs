//! The other side of a pairing: how it is told apart, and what of its name may reach the glass.

use std::fmt;

/// The D-Bus object path of a device, `/org/bluez/hciN/dev_XX_XX_XX_XX_XX_XX`.
///
/// BlueZ builds it from the address that the device had when it was first seen and never renames
/// it, so after a phone has revealed its identity address the path still names the old one
/// (BlueZ, `src/device.c`, `device_create`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(String);

impl DeviceId {
    /// `None` unless the path has exactly the shape above.
    pub fn parse(path: &str) -> Option<Self> {
        let (adapter, device) = path.strip_prefix("/org/bluez/hci")?.split_once("/dev_")?;
        let adapter_is_number = !adapter.is_empty() && adapter.bytes().all(|b| b.is_ascii_digit());
        let mut octets = 0;
        for octet in device.split('_') {
            let hex = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
            if octet.len() != 2 || !octet.bytes().all(hex) {
                return None;
            }
            octets += 1;
        }
        (adapter_is_number && octets == 6).then(|| Self(path.to_owned()))
    }

    /// The object path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The object path of its adapter, `/org/bluez/hciN`.
    pub fn adapter(&self) -> &str {
        self.0.split("/dev_").next().unwrap_or_default()
    }

    /// The address that the path was made from, `XX:XX:XX:XX:XX:XX`.
    pub fn address(&self) -> String {
        let start = self.0.len() - "XX_XX_XX_XX_XX_XX".len();
        self.0[start..].replace('_', ":")
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A device as the person at the panel may see it: never the raw name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Printable text of one line, at most [`Peer::NAME_LENGTH`] characters. The attacker chose it.
    pub name: String,
    /// The address, `XX:XX:XX:XX:XX:XX`.
    pub address: String,
}

impl Peer {
    /// How many characters of a name are kept; more fit on no panel.
    pub const NAME_LENGTH: usize = 32;

    /// A peer whose `name` is what the device said of itself.
    pub fn new(name: &str, address: String) -> Self {
        Self { name: presentable(name), address }
    }

    /// The last two bytes of the address, `XX:XX`: what a forged name cannot imitate.
    pub fn tail(&self) -> &str {
        let start = self.address.len().saturating_sub(5);
        self.address.get(start..).unwrap_or_default()
    }
}

/// The part of a remote name that may be shown. Keeps the printable characters of Latin-1, which
/// leaves no control, bidirectional, zero-width or combining character, and puts `?` for a
/// letter that the fonts lack. A name with four digits in a row could pass for a code and is
/// hidden.
fn presentable(name: &str) -> String {
    let mut shown = String::new();
    for word in name.split_whitespace() {
        if !shown.is_empty() {
            shown.push(' ');
        }
        for c in word.chars() {
            match c {
                '\u{21}'..='\u{7e}' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{ff}' => shown.push(c),
                c if c.is_alphanumeric() => shown.push('?'),
                _ => continue,
            }
        }
    }
    let mut digits = 0;
    // "12 34" and "12-34" read as codes as well as "1234" does: only letters end a run.
    for c in shown.chars().filter(|c| c.is_alphanumeric()) {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        if digits == 4 {
            return "(name hidden)".to_owned();
        }
    }
    let shown = shown.trim();
    match shown.char_indices().nth(Peer::NAME_LENGTH) {
        _ if shown.is_empty() => "(no name)".to_owned(),
        Some((end, _)) => shown[..end].to_owned(),
        None => shown.to_owned(),
    }
}
