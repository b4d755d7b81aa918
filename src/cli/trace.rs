//! `--trace` and `--step`: the daemon's trace on standard error.

use std::io::{self, BufRead as _};

use crate::daemon::Trace;
use crate::logging;

/// Whether the trace waits for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Running,
    /// After each line the daemon stands still until Enter is pressed, or input has ended.
    #[cfg(feature = "simulator")]
    Stepping,
}

pub(super) fn trace(pace: Pace) -> Trace {
    let mut waits = pace != Pace::Running;
    Box::new(move |line| {
        logging::trace(line);
        let mut enter = Vec::new();
        // Blocks the only thread, and so stops the whole simulated world.
        if waits {
            waits = matches!(io::stdin().lock().read_until(b'\n', &mut enter), Ok(1..));
        }
    })
}
