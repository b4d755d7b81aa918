//! The layouts for panels of 64 by 48 and of 72 by 40 pixels: a headline, and below it digits or a
//! few lines of small text. What stands around the digits is in `notes`.

use super::canvas::Canvas;
use super::digits::{self, Digits};
use super::entry::Entry;
use super::font::{Font, HIGH, SMALL, TEXT, TINY};
use super::menu::{List, draw_identify};
use super::names::legible;
use super::sign::Sign;
use super::words::{Around, VERSION, Words, sign};
use super::{clock, shorten, six_digits};
use crate::pairing::{Health, Keys, Method, Outcome, Peer, Press, Screen};

/// What differs between the two.
pub(super) struct Page {
    pub(super) digits: &'static Digits,
    /// Whether the digits are in one row, and what goes with them is below and not beside them.
    pub(super) one_row: bool,
    /// Where the name of a device is, the font of the line below it, and where what is asked begins
    /// and ends.
    name_y: i32,
    who: &'static Font,
    ask_y: (i32, i32),
    /// From one line to the next where there are five.
    pitch: i32,
    list: List,
}

pub(super) static NARROW: Page = Page {
    digits: &digits::NARROW,
    one_row: false,
    name_y: 9,
    who: &SMALL,
    ask_y: (25, 40),
    pitch: 9,
    list: List { y: 8, pitch: 8, rows: 5, narrow: true },
};

pub(super) static TINIEST: Page = Page {
    digits: &digits::SLIM,
    one_row: true,
    name_y: 8,
    who: &TINY,
    ask_y: (23, 32),
    pitch: 8,
    list: List { y: 8, pitch: 8, rows: 4, narrow: true },
};

/// Where the first digit is when it is shown, and when it is typed and has a line below it.
pub(super) const DIGITS: [(i32, i32); 2] = [(0, 9), (0, 7)];
/// Where the line below the name of a device is.
const WHO_Y: i32 = 17;
/// The fonts of several lines. Japanese is only in the last one.
pub(super) const FONTS: [&Font; 3] = [&SMALL, &TINY, &TEXT];

pub(super) fn draw(screen: &Screen, words: &Words, canvas: &mut Canvas<'_>, page: &Page) {
    canvas.headline = 8;
    Drawing { canvas, words, page }.draw(screen);
}

pub(super) struct Drawing<'a, 'b> {
    pub(super) canvas: &'a mut Canvas<'b>,
    pub(super) words: &'a Words,
    pub(super) page: &'a Page,
}

