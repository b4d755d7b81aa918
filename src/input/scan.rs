//! From the levels of a key matrix to edges of its keys. Pure.
//!
//! Its keys have no diodes: three pressed keys on two rows and two columns close a way round to the
//! fourth corner, which then looks pressed, too. Nobody can tell which three they are, so nothing
//! counts until all keys are up again.

use super::keys::Keys;
use crate::pairing::Key;

/// A row's closed keys, a bit a column.
pub(super) type Row = u16;

/// What a scan has to tell the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// The key has this level, and before it may have had any.
    Level { key: Key, down: bool },
    /// The key has changed its level to this one.
    Edge { key: Key, down: bool },
}

/// The keys of a matrix, scan by scan.
#[derive(Debug)]
pub(super) struct Scanner {
    /// What each key is for, row by row.
    keys: Vec<Vec<Option<Key>>>,
    /// Those that the session was told are down and not that they are up.
    told: Keys,
    /// Nothing is known of what happened before the next scan.
    fresh: bool,
    /// Nothing counts until all keys are up.
    unsure: bool,
}

impl Scanner {
    pub(super) fn new(keys: Vec<Vec<Option<Key>>>) -> Self {
        Self { keys, told: Keys::default(), fresh: true, unsure: false }
    }

    /// Each key, once.
    pub(super) fn keys(&self) -> Keys {
        self.keys.iter().flatten().flatten().copied().collect()
    }

    /// Scans have stopped, and something may have happened before the next one.
    pub(super) fn interrupt(&mut self) {
        self.fresh = true;
    }

    /// Takes a scan.
    pub(super) fn step(&mut self, closed: &[Row]) -> Vec<Report> {
        let rows = self.keys.iter().zip(closed);
        let is_closed = |closed: &Row, col: usize| closed >> col & 1 == 1;
        let down: Keys = rows
            .flat_map(|(keys, closed)| {
                let closed_keys =
                    keys.iter().enumerate().filter(|(col, _)| is_closed(closed, *col));
                closed_keys.filter_map(|(_, key)| *key)
            })
            .collect();
        let all_up = closed.iter().all(|row| *row == 0);
        let ambiguous = is_ambiguous(closed);

        if std::mem::take(&mut self.fresh) {
            self.unsure = ambiguous;
            self.told = down;
            let level = |key| Report::Level { key, down: down.contains(key) };
            return self.keys().iter().map(level).collect();
        }
        if ambiguous && !self.unsure {
            self.unsure = true;
            // What they were in the middle of does not count either.
            return self.told.iter().map(|key| Report::Level { key, down: true }).collect();
        }
        if self.unsure && !all_up {
            return Vec::new();
        }
        self.unsure = false;
        let up = self.told.without(down).iter().map(|key| Report::Edge { key, down: false });
        let pressed = down.without(self.told).iter().map(|key| Report::Edge { key, down: true });
        let reports = up.chain(pressed).collect();
        self.told = down;
        reports
    }

    /// There will be no scan for a while. A key that nobody looks at counts as up: the next scan
    /// tells all levels.
    pub(super) fn pause(&mut self) -> Vec<Report> {
        self.fresh = true;
        let up = |key| Report::Level { key, down: false };
        std::mem::take(&mut self.told).iter().map(up).collect()
    }
}

