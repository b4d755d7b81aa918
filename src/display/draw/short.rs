//! The layout for panels of 128 by 32 pixels: digits on the left, what goes with them around.

use embedded_graphics::mono_font::iso_8859_1::FONT_8X13_BOLD;

use super::canvas::{Canvas, Sign};
use super::digits::SMALL;
use super::entry::{Entry, PIN};
use super::words::{health, sign, verdict, why};
use super::{clock, shorten, six_digits};
use crate::display::Frame;
use crate::pairing::{Health, Keys, Method, Outcome, Passkey, Peer, Press, Screen};

const COLUMNS: usize = 21;
/// How many columns there are beside the keys.
const LEFT: usize = 17;
const DIGITS_Y: i32 = 10;
const PIN_Y: i32 = 10;
const LAST_Y: i32 = 23;
/// Where the column beside the digits begins: four characters.
const BESIDE: i32 = 104;

pub(super) fn draw(screen: &Screen, frame: &mut Frame) {
    let mut canvas = Canvas::new(frame);
    match screen {
        Screen::Idle { name, health, .. } => draw_idle(&mut canvas, name, *health),
        screen @ (Screen::Opening { .. }
        | Screen::ForgetAll { .. }
        | Screen::ForgotAll { .. }
        | Screen::Paused { .. }
        | Screen::Menu { .. }
        | Screen::Devices { .. }
        | Screen::Device { .. }
        | Screen::About { .. }
        | Screen::Identify { .. }
        | Screen::Keep { .. }) => super::menu::draw(screen, &mut canvas),
        Screen::Window { name, health: state, seconds, .. } => {
            canvas.line(0, "Pairing open", &clock(*seconds));
            if *state == Health::Ready {
                canvas.text_in(&FONT_8X13_BOLD, 0, 14, &shorten(name, COLUMNS * 6 / 8));
            } else {
                canvas.text(0, 14, health(*state));
            }
        }
        Screen::Compare { peer, passkey, seconds, keys } => {
            draw_question(&mut canvas, "SAME ON BOTH?", peer, keys);
            draw_passkey(&mut canvas, passkey);
            draw_keys(&mut canvas, keys, *seconds);
        }
        Screen::JustWorks { peer, seconds, keys } => {
            draw_question(&mut canvas, "PAIR, no code?", peer, keys);
            canvas.text(0, 10, &shorten(&peer.name, LEFT));
            canvas.text(0, 20, "Did YOU start it?");
            draw_keys(&mut canvas, keys, *seconds);
        }
        Screen::Service { peer, service, seconds, keys } => {
            draw_question(&mut canvas, "ALLOW SERVICE?", peer, keys);
            canvas.text(0, 10, &shorten(&peer.name, LEFT));
            canvas.label(0, 20, BESIDE - 2, service);
            draw_keys(&mut canvas, keys, *seconds);
        }
        Screen::Forget { peer, seconds, keys } => {
            draw_question(&mut canvas, "FORGET DEVICE?", peer, keys);
            canvas.text(0, 10, &shorten(&peer.name, LEFT));
            canvas.text(0, 20, "Deleted there?");
            draw_keys(&mut canvas, keys, *seconds);
        }
        Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
            canvas.line(0, "TYPE THIS THERE", peer.tail());
            draw_passkey(&mut canvas, passkey);
            if *entered > 0 {
                canvas.text(BESIDE, 9, &format!("{entered}/6"));
            }
            draw_beside(&mut canvas, cancel.as_deref(), *seconds);
        }
        Screen::TypePin { peer, pin, seconds, keys } => {
            let headline = if keys.accept.is_some() { "USE THIS PIN?" } else { "TYPE PIN THERE" };
            canvas.line(0, headline, peer.tail());
            if let Some(digits) = six_digits(pin) {
                SMALL.draw(canvas.frame, 0, DIGITS_Y, &digits);
                if keys.accept.is_some() {
                    draw_keys(&mut canvas, keys, *seconds);
                } else {
                    draw_beside(&mut canvas, keys.reject.as_deref(), *seconds);
                }
            } else {
                canvas.text_in(PIN, 0, PIN_Y, pin.as_str());
                draw_cancel(&mut canvas, keys.reject.as_deref());
                canvas.right(LAST_Y, &clock(*seconds));
            }
        }
        Screen::EnterPasskey { peer, typed, pick, seconds, keys } => {
            canvas.line(0, &format!("ITS CODE? {}", clock(*seconds)), peer.tail());
            let entry = Entry { typed, pick: *pick, keys, whole: Some(6) };
            entry.draw_cells(&mut canvas, &SMALL, 0, DIGITS_Y);
            entry.draw_column(&mut canvas, BESIDE);
        }
        Screen::EnterPin { peer, typed, pick, seconds, keys } => {
            canvas.line(0, "PIN HERE+THERE", peer.tail());
            let entry = Entry { typed, pick: *pick, keys, whole: None };
            entry.draw_pin(&mut canvas, PIN_Y);
            entry.draw_arrows_beside(&mut canvas, PIN_Y);
            entry.draw_line(&mut canvas, LAST_Y);
            canvas.right(LAST_Y, &clock(*seconds));
        }
        Screen::Settling { peer, passkey, cancel } => match passkey {
            Some(passkey) => {
                // Still a number that is compared, and typed nowhere.
                canvas.inverted(0, "CONFIRM THERE", peer.tail());
                draw_passkey(&mut canvas, passkey);
                draw_key(&mut canvas, 16, Sign::Cross, cancel.as_deref());
            }
            None => {
                canvas.line(0, "WAITING...", peer.tail());
                canvas.text(0, 11, "It has to do its part");
                draw_cancel(&mut canvas, cancel.as_deref());
            }
        },
        Screen::Ended { peer, method, outcome } => draw_ended(&mut canvas, peer, *method, *outcome),
    }
}

