//! What is said and asked, from the first question to the profile that is written.

mod ask;
mod display;
mod keys;
mod outputs;
mod result;

use std::path::{Path, PathBuf};

use self::ask::{Left, yes};
use super::{Checked, Parts};
use crate::board::{Board, Buzzer, DisplayProfile, Led};
use crate::clock::Time;
use crate::display::Frame;
use crate::pairing::Event;

/// The terminal, the board and the file, as the conversation has them.
pub trait Bench {
    /// Prints text on the terminal.
    fn say(&mut self, text: &str);

    /// The next thing that happens; [`Happening::Nothing`] if nothing has by then. Without a time it
    /// waits for as long as that takes.
    fn wait(&mut self, until: Option<Time>) -> Happening;

    /// The time now.
    fn now(&self) -> Time;

    /// Shows a frame on the display that `profile` describes. One that is there `anew` has to be
    /// opened and initialised, after [what another profile](crate::display::Driver::start_over) may
    /// have left in it.
    ///
    /// # Errors
    ///
    /// Why not, in one line.
    fn show(&mut self, profile: &DisplayProfile, frame: &Frame, anew: bool) -> Result<(), String>;

    /// Leaves the display dark, if it has been opened, and closes it.
    fn clear(&mut self);

    /// Tells from now on what the keys do.
    fn listen(&mut self, board: &Board);

    /// Lights the lamp for two seconds from now on; it is dark before and after.
    fn light(&mut self, led: &Led);

    /// Has the buzzer say something.
    ///
    /// # Errors
    ///
    /// Why not, in one line.
    fn sound(&mut self, buzzer: &Buzzer) -> Result<(), String>;

    /// Gives lamp and buzzer back.
    fn rest(&mut self);

    /// Whether there is a file.
    fn exists(&self, path: &Path) -> bool;

    /// Writes a file: all of it or nothing.
    ///
    /// # Errors
    ///
    /// Why not, in one line.
    fn save(&mut self, path: &Path, text: &str) -> Result<(), String>;
}

/// What happens while somebody is asked something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A line was typed.
    Line(String),
    /// The person has gone: end of input, or Ctrl-C.
    Ended,
    /// A key of the board.
    Key(Event),
    /// It is later.
    Nothing,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was to be tried.
    Declined,
    /// The person left in the middle. Nothing was written.
    Left,
    /// The profile is right as it is.
    AsShipped,
    /// Something was not found, or not seen to work, and there is nothing new to write.
    NotConfirmed,
    /// What was found was not to be written.
    NotWritten,
    /// It is in this file.
    Written(PathBuf),
    /// It could not be written, and why.
    Failed(String),
}

/// A board that is to be tried.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What its file says, pins of the header as they are.
    pub board: &'a Board,
    /// The text of that file.
    pub text: &'a str,
    /// The same on this machine.
    pub here: &'a Board,
    /// What of it can be tried.
    pub parts: &'a Parts,
    /// What this machine calls itself.
    pub model: &'a str,
}

/// Tries the board with the person at the terminal. In whatever way it ends, the display is dark then,
/// and lamp and buzzer are off.
pub fn talk(bench: &mut dyn Bench, subject: &Subject<'_>) -> Ended {
    let ended = run(bench, subject).unwrap_or(Ended::Left);
    bench.rest();
    bench.clear();
    if ended == Ended::Left {
        bench.say("\nLeft: the display is cleared, and nothing is written.\n");
    }
    ended
}

fn run(bench: &mut dyn Bench, subject: &Subject<'_>) -> Result<Ended, Left> {
    bench.say(&result::plan(subject));
    if !yes(bench, "Try it now?")? {
        bench.say("Nothing was tried.\n");
        return Ok(Ended::Declined);
    }
    let Subject { board, here, parts, .. } = subject;
    let mut found = (*board).clone();
    let mut checked = Checked::default();
    for (part, is_there) in parts.all() {
        if let Err(why) = is_there {
            checked.open.push(format!("{part} ({why})"));
        }
    }
    let mut glass = None;
    if parts.display == Some(Ok(()))
        && let (Some(profile), Some(display)) = (&here.display, &mut found.display)
    {
        glass = display::find(bench, profile, display, &mut checked)?;
    }
    if parts.keys == Some(Ok(())) {
        keys::check(bench, here, &mut found, glass.as_ref(), &mut checked)?;
    }
    bench.clear();
    outputs::check(bench, subject, &mut found, &mut checked)?;
    bench.rest();
    result::finish(bench, subject, &found, &checked)
}
