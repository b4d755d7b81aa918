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
    /// Printable text of one line in any script, at most [`Peer::NAME_LENGTH`] characters;
    /// [`Peer::NAMELESS`] or [`Peer::HIDDEN`] where there is nothing to show. The attacker chose it.
    pub name: String,
    /// The address, `XX:XX:XX:XX:XX:XX`.
    pub address: String,
}

impl Peer {
    /// How many characters of a name are kept; more fit on no panel.
    pub const NAME_LENGTH: usize = 32;
    /// Stands for the name of a device that has none, or none that can be seen.
    pub const NAMELESS: &str = "(no name)";
    /// Stands for a name that could pass for a code.
    pub const HIDDEN: &str = "(name hidden)";

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

/// The part of a remote name that may be shown: no control, bidirectional, zero-width or combining
/// character, and nothing that means another thing on another machine. What draws or prints it sees
/// to letters that its fonts lack. A name with four digits in a row could pass for a code and is
/// hidden.
fn presentable(name: &str) -> String {
    let mut shown = String::new();
    for word in name.split_whitespace() {
        let mut visible = word.chars().filter(|c| !is_invisible(*c)).peekable();
        if !shown.is_empty() && visible.peek().is_some() {
            shown.push(' ');
        }
        shown.extend(
            visible.map(|c| if has_no_meaning(c) { char::REPLACEMENT_CHARACTER } else { c }),
        );
    }
    let mut digits = 0;
    // "12 34" and "12-34" read as codes as well as "1234" does: only letters end a run.
    for c in shown.chars().filter(|c| c.is_alphanumeric()) {
        digits = if c.is_numeric() { digits + 1 } else { 0 };
        if digits == 4 {
            return Peer::HIDDEN.to_owned();
        }
    }
    match shown.char_indices().nth(Peer::NAME_LENGTH) {
        _ if shown.is_empty() => Peer::NAMELESS.to_owned(),
        Some((end, _)) => shown[..end].trim_end().to_owned(),
        None => shown,
    }
}

/// Control characters, and those that change how their neighbours look or run and have no look of
/// their own (Unicode: categories Cc and Cf, the combining marks of several scripts, variation
/// selectors, and letters that are blank).
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{600}'..='\u{605}' | '\u{61c}'
        | '\u{64b}'..='\u{65f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{20d0}'..='\u{20ff}' | '\u{2800}' | '\u{3099}' | '\u{309a}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d165}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Private use, and what is no character at all.
const fn has_no_meaning(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..)
        || c as u32 & 0xfffe == 0xfffe
}
