//! The buttons and the keypad: levels of GPIO lines and keys of input devices that become
//! [`Event`]s.
//!
//! ```text
//! button ─┬─ gpio ──────────────┐
//!         ├─ kernel ─ device ───┤
//! keypad ─┼─ numpad ─ codes ────┼──▶ Event::{KeyReady, Edge, KeyFailed}
//!         └─ matrix ─ scan ─────┘
//! ```
//!
//! Every edge is passed on as it comes, bouncing included. What counts as a press, and for how
//! long a level must last, the pairing core decides. A keypad is listened to only while the core
//! asks for it.

mod chip;
mod codes;
mod device;
mod devices;
mod error;
mod gpio;
mod kernel;
mod keypad;
mod keys;
mod matrix;
mod numpad;
mod resolve;
mod scan;
mod stamp;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evdev::KeyCode;
use tokio::sync::mpsc::UnboundedSender;

pub(crate) use chip::{CONSUMER, drive, survey};
pub use error::{DeviceError, GpioError};
pub use keypad::watch_keypad;
pub use resolve::{ChipInfo, HeldLine, check_name, find_chip};

use self::devices::Changes;
use self::kernel::KernelKey;
use crate::board::{Active, Bias, Button, InputDevice, Line, Source};
use crate::clock::Clock;
use crate::pairing::{Event, Key};

/// How long to wait before what is missing is asked for again: twice as long each time.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// How long udev has for giving a new device file to its group. Until then it may not be opened,
/// which is nothing to complain of.
const UDEV: Duration = Duration::from_millis(300);

/// The device file of an input device that is plugged into the machine whose files are below
/// `root`. It is not opened.
pub(crate) fn locate_device(root: &Path, wanted: &InputDevice) -> Result<PathBuf, DeviceError> {
    let devices = devices::devices_below(root);
    devices::find(&wanted.name, &wanted.phys, &devices).map(|device| device.path.clone())
}

/// Tells `events` what the buttons do, for as long as there is somebody to be told. A line or
/// device that cannot be had, or is lost, is named once in the log, and tried again without end.
/// Must be called within a tokio runtime, and runs on it.
pub fn watch(buttons: &[Button], clock: &Clock, events: &UnboundedSender<Event>) {
    let mut devices: Vec<(InputDevice, Vec<KernelKey>)> = Vec::new();
    for Button { role, label, source, .. } in buttons {
        let (key, label) = ((*role).into(), label.clone());
        match source {
            Source::Gpio { line, active, bias } => {
                let wiring = (line.clone(), *active, *bias);
                tokio::spawn(watch_line(key, label, wiring, clock.clone(), events.clone()));
            }
            Source::Evdev { device, code } => {
                let key = KernelKey { code: KeyCode(*code), key, label };
                match devices.iter_mut().find(|(other, _)| other == device) {
                    Some((_, keys)) => keys.push(key),
                    None => devices.push((device.clone(), vec![key])),
                }
            }
        }
    }
    for (device, keys) in devices {
        tokio::spawn(kernel::watch(device, keys, clock.clone(), events.clone()));
    }
}

async fn watch_line(
    key: Key,
    label: String,
    (line, active, bias): (Line, Active, Bias),
    clock: Clock,
    events: UnboundedSender<Event>,
) {
    let mut trouble = Trouble::new(format!("{label} key"));
    while !events.is_closed() {
        let why = match gpio::Key::open(key, &line, active, bias) {
            Ok(line) => {
                if let Some(warning) = line.warning() {
                    log::warn!("{label} key: {warning}");
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

    /// Returns when an input device that is missing for this reason may be there.
    async fn pause_until_change(
        &mut self,
        changes: io::Result<Changes>,
        error: &DeviceError,
        clock: &Clock,
    ) {
        let noticed = match changes {
            Ok(changes) if error.ends_with_a_change() => changes.next().await.is_ok(),
            _ => false,
        };
        if noticed {
            clock.sleep_until(clock.now() + UDEV).await;
        } else {
            self.pause(clock).await;
        }
    }
}
