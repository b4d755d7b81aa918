//! Turns a [`Screen`] into a [`Frame`]: pure, and the only place that knows words and layout.
//!
//! There is one layout for panels of 64 rows and one for 32. The ways to check a code look and read
//! differently, because a number that is to be compared must never be typed anywhere:
//!
//! | | headline | code |
//! |---|---|---|
//! | to be compared | a question, dark on light | large digits |
//! | to be typed there | plain | large digits, or text for a PIN that is not six of them |
//! | to be typed here | plain | large digits in underlined cells, or text for a PIN |
//! | just works, a service | a question, dark on light | none |
//! | a bond: to be kept, forgotten | a question, dark on light | none |
//! | nothing is asked: idle, the window, lists | plain | none |
//! | every bond is about to go | dark on light | none, but a large countdown of one or two digits |
//! | this is the panel that somebody looks for | none: all of it is dark on light | none |

mod canvas;
mod digits;
mod entry;
mod menu;
mod short;
mod tall;
mod words;

use crate::display::Frame;
use crate::pairing::{Peer, PinCode, Screen};

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
fn who(peer: &Peer, columns: usize) -> (String, &str) {
    let tail = peer.tail();
    (shorten(&peer.name, columns.saturating_sub(tail.len() + 1)), tail)
}

/// One line of at most so many columns.
fn shorten(text: &str, columns: usize) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    if text.chars().count() <= columns {
        return line.collect();
    }
    let kept: String = line.take(columns.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

/// The digits of a PIN that can be drawn as large as a passkey.
fn six_digits(pin: &PinCode) -> Option<[u8; 6]> {
    let characters: [u8; 6] = pin.as_str().as_bytes().try_into().ok()?;
    let all = characters.iter().all(u8::is_ascii_digit);
    all.then(|| characters.map(|character| character - b'0'))
}
