//! Tries a board with a person who looks at it: which display it really is, and which key is which.
//!
//! ```text
//!            ┌─ search ─ view ─ nudge     what the glass is, by what is seen on it
//! Bench ◀──▶ talk ─ keys                  which key it was, by what arrives
//! (cli)      └─ rewrite                   the profile, with what was found
//! ```
//!
//! Nothing in here does I/O: the terminal, the display, the keys and the file are a [`Bench`]. Nothing
//! is known about pairing either. No program can tell these controllers apart, nor how a glass is
//! connected: only a person sees that. So pictures are shown as one kind of glass after the other
//! would have them, and each answer rules out the kinds on which that picture would have looked
//! different.

mod checked;
mod guess;
mod keys;
mod nudge;
mod parts;
mod picture;
mod rewrite;
mod search;
mod talk;
mod view;

pub use checked::{Checked, WriteError};
pub use guess::Guess;
pub use keys::{KeyTrial, LET_GO, Verdict, WAIT};
pub use parts::{Missing, Parts};
pub use picture::{label, mark, picture};
pub use rewrite::{Edit, RewriteError, rewrite};
pub use search::{ATTEMPTS, Search};
pub use talk::{Bench, Ended, Happening, Subject, talk};
pub use view::{Direction, Half, Side, Sides, View};
