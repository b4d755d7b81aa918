//! Log lines on standard error: with journald's priority prefix under systemd, with the level's
//! name elsewhere.
//!
//! The levels are a contract. Error: a bug of ours. Warn: the world misbehaves, and what to do.
//! Info: one line for each thing that a person did or would ask about. Debug: every event and
//! effect. No line has a code in it: what holds one prints stars.

use std::io::{self, Write as _};

use log::{Level, LevelFilter, Log, Metadata, Record};

struct Stderr {
    journal: bool,
}

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let priority = match record.level() {
            Level::Error => "<3>",
            Level::Warn => "<4>",
            Level::Info => "<6>",
            Level::Debug | Level::Trace => "<7>",
        };
        let level = record.level().as_str().to_lowercase();
        let name = format!("{level}: ");
        let lead = if self.journal { priority } else { &name };
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{lead}{}", record.args());
    }

    fn flush(&self) {}
}

/// Writes a line of a trace, whatever the level of the log.
pub(crate) fn trace(line: &str) {
    let lead = if in_journal() { "<7>" } else { "" };
    let _ = writeln!(io::stderr().lock(), "{lead}trace {line}");
}

fn in_journal() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some()
}

/// Starts logging at `level`. Call it once; a second call changes nothing.
pub(crate) fn start(level: LevelFilter) {
    let journal = in_journal();
    if log::set_boxed_logger(Box::new(Stderr { journal })).is_ok() {
        log::set_max_level(level);
    }
}
