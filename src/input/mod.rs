//! The buttons and the keypad: levels of GPIO lines and keys of input devices that become
//! [`Event`]s.
//!
//! ```text
//! button  ── gpio ──────────────┐
//! keypad ─┬─ matrix ── scan ────┼──▶ Event::{KeyReady, Edge, KeyFailed}
//!         └─ numpad ── codes ───┘
//! ```
//!
//! Every edge is passed on as it comes, bouncing included. What counts as a press, and for how
//! long a level must last, the pairing core decides. A keypad is listened to only while the core
//! asks for it.

mod chip;
mod codes;
mod devices;
mod error;
mod gpio;
mod keypad;
mod keys;
mod matrix;
mod numpad;
mod resolve;
mod scan;
mod stamp;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

pub(crate) use chip::drive;
pub use error::{GpioError, NumpadError};
pub use keypad::watch_keypad;

use crate::board::Button;
use crate::clock::Clock;
use crate::pairing::Event;

/// How long to wait before what is missing is asked for again: twice as long each time.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// The device file of the keypad that is plugged into the machine whose files are below `root`. It is
/// not opened.
pub(crate) fn locate_keypad(
    root: &Path,
    name: &str,
    phys: &[String],
) -> Result<PathBuf, NumpadError> {
    let devices = devices::devices_below(root);
    devices::find(name, phys, &devices).map(|device| device.path.clone())
}

/// Tells `events` what the button does, for as long as there is somebody to be told. A line that
/// cannot be had, or is lost, is named once in the log, and tried again without end.
pub async fn watch(button: Button, clock: Clock, events: UnboundedSender<Event>) {
    let key = button.role.into();
    let mut trouble = Trouble::new(format!("{} key", button.label));
    while !events.is_closed() {
        let why = match gpio::Key::open(&button) {
            Ok(line) => {
                if let Some(warning) = line.warning() {
                    log::warn!("{} key: {warning}", button.label);
                }
                trouble.over();
                let ready = Event::KeyReady { key, down: line.down(), at: clock.now() };
                // That nobody listens any more is noticed by the loop.
                let _ = events.send(ready);
                line.run(&clock, &events).await
            }
            Err(error) => error.to_string(),
        };
        trouble.say(why);
        let _ = events.send(Event::KeyFailed(key));
        trouble.pause(&clock).await;
    }
}

/// What is wrong with an input, as far as the log knows, and when to try again.
struct Trouble {
    /// With what.
    who: String,
    said: String,
    wait: Duration,
}

impl Trouble {
    fn new(who: String) -> Self {
        Self { who, said: String::new(), wait: FIRST_RETRY }
    }

    /// The input works.
    fn over(&mut self) {
        log::info!("{} ready", self.who);
        self.said.clear();
        self.wait = FIRST_RETRY;
    }

    /// It does not, and why. The same reason is said once.
    fn say(&mut self, why: String) {
        if why != self.said {
            log::warn!("{}: {why}", self.who);
            self.said = why;
        }
    }

    /// Returns when it is time to try again.
    async fn pause(&mut self, clock: &Clock) {
        clock.sleep_until(clock.now() + self.wait).await;
        self.wait = (self.wait * 2).min(LONGEST_RETRY);
    }
}
