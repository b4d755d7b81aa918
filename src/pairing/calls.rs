//! What bluetoothd asks of the agent, and what has to be so before a person is asked.

use std::time::Duration;

use super::entry::{Entry, Kind};
use super::forget::Who;
use super::press::KeyState;
use super::prompt::{Ask, Code, Presence, Prompt, Settling};
use super::session::Session;
use super::{
    Answer, Call, Capability, DeviceId, Effect, Glow, JustWorks, Key, Method, Outcome, Passkey,
    PromptId, Refusal, RequestId, Service, ServiceRule,
};
use crate::clock::Time;

/// How long an accepted pairing may take until it is known to have failed: the kernel drops an LE
/// pairing 30 s after its last message (Linux, `net/bluetooth/smp.c`, `SMP_TIMEOUT`), and may not
/// say so.
const SETTLING: Duration = Duration::from_secs(35);
/// For how long a no to a service is an answer to the next one that the device asks for.
const NO_MEANS_NO: Duration = Duration::from_secs(60);

impl Session {
    pub(super) fn call(&mut self, now: Time, request: RequestId, device: DeviceId, call: Call) {
        self.was_asked(now, &device, !matches!(call, Call::AuthorizeService { .. }));
        let presence = match self.judge(now, &device, &call) {
            Ok(presence) => presence,
            Err(why) => return self.refuse_call(now, request, device, &call, why),
        };
        self.give_way(now);
        let accept = Effect::Reply { request, answer: Answer::Accept };
        let ask = match call {
            Call::RequestConfirmation(passkey) => Ask::Compare(passkey),
            Call::RequestAuthorization if presence == Presence::Window => {
                self.effects.push(accept);
                let method = Method::JustWorks;
                return self.settle(now, device, method, None, Outcome::PairedUnchecked);
            }
            Call::RequestAuthorization => Ask::JustWorks,
            Call::RequestPasskey => Ask::Enter(Entry::new(Kind::Passkey, self.needs_picker())),
            Call::RequestPinCode { .. } if presence == Presence::Digits => {
                Ask::Enter(Entry::new(Kind::Pin, self.needs_picker()))
            }
            Call::RequestPinCode { fresh } => Ask::Pin(fresh),
            Call::DisplayPinCode(Some(pin)) => {
                // The PIN reaches the controller only after the answer.
                self.effects.push(accept);
                let id = self.next_id();
                return self.show(now, id, device, Code::Pin(pin));
            }
            Call::AuthorizeService { .. } if presence == Presence::Window => {
                return self.effects.push(accept);
            }
            Call::AuthorizeService { uuid } => {
                Ask::Service(Service::of(&uuid).map(|service| service.label))
            }
            // Refused by `judge`.
            Call::DisplayPinCode(None) | Call::Malformed(_) => {
                return self.effects.push(Effect::Reply { request, answer: Answer::Reject });
            }
        };
        self.open_prompt(now, Some(request), device, ask, presence);
    }

    fn refuse_call(
        &mut self,
        now: Time,
        request: RequestId,
        device: DeviceId,
        call: &Call,
        why: Refusal,
    ) {
        self.effects.push(Effect::Refused { device: device.clone(), why });
        self.effects.push(Effect::Reply { request, answer: Answer::Reject });
        if matches!(call, Call::DisplayPinCode(_)) {
            // bluetoothd sends the PIN whatever the answer (BlueZ, `src/device.c`,
            // `display_pincode_cb`).
            self.effects.push(Effect::Disconnect(device.clone()));
        }
        let method = match call {
            Call::RequestConfirmation(_) => Method::NumericComparison,
            Call::RequestPasskey => Method::PasskeyEntry,
            Call::RequestPinCode { .. } | Call::DisplayPinCode(_) => Method::PinCode,
            // A bonded device asks as often as it likes; the log is enough.
            Call::AuthorizeService { .. } => return,
            Call::RequestAuthorization | Call::Malformed(_) => Method::JustWorks,
        };
        self.notice(now, device, method, why);
    }

