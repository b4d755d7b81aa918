//! The layout for panels of 64 by 48 pixels: a headline, and below it two rows of three digits with
//! a column beside them, or a few lines of small text.

use super::canvas::Canvas;
use super::digits::NARROW;
use super::entry::{Entry, PIN};
use super::font::{Font, HIGH, SMALL, TEXT, TINY};
use super::menu::{List, draw_identify};
use super::names::legible;
use super::sign::Sign;
use super::words::{Around, VERSION, Words, sign};
use super::{clock, shorten, six_digits};
use crate::pairing::{Health, Keys, Method, Outcome, Peer, Press, Screen};

/// Where the first digit is when it is shown, and when it is typed and has a line below it.
pub(super) const DIGITS: [(i32, i32); 2] = [(0, 9), (0, 7)];
/// Where the column beside the digits begins, and how wide it is: six small characters.
const BESIDE: i32 = 41;
const COLUMN: i32 = 23;
/// Where the last line begins.
const LAST_Y: i32 = 40;
const LIST: List = List { y: 8, pitch: 8, rows: 5, narrow: true };
/// The fonts of several lines. Japanese is only in the last one.
const FONTS: [&Font; 3] = [&SMALL, &TINY, &TEXT];

pub(super) fn draw(screen: &Screen, words: &Words, canvas: &mut Canvas<'_>) {
    canvas.headline = 8;
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
                self.own_name(0, name);
                // What is amiss takes the room of what can be done.
                let open = open.as_deref().filter(|_| *health == Health::Ready);
                let hint = open.map(|label| words.hold_to_pair.with(label));
                let texts = [words.health(*health), hint.as_deref().unwrap_or_default()];
                self.block(12, self.canvas.height, &texts);
            }
            Screen::Window { name, health, seconds, close } => {
                self.canvas.fitted(0, 0, self.canvas.width, words.pairing_open);
                let bottom = self.canvas.height - 6;
                self.canvas.right_in(&TINY, bottom, &clock(*seconds));
                if *health == Health::Ready {
                    self.own_name(9, name);
                    self.hint(20, bottom, words.press_to_close, close.as_deref());
                } else {
                    self.block(9, bottom, &[words.health(*health)]);
                }
            }
            Screen::Opening { step } => {
                self.block(0, 34, &[words.keep_holding, words.to_open]);
                self.bar(*step);
            }
            Screen::Paused { seconds, open } => {
                let end = self.canvas.right_in(&TINY, 1, &clock(*seconds));
                self.canvas.fitted(0, 0, end - 1, words.paused);
                self.block(8, 24, &[words.too_many_failed]);
                self.hint(24, self.canvas.height, words.hold_to_go_on, open.as_deref());
            }
            Screen::Menu { items, at } => LIST.draw_menu(self.canvas, words, items, *at),
            Screen::Devices { peers, at } => LIST.draw_devices(self.canvas, words, peers, *at),
            Screen::Identify { name } => draw_identify(self.canvas, words, name),
            Screen::ForgetAll { bonds, seconds } => {
                self.canvas.inverted(0, words.forget_all, "");
                let seconds = u8::try_from(*seconds).unwrap_or(u8::MAX).min(99);
                let right = (self.canvas.width + NARROW.number_width(seconds)) / 2;
                NARROW.number(self.canvas, right, 10, seconds);
                self.centred(30, &words.devices.with(*bonds));
                self.centred(39, words.let_go_to_keep);
            }
            Screen::ForgotAll { forgotten, left: 0 } => {
                self.verdict(Sign::Tick, words.verdicts.forgotten);
                self.block(10, 48, &[&words.devices.with(*forgotten), words.pair_them_again]);
            }
            Screen::ForgotAll { forgotten, left } => {
                self.verdict(Sign::Cross, words.verdicts.not_all_gone);
                self.block(10, 48, &[&words.deleted.with(*forgotten), &words.kept.with(left)]);
            }
            Screen::About { name, address, capability, bonds } => {
                self.small_name(name);
                let address = if address.is_empty() { words.no_address } else { address };
                self.line(9, &address.replace(':', ""));
                self.line(18, words.capability(*capability));
                self.line(27, &words.devices.with(*bonds));
                self.canvas.text_in(&TINY, 0, 41, &format!("pairpanel {VERSION}"));
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
                self.ask(&[words.service(service)], keys);
            }
            Screen::Forget { peer, seconds, keys } => {
                self.question(words.forget_device, peer, Some(*seconds), keys);
                self.ask(&[words.deleted_there], keys);
            }
            Screen::Compare { peer, passkey, seconds, keys } => {
                self.headline(words.same_narrow, keys);
                self.digits(&passkey.digits());
                self.do_not_type();
                self.column(peer, Some(*seconds), keys);
            }
            Screen::Settling { peer, passkey: Some(passkey), cancel } => {
                // Still a number that is compared, and typed nowhere.
                self.canvas.inverted(0, words.confirm_there, "");
                self.digits(&passkey.digits());
                self.do_not_type();
                self.cancel_beside(peer, None, cancel.as_deref());
            }
            Screen::Settling { peer, passkey: None, cancel } => {
                self.order(words.waiting);
                self.peer(9, peer, None);
                self.block(25, 40, &[words.its_part]);
                self.cancel(cancel.as_deref());
            }
            Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
                self.order(words.type_this);
                self.digits(&passkey.digits());
                if *entered > 0 {
                    self.canvas.text_in(&SMALL, BESIDE, 11, &format!("{entered}/6"));
                }
                self.cancel_beside(peer, Some(*seconds), cancel.as_deref());
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
                        self.column(peer, Some(*seconds), keys);
                    } else {
                        self.cancel_beside(peer, Some(*seconds), keys.reject.as_deref());
                    }
                } else {
                    self.long_pin(pin.as_str());
                    self.canvas.text_in(&TINY, 0, 35, peer.tail());
                    self.canvas.right_in(&TINY, 35, &clock(*seconds));
                    self.cancel(keys.reject.as_deref());
                }
            }
            Screen::EnterPasskey { peer, typed, pick, seconds, keys } => {
                let end = self.canvas.right_in(&TINY, 0, &clock(*seconds));
                self.top(end - 1, words.its_code);
                let entry = Entry { words, typed, pick: *pick, keys, whole: Some(6) };
                entry.draw_cells(self.canvas, &NARROW, DIGITS[1].0, DIGITS[1].1);
                self.entry_column(&entry, peer);
            }
            Screen::EnterPin { peer, typed, pick, seconds, keys } => {
                let end = self.canvas.right_in(&TINY, 0, peer.tail());
                self.top(end - 1, words.same_pin);
                let entry = Entry { words, typed, pick: *pick, keys, whole: None };
                entry.draw_pin(self.canvas, 7);
                self.entry_lines(&entry, *seconds);
            }
            Screen::Ended { peer, method, outcome } => self.draw_ended(peer, *method, *outcome),
        }
    }

    fn block(&mut self, y: i32, bottom: i32, texts: &[&str]) {
        let size = (self.canvas.width, bottom - y);
        self.canvas.block(&FONTS, (0, y), size, texts);
    }

    fn line(&mut self, y: i32, text: &str) {
        self.canvas.fitted(0, y, self.canvas.width, text);
    }

    fn centred(&mut self, y: i32, text: &str) {
        let font = FONTS.into_iter().find(|font| font.has(text) && font.ink(text) <= 64);
        self.canvas.centred_in(font.unwrap_or(&TINY), y, text);
    }

    fn own_name(&mut self, y: i32, name: &str) {
        let name = legible(name);
        let fits = HIGH.ink(&name) <= self.canvas.width;
        let font = if fits || !SMALL.has(&name) { &HIGH } else { &SMALL };
        let text = shorten(&name, font.columns(self.canvas.width));
        self.canvas.text_in(font, 0, if fits { y - 2 } else { y }.max(0), &text);
    }

    fn small_name(&mut self, name: &str) {
        let name = legible(name);
        let font = if SMALL.has(&name) { &SMALL } else { &TEXT };
        self.canvas.text_in(font, 0, 0, &shorten(&name, font.columns(self.canvas.width)));
    }

    /// What a key does.
    fn hint(&mut self, y: i32, bottom: i32, does: Around, key: Option<&str>) {
        if let Some(label) = key {
            self.block(y, bottom, &[&does.with(label)]);
        }
    }

    /// Dark on light: what the keys do, or else what is asked.
    fn headline(&mut self, question: &str, keys: &Keys) {
        let headline = match keys.press {
            Press::Holding(_) => self.words.go_on_holding,
            Press::Blocking(_) => self.words.hold_to_block,
            Press::LetGo => self.words.let_go_first,
            Press::Hold | Press::Tap => question,
        };
        self.canvas.inverted(0, headline, "");
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
        self.headline(question, keys);
        self.peer(9, peer, seconds);
    }

    /// The name, and below it the end of the address with the clock.
    fn peer(&mut self, y: i32, peer: &Peer, seconds: Option<u64>) {
        self.canvas.name_in(&FONTS, (0, y), self.canvas.width, peer, self.words);
        self.canvas.text_in(&SMALL, 0, y + 8, peer.tail());
        if let Some(seconds) = seconds {
            self.canvas.right_in(&SMALL, y + 8, &clock(seconds));
        }
    }

    /// What is asked, in two lines, and the keys on the last one.
    fn ask(&mut self, texts: &[&str], keys: &Keys) {
        self.block(25, 40, texts);
        match keys.press {
            Press::Holding(step) | Press::Blocking(step) => self.bar(step),
            _ if keys.accept.is_some() => {
                self.key(0, LAST_Y + 2, Sign::Cross, keys.reject.as_deref(), 25);
                self.key(33, LAST_Y + 2, Sign::Tick, keys.accept.as_deref(), 25);
            }
            _ => {}
        }
    }

    fn bar(&mut self, step: u8) {
        self.canvas.bar(0, 42, self.canvas.width, 6, step, Press::STEPS);
    }

    fn digits(&mut self, digits: &[u8; 6]) {
        NARROW.draw(self.canvas, DIGITS[0].0, DIGITS[0].1, digits);
    }

    fn do_not_type(&mut self) {
        let lines = self.words.do_not_type_narrow;
        let fits =
            |font: &&Font| lines.iter().all(|line| font.has(line) && font.ink(line) <= COLUMN);
        let font = FONTS.into_iter().find(fits).unwrap_or(&TEXT);
        for (y, line) in [8, 15].into_iter().zip(lines) {
            self.canvas.text_in(font, BESIDE, y, line);
        }
    }

    /// The keys beside the digits, or how far a hold is.
    fn column(&mut self, peer: &Peer, seconds: Option<u64>, keys: &Keys) {
        if let Press::Holding(step) | Press::Blocking(step) = keys.press {
            self.canvas.bar(BESIDE, 24, COLUMN, 10, step, Press::STEPS);
        } else if keys.accept.is_some() {
            self.key(BESIDE, 24, Sign::Tick, keys.accept.as_deref(), COLUMN - 6);
            self.key(BESIDE, 31, Sign::Cross, keys.reject.as_deref(), COLUMN - 6);
        }
        self.who(peer, seconds);
    }

    fn cancel_beside(&mut self, peer: &Peer, seconds: Option<u64>, cancel: Option<&str>) {
        self.key(BESIDE, 31, Sign::Cross, cancel, COLUMN - 6);
        self.who(peer, seconds);
    }

    /// The end of the address, and the clock, at the end of the column.
    fn who(&mut self, peer: &Peer, seconds: Option<u64>) {
        self.canvas.text_in(&TINY, BESIDE, 37, peer.tail());
        if let Some(seconds) = seconds {
            self.canvas.text_in(&TINY, BESIDE, 43, &clock(seconds));
        }
    }

    /// A key behind a sign for what it does.
    fn key(&mut self, x: i32, y: i32, sign: Sign, key: Option<&str>, width: i32) {
        if let Some(label) = key {
            self.canvas.small_sign(sign, x, y);
            self.canvas.font = &SMALL;
            self.canvas.label(x + 6, y - 2, width, label);
            self.canvas.font = &TEXT;
        }
    }

    fn cancel(&mut self, cancel: Option<&str>) {
        self.key(0, LAST_Y + 2, Sign::Cross, cancel, 40);
    }

    /// One that is not six digits, of up to 16 characters.
    fn long_pin(&mut self, pin: &str) {
        let columns = PIN.columns(self.canvas.width);
        let split = pin.char_indices().nth(columns).map_or(pin.len(), |(at, _)| at);
        let (first, second) = pin.split_at(split);
        self.canvas.text_in(PIN, 0, 8, first);
        self.canvas.text_in(PIN, 0, 21, second);
    }

    fn entry_column(&mut self, entry: &Entry<'_>, peer: &Peer) {
        let keys = entry.keys;
        self.canvas.text_in(&TINY, BESIDE, 8, &entry.progress());
        if let Some(sign) = entry.sign() {
            self.key(BESIDE, 15, sign, Some(&keys.submit), COLUMN - 6);
        }
        self.key(BESIDE, 22, Sign::Back, entry.erase(&keys.erase), COLUMN - 6);
        self.key(BESIDE, 29, Sign::Cross, keys.cancel.as_deref(), COLUMN - 6);
        self.canvas.text_in(&TINY, BESIDE, 42, peer.tail());
    }

    fn entry_lines(&mut self, entry: &Entry<'_>, seconds: u64) {
        let keys = entry.keys;
        if let Some(sign) = entry.sign() {
            self.key(0, 35, sign, Some(&keys.submit), 26);
        }
        self.canvas.right_in(&TINY, 35, &clock(seconds));
        self.key(0, 42, Sign::Cross, keys.cancel.as_deref(), 25);
        self.key(33, 42, Sign::Back, entry.erase(&keys.erase), 25);
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
        if sign(outcome) == Sign::Mind {
            self.canvas.fill(0, 16, 1, 31);
            self.canvas.block(&FONTS, (3, 16), (61, 32), &[reason, remedy]);
        } else {
            self.block(16, 48, &[reason, remedy]);
        }
    }
}
