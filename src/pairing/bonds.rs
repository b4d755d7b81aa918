//! The bonds, and the ledger of those that somebody here knows of: a bond that appears without an
//! approval given at this panel was made by somebody else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::allow::Verdict;
use super::forget::Who;
use super::prompt::{Ask, Presence};
use super::session::{Known, Session};
use super::{
    DeviceId, Effect, JustWorks, Method, Outcome, Peer, Refusal, Trust, UnknownBonds, WhenFull,
};
use crate::clock::Time;

/// How long after an approval its bond may come: bluetoothd gives up a pairing after so long (BlueZ,
/// `src/device.c`, `BONDING_TIMEOUT`).
const LATE_BOND: Duration = Duration::from_secs(120);
/// How long a pairing that begins here may take, the search for the device included.
const EXPECTED: Duration = Duration::from_secs(180);
/// How long bluetoothd's word of a bond may take after its answer, which comes by another way.
const ON_THE_WAY: Duration = Duration::from_secs(5);

/// The addresses of the bonded devices that are known, by the adapter's address. It outlives
/// bluetoothd, and adapters that come and go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ledger(BTreeMap<String, BTreeSet<String>>);

/// An approval whose bond has not come yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Approval {
    at: Time,
    method: Method,
    outcome: Outcome,
}

impl Session {
    /// The devices that are bonded.
    pub(super) fn bonds(&self) -> impl Iterator<Item = (&DeviceId, &Known)> {
        self.devices.iter().filter(|(_, known)| known.bonded == Some(true))
    }

    /// Those of them that are not about to go, nor asked about.
    pub(super) fn lasting_bonds(&self) -> impl Iterator<Item = (&DeviceId, &Known)> {
        let asked = |device: &DeviceId| {
            let prompt = self.prompt.as_ref().filter(|prompt| prompt.ask.is_about_keeping());
            prompt.is_some_and(|prompt| prompt.device == *device)
        };
        self.bonds().filter(move |(device, _)| !self.forget.is_going(device) && !asked(device))
    }

    /// All that bluetoothd has was told. What an adapter brings along that was never seen before is
    /// taken for known.
    pub(super) fn inventory(&mut self, now: Time) {
        self.inventoried = self.adapters.keys().cloned().collect();
        let adapters = self.adapters.iter();
        let addresses: Vec<(String, String)> =
            adapters.map(|(path, state)| (path.clone(), state.address.clone())).collect();
        for (adapter, address) in addresses {
            let on_it = |(device, _): &(&DeviceId, &Known)| device.adapter() == adapter;
            let bonds: Vec<DeviceId> = self.bonds().filter(on_it).map(|(d, _)| d.clone()).collect();
            if self.ledger.0.contains_key(&address) {
                self.audit(now, &adapter);
            } else {
                let known = bonds.iter().map(|device| self.address_of(device));
                let known = known.collect();
                self.ledger.0.insert(address, known);
            }
        }
    }

    /// Looks for bonds of an adapter that nobody here knows of.
    pub(super) fn audit(&mut self, now: Time, adapter: &str) {
        let address = self.adapters.get(adapter).map_or("", |state| &state.address);
        if !self.ledger.0.contains_key(address) {
            return;
        }
        let unknown = self
            .bonds()
            .map(|(device, _)| device)
            .filter(|device| device.adapter() == adapter && !self.is_in_ledger(device));
        for device in unknown.cloned().collect::<Vec<_>>() {
            self.unapproved(now, device);
        }
    }

    /// A device was paired when it was first heard of. If all devices of its adapter had been told
    /// before, it has come and paired since: bluetoothd tells of a device when it has nothing else to
    /// do, as what it is by then (BlueZ, `gdbus/object.c`, `add_pending`).
    pub(super) fn found_paired(&mut self, now: Time, device: &DeviceId) {
        if self.is_approved(device) || self.inventoried.contains(device.adapter()) {
            return self.paired(now, device);
        }
        let bonded = self.devices.get(device).is_some_and(|known| known.bonded == Some(true));
        let counted = self.ledger.0.contains_key(self.adapter_address(device));
        let unknown = bonded && counted && !self.is_in_ledger(device);
        if unknown && !self.is_out_of_band(now, device) {
            self.unapproved(now, device.clone());
        }
    }