    /// What a call needs to be accepted, or why it cannot be.
    fn judge(&self, now: Time, device: &DeviceId, call: &Call) -> Result<Presence, Refusal> {
        match call {
            Call::Malformed(why) => return Err(Refusal::Malformed(why)),
            Call::DisplayPinCode(None) => {
                return Err(Refusal::Malformed("a PIN that is not 1 to 16 printable characters"));
            }
            // Whether a bonded device may use a service has nothing to do with the window.
            Call::AuthorizeService { uuid } => return self.judge_service(now, device, uuid),
            _ => {}
        }
        self.judge_device(now, device)?;
        if self.is_busy_for(device) {
            return Err(Refusal::Busy);
        }
        if self.is_broken() {
            let display = self.fittings.display;
            return Err(if display { Refusal::NoDisplay } else { Refusal::CannotAnswer });
        }
        match call {
            Call::RequestConfirmation(_) | Call::DisplayPinCode(_) if !self.fittings.display => {
                Err(Refusal::CannotAnswer)
            }
            Call::RequestConfirmation(_) if self.controls.has(Key::Accept) => self.press_of_a_key(),
            // A display alone is asked to confirm on BR/EDR, where the specification would have
            // it agree by itself; the key is then as unauthenticated as with just works (Core
            // Specification, Vol 3 Part C, 5.2.2.6; Linux, `hci_user_confirm_request_evt`).
            Call::RequestConfirmation(_) | Call::RequestAuthorization => match self.just_works() {
                JustWorks::Reject => Err(Refusal::Policy),
                JustWorks::Confirm => self.press_of_a_key(),
                JustWorks::Window => Ok(Presence::Window),
            },
            Call::RequestPasskey if self.can_enter() => Ok(Presence::Digits),
            Call::RequestPinCode { .. } | Call::DisplayPinCode(_) if !self.policy.legacy_pin => {
                Err(Refusal::Policy)
            }
            Call::RequestPinCode { .. } if self.can_enter() => Ok(Presence::Digits),
            Call::RequestPinCode { .. } | Call::DisplayPinCode(_)
                if self.shown_to_another(device) =>
            {
                Err(Refusal::Busy)
            }
            // Whoever pairs by PIN can find out a short one; that somebody is here is all it proves.
            Call::RequestPinCode { .. }
                if self.fittings.display && self.controls.has(Key::Accept) =>
            {
                self.press_of_a_key()
            }
            Call::RequestPinCode { .. } | Call::DisplayPinCode(_) if self.fittings.display => {
                Ok(Presence::Window)
            }
            _ => Err(Refusal::CannotAnswer),
        }
    }

    /// Whether a device may pair at all.
    pub(super) fn judge_device(&self, now: Time, device: &DeviceId) -> Result<(), Refusal> {
        if !self.window.admits(now) {
            Err(Refusal::WindowClosed)
        } else if !self.uses_adapter_of(device) {
            Err(Refusal::OtherAdapter)
        } else if self.backoff.until(now).is_some() {
            Err(Refusal::Paused)
        } else if self.devices.get(device).is_some_and(|known| known.refused) {
            Err(Refusal::SaidNo)
        } else if !self.is_allowed(device) {
            Err(Refusal::NotAllowed)
        } else if self.is_full_for(device) {
            Err(Refusal::BondLimit)
        } else {
            Ok(())
        }
    }

    /// The rules have changed: what is open may not be any more.
    pub(super) fn judge_anew(&mut self, now: Time) {
        let asked = self.prompt.as_ref().filter(|prompt| prompt.can_block());
        if let Some(Err(why)) = asked.map(|prompt| self.judge_device(now, &prompt.device)) {
            self.end_prompt(now, Answer::Reject, Outcome::Refused(why));
        }
        let shown = self.shown.as_ref().map(|shown| self.judge_device(now, &shown.device));
        if let Some(Err(why)) = shown {
            self.drop_shown(now, Outcome::Refused(why));
        }
    }

    fn judge_service(&self, now: Time, device: &DeviceId, uuid: &str) -> Result<Presence, Refusal> {
        if self.devices.get(device).is_none_or(|known| known.bonded != Some(true)) {
            return Err(Refusal::NotBonded);
        }
        let rule = match Service::of(uuid) {
            Some(service) => {
                let rule = self.policy.services.get(service.name).copied();
                rule.unwrap_or(ServiceRule::default_for(&service))
            }
            None => ServiceRule::Once,
        };
        match rule {
            ServiceRule::Never => Err(Refusal::Policy),
            ServiceRule::Always => Ok(Presence::Window),
            ServiceRule::Once if self.refused_lately(now, device) => Err(Refusal::SaidNo),
            ServiceRule::Once if self.prompt_is_in_the_way() => Err(Refusal::Busy),
            ServiceRule::Once if !self.fittings.display => Err(Refusal::CannotAnswer),
            ServiceRule::Once if !self.display_works => Err(Refusal::NoDisplay),
            ServiceRule::Once => self.press_of_a_key(),
        }
    }

    /// Whether the person at the panel has just said no to it, which is not to be asked for again
    /// and again.
    fn refused_lately(&self, now: Time, device: &DeviceId) -> bool {
        let refused = self.devices.get(device).and_then(|known| known.refused_service);
        refused.is_some_and(|at| now.since(at) < NO_MEANS_NO)
    }

    /// What is asked of a person when the two devices cannot check each other.
    pub(super) fn just_works(&self) -> JustWorks {
        // A key alone can say nothing else than a window that it opened would.
        let can_ask = self.fittings.display || self.fittings.keypad.is_some();
        self.policy.just_works.unwrap_or(if can_ask && self.controls.has(Key::Accept) {
            JustWorks::Confirm
        } else {
            JustWorks::Window
        })
    }

