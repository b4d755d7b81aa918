//! The pairing core.

mod capability;

pub use capability::{Capability, UnknownCapability};
