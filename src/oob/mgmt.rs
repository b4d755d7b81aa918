//! What is used here of the kernel's management interface: one command, Read Local Out Of Band
//! Extended Data for LE, and three events that tell what comes of such data (BlueZ,
//! `doc/mgmt-protocol.rst`; Linux, `net/bluetooth/mgmt.c`).

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::io::{Errno, retry_on_intr};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{RecvFlags, SendFlags, recv, send};
use zeroize::Zeroizing;

use super::{Cause, LeAddress, News, OobData};
use crate::clock::{Clock, Time};

/// How long the kernel has. It has to make a key pair, which takes milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(2);

const READ_LOCAL_OOB_EXT_DATA: u16 = 0x003b;
/// Public and random addresses of LE, in one.
const LE: u8 = 0x06;
const COMMAND_COMPLETE: u16 = 0x0001;
const COMMAND_STATUS: u16 = 0x0002;
const NEW_LONG_TERM_KEY: u16 = 0x000a;
const AUTHENTICATION_FAILED: u16 = 0x0011;
const LOCAL_OOB_DATA_UPDATED: u16 = 0x0022;
/// The type of a key of LE Secure Connections that is authenticated.
const AUTHENTICATED_P256: u8 = 0x03;
/// More than any event that means something here has.
const MOST: usize = 1024;

/// Has the kernel make new data for an adapter, and reads them. What was read before is void from
/// then on. `channel` is a management socket; what arrives there before the answer goes to `meanwhile`.
pub fn read(
    channel: impl AsFd,
    adapter: u16,
    patience: Duration,
    mut meanwhile: impl FnMut(News),
) -> Result<OobData, Cause> {
    let deadline = Clock::Monotonic.now() + patience;
    let command = packet(READ_LOCAL_OOB_EXT_DATA, adapter);
    retry_on_intr(|| send(&channel, &command, SendFlags::NOSIGNAL))
        .map_err(|errno| Cause::of_errno("send", errno))?;

    // The answer has 63 bytes; what is longer is something else, and may be cut off.
    let mut buffer = Zeroizing::new([0; MOST]);
    loop {
        let length = receive(&channel, &mut *buffer, adapter, deadline)?;
        let event = buffer.get(..length).unwrap_or_default();
        if let Some(answer) = parse_event(event, adapter) {
            return answer;
        }
        // What was updated before this command was answered is not what it reads.
        parse_news(event, adapter).filter(|news| *news != News::Void).map(&mut meanwhile);
    }
}

