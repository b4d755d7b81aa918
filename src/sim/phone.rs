//! A phone that pairs with the panel.

use std::pin::pin;

use futures_util::future::{Either, join, select};

use super::bluetoothd::FakeBluetoothd;
use super::call::{Answer, Call};
use super::code::Codes;
use super::device::{Address, AddressType};
use super::link::{DisconnectReason, Pairing, Peer};
use super::person::Person;
use crate::pairing::Capability;
use crate::pairing::association::{
    Model, PasskeyEntry, Request, Transport, model, request_to_responder,
};

/// A phone, the initiator of its pairings.
#[derive(Debug)]
pub struct FakePhone {
    /// The name that it announces.
    pub name: String,
    /// Its identity address.
    pub address: Address,
    /// The resolvable private address that it is first seen with (LE only). The device object gets
    /// its path from it, and its `Address` becomes the identity with the bond.
    pub private_address: Option<Address>,
    /// What it says it can do.
    pub capability: Capability,
    /// The bearer, and whether both sides have Secure Connections.
    pub transport: Transport,
    /// Whether it asks for protection against a man in the middle. Phones do, unless they are
    /// `NoInputNoOutput`.
    pub mitm: bool,
    /// Whether it asks to keep the keys.
    pub bonding: bool,
    /// Whether it reports each key while a passkey is typed (BR/EDR only; LE never shows them).
    pub keypresses: bool,
    /// Where the numbers come from, those of the panel's controller included.
    pub codes: Codes,
}

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
    /// The digits typed were not those displayed.
    WrongCode,
    /// The link's deadline passed.
    TimedOut,
    /// The panel's side dropped the link, or bluetoothd is gone.
    LinkLost,
    /// The panel did not answer: not powered, or the phone is blocked.
    NoLink,
}

