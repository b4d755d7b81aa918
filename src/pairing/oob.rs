//! Out-of-band pairing over LE: the other device learns from the glass or the tag what it would
//! otherwise have to be asked about, and no agent is called (Linux, `net/bluetooth/smp.c`,
//! `sc_select_method`). What stands for the person is that the window is open and that the data were
//! to be had here alone, and no longer than it was. Which bond was made so is told by the kernel, as
//! a key that is authenticated although nobody was asked.

use std::collections::BTreeSet;
use std::time::Duration;

use super::endings::is_in_link;
use super::session::Session;
use super::{
    CommandId, Denial, DeviceId, Effect, Glow, Key, Method, Outcome, PromptId, Refusal, Screen,
    WhenFull,
};
use crate::clock::Time;
use crate::oob::{LeRole, Modules, OobData};

/// How long bluetoothd's word of a bond may take after the kernel's of its key.
const BOND_DUE: Duration = Duration::from_secs(30);
/// How long the kernel's word may take after bluetoothd's: they come in different queues.
const KEY_DUE: Duration = Duration::from_secs(2);
/// How long before data are asked for again that could not be had.
const AGAIN: Duration = Duration::from_secs(5);

/// What is known of the data, and of who has used them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct OutOfBand {
    /// The adapter whose data were asked for.
    adapter: Option<String>,
    /// Whether those that there are, or were, are not to be good any more.
    stale: bool,
    offer: Option<Offer>,
    /// The adapters whose data cannot be had until somebody has changed something.
    unavailable: BTreeSet<String>,
    /// Until when they are not asked for again.
    pub(super) pause: Option<Time>,
    /// Whether the person wants to see the code; `None` if nobody has said.
    chosen: Option<bool>,
    /// Who is waiting for them.
    waiting: Vec<CommandId>,
    /// The address that the last key is for which was made without a question.
    key: Option<(String, Time)>,
    /// A bond that may be one by such a key.
    pub(super) bond: Option<Bond>,
}

/// A bond for which the news of a key is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Bond {
    pub(super) device: DeviceId,
    /// How long.
    pub(super) until: Time,
    /// Whether it came while the window was open.
    admitted: bool,
}

/// Data that are good now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Offer {
    /// Names their picture on the glass, and the order for the tag.
    id: u32,
    data: OobData,
    code: Option<Modules>,
    /// Whether the code has been what the glass is to show.
    on_screen: bool,
    /// Whether anybody outside may have them. Before that they prove nothing.
    given: bool,
}

impl Session {
    /// Has data while devices may pair, and only then. Comes after everything else that an event
    /// leads to.
    pub(super) fn provide_out_of_band(&mut self, now: Time) {
        let adapter = self.adapter_of_out_of_band(now);
        let stale = std::mem::take(&mut self.oob.stale);
        if adapter == self.oob.adapter && !stale {
            return;
        }
        self.withdraw();
        self.oob.adapter.clone_from(&adapter);
        if adapter.is_none() {
            self.tell_waiting(Err(Denial::NoData));
        }
        self.effects.push(Effect::OutOfBand(adapter));
    }

    fn adapter_of_out_of_band(&self, now: Time) -> Option<String> {
        let wanted = self.policy.out_of_band && self.oob.pause.is_none() && self.window.admits(now);
        let fits = |path: &str, powered| {
            powered && !self.oob.unavailable.contains(path) && self.open_for(now, path).is_some()
        };
        let mut adapters = self.adapters.iter().filter(|_| wanted);
        adapters.find(|(path, state)| fits(path, state.powered)).map(|(path, _)| path.clone())
    }

    /// Takes the data from wherever they can be had.
    fn withdraw(&mut self) {
        if self.oob.offer.take().is_some() && self.fittings.tag {
            self.effects.push(Effect::WipeTag);
        }
    }

    /// They have been used, or tried: what was seen by one is nothing for the next.
    fn renew(&mut self) {
        self.withdraw();
        self.oob.stale = true;
    }

    /// The window opens anew, for which somebody may have mended what was wrong.
    pub(super) fn forget_out_of_band(&mut self) {
        self.oob.unavailable.clear();
        self.oob.pause = None;
        self.oob.chosen = None;
    }

    pub(super) fn out_of_band_data(&mut self, now: Time, adapter: &str, mut data: OobData) {
        if self.oob.adapter.as_deref() != Some(adapter) || !self.may_be_told(now) {
            return;
        }
        // The kernel does not know of bluetoothd's advertising (Linux, `net/bluetooth/mgmt.c`,
        // `read_local_oob_ext_data`).
        data.role = LeRole::PreferPeripheral;
        self.withdraw();
        let code = if self.fittings.code { Modules::of(&data.uri()) } else { None };
        let id = self.next_id();
        if self.fittings.tag {
            let name = self.name_of(adapter);
            self.effects.push(Effect::WriteTag { id, data: data.clone(), name });
        }
        self.oob.offer = Some(Offer { id, data, code, on_screen: false, given: false });
        self.tell_waiting(Ok(()));
    }

