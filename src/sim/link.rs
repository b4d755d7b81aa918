//! Links to remote devices, and a pairing on one as bluetoothd sees it from the kernel's events.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use zbus::wire::Variant;

use super::bluetoothd::{DEVICE, DEVICE_INTERFACES, Daemon, State};
use super::call::{Answer, Call};
use super::code::Code;
use super::device::{Address, AddressType, Authentication, Connected, Device};
use crate::pairing::Capability;
use crate::pairing::association::Transport;

/// How long after its link a temporary device stays (`TemporaryTimeout` in `main.conf`).
const TEMPORARY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a responder waits before it discovers services, after which `Paired` is signalled
/// (`DISCOVERY_TIMER`, `src/device.c`).
const DISCOVERY_TIMER: Duration = Duration::from_secs(1);

/// Why a link goes down, as `Device1.Disconnected` tells it.
#[derive(Clone, Copy, Debug)]
pub(super) enum DisconnectReason {
    Authentication,
    Local,
    Remote,
}

impl DisconnectReason {
    const fn reason(self) -> (&'static str, &'static str) {
        match self {
            Self::Authentication => ("org.bluez.Reason.Authentication", "Authentication failed"),
            Self::Local => ("org.bluez.Reason.Local", "Disconnected by the local host"),
            Self::Remote => ("org.bluez.Reason.Remote", "Disconnected by the remote device"),
        }
    }
}

/// The remote end of a link.
#[derive(Clone, Debug)]
pub(super) struct Peer<'a> {
    pub(super) name: &'a str,
    /// The address it is seen with, and the one it is known by after bonding.
    pub(super) seen: (Address, AddressType),
    pub(super) identity: (Address, AddressType),
    pub(super) transport: Transport,
}

/// A pairing under way. Dropping it before it is settled takes the link down.
pub(super) struct Pairing {
    daemon: Arc<Daemon>,
    path: String,
    settled: bool,
    /// Our side's capability, from when the link came up.
    pub(super) capability: Capability,
}

impl State {
    fn path_of(&self, peer: &Peer<'_>) -> Option<String> {
        let known = self
            .devices
            .iter()
            .find(|(_, device)| device.address == peer.identity.0 || device.address == peer.seen.0);
        known.map(|(path, _)| path.clone())
    }
}

impl Daemon {
    /// Brings the link up, unless it is; returns the path of the device, or nothing when the
    /// adapter does not answer this peer.
    pub(super) async fn link_up(&self, peer: &Peer<'_>) -> Option<String> {
        let (path, new) = {
            let mut state = self.state();
            if !state.adapter.powered || !self.is_running() {
                return None;
            }
            let capability = state.adapter.io_capability;
            let known = state.path_of(peer);
            let new = known.is_none();
            let path = known.unwrap_or_else(|| peer.seen.0.path());
            let (address, address_type) = peer.seen;
            let seen = || Device::seen(address, address_type, peer.name);
            let device = state.devices.entry(path.clone()).or_insert_with(seen);
            if device.blocked {
                return None;
            }
            if device.link.is_some() {
                return Some(path);
            }
            let transport = peer.transport;
            device.link = Some(Connected { capability, transport, pairing: None });
            device.links += 1;
            (path, new)
        };
        if new {
            self.interfaces_added(&path).await;
        } else {
            self.changed(&path, DEVICE, [("Connected", Variant::from(true))]).await;
        }
        Some(path)
    }

    /// The path of the peer's device object, if it has one.
    pub(super) fn path_of(&self, peer: &Peer<'_>) -> Option<String> {
        self.state().path_of(peer)
    }

    /// Takes the link down: `Cancel` if the agent is being asked, then the signals, and later the
    /// object if nothing keeps it (`adapter_remove_connection`). Does nothing without a link.
    pub(super) async fn link_down(&self, path: &str, reason: DisconnectReason) {
        let (agent, unpaired, removal) = {
            let mut state = self.state();
            let Some(device) = state.devices.get_mut(path) else { return };
            let Some(link) = device.link.take() else { return };
            let unpaired = device.paired && !device.bonded;
            device.paired &= device.bonded;
            let removal = device.is_temporary().then_some(device.links);
            (link.pairing.and_then(|pairing| pairing.agent), unpaired, removal)
        };
        if let Some(links) = removal {
            self.remove_later(path.to_owned(), links);
        }
        if let Some(agent) = agent {
            self.cancel(&agent).await;
        }
        if self.options.auto_disconnect {
            self.emit(path, DEVICE, "Disconnected", &reason.reason()).await;
        }
        let mut changes = vec![("Connected", Variant::from(false))];
        if unpaired {
            changes.push(("Paired", Variant::from(false)));
        }
        self.changed(path, DEVICE, changes).await;
    }

    fn remove_later(&self, path: String, links: u64) {
        let due = self.clock.now() + TEMPORARY_TIMEOUT;
        let Some(daemon) = self.shared() else { return };
        self.spawn(async move {
            daemon.clock.sleep_until(due).await;
            let is_due = daemon.state().devices.get(&path).is_some_and(|device| {
                device.is_temporary() && device.link.is_none() && device.links == links
            });
            if is_due {
                daemon.remove_object(&path).await;
            }
        });
    }

    pub(super) async fn remove_object(&self, path: &str) {
        if self.state().devices.remove(path).is_some() {
            self.interfaces_removed(path, DEVICE_INTERFACES).await;
        }
    }