    pub(super) fn press_of_a_key(&self) -> Result<Presence, Refusal> {
        let accept = self.controls.state(Key::Accept);
        let ready = accept.is_some_and(KeyState::is_ready);
        if ready { Ok(Presence::Press) } else { Err(Refusal::CannotAnswer) }
    }

    fn can_enter(&self) -> bool {
        matches!(self.capability(), Capability::KeyboardOnly | Capability::KeyboardDisplay)
    }

    fn needs_picker(&self) -> bool {
        !self.controls.keypad_works()
    }

    /// Whether something else is open than what may be for `device`.
    fn is_busy_for(&self, device: &DeviceId) -> bool {
        let another = self.settling.as_ref().is_some_and(|settling| settling.device != *device);
        self.prompt_is_in_the_way() || another
    }

    /// A question of our own gives way to bluetoothd's.
    pub(super) fn prompt_is_in_the_way(&self) -> bool {
        self.prompt.as_ref().is_some_and(|prompt| prompt.request.is_some())
    }

    /// A question of our own gives way to bluetoothd's. One about keeping a bond is a no then, unless
    /// somebody wanted that bond from here.
    pub(super) fn give_way(&mut self, now: Time) {
        match &self.prompt {
            Some(Prompt { request: None, device, ask: Ask::Keep { from_here: true }, .. }) => {
                self.to_keep = Some(device.clone());
                self.prompt = None;
            }
            Some(Prompt { request: None, .. }) => {
                self.end_prompt(now, Answer::Cancel, Outcome::UnknownRemoved);
            }
            _ => {}
        }
    }

    pub(super) fn open_prompt(
        &mut self,
        now: Time,
        request: Option<RequestId>,
        device: DeviceId,
        ask: Ask,
        presence: Presence,
    ) {
        if ask.is_pairing() {
            self.supersede(now, &device);
        }
        if ask.is_pairing() && request.is_some() || ask.is_about_keeping() {
            let method = ask.method();
            self.effects.push(Effect::Started { device: device.clone(), method });
        }
        self.disturb();
        self.ended = None;
        self.offer = None;
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
            no: None,
        });
    }

    /// The display has acknowledged the frame of a prompt. What stands on a dim glass has not been
    /// shown to anybody.
    pub(super) fn on_glass(&mut self, now: Time, id: PromptId, glow: Glow) {
        if glow != Glow::Full {
            return;
        }
        let Some(prompt) = self.prompt.as_mut().filter(|prompt| prompt.id == id.prompt) else {
            return;
        };
        prompt.on_glass.get_or_insert(now);
        prompt.last_frame = now;
        if let Ask::Enter(entry) = &mut prompt.ask {
            let since = entry.seen.filter(|(edit, _)| *edit == id.edit).map(|(_, since)| since);
            entry.seen = Some((id.edit, since.unwrap_or(now)));
        }
        if prompt.presence == Presence::Window {
            self.accept_prompt(now);
        }
    }

    /// The one way in which a prompt is accepted.
    pub(super) fn accept_prompt(&mut self, now: Time) {
        let Some(Prompt { id, request, device, ask, presence, .. }) = self.prompt.take() else {
            return;
        };
        let method = ask.method();
        let checked = match ask {
            Ask::JustWorks | Ask::Service(_) | Ask::Forget | Ask::Keep { .. } => false,
            Ask::Compare(_) => presence == Presence::Press,
            Ask::Enter(_) => method == Method::PasskeyEntry,
            // Its key is known to whoever has recorded the pairing.
            Ask::Pin(_) => false,
        };
        let outcome = if checked { Outcome::PairedChecked } else { Outcome::PairedUnchecked };
        let answer = match &ask {
            Ask::Pin(pin) => Answer::Pin(pin.clone()),
            Ask::Enter(entry) => entry.answer().unwrap_or(Answer::Reject),
            _ => Answer::Accept,
        };
        if let Some(request) = request {
            self.effects.push(Effect::Reply { request, answer });
        }
        match ask {
            Ask::Compare(passkey) => self.settle(now, device, method, Some(passkey), outcome),
            Ask::JustWorks | Ask::Enter(_) => self.settle(now, device, method, None, outcome),
            // The same frame, so that it stays as it is.
            Ask::Pin(pin) => self.show(now, id, device, Code::Pin(pin)),
            Ask::Service(_) => self.finish(now, device, method, Outcome::ServiceAllowed),
            Ask::Forget => self.forget(now, Who::Person, [device]),
            Ask::Keep { .. } => self.keep(now, device),
        }
    }

    fn settle(
        &mut self,
        now: Time,
        device: DeviceId,
        method: Method,
        passkey: Option<Passkey>,
        outcome: Outcome,
    ) {
        self.supersede(now, &device);
        let silence = self.silence(&device);
        let deadline = now + SETTLING;
        self.disturb();
        self.ended = None;
        self.offer = None;
        self.settling =
            Some(Settling { device, method, passkey, since: now, outcome, deadline, silence });
    }
}
