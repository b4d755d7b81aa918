//! What there is to know of a panel from elsewhere, as a value: no code is in it.

use std::collections::BTreeMap;

use super::session::Session;
use super::{Capability, DeviceId, Health, Key, Peer};
use crate::clock::Time;

/// The state of the panel. Times are moments, so that it changes only when something happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What bluetoothd has been told that this machine can do; `None` while the agent is not
    /// registered.
    pub capability: Option<Capability>,
    /// The capability that the board would have with all of its parts working.
    pub nominal: Capability,
    /// What is going on.
    pub activity: Activity,
    /// What keeps devices from pairing, if anything does.
    pub health: Health,
    /// Whether bluetoothd asks this agent.
    pub default_agent: DefaultAgent,
    /// Until when the pairing window is open.
    pub window: Option<Time>,
    /// Until when nothing is asked, after too many refusals.
    pub paused: Option<Time>,
    /// The display; `None` on a board without one.
    pub display: Option<Part>,
    /// The keys; those of a keypad count as one, under [`Key::Enter`].
    pub keys: BTreeMap<Key, Part>,
    /// bluetoothd's adapters, by object path.
    pub adapters: BTreeMap<String, AdapterStatus>,
    /// The devices that are bonded or blocked.
    pub devices: BTreeMap<DeviceId, DeviceStatus>,
}

/// What a panel is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// Nothing.
    Idle,
    /// The pairing window is open.
    Window,
    /// Somebody at the panel is asked something.
    Asking,
    /// A code is shown that is to be typed on the other device.
    Showing,
    /// A pairing was accepted here and has not ended yet.
    Settling,
    /// Nothing is asked, after too many refusals.
    Paused,
}

/// Whether a part of the board works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// It has said neither that it does nor that it does not.
    Starting,
    /// It does.
    Working,
    /// A key that is down for too long.
    Stuck,
    /// It does not.
    Failed,
}

/// Whether bluetoothd asks this agent when a device wants to pair. BlueZ tells nobody who the
/// default agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefaultAgent {
    /// The agent is not registered.
    No,
    /// It was made the default, and nothing has been seen since that speaks against it.
    Yes,
    /// Something has been seen that happens when another agent becomes the default.
    Doubtful,
}

/// An adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterStatus {
    /// `Adapter1.Address`.
    pub address: String,
    /// The name that phones see.
    pub alias: String,
    /// Whether it is switched on.
    pub powered: bool,
    /// `Adapter1.Pairable`.
    pub pairable: bool,
    /// `Adapter1.Discoverable`.
    pub discoverable: bool,
    /// Whether the panel is for it.
    pub used: bool,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Its name and address.
    pub peer: Peer,
    /// Whether there is a bond with it.
    pub bonded: bool,
    /// Whether it is connected.
    pub connected: bool,
    /// `Device1.Trusted`.
    pub trusted: bool,
    /// `Device1.Blocked`.
    pub blocked: bool,
}

impl Session {
    /// What there is to know of the panel.
    pub fn status(&self, now: Time) -> Status {
        let (adapters, known) = (self.adapters.iter(), self.devices.iter());
        let is = |flag| flag == Some(true);
        let adapters = adapters.map(|(path, adapter)| {
            let status = AdapterStatus {
                address: adapter.address.clone(),
                alias: adapter.alias.clone(),
                powered: adapter.powered,
                pairable: adapter.pairable,
                discoverable: adapter.discoverable,
                used: self.uses(path),
            };
            (path.clone(), status)
        });
        let devices = known.filter(|(_, known)| is(known.bonded) || is(known.blocked));
        let devices = devices.map(|(device, known)| {
            let status = DeviceStatus {
                peer: self.peer(device),
                bonded: is(known.bonded),
                connected: known.connected.is_some(),
                trusted: is(known.trusted),
                blocked: is(known.blocked),
            };
            (device.clone(), status)
        });
        Status {
            capability: self.registered,
            nominal: self.fittings.abilities().capability(self.fittings.at_most),
            activity: self.activity(now),
            health: self.health(),
            default_agent: match self.registered {
                Some(_) if self.default.doubtful => DefaultAgent::Doubtful,
                Some(_) => DefaultAgent::Yes,
                None => DefaultAgent::No,
            },
            window: self.window.remaining(now).and(self.window.deadline()),
            paused: self.pause(now).and(self.backoff.deadline()),
            display: self.display_part(),
            keys: self.controls.parts(&self.fittings),
            adapters: adapters.collect(),
            devices: devices.collect(),
        }
    }

    fn activity(&self, now: Time) -> Activity {
        if self.prompt.is_some() {
            Activity::Asking
        } else if self.shown.is_some() {
            Activity::Showing
        } else if self.settling.is_some() {
            Activity::Settling
        } else if self.pause(now).is_some() {
            Activity::Paused
        } else if self.window.remaining(now).is_some() {
            Activity::Window
        } else {
            Activity::Idle
        }
    }

    pub(super) fn display_part(&self) -> Option<Part> {
        self.fittings.display.then_some(if self.display_works {
            Part::Working
        } else if self.display_unreported {
            Part::Starting
        } else {
            Part::Failed
        })
    }
}
