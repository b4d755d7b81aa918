//! The words: at most 21 characters a line, which is what a panel of 128 pixels has room for.

use super::canvas::Sign;
use crate::pairing::{Capability, Health, MenuItem, Method, Outcome, Refusal};

/// What stands before the verdict.
pub(super) const fn sign(outcome: Outcome) -> Sign {
    match outcome {
        Outcome::PairedChecked | Outcome::ServiceAllowed | Outcome::Forgotten => Sign::Tick,
        Outcome::PairedUnchecked | Outcome::Unknown | Outcome::UnknownRemoved => Sign::Mind,
        Outcome::Unconfirmed => Sign::None,
        _ => Sign::Cross,
    }
}

/// The outcome in two words, at most 15 characters.
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
        Outcome::Unknown => ("NOBODY HERE SAID YES", "Unwanted? Forget it"),
        Outcome::UnknownRemoved => ("NOBODY HERE SAID YES", "It was deleted"),
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
        Refusal::Paused => ("Pairing is paused", "Try again later"),
        Refusal::NotAllowed => ("Not on the allow list", "See pairpanel.toml"),
        Refusal::BondLimit => ("Too many are paired", "Forget one first"),
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
        Health::NoDisplay => "No working display",
    }
}

/// A line of the menu, at most 18 characters.
pub(super) const fn item(item: MenuItem) -> &'static str {
    match item {
        MenuItem::OpenWindow => "Pair a device",
        MenuItem::CloseWindow => "Stop pairing",
        MenuItem::Devices => "Paired devices",
        MenuItem::ForgetAll => "Forget all devices",
        MenuItem::About => "About this box",
    }
}

/// What bluetoothd has been told.
pub(super) fn capability(capability: Option<Capability>) -> &'static str {
    capability.map_or("Not registered", Capability::as_str)
}

/// Of this program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) const fn connection(connected: bool) -> &'static str {
    if connected { "Connected now" } else { "Not connected" }
}

/// So many bonds.
pub(super) fn devices(number: usize) -> String {
    format!("{number} {}", if number == 1 { "device" } else { "devices" })
}
