//! pairpanel.

pub mod clock;
pub mod pairing;
