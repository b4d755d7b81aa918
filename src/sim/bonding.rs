//! `Device1.Pair`: a pairing that our side starts (`pair_device`, `src/device.c`).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use zbus::message::Message;

use super::agents::Agent;
use super::autopair::{Guess, Guesses};
use super::bluetoothd::{ADAPTER, Daemon, State};
use super::code::Codes;
use super::device::Device;
use super::error::{
    ALREADY_EXISTS, ALREADY_PAIRED, AUTHENTICATION_CANCELED, AUTHENTICATION_FAILED,
    AUTHENTICATION_REJECTED, AUTHENTICATION_TIMEOUT, CONNECTION_ATTEMPT_FAILED, IN_PROGRESS,
    Refusal, UNKNOWN_OBJECT,
};
use super::link::{DisconnectReason, Peer};
use super::pairing::{Initiator, Pairing};
use crate::clock::Time;
use crate::pairing::Capability;
use crate::pairing::association::Transport;

/// How long bluetoothd waits for the kernel's answer to Pair Device (`BONDING_TIMEOUT`,
/// `src/adapter.c`).
const BONDING_TIMEOUT: Duration = Duration::from_secs(120);
/// When a device that does not answer has failed to: the controller's default page timeout, and
/// the kernel's `HCI_LE_CONN_TIMEOUT`.
const PAGE_TIMEOUT: Duration = Duration::from_millis(5120);
const LE_CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long after a wrong PIN the next is tried (`device_bonding_attempt_retry`).
const RETRY: Duration = Duration::from_secs(3);

/// A `Pair` that its caller waits for.
#[derive(Debug)]
pub(super) struct Bonding {
    call: Message,
    /// The caller's own agent, or the default one of that moment; fixed until the end.
    pub(super) agent: Option<Arc<Agent>>,
    doing: Doing,
    guesses: Guesses,
    /// Since when the controllers have had all they need.
    started: Time,
    /// How long the attempt before this took.
    last: Duration,
    /// Only a pairing by PIN is tried again.
    pin_requested: bool,
}

/// What a `Pair` does; the number tells the attempts of all devices apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Attempts(u64),
    WaitsToRetry(u64),
}

/// A device in range that can be paired with.
#[derive(Debug)]
pub(super) struct Responder {
    peer: Peer,
    invitations: mpsc::UnboundedSender<Invitation>,
}

/// A pairing for a responder to take part in, and what tells it that the link is gone.
pub(super) type Invitation = (Pairing, oneshot::Receiver<()>);

/// A device is in range as long as this lives.
pub(super) struct InRange {
    daemon: Arc<Daemon>,
    path: String,
    pub(super) invitations: mpsc::UnboundedReceiver<Invitation>,
}

impl Drop for InRange {
    fn drop(&mut self) {
        self.daemon.state().in_range.remove(&self.path);
        self.daemon.remove_later(&self.path);
    }
}

impl Bonding {
    fn is_called_by(&self, name: &str) -> bool {
        self.call.header().sender().is_some_and(|sender| *sender == name)
    }

    fn capability(&self) -> Capability {
        self.agent.as_ref().map_or(Capability::NoInputNoOutput, |agent| agent.capability)
    }
}

impl State {
    fn next_attempt(&mut self) -> u64 {
        self.attempts += 1;
        self.attempts
    }
}

impl Daemon {
    /// A device is found, as by a discovery that somebody runs. Nothing if the adapter is off.
    pub(super) async fn comes_in_range(&self, peer: &Peer) -> Option<InRange> {
        let daemon = self.shared()?;
        let (sender, invitations) = mpsc::unbounded_channel();
        let (path, new) = {
            let mut state = self.state();
            let is_on = state.adapter(ADAPTER).is_some_and(|adapter| adapter.powered);
            if !is_on || !self.is_running() {
                return None;
            }
            let known = state.path_of(peer);
            let new = known.is_none();
            let path = known.unwrap_or_else(|| peer.seen.0.path());
            state.devices.entry(path.clone()).or_insert_with(|| Device::seen(peer));
            let responder = Responder { peer: peer.clone(), invitations: sender };
            state.in_range.insert(path.clone(), responder);
            (path, new)
        };
        if new {
            self.device_added(&path).await;
        }
        Some(InRange { daemon, path, invitations })
    }

