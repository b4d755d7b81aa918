//! What makes two states the same, whatever time it is.

use std::hash::{Hash, Hasher};

use pairpanel::clock::Time;

use crate::op::Bench;
use crate::world::START;

/// A fingerprint in which moments count from now: FNV-1a, a word at a time.
///
/// A [`Time`] is a `Duration` since the clock's start, which hashes as seconds and nanoseconds, and
/// nothing else in a session is as large as the seconds of a moment. Should a `Duration` come to hash
/// otherwise, fewer states are found to be the same, and the search takes longer.
pub(crate) struct FromNow {
    state: u128,
    now: u64,
    seconds: Option<u64>,
}

impl FromNow {
    /// What was earlier than a search goes back, or comes later than it goes on, is all the same: the
    /// ten minutes before it, and the hour that its window is open.
    const FAR: i64 = 500_000_000_000;

    pub(crate) fn fingerprint(bench: &Bench) -> u128 {
        let mut hasher = Self { state: 0, now: nanos(bench.world.now), seconds: None };
        bench.world.session.hash(&mut hasher);
        bench.witness.hash(&mut hasher);
        hasher.state
    }

    fn word(&mut self, word: u64) {
        let prime = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        self.state = (self.state ^ u128::from(word)).wrapping_mul(prime);
    }
}

impl Hasher for FromNow {
    fn finish(&self) -> u64 {
        self.state as u64
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.word(u64::from(*byte)));
    }

    fn write_u8(&mut self, number: u8) {
        self.word(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        let word = match self.seconds.take() {
            None => u64::from(number),
            Some(seconds) => {
                let moment = seconds * 1_000_000_000 + u64::from(number);
                (moment.wrapping_sub(self.now) as i64).clamp(-Self::FAR, Self::FAR) as u64
            }
        };
        self.word(word);
    }

    fn write_u64(&mut self, number: u64) {
        if number < START.as_secs() {
            self.word(number);
        } else {
            self.seconds = Some(number);
        }
    }

    fn write_usize(&mut self, number: usize) {
        self.word(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.word(number as u64);
    }
}

fn nanos(moment: Time) -> u64 {
    moment.since(Time::default()).as_nanos() as u64
}
