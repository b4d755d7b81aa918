//! How pairings end. The agent is told nothing of a pairing that went well, and of one that did not
//! at most `Cancel`, which names nobody: it shows in what becomes of the device.

use std::time::Duration;

use super::prompt::{Ask, Ended, Presence, Prompt};
use super::session::{Known, Session};
use super::{Answer, DeviceChange, DeviceId, Effect, Key, Method, Outcome, Reason, Refusal};
use crate::clock::Time;

/// How long the glass says that a device was paired.
const PAIRED_SHOWN: Duration = Duration::from_secs(5);
/// How long it says why one was not: long enough to be read by somebody who looked at the phone.
const FAILURE_SHOWN: Duration = Duration::from_secs(60);
/// A bonded device that comes and goes within this time got nowhere: no pairing takes longer
/// (Linux, `net/bluetooth/smp.c`, `SMP_TIMEOUT`).
const FRUITLESS: Duration = Duration::from_secs(35);
/// How long to wait for the reason why a link has ended: BlueZ before 5.83 gives none.
const REASON_DUE: Duration = Duration::from_millis(300);
/// How long before the news that a device has connected its first call may be read: the two come in
/// different queues.
const CALL_FIRST: Duration = Duration::from_secs(1);

/// Whether there was a call, at that time, since a device has connected.
pub(super) fn is_in_link(call: Option<Time>, connected: Option<Time>) -> bool {
    call.is_some_and(|at| connected.is_none_or(|since| at >= since - CALL_FIRST))
}

impl Session {
    /// Every way in which a prompt ends, other than the one that accepts.
    pub(super) fn end_prompt(&mut self, now: Time, answer: Answer, outcome: Outcome) {
        let Some(prompt) = self.prompt.take() else { return };
        debug_assert!(matches!(answer, Answer::Reject | Answer::Cancel));
        if prompt.ask.is_about_keeping() {
            return self.not_kept(now, prompt.device, outcome);
        }
        let Some(request) = prompt.request else { return };
        self.effects.push(Effect::Reply { request, answer });
        let method = prompt.ask.method();
        if method != Method::Service {
            self.devices.entry(prompt.device.clone()).or_default().approved = None;
        }
        if method == Method::Service && outcome == Outcome::RejectedHere {
            self.devices.entry(prompt.device.clone()).or_default().refused_service = Some(now);
        } else if matches!(outcome, Outcome::RejectedHere | Outcome::Blocked) {
            self.devices.entry(prompt.device.clone()).or_default().refused = true;
        }
        self.finish(now, prompt.device, method, outcome);
    }

    /// A device that begins anew is done with what was shown to it or accepted before.
    pub(super) fn supersede(&mut self, now: Time, device: &DeviceId) {
        if let Some(shown) = self.shown.take_if(|shown| shown.device == *device) {
            let method = shown.method();
            self.finish(now, shown.device, method, Outcome::Cancelled);
        }
        if let Some(settling) = self.settling.take_if(|settling| settling.device == *device) {
            let (method, outcome) = (settling.method, settling.outcome);
            self.finish(now, settling.device, method, Outcome::Cancelled);
            // Signals and calls come in different queues: its bond may be there already.
            self.approve_late(now, device, method, outcome);
        }
    }

    /// `Cancel`: whichever call is open is void. What the session asks by itself is none.
    pub(super) fn cancelled(&mut self, now: Time) {
        if self.prompt_is_in_the_way() {
            self.end_prompt(now, Answer::Cancel, Outcome::Cancelled);
        }
    }

    /// Takes a code off the glass and stops the pairing that it was for.
    pub(super) fn drop_shown(&mut self, now: Time, outcome: Outcome) {
        let Some(shown) = self.shown.take() else { return };
        self.effects.push(Effect::Disconnect(shown.device.clone()));
        let known = self.devices.entry(shown.device.clone()).or_default();
        known.approved = None;
        known.refused |= outcome == Outcome::RejectedHere;
        let method = shown.method();
        self.finish(now, shown.device, method, outcome);
    }

    /// What it means that nothing is heard of a pairing. Of a device that was bonded before, nothing
    /// changes when it pairs again (BlueZ, `src/device.c`, `device_set_bonded`).
    pub(super) fn silence(&self, device: &DeviceId) -> Outcome {
        let bonded = self.devices.get(device).is_some_and(|known| known.bonded == Some(true));
        if bonded { Outcome::Unconfirmed } else { Outcome::TimedOut }
    }

    /// A shown code has been there for as long as any pairing takes.
    pub(super) fn shown_for_long(&mut self, now: Time) {
        let Some(shown) = &self.shown else { return };
        match self.silence(&shown.device) {
            Outcome::Unconfirmed => {
                let (device, method) = (shown.device.clone(), shown.method());
                self.shown = None;
                self.finish(now, device, method, Outcome::Unconfirmed);
            }
            silence => self.drop_shown(now, silence),
        }
    }

