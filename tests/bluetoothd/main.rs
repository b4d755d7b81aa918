//! The simulated bluetoothd treats an agent as BlueZ does.
#![cfg(feature = "simulator")]
#![allow(clippy::unwrap_used, reason = "what the tests share is test code too")]

mod adapters;
mod advertising;
mod agents;
mod bonding;
mod keys;
mod objects;
mod pairing;
mod panel;
mod phones;
mod pins;
mod prompts;
mod services;
