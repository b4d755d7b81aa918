//! The words that the interface has for the values of the core. They are part of what
//! [the interface](super) promises: one may be added, none is changed.

use crate::pairing::{
    Activity, DefaultAgent, Health, Key, Method, Outcome, Part, Refusal as Refused,
};

pub(super) const fn activity(activity: Activity) -> &'static str {
    match activity {
        Activity::Idle => "idle",
        Activity::Window => "window",
        Activity::Asking => "asking",
        Activity::Showing => "showing",
        Activity::Settling => "settling",
        Activity::Paused => "paused",
    }
}

pub(super) const fn health(health: Health) -> &'static str {
    match health {
        Health::Ready => "ready",
        Health::NoBluetoothd => "no-bluetoothd",
        Health::NoAdapter => "no-adapter",
        Health::PoweredOff => "powered-off",
        Health::NoAcceptKey => "no-accept-key",
        Health::NoKeypad => "no-keypad",
        Health::NoDisplay => "no-display",
    }
}

pub(super) const fn default_agent(default: DefaultAgent) -> &'static str {
    match default {
        DefaultAgent::No => "no",
        DefaultAgent::Yes => "yes",
        DefaultAgent::Doubtful => "doubtful",
    }
}

pub(super) const fn part(part: Part) -> &'static str {
    match part {
        Part::Starting => "starting",
        Part::Working => "working",
        Part::Stuck => "stuck",
        Part::Failed => "failed",
    }
}

/// The roles of a board profile, and one word for all keys of a keypad.
pub(super) const fn role(key: Key) -> &'static str {
    match key {
        Key::Accept => "accept",
        Key::Reject => "reject",
        Key::Up => "up",
        Key::Down => "down",
        Key::Left => "left",
        Key::Right => "right",
        Key::Select => "select",
        Key::Enter | Key::Digit(_) | Key::Erase | Key::Escape => "keypad",
    }
}

pub(super) const fn method(method: Method) -> &'static str {
    match method {
        Method::NumericComparison => "numeric-comparison",
        Method::PasskeyEntry => "passkey-entry",
        Method::OutOfBand => "out-of-band",
        Method::PinCode => "pin",
        Method::JustWorks => "just-works",
        Method::Service => "service",
    }
}

pub(super) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::PairedChecked => "paired-checked",
        Outcome::PairedUnchecked => "paired-unchecked",
        Outcome::Unconfirmed => "unconfirmed",
        Outcome::RejectedHere => "rejected-here",
        Outcome::TimedOut => "timed-out",
        Outcome::Cancelled => "cancelled",
        Outcome::LinkLost => "link-lost",
        Outcome::HungUp => "hung-up",
        Outcome::NotAuthenticated => "not-authenticated",
        Outcome::Suspended => "suspended",
        Outcome::Removed => "removed",
        Outcome::Refused(Refused::WindowClosed) => "refused-window-closed",
        Outcome::Refused(Refused::Busy) => "refused-busy",
        Outcome::Refused(Refused::NoDisplay) => "refused-no-display",
        Outcome::Refused(Refused::CannotAnswer) => "refused-cannot-answer",
        Outcome::Refused(Refused::Policy) => "refused-policy",
        Outcome::Refused(Refused::NotBonded) => "refused-not-bonded",
        Outcome::Refused(Refused::SaidNo) => "refused-said-no",
        Outcome::Refused(Refused::Paused) => "refused-paused",
        Outcome::Refused(Refused::NotAllowed) => "refused-not-allowed",
        Outcome::Refused(Refused::BondLimit) => "refused-bond-limit",
        Outcome::Refused(Refused::OtherAdapter) => "refused-other-adapter",
        Outcome::Refused(Refused::Malformed(_)) => "refused-malformed",
        Outcome::ServiceAllowed => "service-allowed",
        Outcome::Forgotten => "forgotten",
        Outcome::NotForgotten => "not-forgotten",
        Outcome::DisplayFailed => "display-failed",
        Outcome::WindowClosed => "window-closed",
        Outcome::BluetoothdGone => "bluetoothd-gone",
        Outcome::Blocked => "blocked",
        Outcome::Unknown => "unknown",
        Outcome::UnknownRemoved => "unknown-removed",
    }
}
