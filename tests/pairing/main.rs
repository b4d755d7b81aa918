//! The pairing core: told as stories, and searched with random events.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod properties;
mod stories;
mod world;