impl FakePhone {
    /// What phones announce: `KeyboardDisplay` on LE with Secure Connections, MITM protection,
    /// bonding, a public address.
    pub fn new(name: &str, address: Address) -> Self {
        Self {
            name: name.to_owned(),
            address,
            private_address: None,
            capability: Capability::KeyboardDisplay,
            transport: Transport::LeSecureConnections,
            mitm: true,
            bonding: true,
            keypresses: false,
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

    /// Connects if need be and pairs once.
    ///
    /// Dropping the future is the phone going out of range.
    pub async fn pair<P>(&self, bluetoothd: &FakeBluetoothd, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let daemon = &bluetoothd.daemon;
        let peer = self.peer();
        let Some(path) = daemon.link_up(&peer).await else { return Outcome::NoLink };
        let Some((pairing, gone)) = daemon.begin_pairing(&path) else {
            return Outcome::RefusedWithoutAsking;
        };
        let deadline = daemon.clock.now() + daemon.options.link_timeout;
        let outcome = tokio::select! {
            biased;
            _ = gone => Outcome::LinkLost,
            outcome = self.exchange(&pairing, person) => outcome,
            () = daemon.clock.sleep_until(deadline) => Outcome::TimedOut,
        };
        match outcome {
            Outcome::Paired { .. } => pairing.succeed(&peer, self.bonding).await,
            outcome => pairing.fail(outcome == Outcome::TimedOut).await,
        }
        outcome
    }

    async fn exchange<P>(&self, pairing: &Pairing, person: &mut P) -> Outcome
    where
        P: Person,
    {
        if self.bonding && pairing.bonding_is_refused() {
            return Outcome::RefusedWithoutAsking;
        }
        let (local, remote, transport) = (pairing.capability, self.capability, self.transport);
        let request = request_to_responder(local, remote, transport, self.mitm);
        // `JustWorksRepairing` is `never` by default.
        if matches!(request, Request::Silent | Request::Authorization) && pairing.is_repairing() {
            return Outcome::RefusedWithoutAsking;
        }
        match request {
            Request::Refused => Outcome::RefusedWithoutAsking,
            Request::Silent => self.paired(pairing),
            Request::Authorization => match pairing.ask(Call::RequestAuthorization).await {
                Answer::NotAsked => Outcome::RefusedWithoutAsking,
                Answer::Accepted => self.paired(pairing),
                Answer::Refused | Answer::Passkey(_) => Outcome::RefusedByPanel,
            },
            Request::Confirmation => self.compare(pairing, person).await,
            Request::DisplayPasskey => self.type_passkey(pairing, person).await,
            Request::Passkey => match self.model(pairing) {
                Model::PasskeyEntry(PasskeyEntry::BothType) => {
                    self.type_on_both_sides(pairing, person).await
                }
                _ => self.display_passkey(pairing, person).await,
            },
        }
    }

    /// Numeric comparison: both sides say yes, in any order.
    async fn compare<P>(&self, pairing: &Pairing, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let number = self.codes.draw();
        let panel = pin!(pairing.ask(Call::RequestConfirmation(number)));
        let phone = pin!(async {
            // A side that cannot answer confirms by itself (Vol 3 Part C, 5.2.2.6).
            matches!(self.capability, Capability::DisplayOnly | Capability::NoInputNoOutput)
                || person.compares(number).await
        });
        let (panel, phone) = match select(panel, phone).await {
            Either::Left((Answer::Accepted, phone)) => (Answer::Accepted, phone.await),
            Either::Left((refused, _)) => (refused, true),
            Either::Right((false, _)) => (Answer::Accepted, false),
            Either::Right((true, panel)) => (panel.await, true),
        };
        match (panel, phone) {
            (_, false) => Outcome::RefusedByPhone,
            (Answer::Accepted, true) => self.paired(pairing),
            (Answer::NotAsked, _) => Outcome::RefusedWithoutAsking,
            (Answer::Refused | Answer::Passkey(_), _) => Outcome::RefusedByPanel,
        }
    }

    /// The panel displays, the person types at the phone.
    async fn type_passkey<P>(&self, pairing: &Pairing, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let passkey = self.codes.draw();
        if !pairing.display(passkey, 0).await {
            return Outcome::RefusedWithoutAsking;
        }
        let Some(typed) = person.types_passkey().await else { return Outcome::RefusedByPhone };
        if self.keypresses && self.transport == Transport::BrEdr {
            for entered in 1..=6 {
                pairing.display(passkey, entered).await;
            }
        }
        if typed == passkey { self.paired(pairing) } else { Outcome::WrongCode }
    }

    /// The phone displays, the person types at the panel.
    async fn display_passkey<P>(&self, pairing: &Pairing, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let passkey = self.codes.draw();
        let panel = pin!(pairing.ask(Call::RequestPasskey));
        let phone = pin!(person.types_at_panel(passkey));
        let typed = match select(panel, phone).await {
            Either::Left((typed, _)) => typed,
            Either::Right((true, panel)) => panel.await,
            Either::Right((false, _)) => return Outcome::RefusedByPhone,
        };
        self.typed(pairing, &typed, passkey.value())
    }

    /// Nobody displays: the person types a number of their own on both sides.
    async fn type_on_both_sides<P>(&self, pairing: &Pairing, person: &mut P) -> Outcome
    where
        P: Person,
    {
        match join(pairing.ask(Call::RequestPasskey), person.types_passkey()).await {
            (Answer::Passkey(_), None) => Outcome::RefusedByPhone,
            (typed, at_phone) => {
                self.typed(pairing, &typed, at_phone.map_or(u32::MAX, |code| code.value()))
            }
        }
    }

    fn typed(&self, pairing: &Pairing, typed: &Answer, passkey: u32) -> Outcome {
        match typed {
            Answer::Passkey(typed) if *typed == passkey => self.paired(pairing),
            Answer::Passkey(_) => Outcome::WrongCode,
            Answer::NotAsked => Outcome::RefusedWithoutAsking,
            Answer::Refused | Answer::Accepted => Outcome::RefusedByPanel,
        }
    }

    fn paired(&self, pairing: &Pairing) -> Outcome {
        Outcome::Paired { authenticated: self.model(pairing).is_authenticated() }
    }

    fn model(&self, pairing: &Pairing) -> Model {
        // A BR/EDR responder asks for MITM protection itself (`hci_get_auth_req`).
        let mitm = self.mitm || self.transport == Transport::BrEdr;
        model(self.capability, pairing.capability, self.transport, mitm)
    }

    fn peer(&self) -> Peer<'_> {
        let identity = (self.address, AddressType::Public);
        let private = self.private_address.map(|address| (address, AddressType::Random));
        let (name, transport) = (self.name.as_str(), self.transport);
        Peer { name, seen: private.unwrap_or(identity), identity, transport }
    }
}
