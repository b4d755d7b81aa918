//! Codes that are shown here and typed on the other device.

use std::time::Duration;

use super::prompt::{Ask, Code, Shown};
use super::session::Session;
use super::{DeviceId, Effect, Method, Outcome, Passkey, Refusal};
use crate::clock::Time;

/// How long a shown code stays: the kernel drops an LE pairing 30 s after its last message
/// (Linux, `net/bluetooth/smp.c`, `SMP_TIMEOUT`), and may not say so.
const CODE_SHOWN: Duration = Duration::from_secs(35);

impl Session {
    pub(super) fn shown_to_another(&self, device: &DeviceId) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.device != *device)
    }

    /// `DisplayPasskey`: there is no answer, so a refusal has to drop the link.
    pub(super) fn display_passkey(
        &mut self,
        now: Time,
        device: DeviceId,
        passkey: Option<Passkey>,
        entered: u16,
    ) {
        self.was_asked(now, &device, true);
        let of_another = |of: &DeviceId| *of != device;
        let another = self.shown_to_another(&device)
            || self.settling.as_ref().is_some_and(|settling| of_another(&settling.device))
            // That PIN stays on the glass when it has been sent.
            || self.prompt.as_ref().is_some_and(|prompt| {
                matches!(prompt.ask, Ask::Pin(_)) && of_another(&prompt.device)
            });
        let judged = self.judge_device(now, &device);
        let shown = match passkey {
            None => Err(Refusal::Malformed("a passkey over 999999")),
            Some(_) if !self.display_works => Err(Refusal::NoDisplay),
            Some(_) if another => Err(Refusal::Busy),
            Some(passkey) => judged.map(|()| passkey),
        };
        match shown {
            Err(why) => {
                self.effects.push(Effect::Refused { device: device.clone(), why });
                let method = Method::PasskeyEntry;
                if self.shown.take_if(|shown| shown.device == device).is_some() {
                    self.finish(now, device.clone(), method, Outcome::Cancelled);
                }
                self.effects.push(Effect::Disconnect(device.clone()));
                self.notice(now, device, method, why);
            }
            Ok(passkey) => {
                // The kernel counts an erase before the first digit down from zero (Linux,
                // `net/bluetooth/hci_event.c`, `hci_keypress_notify_evt`): 255 is no progress.
                let entered = u8::try_from(entered).ok().filter(|n| *n <= 6).unwrap_or(0);
                let id = self.next_id();
                self.show(now, id, device, Code::Passkey { passkey, entered });
            }
        }
    }

    pub(super) fn show(&mut self, now: Time, id: u32, device: DeviceId, code: Code) {
        let deadline = now + CODE_SHOWN;
        if let (Some(shown), Code::Passkey { passkey: new, .. }) = (&mut self.shown, &code) {
            let same = matches!(&shown.code, Code::Passkey { passkey, .. } if passkey == new);
            if same && shown.device == device {
                shown.code = code;
                shown.deadline = deadline;
                return;
            }
        }
        self.give_way(now);
        self.supersede(now, &device);
        self.disturb();
        self.ended = None;
        self.offer = None;
        let method =
            if matches!(code, Code::Pin(_)) { Method::PinCode } else { Method::PasskeyEntry };
        self.effects.push(Effect::Started { device: device.clone(), method });
        self.shown = Some(Shown { id, device, code, opened: now, deadline });
    }
}
