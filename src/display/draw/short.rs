//! The layout for panels of 128 by 32 pixels: digits on the left, what goes with them around.

use embedded_graphics::mono_font::iso_8859_1::FONT_8X13_BOLD;

use super::canvas::{Canvas, Sign};
use super::digits::SMALL;
use super::entry::{Entry, PIN};
use super::menu::{List, draw_identify};
use super::words::{VERSION, capability, connection, devices, health, sign, verdict, why};
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
/// The headline while the reject key is held.
const BLOCKING: &str = "HOLD TO BLOCK";
const LIST: List = List { y: 12, pitch: 10, rows: 2 };

pub(super) fn draw(screen: &Screen, frame: &mut Frame) {
    let mut canvas = Canvas::new(frame);
    match screen {
        Screen::Idle { name, health, open } => {
            draw_idle(&mut canvas, name, *health);
            canvas.hint(LAST_Y, "Hold", open.as_deref(), "pair");
        }
        Screen::Opening { step } => {
            canvas.text(0, 0, "Keep holding");
            canvas.text(0, 10, "to open pairing");
            canvas.bar(0, LAST_Y, canvas.width, 8, *step, Press::STEPS);
        }
        Screen::ForgetAll { bonds, seconds } => {
            canvas.inverted(0, "FORGET ALL DEVICES", "");
            canvas.text(0, 11, &devices(*bonds));
            canvas.text(0, LAST_Y, "Let go to keep");
            let seconds = u8::try_from(*seconds).unwrap_or(u8::MAX).min(99);
            SMALL.number(canvas.frame, canvas.width, 11, seconds);
        }
        Screen::ForgotAll { forgotten, left: 0 } => {
            canvas.sign(Sign::Tick, 0, 0);
            canvas.text(10, 0, "FORGOTTEN");
            canvas.text(0, 11, &devices(*forgotten));
            canvas.text(0, 22, "Now pair them again");
        }
        Screen::ForgotAll { forgotten, left } => {
            canvas.sign(Sign::Cross, 0, 0);
            canvas.text(10, 0, "NOT ALL GONE");
            canvas.text(0, 11, &format!("{forgotten} gone, {left} kept"));
            canvas.text(0, 22, "See the log");
        }
        Screen::Paused { seconds, open } => {
            canvas.line(0, "PAUSED", &clock(*seconds));
            canvas.text(0, 11, "Too many failed");
            canvas.hint(LAST_Y, "Hold", open.as_deref(), "go on");
        }
        Screen::Menu { items, at } => LIST.draw_menu(&mut canvas, items, *at),
        Screen::Devices { peers, at } => LIST.draw_devices(&mut canvas, peers, *at),
        Screen::Device { peer, connected, keys } => {
            draw_question(&mut canvas, "FORGET DEVICE?", peer, keys);
            canvas.text(0, 10, &shorten(&peer.name, LEFT));
            canvas.text(0, 20, connection(*connected));
            draw_key_column(&mut canvas, keys);
        }
        Screen::About { name, address, capability: registered, bonds } => {
            canvas.text(0, 0, &shorten(name, COLUMNS));
            canvas.text(0, 8, if address.is_empty() { "No address" } else { address });
            canvas.text(0, 15, capability(*registered));
            canvas.line(LAST_Y, &format!("{bonds} paired"), VERSION);
        }
        Screen::Identify { name } => draw_identify(&mut canvas, name),
        Screen::Keep { peer, seconds, keys } => {
            draw_question(&mut canvas, "KEEP PAIRING?", peer, keys);
            canvas.text(0, 10, &shorten(&peer.name, LEFT));
            canvas.text(0, 20, "UNVERIFIED");
            draw_keys(&mut canvas, keys, *seconds);
        }
        Screen::Window { name, health: state, seconds, close } => {
            canvas.line(0, "Pairing open", &clock(*seconds));
            if *state == Health::Ready {
                canvas.text_in(&FONT_8X13_BOLD, 0, 10, &shorten(name, COLUMNS * 6 / 8));
            } else {
                canvas.text(0, 11, health(*state));
            }
            canvas.hint(LAST_Y, "Press", close.as_deref(), "close");
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
            let headline = match keys.press {
                Press::Blocking(_) => BLOCKING,
                _ if keys.accept.is_some() => "USE THIS PIN?",
                _ => "TYPE PIN THERE",
            };
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
        Press::Blocking(_) => BLOCKING,
        Press::LetGo => "LET GO FIRST",
        Press::Hold | Press::Tap => question,
    };
    canvas.inverted(0, headline, peer.tail());
}

fn draw_ended(canvas: &mut Canvas<'_>, peer: &Peer, method: Method, outcome: Outcome) {
    canvas.sign(sign(outcome), 0, 0);
    let tail_x = canvas.right(0, peer.tail());
    canvas.label(10, 0, tail_x - 12, verdict(method, outcome));
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
    if !draw_key_column(canvas, keys) {
        canvas.text(BESIDE, LAST_Y, &clock(seconds));
    }
}

/// The keys, or how far a hold is; true if that takes the whole column.
fn draw_key_column(canvas: &mut Canvas<'_>, keys: &Keys) -> bool {
    if let Press::Holding(step) | Press::Blocking(step) = keys.press {
        canvas.bar(BESIDE, 12, 24, 18, step, Press::STEPS);
        return true;
    }
    if keys.accept.is_some() {
        draw_key(canvas, 9, Sign::Tick, keys.accept.as_deref());
        draw_key(canvas, 16, Sign::Cross, keys.reject.as_deref());
    }
    false
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