fn draw_idle(canvas: &mut Canvas<'_>, name: &str, state: Health) {
    canvas.text(0, 0, &shorten(name, COLUMNS));
    canvas.text(0, 11, health(state));
}

fn draw_question(canvas: &mut Canvas<'_>, question: &str, peer: &Peer, keys: &Keys) {
    let headline = match keys.press {
        Press::Holding(_) => "KEEP HOLDING",
        Press::Blocking(_) => "HOLD TO BLOCK",
        Press::LetGo => "LET GO FIRST",
        Press::Hold | Press::Tap => question,
    };
    canvas.inverted(0, headline, peer.tail());
}

fn draw_ended(canvas: &mut Canvas<'_>, peer: &Peer, method: Method, outcome: Outcome) {
    canvas.sign(sign(outcome), 0, 0);
    canvas.text(10, 0, verdict(method, outcome));
    canvas.right(0, peer.tail());
    let (reason, remedy) = why(method, outcome);
    if sign(outcome) == Sign::Mind {
        canvas.inverted(11, reason, "");
    } else {
        canvas.text(0, 11, reason);
    }
    if outcome.is_paired() {
        canvas.text(0, 22, &shorten(&peer.name, COLUMNS));
    } else {
        canvas.text(0, 22, remedy);
    }
}

fn draw_passkey(canvas: &mut Canvas<'_>, passkey: &Passkey) {
    SMALL.draw(canvas.frame, 0, DIGITS_Y, &passkey.digits());
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
    draw_key(canvas, 9, Sign::Tick, Some(accept));
    draw_key(canvas, 16, Sign::Cross, keys.reject.as_deref());
    canvas.text(BESIDE, LAST_Y, &clock(seconds));
}

fn draw_beside(canvas: &mut Canvas<'_>, cancel: Option<&str>, seconds: u64) {
    draw_key(canvas, 16, Sign::Cross, cancel);
    canvas.text(BESIDE, LAST_Y, &clock(seconds));
}

/// A key in the column beside the digits.
fn draw_key(canvas: &mut Canvas<'_>, y: i32, sign: Sign, key: Option<&str>) {
    if let Some(label) = key {
        canvas.sign(sign, BESIDE, y + 1);
        canvas.label(BESIDE + 9, y, 16, label);
    }
}

fn draw_cancel(canvas: &mut Canvas<'_>, cancel: Option<&str>) {
    if let Some(label) = cancel {
        canvas.sign(Sign::Cross, 0, LAST_Y + 1);
        canvas.text(10, LAST_Y, &format!("{label} cancel"));
    }
}
