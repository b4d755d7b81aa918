//! A phone, or what else can pair with the panel.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::autopair::Kind;
use super::bluetoothd::FakeBluetoothd;
use super::code::{Codes, Pin};
use super::device::{Address, AddressType};
use super::link::{DisconnectReason, Peer};
use super::pairing::{Failure, Initiator, Keypress, Next, Pairing};
use super::person::Person;
use super::store::Key;
use crate::pairing::Capability;
use crate::pairing::association::Transport;

/// A phone: the initiator of its pairings, unless it [waits](Self::await_pairing) for our `Pair`.
/// With another [`Kind`] it is a keyboard, a mouse or a headset.
#[derive(Debug)]
pub struct FakePhone {
    /// The name that it announces.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its identity address.
    pub address: Address,
    /// The resolvable private address that it is first seen with (LE only). The device object gets
    /// its path from it, and its `Address` becomes the identity with the bond.
    pub private_address: Option<Address>,
    /// What it says it can do.
    pub capability: Capability,
    /// The bearer, and whether both sides have Secure Connections.
    pub transport: Transport,
    /// Whether, and how, it pairs by PIN instead, having no Secure Simple Pairing (BR/EDR only).
    pub legacy: Option<LegacyPin>,
    /// Whether it asks for protection against a man in the middle. Phones do, unless they are
    /// `NoInputNoOutput`.
    pub mitm: bool,
    /// Whether it asks to keep the keys.
    pub bonding: bool,
    /// Whether it reports each key of a passkey by itself, once the person has typed it (BR/EDR
    /// only; LE never shows them). Other reports are made with [`Self::keypress`].
    pub keypresses: bool,
    /// Whether it has out-of-band data of the panel, and those are good (LE Secure Connections only).
    pub data: Option<bool>,
    /// What it remembers of the panel.
    pub bond: PhoneBond,
    /// Where the numbers come from, those of the panel's controller and of bluetoothd included.
    pub codes: Codes,
}

/// Where the PIN of a device without Secure Simple Pairing comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyPin {
    /// It cannot be changed, as a headset's.
    Fixed(Pin),
    /// The person types it.
    Typed,
}

/// The key of a phone's bond with the panel, if it has one.
#[derive(Debug, Default)]
pub struct PhoneBond(Mutex<Option<Key>>);

/// How a pairing ended, as the phone sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both sides have the key.
    Paired {
        /// Whether it is protected against a man in the middle.
        authenticated: bool,
    },
    /// The agent was asked and refused.
    RefusedByPanel,
    /// The person at the phone refused or gave up.
    RefusedByPhone,
    /// The panel's kernel or bluetoothd refused without asking the agent.
    RefusedWithoutAsking,
    /// The digits or PINs typed were not the same.
    WrongCode,
    /// The link's deadline passed.
    TimedOut,
    /// The panel's side dropped the link, or bluetoothd is gone.
    LinkLost,
    /// The panel did not answer: not powered, or the phone is blocked.
    NoLink,
}

/// What becomes of a link that is to be encrypted with an old key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconnection {
    /// Both sides have the key.
    Encrypted,
    /// The phone has none, and is linked all the same.
    Unencrypted,
    /// One side has a key that the other does not know, and hangs up.
    KeyMissing,
    /// The panel did not answer, or as a peripheral's host had no reason to connect.
    NoLink,
}

