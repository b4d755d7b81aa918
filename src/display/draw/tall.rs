//! The layouts for panels of 128 by 64 pixels and of 128 by 128: rows of text, or digits in the
//! middle.

use super::canvas::Canvas;
use super::digits::{Digits, HUGE, LARGE};
use super::entry::{Entry, PIN};
use super::font::{BOLD, Font, HIGH, TEXT};
use super::menu::{List, draw_identify};
use super::names::legible;
use super::scan::{self, Scan};
use super::sign::Sign;
use super::words::{VERSION, Words, sign};
use super::{clock, shorten, six_digits};
use crate::pairing::{Health, Keys, Method, Outcome, Passkey, Peer, PinCode, Press, Screen};

/// What differs between the two.
pub(super) struct Page {
    font: &'static Font,
    /// The rows of a headline, and where the line below it begins.
    headline: i32,
    peer_y: i32,
    digits: &'static Digits,
    digits_y: i32,
    pin_y: i32,
    /// The line below the digits, which is always in the font of the lower panel, and the last one.
    hint_y: i32,
    keys_y: i32,
    /// From one row to where it is on this panel.
    stretch: i32,
    list: List,
    scan: Scan,
}

pub(super) static TALL: Page = Page {
    font: &TEXT,
    headline: 9,
    peer_y: 9,
    digits: &LARGE,
    digits_y: 19,
    pin_y: 26,
    hint_y: 47,
    keys_y: 55,
    stretch: 1,
    list: List { y: 12, pitch: 10, rows: 5, narrow: false },
    scan: scan::TALL,
};

pub(super) static SQUARE: Page = Page {
    font: &HIGH,
    headline: 13,
    peer_y: 13,
    digits: &HUGE,
    digits_y: 22,
    pin_y: 56,
    hint_y: 105,
    keys_y: 115,
    stretch: 2,
    list: List { y: 18, pitch: 15, rows: 7, narrow: false },
    scan: scan::SQUARE,
};

impl Page {
    /// Where the first digit is.
    pub(super) const fn digits_at(&self) -> (i32, i32) {
        ((128 - self.digits.width()) / 2, self.digits_y)
    }
}

pub(super) fn draw(screen: &Screen, words: &Words, canvas: &mut Canvas<'_>, page: &Page) {
    canvas.font = page.font;
    canvas.headline = page.headline;
    Drawing { canvas, words, page }.draw(screen);
}

struct Drawing<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    words: &'a Words,
    page: &'a Page,
}

