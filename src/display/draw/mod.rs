//! Turns a [`Screen`] into a [`Frame`]: pure, and the only place that knows words and layout.
//!
//! There is one layout for panels of 64 rows and one for 32. The three ways to check a code look
//! and read differently, because a number that is to be compared must never be typed anywhere:
//! comparison has an inverted headline, a code to type a plain one, and just works shows no number.

mod canvas;
mod digits;
mod short;
mod tall;

use crate::display::Frame;
use crate::pairing::{Health, Outcome, Peer, Screen};

/// Draws `screen` on a dark frame of one of the sizes that [`fits`].
pub fn draw(screen: &Screen, frame: &mut Frame) {
    if frame.height() >= 64 {
        tall::draw(screen, frame);
    } else {
        short::draw(screen, frame);
    }
}

/// The six digits that can be read on `frame`, most significant first; `None` if there are none.
#[cfg(feature = "simulator")]
pub fn read(frame: &Frame) -> Option<[u8; 6]> {
    if frame.height() >= 64 { tall::read(frame) } else { short::read(frame) }
}

/// Whether a panel of this many pixels is large enough for the screens: six digits that can be read
/// at arm's length, beside who asks and what the keys do.
pub const fn fits(width: u32, height: u32) -> bool {
    width >= 128 && height >= 32
}

/// Minutes and seconds.
fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// As much of the device's name as fits in `columns` together with the end of its address, which a
/// forged name cannot imitate.
fn who(peer: &Peer, columns: usize) -> (String, String) {
    let tail = peer.tail().to_owned();
    (shorten(&peer.name, columns.saturating_sub(tail.len() + 1)), tail)
}

fn shorten(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

/// The outcome in two words.
const fn verdict(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::PairedChecked | Outcome::PairedUnchecked => "PAIRED",
        Outcome::Unconfirmed => "NO NEWS",
        Outcome::ServiceAllowed => "ALLOWED",
        Outcome::Forgotten => "FORGOTTEN",
        _ => "NOT PAIRED",
    }
}

const fn health(health: Health) -> &'static str {
    match health {
        Health::Ready => "Ready",
        Health::NoBluetoothd => "Bluetooth not running",
        Health::NoAdapter => "No Bluetooth adapter",
        Health::PoweredOff => "Bluetooth is off",
        Health::NoAcceptKey => "Accept key stuck?",
        Health::NoKeypad => "Keypad not there",
    }
}

/// Why a device is not paired, and what to do about it: at most 21 characters each.
const fn why(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::PairedChecked => ("code checked", ""),
        Outcome::PairedUnchecked => ("not verified", ""),
        Outcome::Unconfirmed => ("Was paired before", "See what it says"),
        Outcome::RejectedHere => ("Rejected here", ""),
        Outcome::TimedOut => ("Nobody answered", "Start again there"),
        Outcome::Cancelled => ("Other side cancelled", "Start again there"),
        Outcome::LinkLost => ("Connection lost", "Start again there"),
        Outcome::HungUp => ("Other side hung up", "Start again there"),
        Outcome::NotAuthenticated => ("Codes differ, or no", "Start again there"),
        Outcome::Suspended => ("This box slept", "Start again there"),
        Outcome::Removed => ("Removed here", "Start again there"),
        Outcome::Refused(_) => ("Not possible here", ""),
        Outcome::ServiceAllowed => ("for this time", ""),
        Outcome::Forgotten => ("Forgotten here", "Pair again there"),
        Outcome::DisplayFailed => ("Display failed", "Start again there"),
        Outcome::WindowClosed => ("Pairing has closed", "Open it again"),
        Outcome::BluetoothdGone => ("Bluetooth restarted", "Start again there"),
    }
}