/// Whether two rows have a column in common in which both are closed, and one of them another one.
fn is_ambiguous(closed: &[Row]) -> bool {
    let corners = |a: Row, b: Row| a & b != 0 && (a | b).count_ones() >= 2;
    closed.iter().enumerate().any(|(i, row)| closed[..i].iter().any(|above| corners(*above, *row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four rows of a keypad; `a`, `b` and `c` are of no use.
    const MAP: [&str; 4] = ["123a", "456b", "789c", "*0#D"];

    fn key(character: char) -> Option<Key> {
        match character {
            '*' => Some(Key::Erase),
            '#' => Some(Key::Enter),
            'D' => Some(Key::Escape),
            _ => character.to_digit(10).and_then(|d| d.try_into().ok()).map(Key::Digit),
        }
    }

    fn scanner() -> Scanner {
        let mut scanner =
            Scanner::new(MAP.iter().map(|row| row.chars().map(key).collect()).collect());
        let levels = scanner.step(&scan(""));
        assert_eq!(levels.len(), 13);
        assert!(levels.iter().all(|report| matches!(report, Report::Level { down: false, .. })));
        scanner
    }

    /// The levels with these keys pressed, as the wires show them: with every way round.
    fn scan(pressed: &str) -> Vec<Row> {
        let row = |row: &&str| {
            row.chars().rev().fold(0, |bits, c| bits << 1 | Row::from(pressed.contains(c)))
        };
        let mut closed: Vec<Row> = MAP.iter().map(row).collect();
        loop {
            let before = closed.clone();
            for row in &mut closed {
                *row = before
                    .iter()
                    .filter(|other| **other & *row != 0)
                    .fold(*row, |all, other| all | other);
            }
            if closed == before {
                return closed;
            }
        }
    }

    /// `+5` and `-5` for edges, `=5` and `.5` for levels, down and up.
    fn text(reports: &[Report]) -> String {
        let sign = |report: &Report| match report {
            Report::Edge { key, down } => (if *down { '+' } else { '-' }, *key),
            Report::Level { key, down } => (if *down { '=' } else { '.' }, *key),
        };
        let words = reports.iter().map(|report| {
            let (sign, of) = sign(report);
            let character = MAP.concat().chars().find(|c| key(*c) == Some(of)).unwrap();
            format!("{sign}{character}")
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The keys that are pressed, scan by scan → what is told after each.
    #[test]
    fn presses_are_told_and_phantoms_are_not() {
        let cases: [&[(&str, &str)]; 9] = [
            &[("", ""), ("5", "+5"), ("5", ""), ("", "-5")],
            // From one key to the next, with and without a scan between.
            &[("1", "+1"), ("12", "+2"), ("2", "-1"), ("", "-2")],
            &[("1", "+1"), ("2", "-1 +2"), ("", "-2")],
            // Two keys, or three in one row or column, are what they look like.
            &[("15", "+1 +5"), ("", "-1 -5")],
            &[("123", "+1 +2 +3"), ("", "-1 -2 -3")],
            &[("147", "+1 +4 +7"), ("", "-1 -4 -7")],
            // Three corners: the fourth is a phantom, and what was down before is in doubt.
            &[("15", "+1 +5"), ("152", "=1 =5"), ("15", ""), ("1", ""), ("", "-1 -5"), ("4", "+4")],
            &[("#", "+#"), ("#0", "+0"), ("#08", "=0 =#"), ("#", ""), ("", "-0 -#"), ("#", "+#")],
            // A key without a use is a corner, too, and is all that has to come up.
            &[("3", "+3"), ("3a", ""), ("3a6", "=3"), ("b", ""), ("", "-3"), ("b", "")],
        ];
        for case in cases {
            let mut scanner = scanner();
            for (pressed, told) in case {
                assert_eq!(text(&scanner.step(&scan(pressed))), *told, "{pressed} in {case:?}");
            }
        }
    }

    #[test]
    fn a_key_that_is_down_at_the_first_scan_is_told_as_a_level() {
        let mut scanner = scanner();
        scanner.step(&scan("5"));
        assert_eq!(text(&scanner.pause()), ".5");
        assert_eq!(text(&scanner.pause()), "");
        let levels = text(&scanner.step(&scan("5")));
        assert!(levels.contains("=5") && levels.contains(".#"), "{levels}");
        assert_eq!(text(&scanner.step(&scan(""))), "-5");
        scanner.step(&scan("7"));
        scanner.interrupt();
        assert!(text(&scanner.step(&scan("7"))).contains("=7"));
    }

    #[test]
    fn three_keys_at_the_first_scan_count_only_once_all_have_been_up() {
        let mut scanner = scanner();
        scanner.pause();
        let levels = text(&scanner.step(&scan("124")));
        assert!(levels.contains("=1 =2 .3 =4 =5"), "{levels}");
        for (pressed, told) in
            [("124", ""), ("12", ""), ("6", ""), ("", "-1 -2 -4 -5"), ("6", "+6")]
        {
            assert_eq!(text(&scanner.step(&scan(pressed))), told, "{pressed}");
        }
    }
}