    /// A device has another address than it had: the one behind a private one.
    pub(super) fn address_changed(&mut self, device: &DeviceId, before: &str) {
        let adapter = self.adapter_address(device).to_owned();
        if self.ledger.0.get_mut(&adapter).is_some_and(|known| known.remove(before)) {
            self.enter_in_ledger(device);
        }
    }

    fn is_in_ledger(&self, device: &DeviceId) -> bool {
        let ledger = self.ledger.0.get(self.adapter_address(device));
        ledger.is_some_and(|known| known.contains(&self.address_of(device)))
    }

    pub(super) fn enter_in_ledger(&mut self, device: &DeviceId) {
        let (adapter, address) = (self.adapter_address(device).to_owned(), self.address_of(device));
        // One that has not been counted yet will be, with this bond on it.
        if let Some(known) = self.ledger.0.get_mut(&adapter) {
            known.insert(address);
        }
    }

    /// The bond is to go, so should it come back nobody knows it. Tells whether somebody did.
    pub(super) fn strike_from_ledger(&mut self, device: &DeviceId) -> bool {
        let (adapter, address) = (self.adapter_address(device).to_owned(), self.address_of(device));
        self.ledger.0.get_mut(&adapter).is_some_and(|known| known.remove(&address))
    }

    fn adapter_address(&self, device: &DeviceId) -> &str {
        self.adapters.get(device.adapter()).map_or("", |state| &state.address)
    }

    pub(super) fn address_of(&self, device: &DeviceId) -> String {
        let known = self.devices.get(device).and_then(|known| known.address.clone());
        known.unwrap_or_else(|| device.address())
    }

    /// BlueZ says nothing to the agent when a pairing has gone well: it shows in the device's
    /// properties, `Bonded` before `Paired` (BlueZ, `src/device.c`, `device_set_bonded`).
    pub(super) fn paired(&mut self, now: Time, device: &DeviceId) {
        let late = self.devices.get_mut(device).and_then(|known| known.approved.take());
        if let Some(settling) = self.settling.take_if(|settling| settling.device == *device) {
            self.approved(now, settling.device, settling.method, settling.outcome);
        } else if let Some(shown) = self.shown.take_if(|shown| shown.device == *device) {
            let method = shown.method();
            let checked = method == Method::PasskeyEntry;
            let outcome = if checked { Outcome::PairedChecked } else { Outcome::PairedUnchecked };
            self.approved(now, shown.device, method, outcome);
        } else if let Some(late) = late.filter(|late| now.since(late.at) < LATE_BOND) {
            self.approved(now, device.clone(), late.method, late.outcome);
        } else {
            self.unasked(now, device.clone());
        }
    }

    /// Whether a bond of this device has been approved and not come yet.
    pub(super) fn is_approved(&self, device: &DeviceId) -> bool {
        self.settling.as_ref().is_some_and(|settling| settling.device == *device)
            || self.shown.as_ref().is_some_and(|shown| shown.device == *device)
            || self.devices.get(device).is_some_and(|known| known.approved.is_some())
    }

    /// An accepted pairing of which nothing was heard may still come to something.
    pub(super) fn approve_late(
        &mut self,
        at: Time,
        device: &DeviceId,
        method: Method,
        outcome: Outcome,
    ) {
        let approval = Approval { at, method, outcome };
        self.devices.entry(device.clone()).or_default().approved = Some(approval);
    }

