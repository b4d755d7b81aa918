//! A pairing on a link, as bluetoothd sees it from the kernel's events (`src/device.c`).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use zbus::wire::Variant;

use super::agents::Agent;
use super::bluetoothd::{DEVICE, Daemon};
use super::call::{Answer, Call};
use super::code::{Code, Codes};
use super::device::Authentication;
use super::error::{AUTHENTICATION_FAILED, AUTHENTICATION_TIMEOUT};
use super::link::{DisconnectReason, Peer};
use super::options::JustWorksRepairing;
use super::store::Key;
use crate::pairing::Capability;
use crate::pairing::association::Transport;

/// How long a responder waits before it discovers services, after which `Paired` is signalled
/// (`DISCOVERY_TIMER`).
const DISCOVERY_TIMER: Duration = Duration::from_secs(1);

/// Which side has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Initiator {
    Remote,
    /// Our side, by `Device1.Pair`.
    Pair,
}

/// A pairing under way. Dropping it before it is settled takes the link down, as when the remote
/// is heard no more.
pub(super) struct Pairing {
    daemon: Arc<Daemon>,
    path: String,
    settled: bool,
    pub(super) initiator: Initiator,
    /// Our side's capability: from when the link came up, or from the agent of `Pair`.
    pub(super) capability: Capability,
}

/// What a device reports while a passkey is typed at it. The kernel counts in eight bits that wrap:
/// erasing at 0 makes 255 (`hci_keypress_notify_evt`, `net/bluetooth/hci_event.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keypress {
    /// Typing begins; counted from 0, the agent is not told.
    Started,
    /// A digit.
    Entered,
    /// The last digit is taken back.
    Erased,
    /// All digits are.
    Cleared,
    /// Typing has ended; the agent is not told.
    Completed,
}

/// Why a pairing fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// A side refused, or the codes differ: `MGMT_STATUS_AUTH_FAILED`.
    Authentication,
    /// The link's deadline passed.
    TimedOut,
}

/// Whether the remote will be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Over,
    /// `Pair` tries again with another PIN (`device_bonding_attempt_retry`).
    Retry,
}

impl Daemon {
    /// Starts a pairing on a link that is up. Nothing if there is none or one is under way, which
    /// is a refusal (`new_auth`). The receiver resolves when the link is gone, or bluetoothd.
    pub(super) fn begin_pairing(
        &self,
        path: &str,
        initiator: Initiator,
    ) -> Option<(Pairing, oneshot::Receiver<()>)> {
        let daemon = self.shared()?;
        let mut state = self.state();
        let link = state.devices.get_mut(path)?.link.as_mut()?;
        if link.pairing.is_some() {
            return None;
        }
        let (sender, gone) = oneshot::channel();
        link.pairing = Some(Authentication { agent: None, displayed: None, _gone: sender });
        let capability = link.capability;
        let path = path.to_owned();
        Some((Pairing { daemon, path, settled: false, initiator, capability }, gone))
    }

    /// Ends the authentication of a device, if one is under way: `Cancel` if its agent has any
    /// request open (`device_cancel_authentication`).
    pub(super) async fn end_authentication(&self, path: &str) {
        let pairing = {
            let mut state = self.state();
            let link = state.devices.get_mut(path).and_then(|device| device.link.as_mut());
            link.and_then(|link| link.pairing.take())
        };
        if let Some(agent) = pairing.and_then(|pairing| pairing.agent) {
            self.cancel(&agent).await;
        }
    }

    /// The kernel counts the keys of a passkey that the agent displays, and has it display the
    /// count (`device_notify_passkey`). Nothing without a displayed passkey.
    pub(super) async fn count_keys(&self, path: &str, keypress: Keypress) {
        let told = {
            let mut state = self.state();
            let link = state.devices.get_mut(path).and_then(|device| device.link.as_mut());
            link.and_then(|link| link.pairing.as_mut()).and_then(|pairing| {
                let (code, entered) = pairing.displayed.as_mut()?;
                *entered = match keypress {
                    Keypress::Started | Keypress::Cleared => 0,
                    Keypress::Entered => entered.wrapping_add(1),
                    Keypress::Erased => entered.wrapping_sub(1),
                    Keypress::Completed => *entered,
                };
                if matches!(keypress, Keypress::Started | Keypress::Completed) {
                    return None;
                }
                Some((pairing.agent.clone()?, *code, *entered))
            })
        };
        if let Some((agent, code, entered)) = told {
            self.display_passkey(&agent, path, code.value(), entered.into()).await;
        }
    }
}

