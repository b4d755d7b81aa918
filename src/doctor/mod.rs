//! What `pairpanel doctor` looks at: whether this machine, or an image of one, lets pairpanel do its
//! work. It reads files and asks the bus; it changes, opens and drives nothing.
//!
//! One check is one function, which returns what it found; checks of one subject share a file. All
//! files are read below a root directory, so that an image can be examined where it is built, and a
//! test can make a tree. A check that cannot be made says so and why, because a silent one would be
//! taken for a good one.

mod accounts;
mod adapters;
mod agents;
mod bluetoothd;
mod bus;
mod keyfile;
mod markup;
mod nodes;
mod oob;
mod panel;
mod policy;
mod report;
mod settings;
mod storage;
mod unit;

use std::path::PathBuf;

use serde::Serialize;

use self::accounts::Service;
use self::bus::Bus;
use crate::tree::{self, Tree};
pub(crate) use report::wrap;
pub use report::{json, table};

/// Whose health is examined.
#[derive(Clone, Debug)]
pub struct System {
    /// Where its files are: `/` for this machine.
    pub root: PathBuf,
    /// Whether it runs, so that `/proc`, `/sys`, `/dev` and the bus below `root` are its own.
    pub running: bool,
    /// The bus to ask if it runs; `None` for the system bus.
    pub bus: Option<String>,
}

impl System {
    /// This machine.
    pub fn here() -> Self {
        Self { root: "/".into(), running: true, bus: None }
    }

    /// An image whose files are below `root`.
    pub fn image(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), running: false, bus: None }
    }
}

/// How grave a finding is, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// pairpanel does not work with it, or pairing is not safe.
    Fault,
    /// It works, but somebody may be surprised.
    Warning,
    /// Nobody has looked, so it may be any of the others.
    NotChecked,
    /// Worth knowing.
    Note,
    /// As it should be.
    Ok,
}

impl State {
    /// All five, the gravest first.
    pub const ALL: [Self; 5] = [Self::Fault, Self::Warning, Self::NotChecked, Self::Note, Self::Ok];

    /// The word for it, as in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
            Self::NotChecked => "not-checked",
            Self::Note => "note",
            Self::Ok => "ok",
        }
    }
}

/// What one check has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// How grave it is.
    pub state: State,
    /// What was found, in one sentence; for [`State::NotChecked`] why nothing was.
    pub found: String,
    /// The file, and the line where there is one: `/etc/bluetooth/main.conf:12`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Finding {
    fn new(check: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { check, state, found: found.into(), place: None, fix: None }
    }

    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Ok, found)
    }

    fn note(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Note, found)
    }

    fn warning(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Warning, found)
    }

    fn fault(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Fault, found)
    }

    fn not_checked(check: &'static str, why: impl Into<String>) -> Self {
        Self::new(check, State::NotChecked, why)
    }

    fn at(mut self, place: impl ToString) -> Self {
        self.place = Some(place.to_string());
        self
    }

    fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Of one of this crate's errors, which say what is wrong, a semicolon, and what to do.
    fn of_error(check: &'static str, error: &impl ToString) -> Self {
        let text = error.to_string();
        match text.split_once("; ") {
            Some((found, fix)) => Self::fault(check, found).fix(fix),
            None => Self::fault(check, text),
        }
    }
}

/// Why nothing of an image's hardware, processes or bus is examined.
const AT_REST: &str = "an image that does not run was examined";

/// Examines everything. The gravest findings come first, those of one state in the order of the
/// checks.
pub async fn examine(system: &System) -> Vec<Finding> {
    let tree = Tree::new(&system.root);
    let bus =
        if system.running { bus::ask(system.bus.as_deref()).await } else { Bus::unknown(AT_REST) };
    let service = Service::find(&tree, system.running);

    let mut findings = panel::check(&tree, &service, system.running);
    findings.extend(accounts::check(&service));
    findings.extend(policy::check(&tree, &service));
    findings.extend(agents::check(&tree));
    findings.push(agents::default_agent(&bus));
    findings.extend(bluetoothd::check(&tree, system.running, &bus));
    findings.extend(settings::check(&tree, bluetoothd::version(&tree, &bus)));
    findings.extend(storage::check(&tree, system.running));
    findings.extend(adapters::check(&tree, system.running, &bus));
    findings.sort_by_key(|finding| finding.state);
    findings
}
