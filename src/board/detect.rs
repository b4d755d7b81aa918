//! The rules of `[detect]`: one rule, one function, one file under `tests/boards/bad/`.

use toml::Spanned;

use super::Hat;
use super::check::Checked;
use super::raw::{RawDetect, RawHat};
use crate::mistake::Problem;

pub(super) fn hats(raw: RawDetect) -> Checked<Vec<Hat>> {
    raw.hat.into_iter().map(hat).collect()
}

fn hat(raw: RawHat) -> Checked<Hat> {
    let product_id = raw.product_id.as_ref().map(require_product_id).transpose()?;
    require_identity(&raw)?;
    Ok(Hat {
        vendor: raw.vendor.into_inner(),
        product: raw.product.map(Spanned::into_inner),
        product_id,
    })
}

/// A profile is applied without a question on this alone, and a vendor has more than one HAT.
fn require_identity(raw: &RawHat) -> Checked<()> {
    let says_nothing = |text: &Spanned<String>| text.get_ref().trim().is_empty();
    let product = raw.product.as_ref();
    if says_nothing(&raw.vendor)
        || product.is_some_and(says_nothing)
        || (product.is_none() && raw.product_id.is_none())
    {
        return Err(Problem::at(
            &raw.vendor,
            "a HAT is known by its vendor and by `product` or `product-id`; write what is in \
             /proc/device-tree/hat",
        ));
    }
    Ok(())
}

fn require_product_id(id: &Spanned<i64>) -> Checked<u16> {
    u16::try_from(*id.get_ref())
        .map_err(|_| Problem::at(id, format!("{} is not within 0 to 0xffff", id.get_ref())))
}