    /// `Device1.Pair`: the reply comes when it has ended.
    pub(super) fn pair(self: &Arc<Self>, path: &str, call: &Message) -> Result<(), Refusal> {
        let attempt = {
            let mut state = self.state();
            let header = call.header();
            let own = header.sender().and_then(|sender| state.agents.of(sender.as_str())).cloned();
            let agent = own.or_else(|| state.agents.default_agent().cloned());
            let attempt = state.next_attempt();
            let device = state.devices.get_mut(path).ok_or(UNKNOWN_OBJECT)?;
            if device.bonding.is_some() {
                return Err(IN_PROGRESS);
            }
            if device.key.is_some() {
                return Err(ALREADY_EXISTS);
            }
            device.bonding = Some(Bonding {
                call: call.clone(),
                agent,
                doing: Doing::Attempts(attempt),
                guesses: Guesses::default(),
                started: self.clock.now(),
                last: Duration::ZERO,
                pin_requested: false,
            });
            attempt
        };
        self.attempt(path.to_owned(), attempt);
        Ok(())
    }

    fn attempt(self: &Arc<Self>, path: String, attempt: u64) {
        let (now, daemon) = (self.clock.now(), Arc::clone(self));
        self.spawn(async move {
            if let Err(refusal) = daemon.reach(&path, attempt, now).await {
                return daemon.bonding_ends(&path, Err(refusal)).await;
            }
            daemon.clock.sleep_until(now + BONDING_TIMEOUT).await;
            if daemon.is_at(&path, Doing::Attempts(attempt)) {
                daemon.end_authentication(&path).await;
                daemon.bonding_ends(&path, Err(AUTHENTICATION_TIMEOUT)).await;
            }
        });
    }

    fn retry(self: &Arc<Self>, path: String) {
        let attempt = {
            let mut state = self.state();
            let attempt = state.next_attempt();
            let device = state.devices.get_mut(&path);
            let Some(bonding) = device.and_then(|device| device.bonding.as_mut()) else { return };
            (bonding.doing, bonding.pin_requested) = (Doing::Attempts(attempt), false);
            attempt
        };
        self.attempt(path, attempt);
    }

    /// Whether nothing has come after this.
    fn is_at(&self, path: &str, doing: Doing) -> bool {
        let state = self.state();
        let bonding = state.devices.get(path).and_then(|device| device.bonding.as_ref());
        bonding.is_some_and(|bonding| bonding.doing == doing)
    }

    /// Connects, unless it is connected, and has the remote take part.
    async fn reach(&self, path: &str, attempt: u64, now: Time) -> Result<(), Refusal> {
        let (responder, linked, bredr) = {
            let state = self.state();
            if !state.adapter(path).is_some_and(|adapter| adapter.powered) {
                return Err(AUTHENTICATION_FAILED);
            }
            let responder = state.in_range.get(path);
            let responder = responder.map(|r| (r.peer.clone(), r.invitations.clone()));
            let device = state.devices.get(path);
            let linked = device.is_some_and(|device| device.link.is_some());
            (responder, linked, device.is_some_and(|device| device.kind.is_some()))
        };
        let Some((peer, invitations)) = responder else {
            // On a link it leaves to the remote to answer, which this one never does.
            if !linked {
                let timeout = if bredr { PAGE_TIMEOUT } else { LE_CONNECT_TIMEOUT };
                self.clock.sleep_until(now + timeout).await;
                if self.is_at(path, Doing::Attempts(attempt)) {
                    return Err(CONNECTION_ATTEMPT_FAILED);
                }
            }
            return Ok(());
        };
        if self.link_up(&peer).await.is_none() {
            return Err(CONNECTION_ATTEMPT_FAILED);
        }
        {
            let mut state = self.state();
            let device = state.devices.get_mut(path);
            let Some(Device { link: Some(link), bonding: Some(bonding), .. }) = device else {
                return Ok(());
            };
            if bonding.doing != Doing::Attempts(attempt) {
                return Ok(());
            }
            link.for_pairing = !linked;
            // On an LE link that is up bluetoothd only raises the security level, and the kernel
            // keeps the capability that the link has.
            if !linked || link.transport == Transport::BrEdr {
                link.capability = bonding.capability();
            }
        }
        let invitation =
            self.begin_pairing(path, Initiator::Pair).ok_or(AUTHENTICATION_REJECTED)?;
        // Out of range since: the pairing comes back, and goes down with its link.
        let _ = invitations.send(invitation);
        Ok(())
    }

