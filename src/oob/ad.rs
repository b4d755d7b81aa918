//! The AD block: the data as a sequence of structures, each a length, a type and a value (Core
//! Specification, Vol 3 Part C, 11; the types are in Assigned Numbers, 2.3).

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::{LeAddress, LeRole, OobData, Secret, Values};

/// How many bytes the block has that the kernel gives, and [`OobData::ad`] makes.
pub const AD_LEN: usize = 51;

const FLAGS: u8 = 0x01;
const ADDRESS: u8 = 0x1b;
const ROLE: u8 = 0x1c;
const CONFIRMATION: u8 = 0x22;
const RANDOM: u8 = 0x23;
/// Short name, name and appearance, which the kernel may add.
const ELSEWHERE: [u8; 3] = [0x08, 0x09, 0x19];

/// The data as an AD block, as a tag holds it. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Ad(Box<[u8; AD_LEN]>);

impl Ad {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; AD_LEN] {
        &self.0
    }
}

impl Drop for Ad {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Ad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

/// Why bytes are no AD block of out-of-band data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdError {
    /// A structure has no type, or is longer than what is left.
    #[error("the structure at byte {0} is cut off")]
    CutOff(usize),
    /// There is nothing like that in out-of-band data of LE.
    #[error("there is a structure of the unexpected type {0:#04x}")]
    Unexpected(u8),
    /// It is there twice.
    #[error("there are two structures of the type {0:#04x}")]
    Twice(u8),
    /// It is not there.
    #[error("there is no structure of the type {0:#04x}")]
    Missing(u8),
    /// Its value has the wrong length, or is reserved.
    #[error("the structure of the type {0:#04x} has a value that it cannot have")]
    Invalid(u8),
}

impl AdError {
    /// The secret values are not there, which is what Secure Connections without keys looks like.
    pub fn lacks_secrets(self) -> bool {
        matches!(self, Self::Missing(CONFIRMATION | RANDOM))
    }
}

impl OobData {
    /// Reads an AD block, whose structures may be in any order. Each of the five is there exactly
    /// once; name and appearance may be there too, and are passed over.
    pub fn parse(block: &[u8]) -> Result<Self, AdError> {
        let (mut address, mut role, mut flags) = (None, None, None);
        let mut secret = Secret::default();
        let (mut confirmed, mut randomised) = (None, None);

        let mut rest = block;
        while let [length, after @ ..] = rest {
            let cut_off = AdError::CutOff(block.len() - rest.len());
            let (structure, next) = after.split_at_checked((*length).into()).ok_or(cut_off)?;
            let (&kind, value) = structure.split_first().ok_or(cut_off)?;
            let invalid = AdError::Invalid(kind);
            let again = match kind {
                ADDRESS => address.replace(parse_address(value).ok_or(invalid)?).is_some(),
                ROLE => role.replace(parse_role(value).ok_or(invalid)?).is_some(),
                FLAGS => flags.replace(parse_flags(value).ok_or(invalid)?).is_some(),
                CONFIRMATION => {
                    fill(&mut secret.0.confirmation, value).ok_or(invalid)?;
                    confirmed.replace(()).is_some()
                }
                RANDOM => {
                    fill(&mut secret.0.random, value).ok_or(invalid)?;
                    randomised.replace(()).is_some()
                }
                _ if ELSEWHERE.contains(&kind) => false,
                _ => return Err(AdError::Unexpected(kind)),
            };
            if again {
                return Err(AdError::Twice(kind));
            }
            rest = next;
        }
        let missing = AdError::Missing;
        let address = address.ok_or(missing(ADDRESS))?;
        let role = role.ok_or(missing(ROLE))?;
        let flags = flags.ok_or(missing(FLAGS))?;
        confirmed.ok_or(missing(CONFIRMATION))?;
        randomised.ok_or(missing(RANDOM))?;
        Ok(Self { address, role, flags, secret })
    }

    /// The AD block, in the kernel's order.
    pub fn ad(&self) -> Ad {
        let mut address = [0; 7];
        address[..6].copy_from_slice(&self.address.bytes);
        address[6] = self.address.random.into();
        let Values { confirmation, random } = &*self.secret.0;
        let structures: [(u8, &[u8]); 5] = [
            (ADDRESS, &address),
            (ROLE, &[self.role as u8]),
            (CONFIRMATION, confirmation),
            (RANDOM, random),
            (FLAGS, &[self.flags]),
        ];
        // It never grows, so no copy is left behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(AD_LEN));
        for (kind, value) in structures {
            bytes.push(u8::try_from(value.len() + 1).unwrap_or_default());
            bytes.push(kind);
            bytes.extend_from_slice(value);
        }
        let mut block = Ad(Box::new([0; AD_LEN]));
        block.0.copy_from_slice(&bytes);
        block
    }
}

fn parse_address(value: &[u8]) -> Option<LeAddress> {
    let (bytes, kind) = value.split_first_chunk::<6>()?;
    let random = match kind {
        [0] => false,
        [1] => true,
        _ => return None,
    };
    Some(LeAddress { bytes: *bytes, random })
}

fn parse_role(value: &[u8]) -> Option<LeRole> {
    let [role] = value else { return None };
    LeRole::from_byte(*role)
}

