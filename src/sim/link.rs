//! Links to remote devices, and what becomes of a device's object with them.

use std::time::Duration;

use tokio::sync::watch;
use zbus::wire::Variant;

use super::autopair::Kind;
use super::bluetoothd::{ADAPTER, DEVICE, DEVICE_INTERFACES, Daemon, State};
use super::device::{Address, AddressType, Connected, Device};
use super::store::Key;
use crate::pairing::association::Transport;

/// How long after its link a temporary device stays (`TemporaryTimeout` in `main.conf`).
const TEMPORARY_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a link goes down, as `Device1.Disconnected` tells it (`device_disconnected`,
/// `src/device.c`).
#[derive(Clone, Copy, Debug)]
pub(super) enum DisconnectReason {
    /// The remote has lost the key. No other failure has this reason (`hci_disconn_complete_evt`):
    /// after a failed pairing it is bluetoothd that hangs up.
    Authentication,
    Local,
    Remote,
    Suspend,
    /// Nothing was heard any more.
    Timeout,
}

impl DisconnectReason {
    const fn reason(self) -> (&'static str, &'static str) {
        match self {
            Self::Authentication => ("org.bluez.Reason.Authentication", "Authentication failed"),
            Self::Local => ("org.bluez.Reason.Local", "Disconnected by the local host"),
            Self::Remote => ("org.bluez.Reason.Remote", "Disconnected by the remote device"),
            Self::Suspend => ("org.bluez.Reason.Suspend", "Disconnected for suspend"),
            Self::Timeout => ("org.bluez.Reason.Timeout", "The link timed out"),
        }
    }
}

/// The remote end of a link.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The address it is seen with, and the one it is known by after bonding.
    pub(super) seen: (Address, AddressType),
    pub(super) identity: (Address, AddressType),
    pub(super) transport: Transport,
    /// It has no Secure Simple Pairing.
    pub(super) legacy: bool,
}

impl State {
    pub(super) fn path_of(&self, peer: &Peer) -> Option<String> {
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
    pub(super) async fn link_up(&self, peer: &Peer) -> Option<String> {
        let (path, new) = {
            let mut state = self.state();
            let adapter = state.adapter(ADAPTER).filter(|adapter| adapter.powered)?;
            let capability = adapter.io_capability;
            if !self.is_running() {
                return None;
            }
            let known = state.path_of(peer);
            let new = known.is_none();
            let path = known.unwrap_or_else(|| peer.seen.0.path());
            let device = state.devices.entry(path.clone()).or_insert_with(|| Device::seen(peer));
            if device.blocked {
                return None;
            }
            if device.link.is_some() {
                return Some(path);
            }
            device.link = Some(Connected {
                capability,
                transport: peer.transport,
                for_pairing: false,
                pairing: None,
                authorizer: None,
                up: watch::Sender::new(()),
            });
            device.links += 1;
            (path, new)
        };
        if new {
            self.device_added(&path).await;
        } else {
            self.changed(&path, DEVICE, [("Connected", Variant::from(true))]).await;
        }
        Some(path)
    }

    /// The path of the peer's device object, if it has one.
    pub(super) fn path_of(&self, peer: &Peer) -> Option<String> {
        self.state().path_of(peer)
    }

    /// The key that is kept for the peer.
    pub(super) fn key_of(&self, peer: &Peer) -> Option<Key> {
        let state = self.state();
        state.devices.get(&state.path_of(peer)?)?.key
    }

    /// Takes the link down: the signals, then `Cancel` if an agent is being asked, then the end of
    /// a `Pair`, and later the object goes if nothing keeps it (`adapter_remove_connection`,
    /// `src/adapter.c`). Does nothing without a link.
    pub(super) async fn link_down(&self, path: &str, reason: DisconnectReason) {
        let (agents, mut changes) = {
            let mut state = self.state();
            let Some(device) = state.devices.get_mut(path) else { return };
            let Some(link) = device.link.take() else { return };
            let mut changes = Vec::new();
            if std::mem::take(&mut device.services.resolved) {
                changes.push(("ServicesResolved", Variant::from(false)));
            }
            if device.key.is_none() && std::mem::take(&mut device.paired) {
                device.services.then_paired = false;
                changes.push(("Paired", Variant::from(false)));
            }
            ([link.authorizer, link.pairing.and_then(|pairing| pairing.agent)], changes)
        };
        self.remove_later(path);
        let connected = ("Connected", Variant::from(false));
        if self.options.auto_disconnect {
            // A signal flushes the changes before it; those after it wait for the next.
            if !changes.is_empty() {
                self.changed(path, DEVICE, changes).await;
            }
            self.emit(path, DEVICE, "Disconnected", &reason.reason()).await;
            self.changed(path, DEVICE, [connected]).await;
        } else {
            changes.push(connected);
            self.changed(path, DEVICE, changes).await;
        }
        for agent in agents.into_iter().flatten() {
            self.cancel(&agent).await;
        }
        self.bonding_lost_its_link(path).await;
    }

    /// Every link of an adapter goes down for the same reason.
    pub(super) async fn links_down(&self, adapter: &str, reason: DisconnectReason) {
        let paths = self.state().devices_of(adapter);
        for path in paths {
            self.link_down(&path, reason).await;
        }
    }

    /// Removes the object in a while, if it is temporary then and not linked in between.
    pub(super) fn remove_later(&self, path: &str) {
        let due = self.clock.now() + TEMPORARY_TIMEOUT;
        let links = self.state().devices.get(path).map(|device| device.links);
        let (Some(daemon), Some(links)) = (self.shared(), links) else { return };
        let path = path.to_owned();
        self.spawn(async move {
            daemon.clock.sleep_until(due).await;
            let is_due = {
                let state = daemon.state();
                !state.in_range.contains_key(&path)
                    && state.devices.get(&path).is_some_and(|device| {
                        device.is_temporary() && device.link.is_none() && device.links == links
                    })
            };
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

    /// Discovers the services, unless they are known.
    pub(super) async fn discover_services(&self, path: &str) {
        let unknown = self.state().devices.get(path).is_some_and(|device| !device.services.known);
        if unknown {
            self.resolve_services(path).await;
        }
    }

    /// The services are discovered: `ServicesResolved` if the link is up, and `Paired` if that
    /// has waited for it, in one signal (`device_svc_resolved`, `src/device.c`).
    pub(super) async fn resolve_services(&self, path: &str) {
        let mut changes = Vec::new();
        {
            let mut state = self.state();
            let Some(device) = state.devices.get_mut(path) else { return };
            device.services.known = true;
            if device.link.is_some() && !std::mem::replace(&mut device.services.resolved, true) {
                changes.push(("ServicesResolved", Variant::from(true)));
            }
            if std::mem::take(&mut device.services.then_paired) {
                changes.push(("Paired", Variant::from(device.paired)));
            }
        }
        if !changes.is_empty() {
            self.changed(path, DEVICE, changes).await;
        }
    }
}