    /// Answers the caller of `Pair`, if there is one, and cancels whatever request its agent still
    /// has open (`bonding_request_free`).
    pub(super) async fn bonding_ends(&self, path: &str, outcome: Result<(), Refusal>) {
        let Some(bonding) =
            self.state().devices.get_mut(path).and_then(|device| device.bonding.take())
        else {
            return;
        };
        super::objects::answer(self, &bonding.call, outcome).await;
        if let Some(agent) = bonding.agent {
            self.cancel(&agent).await;
        }
        self.remove_later(path);
    }

    /// `MGMT_STATUS_DISCONNECTED`, which is ignored while the next attempt is waited for
    /// (`bonding_attempt_complete`, `src/adapter.c`).
    pub(super) async fn bonding_lost_its_link(&self, path: &str) {
        let retrying = {
            let state = self.state();
            let bonding = state.devices.get(path).and_then(|device| device.bonding.as_ref());
            bonding.is_some_and(|bonding| matches!(bonding.doing, Doing::WaitsToRetry(_)))
        };
        if !retrying {
            self.bonding_ends(path, Err(AUTHENTICATION_CANCELED)).await;
        }
    }

    /// The adapter is switched off: each caller of `Pair` is told `AlreadyExists`, for an HCI code
    /// is taken for a status of mgmt (`reply_pending_requests`, `src/adapter.c`).
    pub(super) async fn bondings_lose_their_adapter(&self, adapter: &str) {
        let paths = self.state().devices_of(adapter);
        for path in paths {
            if self.state().devices.get(&path).is_some_and(|device| device.bonding.is_some()) {
                self.end_authentication(&path).await;
                self.bonding_ends(&path, Err(ALREADY_PAIRED)).await;
            }
        }
    }

    /// A connection left the bus: what it wanted to pair with is hung up on
    /// (`create_bond_req_exit`).
    pub(super) async fn caller_left(&self, name: &str) {
        let waits = |device: &Device| {
            device.bonding.as_ref().is_some_and(|bonding| bonding.is_called_by(name))
        };
        let waiting: Vec<String> = {
            let state = self.state();
            let waiting = state.devices.iter().filter(|(_, device)| waits(device));
            waiting.map(|(path, _)| path.clone()).collect()
        };
        for path in waiting {
            self.hang_up(&path).await;
        }
    }

    /// bluetoothd itself ends a link, and a `Pair` before it (`device_request_disconnect`; BlueZ
    /// gives profiles 2 s in between).
    pub(super) async fn hang_up(&self, path: &str) {
        let pairs = self.state().devices.get(path).is_some_and(|device| device.bonding.is_some());
        if pairs {
            self.end_authentication(path).await;
            self.bonding_ends(path, Err(AUTHENTICATION_CANCELED)).await;
        }
        self.link_down(path, DisconnectReason::Local).await;
    }

    /// The PIN that bluetoothd tries by itself; only in a `Pair`.
    pub(super) fn guess_pin(&self, path: &str, codes: &Codes) -> Option<Guess> {
        let mut state = self.state();
        let device = state.devices.get_mut(path)?;
        let bonding = device.bonding.as_mut()?;
        bonding.pin_requested = true;
        bonding.guesses.next(device.kind.unwrap_or_default(), bonding.last, codes)
    }

    /// The time of the attempt counts from here (`device_bonding_restart_timer`).
    pub(super) fn pin_is_there(&self, path: &str) {
        let now = self.clock.now();
        let mut state = self.state();
        let device = state.devices.get_mut(path);
        if let Some(bonding) = device.and_then(|device| device.bonding.as_mut()) {
            bonding.started = now;
        }
    }

    /// After a wrong PIN the next is tried in a while, unless all were; false if not.
    pub(super) fn retry_later(&self, path: &str) -> bool {
        let due = self.clock.now() + RETRY;
        let Some(daemon) = self.shared() else { return false };
        let waits = {
            let mut state = self.state();
            let device = state.devices.get_mut(path);
            let Some(bonding) = device.and_then(|device| device.bonding.as_mut()) else {
                return false;
            };
            let Doing::Attempts(attempt) = bonding.doing else { return false };
            bonding.last = self.clock.now().since(bonding.started);
            if !bonding.pin_requested || bonding.guesses.exhausted {
                return false;
            }
            bonding.doing = Doing::WaitsToRetry(attempt);
            bonding.doing
        };
        let path = path.to_owned();
        self.spawn(async move {
            daemon.clock.sleep_until(due).await;
            if daemon.is_at(&path, waits) {
                daemon.retry(path);
            }
        });
        true
    }
}