impl Pairing {
    /// Whether a remote that starts, and wants to bond, is refused by the kernel
    /// (`smp_cmd_pairing_req`, `hci_io_capa_request_evt`, `hci_pin_code_request_evt`).
    pub(super) fn bonding_is_refused(&self) -> bool {
        let state = self.daemon.state();
        let pairable = state.adapter(&self.path).is_some_and(|adapter| adapter.pairable);
        self.initiator == Initiator::Remote && !pairable
    }

    /// What becomes of Just Works with a device that is paired; nothing if it is not.
    pub(super) fn repairing(&self) -> Option<JustWorksRepairing> {
        let state = self.daemon.state();
        let paired = state.devices.get(&self.path).is_some_and(|device| device.paired);
        paired.then_some(self.daemon.options.just_works_repairing)
    }

    /// Asks the agent, with the device as the first argument.
    pub(super) async fn ask(&self, call: Call) -> Answer {
        let Some(agent) = self.attach() else { return Answer::NotAsked };
        let answer = self.daemon.ask(&agent, call, &self.path).await;
        self.detach();
        answer
    }

    /// Whether there is an agent for this pairing, without which nothing is accepted that
    /// bluetoothd hears of.
    pub(super) fn has_agent(&self) -> bool {
        self.attach().is_some()
    }

    /// The controller wants our PIN: one that bluetoothd guesses, or the agent's
    /// (`pin_code_request_callback`, `src/adapter.c`). A guess that is displayed counts once the
    /// agent has answered, whatever it has answered.
    pub(super) async fn pin(&self, codes: &Codes) -> Answer {
        let answer = match self.daemon.guess_pin(&self.path, codes) {
            Some(guess) if guess.display => {
                match self.ask(Call::DisplayPinCode(guess.pin.clone())).await {
                    Answer::NotAsked => Answer::NotAsked,
                    _ => Answer::Pin(guess.pin),
                }
            }
            Some(guess) => Answer::Pin(guess.pin),
            None => self.ask(Call::RequestPinCode).await,
        };
        self.daemon.pin_is_there(&self.path);
        answer
    }

    /// Has the agent display the passkey; false if there is none.
    ///
    /// The agent stays attached: the end of the pairing cancels its open request, whoever's it is.
    pub(super) async fn display(&self, code: Code) -> bool {
        let Some(agent) = self.attach() else { return false };
        {
            let mut state = self.daemon.state();
            let link = state.devices.get_mut(&self.path).and_then(|device| device.link.as_mut());
            if let Some(pairing) = link.and_then(|link| link.pairing.as_mut()) {
                pairing.displayed = Some((code, 0));
            }
        }
        self.daemon.display_passkey(&agent, &self.path, code.value(), 0).await;
        true
    }

    /// The remote reports a key.
    pub(super) async fn count_keys(&self, keypress: Keypress) {
        self.daemon.count_keys(&self.path, keypress).await;
    }

