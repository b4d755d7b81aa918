//! An ST25DV: a memory that I2C writes and, when it may, radio reads.
//!
//! Numbers are from the datasheets of the ST25DV04KC (DS13519 Rev 2), to which sections refer here, and
//! of the older ST25DV04K (DS10925).
//!
//! ```text
//!            wipe                      write                                  check
//! radio      asleep ─────────────────▶ asleep ──────────────────▶ awake ────▶ awake
//! memory     03 00 FE 00 00 00 ...     03 00 D2 20 ... FE         03 LL       as written?
//! ```
//!
//! - The radio sleeps while anything is written, and whenever there is nothing to be read. It sleeps
//!   from power-on too, so that a tag that lost its power in between tells nobody what it holds.
//! - The length is written last and taken away first, should a reader be there all the same.
//! - Radio may read the message and never write it, in whichever of the four areas it is (5.6.1).
//! - Any phone may lock the first two blocks, against I2C as well, without a password (5.6.3). That is
//!   taken back before they are written.
//! - The RF passwords are zeros from the factory, and I2C cannot change them: whoever presented one could
//!   change the configuration by radio while it is awake. LOCK_CFG takes that away from radio and leaves
//!   it to I2C (5.6.4).

use std::fmt;
use std::time::{Duration, Instant};

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::{ErrorType, I2c};
use zeroize::Zeroizing;

use super::{Message, TagError};
use crate::board::NfcProfile;
use crate::display::{DriverError, Errno, transfer_failed};

/// Static registers, in the system area (4.3, table 12).
const RF_MNGT: usize = 0x03;
const RFA1SS: usize = 0x04;
const ENDA1: usize = 0x05;
const RFA2SS: usize = 0x06;
const ENDA2: usize = 0x07;
const RFA3SS: usize = 0x08;
const ENDA3: usize = 0x09;
const RFA4SS: usize = 0x0a;
const I2CSS: usize = 0x0b;
const LOCK_CCFILE: usize = 0x0c;
const LOCK_CFG: usize = 0x0f;
const MEM_SIZE: u16 = 0x14;
const I2C_PWD: u16 = 0x0900;

/// Dynamic ones, beside the user memory (4.4, table 13).
const RF_MNGT_DYN: u16 = 0x2003;
const I2C_SSO_DYN: u16 = 0x2004;
const MB_CTRL_DYN: u16 = 0x2006;

/// The mailbox is in use (table 18).
const MB_EN: u8 = 0x01;

/// What says whether the radio answers (table 24).
const RADIO: u8 = 0x07;
const SLEEP: u8 = 0x02;
const AWAKE: u8 = 0x00;

/// Area 1 is read by anybody and never written (table 44).
const READ_ONLY: u8 = 0x0c;
/// In the others, which that would close to readers too, only a session may write, which no password
/// opens (tables 46, 48 and 50).
const READ_ONLY_BUT_FOR_NOBODY: u8 = 0x04;

/// What follows a password to present it, and not to change it (6.6.1).
const PRESENT: u8 = 0x09;

/// What is read at once, for adapters that take as much as an SMBus block.
const PIECE: usize = 32;

/// Rows of the memory: what is written at once never crosses one, so that it fits into a message of
/// any adapter, into one area and into one write cycle of an ST25DVxxKC. It also is all that the chip's
/// own buffer, through which it passes, ever holds of a message (6.4).
const ROW: usize = 16;

/// The bytes that are used: the capability container, and a message with what is around it.
const USED: usize = 17 * ROW;

/// Where the length of the message is.
const LENGTH: usize = 5;

/// How often a transfer is tried, a millisecond apart. The chip does not answer while it writes, 5.5 ms
/// for each four bytes on an ST25DVxxK, nor while it talks to a phone (5.3).
const ATTEMPTS: u32 = 250;
/// For how long at most: on a bus that is held down each one takes the adapter's own timeout, one second
/// on most. Some say of a chip that does not answer what they say of such a bus, so errors do not tell.
const LONGEST: Duration = Duration::from_secs(2);