impl FakePhone {
    /// What phones announce: `KeyboardDisplay` on LE with Secure Connections, MITM protection,
    /// bonding, a public address.
    pub fn new(name: &str, address: Address) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Phone,
            address,
            private_address: None,
            capability: Capability::KeyboardDisplay,
            transport: Transport::LeSecureConnections,
            legacy: None,
            mitm: true,
            bonding: true,
            keypresses: false,
            data: None,
            bond: PhoneBond::default(),
            codes: Codes::random(),
        }
    }

    /// Connects without pairing, unless it is connected; returns the path of its device object,
    /// or nothing if the panel does not answer. The panel's capability counts from here on.
    pub async fn connect(&self, bluetoothd: &FakeBluetoothd) -> Option<String> {
        bluetoothd.daemon.link_up(&self.peer()).await
    }

    /// Disconnects, if it is connected.
    pub async fn disconnect(&self, bluetoothd: &FakeBluetoothd) {
        if let Some(path) = bluetoothd.daemon.path_of(&self.peer()) {
            bluetoothd.daemon.link_down(&path, DisconnectReason::Remote).await;
        }
    }

    /// Connects if need be and pairs once, anew even if it has a bond.
    ///
    /// Dropping the future is the phone going out of range.
    pub async fn pair<P>(&self, bluetoothd: &FakeBluetoothd, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let daemon = &bluetoothd.daemon;
        let Some(path) = daemon.link_up(&self.peer()).await else { return Outcome::NoLink };
        let Some(pairing) = daemon.begin_pairing(&path, Initiator::Remote) else {
            return Outcome::RefusedWithoutAsking;
        };
        self.take_part(bluetoothd, pairing, person).await.0
    }

    /// Is in range, found by the panel, until somebody there calls `Device1.Pair`; then takes part,
    /// with another PIN again if bluetoothd tries one. The first `Pair` decides.
    ///
    /// Dropping the future is going out of range.
    pub async fn await_pairing<P>(&self, bluetoothd: &FakeBluetoothd, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let Some(mut in_range) = bluetoothd.daemon.comes_in_range(&self.peer()).await else {
            return Outcome::NoLink;
        };
        loop {
            let Some(pairing) = in_range.invitations.recv().await else { return Outcome::LinkLost };
            let (outcome, next) = self.take_part(bluetoothd, pairing, person).await;
            if next == Next::Over {
                return outcome;
            }
        }
    }

    async fn take_part<P>(
        &self,
        bluetoothd: &FakeBluetoothd,
        (pairing, gone): (Pairing, oneshot::Receiver<()>),
        person: &mut P,
    ) -> (Outcome, Next)
    where
        P: Person,
    {
        let daemon = &bluetoothd.daemon;
        let deadline = daemon.clock.now() + daemon.options.link_timeout;
        let outcome = tokio::select! {
            biased;
            _ = gone => Outcome::LinkLost,
            outcome = self.exchange(&pairing, person) => outcome,
            () = daemon.clock.sleep_until(deadline) => Outcome::TimedOut,
        };
        let next = match outcome {
            Outcome::Paired { .. } => {
                let key = pairing.succeed(&self.peer(), self.bonding).await;
                self.bond.set(key);
                Next::Over
            }
            Outcome::LinkLost => pairing.was_taken_away(),
            Outcome::TimedOut => pairing.fail(Failure::TimedOut).await,
            _ => pairing.fail(Failure::Authentication).await,
        };
        (outcome, next)
    }

    /// Reports a key while the panel displays a passkey for it. Nothing comes of it on LE, where
    /// the kernel keeps it to itself (`smp_cmd_keypress_notify`, `net/bluetooth/smp.c`).
    pub async fn keypress(&self, bluetoothd: &FakeBluetoothd, keypress: Keypress) {
        let path = bluetoothd.daemon.path_of(&self.peer());
        if let Some(path) = path.filter(|_| self.transport == Transport::BrEdr) {
            bluetoothd.daemon.count_keys(&path, keypress).await;
        }
    }

    /// Forgets the bond with the panel, which is not told.
    pub fn forget(&self) {
        self.bond.set(None);
    }

    /// Connects and encrypts with the key of the bond. A phone does so by itself; to any other
    /// [`Kind`] on LE the panel connects, and to those bonded with it only.
    pub async fn reconnect(&self, bluetoothd: &FakeBluetoothd) -> Reconnection {
        let (daemon, peer) = (&bluetoothd.daemon, self.peer());
        let panel_connects = self.kind != Kind::Phone && self.transport != Transport::BrEdr;
        let (ours, theirs) = (daemon.key_of(&peer), self.bond.get());
        if panel_connects && ours.is_none() {
            return Reconnection::NoLink;
        }
        let Some(path) = daemon.link_up(&peer).await else { return Reconnection::NoLink };
        match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours == theirs => {
                if self.transport != Transport::BrEdr {
                    // GATT is discovered anew on each link.
                    daemon.resolve_services(&path).await;
                }
                return Reconnection::Encrypted;
            }
            (_, None) if !panel_connects => return Reconnection::Unencrypted,
            _ if panel_connects => daemon.link_down(&path, DisconnectReason::Authentication).await,
            _ => daemon.link_down(&path, DisconnectReason::Remote).await,
        }
        Reconnection::KeyMissing
    }

    /// Connects if need be and then to a service; true if it is let in. Whoever is not `Trusted`
    /// is asked about (`AuthorizeService`), once the services are discovered. That is so on BR/EDR
    /// alone: GATT's services are open to whoever is connected (`src/adapter.c`,
    /// `adapter_authorize`).
    pub async fn connect_service(&self, bluetoothd: &FakeBluetoothd, uuid: &str) -> bool {
        let daemon = &bluetoothd.daemon;
        let Some(path) = daemon.link_up(&self.peer()).await else { return false };
        if self.transport != Transport::BrEdr {
            return true;
        }
        if daemon.options.paired_signal {
            daemon.discover_services(&path).await;
        }
        daemon.authorize(&path, uuid).await
    }

    fn peer(&self) -> Peer {
        let identity = (self.address, AddressType::Public);
        let private = self.private_address.map(|address| (address, AddressType::Random));
        Peer {
            name: self.name.clone(),
            kind: self.kind,
            seen: private.unwrap_or(identity),
            identity,
            transport: self.transport,
            legacy: self.legacy.is_some(),
        }
    }
}

impl PhoneBond {
    fn get(&self) -> Option<Key> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, key: Option<Key>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = key;
    }
}
