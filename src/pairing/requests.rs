//! What bluetoothd asks and tells, and how each pairing ends.

use std::time::Duration;

use super::prompt::{Ask, Code, Presence, Prompt, Settling, Shown};
use super::session::{Known, Session};
use super::{
    Answer, Call, DeviceChange, DeviceId, Effect, JustWorks, Method, Outcome, Passkey, PromptId,
    Refusal, RequestId,
};
use crate::clock::Time;

/// How long a shown code stays: the kernel drops an LE pairing 30 s after its last message
/// (Linux, `net/bluetooth/smp.c`, `SMP_TIMEOUT`), and may not say so.
const CODE_SHOWN: Duration = Duration::from_secs(35);
/// How long an accepted pairing may take until it is known to have failed, for the same reason.
const SETTLING: Duration = Duration::from_secs(35);

impl Session {
    pub(super) fn call(&mut self, now: Time, request: RequestId, device: DeviceId, call: Call) {
        match self.judge(now, &device, &call) {
            Err(why) => {
                self.effects.push(Effect::Refused { device: device.clone(), why });
                self.effects.push(Effect::Reply { request, answer: Answer::Reject });
                if matches!(call, Call::DisplayPinCode(_)) {
                    // bluetoothd sends the PIN whatever the answer (BlueZ, `src/device.c`,
                    // `display_pincode_cb`).
                    self.effects.push(Effect::Disconnect(device));
                }
            }
            Ok(presence) => match call {
                Call::RequestConfirmation(passkey) => {
                    self.open_prompt(now, request, device, Ask::Compare(passkey), presence);
                }
                Call::RequestAuthorization if presence == Presence::Window => {
                    self.effects.push(Effect::Reply { request, answer: Answer::Accept });
                    self.settle(now, device, None, Outcome::PairedUnchecked);
                }
                Call::RequestAuthorization => {
                    self.open_prompt(now, request, device, Ask::JustWorks, presence);
                }
                Call::DisplayPinCode(Some(pin)) => {
                    // The PIN reaches the controller only after the answer.
                    self.effects.push(Effect::Reply { request, answer: Answer::Accept });
                    self.show(now, device, Code::Pin(pin));
                }
                Call::RequestPinCode
                | Call::RequestPasskey
                | Call::DisplayPinCode(None)
                | Call::AuthorizeService { .. }
                | Call::Malformed(_) => {
                    self.effects.push(Effect::Reply { request, answer: Answer::Reject });
                }
            },
        }
    }

    /// What a call needs to be accepted, or why it cannot be.
    fn judge(&self, now: Time, device: &DeviceId, call: &Call) -> Result<Presence, Refusal> {
        match call {
            Call::Malformed(why) => return Err(Refusal::Malformed(why)),
            Call::DisplayPinCode(None) => {
                return Err(Refusal::Malformed("a PIN that is not 1 to 16 printable characters"));
            }
            // Whether a bonded device may use a service has nothing to do with the window.
            Call::AuthorizeService { .. } => return Err(Refusal::Policy),
            _ => {}
        }
        if self.window.remaining(now).is_none() {
            return Err(Refusal::WindowClosed);
        }
        if self.prompt.is_some() || self.settling.as_ref().is_some_and(|s| s.device != *device) {
            return Err(Refusal::Busy);
        }
        let has_key = self.fittings.accept.is_some();
        let blind = self.fittings.display && !self.display_works;
        let policy = match (self.policy.just_works, has_key) {
            (Some(policy), _) => policy,
            (None, true) => JustWorks::Confirm,
            (None, false) => JustWorks::Window,
        };
        match call {
            _ if blind => Err(Refusal::NoDisplay),
            Call::RequestConfirmation(_) | Call::DisplayPinCode(_) if !self.fittings.display => {
                Err(Refusal::CannotAnswer)
            }
            Call::RequestConfirmation(_) if has_key => self.press_of_a_key(),
            // A display alone is asked to confirm on BR/EDR, where the specification would have
            // it agree by itself; the key is then as unauthenticated as with just works (Core
            // Specification, Vol 3 Part C, 5.2.2.6; Linux, `hci_user_confirm_request_evt`).
            Call::RequestConfirmation(_) | Call::RequestAuthorization => match policy {
                JustWorks::Reject => Err(Refusal::Policy),
                JustWorks::Confirm => self.press_of_a_key(),
                JustWorks::Window => Ok(Presence::Window),
            },
            Call::DisplayPinCode(_) if self.shown_to_another(device) => Err(Refusal::Busy),
            Call::DisplayPinCode(_) => Ok(Presence::Window),
            Call::RequestPinCode | Call::RequestPasskey => Err(Refusal::CannotAnswer),
            Call::AuthorizeService { .. } | Call::Malformed(_) => Err(Refusal::Policy),
        }
    }