fn parse_flags(value: &[u8]) -> Option<u8> {
    let [flags] = value else { return None };
    Some(*flags).filter(|flags| flags & !OobData::FLAGS == 0)
}

fn fill(place: &mut [u8; 16], value: &[u8]) -> Option<()> {
    let fits = value.len() == place.len();
    fits.then(|| place.copy_from_slice(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::any_data;
    use super::*;

    /// The structures of a block.
    fn structures(block: &[u8]) -> Vec<Vec<u8>> {
        let mut rest = block;
        let mut found = Vec::new();
        while let [length, ..] = rest {
            let (structure, next) = rest.split_at(usize::from(*length) + 1);
            found.push(structure.to_vec());
            rest = next;
        }
        found
    }

    /// As the kernel answered for a dual-mode controller.
    fn block() -> Vec<u8> {
        let mut block = vec![8, 0x1b, 0x4c, 0x9a, 0x1d, 0xf0, 0xc3, 0xa4, 0, 2, 0x1c, 1];
        block.extend([17, 0x22]);
        block.extend(0..16);
        block.extend([17, 0x23]);
        block.extend(16..32);
        block.extend([2, 0x01, 0x02]);
        block
    }

    #[test]
    fn the_block_of_the_kernel_is_understood_and_made_again() {
        let data = OobData::parse(&block()).unwrap();
        assert_eq!(data.address.to_string(), "A4:C3:F0:1D:9A:4C");
        assert!(!data.address.random);
        assert_eq!((data.role, data.flags()), (LeRole::Central, 0x02));
        assert_eq!(data.confirmation().to_vec(), (0..16).collect::<Vec<u8>>());
        assert_eq!(data.random().to_vec(), (16..32).collect::<Vec<u8>>());
        assert_eq!(data.ad().as_bytes().as_slice(), block());
    }

    #[test]
    fn what_is_wrong_with_a_block_is_named() {
        use AdError::{CutOff, Invalid, Missing, Twice, Unexpected};
        let changed = |at: usize, byte: u8| {
            let mut block = block();
            block[at] = byte;
            block
        };
        let with = |more: &[u8]| [&block(), more].concat();
        let cases: [(Vec<u8>, AdError); 15] = [
            (vec![], Missing(0x1b)),
            (block()[..50].to_vec(), CutOff(48)),
            (block()[..49].to_vec(), CutOff(48)),
            (block()[..48].to_vec(), Missing(0x01)),
            (with(&[0]), CutOff(51)),
            (with(&[0, 0, 0]), CutOff(51)),
            (with(&[255]), CutOff(51)),
            (with(&[2, 0x01, 0x02]), Twice(0x01)),
            (with(&[2, 0x0a, 4]), Unexpected(0x0a)),
            (changed(8, 2), Invalid(0x1b)),
            (changed(11, 4), Invalid(0x1c)),
            (changed(50, 0x20), Invalid(0x01)),
            (with(&[1, 0x22]), Invalid(0x22)),
            (with(&[18, 0x23, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Invalid(0x23)),
            ([&block()[..12], &block()[48..]].concat(), Missing(0x22)),
        ];
        for (block, error) in cases {
            assert_eq!(OobData::parse(&block), Err(error), "{block:02x?}");
        }
        assert!(Missing(0x22).lacks_secrets() && Missing(0x23).lacks_secrets());
        assert!(!Missing(0x1b).lacks_secrets());
    }

    proptest! {
        #[test]
        fn any_data_survive_the_block(data in any_data()) {
            prop_assert_eq!(OobData::parse(data.ad().as_bytes()), Ok(data));
        }

        #[test]
        fn structures_in_any_order_with_names_between_are_the_same_data(
            data in any_data(),
            name in proptest::collection::vec(any::<u8>(), 0..20),
            order in Just([0, 1, 2, 3, 4, 5]).prop_shuffle(),
        ) {
            let mut parts = structures(data.ad().as_bytes());
            parts.push([&[u8::try_from(name.len() + 1).unwrap(), 0x09], &*name].concat());
            let block: Vec<u8> = order.iter().flat_map(|at| parts[*at].clone()).collect();
            prop_assert_eq!(OobData::parse(&block), Ok(data));
        }

        #[test]
        fn no_bytes_make_the_parser_panic_or_invent(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            if let Ok(data) = OobData::parse(&bytes) {
                prop_assert_eq!(OobData::parse(data.ad().as_bytes()), Ok(data));
            }
        }

        /// Random bytes hardly get anywhere, so these begin as a good block.
        #[test]
        fn a_damaged_block_is_refused_or_says_what_it_holds(
            data in any_data(),
            damage in proptest::collection::vec((0_usize..AD_LEN, any::<u8>()), 1..4),
            length in 0_usize..=AD_LEN,
        ) {
            let mut block = data.ad().as_bytes().to_vec();
            for (at, byte) in damage {
                block[at] = byte;
            }
            block.truncate(length);
            if let Ok(read) = OobData::parse(&block) {
                let mut sorted = structures(read.ad().as_bytes());
                let mut given = structures(&block);
                given.retain(|structure| !ELSEWHERE.contains(&structure[1]));
                sorted.sort();
                given.sort();
                prop_assert_eq!(sorted, given);
            }
        }
    }
}