    /// Starts a pairing on a link that is up. Nothing if there is none or one is under way, which
    /// is a refusal (`new_auth`). The receiver resolves when the link is gone, or bluetoothd.
    pub(super) fn begin_pairing(&self, path: &str) -> Option<(Pairing, oneshot::Receiver<()>)> {
        let daemon = self.shared()?;
        let mut state = self.state();
        let link = state.devices.get_mut(path)?.link.as_mut()?;
        if link.pairing.is_some() {
            return None;
        }
        let (sender, gone) = oneshot::channel();
        link.pairing = Some(Authentication { agent: None, _gone: sender });
        let capability = link.capability;
        Some((Pairing { daemon, path: path.to_owned(), settled: false, capability }, gone))
    }
}

impl Pairing {
    /// Whether a peer that wants to bond is refused by the kernel (`smp_cmd_pairing_req`,
    /// `hci_io_capa_request_evt`).
    pub(super) fn bonding_is_refused(&self) -> bool {
        !self.daemon.state().adapter.pairable
    }

    /// Whether the device is paired already.
    pub(super) fn is_repairing(&self) -> bool {
        self.daemon.state().devices.get(&self.path).is_some_and(|device| device.paired)
    }

    /// Asks the default agent, with the device as the first argument.
    pub(super) async fn ask(&self, call: Call) -> Answer {
        let Some(agent) = self.attach() else { return Answer::NotAsked };
        let answer = self.daemon.ask(&agent, call, &self.path).await;
        self.detach();
        answer
    }

    /// Has the default agent display the passkey; false if there is none.
    ///
    /// The agent stays attached: the end of the pairing cancels its open request, whoever's it is.
    pub(super) async fn display(&self, code: Code, entered: u16) -> bool {
        let Some(agent) = self.attach() else { return false };
        self.daemon.display_passkey(&agent, &self.path, code.value(), entered).await;
        true
    }

    fn attach(&self) -> Option<Arc<super::agents::Agent>> {
        let mut state = self.daemon.state();
        let default = state.agents.default_agent().cloned();
        let link = state.devices.get_mut(&self.path)?.link.as_mut()?;
        let pairing = link.pairing.as_mut()?;
        // The agent that was asked first stays the one for this authentication.
        if pairing.agent.is_none() {
            pairing.agent = default;
        }
        pairing.agent.clone()
    }

    fn detach(&self) {
        let mut state = self.daemon.state();
        let device = state.devices.get_mut(&self.path);
        let link = device.and_then(|device| device.link.as_mut());
        if let Some(pairing) = link.and_then(|link| link.pairing.as_mut()) {
            pairing.agent = None;
        }
    }

    /// The keys are there: the address becomes the identity, then `Bonded`, a second later
    /// `Paired`, whose value is true at once. Nothing is signalled for a device that was paired.
    pub(super) async fn succeed(mut self, peer: &Peer<'_>, bonding: bool) {
        self.settled = true;
        let daemon = &self.daemon;
        let (agent, changes, newly_paired) = {
            let mut state = daemon.state();
            let Some(device) = state.devices.get_mut(&self.path) else { return };
            let pairing = device.link.as_mut().and_then(|link| link.pairing.take());
            let Some(pairing) = pairing else { return };
            let mut changes = Vec::new();
            if bonding && device.address != peer.identity.0 {
                (device.address, device.address_type) = peer.identity;
                let now = device.properties();
                changes.extend(now.into_iter().filter(|(name, _)| name.starts_with("Address")));
            }
            if bonding && !device.bonded {
                device.bonded = true;
                changes.push(("Bonded", Variant::from(true)));
            }
            if bonding {
                daemon.store.keep(device.bond());
            }
            let newly_paired = !std::mem::replace(&mut device.paired, true);
            (pairing.agent, changes, newly_paired)
        };
        if newly_paired && daemon.options.paired_signal {
            self.signal_paired_later();
        }
        if let Some(agent) = agent {
            daemon.cancel(&agent).await;
        }
        for change in changes {
            daemon.changed(&self.path, DEVICE, [change]).await;
        }
    }

    fn signal_paired_later(&self) {
        let due = self.daemon.clock.now() + DISCOVERY_TIMER;
        let (daemon, path) = (Arc::clone(&self.daemon), self.path.clone());
        self.daemon.spawn(async move {
            daemon.clock.sleep_until(due).await;
            let still = daemon.state().devices.get(&path).is_some_and(|device| device.paired);
            if still {
                daemon.changed(&path, DEVICE, [("Paired", Variant::from(true))]).await;
            }
        });
    }

    /// The pairing failed. Since 5.83 bluetoothd disconnects (`device_bonding_complete`); before,
    /// the link stays unless `timed_out`, when the kernel drops it (`smp_timeout`).
    pub(super) async fn fail(mut self, timed_out: bool) {
        self.settled = true;
        fail(&self.daemon, &self.path, timed_out).await;
    }
}

async fn fail(daemon: &Daemon, path: &str, timed_out: bool) {
    if timed_out || daemon.options.auto_disconnect {
        daemon.link_down(path, DisconnectReason::Authentication).await;
        return;
    }
    let agent = {
        let mut state = daemon.state();
        let link = state.devices.get_mut(path).and_then(|device| device.link.as_mut());
        link.and_then(|link| link.pairing.take()).and_then(|pairing| pairing.agent)
    };
    if let Some(agent) = agent {
        daemon.cancel(&agent).await;
    }
}

impl Drop for Pairing {
    fn drop(&mut self) {
        if !self.settled {
            let (daemon, path) = (Arc::clone(&self.daemon), std::mem::take(&mut self.path));
            self.daemon
                .spawn(async move { daemon.link_down(&path, DisconnectReason::Remote).await });
        }
    }
}
