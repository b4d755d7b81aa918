//! `check BOARD` at the board: what can be tried there, and the terminal for it.

mod hardware;
mod save;
mod terminal;

use std::io::{self, IsTerminal as _};
use std::path::Path;

use self::terminal::Terminal;
use super::client::{Client, on_the_bus};
use super::{Failure, failed, print, usage};
use crate::bench::{Ended, Subject, talk};
use crate::board::Board;
use crate::detect::AUTO;

/// Offers to try the board, if somebody is there and the machine has it; says why not otherwise.
pub(super) fn offer(name: &str, board: &Board) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return nothing("this is no terminal, at which somebody could say what the board does");
    }
    let here = match board.clone().here(Path::new("/")) {
        Ok(here) => here,
        Err(error) => return nothing(&error.to_string()),
    };
    // Only a daemon that answers is there: without a bus there is none either.
    if on_the_bus(async |connection| Client::of(connection).await.map(drop)).is_ok() {
        return nothing(
            "pairpanel is running, and has the display and the keys; stop it (systemctl stop \
             pairpanel), and check again",
        );
    }
    let parts = hardware::parts(&here);
    if let Some(why) = parts.nothing() {
        return nothing(&why);
    }
    let name = if name == AUTO { &board.id } else { name };
    let text = Board::text(name).map_err(usage)?;
    let model = hardware::model(Path::new("/"));
    // What is wrong with a line or a device is said by what opens it.
    crate::logging::start(log::LevelFilter::Warn);
    let mut terminal = Terminal::start().map_err(failed)?;
    let subject = Subject { board, text: &text, here: &here, parts: &parts, model: &model };
    match talk(&mut terminal, &subject) {
        Ended::Declined | Ended::AsShipped | Ended::NotWritten | Ended::Written(_) => Ok(()),
        Ended::Left => Err(Failure::Failed("left before the end; nothing is written".to_owned())),
        Ended::NotConfirmed => Err(Failure::Failed(
            "not all of the board was seen to work; what was not is listed above".to_owned(),
        )),
        Ended::Failed(why) => Err(Failure::Failed(format!("nothing is written: {why}"))),
    }
}

fn nothing(why: &str) -> Result<(), Failure> {
    print(&format!("tried       nothing: {why}\n"))
}
