//! The things that can be open at the panel, one of each at most.

use super::{DeviceId, Method, Outcome, Passkey, PinCode, PromptId, RequestId};
use crate::clock::Time;

/// A question that bluetoothd waits to have answered.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    pub(super) id: PromptId,
    pub(super) request: RequestId,
    pub(super) device: DeviceId,
    pub(super) ask: Ask,
    pub(super) presence: Presence,
    pub(super) opened: Time,
    pub(super) deadline: Time,
    /// When the display acknowledged the prompt's first frame.
    pub(super) on_glass: Option<Time>,
    /// When it last acknowledged one.
    pub(super) last_frame: Time,
    /// The press of the accept key that is going on.
    pub(super) press: Option<AcceptPress>,
}

impl Prompt {
    pub(super) const fn method(&self) -> Method {
        match self.ask {
            Ask::Compare(_) => Method::NumericComparison,
            Ask::JustWorks => Method::JustWorks,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Ask {
    Compare(Passkey),
    JustWorks,
}

/// What stands for the person who accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// A press of the accept key.
    Press,
    /// The open pairing window.
    Window,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct AcceptPress {
    pub(super) since: Time,
    /// Whether it began late enough and no other key came into it.
    pub(super) counts: bool,
    /// When the hold was found to be complete.
    pub(super) complete: Option<Time>,
}

/// A code that the other device's person types. bluetoothd asks nothing, so nothing can be
/// accepted here; dropping the link is the only no.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) id: PromptId,
    pub(super) device: DeviceId,
    pub(super) code: Code,
    pub(super) opened: Time,
    pub(super) deadline: Time,
}

impl Shown {
    pub(super) const fn method(&self) -> Method {
        match self.code {
            Code::Passkey { .. } => Method::PasskeyEntry,
            Code::Pin(_) => Method::PinCode,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Code {
    Passkey { passkey: Passkey, entered: u8 },
    Pin(PinCode),
}

/// A pairing that was accepted here and has not ended yet.
#[derive(Clone, Debug)]
pub(super) struct Settling {
    pub(super) device: DeviceId,
    pub(super) method: Method,
    /// The number that the other side's person may still be comparing.
    pub(super) passkey: Option<Passkey>,
    pub(super) since: Time,
    /// How it ends if it goes well.
    pub(super) outcome: Outcome,
    pub(super) deadline: Time,
    /// How it has ended if nothing is heard until then.
    pub(super) silence: Outcome,
}

/// How the last pairing ended, for as long as the glass says so.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) device: DeviceId,
    pub(super) outcome: Outcome,
    pub(super) since: Time,
    pub(super) until: Time,
}
