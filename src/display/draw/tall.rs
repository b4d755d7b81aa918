//! The layout for panels of at least 128 by 64 pixels: seven rows of text, or digits in the middle.

use embedded_graphics::mono_font::iso_8859_1::FONT_8X13_BOLD;

use super::canvas::Canvas;
use super::digits::LARGE;
use super::{clock, health, shorten, verdict, who, why};
use crate::display::Frame;
use crate::pairing::{Health, Keys, Outcome, Passkey, Peer, Press, Screen};

const COLUMNS: usize = 21;
const DIGITS_Y: i32 = 19;
/// The line below the digits, and the last one.
const HINT_Y: i32 = 46;
const KEYS_Y: i32 = 55;

pub(super) fn draw(screen: &Screen, frame: &mut Frame) {
    let mut canvas = Canvas::new(frame);
    match screen {
        Screen::Idle { name, health } => draw_idle(&mut canvas, name, *health),
        Screen::Window { name, health, seconds } => {
            draw_window(&mut canvas, name, *health, *seconds)
        }
        Screen::Compare { peer, passkey, seconds, keys } => {
            canvas.inverted(0, "SAME ON BOTH?", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            draw_passkey(&mut canvas, passkey);
            draw_keys(&mut canvas, keys, "Do not type this code");
        }
        Screen::JustWorks { peer, seconds, keys } => {
            canvas.inverted(0, "CONNECT?", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            canvas.centred(21, "No code to compare.");
            canvas.centred(31, "Did YOU start this?");
            draw_keys(&mut canvas, keys, "");
        }
        Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
            canvas.line(0, "TYPE THIS THERE", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            draw_passkey(&mut canvas, passkey);
            draw_progress(&mut canvas, *entered);
            draw_cancel(&mut canvas, cancel.as_deref());
        }
        Screen::TypePin { peer, pin, seconds, cancel } => {
            canvas.line(0, "TYPE THIS THERE", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            canvas.centred_in(&FONT_8X13_BOLD, 26, pin.as_str());
            canvas.centred(HINT_Y, "then press Enter");
            draw_cancel(&mut canvas, cancel.as_deref());
        }
        Screen::Settling { peer, passkey, cancel } => {
            canvas.text(0, 0, "CONFIRM THERE TOO");
            draw_peer(&mut canvas, 9, peer);
            match passkey {
                Some(passkey) => draw_passkey(&mut canvas, passkey),
                None => canvas.centred(27, "Waiting for it..."),
            }
            draw_cancel(&mut canvas, cancel.as_deref());
        }
        Screen::EnterPasskey { .. }
        | Screen::EnterPin { .. }
        | Screen::Service { .. }
        | Screen::Forget { .. } => {}
        Screen::Ended { peer, outcome, .. } => {
            let (reason, remedy) = why(*outcome);
            if outcome.is_paired() {
                canvas.tick(8, 3);
            } else if *outcome != Outcome::Unconfirmed {
                canvas.cross(8, 3);
            }
            canvas.text_in(&FONT_8X13_BOLD, 22, 0, verdict(*outcome));
            draw_peer(&mut canvas, 16, peer);
            canvas.text(0, 32, reason);
            canvas.text(0, 44, remedy);
        }
    }
}

fn draw_idle(canvas: &mut Canvas<'_>, name: &str, state: Health) {
    canvas.text(0, 0, &shorten(name, COLUMNS));
    canvas.text(0, 18, health(state));
}

fn draw_window(canvas: &mut Canvas<'_>, name: &str, state: Health, seconds: u64) {
    canvas.line(0, "Pairing open", &clock(seconds));
    if state == Health::Ready {
        canvas.text(0, 16, "Find on your phone:");
        let columns = COLUMNS * 6 / 8;
        canvas.text_in(&FONT_8X13_BOLD, 0, 30, &shorten(name, columns));
    } else {
        canvas.text(0, 18, health(state));
    }
}

fn draw_peer(canvas: &mut Canvas<'_>, y: i32, peer: &Peer) {
    let (name, tail) = who(peer, COLUMNS);
    canvas.line(y, &name, &tail);
}

fn draw_passkey(canvas: &mut Canvas<'_>, passkey: &Passkey) {
    LARGE.draw(canvas.frame, digits_x(canvas.width), DIGITS_Y, passkey.digits());
}

const fn digits_x(width: i32) -> i32 {
    (width - LARGE.width()) / 2
}

#[cfg(feature = "simulator")]
pub(super) fn read(frame: &Frame) -> Option<[u8; 6]> {
    let width = i32::try_from(frame.width()).ok()?;
    LARGE.read(frame, digits_x(width), DIGITS_Y)
}

fn draw_keys(canvas: &mut Canvas<'_>, keys: &Keys, hint: &str) {
    let Some(accept) = &keys.accept else {
        canvas.centred(HINT_Y, hint);
        return;
    };
    match keys.press {
        Press::Holding(step) => {
            canvas.centred(HINT_Y, "Keep holding...");
            canvas.bar(0, KEYS_Y + 1, canvas.width, 8, step, Press::STEPS);
            return;
        }
        Press::LetGo => canvas.centred(HINT_Y, "Let go of the key"),
        Press::Hold | Press::Tap => canvas.centred(HINT_Y, hint),
    }
    if let Some(reject) = &keys.reject {
        canvas.cross(0, KEYS_Y + 1);
        canvas.text(10, KEYS_Y, reject);
    }
    let verb = if keys.press == Press::Tap { "press" } else { "hold" };
    let label = format!("{verb} {accept}");
    let x = canvas.width - 8 - 6 * i32::try_from(label.chars().count()).unwrap_or(0);
    canvas.text(x - 2, KEYS_Y, &label);
    canvas.tick(canvas.width - 7, KEYS_Y + 1);
}

fn draw_cancel(canvas: &mut Canvas<'_>, cancel: Option<&str>) {
    if let Some(label) = cancel {
        canvas.cross(0, KEYS_Y + 1);
        canvas.text(10, KEYS_Y, &format!("{label} cancel"));
    }
}

/// How many of the six digits have been typed; nothing while it is not known.
fn draw_progress(canvas: &mut Canvas<'_>, entered: u8) {
    if entered == 0 {
        return;
    }
    canvas.text(0, HINT_Y, "typed");
    for n in 0..6 {
        let x = 40 + 12 * n;
        if n < i32::from(entered) {
            canvas.fill(x, HINT_Y + 1, 6, 6);
        } else {
            canvas.fill(x + 2, HINT_Y + 3, 2, 2);
        }
    }
}