/// What the one event that waits at `channel` says of an adapter's data, if anything. Keys are wiped
/// from memory here: nobody is told more than whose they are.
pub fn news(channel: impl AsFd, adapter: u16) -> Result<Option<News>, Cause> {
    let mut buffer = Zeroizing::new([0; MOST]);
    match recv(&channel, &mut *buffer, RecvFlags::DONTWAIT) {
        Ok((0, _)) => Err(Cause::of_errno("recv", Errno::PIPE)),
        Ok((length, _)) => Ok(parse_news(buffer.get(..length).unwrap_or_default(), adapter)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(errno) => Err(Cause::of_errno("recv", errno)),
    }
}

fn parse_news(event: &[u8], adapter: u16) -> Option<News> {
    let (event_code, rest) = number(event)?;
    let (index, rest) = number(rest)?;
    let (_, parameters) = number(rest)?;
    match event_code {
        _ if index != adapter => None,
        NEW_LONG_TERM_KEY => {
            let (_, key) = parameters.split_first()?;
            let (address, rest) = le_address(key)?;
            (rest.first() == Some(&AUTHENTICATED_P256)).then_some(News::Key(address))
        }
        AUTHENTICATION_FAILED => le_address(parameters).map(|(address, _)| News::Failed(address)),
        LOCAL_OOB_DATA_UPDATED => (parameters.first() == Some(&LE)).then_some(News::Void),
        _ => None,
    }
}

/// An address, if it is one of LE: 1 is public, 2 is random.
fn le_address(bytes: &[u8]) -> Option<(LeAddress, &[u8])> {
    let (address, rest) = bytes.split_first_chunk()?;
    let (kind @ 1..=2, rest) = rest.split_first()? else { return None };
    Some((LeAddress { bytes: *address, random: *kind == 2 }, rest))
}

/// The command with its parameter.
fn packet(command: u16, adapter: u16) -> [u8; 7] {
    let [c, o] = command.to_le_bytes();
    let [i, n] = adapter.to_le_bytes();
    [c, o, i, n, 1, 0, LE]
}

fn receive(
    channel: impl AsFd,
    buffer: &mut [u8],
    adapter: u16,
    deadline: Time,
) -> Result<usize, Cause> {
    let call = |errno| Cause::of_errno("recv", errno);
    loop {
        // The kernel takes no time at all for all the time.
        let left = deadline.since(Clock::Monotonic.now());
        if left.is_zero() {
            return Err(Cause::Silent(adapter));
        }
        set_socket_timeout(&channel, Timeout::Recv, Some(left)).map_err(call)?;
        match recv(&channel, &mut *buffer, RecvFlags::empty()) {
            Ok((0, _)) => return Err(call(Errno::PIPE)),
            Ok((length, _)) => return Ok(length),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(errno) => return Err(call(errno)),
        }
    }
}

/// What an event says, if it answers the command for this adapter.
fn parse_event(event: &[u8], adapter: u16) -> Option<Result<OobData, Cause>> {
    let (event_code, rest) = number(event)?;
    let (index, rest) = number(rest)?;
    let (length, parameters) = number(rest)?;
    let (command, rest) = number(parameters)?;
    let (&status, answer) = rest.split_first()?;
    let answers = matches!(event_code, COMMAND_COMPLETE | COMMAND_STATUS)
        && (command, index) == (READ_LOCAL_OOB_EXT_DATA, adapter);
    if !answers {
        return None;
    }
    if usize::from(length) != parameters.len() {
        return Some(Err(Cause::Length(adapter)));
    }
    // A refusal comes as either event (mgmt.c, read_local_oob_ext_data), success as only one.
    if status != 0 {
        return Some(Err(Cause::of_status(adapter, status)));
    }
    let block = (event_code == COMMAND_COMPLETE).then_some(answer).and_then(parse_answer);
    Some(block.ok_or(Cause::Length(adapter)).and_then(|block| {
        OobData::parse(block).map_err(|error| match error {
            error if error.lacks_secrets() => Cause::NoSecureConnections(adapter),
            error => Cause::Answer(adapter, error),
        })
    }))
}

/// The AD block in the return parameters.
fn parse_answer(answer: &[u8]) -> Option<&[u8]> {
    let (_, block) = answer.split_first().filter(|(kind, _)| **kind == LE)?;
    let (length, block) = number(block)?;
    Some(block).filter(|block| block.len() == usize::from(length))
}

fn number(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u16::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::any_data;
    use super::*;

    /// The answer with a block.
    fn complete(adapter: u16, block: &[u8]) -> Vec<u8> {
        let block_length = u16::try_from(block.len()).unwrap();
        let [low, high] = adapter.to_le_bytes();
        let mut event = vec![0x01, 0x00, low, high];
        event.extend((block_length + 6).to_le_bytes());
        event.extend([0x3b, 0x00, 0x00, LE]);
        event.extend(block_length.to_le_bytes());
        event.extend(block);
        event
    }

    #[test]
    fn the_command_is_the_one_of_the_document() {
        assert_eq!(packet(READ_LOCAL_OOB_EXT_DATA, 0x0201), [0x3b, 0, 1, 2, 1, 0, 6]);
    }

    #[test]
    fn events_that_do_not_answer_are_passed_over() {
        let events: [&[u8]; 8] = [
            &[],
            &[0x01],
            &[0x04, 0x00, 0x01, 0x00, 0x00, 0x00],
            // The same command for another adapter, and another command for this one.
            &[0x01, 0x00, 0x01, 0x00, 0x03, 0x00, 0x3b, 0x00, 0x11],
            &[0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x3c, 0x00, 0x01],
            // No status, and no room for one.
            &[0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x3b, 0x00],
            &[0x01, 0x00, 0x00, 0x00, 0x03],
            // What another reader was given: Local Out Of Band Extended Data Updated.
            &[0x22, 0x00, 0x00, 0x00, 0x03, 0x00, 0x3b, 0x00, 0x00],
        ];
        for event in events {
            assert_eq!(parse_event(event, 0), None, "{event:02x?}");
        }
    }

    #[test]
    fn every_status_has_its_cause_in_either_event() {
        use Cause::{
            Busy, NoAdapter, NotPermitted, NotSupported, Off, OldKernel, Rejected, Status,
        };
        let cases = [
            (0x01, OldKernel),
            (0x03, Status(5, 0x03)),
            (0x0a, Busy(5)),
            (0x0b, Rejected(5)),
            (0x0c, NotSupported(5)),
            (0x0d, Status(5, 0x0d)),
            (0x0f, Off(5)),
            (0x11, NoAdapter(5)),
            (0x12, Off(5)),
            (0x14, NotPermitted),
        ];
        for (status, cause) in cases {
            let refused = [0x02, 0x00, 0x05, 0x00, 0x03, 0x00, 0x3b, 0x00, status];
            assert_eq!(parse_event(&refused, 5), Some(Err(cause)));
            let mut completed = complete(5, &[]);
            completed[8] = status;
            assert_eq!(parse_event(&completed, 5), Some(Err(cause)));
        }
    }

    #[test]
    fn an_answer_that_is_none_is_said() {
        let said = |event: &[u8]| parse_event(event, 0).unwrap().unwrap_err();
        assert_eq!(said(&[0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x3b, 0x00, 0x00]), Cause::Length(0));
        assert_eq!(said(&complete(0, &[])), Cause::Answer(0, super::super::AdError::Missing(0x1b)));
        let without_keys = [8, 0x1b, 1, 2, 3, 4, 5, 6, 0, 2, 0x1c, 1, 2, 0x01, 0x06];
        assert_eq!(said(&complete(0, &without_keys)), Cause::NoSecureConnections(0));
        let mut bredr = complete(0, &without_keys);
        bredr[9] = 0x01;
        assert_eq!(said(&bredr), Cause::Length(0));
        for (at, by) in [(4, 1), (10, 1)] {
            let mut wrong = complete(0, &without_keys);
            wrong[at] += by;
            assert_eq!(said(&wrong), Cause::Length(0), "{at}");
        }
    }

    proptest! {
        #[test]
        fn data_are_found_in_the_answer(data in any_data(), adapter: u16) {
            let event = complete(adapter, data.ad().as_bytes());
            prop_assert_eq!(parse_event(&event, adapter), Some(Ok(data)));
        }

        #[test]
        fn no_event_makes_it_panic(
            data in any_data(),
            code in proptest::sample::select(vec![
                COMMAND_COMPLETE, NEW_LONG_TERM_KEY, AUTHENTICATION_FAILED, LOCAL_OOB_DATA_UPDATED,
            ]),
            damage in proptest::collection::vec((0_usize..63, any::<u8>()), 0..4),
            length in 0_usize..70,
        ) {
            let mut event = complete(0, data.ad().as_bytes());
            event[..2].copy_from_slice(&code.to_le_bytes());
            for (at, byte) in damage {
                event[at] = byte;
            }
            event.resize(length, 0);
            let _ = (parse_event(&event, 0), parse_news(&event, 0));
        }
    }
}
