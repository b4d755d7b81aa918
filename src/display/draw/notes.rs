//! What stands around the digits on panels of 64 by 48 and of 72 by 40 pixels: in a column beside
//! two rows of three, or on two lines below one row of six.

use super::clock;
use super::entry::{Entry, PIN};
use super::font::{Font, SMALL, TEXT, TINY};
use super::narrow::{Drawing, FONTS};
use super::sign::Sign;
use crate::pairing::{Keys, Passkey, Peer, Press};

/// Where the column begins, and how wide it is: six small characters.
const BESIDE: i32 = 41;
const COLUMN: i32 = 23;
/// Where the lines begin. Both are in the smallest font, and the first one has capitals only: there
/// is no row between a letter that goes below the line and the next one.
const FIRST: i32 = 28;
const LAST: i32 = 34;
/// Where the second key of a line begins, and how wide a label is: six small characters.
const SECOND: i32 = 37;
const LABEL: i32 = 23;

impl Drawing<'_, '_> {
    /// A number that is on both sides, and to be typed on neither.
    pub(super) fn draw_compare(
        &mut self,
        peer: &Peer,
        passkey: &Passkey,
        seconds: u64,
        keys: &Keys,
    ) {
        let asks = matches!(keys.press, Press::Hold | Press::Tap);
        if !self.page.one_row {
            let question = self.headline(self.words.same_narrow, keys);
            self.canvas.inverted(0, question, "");
            self.not_to_type();
            self.who(peer, seconds);
        } else if let Some(warning) = self.warning() {
            // While a key is held, what to do about it needs the place of the clock.
            let time = if asks { clock(seconds) } else { String::new() };
            let question = self.headline(self.words.same_narrow, keys);
            self.canvas.inverted_with(0, question, &TINY, &time);
            self.canvas.text_in(&TINY, 0, FIRST, &warning);
            self.tail(peer);
        } else {
            let question = self.headline(self.words.same_not_typed, keys);
            self.canvas.inverted(0, question, "");
            self.who(peer, seconds);
        }
        self.digits(&passkey.digits());
        self.draw_keys(keys);
    }

    /// Still a number that is compared, and typed nowhere.
    pub(super) fn draw_settling(&mut self, peer: &Peer, passkey: &Passkey, cancel: Option<&str>) {
        self.canvas.inverted(0, self.words.confirm_there, "");
        if !self.page.one_row {
            self.not_to_type();
        } else if let Some(warning) = self.warning() {
            self.canvas.text_in(&TINY, 0, FIRST, &warning);
        }
        self.digits(&passkey.digits());
        self.draw_cancel(cancel);
        self.tail(peer);
    }

    /// The warning in the column.
    fn not_to_type(&mut self) {
        let lines = self.words.do_not_type_narrow;
        let fits =
            |font: &&&Font| lines.iter().all(|line| font.has(line) && font.ink(line) <= COLUMN);
        let font = FONTS.iter().find(fits).copied().unwrap_or(&TEXT);
        for (y, line) in [8, 15].into_iter().zip(lines) {
            self.canvas.text_in(font, BESIDE, y, line);
        }
    }

    /// The warning on one line, unless it is in a script that needs more rows than there are: then
    /// the headline has it.
    fn warning(&self) -> Option<String> {
        let warning = self.words.do_not_type_narrow.join(" ").to_ascii_uppercase();
        TINY.has(&warning).then_some(warning)
    }

    /// How many digits have been typed; nothing while it is not known.
    pub(super) fn draw_progress(&mut self, entered: u8) {
        let progress = format!("{entered}/6");
        match (entered, self.page.one_row) {
            (0, _) => {}
            (_, true) => self.canvas.text_in(&TINY, 0, FIRST, &progress),
            (_, false) => self.canvas.text_in(&SMALL, BESIDE, 11, &progress),
        }
    }

    /// The keys that answer, or how far a hold is.
    pub(super) fn draw_keys(&mut self, keys: &Keys) {
        let (accept, reject) = (keys.accept.as_deref(), keys.reject.as_deref());
        match (keys.press, self.page.one_row) {
            (Press::Holding(step) | Press::Blocking(step), true) => self.bar(step),
            (Press::Holding(step) | Press::Blocking(step), false) => {
                self.canvas.bar(BESIDE, 24, COLUMN, 10, step, Press::STEPS);
            }
            _ if accept.is_none() => {}
            (_, true) => {
                self.low_key(0, LAST, Sign::Cross, reject);
                self.low_key(SECOND, LAST, Sign::Tick, accept);
            }
            (_, false) => {
                self.key(BESIDE, 24, Sign::Tick, accept, COLUMN - 6);
                self.key(BESIDE, 31, Sign::Cross, reject, COLUMN - 6);
            }
        }
    }

