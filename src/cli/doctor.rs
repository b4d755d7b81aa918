//! `doctor`: what stands in pairpanel's way on this machine, or in an image of one.

use std::path::PathBuf;

use super::{Failure, block_on, print};
use crate::doctor::{self, State, System};

pub(super) fn doctor(root: Option<PathBuf>, json: bool) -> Result<(), Failure> {
    let system = root.map_or_else(System::here, System::image);
    if !system.root.is_dir() {
        let message = format!("--root: {} is not a directory", system.root.display());
        return Err(Failure::Usage(message));
    }
    block_on(Box::pin(async move {
        let findings = doctor::examine(&system).await;
        print(&if json { doctor::json(&findings) } else { doctor::table(&findings) })?;
        let faults = findings.iter().filter(|finding| finding.state == State::Fault).count();
        match faults {
            0 => Ok(()),
            1 => Err(Failure::Failed("there is a fault; its fix is above".to_owned())),
            n => Err(Failure::Failed(format!("there are {n} faults; their fixes are above"))),
        }
    }))
}