/// What is in the bytes that are used. On the heap, so that no copy is left behind where it was moved.
type Image = Zeroizing<Vec<u8>>;

/// Which of the chip's two addresses.
#[derive(Clone, Copy)]
enum Space {
    User,
    System,
}

/// What is done at one of the chip's addresses.
type Transfer<'a, I> = &'a mut dyn FnMut(&mut I, u8) -> Result<(), <I as ErrorType>::Error>;

/// A tag of the ST25DV family.
///
/// What is on it when this is dropped stays there: [`wipe`](Self::wipe) it.
pub struct St25dv<I, D> {
    i2c: I,
    delay: D,
    bus: String,
    profile: NfcProfile,
    /// What a phone may read now; `None` after a wipe.
    shown: Option<Image>,
}

impl<I, D> St25dv<I, D>
where
    I: I2c,
    I::Error: Errno + fmt::Display,
    D: DelayNs,
{
    /// The chip of `profile` on `i2c`, which errors call `bus`. It is wiped and protected.
    ///
    /// # Errors
    ///
    /// As of [`nfc::open`](super::open).
    pub fn open(i2c: I, delay: D, bus: &str, profile: &NfcProfile) -> Result<Self, TagError> {
        let (bus, profile) = (bus.to_owned(), profile.clone());
        let mut tag = Self { i2c, delay, bus, profile, shown: None };
        tag.identify()?;
        tag.wipe()?;
        Ok(tag)
    }

    /// Makes the tag say this and nothing else. On return it does.
    ///
    /// # Errors
    ///
    /// [`TagError`] if it could not be written, or not be protected. Then the tag is wiped, or else
    /// [`TagError::NotWiped`].
    pub fn write(&mut self, message: &Message) -> Result<(), TagError> {
        self.wipe()?;
        let written = self.show(message);
        self.or_wiped(written)
    }

    /// Makes sure that a phone reads what was written, and that the tag is still protected. Nothing is
    /// done while there is nothing to be read.
    ///
    /// # Errors
    ///
    /// [`TagError::Changed`] if not, or another one if that could not be found out. Then the tag is
    /// wiped, or else [`TagError::NotWiped`].
    pub fn check(&mut self) -> Result<(), TagError> {
        let Some(shown) = self.shown.take() else { return Ok(()) };
        let checked = self.compare(&shown);
        self.shown = Some(shown);
        self.or_wiped(checked)
    }

    /// Takes everything off the tag, and has its radio sleep. On return, that is so.
    ///
    /// # Errors
    ///
    /// [`TagError::NotWiped`] if there may still be something on it: to be called again. After any
    /// other one the memory is empty, but the tag is not protected, so nothing can be written.
    pub fn wipe(&mut self) -> Result<(), TagError> {
        self.shown = None;
        let ready = self.prepare();
        let emptied = self.contents().and_then(|held| self.put(&held, &image(&[])));
        match (ready, emptied) {
            (ready, Ok(())) => ready,
            (Err(first), Err(_)) | (Ok(()), Err(first)) => {
                Err(TagError::NotWiped(first.to_string()))
            }
        }
    }

    fn or_wiped(&mut self, done: Result<(), TagError>) -> Result<(), TagError> {
        done.map_err(|error| match self.wipe() {
            Err(TagError::NotWiped(why)) => TagError::NotWiped(format!("{error}; and then: {why}")),
            // That it is wiped, but something else is wrong, can wait for the next call.
            Ok(()) | Err(_) => error,
        })
    }

    /// Anything may be at these addresses, such as an EEPROM: it is not written to.
    fn identify(&mut self) -> Result<(), TagError> {
        let mut found = [0; 12];
        self.read(Space::System, MEM_SIZE, &mut found)?;
        // Blocks less one, bytes of a block less one, and a UID of STMicroelectronics (5.7).
        let [low, high] = (self.profile.size / 4 - 1).to_le_bytes();
        let [found_low, found_high, block, .., maker, iso] = found;
        if (found_low, found_high, block, maker, iso) == (low, high, 3, 0x02, 0xe0) {
            return Ok(());
        }
        let found = format!(
            "{found_high:02x}{found_low:02x} blocks of {block:02x}, UID {iso:02x}{maker:02x}"
        );
        let (bus, address) = (self.bus.clone(), self.profile.system_address());
        Err(TagError::NotThis { bus, address, size: self.profile.size, found })
    }

    /// The radio sleeps, and neither it nor the chip's own configuration stands in the way.
    fn prepare(&mut self) -> Result<(), TagError> {
        self.set(RF_MNGT_DYN, RADIO, SLEEP)?;
        // While the mailbox is in use the memory cannot be written (6.4).
        self.set(MB_CTRL_DYN, MB_EN, 0)?;
        let config = self.config()?;
        if let Some(&(name, _, wanted)) = wrong(&config).first() {
            let outcome = self.configure(&config);
            // The session ends however that went, by a password that is not the chip's.
            let closed = self.present([0xff; 8]);
            if !outcome? {
                return Err(TagError::Password { register: name, wanted });
            }
            closed?;
            // A new value of RF_MNGT may have been taken over.
            self.set(RF_MNGT_DYN, RADIO, SLEEP)?;
        }
        match config[I2CSS] {
            0 => Ok(()),
            other => Err(TagError::Protected(other)),
        }
    }

    /// Sets what is not as it has to be. False if the chip does not take the password.
    fn configure(&mut self, config: &[u8; 16]) -> Result<bool, TagError> {
        self.present([0; 8])?;
        let mut session = [0];
        self.read(Space::User, I2C_SSO_DYN, &mut session)?;
        if session[0] & 1 == 0 {
            return Ok(false);
        }
        for (_, register, wanted) in wrong(config) {
            // One at a time (6.4.2).
            self.send(Space::System, register as u16, &[wanted])?;
        }
        if wrong(&self.config()?).is_empty() { Ok(true) } else { Err(TagError::Differs) }
    }

    fn config(&mut self) -> Result<[u8; 16], TagError> {
        let mut config = [0; 16];
        self.read(Space::System, 0, &mut config)?;
        Ok(config)
    }

    /// Opens the session in which I2C may change the configuration; any other password closes it.
    fn present(&mut self, password: [u8; 8]) -> Result<(), TagError> {
        let mut bytes = [PRESENT; 17];
        bytes[..8].copy_from_slice(&password);
        bytes[9..].copy_from_slice(&password);
        Ok(self.send(Space::System, I2C_PWD, &bytes)?)
    }

    fn show(&mut self, message: &Message) -> Result<(), TagError> {
        let mut image = image(message.as_bytes());
        self.put(&self::image(&[]), &image)?;
        image[LENGTH] = message.as_bytes().len() as u8;
        self.send(Space::User, LENGTH as u16, &image[LENGTH..=LENGTH])?;
        self.set(RF_MNGT_DYN, RADIO, AWAKE)?;
        self.compare(&image)?;
        self.shown = Some(image);
        Ok(())
    }

    /// Whether a phone can read this, and nobody by radio can change it.
    fn compare(&mut self, image: &Image) -> Result<(), TagError> {
        let mut radio = [0];
        self.read(Space::User, RF_MNGT_DYN, &mut radio)?;
        let is_as_left = radio[0] & RADIO == AWAKE && wrong(&self.config()?).is_empty();
        if is_as_left && self.contents()? == *image { Ok(()) } else { Err(TagError::Changed) }
    }

    /// Makes the memory, which holds that, hold this. Rows that are the same are left alone: it wears
    /// out by being written.
    fn put(&mut self, held: &Image, image: &Image) -> Result<(), TagError> {
        for (n, (row, held)) in image.chunks(ROW).zip(held.chunks(ROW)).enumerate() {
            if row != held {
                self.send(Space::User, (n * ROW) as u16, row)?;
            }
        }
        if self.contents()? == *image { Ok(()) } else { Err(TagError::Differs) }
    }

    fn contents(&mut self) -> Result<Image, TagError> {
        let mut held = Image::new(vec![0; USED]);
        for (n, piece) in held.chunks_mut(PIECE).enumerate() {
            self.read(Space::User, (n * PIECE) as u16, piece)?;
        }
        Ok(held)
    }

    /// Sets these bits of a dynamic register, which has no others that can be set, unless it has them.
    fn set(&mut self, register: u16, bits: u8, value: u8) -> Result<(), TagError> {
        let mut held = [0];
        self.read(Space::User, register, &mut held)?;
        if held[0] & bits != value {
            self.send(Space::User, register, &[value])?;
            self.read(Space::User, register, &mut held)?;
        }
        if held[0] & bits == value { Ok(()) } else { Err(TagError::Differs) }
    }

    fn send(&mut self, space: Space, at: u16, bytes: &[u8]) -> Result<(), DriverError> {
        let mut message = Zeroizing::new([0; 2 + 17]);
        message[..2].copy_from_slice(&at.to_be_bytes());
        message[2..2 + bytes.len()].copy_from_slice(bytes);
        let message = &message[..2 + bytes.len()];
        self.attempt(space, &mut |i2c, address| i2c.write(address, message))
    }

    fn read(&mut self, space: Space, at: u16, bytes: &mut [u8]) -> Result<(), DriverError> {
        self.attempt(space, &mut |i2c, address| i2c.write_read(address, &at.to_be_bytes(), bytes))
    }

    /// Until the chip answers, or should have. Whatever is sent may be sent twice.
    fn attempt(&mut self, space: Space, transfer: Transfer<'_, I>) -> Result<(), DriverError> {
        let address = match space {
            Space::User => self.profile.address,
            Space::System => self.profile.system_address(),
        };
        let (began, mut attempts) = (Instant::now(), ATTEMPTS);
        loop {
            match transfer(&mut self.i2c, address) {
                Ok(()) => return Ok(()),
                Err(_) if attempts > 1 && began.elapsed() < LONGEST => self.delay.delay_ms(1),
                Err(error) => return Err(transfer_failed(&self.bus, address, &error)),
            }
            attempts -= 1;
        }
    }
}