    pub(super) fn draw_cancel(&mut self, cancel: Option<&str>) {
        if self.page.one_row {
            self.low_key(0, LAST, Sign::Cross, cancel);
        } else {
            self.key(BESIDE, 31, Sign::Cross, cancel, COLUMN - 6);
        }
    }

    /// The end of the address, and the clock.
    pub(super) fn who(&mut self, peer: &Peer, seconds: u64) {
        self.tail(peer);
        let seconds = clock(seconds);
        if self.page.one_row {
            self.canvas.centred_in(&TINY, FIRST, &seconds);
        } else {
            self.canvas.text_in(&TINY, BESIDE, 43, &seconds);
        }
    }

    fn tail(&mut self, peer: &Peer) {
        if self.page.one_row {
            self.canvas.right_in(&TINY, FIRST, peer.tail());
        } else {
            self.canvas.text_in(&TINY, BESIDE, 37, peer.tail());
        }
    }

    /// A key on one of the lines.
    fn low_key(&mut self, x: i32, y: i32, sign: Sign, key: Option<&str>) {
        self.key_in(&TINY, (x, y), sign, key, LABEL);
    }

    /// One that is not six digits, of up to 16 characters.
    pub(super) fn draw_long_pin(
        &mut self,
        peer: &Peer,
        pin: &str,
        seconds: u64,
        cancel: Option<&str>,
    ) {
        let columns = PIN.columns(self.canvas.width);
        let split = pin.char_indices().nth(columns).map_or(pin.len(), |(at, _)| at);
        let (first, second) = pin.split_at(split);
        let y = if self.page.one_row { 7 } else { 8 };
        self.canvas.text_in(PIN, 0, y, first);
        self.canvas.text_in(PIN, 0, y + 13, second);
        let seconds = clock(seconds);
        if self.page.one_row {
            self.canvas.right_in(&TINY, LAST, peer.tail());
            self.canvas.text_in(&TINY, 32, LAST, &seconds);
            self.draw_cancel(cancel);
        } else {
            self.canvas.text_in(&TINY, 0, 35, peer.tail());
            self.canvas.right_in(&TINY, 35, &seconds);
            self.key(0, 42, Sign::Cross, cancel, 40);
        }
    }

    /// What goes with six digits that are typed.
    pub(super) fn draw_entry(&mut self, entry: &Entry<'_>, peer: &Peer) {
        let keys = entry.keys;
        let (erase, cancel) = (entry.erase(&keys.erase), keys.cancel.as_deref());
        let submit = entry.sign().map(|sign| (sign, keys.submit.as_str()));
        if self.page.one_row {
            if let Some((sign, label)) = submit {
                self.low_key(0, FIRST, sign, Some(label));
            }
            self.tail(peer);
            self.low_key(0, LAST, Sign::Cross, cancel);
            self.low_key(SECOND, LAST, Sign::Back, erase);
        } else {
            self.canvas.text_in(&TINY, BESIDE, 8, &entry.progress());
            if let Some((sign, label)) = submit {
                self.key(BESIDE, 15, sign, Some(label), COLUMN - 6);
            }
            self.key(BESIDE, 22, Sign::Back, erase, COLUMN - 6);
            self.key(BESIDE, 29, Sign::Cross, cancel, COLUMN - 6);
            self.canvas.text_in(&TINY, BESIDE, 42, peer.tail());
        }
    }

    /// What goes with a PIN that is typed.
    pub(super) fn draw_pin_keys(&mut self, entry: &Entry<'_>, seconds: u64) {
        let keys = entry.keys;
        let (erase, cancel) = (entry.erase(&keys.erase), keys.cancel.as_deref());
        let submit = entry.sign().map(|sign| (sign, keys.submit.as_str()));
        let seconds = clock(seconds);
        if self.page.one_row {
            // Three of four characters each. A PIN that needs its second line takes the clock's.
            let mut x = 0;
            for (sign, label) in [
                (Sign::Cross, cancel),
                (Sign::Back, erase),
                submit.map_or((Sign::None, None), |(sign, label)| (sign, Some(label))),
            ] {
                self.key_in(&TINY, (x, LAST), sign, label, 16);
                x += 24;
            }
            if entry.typed.digits().len() < PIN.columns(self.canvas.width) {
                self.canvas.right_in(&TINY, FIRST - 4, &seconds);
            }
        } else {
            if let Some((sign, label)) = submit {
                self.key(0, 35, sign, Some(label), 26);
            }
            self.canvas.right_in(&TINY, 35, &seconds);
            self.key(0, 42, Sign::Cross, cancel, 25);
            self.key(33, 42, Sign::Back, erase, 25);
        }
    }
}
