//! Why a tag cannot be used, in one line with what to do about it.

use crate::display::DriverError;

/// Why a tag cannot be used. Displays as one line, remedy included.
///
/// After every kind but [`NotWiped`](Self::NotWiped) the tag is wiped; see
/// [`open`](super::open) for what is known about it when it could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    /// The bus is not there, or a transfer failed.
    #[error(transparent)]
    Bus(#[from] DriverError),
    /// Something answers, but it is not what the profile says. It was not written to.
    #[error(
        "what answers at {address:#04x} on {bus} is no ST25DV with {size} bytes ({found}); correct \
         [nfc] in the board profile"
    )]
    NotThis {
        /// The bus.
        bus: String,
        /// The address of what should be its system area.
        address: u8,
        /// What the profile says.
        size: u16,
        /// What it says of itself.
        found: String,
    },
    /// The chip's configuration has to be changed, and its password is not the one from the factory.
    #[error(
        "the NFC tag has another I2C password than the one from the factory, so that {register} \
         cannot be set to {wanted:#04x}; set it by the tool that set the password, or exchange the chip"
    )]
    Password {
        /// The first register that is not as it has to be.
        register: &'static str,
        /// What it has to hold.
        wanted: u8,
    },
    /// I2C may not write the memory without a password.
    #[error(
        "the NFC tag's memory is protected against I2C (I2CSS is {0:#04x}); write 0 there by the tool \
         that set it"
    )]
    Protected(u8),
    /// The chip acknowledged what was written and holds something else.
    #[error(
        "the NFC tag does not hold what was written to it; if it happens again, the chip is worn out or \
         its bus is disturbed: exchange the chip, or shorten the wires"
    )]
    Differs,
    /// What is on the tag, or its protection, is no longer what was written.
    #[error(
        "somebody has changed the NFC tag, or it lost power, so it is wiped and written anew; look at \
         who is near it"
    )]
    Changed,
    /// Pairing data, all or some, may still be on the tag.
    #[error(
        "the NFC tag may still hold pairing data ({0}); keep phones away from it until pairpanel has \
         started anew, which wipes it, or take the tag off"
    )]
    NotWiped(String),
}