    /// A bond that nobody here was asked about: just works that was started on this machine (BlueZ,
    /// `src/device.c`, `device_confirm_passkey`), or that the kernel accepts by itself (Linux,
    /// `net/bluetooth/hci_event.c`, `hci_user_confirm_request_evt`), or another agent's.
    fn unasked(&mut self, now: Time, device: DeviceId) {
        let expected = self.expected.take_if(|(_, until)| *until <= now).is_none()
            && self.is_expected(&device);
        if expected || !self.is_out_of_band(now, &device) {
            let admitted = self.window.admits(now);
            self.unexplained(now, device, expected, admitted);
        }
    }

    /// Such a bond that no key of out-of-band data stands for. `admitted` is whether it came while
    /// the window was open.
    pub(super) fn unexplained(
        &mut self,
        now: Time,
        device: DeviceId,
        expected: bool,
        admitted: bool,
    ) {
        let method = Method::JustWorks;
        match self.just_works() {
            JustWorks::Window if admitted => {
                self.approved(now, device, method, Outcome::PairedUnchecked);
            }
            JustWorks::Reject if expected => {
                self.finish(now, device.clone(), method, Outcome::Refused(Refusal::Policy));
                self.forget_unwanted(now, device);
            }
            _ if expected => self.ask_to_keep(now, device, true),
            _ => self.unapproved(now, device),
        }
    }

    /// Somebody entitled to it pairs from here with the device at this address.
    pub(super) fn expect(&mut self, now: Time, address: String) {
        self.expected = Some((address, now + EXPECTED));
    }

    /// That pairing is over. Its bond may still be on the way here.
    pub(super) fn expect_no_longer(&mut self, now: Time, address: &str) {
        if let Some((expected, until)) = &mut self.expected
            && expected.eq_ignore_ascii_case(address)
        {
            *until = now + ON_THE_WAY;
        }
    }

    pub(super) fn is_expected(&self, device: &DeviceId) -> bool {
        let Some((address, _)) = &self.expected else { return false };
        let mut known = [self.address_of(device), device.address()].into_iter();
        known.any(|known| known.eq_ignore_ascii_case(address))
    }

    /// A bond that nobody at this panel has approved.
    fn unapproved(&mut self, now: Time, device: DeviceId) {
        let asked = self
            .prompt
            .as_ref()
            .is_some_and(|prompt| prompt.ask.is_about_keeping() && prompt.device == device);
        let waits = self.to_keep.as_ref() == Some(&device)
            || self.oob.bond.as_ref().is_some_and(|bond| bond.device == device);
        // What other adapters are for is somebody else's business.
        if asked || waits || self.forget.is_going(&device) || !self.uses_adapter_of(&device) {
            return;
        }
        self.effects.push(Effect::UnknownPairing { device: device.clone() });
        match self.policy.unknown_bonds {
            UnknownBonds::Keep => {
                self.enter_in_ledger(&device);
                self.unless_open(now, device, Method::JustWorks, Outcome::Unknown);
            }
            UnknownBonds::Ask => self.ask_to_keep(now, device, false),
            UnknownBonds::Remove => self.remove_unknown(now, device),
        }
    }

    fn remove_unknown(&mut self, now: Time, device: DeviceId) {
        self.unless_open(now, device.clone(), Method::JustWorks, Outcome::UnknownRemoved);
        self.forget_unwanted(now, device);
    }

    /// Asks whether a bond is to stay, if it can be asked here; otherwise it goes. One that was made
    /// `from_here` waits until there is room for the question.
    fn ask_to_keep(&mut self, now: Time, device: DeviceId, from_here: bool) {
        let can_ask = self.display_works && self.press_of_a_key().is_ok();
        if can_ask && !self.something_is_open() {
            self.open_prompt(now, None, device, Ask::Keep { from_here }, Presence::Press);
        } else if can_ask && from_here {
            self.to_keep = Some(device);
        } else {
            self.remove_unknown(now, device);
        }
    }

    /// Asks what could not be asked before.
    pub(super) fn ask_later(&mut self, now: Time) {
        if !self.something_is_open()
            && let Some(device) = self.to_keep.take()
            && self.devices.get(&device).is_some_and(|known| known.bonded == Some(true))
        {
            self.ask_to_keep(now, device, true);
        }
    }