    /// There are none, or those that there were are not known to be good any more.
    pub(super) fn out_of_band_lost(&mut self, now: Time, adapter: &str, lasting: bool) {
        if self.oob.adapter.as_deref() != Some(adapter) {
            return;
        }
        self.renew();
        if lasting {
            self.oob.unavailable.insert(adapter.to_owned());
        } else {
            self.oob.pause = Some(now + AGAIN);
        }
        self.tell_waiting(Err(Denial::NoData));
    }

    /// Whoever reads it has all that it takes to pair: like standing before the glass.
    pub(super) fn read_out_of_band(&mut self, now: Time, id: CommandId) -> Option<Denial> {
        if self.adapter_of_out_of_band(now).is_none() {
            return Some(Denial::NoData);
        }
        self.oob.waiting.push(id);
        if self.oob.offer.is_some() && self.may_be_told(now) {
            self.tell_waiting(Ok(()));
        }
        None
    }

    /// Whether the data that there are, or come, are still those that are wanted: the window may have
    /// ended since the last event.
    fn may_be_told(&self, now: Time) -> bool {
        self.oob.adapter.is_some() && self.adapter_of_out_of_band(now) == self.oob.adapter
    }

    fn tell_waiting(&mut self, result: Result<(), Denial>) {
        for id in std::mem::take(&mut self.oob.waiting) {
            match (&mut self.oob.offer, result) {
                (Some(offer), Ok(())) => {
                    offer.given = true;
                    let data = offer.data.clone();
                    self.effects.push(Effect::TellOutOfBand { id, data });
                }
                (_, result) => self.effects.push(Effect::Done { id, result }),
            }
        }
    }

    /// The tag has those of this order.
    pub(super) fn out_of_band_on_tag(&mut self, id: u32) {
        if let Some(offer) = &mut self.oob.offer {
            offer.given |= offer.id == id;
        }
    }

    /// The glass has acknowledged a frame.
    pub(super) fn out_of_band_on_glass(&mut self, id: PromptId, glow: Glow) {
        if let Some(offer) = &mut self.oob.offer {
            offer.given |= offer.on_screen && offer.id == id.prompt && glow == Glow::Full;
        }
    }

    /// A picture is about to be made. Before there was one with the code on it no frame is of it.
    pub(super) fn note_code_on_screen(&mut self, now: Time) {
        let is_new = self.oob.offer.as_ref().is_some_and(|offer| !offer.on_screen);
        if is_new && matches!(self.screen(now), Screen::Scan { .. }) {
            self.oob.offer.as_mut().into_iter().for_each(|offer| offer.on_screen = true);
        }
    }

    /// Shows the code instead of what is there for digits, or the other way about.
    pub(super) fn switch_code(&mut self) {
        self.oob.chosen = Some(!self.wants_code());
    }

    /// Whether there is a code that could be shown.
    pub(super) fn has_code(&self) -> bool {
        self.oob.offer.as_ref().is_some_and(|offer| offer.code.is_some())
    }

    /// The label of the key that switches between digits and code. A key that is all there is closes
    /// the window.
    pub(super) fn switch_label(&self) -> Option<String> {
        let heard = self.keys_are_heard() && self.controls.can_say_no() && self.has_code();
        self.label(Key::Accept).filter(|_| heard)
    }

    /// Where nobody could ask for the code it is there from the start.
    fn wants_code(&self) -> bool {
        self.oob.chosen.unwrap_or_else(|| self.switch_label().is_none())
    }

    /// The screen of the open window with the code on it, if that is what is wanted.
    pub(super) fn scan_screen(&self, seconds: u64) -> Option<Screen> {
        let code = self.oob.offer.as_ref().filter(|_| self.wants_code())?.code.clone()?;
        let name = self.oob.adapter.as_deref().map_or_else(String::new, |path| self.name_of(path));
        let (switch, close) = (self.switch_label(), self.close_label());
        Some(Screen::Scan { name, code, seconds, switch, close })
    }

    fn name_of(&self, adapter: &str) -> String {
        self.adapters.get(adapter).map_or_else(String::new, |state| state.alias.clone())
    }

    pub(super) fn scan_id(&self) -> Option<PromptId> {
        self.oob.offer.as_ref().map(|offer| PromptId { prompt: offer.id, edit: 0 })
    }

