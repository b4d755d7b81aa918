//! The pairing core: told as stories, and searched with random events.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod answers;
mod calls;
mod endings;
mod entry;
mod guards;
mod panel;
mod properties;
mod services;
mod world;
