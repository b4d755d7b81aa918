//! The things that can be open at the panel, one of each at most.

use super::entry::{Entry, Kind};
use super::{DeviceId, Key, Method, Outcome, Passkey, Peer, PinCode, RequestId};
use crate::clock::Time;

/// A question to the person at the panel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Prompt {
    pub(super) id: u32,
    /// The call that waits for the answer; `None` for a question of our own.
    pub(super) request: Option<RequestId>,
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
    /// The press of the reject key that is going on, and when it was found to be a long one.
    pub(super) no: Option<(Time, Option<Time>)>,
}

impl Prompt {
    /// Whether the device that it is about can be turned away for good.
    pub(super) const fn can_block(&self) -> bool {
        self.request.is_some() && self.ask.is_pairing()
    }

    /// How many times what is on the glass has changed under the same prompt.
    pub(super) const fn edit(&self) -> u32 {
        match &self.ask {
            Ask::Enter(entry) => entry.edit,
            _ => 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ask {
    Compare(Passkey),
    JustWorks,
    /// To be shown, and then returned.
    Pin(PinCode),
    Enter(Entry),
    /// `None` for a service without a name.
    Service(Option<&'static str>),
    /// To delete a bond that the other side has lost.
    Forget,
    /// To keep a bond that came without a check; one that somebody wanted from here can wait.
    Keep {
        from_here: bool,
    },
}

impl Ask {
    pub(super) const fn method(&self) -> Method {
        match self {
            Self::Compare(_) => Method::NumericComparison,
            Self::JustWorks | Self::Forget | Self::Keep { .. } => Method::JustWorks,
            Self::Pin(_) | Self::Enter(Entry { code: Kind::Pin, .. }) => Method::PinCode,
            Self::Enter(_) => Method::PasskeyEntry,
            Self::Service(_) => Method::Service,
        }
    }

    /// Whether it is about making a bond, for which the pairing window has to be open.
    pub(super) const fn is_pairing(&self) -> bool {
        !matches!(self, Self::Service(_) | Self::Keep { .. })
    }

    pub(super) const fn is_about_keeping(&self) -> bool {
        matches!(self, Self::Keep { .. })
    }
}

/// What stands for the person who accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Presence {
    /// A press of the accept key.
    Press,
    /// The digits that they type.
    Digits,
    /// The open pairing window.
    Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AcceptPress {
    /// [`Key::Accept`], or a keypad's own [`Key::Enter`].
    pub(super) key: Key,
    pub(super) since: Time,
    /// Whether it began late enough and no other key came into it.
    pub(super) counts: bool,
    /// When the hold was found to be complete.
    pub(super) complete: Option<Time>,
}

/// A code that the other device's person types. bluetoothd asks nothing, so nothing can be
/// accepted here; dropping the link is the only no.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shown {
    pub(super) id: u32,
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

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Code {
    Passkey { passkey: Passkey, entered: u8 },
    Pin(PinCode),
}

/// A pairing that was accepted here and has not ended yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ended {
    pub(super) device: DeviceId,
    /// As it was known then: its object may be gone.
    pub(super) peer: Peer,
    pub(super) method: Method,
    pub(super) outcome: Outcome,
    pub(super) since: Time,
    pub(super) until: Time,
}