    /// The device asks for something, which may be to pair.
    pub(super) fn was_asked(&mut self, now: Time, device: &DeviceId, to_pair: bool) {
        let known = self.devices.entry(device.clone()).or_default();
        known.asked = Some(now);
        if to_pair {
            known.asked_to_pair = Some(now);
        }
    }

    pub(super) fn device_changed(&mut self, now: Time, device: DeviceId, change: DeviceChange) {
        let DeviceChange { address, name, bonded, paired, connected, trusted, blocked, random } =
            change;
        let known: &mut Known = self.devices.entry(device.clone()).or_default();
        let first = known.bonded.is_none() && known.paired.is_none();
        let old_address = known.address.clone().unwrap_or_else(|| device.address());
        known.address = address.or(known.address.take());
        known.name = name.or(known.name.take());
        let before = known.clone();
        known.bonded = bonded.or(before.bonded);
        known.paired = paired.or(before.paired);
        known.trusted = trusted.or(before.trusted);
        known.blocked = blocked.or(before.blocked);
        known.random = random.or(before.random);
        let is = |flag| flag == Some(true);
        // `Paired` follows `Bonded` when the services are known, which may be in the middle of the next
        // pairing; and what is there at the start was not made now.
        let was_not = before.bonded == Some(false) || before.paired == Some(false);
        let made =
            (is(bonded) || is(paired)) && !is(before.bonded) && !is(before.paired) && was_not;
        match (before.connected, connected) {
            (None, Some(true)) => {
                known.connected = Some(now);
                known.seen = Some(now);
                known.reason = None;
                // It is back, so what was to be asked about it is not so.
                self.offer.take_if(|(of, _)| *of == device);
                let about = |prompt: &mut Prompt| {
                    matches!(prompt.ask, Ask::Forget) && prompt.device == device
                };
                self.prompt.take_if(about);
            }
            (Some(_), Some(false)) => {
                known.connected = None;
                known.seen = Some(now);
            }
            _ => {}
        }
        if before.address.is_some_and(|address| address != old_address) {
            self.address_changed(&device, &old_address);
        }
        if made {
            self.paired(now, &device);
        } else if first && (is(bonded) || is(paired)) {
            self.found_paired(now, &device);
        }
        if let (Some(since), Some(false)) = (before.connected, connected) {
            self.came_and_went(now, &device, since);
            self.link_lost(now, &device, Outcome::LinkLost);
        }
    }

    /// bluetoothd says why a link has ended, before or after it says that it has.
    pub(super) fn disconnected(&mut self, now: Time, device: DeviceId, reason: Reason) {
        let outcome = match reason {
            // bluetoothd itself hangs up when a pairing has failed (BlueZ, `src/device.c`,
            // `device_bonding_complete`).
            Reason::Authentication | Reason::Local => Outcome::NotAuthenticated,
            Reason::Remote => Outcome::HungUp,
            Reason::Suspend => Outcome::Suspended,
            Reason::Timeout | Reason::Unknown => Outcome::LinkLost,
        };
        let known = self.devices.entry(device.clone()).or_default();
        known.reason = Some(reason);
        if let Some(since) = known.connected.take() {
            self.came_and_went(now, &device, since);
        }
        if !may_be_forgotten(reason) {
            self.offer.take_if(|(of, _)| *of == device);
        }
        self.link_lost(now, &device, outcome);
        // Said after `Connected`: the picture is there already, with less in it.
        if let Some(ended) = self.ended.as_mut().filter(|ended| ended.device == device)
            && ended.outcome == Outcome::LinkLost
            && now.since(ended.since) <= REASON_DUE
        {
            ended.outcome = outcome;
        }
    }

    pub(super) fn link_lost(&mut self, now: Time, device: &DeviceId, outcome: Outcome) {
        // What the session asks by itself is about a device that has gone.
        let asks = self.prompt_is_in_the_way();
        if asks && self.prompt.as_ref().is_some_and(|prompt| prompt.device == *device) {
            self.end_prompt(now, Answer::Cancel, outcome);
        }
        if let Some(shown) = self.shown.take_if(|shown| shown.device == *device) {
            let method = shown.method();
            self.finish(now, shown.device, method, outcome);
        }
        if let Some(settling) = self.settling.take_if(|settling| settling.device == *device) {
            self.finish(now, settling.device, settling.method, outcome);
        }
    }

    pub(super) fn device_removed(&mut self, now: Time, device: &DeviceId) {
        self.is_forgotten(now, device);
        self.take_from_menu(now, device);
        self.link_lost(now, device, Outcome::Removed);
        self.offer.take_if(|(of, _)| of == device);
        self.prompt.take_if(|prompt| prompt.device == *device);
        self.departed = self.devices.remove_entry(device);
    }