impl Drawing<'_, '_> {
    fn draw(&mut self, screen: &Screen) {
        let words = self.words;
        match screen {
            Screen::Idle { name, health, open } => {
                self.own_name(0, name);
                // What is amiss takes the room of what can be done.
                let open = open.as_deref().filter(|_| *health == Health::Ready);
                let hint = open.map(|label| words.hold_to_pair.with(label)).unwrap_or_default();
                // Where there are few lines, what can be done says that all is well.
                let health = words.health(*health);
                let says = if self.page.one_row && open.is_some() { "" } else { health };
                self.block(12, self.canvas.height, &[says, &hint]);
            }
            // A code to scan fits on no such panel.
            Screen::Scan { .. } => {}
            Screen::Window { name, health, seconds, close, .. } => {
                self.canvas.fitted(0, 0, self.canvas.width, words.pairing_open);
                let bottom = self.canvas.height - 6;
                self.canvas.right_in(&TINY, bottom, &clock(*seconds));
                if *health != Health::Ready {
                    self.block(9, bottom, &[words.health(*health)]);
                } else if self.page.one_row {
                    self.small_name(9, name);
                    self.hint(18, bottom, words.press_to_close, close.as_deref());
                } else {
                    self.own_name(9, name);
                    self.hint(20, bottom, words.press_to_close, close.as_deref());
                }
            }
            Screen::Opening { step } => {
                self.block(0, self.last() - 8, &[words.keep_holding, words.to_open]);
                self.bar(*step);
            }
            Screen::Paused { seconds, open } => {
                let end = self.canvas.right_in(&TINY, 1, &clock(*seconds));
                self.canvas.fitted(0, 0, end - 1, words.paused);
                self.block(8, 24, &[words.too_many_failed]);
                self.hint(24, self.canvas.height, words.hold_to_go_on, open.as_deref());
            }
            Screen::Menu { items, at } => self.page.list.draw_menu(self.canvas, words, items, *at),
            Screen::Devices { peers, at } => {
                self.page.list.draw_devices(self.canvas, words, peers, *at);
            }
            Screen::Identify { name } => draw_identify(self.canvas, words, name),
            Screen::ForgetAll { bonds, seconds } => self.draw_forget_all(*bonds, *seconds),
            Screen::ForgotAll { forgotten, left: 0 } => {
                self.verdict(Sign::Tick, words.verdicts.forgotten);
                let devices = words.devices.with(*forgotten);
                self.block(10, self.canvas.height, &[&devices, words.pair_them_again]);
            }
            Screen::ForgotAll { forgotten, left } => {
                self.verdict(Sign::Cross, words.verdicts.not_all_gone);
                let (deleted, kept) = (words.deleted.with(*forgotten), words.kept.with(left));
                self.block(10, self.canvas.height, &[&deleted, &kept]);
            }
            Screen::About { name, address, capability, bonds } => {
                let pitch = self.page.pitch;
                self.small_name(0, name);
                let address = if address.is_empty() { words.no_address } else { address };
                self.line(pitch, &address.replace(':', ""));
                self.line(2 * pitch, words.capability(*capability));
                self.line(3 * pitch, &words.devices.with(*bonds));
                let version = format!("pairpanel {VERSION}");
                self.canvas.text_in(&TINY, 0, self.last() - 1, &version);
            }
            Screen::Device { peer, connected, keys } => {
                self.question(words.forget_device, peer, None, keys);
                self.ask(&[words.connection(*connected)], keys);
            }
            Screen::Keep { peer, seconds, keys } => {
                self.question(words.keep_pairing, peer, Some(*seconds), keys);
                self.ask(&[words.unverified], keys);
            }
            Screen::JustWorks { peer, seconds, keys } => {
                self.question(words.pair_without_code, peer, Some(*seconds), keys);
                self.ask(&[words.did_you], keys);
            }
            Screen::Service { peer, service, seconds, keys } => {
                self.question(words.allow_service, peer, Some(*seconds), keys);
                self.ask(&[self.service(words.service(service))], keys);
            }
            Screen::Forget { peer, seconds, keys } => {
                self.question(words.forget_device, peer, Some(*seconds), keys);
                self.ask(&[words.deleted_there], keys);
            }
            Screen::Compare { peer, passkey, seconds, keys } => {
                self.draw_compare(peer, passkey, *seconds, keys);
            }
            Screen::Settling { peer, passkey: Some(passkey), cancel } => {
                self.draw_settling(peer, passkey, cancel.as_deref());
            }
            Screen::Settling { peer, passkey: None, cancel } => {
                self.order(words.waiting);
                let (y, bottom) = self.page.ask_y;
                let last = self.last();
                if self.page.one_row {
                    self.name(peer);
                    self.canvas.right_in(&TINY, last, peer.tail());
                    self.block(WHO_Y, bottom, &[words.its_part]);
                } else {
                    self.peer(peer, None);
                    self.block(y, bottom, &[words.its_part]);
                }
                self.key(0, last, Sign::Cross, cancel.as_deref(), 40);
            }
            Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
                self.order(words.type_this);
                self.digits(&passkey.digits());
                self.draw_progress(*entered);
                self.draw_cancel(cancel.as_deref());
                self.who(peer, *seconds);
            }
            Screen::TypePin { peer, pin, seconds, keys } => {
                let asks = keys.accept.is_some();
                self.order(match keys.press {
                    Press::Holding(_) if asks => words.go_on_holding,
                    Press::Blocking(_) => words.hold_to_block,
                    _ if asks => words.use_pin,
                    _ => words.type_pin,
                });
                if let Some(digits) = six_digits(pin) {
                    self.digits(&digits);
                    if asks {
                        self.draw_keys(keys);
                    } else {
                        self.draw_cancel(keys.reject.as_deref());
                    }
                    self.who(peer, *seconds);
                } else {
                    self.draw_long_pin(peer, pin.as_str(), *seconds, keys.reject.as_deref());
                }
            }
            Screen::EnterPasskey { peer, typed, pick, seconds, keys } => {
                let end = self.canvas.right_in(&TINY, 0, &clock(*seconds));
                // A letter of seven rows would touch the digits.
                let code = if TINY.has(words.its_code) { words.its_code } else { "CODE?" };
                self.top(end - 1, code);
                let entry = Entry { words, typed, pick: *pick, keys, whole: Some(6) };
                let (x, y) = DIGITS[1];
                entry.draw_cells(self.canvas, self.page.digits, x, y);
                self.draw_entry(&entry, peer);
            }
            Screen::EnterPin { peer, typed, pick, seconds, keys } => {
                let end = self.canvas.right_in(&TINY, 0, peer.tail());
                self.top(end - 1, words.same_pin);
                let entry = Entry { words, typed, pick: *pick, keys, whole: None };
                entry.draw_pin(self.canvas, 7);
                self.draw_pin_keys(&entry, *seconds);
            }
            Screen::Ended { peer, method, outcome } => self.draw_ended(peer, *method, *outcome),
        }
    }

    /// Where the last line begins, and the bar that takes its place.
    pub(super) const fn last(&self) -> i32 {
        self.canvas.height - 6
    }

    fn block(&mut self, y: i32, bottom: i32, texts: &[&str]) {
        let size = (self.canvas.width, bottom - y);
        self.canvas.block(&FONTS, (0, y), size, texts);
    }

    fn line(&mut self, y: i32, text: &str) {
        self.canvas.fitted(0, y, self.canvas.width, text);
    }

    fn centred(&mut self, y: i32, text: &str) {
        let font =
            FONTS.into_iter().find(|font| font.has(text) && font.ink(text) <= self.canvas.width);
        self.canvas.centred_in(font.unwrap_or(&TINY), y, text);
    }

    fn own_name(&mut self, y: i32, name: &str) {
        let name = legible(name);
        let fits = HIGH.ink(&name) <= self.canvas.width;
        let font = if fits || !SMALL.has(&name) { &HIGH } else { &SMALL };
        let text = shorten(&name, font.columns(self.canvas.width));
        self.canvas.text_in(font, 0, if fits { y - 2 } else { y }.max(0), &text);
    }

    fn small_name(&mut self, y: i32, name: &str) {
        let name = legible(name);
        let font = if SMALL.has(&name) { &SMALL } else { &TEXT };
        self.canvas.text_in(font, 0, y, &shorten(&name, font.columns(self.canvas.width)));
    }

    /// What a key does.
    fn hint(&mut self, y: i32, bottom: i32, does: Around, key: Option<&str>) {
        if let Some(label) = key {
            self.block(y, bottom, &[&does.with(label)]);
        }
    }

    fn draw_forget_all(&mut self, bonds: usize, seconds: u64) {
        let (words, digits) = (self.words, self.page.digits);
        self.canvas.inverted(0, words.forget_all, "");
        let seconds = u8::try_from(seconds).unwrap_or(u8::MAX).min(99);
        let (width, devices) = (self.canvas.width, words.devices.with(bonds));
        if self.page.one_row {
            digits.number(self.canvas, width, 10, seconds);
            let room = width - digits.number_width(99) - 2;
            self.canvas.block(&FONTS, (0, 11), (room, 18), &[&devices]);
            self.centred(31, words.let_go_to_keep);
        } else {
            digits.number(self.canvas, (width + digits.number_width(seconds)) / 2, 10, seconds);
            self.centred(30, &devices);
            self.centred(39, words.let_go_to_keep);
        }
    }

    /// What the keys do, or else what is asked.
    pub(super) const fn headline<'w>(&self, question: &'w str, keys: &Keys) -> &'w str {
        match keys.press {
            Press::Holding(_) => self.words.go_on_holding,
            Press::Blocking(_) => self.words.hold_to_block,
            Press::LetGo => self.words.let_go_first,
            Press::Hold | Press::Tap => question,
        }
    }

    fn order(&mut self, order: &str) {
        self.line(0, order);
    }

    /// A headline of seven rows.
    fn top(&mut self, width: i32, text: &str) {
        if TINY.has(text) && TINY.ink(text) <= width {
            self.canvas.text_in(&TINY, 0, 0, text);
        } else {
            self.canvas.text_in(&TEXT, 0, -1, text);
        }
    }

    fn question(&mut self, question: &str, peer: &Peer, seconds: Option<u64>, keys: &Keys) {
        self.canvas.inverted(0, self.headline(question, keys), "");
        self.peer(peer, seconds);
    }

    /// The name, and below it the end of the address with the clock.
    fn peer(&mut self, peer: &Peer, seconds: Option<u64>) {
        self.name(peer);
        let who = self.page.who;
        self.canvas.text_in(who, 0, WHO_Y, peer.tail());
        if let Some(seconds) = seconds {
            self.canvas.right_in(who, WHO_Y, &clock(seconds));
        }
    }

    fn name(&mut self, peer: &Peer) {
        let (canvas, y) = (&mut *self.canvas, self.page.name_y);
        canvas.name_in(&FONTS, (0, y), canvas.width, peer, self.words);
    }

    /// Without the name of the profile behind it if it would take a line of its own.
    fn service<'w>(&self, name: &'w str) -> &'w str {
        let fits = |font: &&Font| font.has(name) && font.ink(name) <= self.canvas.width;
        let whole = !self.page.one_row || FONTS.iter().any(fits);
        name.split_once(" (").filter(|_| !whole).map_or(name, |(service, _)| service)
    }

    /// What is asked, and the keys on the last line.
    fn ask(&mut self, texts: &[&str], keys: &Keys) {
        let ((y, bottom), last) = (self.page.ask_y, self.last());
        self.block(y, bottom, texts);
        match keys.press {
            Press::Holding(step) | Press::Blocking(step) => self.bar(step),
            _ if keys.accept.is_some() => {
                let x = (self.canvas.width + 2) / 2;
                self.key(0, last, Sign::Cross, keys.reject.as_deref(), x - 8);
                self.key(x, last, Sign::Tick, keys.accept.as_deref(), x - 8);
            }
            _ => {}
        }
    }

    pub(super) fn bar(&mut self, step: u8) {
        let (last, width) = (self.last(), self.canvas.width);
        self.canvas.bar(0, last, width, 6, step, Press::STEPS);
    }

    pub(super) fn digits(&mut self, digits: &[u8; 6]) {
        self.page.digits.draw(self.canvas, DIGITS[0].0, DIGITS[0].1, digits);
    }

    /// A key behind a sign for what it does.
    pub(super) fn key(&mut self, x: i32, y: i32, sign: Sign, key: Option<&str>, width: i32) {
        self.key_in(&SMALL, (x, y), sign, key, width);
    }

    pub(super) fn key_in(
        &mut self,
        font: &'static Font,
        (x, y): (i32, i32),
        sign: Sign,
        key: Option<&str>,
        width: i32,
    ) {
        if let Some(label) = key {
            self.canvas.small_sign(sign, x, y);
            self.canvas.font = font;
            self.canvas.label(x + 6, y + TINY.rise() - font.rise(), width, label);
            self.canvas.font = &TEXT;
        }
    }

    fn verdict(&mut self, sign: Sign, verdict: &str) {
        self.canvas.small_sign(sign, 0, 1);
        self.canvas.fitted(7, 0, self.canvas.width - 7, verdict);
    }

    fn draw_ended(&mut self, peer: &Peer, method: Method, outcome: Outcome) {
        self.verdict(sign(outcome), self.words.verdict(method, outcome));
        let x = self.canvas.right_in(&TINY, 9, peer.tail());
        self.canvas.name_in(&FONTS, (0, 8), x - 2, peer, self.words);
        let (reason, remedy) = self.words.why(method, outcome);
        let (width, height) = (self.canvas.width, self.canvas.height - 16);
        if sign(outcome) == Sign::Mind {
            self.canvas.fill(0, 16, 1, height - 1);
            self.canvas.block(&FONTS, (3, 16), (width - 3, height), &[reason, remedy]);
        } else {
            self.canvas.block(&FONTS, (0, 16), (width, height), &[reason, remedy]);
        }
    }
}
