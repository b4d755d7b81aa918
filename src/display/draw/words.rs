//! The words: at most 21 characters a line, which is what a panel of 128 pixels has room for.

use super::canvas::Sign;
use crate::pairing::{Health, Method, Outcome, Refusal};

/// What stands before the verdict.
pub(super) const fn sign(outcome: Outcome) -> Sign {
    match outcome {
        Outcome::PairedChecked | Outcome::ServiceAllowed | Outcome::Forgotten => Sign::Tick,
        Outcome::PairedUnchecked => Sign::Mind,
        Outcome::Unconfirmed => Sign::None,
        _ => Sign::Cross,
    }
}

/// The outcome in two words.
pub(super) const fn verdict(method: Method, outcome: Outcome) -> &'static str {
    match (outcome, method) {
        (Outcome::PairedChecked | Outcome::PairedUnchecked, _) => "PAIRED",
        (Outcome::Unconfirmed, _) => "NO NEWS",
        (Outcome::Forgotten, _) => "FORGOTTEN",
        (Outcome::NotForgotten, _) => "NOT FORGOTTEN",
        (Outcome::ServiceAllowed, _) => "ALLOWED",
        (Outcome::Unknown | Outcome::UnknownRemoved, _) => "UNKNOWN PAIRING",
        (Outcome::Blocked, _) => "BLOCKED",
        (_, Method::Service) => "NOT ALLOWED",
        _ => "NOT PAIRED",
    }
}

/// Why it ended so, and what to do about it.
pub(super) const fn why(method: Method, outcome: Outcome) -> (&'static str, &'static str) {
    const AGAIN: &str = "Try again there";
    match outcome {
        Outcome::PairedChecked => ("Code checked", ""),
        Outcome::PairedUnchecked => match method {
            Method::PinCode => ("PIN: NOT VERIFIED", "A PIN proves little"),
            _ => ("NOT VERIFIED", "Nobody checked a code"),
        },
        Outcome::Unconfirmed => ("Was paired before:", "see what it says"),
        Outcome::RejectedHere => match method {
            Method::Service => ("Refused here", "It may ask again"),
            _ => ("Rejected here", AGAIN),
        },
        Outcome::TimedOut => ("No answer in time", AGAIN),
        Outcome::Cancelled => ("Other side cancelled", AGAIN),
        Outcome::LinkLost => ("Connection lost", "Come closer, retry"),
        Outcome::HungUp => ("Other side hung up", "Look there, and retry"),
        Outcome::NotAuthenticated => match method {
            Method::NumericComparison => ("No match, or refused", AGAIN),
            Method::PasskeyEntry => ("Wrong code or refused", "Try again: a new code"),
            Method::PinCode => ("Wrong PIN or refused", AGAIN),
            Method::JustWorks | Method::Service => ("Other side refused", AGAIN),
        },
        Outcome::Suspended => ("This box fell asleep", AGAIN),
        Outcome::Removed => ("Was removed meanwhile", AGAIN),
        Outcome::Refused(why) => refused(why),
        Outcome::ServiceAllowed => ("For this one time", "It will ask again"),
        Outcome::Forgotten => ("Deleted here", "Now pair it again"),
        Outcome::NotForgotten => ("Bluetooth kept it", "See the log"),
        Outcome::DisplayFailed => ("Display failed", AGAIN),
        Outcome::WindowClosed => ("Pairing has closed", "Open it, try again"),
        Outcome::BluetoothdGone => ("Bluetooth restarted", AGAIN),
        Outcome::Blocked => ("It is turned away now", "Forget it to undo"),
        Outcome::Unknown => ("Nobody here said yes", "Forget it?"),
        Outcome::UnknownRemoved => ("Nobody here said yes", "Deleted"),
    }
}

const fn refused(why: Refusal) -> (&'static str, &'static str) {
    match why {
        Refusal::WindowClosed => ("Pairing is closed", "Open it, try again"),
        Refusal::Busy => ("Busy with another one", "Retry when it is done"),
        Refusal::NoDisplay => ("Display not working", "Check its wires"),
        Refusal::CannotAnswer => ("No way to answer here", "Key or keypad stuck?"),
        Refusal::Policy => ("Not permitted here", "See pairpanel.toml"),
        Refusal::SaidNo => ("Refused just now", "It may ask again"),
        Refusal::Paused => ("Too many refusals", "Wait a while"),
        Refusal::NotAllowed => ("Not on the list", "See pairpanel.toml"),
        Refusal::BondLimit => ("Too many devices", "Forget one first"),
        Refusal::OtherAdapter => ("Not by this adapter", "See pairpanel.toml"),
        Refusal::NotBonded => ("Not paired yet", "Pair it first"),
        Refusal::Malformed(_) => ("It made no sense", "Restart Bluetooth"),
    }
}

/// What keeps devices from pairing.
pub(super) const fn health(health: Health) -> &'static str {
    match health {
        Health::Ready => "Ready",
        Health::NoBluetoothd => "Bluetooth not running",
        Health::NoAdapter => "No Bluetooth adapter",
        Health::PoweredOff => "Bluetooth is off",
        Health::NoAcceptKey => "Accept key stuck?",
        Health::NoKeypad => "No working keypad",
    }
}
