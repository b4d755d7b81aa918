//! The layout for panels of 128 by 32 pixels: digits on the left, what goes with them around.

use embedded_graphics::mono_font::iso_8859_1::FONT_8X13_BOLD;

use super::canvas::Canvas;
use super::digits::SMALL;
use super::{clock, health, shorten, verdict, who, why};
use crate::display::Frame;
use crate::pairing::{Health, Keys, Outcome, Passkey, Peer, Press, Screen};

const COLUMNS: usize = 21;
const DIGITS_Y: i32 = 11;
const LAST_Y: i32 = 23;
/// Where the column beside the digits begins: four characters.
const BESIDE: i32 = 104;

pub(super) fn draw(screen: &Screen, frame: &mut Frame) {
    let mut canvas = Canvas::new(frame);
    match screen {
        Screen::Idle { name, health } => draw_idle(&mut canvas, name, *health),
        Screen::Window { name, health: state, seconds } => {
            canvas.line(0, "Pairing open", &clock(*seconds));
            if *state == Health::Ready {
                canvas.text_in(&FONT_8X13_BOLD, 0, 14, &shorten(name, COLUMNS * 6 / 8));
            } else {
                canvas.text(0, 14, health(*state));
            }
        }
        Screen::Compare { peer, passkey, seconds, keys } => {
            match keys.press {
                Press::Holding(_) => canvas.inverted(0, "KEEP HOLDING", peer.tail()),
                Press::LetGo => canvas.inverted(0, "LET GO FIRST", peer.tail()),
                Press::Hold | Press::Tap => canvas.inverted(0, "SAME ON BOTH?", peer.tail()),
            }
            draw_passkey(&mut canvas, passkey);
            draw_keys(&mut canvas, keys, *seconds);
        }
        Screen::JustWorks { peer, seconds, keys } => {
            canvas.inverted(0, "CONNECT? no code", peer.tail());
            canvas.text(0, 10, &shorten(&peer.name, 16));
            canvas.text(0, 20, "Did YOU start it?");
            draw_keys(&mut canvas, keys, *seconds);
        }
        Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
            canvas.line(0, "TYPE THIS THERE", peer.tail());
            draw_passkey(&mut canvas, passkey);
            let progress = if *entered > 0 { format!("{entered}/6") } else { String::new() };
            canvas.text(BESIDE, 10, &progress);
            draw_beside(&mut canvas, cancel.as_deref(), *seconds);
        }
        Screen::TypePin { peer, pin, seconds, cancel } => {
            canvas.line(0, "TYPE THIS THERE", peer.tail());
            canvas.text_in(&FONT_8X13_BOLD, 0, 13, pin.as_str());
            if pin.as_str().len() <= 12 {
                draw_beside(&mut canvas, cancel.as_deref(), *seconds);
            }
        }
        Screen::Settling { peer, passkey, cancel } => {
            canvas.line(0, "CONFIRM THERE", peer.tail());
            match passkey {
                Some(passkey) => draw_passkey(&mut canvas, passkey),
                None => canvas.text(0, 14, "Waiting for it..."),
            }
            if let Some(label) = cancel {
                canvas.cross(BESIDE, LAST_Y - 9);
                canvas.text(BESIDE, LAST_Y, &shorten(label, 4));
            }
        }
        Screen::EnterPasskey { .. }
        | Screen::EnterPin { .. }
        | Screen::Service { .. }
        | Screen::Forget { .. } => {}
        Screen::Ended { peer, outcome, .. } => {
            let (reason, remedy) = why(*outcome);
            if outcome.is_paired() {
                canvas.tick(0, 0);
            } else if *outcome != Outcome::Unconfirmed {
                canvas.cross(0, 0);
            }
            canvas.text(10, 0, verdict(*outcome));
            draw_remedy(&mut canvas, peer, remedy);
            canvas.text(0, 11, reason);
        }
    }
}

fn draw_idle(canvas: &mut Canvas<'_>, name: &str, state: Health) {
    canvas.text(0, 0, &shorten(name, COLUMNS));
    canvas.text(0, 11, health(state));
}

fn draw_remedy(canvas: &mut Canvas<'_>, peer: &Peer, remedy: &str) {
    canvas.right(0, peer.tail());
    if remedy.is_empty() {
        canvas.text(0, 22, &who(peer, COLUMNS + 6).0);
    } else {
        canvas.text(0, 22, remedy);
    }
}

fn draw_passkey(canvas: &mut Canvas<'_>, passkey: &Passkey) {
    SMALL.draw(canvas.frame, 0, DIGITS_Y, passkey.digits());
}

#[cfg(feature = "simulator")]
pub(super) fn read(frame: &Frame) -> Option<[u8; 6]> {
    SMALL.read(frame, 0, DIGITS_Y)
}

fn draw_keys(canvas: &mut Canvas<'_>, keys: &Keys, seconds: u64) {
    let Some(accept) = &keys.accept else {
        canvas.text(BESIDE, LAST_Y, &clock(seconds));
        return;
    };
    if let Press::Holding(step) = keys.press {
        canvas.bar(BESIDE, 12, 24, 18, step, Press::STEPS);
        return;
    }
    canvas.tick(BESIDE, 10);
    canvas.text(BESIDE + 9, 9, &shorten(accept, 2));
    if let Some(reject) = &keys.reject {
        canvas.cross(BESIDE, 17);
        canvas.text(BESIDE + 9, 16, &shorten(reject, 2));
    }
    canvas.text(BESIDE, LAST_Y, &clock(seconds));
}

fn draw_beside(canvas: &mut Canvas<'_>, cancel: Option<&str>, seconds: u64) {
    if let Some(label) = cancel {
        canvas.cross(BESIDE, 17);
        canvas.text(BESIDE + 9, 16, &shorten(label, 2));
    }
    canvas.text(BESIDE, LAST_Y, &clock(seconds));
}
