//! The layout for panels of 128 by 32 pixels: digits on the left, what goes with them around.

use super::canvas::Canvas;
use super::digits::SMALL;
use super::entry::{Entry, PIN};
use super::font::TEXT;
use super::menu::{List, draw_identify};
use super::names::legible;
use super::sign::Sign;
use super::words::{VERSION, Words, sign};
use super::{clock, shorten, six_digits};
use crate::pairing::{Health, Keys, Method, Outcome, Passkey, Peer, Press, Screen};

/// Where the first digit is.
pub(super) const DIGITS: (i32, i32) = (0, 10);
const PIN_Y: i32 = 10;
const LAST_Y: i32 = 23;
/// Where the column beside the digits begins: four characters.
const BESIDE: i32 = 104;
/// How much room there is beside it.
const LEFT: i32 = BESIDE - 2;
const LIST: List = List { y: 12, pitch: 10, rows: 2, narrow: false };

pub(super) fn draw(screen: &Screen, words: &Words, canvas: &mut Canvas<'_>) {
    Drawing { canvas, words }.draw(screen);
}

struct Drawing<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    words: &'a Words,
}

impl Drawing<'_, '_> {
    fn draw(&mut self, screen: &Screen) {
        let words = self.words;
        match screen {
            Screen::Idle { name, health, open } => {
                self.text(0, &shorten(&legible(name), TEXT.columns(self.canvas.width)));
                self.text(10, words.health(*health));
                self.canvas.hint(self.bottom(), words.hold_to_pair, open.as_deref());
            }
            // A code to scan fits on no such panel.
            Screen::Scan { .. } => {}
            Screen::Window { name, health, seconds, close, .. } => {
                self.canvas.line(0, words.pairing_open, &clock(*seconds));
                let name = shorten(&legible(name), TEXT.columns(self.canvas.width));
                let is_ready = *health == Health::Ready;
                self.text(10, if is_ready { &name } else { words.health(*health) });
                self.canvas.hint(self.bottom(), words.press_to_close, close.as_deref());
            }
            Screen::Opening { step } => {
                self.text(0, words.keep_holding);
                self.text(10, words.to_open);
                self.canvas.bar(0, LAST_Y, self.canvas.width, 8, *step, Press::STEPS);
            }
            Screen::Paused { seconds, open } => {
                self.canvas.line(0, words.paused, &clock(*seconds));
                self.text(11, words.too_many_failed);
                self.canvas.hint(LAST_Y, words.hold_to_go_on, open.as_deref());
            }
            Screen::Menu { items, at } => LIST.draw_menu(self.canvas, words, items, *at),
            Screen::Devices { peers, at } => LIST.draw_devices(self.canvas, words, peers, *at),
            Screen::Identify { name } => draw_identify(self.canvas, words, name),
            Screen::ForgetAll { bonds, seconds } => {
                self.canvas.inverted(0, words.forget_all, "");
                self.text(11, &words.devices.with(*bonds));
                self.canvas.fitted(0, LAST_Y, 94, words.let_go_to_keep);
                let seconds = u8::try_from(*seconds).unwrap_or(u8::MAX).min(99);
                SMALL.number(self.canvas, self.canvas.width, 11, seconds);
            }
            Screen::ForgotAll { forgotten, left: 0 } => {
                self.verdict(Sign::Tick, words.verdicts.forgotten, self.canvas.width);
                self.text(11, &words.devices.with(*forgotten));
                self.text(22, words.pair_them_again);
            }
            Screen::ForgotAll { forgotten, left } => {
                self.verdict(Sign::Cross, words.verdicts.not_all_gone, self.canvas.width);
                self.text(11, &words.deleted.with(*forgotten));
                self.text(22, &words.kept.with(left));
            }
            Screen::About { name, address, capability, bonds } => {
                self.text(0, &shorten(&legible(name), TEXT.columns(self.canvas.width)));
                self.text(8, if address.is_empty() { words.no_address } else { address });
                self.text(15, words.capability(*capability));
                self.canvas.line(LAST_Y, &words.devices.with(*bonds), VERSION);
            }
            Screen::Device { peer, connected, keys } => {
                self.question(words.forget_device, peer, keys);
                self.canvas.fitted(0, 20, LEFT, words.connection(*connected));
                self.draw_key_column(keys);
            }
            Screen::Keep { peer, seconds, keys } => {
                self.question(words.keep_pairing, peer, keys);
                self.ask(words.unverified, keys, *seconds);
            }
            Screen::JustWorks { peer, seconds, keys } => {
                self.question(words.pair_without_code, peer, keys);
                self.ask(words.did_you, keys, *seconds);
            }
            Screen::Service { peer, service, seconds, keys } => {
                self.question(words.allow_service, peer, keys);
                self.ask(words.service(service), keys, *seconds);
            }
            Screen::Forget { peer, seconds, keys } => {
                self.question(words.forget_device, peer, keys);
                self.ask(words.deleted_there, keys, *seconds);
            }
            Screen::Compare { peer, passkey, seconds, keys } => {
                self.headline(words.same_not_typed, peer, keys);
                self.draw_passkey(passkey);
                self.draw_keys(keys, *seconds);
            }
            Screen::Settling { peer, passkey: Some(passkey), cancel } => {
                // Still a number that is compared, and typed nowhere.
                self.canvas.inverted(0, words.confirm_there, peer.tail());
                self.draw_passkey(passkey);
                self.draw_key(16, Sign::Cross, cancel.as_deref());
            }
            Screen::Settling { peer, passkey: None, cancel } => {
                self.canvas.line(0, words.waiting, peer.tail());
                self.text(11, words.its_part);
                self.draw_cancel(cancel.as_deref());
            }
            Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
                self.canvas.line(0, words.type_this, peer.tail());
                self.draw_passkey(passkey);
                if *entered > 0 {
                    self.canvas.text(BESIDE, 9, &format!("{entered}/6"));
                }
                self.draw_beside(cancel.as_deref(), *seconds);
            }
            Screen::TypePin { peer, pin, seconds, keys } => {
                let headline = match keys.press {
                    Press::Blocking(_) => words.hold_to_block,
                    _ if keys.accept.is_some() => words.use_pin,
                    _ => words.type_pin,
                };
                self.canvas.line(0, headline, peer.tail());
                if let Some(digits) = six_digits(pin) {
                    SMALL.draw(self.canvas, DIGITS.0, DIGITS.1, &digits);
                    if keys.accept.is_some() {
                        self.draw_keys(keys, *seconds);
                    } else {
                        self.draw_beside(keys.reject.as_deref(), *seconds);
                    }
                } else {
                    self.canvas.text_in(PIN, 0, PIN_Y, pin.as_str());
                    self.draw_cancel(keys.reject.as_deref());
                    self.canvas.right(LAST_Y, &clock(*seconds));
                }
            }
            Screen::EnterPasskey { peer, typed, pick, seconds, keys } => {
                let headline = format!("{} {}", words.its_code, clock(*seconds));
                self.canvas.line(0, &headline, peer.tail());
                let entry = Entry { words, typed, pick: *pick, keys, whole: Some(6) };
                entry.draw_cells(self.canvas, &SMALL, DIGITS.0, DIGITS.1);
                entry.draw_column(self.canvas, BESIDE);
            }
            Screen::EnterPin { peer, typed, pick, seconds, keys } => {
                self.canvas.line(0, words.pin_on_both, peer.tail());
                let entry = Entry { words, typed, pick: *pick, keys, whole: None };
                entry.draw_pin(self.canvas, PIN_Y);
                entry.draw_arrows_beside(self.canvas, PIN_Y);
                entry.draw_line(self.canvas, LAST_Y);
                self.canvas.right(LAST_Y, &clock(*seconds));
            }
            Screen::Ended { peer, method, outcome } => self.draw_ended(peer, *method, *outcome),
        }
    }

    /// The last line of a screen that can be moved.
    const fn bottom(&self) -> i32 {
        self.canvas.height - 9
    }

    fn text(&mut self, y: i32, text: &str) {
        self.canvas.fitted(0, y, self.canvas.width, text);
    }

    /// Dark on light: what the keys do, or else what is asked.
    fn headline(&mut self, question: &str, peer: &Peer, keys: &Keys) {
        let headline = match keys.press {
            Press::Holding(_) => self.words.go_on_holding,
            Press::Blocking(_) => self.words.hold_to_block,
            Press::LetGo => self.words.let_go_first,
            Press::Hold | Press::Tap => question,
        };
        self.canvas.inverted(0, headline, peer.tail());
    }

    /// The same with the name below.
    fn question(&mut self, question: &str, peer: &Peer, keys: &Keys) {
        self.headline(question, peer, keys);
        self.canvas.name(0, 10, LEFT, peer, self.words);
    }

    fn ask(&mut self, what: &str, keys: &Keys, seconds: u64) {
        self.canvas.fitted(0, 20, LEFT, what);
        self.draw_keys(keys, seconds);
    }

    fn verdict(&mut self, sign: Sign, verdict: &str, right: i32) {
        self.canvas.sign(sign, 0, 0);
        self.canvas.fitted(10, 0, right - 12, verdict);
    }

    fn draw_ended(&mut self, peer: &Peer, method: Method, outcome: Outcome) {
        let tail_x = self.canvas.right(0, peer.tail());
        self.verdict(sign(outcome), self.words.verdict(method, outcome), tail_x);
        let (reason, remedy) = self.words.why(method, outcome);
        if sign(outcome) == Sign::Mind {
            self.canvas.inverted(11, reason, "");
        } else {
            self.text(11, reason);
        }
        if outcome.is_paired() {
            self.canvas.name(0, 22, self.canvas.width, peer, self.words);
        } else {
            self.text(22, remedy);
        }
    }

    fn draw_passkey(&mut self, passkey: &Passkey) {
        SMALL.draw(self.canvas, DIGITS.0, DIGITS.1, &passkey.digits());
    }

    fn draw_keys(&mut self, keys: &Keys, seconds: u64) {
        if !self.draw_key_column(keys) {
            self.canvas.text(BESIDE, LAST_Y, &clock(seconds));
        }
    }

    /// The keys, or how far a hold is; true if that takes the whole column.
    fn draw_key_column(&mut self, keys: &Keys) -> bool {
        if let Press::Holding(step) | Press::Blocking(step) = keys.press {
            self.canvas.bar(BESIDE, 12, 24, 18, step, Press::STEPS);
            return true;
        }
        if keys.accept.is_some() {
            self.draw_key(9, Sign::Tick, keys.accept.as_deref());
            self.draw_key(16, Sign::Cross, keys.reject.as_deref());
        }
        false
    }

    fn draw_beside(&mut self, cancel: Option<&str>, seconds: u64) {
        self.draw_key(16, Sign::Cross, cancel);
        self.canvas.text(BESIDE, LAST_Y, &clock(seconds));
    }

    /// A key in the column beside the digits.
    fn draw_key(&mut self, y: i32, sign: Sign, key: Option<&str>) {
        if let Some(label) = key {
            self.canvas.sign(sign, BESIDE, y + 1);
            self.canvas.label(BESIDE + 9, y, 15, label);
        }
    }

    fn draw_cancel(&mut self, cancel: Option<&str>) {
        if let Some(label) = cancel {
            self.canvas.sign(Sign::Cross, 0, LAST_Y + 1);
            self.canvas.fitted(10, LAST_Y, 85, &self.words.cancel.with(label));
        }
    }
}
