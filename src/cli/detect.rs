//! `detect`: which board is attached, by what the machine says of itself.

mod report;

use std::path::{Path, PathBuf};

use super::text::{Style, json_line};
use super::{Failure, failed, print, usage};
use crate::board::{self, BoardError};
use crate::detect::{self, Applied, DROP_IN, RealBus, suggest};

/// What to look at, and what to do with it.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Options {
    /// Look at the machine whose files are below this directory, instead of this one
    #[arg(long, value_name = "DIR", conflicts_with = "probe_i2c")]
    root: Option<PathBuf>,
    /// Read a byte at 0x3c and 0x3d on the I2C bus of the header
    #[arg(long)]
    probe_i2c: bool,
    /// Write the board into a drop-in of the configuration, if a HAT says which one it is
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    output: super::arguments::Output,
}

pub(super) fn detect(options: &Options) -> Result<(), Failure> {
    let here = Path::new("/");
    let root = options.root.as_deref().unwrap_or(here);
    if !root.is_dir() {
        return Err(Failure::Usage(format!("--root: {} is not a directory", root.display())));
    }
    let mut bus = RealBus;
    let bus: Option<&mut dyn detect::ProbeBus> =
        if options.probe_i2c { Some(&mut bus) } else { None };
    let escaped = |error: BoardError| {
        let lines = error.to_string();
        let lines: Vec<String> = lines.lines().map(super::text::escape).collect();
        usage(lines.join("\n"))
    };
    let evidence = detect::gather(root, options.root.is_none(), bus).map_err(escaped)?;
    let outcome = suggest(&evidence, board::all(root));
    let applied = options.apply.then(|| detect::apply(root, &outcome));
    if options.output.json {
        let applied = applied.as_ref().and_then(|applied| applied.as_ref().ok());
        print(&json_line(&report::json(&evidence, &outcome, applied)))?;
    } else {
        print(&report::text(Style::of_stdout(), &evidence, &outcome, options.apply))?;
        match &applied {
            Some(Ok(Applied::Written { board })) => {
                // What runs here is not what an image will run.
                let restart =
                    if options.root.is_none() { " (systemctl restart pairpanel)" } else { "" };
                let next = format!("it counts from the next start of pairpanel{restart}");
                print(&format!("\n{DROP_IN} now says board = {board:?}; {next}\n"))?;
            }
            Some(Ok(Applied::AlreadyThere { board })) => {
                print(&format!("\n{DROP_IN} says board = {board:?} already\n"))?;
            }
            _ => {}
        }
    }
    match applied {
        Some(Err(error)) => Err(failed(super::text::escape(&error.to_string()))),
        _ => Ok(()),
    }
}
