//! What the log says of a pairing.

use crate::pairing::{Method, Outcome, Refusal};

pub(super) const fn method_name(method: Method) -> &'static str {
    match method {
        Method::NumericComparison => "numeric comparison",
        Method::PasskeyEntry => "passkey entry",
        Method::PinCode => "PIN",
        Method::JustWorks => "just works",
        Method::Service => "a service",
    }
}

pub(super) const fn reason(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::PairedChecked => "code checked",
        Outcome::PairedUnchecked => "not verified",
        Outcome::Unconfirmed => "it was bonded before, and BlueZ does not say",
        Outcome::RejectedHere => "rejected at the panel",
        Outcome::TimedOut => "nobody answered in time",
        Outcome::Cancelled => "cancelled by the other side",
        Outcome::LinkLost => "the link was lost",
        Outcome::HungUp => "the other side ended the link",
        Outcome::NotAuthenticated => "the codes differed, or the other side refused",
        Outcome::Suspended => "this machine went to sleep",
        Outcome::Removed => "the device or its adapter was removed",
        Outcome::Refused(why) => refusal(why),
        Outcome::ServiceAllowed => "allowed at the panel",
        Outcome::NotForgotten => "bluetoothd has not deleted its bond",
        Outcome::Forgotten => "its bond was deleted",
        Outcome::DisplayFailed => "the display failed",
        Outcome::WindowClosed => "the pairing window closed",
        Outcome::BluetoothdGone => "bluetoothd went away",
        Outcome::Blocked => "blocked at the panel",
        Outcome::Unknown => "nobody at this panel has approved it",
        Outcome::UnknownRemoved => "nobody at this panel has approved it, so it was deleted",
    }
}

pub(super) const fn refusal(why: Refusal) -> &'static str {
    match why {
        Refusal::WindowClosed => "the pairing window is closed",
        Refusal::Busy => "another device is being paired",
        Refusal::NoDisplay => "the display does not work, so nobody could see what they accept",
        Refusal::CannotAnswer => "this panel has no way to answer that",
        Refusal::Policy => "the policy does not allow it",
        Refusal::SaidNo => "it was refused at the panel",
        Refusal::Paused => "too many pairings came to nothing, so there is a pause",
        Refusal::NotAllowed => "it is not on the list of devices that may pair",
        Refusal::BondLimit => "there are as many bonds as there may be",
        Refusal::OtherAdapter => "the panel is not for that adapter",
        Refusal::NotBonded => "it is not bonded, so it may use no service",
        Refusal::Malformed(why) => why,
    }
}