/// The registers that are not as they have to be: name, number, and what they have to hold.
fn wrong(config: &[u8; 16]) -> Vec<(&'static str, usize, u8)> {
    let after = |end: usize| (usize::from(config[end]) + 1) * 32;
    // Where each area begins (4.2.1). Those that are not there begin where the memory ends.
    let areas = [
        ("RFA1SS", RFA1SS, READ_ONLY, 0),
        ("RFA2SS", RFA2SS, READ_ONLY_BUT_FOR_NOBODY, after(ENDA1)),
        ("RFA3SS", RFA3SS, READ_ONLY_BUT_FOR_NOBODY, after(ENDA2)),
        ("RFA4SS", RFA4SS, READ_ONLY_BUT_FOR_NOBODY, after(ENDA3)),
    ];
    let areas = areas.into_iter().filter(|(.., start)| *start < USED);
    let areas = areas.map(|(name, register, wanted, _)| (name, register, wanted));
    let others =
        [("RF_MNGT", RF_MNGT, SLEEP), ("LOCK_CCFILE", LOCK_CCFILE, 0), ("LOCK_CFG", LOCK_CFG, 1)];
    others
        .into_iter()
        .chain(areas)
        .filter(|(_, register, wanted)| config[*register] != *wanted)
        .collect()
}

/// The memory with this message, of which the length is not given yet.
///
/// In front is the capability container (NFC Forum, Type 5 Tag, 4.3): blocks have addresses of one byte;
/// version 1.0, to be read by all and written by none; the bytes that follow, in eights; several blocks
/// may be read at once.
fn image(message: &[u8]) -> Image {
    const NDEF: u8 = 0x03;
    const TERMINATOR: u8 = 0xfe;
    let mut image = Image::new(vec![0; USED]);
    image[..LENGTH].copy_from_slice(&[0xe1, 0x43, (USED / 8 - 1) as u8, 0x01, NDEF]);
    image[LENGTH + 1..][..message.len()].copy_from_slice(message);
    image[LENGTH + 1 + message.len()] = TERMINATOR;
    image
}