    fn press_of_a_key(&self) -> Result<Presence, Refusal> {
        if self.accept.is_ready() { Ok(Presence::Press) } else { Err(Refusal::CannotAnswer) }
    }

    fn shown_to_another(&self, device: &DeviceId) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.device != *device)
    }

    fn open_prompt(
        &mut self,
        now: Time,
        request: RequestId,
        device: DeviceId,
        ask: Ask,
        presence: Presence,
    ) {
        self.ended = None;
        // A device that is asked about anew is done with what was shown to it or accepted before.
        self.shown.take_if(|shown| shown.device == device);
        self.settling = None;
        self.prompt = Some(Prompt {
            id: self.next_id(),
            request,
            device,
            ask,
            presence,
            opened: now,
            deadline: now + self.policy.prompt,
            on_glass: (!self.fittings.display).then_some(now),
            last_frame: now,
            press: None,
        });
    }

    /// `DisplayPasskey`: there is no answer, so a refusal has to drop the link.
    pub(super) fn display_passkey(
        &mut self,
        now: Time,
        device: DeviceId,
        passkey: Option<Passkey>,
        entered: u16,
    ) {
        let another = self.shown_to_another(&device)
            || self.settling.as_ref().is_some_and(|settling| settling.device != device);
        let refusal = match &passkey {
            None => Some(Refusal::Malformed("a passkey over 999999")),
            Some(_) if self.window.remaining(now).is_none() => Some(Refusal::WindowClosed),
            Some(_) if !self.display_works => Some(Refusal::NoDisplay),
            Some(_) if another => Some(Refusal::Busy),
            Some(_) => None,
        };
        match (passkey, refusal) {
            (_, Some(why)) => {
                self.effects.push(Effect::Refused { device: device.clone(), why });
                if self.shown.take_if(|shown| shown.device == device).is_some() {
                    self.finish(now, device.clone(), Method::PasskeyEntry, Outcome::Cancelled);
                }
                self.effects.push(Effect::Disconnect(device));
            }
            (Some(passkey), None) => {
                // The kernel counts an erase before the first digit down from zero (Linux,
                // `net/bluetooth/hci_event.c`, `hci_keypress_notify_evt`): 255 is no progress.
                let entered = u8::try_from(entered).ok().filter(|n| *n <= 6).unwrap_or(0);
                self.show(now, device, Code::Passkey { passkey, entered });
            }
            (None, None) => {}
        }
    }

    fn show(&mut self, now: Time, device: DeviceId, code: Code) {
        let deadline = now + CODE_SHOWN;
        if let (Some(shown), Code::Passkey { passkey: new, .. }) = (&mut self.shown, &code) {
            let same = matches!(&shown.code, Code::Passkey { passkey, .. } if passkey == new);
            if same && shown.device == device {
                shown.code = code;
                shown.deadline = deadline;
                return;
            }
        }
        self.ended = None;
        self.settling.take_if(|settling| settling.device == device);
        let id = self.next_id();
        self.shown = Some(Shown { id, device, code, opened: now, deadline });
    }

    /// The display has acknowledged the frame of a prompt.
    pub(super) fn on_glass(&mut self, now: Time, id: PromptId) {
        let Some(prompt) = self.prompt.as_mut().filter(|prompt| prompt.id == id) else { return };
        prompt.on_glass.get_or_insert(now);
        prompt.last_frame = now;
        if prompt.presence == Presence::Window {
            self.accept_prompt(now);
        }
    }

    /// The one way in which a prompt is accepted.
    pub(super) fn accept_prompt(&mut self, now: Time) {
        let Some(prompt) = self.prompt.take() else { return };
        self.effects.push(Effect::Reply { request: prompt.request, answer: Answer::Accept });
        let passkey = match prompt.ask {
            Ask::Compare(passkey) => Some(passkey),
            Ask::JustWorks => None,
        };
        let checked = passkey.is_some() && prompt.presence == Presence::Press;
        let outcome = if checked { Outcome::PairedChecked } else { Outcome::PairedUnchecked };
        self.settle(now, prompt.device, passkey, outcome);
    }

    /// Every other way in which a prompt ends.
    pub(super) fn end_prompt(&mut self, now: Time, answer: Answer, outcome: Outcome) {
        let Some(prompt) = self.prompt.take() else { return };
        debug_assert_ne!(answer, Answer::Accept);
        self.effects.push(Effect::Reply { request: prompt.request, answer });
        let method = prompt.method();
        self.finish(now, prompt.device, method, outcome);
    }

    /// Takes a code off the glass and stops the pairing that it was for.
    pub(super) fn drop_shown(&mut self, now: Time, outcome: Outcome) {
        let Some(shown) = self.shown.take() else { return };
        self.effects.push(Effect::Disconnect(shown.device.clone()));
        let method = shown.method();
        self.finish(now, shown.device, method, outcome);
    }

    fn settle(&mut self, now: Time, device: DeviceId, passkey: Option<Passkey>, outcome: Outcome) {
        let silence = self.silence(&device);
        let method = if passkey.is_some() { Method::NumericComparison } else { Method::JustWorks };
        let deadline = now + SETTLING;
        self.ended = None;
        self.settling =
            Some(Settling { device, method, passkey, since: now, outcome, deadline, silence });
    }

    /// What it means that nothing is heard of a pairing. Of a device that was bonded before, nothing
    /// changes when it pairs again (BlueZ, `src/device.c`, `device_set_bonded`).
    fn silence(&self, device: &DeviceId) -> Outcome {
        let bonded = self.devices.get(device).is_some_and(|known| known.bonded);
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

    pub(super) fn device_changed(&mut self, now: Time, device: DeviceId, change: DeviceChange) {
        let DeviceChange { address, name, bonded, paired, connected } = change;
        let known: &mut Known = self.devices.entry(device.clone()).or_default();
        known.address = address.or(known.address.take());
        known.name = name.or(known.name.take());
        let newly =
            (bonded == Some(true) && !known.bonded) || (paired == Some(true) && !known.paired);
        known.bonded = bonded.unwrap_or(known.bonded);
        known.paired = paired.unwrap_or(known.paired);
        let was_connected = known.connected;
        known.connected = connected.unwrap_or(was_connected);
        let dropped = was_connected && !known.connected;
        if newly {
            self.paired(now, &device);
        }
        if dropped {
            self.link_lost(now, &device);
        }
    }

    /// BlueZ says nothing to the agent when a pairing has gone well: it shows in the device's
    /// properties, `Bonded` before `Paired` (BlueZ, `src/device.c`, `device_set_bonded`).
    fn paired(&mut self, now: Time, device: &DeviceId) {
        if let Some(settling) = self.settling.take_if(|settling| settling.device == *device) {
            self.finish(now, settling.device, settling.method, settling.outcome);
        }
        if let Some(shown) = self.shown.take_if(|shown| shown.device == *device) {
            let method = shown.method();
            self.finish(now, shown.device, method, Outcome::PairedChecked);
        }
    }

    pub(super) fn link_lost(&mut self, now: Time, device: &DeviceId) {
        if self.prompt.as_ref().is_some_and(|prompt| prompt.device == *device) {
            self.end_prompt(now, Answer::Cancel, Outcome::LinkLost);
        }
        if let Some(shown) = self.shown.take_if(|shown| shown.device == *device) {
            let method = shown.method();
            self.finish(now, shown.device, method, Outcome::LinkLost);
        }
        if let Some(settling) = self.settling.take_if(|settling| settling.device == *device) {
            self.finish(now, settling.device, settling.method, Outcome::LinkLost);
        }
    }
}
