//! An ST25DV as its datasheet describes it (DS13519 Rev 2, to which sections refer), seen from I2C.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, Operation};
use pairpanel::display::Errno;

use crate::phone::{Read, read};

pub(crate) const USER: u8 = 0x53;
pub(crate) const SYSTEM: u8 = 0x57;

pub(crate) const RF_MNGT: usize = 0x03;
pub(crate) const RFA1SS: usize = 0x04;
pub(crate) const ENDA: [usize; 3] = [0x05, 0x07, 0x09];
pub(crate) const I2CSS: usize = 0x0b;
pub(crate) const LOCK_CCFILE: usize = 0x0c;
pub(crate) const MB_MODE: usize = 0x0d;
pub(crate) const LOCK_CFG: usize = 0x0f;

const NACK: i32 = 6; // ENXIO
const BROKEN: i32 = 5; // EIO
const TOO_LONG: i32 = 95; // EOPNOTSUPP

/// What happens to a transfer, counted from the moment that it is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails before anything is sent.
    Lost,
    /// All of it is sent, and the adapter says that it failed.
    Doubted,
    /// From then on the bus is dead, as it is for a daemon that is killed.
    Dead,
    /// It is sent, and the power fails when so many pages are written. The next one is garbage.
    Unpowered(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Chip {
    /// Bytes that are programmed in one write time: 4, or 16 on an ST25DVxxKC (6.4.2).
    page: usize,
    pub(crate) user: Vec<u8>,
    /// The system area up to the UID.
    pub(crate) system: [u8; 0x20],
    pub(crate) i2c_password: [u8; 8],
    pub(crate) rf_password: [u8; 8],
    /// RF_MNGT_Dyn.
    pub(crate) radio: u8,
    pub(crate) session: bool,
    pub(crate) rf_session: bool,
    /// MB_EN.
    pub(crate) mailbox: bool,
    /// The buffer of the mailbox, through which writes pass (6.4).
    pub(crate) buffer: Vec<u8>,
    now_us: u64,
    busy_until_us: u64,
    /// The radio is in use for so many transfers.
    pub(crate) radio_busy: u32,
    pub(crate) powered: bool,
    /// Bytes of a message that the adapter takes.
    pub(crate) largest: usize,
    /// A fault, and how many transfers before it go well.
    pub(crate) fault: Option<(u64, Fault)>,
    /// Transfers so far, those that were not answered among them.
    pub(crate) transfers: u64,
    /// Writes to the system area that were done.
    pub(crate) configured: u64,
    /// Its radio goes on whatever it is told.
    pub(crate) sleepless: bool,
    /// Pages that were programmed.
    pub(crate) worn: u64,
    /// What a phone that never leaves has read, each only once in a row.
    pub(crate) heard: Vec<Read>,
}

impl Chip {
    /// From the factory, but for what is in its memory.
    pub(crate) fn new(size: usize, page: usize) -> Self {
        let mut system = [0; 0x20];
        system[..4].copy_from_slice(&[0x11, 0x0c, 0x01, 0x00]);
        for end in ENDA {
            system[end] = (size / 32 - 1) as u8;
        }
        system[0x0e] = 0x1a;
        let [low, high] = ((size / 4 - 1) as u16).to_le_bytes();
        system[0x14..0x18].copy_from_slice(&[low, high, 0x03, 0x51]);
        system[0x18..].copy_from_slice(&[1, 2, 3, 4, 5, 0x51, 0x02, 0xe0]);
        Self {
            page,
            user: vec![0; size],
            system,
            i2c_password: [0; 8],
            rf_password: [0; 8],
            radio: 0,
            session: false,
            rf_session: false,
            mailbox: false,
            buffer: vec![0; 256],
            now_us: 0,
            busy_until_us: 0,
            radio_busy: 0,
            powered: true,
            largest: 61,
            fault: None,
            transfers: 0,
            configured: 0,
            sleepless: false,
            worn: 0,
            heard: Vec::new(),
        }
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.now_us / 1000
    }

    pub(crate) fn is_writing(&self) -> bool {
        self.now_us < self.busy_until_us
    }

    /// Time goes by until it has programmed everything.
    pub(crate) fn finish(&mut self) {
        self.now_us = self.now_us.max(self.busy_until_us);
    }

    /// Power goes and comes.
    pub(crate) fn power_cycle(&mut self) {
        self.powered = true;
        self.radio = self.system[RF_MNGT];
        (self.session, self.rf_session, self.mailbox) = (false, false, false);
        self.buffer.fill(0);
        self.busy_until_us = 0;
        (self.fault, self.radio_busy) = (None, 0);
    }

    /// Which of the four areas a byte is in (4.2.1).
    pub(crate) fn area(&self, at: usize) -> usize {
        ENDA.iter().filter(|end| at >= (usize::from(self.system[**end]) + 1) * 32).count()
    }

    fn transfer(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), i32> {
        self.transfers += 1;
        self.now_us += 90;
        let fault = match &mut self.fault {
            Some((0, fault)) => Some(*fault),
            Some((later, _)) => {
                *later -= 1;
                None
            }
            None => None,
        };
        match fault {
            Some(Fault::Dead) => return Err(BROKEN),
            Some(Fault::Lost) => {
                self.fault = None;
                return Err(BROKEN);
            }
            _ => {}
        }
        let cut = match fault {
            Some(Fault::Unpowered(pages)) => pages,
            _ => usize::MAX,
        };
        let done = self.exchange(address, operations, cut);
        match fault {
            Some(Fault::Doubted) => {
                self.fault = None;
                Err(BROKEN)
            }
            Some(Fault::Unpowered(_)) => {
                self.powered = false;
                self.fault = Some((0, Fault::Dead));
                Err(BROKEN)
            }
            _ => done,
        }
    }

    fn exchange(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
        cut: usize,
    ) -> Result<(), i32> {
        let length = |o: &Operation<'_>| match o {
            Operation::Write(bytes) => bytes.len(),
            Operation::Read(bytes) => bytes.len(),
        };
        if operations.iter().any(|o| length(o) > self.largest) {
            return Err(TOO_LONG);
        }
        if !self.powered || ![USER, SYSTEM].contains(&address) || self.is_writing() {
            return Err(NACK);
        }
        if self.radio_busy > 0 {
            self.radio_busy -= 1;
            return Err(NACK);
        }
        self.now_us += operations.iter().map(|o| 90 * length(o) as u64).sum::<u64>();
        match operations {
            [Operation::Write([high, low, bytes @ ..])] if !bytes.is_empty() => {
                let at = usize::from(u16::from_be_bytes([*high, *low]));
                if address == USER { self.write(at, bytes, cut) } else { self.set(at, bytes) }
            }
            [Operation::Write([high, low]), Operation::Read(bytes)] => {
                let at = usize::from(u16::from_be_bytes([*high, *low]));
                for (n, byte) in bytes.iter_mut().enumerate() {
                    *byte = self.byte(address, at + n);
                }
                Ok(())
            }
            other => panic!("no driver needs {other:?}"),
        }
    }

    fn byte(&self, address: u8, at: usize) -> u8 {
        match (address, at) {
            (USER, 0x2003) => self.radio,
            (USER, 0x2004) => u8::from(self.session),
            (USER, 0x2006) => u8::from(self.mailbox),
            (USER, _) => *self.user.get(at).unwrap_or(&0xff),
            _ => *self.system.get(at).unwrap_or(&0xff),
        }
    }

    /// A write to the user memory, or to a dynamic register.
    fn write(&mut self, at: usize, bytes: &[u8], cut: usize) -> Result<(), i32> {
        match (at, bytes) {
            (0x2003, [value]) => {
                self.radio = value & 3;
                return Ok(());
            }
            (0x2006, [value]) => {
                self.mailbox = value & 1 == 1 && self.system[MB_MODE] & 1 == 1;
                return Ok(());
            }
            _ => {}
        }
        let end = at + bytes.len();
        let is_refused = self.mailbox
            || end > self.user.len()
            || bytes.len() > 256
            || self.area(at) != self.area(end - 1)
            || (self.system[I2CSS] >> (2 * self.area(at)) & 1 == 1 && !self.session)
            || (0..2)
                .any(|n| self.system[LOCK_CCFILE] >> n & 1 == 1 && at < 4 * n + 4 && end > 4 * n);
        if is_refused {
            return Err(NACK);
        }
        self.buffer[..bytes.len()].copy_from_slice(bytes);
        let (first, last) = (at / self.page, (end - 1) / self.page);
        for (n, page) in (first..=last).enumerate() {
            let range = (page * self.page).max(at)..((page + 1) * self.page).min(end);
            if n < cut {
                self.user[range.clone()].copy_from_slice(&bytes[range.start - at..range.end - at]);
            } else if n == cut {
                self.user[page * self.page..(page + 1) * self.page].fill(0xa5);
            }
            self.worn += 1;
        }
        self.program(last - first + 1);
        Ok(())
    }

    /// A write to the system area.
    fn set(&mut self, at: usize, bytes: &[u8]) -> Result<(), i32> {
        match (at, bytes) {
            (0x0900, bytes) if bytes.len() == 17 && bytes[8] == 0x09 => {
                if bytes[..8] == bytes[9..] {
                    self.session = bytes[..8] == self.i2c_password;
                }
                Ok(())
            }
            (0..=0x0f, [value]) if self.session => {
                // The rules for the ends of areas are those of 4.2.1; nobody here changes them by I2C.
                assert!(!ENDA.contains(&at), "the areas are changed");
                self.configure(at, *value);
                self.configured += 1;
                Ok(())
            }
            _ => Err(NACK),
        }
    }

    /// A register of the configuration changes, by I2C or radio.
    pub(crate) fn configure(&mut self, at: usize, value: u8) {
        self.system[at] = value;
        if at == RF_MNGT {
            self.radio = value & 3;
        }
        self.program(1);
    }

    /// It is out of reach for a write time for each page.
    pub(crate) fn program(&mut self, pages: usize) {
        self.busy_until_us = self.now_us + 5000 * pages as u64;
    }
}

/// The chip on the table: everybody's.
#[derive(Clone, Debug)]
pub(crate) struct Bench(Arc<Mutex<Chip>>);

impl Bench {
    pub(crate) fn new(chip: Chip) -> Self {
        Self(Arc::new(Mutex::new(chip)))
    }

    pub(crate) fn chip(&self) -> MutexGuard<'_, Chip> {
        self.0.lock().unwrap()
    }
}

/// The adapter.
impl I2c for Bench {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Failed> {
        let mut chip = self.chip();
        let done = chip.transfer(address, operations);
        let read = read(&chip);
        if chip.heard.last() != Some(&read) {
            chip.heard.push(read);
        }
        done.map_err(Failed)
    }
}

impl ErrorType for Bench {
    type Error = Failed;
}

/// Time passes only here and on the bus.
impl DelayNs for Bench {
    fn delay_ns(&mut self, ns: u32) {
        self.chip().now_us += u64::from(ns / 1000);
    }
}

#[derive(Debug)]
pub(crate) struct Failed(i32);

impl embedded_hal::i2c::Error for Failed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl Errno for Failed {
    fn errno(&self) -> Option<i32> {
        Some(self.0)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "errno {}", self.0)
    }
}
