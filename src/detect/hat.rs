//! What a HAT says that it is.
//!
//! The firmware copies the vendor atom of the ID EEPROM to the node `hat` of the device tree
//! (raspberrypi/hats, devicetree-guide.md): texts without a format but a length, which whoever wrote
//! the EEPROM has chosen. A HAT+ at the address of a HAT is there, too. Where those are that are
//! stacked on one (raspberrypi/utils, eeptools/README.md: addresses 0x51 to 0x53) is written in no
//! source that is at hand; nodes that look like it are shown, but nothing is applied on them.

use crate::board::{Board, Hat};
use crate::tree::Tree;

/// The node of the HAT that the firmware has read.
const NODE: &str = "hat";
/// Vendor and product have a length of one byte (raspberrypi/hats, eeprom-format.md).
const LONGEST: usize = 255;
/// As much of rubbish is shown.
const SHOWN: usize = 32;

/// A HAT as it is in the device tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundHat {
    /// The node's name.
    pub node: String,
    /// Who made it; up to 255 printable ASCII characters without blanks around them.
    pub vendor: Option<String>,
    /// What it is called, likewise.
    pub product: Option<String>,
    /// Its number with that vendor.
    pub product_id: Option<u16>,
    /// Its version.
    pub product_ver: Option<u16>,
    /// What differs from one HAT to the next of its kind, so that nothing follows from it.
    pub uuid: Option<String>,
    /// What no HAT says.
    pub rubbish: Vec<Rubbish>,
}

/// A field of a HAT that is no text, or too long to have come from an EEPROM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rubbish {
    /// The field's name.
    pub field: &'static str,
    /// How it begins, with escapes for what is not printable ASCII.
    pub shown: String,
}

impl FoundHat {
    /// Whether it is the one that the profile means. A field that is rubbish makes it none.
    pub fn is(&self, hat: &Hat) -> bool {
        let same_vendor = |vendor: &String| vendor.eq_ignore_ascii_case(hat.vendor.trim());
        let product = |wanted: &String| self.product.as_deref() == Some(wanted.trim());
        // The parser of profiles has it, too; a vendor alone is no identity.
        let says_which = hat.product.is_some() || hat.product_id.is_some();
        says_which
            && self.node == NODE
            && self.rubbish.iter().all(|rubbish| rubbish.field == "uuid")
            && self.vendor.as_ref().is_some_and(same_vendor)
            && hat.product.as_ref().is_none_or(product)
            && (hat.product_id.is_none() || hat.product_id == self.product_id)
    }

    /// Whether it is one of those that the board says that it is.
    pub fn is_of(&self, board: &Board) -> bool {
        board.hats.iter().any(|hat| self.is(hat))
    }

    /// What it says, for people: printable ASCII.
    pub fn identity(&self) -> String {
        let text = |text: &Option<String>| text.as_ref().map(|text| format!("{text:?}"));
        let id = self.product_id.map(|id| format!("{id:#06x}"));
        let parts = [text(&self.vendor), text(&self.product), id];
        let said: Vec<String> = parts.into_iter().flatten().collect();
        if said.is_empty() { "without an identity".to_owned() } else { said.join(" ") }
    }
}

/// Every HAT of the device tree below `base`.
pub(super) fn hats(tree: &Tree<'_>, base: &str) -> Vec<FoundHat> {
    let nodes = tree.list(base).into_iter().filter(|name| name.starts_with(NODE));
    let fields = ["vendor", "product", "product_id"];
    let is_hat =
        |node: &String| fields.iter().any(|field| tree.exists(&format!("{base}/{node}/{field}")));
    nodes.filter(is_hat).map(|node| hat(tree, base, node)).collect()
}

fn hat(tree: &Tree<'_>, base: &str, node: String) -> FoundHat {
    let mut rubbish = Vec::new();
    let mut read = |field: &'static str| {
        let bytes = tree.head(&format!("{base}/{node}/{field}"), LONGEST as u64 + 2).ok()?;
        let text = text(&bytes);
        if text.is_none() {
            let shown = bytes.iter().take(SHOWN).flat_map(|byte| byte.escape_ascii());
            rubbish.push(Rubbish { field, shown: shown.map(char::from).collect() });
        }
        text
    };
    let (vendor, product, uuid) = (read("vendor"), read("product"), read("uuid"));
    let numbers = ["product_id", "product_ver"].map(|field| (field, read(field)));
    let mut number = |(field, text): (&'static str, Option<String>)| {
        let text = text?;
        let hex = text.strip_prefix("0x").filter(|hex| hex.len() <= 4 && !hex.starts_with('+'));
        let number = hex.and_then(|hex| u16::from_str_radix(hex, 16).ok());
        if number.is_none() {
            rubbish.push(Rubbish { field, shown: text.chars().take(SHOWN).collect() });
        }
        number
    };
    let [id, ver] = numbers;
    let (product_id, product_ver) = (number(id), number(ver));
    FoundHat { node, vendor, product, product_id, product_ver, uuid, rubbish }
}

/// The text of a property, if it is one.
fn text(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    let printable = |byte: &u8| matches!(byte, b' '..=b'~');
    if bytes.len() > LONGEST || !bytes.iter().all(printable) {
        return None;
    }
    Some(String::from_utf8_lossy(bytes).trim().to_owned())
}
