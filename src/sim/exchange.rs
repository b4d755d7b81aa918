//! What the two sides of a pairing exchange, by the association model.

use std::pin::pin;

use futures_util::future::{Either, join, select};

use super::call::{Answer, Call};
use super::options::JustWorksRepairing;
use super::pairing::{Initiator, Keypress, Pairing};
use super::person::Person;
use super::phone::{FakePhone, LegacyPin, Outcome};
use crate::pairing::Capability;
use crate::pairing::association::{
    Model, PasskeyEntry, Request, Transport, model, request_to_initiator, request_to_responder,
};

impl FakePhone {
    pub(super) async fn exchange<P>(&self, pairing: &Pairing, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let (local, remote, transport) = (pairing.capability, self.capability, self.transport);
        let pin = self.legacy.as_ref().filter(|_| transport == Transport::BrEdr);
        if (self.bonding || pin.is_some()) && pairing.bonding_is_refused() {
            return Outcome::RefusedWithoutAsking;
        }
        if let Some(pin) = pin {
            return self.exchange_pins(pin, pairing, person).await;
        }
        match self.data.filter(|_| transport == Transport::LeSecureConnections) {
            // Nobody is asked (Linux, `net/bluetooth/smp.c`, `sc_select_method`).
            Some(true) => return Outcome::Paired { authenticated: true },
            Some(false) => return Outcome::WrongCode,
            None => {}
        }
        let request = match pairing.initiator {
            Initiator::Remote => request_to_responder(local, remote, transport, self.mitm),
            Initiator::Pair => request_to_initiator(local, remote, transport, true),
        };
        match request {
            Request::Refused => Outcome::RefusedWithoutAsking,
            Request::Silent | Request::Authorization => self.just_works(pairing, request).await,
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

    /// Nobody compares anything. For a device that is paired there is `JustWorksRepairing`; then
    /// the agent is asked, or bluetoothd accepts for `Pair`, for which on LE it wants an agent all
    /// the same (`device_confirm_passkey`), or the kernel accepts (BR/EDR).
    async fn just_works(&self, pairing: &Pairing, request: Request) -> Outcome {
        let by_pair = pairing.initiator == Initiator::Pair;
        let asks = match pairing.repairing() {
            Some(JustWorksRepairing::Never) => return Outcome::RefusedWithoutAsking,
            Some(JustWorksRepairing::Always) => return self.paired(pairing),
            Some(JustWorksRepairing::Confirm) => !by_pair,
            None => request == Request::Authorization,
        };
        if !asks {
            let heard = self.transport != Transport::BrEdr;
            return match heard && !pairing.has_agent() {
                true => Outcome::RefusedWithoutAsking,
                false => self.paired(pairing),
            };
        }
        match pairing.ask(Call::RequestAuthorization).await {
            Answer::NotAsked => Outcome::RefusedWithoutAsking,
            Answer::Accepted => self.paired(pairing),
            Answer::Refused | Answer::Passkey(_) | Answer::Pin(_) => Outcome::RefusedByPanel,
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
            (Answer::Refused | Answer::Passkey(_) | Answer::Pin(_), _) => Outcome::RefusedByPanel,
        }
    }

    /// The panel displays, the person types at the phone.
    async fn type_passkey<P>(&self, pairing: &Pairing, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let passkey = self.codes.draw();
        if !pairing.display(passkey).await {
            return Outcome::RefusedWithoutAsking;
        }
        let Some(typed) = person.types_passkey().await else { return Outcome::RefusedByPhone };
        if self.keypresses && self.transport == Transport::BrEdr {
            for _ in 0..6 {
                pairing.count_keys(Keypress::Entered).await;
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
            Answer::Refused | Answer::Accepted | Answer::Pin(_) => Outcome::RefusedByPanel,
        }
    }

    /// Both controllers want the same PIN.
    async fn exchange_pins<P>(&self, pin: &LegacyPin, pairing: &Pairing, person: &mut P) -> Outcome
    where
        P: Person,
    {
        let panel = pin!(pairing.pin(&self.codes));
        let phone = pin!(async {
            match pin {
                LegacyPin::Fixed(pin) => Some(pin.clone()),
                LegacyPin::Typed => person.types_pin().await,
            }
        });
        let (panel, phone) = match select(panel, phone).await {
            Either::Left((Answer::Pin(panel), phone)) => (Answer::Pin(panel), phone.await),
            Either::Left((Answer::NotAsked, _)) => return Outcome::RefusedWithoutAsking,
            Either::Left(_) => return Outcome::RefusedByPanel,
            Either::Right((None, _)) => return Outcome::RefusedByPhone,
            Either::Right((phone, panel)) => (panel.await, phone),
        };
        match (panel, phone) {
            (Answer::Pin(panel), Some(phone)) if panel == phone => {
                Outcome::Paired { authenticated: false }
            }
            (Answer::Pin(_), Some(_)) => Outcome::WrongCode,
            (Answer::Pin(_), None) => Outcome::RefusedByPhone,
            (Answer::NotAsked, _) => Outcome::RefusedWithoutAsking,
            _ => Outcome::RefusedByPanel,
        }
    }

    fn paired(&self, pairing: &Pairing) -> Outcome {
        Outcome::Paired { authenticated: self.model(pairing).is_authenticated() }
    }

    fn model(&self, pairing: &Pairing) -> Model {
        let (local, remote, transport) = (pairing.capability, self.capability, self.transport);
        match pairing.initiator {
            Initiator::Remote => {
                // A BR/EDR responder asks for MITM protection itself (`hci_get_auth_req`).
                let mitm = self.mitm || transport == Transport::BrEdr;
                model(remote, local, transport, mitm)
            }
            Initiator::Pair => {
                model(local, remote, transport, local != Capability::NoInputNoOutput)
            }
        }
    }
}
