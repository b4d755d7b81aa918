//! The other side of the chip: phones of people who want to pair, and of passers-by.

use crate::chip::{Chip, ENDA, LOCK_CCFILE, LOCK_CFG, MB_MODE, RFA1SS};

/// What an app that reads NDEF finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// No tag, or one that is busy.
    Silence,
    /// A tag that is not one of the NFC Forum's.
    Unformatted,
    /// A tag without a message.
    Empty,
    Message(Vec<u8>),
    /// What is no message.
    Garbage,
}

/// Reads the tag as the NFC Forum's Type 5 Tag specification says.
pub(crate) fn read(chip: &Chip) -> Read {
    let block = |n: usize| if is_awake(chip) { chip.user.get(4 * n..4 * n + 4) } else { None };
    let Some(&[magic, version, length, _]) = block(0) else { return Read::Silence };
    if magic != 0xe1 || version >> 4 != 4 {
        return Read::Unformatted;
    }
    // As many blocks as it says that there are.
    let blocks = (1..=usize::from(length) * 2).map(|n| block(n).unwrap_or(&[]));
    let area: Vec<u8> = blocks.flatten().copied().collect();
    let mut rest = area.as_slice();
    loop {
        match rest {
            [0x00, later @ ..] => rest = later,
            [0x03, 0x00, ..] => return Read::Empty,
            [0x03, length, later @ ..] if *length < 0xff => {
                let Some(message) = later.get(..usize::from(*length)) else { return Read::Garbage };
                return Read::Message(message.to_vec());
            }
            [0xfe, ..] => return Read::Empty,
            _ => return Read::Garbage,
        }
    }
}

fn is_awake(chip: &Chip) -> bool {
    // A chip without power of its own has that of the phone.
    let radio = if chip.powered { chip.radio } else { chip.system[3] };
    (radio & 7 == 0 || chip.sleepless) && !chip.is_writing()
}

/// What anybody can send by radio.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attack {
    /// Write Single Block.
    Write(u8, [u8; 4]),
    /// Lock Block: the first two can be locked by anybody (5.6.3).
    Lock(u8),
    /// Present Password, number 0.
    Present([u8; 8]),
    /// Write Configuration.
    Configure(u8, u8),
    /// Write Dynamic Configuration: the mailbox.
    Mailbox(bool),
}

/// Does it, and says whether the chip obeyed.
pub(crate) fn attack(chip: &mut Chip, attack: Attack) -> bool {
    if !is_awake(chip) {
        return false;
    }
    match attack {
        Attack::Write(block, bytes) => {
            let at = 4 * usize::from(block);
            let is_locked = block < 2 && chip.system[LOCK_CCFILE] >> block & 1 == 1;
            let area = chip.area(at);
            let protection = chip.system[RFA1SS + 2 * area];
            // A session for a user's password is open whenever one can be: nobody changed them.
            let may = match (protection >> 2 & 3, protection & 3) {
                (0, _) => true,
                (3, _) | (_, 0) => false,
                _ => true,
            };
            if may && !is_locked && !chip.mailbox {
                chip.user[at..at + 4].copy_from_slice(&bytes);
                chip.program(1);
                return true;
            }
            false
        }
        Attack::Lock(block) if block < 2 => {
            chip.system[LOCK_CCFILE] |= 1 << block;
            chip.program(1);
            true
        }
        Attack::Lock(_) => false,
        Attack::Present(password) => {
            chip.rf_session = password == chip.rf_password;
            chip.rf_session
        }
        Attack::Configure(register, value) => {
            let at = usize::from(register);
            let known = (0..=0x0a).contains(&at) || at == MB_MODE || at == LOCK_CFG;
            if !known
                || !chip.rf_session
                || chip.system[LOCK_CFG] & 1 == 1
                || !is_allowed(chip, at, value)
            {
                return false;
            }
            chip.configure(at, value);
            true
        }
        Attack::Mailbox(on) => {
            chip.mailbox = on && chip.system[MB_MODE] & 1 == 1;
            chip.mailbox == on
        }
    }
}

/// The ends of areas ascend, and the later ones are at the end of the memory meanwhile (4.2.1).
fn is_allowed(chip: &Chip, at: usize, value: u8) -> bool {
    let Some(n) = ENDA.iter().position(|end| *end == at) else { return true };
    let last = (chip.user.len() / 32 - 1) as u8;
    let is_last = ENDA[n + 1..].iter().all(|end| chip.system[*end] == last);
    let follows = n == 0 || chip.system[ENDA[n - 1]] < value;
    is_last && follows && value <= last
}