    /// The agent of `Pair`, else the default one; the one that was asked first stays
    /// (`new_auth`).
    fn attach(&self) -> Option<Arc<Agent>> {
        let mut state = self.daemon.state();
        let default = state.agents.default_agent().cloned();
        let device = state.devices.get_mut(&self.path)?;
        let own = device.bonding.as_ref().and_then(|bonding| bonding.agent.clone());
        let pairing = device.link.as_mut()?.pairing.as_mut()?;
        if pairing.agent.is_none() {
            pairing.agent = own.or(default);
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

    /// The keys are there: the address becomes the identity, then `Bonded`, and once services are
    /// discovered `Paired`, whose value is true at once. Nothing is signalled for a device that was
    /// paired. Our `Pair` keeps no key while the adapter is not pairable (`build_pairing_cmd`).
    ///
    /// Returns the key if it is kept.
    pub(super) async fn succeed(mut self, peer: &Peer, bonding: bool) -> Option<Key> {
        self.settled = true;
        let daemon = &self.daemon;
        let (agent, changes, key, by_pair, newly_paired) = {
            let mut state = daemon.state();
            let pairable = state.adapter(&self.path).is_some_and(|adapter| adapter.pairable);
            let bonding = bonding && (pairable || self.initiator != Initiator::Pair);
            let device = state.devices.get_mut(&self.path)?;
            let pairing = device.link.as_mut()?.pairing.take()?;
            let mut changes = Vec::new();
            if bonding && device.address != peer.identity.0 {
                (device.address, device.address_type) = peer.identity;
                let now = device.properties();
                changes.extend(now.into_iter().filter(|(name, _)| name.starts_with("Address")));
            }
            let key = bonding.then(|| daemon.store.new_key());
            if key.is_some() && std::mem::replace(&mut device.key, key).is_none() {
                changes.push(("Bonded", Variant::from(true)));
            }
            if let Some(bond) = device.bond().filter(|_| bonding) {
                daemon.store.keep(bond);
            }
            let newly_paired = !std::mem::replace(&mut device.paired, true);
            let known = device.services.known;
            if newly_paired && known {
                changes.push(("Paired", Variant::from(true)));
            }
            device.services.then_paired |= newly_paired && !known;
            // Also if the remote was quicker than our `Pair`.
            (pairing.agent, changes, key, device.bonding.is_some(), newly_paired)
        };
        for change in changes {
            daemon.changed(&self.path, DEVICE, [change]).await;
        }
        if let Some(agent) = agent {
            daemon.cancel(&agent).await;
        }
        if by_pair {
            daemon.discover_services(&self.path).await;
            daemon.bonding_ends(&self.path, Ok(())).await;
        } else if newly_paired && daemon.options.paired_signal {
            self.discover_services_later();
        }
        key
    }

    fn discover_services_later(&self) {
        let due = self.daemon.clock.now() + DISCOVERY_TIMER;
        let (daemon, path) = (Arc::clone(&self.daemon), self.path.clone());
        self.daemon.spawn(async move {
            daemon.clock.sleep_until(due).await;
            daemon.discover_services(&path).await;
        });
    }

    /// The link is gone, or the pairing was taken away: whoever did that has seen to the rest.
    pub(super) fn was_taken_away(mut self) -> Next {
        self.settled = true;
        Next::Over
    }

    /// The pairing failed. Since 5.83 bluetoothd disconnects (`device_bonding_complete`; BlueZ
    /// gives profiles 2 s before it does). Before, the link stays, unless the kernel drops it:
    /// `timed_out` (`smp_timeout`), or it was there for `Pair` alone.
    pub(super) async fn fail(mut self, failure: Failure) -> Next {
        self.settled = true;
        let (daemon, path) = (&self.daemon, self.path.as_str());
        if failure == Failure::TimedOut {
            if daemon.is_on_bredr(path) {
                // The controller says so before the link is gone (`hci_auth_complete_evt`).
                daemon.end_authentication(path).await;
                daemon.bonding_ends(path, Err(AUTHENTICATION_TIMEOUT)).await;
            }
            daemon.link_down(path, DisconnectReason::Local).await;
            return Next::Over;
        }
        if daemon.retry_later(path) {
            daemon.link_down(path, DisconnectReason::Remote).await;
            return Next::Retry;
        }
        daemon.end_authentication(path).await;
        daemon.bonding_ends(path, Err(AUTHENTICATION_FAILED)).await;
        if daemon.options.auto_disconnect || daemon.is_linked_for_pairing(path) {
            daemon.link_down(path, DisconnectReason::Local).await;
        }
        Next::Over
    }
}

impl Daemon {
    fn is_on_bredr(&self, path: &str) -> bool {
        let state = self.state();
        let link = state.devices.get(path).and_then(|device| device.link.as_ref());
        link.is_some_and(|link| link.transport == Transport::BrEdr)
    }

    pub(super) fn is_linked_for_pairing(&self, path: &str) -> bool {
        let state = self.state();
        let link = state.devices.get(path).and_then(|device| device.link.as_ref());
        link.is_some_and(|link| link.for_pairing)
    }
}

impl Drop for Pairing {
    fn drop(&mut self) {
        if !self.settled {
            let (daemon, path) = (Arc::clone(&self.daemon), std::mem::take(&mut self.path));
            self.daemon
                .spawn(async move { daemon.link_down(&path, DisconnectReason::Timeout).await });
        }
    }
}