    /// The kernel has made an authenticated key. Where somebody was asked, it is by that; a bond that
    /// is wanted from here is not by data that were shown here.
    pub(super) fn out_of_band_key(&mut self, now: Time, adapter: &str, address: &str) {
        if self.oob.adapter.as_deref() != Some(adapter) {
            return;
        }
        let given = self.are_given();
        self.renew();
        let device = self.device_at(adapter, address);
        self.expected.take_if(|(_, until)| *until <= now);
        let asked = device.as_ref().is_some_and(|device| self.asked_pairing_ends(device));
        if !given || asked || device.as_ref().is_some_and(|device| self.is_expected(device)) {
            return;
        }
        let waits = self.oob.bond.take_if(|bond| Some(&bond.device) == device.as_ref());
        let bonded = |device: &DeviceId| {
            self.devices.get(device).is_some_and(|known| known.bonded == Some(true))
        };
        match device.filter(|device| waits.is_some() || bonded(device)) {
            Some(device) => self.paired_out_of_band(now, device),
            None => self.oob.key = Some((address.to_owned(), now)),
        }
    }

    /// Pairing over LE has failed. If nobody here was asked about it, and there were data to be had,
    /// they are what did not agree, as far as can be known here.
    pub(super) fn out_of_band_failed(&mut self, now: Time, adapter: &str, address: &str) {
        if self.oob.adapter.as_deref() != Some(adapter) {
            return;
        }
        let given = self.are_given();
        self.renew();
        // The kernel's word may be here before bluetoothd's of the device, whose path has this address.
        let path = || DeviceId::parse(&format!("{adapter}/dev_{}", address.replace(':', "_")));
        let Some(device) = self.device_at(adapter, address).or_else(path) else { return };
        if !self.asked_pairing_ends(&device) && given {
            self.unless_open(now, device, Method::OutOfBand, Outcome::NotAuthenticated);
        }
    }

    /// Whether anybody outside may have the data that are good now.
    fn are_given(&self) -> bool {
        self.oob.offer.as_ref().is_some_and(|offer| offer.given)
    }

    fn device_at(&self, adapter: &str, address: &str) -> Option<DeviceId> {
        let on_it = self.devices.keys().filter(|device| device.adapter() == adapter);
        let mut known = on_it.filter(|device| {
            [self.address_of(device), device.address()]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(address))
        });
        known.next().cloned()
    }

    /// Whether the agent was called about a pairing of the device that has not ended, or was accepted
    /// here.
    fn is_asked_about(&self, device: &DeviceId) -> bool {
        let known = self.devices.get(device);
        self.is_approved(device)
            || self
                .prompt
                .as_ref()
                .is_some_and(|prompt| prompt.can_block() && prompt.device == *device)
            || known.is_some_and(|known| is_in_link(known.asked_to_pair, known.connected))
    }

    /// A pairing has ended. Tells whether it was one that the agent was called about; the next one in
    /// the same link is another.
    fn asked_pairing_ends(&mut self, device: &DeviceId) -> bool {
        let asked = self.is_asked_about(device);
        if let Some(known) = self.devices.get_mut(device) {
            known.asked_to_pair = None;
        }
        asked
    }

    /// A bond that no agent was asked about. Tells whether it is, or may be, one by data that were to
    /// be had here.
    pub(super) fn is_out_of_band(&mut self, now: Time, device: &DeviceId) -> bool {
        let mut known = [self.address_of(device), device.address()].into_iter();
        let key = self.oob.key.take_if(|(address, at)| {
            now.since(*at) < BOND_DUE && known.any(|known| known.eq_ignore_ascii_case(address))
        });
        if key.is_some() {
            self.paired_out_of_band(now, device.clone());
            return true;
        }
        let may_be = self.are_given()
            && self.oob.adapter.as_deref() == Some(device.adapter())
            && !self.is_asked_about(device)
            && self.oob.bond.is_none();
        if may_be {
            let admitted = self.window.admits(now);
            self.oob.bond = Some(Bond { device: device.clone(), until: now + KEY_DUE, admitted });
        }
        may_be
    }

    /// No key has come that would explain a bond.
    pub(super) fn no_key_came(&mut self, now: Time) {
        if let Some(Bond { device, admitted, .. }) = self.oob.bond.take()
            && self.devices.get(&device).is_some_and(|known| known.bonded == Some(true))
        {
            self.unexplained(now, device, false, admitted);
        }
    }

    fn paired_out_of_band(&mut self, now: Time, device: DeviceId) {
        let full = self.policy.when_full == WhenFull::Refuse && self.policy.bond_limit > 0 && {
            let limit = usize::try_from(self.policy.bond_limit).unwrap_or(usize::MAX);
            self.lasting_bonds().count() > limit
        };
        let judged = self.judge_device(now, &device);
        match judged.and(if full { Err(Refusal::BondLimit) } else { Ok(()) }) {
            Ok(()) => self.approved(now, device, Method::OutOfBand, Outcome::PairedChecked),
            Err(why) => {
                self.effects.push(Effect::Refused { device: device.clone(), why });
                self.unless_open(now, device.clone(), Method::OutOfBand, Outcome::Refused(why));
                self.forget_unwanted(now, device);
            }
        }
    }
}
