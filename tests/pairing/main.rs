//! The pairing core: told as stories, and searched with random events.

mod properties;
mod stories;
mod world;