    /// A bonded device that comes into the open window and goes without having been asked anything
    /// may have tried to pair: bluetoothd refuses just works to one whose bond it has kept, and
    /// tells nobody (BlueZ, `src/device.c`, `device_confirm_passkey`, `JustWorksRepairing`).
    fn came_and_went(&mut self, now: Time, device: &DeviceId, since: Time) {
        let Some(known) = self.devices.get(device) else { return };
        let asked = is_in_link(known.asked, Some(since));
        let fruitless = known.bonded == Some(true) && !asked && now.since(since) < FRUITLESS;
        let told_otherwise = known.reason.is_some_and(|reason| !may_be_forgotten(reason));
        let came_into_it = self.window.since(now).is_some_and(|opened| since >= opened);
        let new = came_into_it && !known.offered;
        if fruitless && new && !told_otherwise && self.can_offer(now) {
            self.offer = Some((device.clone(), now + REASON_DUE));
        }
    }

    fn can_offer(&self, now: Time) -> bool {
        let can_ask = self.display_works && self.controls.works(Key::Accept);
        !self.something_is_open() && can_ask && self.window.remaining(now).is_some()
    }

    /// Asks whether to delete the bond of a device that seems to have lost it.
    pub(super) fn make_offer(&mut self, now: Time) {
        let Some((device, _)) = self.offer.take() else { return };
        if self.can_offer(now) {
            self.devices.entry(device.clone()).or_default().offered = true;
            self.open_prompt(now, None, device, Ask::Forget, Presence::Press);
        }
    }

    pub(super) fn bluetoothd_gone(&mut self, now: Time) {
        self.registered = None;
        self.end_prompt(now, Answer::Cancel, Outcome::BluetoothdGone);
        if let Some(shown) = self.shown.take() {
            self.finish(now, shown.device.clone(), shown.method(), Outcome::BluetoothdGone);
        }
        if let Some(settling) = self.settling.take() {
            self.finish(now, settling.device, settling.method, Outcome::BluetoothdGone);
        }
        self.stop_forgetting(now, |_| true);
        self.offer = None;
        self.inventoried.clear();
        self.quiet.menu = None;
        self.adapters.clear();
        self.devices.clear();
    }

    /// Ends what goes on with the devices of an adapter that has gone.
    pub(super) fn adapter_removed(&mut self, now: Time, adapter: &str) {
        self.stop_forgetting(now, |device| device.adapter() == adapter);
        self.adapters.remove(adapter);
        self.inventoried.remove(adapter);
        let path = |device: &DeviceId| device.as_str().to_owned();
        let prefix = format!("{adapter}/");
        let open = [
            self.prompt.as_ref().map(|prompt| prompt.device.clone()),
            self.shown.as_ref().map(|shown| shown.device.clone()),
            self.settling.as_ref().map(|settling| settling.device.clone()),
        ];
        for device in open.into_iter().flatten().filter(|d| path(d).starts_with(&prefix)) {
            self.device_removed(now, &device);
        }
        self.offer.take_if(|(device, _)| path(device).starts_with(&prefix));
        self.devices.retain(|device, _| !path(device).starts_with(&prefix));
    }

    pub(super) fn finish(&mut self, now: Time, device: DeviceId, method: Method, outcome: Outcome) {
        self.effects.push(Effect::Finished { device: device.clone(), method, outcome });
        self.count_failure(now, method, outcome);
        self.say(now, device, method, outcome);
    }

    /// Says on the glass why a device was refused before anybody was asked, if there is nothing more
    /// important on it. While pairing is closed nobody expects an answer.
    pub(super) fn notice(&mut self, now: Time, device: DeviceId, method: Method, why: Refusal) {
        if !self.something_is_open() && self.window.remaining(now).is_some() && why != Refusal::Busy
        {
            self.say(now, device, method, Outcome::Refused(why));
        }
    }

    fn say(&mut self, now: Time, device: DeviceId, method: Method, outcome: Outcome) {
        let until = now + if outcome.is_good() { PAIRED_SHOWN } else { FAILURE_SHOWN };
        let peer = self.peer(&device);
        self.forget.told = None;
        self.ended = Some(Ended { device, peer, method, outcome, since: now, until });
    }

    /// Says what could not be said before, once there is room for it, and long enough for somebody
    /// who did not expect it.
    pub(super) fn say_later(&mut self, now: Time) {
        if self.ended.is_none() && !self.something_is_open() {
            let until = now + FAILURE_SHOWN;
            self.ended = self.later.take().map(|later| Ended { since: now, until, ..later });
        }
    }
}

/// Whether a link that ended so may have been that of a device that has lost its key: bluetoothd
/// hangs up itself on one that it does not let pair again.
const fn may_be_forgotten(reason: Reason) -> bool {
    matches!(reason, Reason::Authentication | Reason::Local)
}
