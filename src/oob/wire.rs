//! What the daemon and the reader say to each other. A connection is a lease: as long as it stands,
//! the data that were last read on it are good, and what comes of them is told.
//!
//! | | bytes |
//! |---|---|
//! | question | the version, 1; the adapter's number, two bytes, the less significant one first |
//! | everything that the reader says | a kind; how many bytes follow; these |
//!
//! | kind | what follows |
//! |---|---|
//! | 0 | the AD block: the answer |
//! | 1 to 127, 255 | a [`Code`]; a line in UTF-8 that says why there is none: the answer, and the end |
//! | 128 | [`News::Key`]: the device's address, least significant byte first |
//! | 129 | [`News::Failed`]: the same |
//! | 130 | [`News::Void`] |
//!
//! A question may be asked again about the same adapter, which makes void what was read before; so does
//! the reader when the connection ends or it is stopped, and closes its own end after that. The version changes when the question does.

use zeroize::Zeroizing;

use super::{Cause, Code, LeAddress, OobData};

/// How many bytes a question has.
pub(super) const QUESTION: usize = 3;
/// How many bytes there are before what follows.
pub(super) const HEAD: usize = 2;
/// How many bytes there are at most.
pub(super) const MOST: usize = HEAD + 255;

const VERSION: u8 = 1;
const DATA: u8 = 0;
const KEY: u8 = 128;
const FAILED: u8 = 129;
const VOID: u8 = 130;

/// What the kernel tells while data are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It has made an LE Secure Connections key for the device at this address that is
    /// authenticated, by whatever method.
    Key(LeAddress),
    /// Pairing over LE with the device at this address has failed.
    Failed(LeAddress),
    /// Somebody else has read data, which makes these void.
    Void,
}

/// What the reader says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// An AD block.
    Data(&'a [u8]),
    /// Why there are no data.
    None(Code, String),
    /// What came of those that there were.
    News(News),
    /// Something that a reader of another version says.
    Unknown,
}

/// The question for the data of an adapter.
pub(super) fn question(adapter: u16) -> [u8; QUESTION] {
    let [low, high] = adapter.to_le_bytes();
    [VERSION, low, high]
}

/// The adapter that a question is about.
pub(super) fn parse_question(question: [u8; QUESTION]) -> Result<u16, Cause> {
    match question {
        [VERSION, low, high] => Ok(u16::from_le_bytes([low, high])),
        _ => Err(Cause::Question),
    }
}

/// The answer to a question.
pub(super) fn answer(outcome: &Result<OobData, Cause>) -> Zeroizing<Vec<u8>> {
    match outcome {
        Ok(data) => message(DATA, data.ad().as_bytes()),
        Err(cause) => message(cause.code() as u8, cause.to_string().as_bytes()),
    }
}

pub(super) fn news(news: News) -> Zeroizing<Vec<u8>> {
    match news {
        News::Key(address) => message(KEY, &of_address(address)),
        News::Failed(address) => message(FAILED, &of_address(address)),
        News::Void => message(VOID, &[]),
    }
}

fn of_address(address: LeAddress) -> [u8; 7] {
    let [a, b, c, d, e, f] = address.bytes;
    [a, b, c, d, e, f, address.random.into()]
}

fn message(kind: u8, rest: &[u8]) -> Zeroizing<Vec<u8>> {
    let rest = rest.get(..usize::from(u8::MAX)).unwrap_or(rest);
    let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD + rest.len()));
    bytes.extend([kind, u8::try_from(rest.len()).unwrap_or(u8::MAX)]);
    bytes.extend_from_slice(rest);
    bytes
}

/// What a message of this kind says.
pub(super) fn parse(kind: u8, rest: &[u8]) -> Said<'_> {
    let address = |of: fn(LeAddress) -> News| match *rest {
        [a, b, c, d, e, f, random @ 0..=1] => {
            Said::News(of(LeAddress { bytes: [a, b, c, d, e, f], random: random == 1 }))
        }
        _ => Said::Unknown,
    };
    match (kind, Code::from_byte(kind)) {
        (KEY, _) => address(News::Key),
        (FAILED, _) => address(News::Failed),
        (VOID, _) => Said::News(News::Void),
        (131..=254, _) => Said::Unknown,
        (_, None) => Said::Data(rest),
        // It ends in a log.
        (_, Some(code)) => {
            Said::None(code, String::from_utf8_lossy(rest).replace(char::is_control, " "))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::any_data;
    use super::*;

    #[test]
    fn the_question_names_version_and_adapter() {
        assert_eq!(question(0x0102), [1, 2, 1]);
        assert_eq!(parse_question([2, 0, 0]), Err(Cause::Question));
    }

    #[test]
    fn a_line_has_no_control_characters_whatever_the_answer() {
        let said = parse(2, b"off\n<3>\x1b[2Jon\xff");
        assert_eq!(said, Said::None(Code::Off, "off <3> [2Jon\u{fffd}".to_owned()));
        assert_eq!(parse(0x63, b""), Said::None(Code::Other, String::new()));
    }

    #[test]
    fn news_arrive_as_they_were_sent_and_torn_ones_are_none() {
        let address = LeAddress { bytes: [1, 2, 3, 4, 5, 6], random: true };
        for said in [News::Key(address), News::Failed(address), News::Void] {
            let bytes = news(said);
            assert_eq!(usize::from(bytes[1]), bytes.len() - HEAD);
            assert_eq!(parse(bytes[0], &bytes[HEAD..]), Said::News(said));
        }
        assert_eq!(parse(KEY, &[1, 2, 3]), Said::Unknown);
        assert_eq!(parse(KEY, &[1, 2, 3, 4, 5, 6, 2]), Said::Unknown);
        assert_eq!(parse(200, &[]), Said::Unknown);
    }

    proptest! {
        #[test]
        fn data_arrive_as_they_were_sent(data in any_data()) {
            let bytes = answer(&Ok(data.clone()));
            let ad = data.ad();
            prop_assert_eq!(parse(bytes[0], &bytes[HEAD..]), Said::Data(ad.as_bytes()));
        }
    }
}
