//! pairpanel.

pub mod bluez;
pub mod board;
pub mod clock;
pub mod display;
pub mod input;
pub mod pairing;
#[cfg(feature = "simulator")]
pub mod sim;
