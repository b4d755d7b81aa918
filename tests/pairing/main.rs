//! The pairing core: told as stories, and judged by rules whatever happens.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod answers;
mod bonds;
mod calls;
mod data;
mod endings;
mod entry;
mod fingerprint;
mod glow;
mod guards;
mod lines;
mod oob;
mod op;
mod panel;
mod properties;
mod rules;
mod search;
mod services;
mod sounds;
mod unlucky;
mod window;
mod witness;
mod world;
