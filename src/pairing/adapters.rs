//! The adapters: open exactly while the window is, and ours to be asked about.

use std::time::Duration;

use super::session::Session;
use super::{AdapterState, Capability, DeviceId, Effect, JustWorks};
use crate::clock::Time;

/// How long what we did ourselves may make adapters pairable: bluetoothd does it when an agent
/// becomes the default (BlueZ, `src/adapter.c`, `adapter_set_io_capability`), and an order to it may
/// be carried out late.
const OUR_DOING: Duration = Duration::from_secs(3);
/// How long to wait before being the default agent is asked for again; doubled each time.
const RECLAIM: Duration = Duration::from_secs(2);
const LONGEST_RECLAIM: Duration = Duration::from_secs(300);

/// What is known of whether bluetoothd asks this agent. It tells nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct DefaultGuard {
    /// Something has been seen that happens when another agent becomes the default.
    pub(super) doubtful: bool,
    /// Until when an adapter may become pairable because of what we did.
    ours: Option<Time>,
    /// When it may be asked for again, after how long.
    again: Option<(Time, Duration)>,
    /// When it will be.
    pub(super) due: Option<Time>,
}

impl DefaultGuard {
    /// We do something that makes adapters pairable.
    pub(super) fn our_doing(&mut self, now: Time) {
        self.ours = Some(now + OUR_DOING);
    }
}

impl Session {
    pub(super) fn adapter_changed(&mut self, now: Time, adapter: String, state: AdapterState) {
        let before = self.adapters.insert(adapter.clone(), state.clone());
        if let Some(before) = before {
            let opened = state.pairable && !before.pairable && state.powered == before.powered;
            let ours = self.default.ours.is_some_and(|until| now < until);
            let closed = self.open_for(now, &adapter).is_none();
            if opened && closed && !ours && self.registered.is_some() {
                self.doubt(now, adapter.clone());
            }
            if state.powered && !before.powered {
                // What could not be deleted while it was off.
                self.audit(now, &adapter);
            }
            // bluetoothd takes the host's name a moment after it has the adapter (BlueZ,
            // `plugins/hostname.c`), and the one in the air has to be that on the glass.
            if state.alias != before.alias && self.policy.advertise && !closed {
                return self.order(now, &adapter);
            }
        }
        self.set_adapter(now, &adapter);
    }

    /// An adapter has become pairable, and none of our doing was the reason: so it is when another
    /// agent becomes the default, or leaves and makes us that again (BlueZ, `src/agent.c`,
    /// `add_default_agent`). Somebody may have set it by hand as well.
    fn doubt(&mut self, now: Time, adapter: String) {
        self.default.doubtful = true;
        self.effects.push(Effect::Doubted { adapter });
        if !self.policy.reclaim || self.default.due.is_some() {
            return;
        }
        match self.default.again {
            Some((at, _)) if now < at => self.default.due = Some(at),
            _ => self.reclaim(now),
        }
    }

    /// Asks bluetoothd to be the default agent, which changes nothing if this is it.
    pub(super) fn reclaim(&mut self, now: Time) {
        self.default.due = None;
        if !self.policy.reclaim || self.registered.is_none() {
            return;
        }
        // Whoever does the same would be answered for ever.
        let wait = match self.default.again {
            Some((at, wait)) if now.since(at) < LONGEST_RECLAIM => (wait * 2).min(LONGEST_RECLAIM),
            _ => RECLAIM,
        };
        self.default.again = Some((now + wait, wait));
        self.default.our_doing(now);
        self.effects.push(Effect::Reclaim);
    }

    /// bluetoothd does not have this agent.
    pub(super) fn agent_lost(&mut self, now: Time) {
        self.registered = None;
        self.set_adapters(now);
    }

    pub(super) fn is_registered(&mut self, now: Time, capability: Capability) {
        let new = self.registered.replace(capability).is_none();
        self.default.doubtful = false;
        self.default.our_doing(now);
        if new && self.window.remaining(now).is_some() {
            self.set_adapters(now);
        }
    }

    /// Whether the panel is for the adapter of this device.
    pub(super) fn uses_adapter_of(&self, device: &DeviceId) -> bool {
        self.uses(device.adapter())
    }

    /// Whether the panel is for this adapter.
    pub(super) fn uses(&self, adapter: &str) -> bool {
        let name = adapter.rsplit('/').next().unwrap_or_default();
        let address = self.adapters.get(adapter).map_or("", |state| &state.address);
        let mut wanted = self.policy.adapters.iter();
        self.policy.adapters.is_empty()
            || wanted.any(|wanted| wanted == name || wanted.eq_ignore_ascii_case(address))
    }

    /// Orders each adapter to be as it has to be from now on, whatever it is like: its time-outs and
    /// its advertisement go with the order.
    pub(super) fn set_adapters(&mut self, now: Time) {
        for adapter in self.adapters.keys().cloned().collect::<Vec<_>>() {
            self.order(now, &adapter);
        }
    }

    /// bluetoothd makes adapters pairable by itself whenever an agent or an adapter appears
    /// (BlueZ, `src/adapter.c`, `adapter_set_io_capability`), so each change is looked at.
    fn set_adapter(&mut self, now: Time, adapter: &str) {
        let open = self.open_for(now, adapter).is_some();
        let Some(state) = self.adapters.get(adapter) else { return };
        let as_wanted = state.pairable == open && state.discoverable == open;
        // One that is off cannot be opened, but may be pairable when it is switched on.
        let possible = state.powered || !open && state.pairable;
        if possible && !as_wanted {
            self.order(now, adapter);
        }
    }

    fn order(&mut self, now: Time, adapter: &str) {
        let open = self.open_for(now, adapter);
        let Some(state) = self.adapters.get(adapter) else { return };
        if open.is_some() && !state.powered {
            return;
        }
        if open.is_some() {
            self.default.our_doing(now);
        }
        let advertise = open.is_some() && self.policy.advertise;
        let adapter = adapter.to_owned();
        self.effects.push(Effect::SetAdapter { adapter, open, advertise });
    }

    /// How long an adapter is to be open for pairing, if it is.
    pub(super) fn open_for(&self, now: Time, adapter: &str) -> Option<Duration> {
        // Without this agent somebody else would be asked, or nobody.
        let closed = self.registered.is_none()
            || self.is_broken()
            || self.asks_too_little()
            || self.backoff.until(now).is_some()
            || !self.uses(adapter);
        self.window.remaining(now).filter(|_| !closed)
    }

    /// With `NoInputNoOutput` the kernel accepts BR/EDR just works without asking any agent (Linux,
    /// `net/bluetooth/hci_event.c`, `hci_user_confirm_request_evt`). So the window opens nothing on
    /// such a board if the policy wants more than the open window.
    pub(super) fn asks_too_little(&self) -> bool {
        let nominal = self.fittings.abilities().capability(self.fittings.at_most);
        nominal == Capability::NoInputNoOutput && self.just_works() != JustWorks::Window
    }
}
