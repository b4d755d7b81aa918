//! pairpanel.

pub mod bluez;
pub mod clock;
pub mod pairing;