    /// The person at the panel wants it.
    pub(super) fn keep(&mut self, now: Time, device: DeviceId) {
        self.approved(now, device, Method::JustWorks, Outcome::PairedUnchecked);
    }

    /// Nobody said that the bond is to stay.
    pub(super) fn not_kept(&mut self, now: Time, device: DeviceId, outcome: Outcome) {
        self.finish(now, device.clone(), Method::JustWorks, outcome);
        self.forget_unwanted(now, device);
    }

    /// A bond that somebody here has approved.
    pub(super) fn approved(
        &mut self,
        now: Time,
        device: DeviceId,
        method: Method,
        outcome: Outcome,
    ) {
        let peer = self.peer_as_sent(&device);
        if !self.policy.allow.has(&peer.address, &peer.name) {
            let outcome = Outcome::Refused(Refusal::NotAllowed);
            self.finish(now, device.clone(), method, outcome);
            return self.forget_unwanted(now, device);
        }
        self.expected.take_if(|(address, _)| address.eq_ignore_ascii_case(&peer.address));
        self.enter_in_ledger(&device);
        let trusts = match self.policy.trust {
            Trust::Never => false,
            Trust::Verified => outcome == Outcome::PairedChecked,
            Trust::Always => true,
        };
        if trusts {
            self.effects.push(Effect::Trust(device.clone()));
        }
        self.unless_open(now, device.clone(), method, outcome);
        self.count_bond(now);
        self.make_room(now, &device);
    }

    /// What the list says of a device before it is bonded.
    pub(super) fn is_allowed(&self, device: &DeviceId) -> bool {
        let peer = self.peer_as_sent(device);
        let known = self.devices.get(device);
        let random = known.and_then(|known| known.random).unwrap_or(true);
        self.policy.allow.judge(&peer.address, random, &peer.name) != Verdict::No
    }

    /// With the name as the device has sent it, for comparing only.
    fn peer_as_sent(&self, device: &DeviceId) -> Peer {
        let name = self.devices.get(device).and_then(|known| known.name.clone());
        Peer { name: name.unwrap_or_default(), address: self.address_of(device) }
    }

    /// Whether there is no room for a device that is not bonded yet.
    pub(super) fn is_full_for(&self, device: &DeviceId) -> bool {
        let bonded = self.devices.get(device).is_some_and(|known| known.bonded == Some(true));
        let refuses = self.policy.when_full == WhenFull::Refuse;
        let limit = usize::try_from(self.policy.bond_limit).unwrap_or(usize::MAX);
        limit > 0 && refuses && !bonded && self.lasting_bonds().count() >= limit
    }

    /// Forgets the devices that have not been seen for the longest time, if there are too many.
    fn make_room(&mut self, now: Time, newest: &DeviceId) {
        let limit = usize::try_from(self.policy.bond_limit).unwrap_or(usize::MAX);
        if limit == 0 || self.policy.when_full != WhenFull::DropLongestUnseen {
            return;
        }
        let others = self.lasting_bonds().filter(|(device, _)| *device != newest);
        let mut others: Vec<_> = others
            .map(|(device, known)| (known.connected.is_some(), known.seen, device.clone()))
            .collect();
        others.sort();
        let excess = (others.len() + 1).saturating_sub(limit);
        let leave = others.into_iter().take(excess).map(|(_, _, device)| device);
        let leave: Vec<DeviceId> = leave.collect();
        if !leave.is_empty() {
            self.forget(now, Who::Limit, leave);
        }
    }

    /// Finishes something whose picture must not hide what is open now.
    pub(super) fn unless_open(
        &mut self,
        now: Time,
        device: DeviceId,
        method: Method,
        outcome: Outcome,
    ) {
        let before = self.ended.take();
        self.finish(now, device, method, outcome);
        if self.something_is_open() {
            // Nobody sees it before that is over.
            self.later = std::mem::replace(&mut self.ended, before);
        }
    }
}
