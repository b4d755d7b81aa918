//! `pairpanel check BOARD` at the board: the conversation with a person at a terminal, which key it
//! was, and the profile that is written. What is seen on a glass is a matter of `tests/panel`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod bench;
mod conversation;
mod endings;
mod keys;
mod rewriting;
mod terminal;
