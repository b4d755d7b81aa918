//! The layout for panels of at least 128 by 64 pixels: seven rows of text, or digits in the middle.

use embedded_graphics::mono_font::iso_8859_1::{FONT_6X13, FONT_8X13_BOLD};

use super::canvas::{Canvas, Sign, width_of};
use super::digits::LARGE;
use super::entry::{Entry, PIN};
use super::menu::{List, draw_identify};
use super::words::{VERSION, capability, connection, devices, health, sign, verdict, why};
use super::{clock, shorten, six_digits, who};
use crate::display::Frame;
use crate::pairing::{Health, Keys, Method, Outcome, Passkey, Peer, PinCode, Press, Screen};

const COLUMNS: usize = 21;
const DIGITS_Y: i32 = 19;
const PIN_Y: i32 = 26;
/// The line below the digits, and the last one.
const HINT_Y: i32 = 47;
const KEYS_Y: i32 = 55;
const LIST: List = List { y: 12, pitch: 10, rows: 5 };

pub(super) fn draw(screen: &Screen, frame: &mut Frame) {
    let mut canvas = Canvas::new(frame);
    match screen {
        Screen::Idle { name, health, open } => {
            draw_idle(&mut canvas, name, *health);
            canvas.hint(KEYS_Y, "Hold", open.as_deref(), "pair");
        }
        Screen::Opening { step } => {
            canvas.centred_in(&FONT_8X13_BOLD, 10, "Keep holding");
            canvas.centred(28, "to open pairing");
            draw_bar(&mut canvas, 0, *step);
        }
        Screen::ForgetAll { bonds, seconds } => {
            canvas.inverted(0, "FORGET ALL DEVICES", "");
            let seconds = u8::try_from(*seconds).unwrap_or(u8::MAX).min(99);
            let width = if seconds > 9 { LARGE.left(1) } else { 0 } + LARGE.cell().0;
            LARGE.number(canvas.frame, (canvas.width + width) / 2, 13, seconds);
            canvas.centred(43, &devices(*bonds));
            canvas.centred(KEYS_Y, "Let go to keep them");
        }
        Screen::ForgotAll { forgotten, left: 0 } => {
            draw_verdict(&mut canvas, Sign::Tick, "FORGOTTEN");
            canvas.text(0, 16, &devices(*forgotten));
            canvas.text(0, 32, "Deleted here");
            canvas.text(0, 44, "Now pair them again");
        }
        Screen::ForgotAll { forgotten, left } => {
            draw_verdict(&mut canvas, Sign::Cross, "NOT ALL GONE");
            canvas.text(0, 16, &format!("{} deleted", devices(*forgotten)));
            canvas.text(0, 32, &format!("Bluetooth kept {left}"));
            canvas.text(0, 44, "See the log");
        }
        Screen::Paused { seconds, open } => {
            canvas.text_in(&FONT_8X13_BOLD, 0, 0, "PAUSED");
            canvas.right(2, &clock(*seconds));
            canvas.text(0, 20, "Too many pairings");
            canvas.text(0, 30, "came to nothing.");
            canvas.hint(KEYS_Y, "Hold", open.as_deref(), "go on");
        }
        Screen::Menu { items, at } => LIST.draw_menu(&mut canvas, items, *at),
        Screen::Devices { peers, at } => LIST.draw_devices(&mut canvas, peers, *at),
        Screen::Device { peer, connected, keys } => {
            canvas.inverted(0, "FORGET DEVICE?", "");
            draw_peer(&mut canvas, 9, peer);
            canvas.text(0, 23, &peer.address);
            canvas.text(0, 33, connection(*connected));
            draw_keys(&mut canvas, keys, "");
        }
        Screen::About { name, address, capability: registered, bonds } => {
            canvas.text(0, 0, &shorten(name, COLUMNS));
            canvas.text(0, 12, if address.is_empty() { "No address" } else { address });
            canvas.text(0, 22, capability(*registered));
            canvas.text(0, 32, &format!("{} paired", devices(*bonds)));
            canvas.text(0, KEYS_Y, &format!("pairpanel {VERSION}"));
        }
        Screen::Identify { name } => draw_identify(&mut canvas, name),
        Screen::Keep { peer, seconds, keys } => {
            canvas.inverted(0, "KEEP PAIRING?", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            canvas.centred(21, "UNVERIFIED PAIRING");
            canvas.centred(31, "No answer: deleted");
            draw_keys(&mut canvas, keys, "");
        }
        Screen::Window { name, health, seconds, close } => {
            draw_window(&mut canvas, name, *health, *seconds);
            canvas.hint(KEYS_Y, "Press", close.as_deref(), "close");
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
        Screen::Service { peer, service, seconds, keys } => {
            canvas.inverted(0, "ALLOW SERVICE?", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            canvas.centred(23, service);
            canvas.centred(36, "For this one time.");
            draw_keys(&mut canvas, keys, "");
        }
        Screen::Forget { peer, seconds, keys } => {
            canvas.inverted(0, "FORGET DEVICE?", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            canvas.centred(20, "It came and left.");
            canvas.centred(29, "Deleted there? Delete");
            canvas.centred(38, "here, and pair again.");
            draw_keys(&mut canvas, keys, "");
        }
        Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
            canvas.line(0, "TYPE THIS THERE", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            draw_passkey(&mut canvas, passkey);
            draw_progress(&mut canvas, *entered);
            draw_cancel(&mut canvas, cancel.as_deref());
        }
        Screen::TypePin { peer, pin, seconds, keys } => {
            let asks = keys.accept.is_some();
            let headline = if asks { "PAIR BY THIS PIN?" } else { "TYPE PIN THERE" };
            canvas.line(0, headline, &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            draw_pin(&mut canvas, pin);
            if asks {
                draw_keys(&mut canvas, keys, "To be typed there");
            } else {
                canvas.centred(HINT_Y, "then press Enter");
                draw_cancel(&mut canvas, keys.reject.as_deref());
            }
        }
        Screen::EnterPasskey { peer, typed, pick, seconds, keys } => {
            canvas.line(0, "ENTER ITS CODE", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            let entry = Entry { typed, pick: *pick, keys, whole: Some(6) };
            let x = digits_x(canvas.width);
            entry.draw_cells(&mut canvas, &LARGE, x, DIGITS_Y);
            entry.draw_lines(&mut canvas, HINT_Y, KEYS_Y, "It says compare? Stop");
        }
        Screen::EnterPin { peer, typed, pick, seconds, keys } => {
            canvas.line(0, "PIN HERE & THERE", &clock(*seconds));
            draw_peer(&mut canvas, 9, peer);
            let entry = Entry { typed, pick: *pick, keys, whole: None };
            entry.draw_pin(&mut canvas, PIN_Y);
            entry.draw_arrows(&mut canvas, PIN_Y);
            entry.draw_lines(&mut canvas, HINT_Y, KEYS_Y, "Its own PIN, or any");
        }
        Screen::Settling { peer, passkey, cancel } => {
            draw_settling(&mut canvas, peer, passkey.as_ref());
            draw_cancel(&mut canvas, cancel.as_deref());
        }
        Screen::Ended { peer, method, outcome } => draw_ended(&mut canvas, peer, *method, *outcome),
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
    canvas.line(y, &name, tail);
}

fn draw_settling(canvas: &mut Canvas<'_>, peer: &Peer, passkey: Option<&Passkey>) {
    match passkey {
        Some(passkey) => {
            // Still a number that is compared, and typed nowhere.
            canvas.inverted(0, "CONFIRM THERE TOO", "");
            draw_passkey(canvas, passkey);
            canvas.centred(HINT_Y, "Do not type this code");
        }
        None => {
            canvas.text(0, 0, "WAITING...");
            canvas.centred(24, "The other device has");
            canvas.centred(34, "still to do its part.");
        }
    }
    draw_peer(canvas, 9, peer);
}

fn draw_ended(canvas: &mut Canvas<'_>, peer: &Peer, method: Method, outcome: Outcome) {
    draw_verdict(canvas, sign(outcome), verdict(method, outcome));
    draw_peer(canvas, 16, peer);
    let (reason, remedy) = why(method, outcome);
    if sign(outcome) == Sign::Mind {
        canvas.inverted(32, reason, "");
    } else {
        canvas.text(0, 32, reason);
    }
    canvas.text(0, 44, remedy);
}

fn draw_verdict(canvas: &mut Canvas<'_>, sign: Sign, verdict: &str) {
    const X: i32 = 22;
    canvas.sign(sign, 8, 3);
    let fits = X + width_of(&FONT_8X13_BOLD, verdict) <= canvas.width;
    let font = if fits { &FONT_8X13_BOLD } else { &FONT_6X13 };
    canvas.text_in(font, X, 0, verdict);
}

fn draw_passkey(canvas: &mut Canvas<'_>, passkey: &Passkey) {
    LARGE.draw(canvas.frame, digits_x(canvas.width), DIGITS_Y, &passkey.digits());
}

fn draw_pin(canvas: &mut Canvas<'_>, pin: &PinCode) {
    match six_digits(pin) {
        Some(digits) => LARGE.draw(canvas.frame, digits_x(canvas.width), DIGITS_Y, &digits),
        None => canvas.centred_in(PIN, PIN_Y, pin.as_str()),
    }
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
    if let Press::Blocking(step) = keys.press {
        canvas.centred(HINT_Y, "Keep holding: BLOCK");
        canvas.sign(Sign::Cross, 0, KEYS_Y + 1);
        return draw_bar(canvas, 10, step);
    }
    let Some(accept) = &keys.accept else {
        canvas.centred(HINT_Y, hint);
        return;
    };
    match keys.press {
        Press::Holding(step) => {
            canvas.centred(HINT_Y, "Keep holding...");
            return draw_bar(canvas, 0, step);
        }
        Press::LetGo => canvas.centred(HINT_Y, "Let go of the key"),
        Press::Hold | Press::Tap | Press::Blocking(_) => canvas.centred(HINT_Y, hint),
    }
    if let Some(reject) = &keys.reject {
        canvas.sign(Sign::Cross, 0, KEYS_Y + 1);
        canvas.text(10, KEYS_Y, reject);
    }
    let verb = if keys.press == Press::Tap { "tap" } else { "hold" };
    canvas.right_with_tick(KEYS_Y, &format!("{verb} {accept}"));
}

/// How far a hold is.
fn draw_bar(canvas: &mut Canvas<'_>, x: i32, step: u8) {
    canvas.bar(x, KEYS_Y + 1, canvas.width - x, 8, step, Press::STEPS);
}

fn draw_cancel(canvas: &mut Canvas<'_>, cancel: Option<&str>) {
    if let Some(label) = cancel {
        canvas.sign(Sign::Cross, 0, KEYS_Y + 1);
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
