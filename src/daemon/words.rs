//! What the log says of a pairing.

use crate::pairing::{Method, Outcome, Peer, Refusal};

/// What came of it, in one line.
pub(super) fn finished(peer: &Peer, method: Method, outcome: Outcome) -> String {
    let how = format!(" by {}", method_name(method));
    let (what, how) = match outcome {
        _ if method == Method::Service => ("service of", ""),
        Outcome::Forgotten => ("forgot", ""),
        Outcome::NotForgotten => ("did not forget", ""),
        Outcome::Unconfirmed => ("pairing with", &*how),
        outcome if outcome.is_paired() => ("paired with", &*how),
        _ => ("not paired with", &*how),
    };
    format!("{what} {} ({}){how}: {}", peer.name, peer.address, reason(outcome))
}

const fn method_name(method: Method) -> &'static str {
    match method {
        Method::NumericComparison => "numeric comparison",
        Method::PasskeyEntry => "passkey entry",
        Method::OutOfBand => "out-of-band data",
        Method::PinCode => "PIN",
        Method::JustWorks => "just works",
        Method::Service => "a service",
    }
}

const fn reason(outcome: Outcome) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_it_is_one_sentence_for_each_kind_of_end() {
        let peer = Peer::new("phone", "F0:F1:F2:F3:F4:F5".to_owned());
        let cases = [
            (
                Method::NumericComparison,
                Outcome::PairedChecked,
                "paired with phone (F0:F1:F2:F3:F4:F5) by numeric comparison: code checked",
            ),
            (
                Method::PasskeyEntry,
                Outcome::TimedOut,
                "not paired with phone (F0:F1:F2:F3:F4:F5) by passkey entry: nobody answered in time",
            ),
            (
                Method::JustWorks,
                Outcome::Unconfirmed,
                "pairing with phone (F0:F1:F2:F3:F4:F5) by just works: it was bonded before, and BlueZ \
                 does not say",
            ),
            (
                Method::Service,
                Outcome::ServiceAllowed,
                "service of phone (F0:F1:F2:F3:F4:F5): allowed at the panel",
            ),
            // Nothing is paired here, by no method.
            (
                Method::JustWorks,
                Outcome::Forgotten,
                "forgot phone (F0:F1:F2:F3:F4:F5): its bond was deleted",
            ),
            (
                Method::JustWorks,
                Outcome::NotForgotten,
                "did not forget phone (F0:F1:F2:F3:F4:F5): bluetoothd has not deleted its bond",
            ),
        ];
        for (method, outcome, expected) in cases {
            assert_eq!(finished(&peer, method, outcome), expected);
        }
    }
}
