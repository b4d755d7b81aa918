//! The URI as a QR code (ISO/IEC 18004), not yet as a picture.

use std::fmt;

use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};
use zeroize::{Zeroize, Zeroizing};

use super::Uri;

/// The one version that is used.
const VERSION: Version = Version::new(3);

/// The modules of a QR code. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Modules {
    /// A bit a module, the left one lowest, set if it is dark.
    rows: Box<[u32; Self::SIDE]>,
}

impl Modules {
    /// How many modules a side has.
    pub const SIDE: usize = 29;

    /// The code for a URI. Nothing if it does not fit, which none of this crate's does.
    pub fn of(uri: &Uri) -> Option<Self> {
        const BYTES: usize = VERSION.buffer_len();
        let (mut work, mut code) = (Zeroizing::new([0; BYTES]), Zeroizing::new([0; BYTES]));
        // A better correction than the lowest does not fit this version.
        let (low, boost) = (QrCodeEcc::Low, false);
        let (work, code) = (&mut *work, &mut *code);
        let code =
            QrCode::encode_text(uri.as_str(), work, code, low, VERSION, VERSION, None, boost)
                .ok()?;
        let mut modules = Self { rows: Box::new([0; Self::SIDE]) };
        for (row, y) in modules.rows.iter_mut().zip(0..) {
            for x in 0..code.size() {
                *row |= u32::from(code.get_module(x, y)) << x;
            }
        }
        Some(modules)
    }

    /// Whether the module in a column and row is dark; all around the code are light.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        column < Self::SIDE && self.rows.get(row).is_some_and(|bits| bits >> column & 1 == 1)
    }
}

impl Drop for Modules {
    fn drop(&mut self) {
        self.rows.zeroize();
    }
}

impl fmt::Debug for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::any_data;
    use super::*;

    /// What somebody else's decoder reads in a picture of the code, with `pixels` a module and
    /// `quiet` light pixels around it in the dark.
    fn read(modules: &Modules, pixels: usize, quiet: usize) -> String {
        let code = Modules::SIDE * pixels;
        let (width, dark) = (code + 2 * quiet + 20, 10);
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, width, |x, y| {
            let on_glass = |at: usize| (dark..width - dark).contains(&at);
            if !on_glass(x) || !on_glass(y) {
                return 0;
            }
            let module = |at: usize| at.checked_sub(dark + quiet).map(|at| at / pixels);
            let is_dark = module(x).zip(module(y)).is_some_and(|(x, y)| modules.is_dark(x, y));
            if is_dark { 0 } else { 255 }
        });
        let grids = picture.detect_grids();
        let [grid] = grids.as_slice() else { panic!("{} codes", grids.len()) };
        grid.decode().unwrap().1
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn somebody_elses_decoder_reads_the_uri(data in any_data()) {
            let uri = data.uri();
            let modules = Modules::of(&uri).unwrap();
            for (pixels, quiet) in [(2, 3), (2, 8), (3, 12)] {
                prop_assert_eq!(read(&modules, pixels, quiet), uri.as_str());
            }
        }
    }

    #[test]
    fn the_corners_are_those_of_a_code_and_around_it_it_is_light() {
        let data = super::super::OobData::from_uri(
            "PAIRPANEL:1:IZGJUHPQYOSAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HY",
        );
        let modules = Modules::of(&data.unwrap().uri()).unwrap();
        let last = Modules::SIDE - 1;
        for (x, y) in [(0, 0), (last, 0), (0, last)] {
            assert!(modules.is_dark(x, y), "{x}, {y}");
        }
        for (x, y) in [(29, 0), (0, 29), (31, 28), (32, 0), (usize::MAX, 0)] {
            assert!(!modules.is_dark(x, y), "{x}, {y}");
        }
    }
}