impl Drawing<'_, '_> {
    fn draw(&mut self, screen: &Screen) {
        let words = self.words;
        match screen {
            Screen::Idle { name, health, open } => {
                self.text(0, &shorten(&legible(name), TEXT.columns(self.canvas.width)));
                self.text(18, words.health(*health));
                self.canvas.hint(self.bottom(), words.hold_to_pair, open.as_deref());
            }
            Screen::Window { name, health, seconds, close, scan } => {
                self.draw_window(name, *health, *seconds);
                let y = self.bottom() - self.page.font.height();
                self.canvas.hint(y, words.press_for_code, scan.as_deref());
                self.canvas.hint(self.bottom(), words.press_to_close, close.as_deref());
            }
            Screen::Scan { name, code, seconds, switch, close } => {
                let keys = (switch.as_deref(), close.as_deref());
                self.page.scan.draw(self.canvas, words, (name, *seconds), code, keys);
            }
            Screen::Opening { step } => {
                self.canvas.centred_in(&BOLD, self.y(10), words.keep_holding);
                self.centred(28, words.to_open);
                self.draw_bar(0, *step);
            }
            Screen::Paused { seconds, open } => {
                self.canvas.text_in(&BOLD, 0, 0, words.paused);
                self.canvas.right_in(&TEXT, 3, &clock(*seconds));
                self.text(24, words.too_many_failed);
                self.canvas.hint(self.page.keys_y, words.hold_to_go_on, open.as_deref());
            }
            Screen::Menu { items, at } => self.page.list.draw_menu(self.canvas, words, items, *at),
            Screen::Devices { peers, at } => {
                self.page.list.draw_devices(self.canvas, words, peers, *at);
            }
            Screen::Identify { name } => draw_identify(self.canvas, words, name),
            Screen::ForgetAll { bonds, seconds } => self.draw_forget_all(*bonds, *seconds),
            Screen::ForgotAll { forgotten, left } => self.draw_forgot_all(*forgotten, *left),
            Screen::About { name, address, capability, bonds } => {
                self.text(0, &shorten(&legible(name), TEXT.columns(self.canvas.width)));
                self.text(12, if address.is_empty() { words.no_address } else { address });
                self.text(22, words.capability(*capability));
                self.text(32, &words.devices.with(*bonds));
                self.canvas.text(0, self.page.keys_y, &format!("pairpanel {VERSION}"));
            }
            Screen::Device { peer, connected, keys } => {
                self.question(words.forget_device, None, peer);
                self.text(23, &peer.address);
                self.text(33, words.connection(*connected));
                self.draw_keys(keys, "");
            }
            Screen::Keep { peer, seconds, keys } => {
                self.question(words.keep_pairing, Some(*seconds), peer);
                self.centred(21, words.unverified);
                self.centred(31, words.no_answer_deleted);
                self.draw_keys(keys, "");
            }
            Screen::JustWorks { peer, seconds, keys } => {
                self.question(words.connect, Some(*seconds), peer);
                self.centred(21, words.no_code);
                self.centred(31, words.did_you);
                self.draw_keys(keys, "");
            }
            Screen::Service { peer, service, seconds, keys } => {
                self.question(words.allow_service, Some(*seconds), peer);
                self.centred(23, words.service(service));
                self.centred(36, words.this_once);
                self.draw_keys(keys, "");
            }
            Screen::Forget { peer, seconds, keys } => {
                self.question(words.forget_device, Some(*seconds), peer);
                self.centred(20, words.came_and_left);
                self.centred(29, words.deleted_there);
                self.centred(38, words.delete_here_too);
                self.draw_keys(keys, "");
            }
            Screen::Compare { peer, passkey, seconds, keys } => {
                self.question(words.same, Some(*seconds), peer);
                self.draw_passkey(passkey);
                self.draw_keys(keys, words.do_not_type);
            }
            Screen::Settling { peer, passkey, cancel } => {
                self.draw_settling(peer, passkey.as_ref());
                self.draw_cancel(cancel.as_deref());
            }
            Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
                self.order(words.type_this, Some(*seconds), peer);
                self.draw_passkey(passkey);
                self.draw_progress(*entered);
                self.draw_cancel(cancel.as_deref());
            }
            Screen::TypePin { peer, pin, seconds, keys } => {
                let asks = keys.accept.is_some();
                self.order(if asks { words.use_pin } else { words.type_pin }, Some(*seconds), peer);
                self.draw_pin(pin);
                if asks {
                    self.draw_keys(keys, words.to_be_typed);
                } else {
                    self.hint(words.then_enter);
                    self.draw_cancel(keys.reject.as_deref());
                }
            }
            Screen::EnterPasskey { peer, typed, pick, seconds, keys } => {
                self.order(words.enter_code, Some(*seconds), peer);
                let entry = Entry { words, typed, pick: *pick, keys, whole: Some(6) };
                let (x, y) = self.page.digits_at();
                entry.draw_cells(self.canvas, self.page.digits, x, y);
                let advice = words.compare_stop;
                entry.draw_lines(self.canvas, self.page.hint_y, self.page.keys_y, advice);
            }
            Screen::EnterPin { peer, typed, pick, seconds, keys } => {
                self.order(words.pin_on_both, Some(*seconds), peer);
                let entry = Entry { words, typed, pick: *pick, keys, whole: None };
                entry.draw_pin(self.canvas, self.page.pin_y);
                entry.draw_arrows(self.canvas, self.page.pin_y);
                let advice = words.own_pin;
                entry.draw_lines(self.canvas, self.page.hint_y, self.page.keys_y, advice);
            }
            Screen::Ended { peer, method, outcome } => self.draw_ended(peer, *method, *outcome),
        }
    }

    /// Where a row of the lower panel is on this one.
    const fn y(&self, y: i32) -> i32 {
        y * self.page.stretch
    }

    /// The last line of a screen that can be moved.
    const fn bottom(&self) -> i32 {
        self.canvas.height - self.page.font.height()
    }

    fn text(&mut self, y: i32, text: &str) {
        self.canvas.fitted(0, self.y(y), self.canvas.width, text);
    }

    fn centred(&mut self, y: i32, text: &str) {
        self.canvas.centred(self.y(y), text);
    }

    /// A headline that wants a yes or a no.
    fn question(&mut self, question: &str, seconds: Option<u64>, peer: &Peer) {
        self.canvas.inverted(0, question, &seconds.map_or_else(String::new, clock));
        self.canvas.peer(self.page.peer_y, peer, self.words);
    }

    /// A headline that says what to do.
    fn order(&mut self, order: &str, seconds: Option<u64>, peer: &Peer) {
        // In the place where the other one has it.
        let y = (self.page.headline - self.page.font.height()) / 2;
        self.canvas.line(y, order, &seconds.map_or_else(String::new, clock));
        self.canvas.peer(self.page.peer_y, peer, self.words);
    }

    fn draw_window(&mut self, name: &str, state: Health, seconds: u64) {
        self.canvas.line(0, self.words.pairing_open, &clock(seconds));
        if state == Health::Ready {
            self.text(16, self.words.find_it);
            let name = legible(name);
            let columns = BOLD.columns(self.canvas.width);
            self.canvas.text_in(&BOLD, 0, self.y(28), &shorten(&name, columns));
        } else {
            self.text(18, self.words.health(state));
        }
    }

    fn draw_forget_all(&mut self, bonds: usize, seconds: u64) {
        self.canvas.inverted(0, self.words.forget_all, "");
        let seconds = u8::try_from(seconds).unwrap_or(u8::MAX).min(99);
        let (digits, y) = (self.page.digits, self.y(13));
        let right = (self.canvas.width + digits.number_width(seconds)) / 2;
        digits.number(self.canvas, right, y, seconds);
        self.centred(43, &self.words.devices.with(bonds));
        self.canvas.centred(self.page.keys_y, self.words.let_go_to_keep);
    }

    fn draw_forgot_all(&mut self, forgotten: usize, left: usize) {
        let words = self.words;
        if left == 0 {
            self.draw_verdict(Sign::Tick, words.verdicts.forgotten);
            self.text(16, &words.devices.with(forgotten));
            self.text(32, words.deleted_here);
            self.text(44, words.pair_them_again);
        } else {
            self.draw_verdict(Sign::Cross, words.verdicts.not_all_gone);
            self.text(16, &words.deleted.with(forgotten));
            self.text(32, &words.kept.with(left));
            self.text(44, words.remedies.see_log);
        }
    }

    fn draw_settling(&mut self, peer: &Peer, passkey: Option<&Passkey>) {
        match passkey {
            Some(passkey) => {
                // Still a number that is compared, and typed nowhere.
                self.question(self.words.confirm_there, None, peer);
                self.draw_passkey(passkey);
                self.hint(self.words.do_not_type);
            }
            None => {
                self.order(self.words.waiting, None, peer);
                self.centred(28, self.words.its_part);
            }
        }
    }

    fn draw_ended(&mut self, peer: &Peer, method: Method, outcome: Outcome) {
        self.draw_verdict(sign(outcome), self.words.verdict(method, outcome));
        self.canvas.peer(self.y(16), peer, self.words);
        let (reason, remedy) = self.words.why(method, outcome);
        if sign(outcome) == Sign::Mind {
            self.canvas.inverted(self.y(32), reason, "");
        } else {
            self.text(32, reason);
        }
        self.text(44, remedy);
    }

    fn draw_verdict(&mut self, sign: Sign, verdict: &str) {
        const X: i32 = 22;
        self.canvas.sign(sign, 8, 3);
        let fits = X + BOLD.width(verdict) <= self.canvas.width;
        self.canvas.text_in(if fits { &BOLD } else { &HIGH }, X, 0, verdict);
    }

    fn draw_passkey(&mut self, passkey: &Passkey) {
        let (x, y) = self.page.digits_at();
        self.page.digits.draw(self.canvas, x, y, &passkey.digits());
    }

    fn draw_pin(&mut self, pin: &PinCode) {
        let (x, y) = self.page.digits_at();
        match six_digits(pin) {
            Some(digits) => self.page.digits.draw(self.canvas, x, y, &digits),
            None => self.canvas.centred_in(PIN, self.page.pin_y, pin.as_str()),
        }
    }

    /// The line below the digits.
    fn hint(&mut self, hint: &str) {
        self.canvas.centred_in(&TEXT, self.page.hint_y, hint);
    }

    fn draw_keys(&mut self, keys: &Keys, hint: &str) {
        let (words, y) = (self.words, self.page.keys_y);
        if let Press::Blocking(step) = keys.press {
            self.hint(words.hold_to_block);
            self.canvas.sign(Sign::Cross, 0, self.sign_y());
            return self.draw_bar(10, step);
        }
        let Some(accept) = &keys.accept else {
            return self.hint(hint);
        };
        match keys.press {
            Press::Holding(step) => {
                self.hint(words.go_on_holding);
                return self.draw_bar(0, step);
            }
            Press::LetGo => self.hint(words.let_go_first),
            Press::Hold | Press::Tap | Press::Blocking(_) => self.hint(hint),
        }
        let mut left = 0;
        if let Some(reject) = &keys.reject {
            self.canvas.sign(Sign::Cross, 0, self.sign_y());
            self.canvas.text(10, y, reject);
            left = 10 + self.page.font.width(reject);
        }
        let verb = if keys.press == Press::Tap { words.tap } else { words.hold };
        let right = self.canvas.width - 10;
        self.canvas.fitted_right(right, y, right - left - 4, &verb.with(accept));
        self.canvas.sign(Sign::Tick, self.canvas.width - 7, self.sign_y());
    }

    /// Where the signs on the last line begin.
    const fn sign_y(&self) -> i32 {
        self.page.keys_y + self.page.font.rise() - 5
    }

    /// How far a hold is.
    fn draw_bar(&mut self, x: i32, step: u8) {
        let y = self.canvas.height - 8;
        self.canvas.bar(x, y, self.canvas.width - x, 8, step, Press::STEPS);
    }

    fn draw_cancel(&mut self, cancel: Option<&str>) {
        if let Some(label) = cancel {
            self.canvas.sign(Sign::Cross, 0, self.sign_y());
            let text = self.words.cancel.with(label);
            self.canvas.fitted(10, self.page.keys_y, self.canvas.width - 10, &text);
        }
    }

    /// How many of the six digits have been typed; nothing while it is not known.
    fn draw_progress(&mut self, entered: u8) {
        if entered == 0 {
            return;
        }
        self.canvas.text_in(&TEXT, 0, self.page.hint_y, self.words.typed);
        let y = self.page.hint_y + 1;
        for n in 0..6 {
            let x = 40 + 12 * n;
            if n < i32::from(entered) {
                self.canvas.fill(x, y, 6, 6);
            } else {
                self.canvas.fill(x + 2, y + 2, 2, 2);
            }
        }
    }
}
