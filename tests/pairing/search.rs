//! Every sequence of events from an alphabet, up to a length, against the rules.
//!
//! Breadth first, so that what is found is as short as can be. Two sequences that lead to the same
//! state of the session and of the witness, apart from what time it is, go on as one. The steps of
//! time lead to the moment at which a press begins to count, a hold is complete, or a question or the
//! window ends, and to a millisecond before that, or until keys have stopped bouncing.
//!
//! `cargo test --test pairing search -- --nocapture` prints how much was searched.

use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use pairpanel::pairing::{Fittings, Key, Policy, Reason};

use crate::fingerprint::FromNow;
use crate::op::{Bench, Op};
use crate::witness::Question;
use crate::world::{bonnet, bonnet_and_keypad, display_alone, keypad, lasting, one_key, stick};

pub(crate) struct Search<'a> {
    pub(crate) name: &'a str,
    pub(crate) board: Fittings,
    /// What happens first.
    pub(crate) before: &'a [Op],
    /// What happens then, besides that time passes.
    pub(crate) alphabet: &'a [Op],
    pub(crate) depth: usize,
    /// What can be accepted within it: a search in which nothing can shows nothing.
    pub(crate) accepts: &'a [Question],
}

const TIME: [Op; 3] = [Op::Settle, Op::Next, Op::Almost];

impl Search<'_> {
    pub(crate) fn run(&self) {
        let began = Instant::now();
        let alphabet = [self.alphabet, &TIME].concat();
        let mut path = self.before.to_vec();
        let searched = catch_unwind(AssertUnwindSafe(|| self.breadth_first(&alphabet, &mut path)));
        let (granted, states, steps) = searched.unwrap_or_else(|panic| {
            eprintln!("{}: {path:?}", self.name);
            resume_unwind(panic)
        });
        println!(
            "{}: {} events, {} long: {:.1e} sequences, {states} states, {steps} steps, {:.1} s",
            self.name,
            alphabet.len(),
            self.depth,
            (alphabet.len() as f64).powi(self.depth as i32),
            began.elapsed().as_secs_f64(),
        );
        assert_eq!(granted, self.accepts.iter().cloned().collect(), "{}", self.name);
    }

    /// Returns what was accepted, and how many states and steps there were. The path is the one that
    /// is being tried.
    fn breadth_first(
        &self,
        alphabet: &[Op],
        path: &mut Vec<Op>,
    ) -> (BTreeSet<Question>, usize, usize) {
        let out_of_band = self.board.code || self.board.tag;
        let policy = Policy { out_of_band, ..lasting() };
        let mut start = Bench::new(&policy, &self.board);
        self.before.iter().for_each(|op| start.apply(*op));
        start.granted.clear();
        let mut granted = BTreeSet::new();
        let mut states = HashSet::from([FromNow::fingerprint(&start)]);
        let mut steps = 0;
        let mut layer = vec![(self.before.to_vec(), start)];
        for depth in 1..=self.depth {
            let mut next = Vec::new();
            for (way, bench) in &layer {
                for op in alphabet {
                    path.clone_from(way);
                    path.push(*op);
                    let mut bench = bench.clone();
                    bench.apply(*op);
                    granted.extend(bench.granted.drain(..));
                    steps += 1;
                    if states.insert(FromNow::fingerprint(&bench)) && depth < self.depth {
                        next.push((path.clone(), bench));
                    }
                }
            }
            layer = next;
        }
        (granted, states.len(), steps)
    }
}

#[test]
fn a_display_with_two_keys_pairs_by_a_hold_only() {
    use Key::{Accept, Reject};
    use Question::{Compare, Forget, FreshPin, JustWorks, Service, Window};
    let fresh = || FreshPin("482190".into());
    Search {
        name: "two keys, anything",
        board: bonnet(),
        before: &[],
        alphabet: &[
            Op::Confirm(1, 1),
            Op::Confirm(2, 2),
            Op::Authorize(1),
            Op::RequestPin(1),
            Op::AuthorizeService(1),
            Op::Shown,
            Op::OldShown,
            Op::Flip(Accept),
            Op::Edge(Accept, true),
            Op::Flip(Reject),
            Op::Cancel,
            Op::DisplayFailed,
            Op::CloseWindow,
        ],
        depth: 6,
        accepts: &[Compare(1), Compare(2), JustWorks, fresh(), Window],
    }
    .run();
    Search {
        name: "two keys, in the middle of a hold",
        board: bonnet(),
        before: &[Op::Confirm(1, 1), Op::Shown, Op::Next, Op::Flip(Accept), Op::Settle],
        alphabet: &[
            Op::Confirm(2, 2),
            Op::Shown,
            Op::OldShown,
            Op::Flip(Accept),
            Op::Edge(Accept, true),
            Op::Flip(Reject),
            Op::Cancel,
            Op::Bonded(1),
            Op::DisplayFailed,
            Op::DisplayReady,
            Op::OpenWindow(1000),
        ],
        depth: 5,
        accepts: &[Compare(1)],
    }
    .run();
    Search {
        name: "two keys, asked and read",
        board: bonnet(),
        before: &[Op::Bonded(1), Op::AuthorizeService(1), Op::Shown, Op::Next],
        alphabet: &[
            Op::Confirm(2, 2),
            Op::Shown,
            Op::OldShown,
            Op::Flip(Accept),
            Op::Edge(Accept, true),
            Op::KeyFailed(Accept),
            Op::KeyReady(Accept, true),
            Op::Flip(Reject),
            Op::Cancel,
            Op::Release,
            Op::AdapterRemoved,
            Op::Removed(1),
            Op::DisplayFailed,
            Op::DisplayReady,
            Op::OpenWindow(1000),
        ],
        depth: 5,
        accepts: &[Service, Window],
    }
    .run();
    let left = [Op::Bonded(1), Op::Connected(1, true), Op::Connected(1, false)];
    let rest = [
        Op::Shown,
        Op::Flip(Accept),
        Op::Flip(Reject),
        Op::Confirm(2, 2),
        Op::Cancel,
        Op::Release,
        Op::AdapterRemoved,
        Op::Removed(1),
        Op::DisplayFailed,
        Op::CloseWindow,
    ];
    Search {
        name: "two keys, a bonded device has left",
        board: bonnet(),
        before: &left,
        alphabet: &[&rest[..], &[Op::Wait(300)]].concat(),
        depth: 4,
        accepts: &[Window],
    }
    .run();
    Search {
        name: "two keys, asked whether to forget it",
        board: bonnet(),
        before: &[&left[..], &[Op::Wait(300), Op::Shown, Op::Next]].concat(),
        alphabet: &rest,
        depth: 5,
        accepts: &[Forget, Window],
    }
    .run();
}

#[test]
fn a_display_with_a_keypad_pairs_by_what_was_typed_and_read_only() {
    use Key::{Accept, Digit, Enter, Escape};
    Search {
        name: "keypad and display, asked for a PIN",
        board: bonnet_and_keypad(),
        before: &[Op::RequestPin(1), Op::Shown, Op::Next],
        alphabet: &[
            Op::RequestPasskey(1),
            Op::RequestPin(1),
            Op::Confirm(2, 2),
            Op::Shown,
            Op::OldShown,
            Op::Tap(Digit(1)),
            Op::Flip(Enter),
            Op::Flip(Accept),
            Op::Flip(Escape),
            Op::KeyFailed(Digit(7)),
            Op::Cancel,
            Op::Disconnected(1, Reason::Timeout),
        ],
        depth: 5,
        accepts: &[Question::TypePin],
    }
    .run();
}

/// Asked for a passkey, five digits of it typed.
const FIVE_TYPED: [Op; 8] = {
    let digit = Op::Tap(Key::Digit(1));
    [Op::RequestPasskey(1), Op::Shown, Op::Next, digit, digit, digit, digit, digit]
};

#[test]
fn the_sixth_digit_is_sent_as_it_was_typed_and_read_only() {
    use Key::{Accept, Digit, Enter, Erase, Escape};
    use Question::TypePasskey;
    Search {
        name: "keypad and display, five digits typed",
        board: bonnet_and_keypad(),
        before: &FIVE_TYPED,
        alphabet: &[
            Op::Tap(Digit(1)),
            Op::Tap(Erase),
            Op::Shown,
            Op::OldShown,
            Op::Flip(Enter),
            Op::Flip(Accept),
            Op::Flip(Escape),
            Op::Cancel,
            Op::DisplayFailed,
        ],
        depth: 5,
        accepts: &[TypePasskey],
    }
    .run();
    Search {
        name: "keypad and display, the accept key has just gone down",
        board: bonnet_and_keypad(),
        before: &[&FIVE_TYPED[..], &[Op::Tap(Digit(1)), Op::Flip(Accept), Op::Wait(10)]].concat(),
        alphabet: &[Op::Shown, Op::OldShown, Op::Flip(Accept), Op::Flip(Enter), Op::Tap(Erase)],
        depth: 5,
        accepts: &[TypePasskey],
    }
    .run();
    Search {
        name: "keypad alone, five digits typed",
        board: keypad(),
        before: &FIVE_TYPED,
        alphabet: &[
            Op::Tap(Digit(1)),
            Op::Tap(Erase),
            Op::Flip(Enter),
            Op::Flip(Escape),
            Op::Authorize(2),
            Op::KeyFailed(Enter),
            Op::KeyReady(Enter, true),
            Op::Cancel,
            Op::CloseWindow,
        ],
        depth: 4,
        accepts: &[TypePasskey],
    }
    .run();
}

#[test]
fn a_display_alone_pairs_in_its_window_and_what_has_to_be_read_after_that_only() {
    use Question::{Compare, FreshPin, JustWorks, ShowPin};
    Search {
        name: "display alone, anything",
        board: display_alone(),
        before: &[],
        alphabet: &[
            Op::Confirm(1, 1),
            Op::Confirm(2, 2),
            Op::Authorize(1),
            Op::RequestPin(1),
            Op::DisplayPin(2),
            Op::DisplayPasskey(1, 3, 0),
            Op::Shown,
            Op::OldShown,
            Op::Cancel,
            Op::Bonded(1),
            Op::Disconnected(1, Reason::Authentication),
            Op::DisplayFailed,
            Op::DisplayReady,
            Op::OpenWindow(1000),
            Op::CloseWindow,
        ],
        depth: 5,
        accepts: &[
            Compare(1),
            Compare(2),
            FreshPin("482190".into()),
            JustWorks,
            ShowPin("1234".into()),
        ],
    }
    .run();
}

#[test]
fn the_only_key_and_a_digit_picker_are_as_strict() {
    use Key::{Accept, Down, Left, Reject, Up};
    use Question::{Compare, JustWorks, TypePin};
    Search {
        name: "one key, anything",
        board: one_key(),
        before: &[],
        alphabet: &[
            Op::Confirm(1, 1),
            Op::Authorize(2),
            Op::Shown,
            Op::Flip(Accept),
            Op::Edge(Accept, true),
            Op::KeyFailed(Accept),
            Op::KeyReady(Accept, true),
            Op::Cancel,
        ],
        depth: 6,
        accepts: &[Compare(1), JustWorks],
    }
    .run();
    let tap = |key| [Op::Flip(key), Op::Settle, Op::Flip(key), Op::Settle];
    Search {
        name: "digit picker, a digit picked",
        board: stick(),
        before: &[
            &[Op::RequestPin(1), Op::Shown, Op::Next][..],
            &tap(Up),
            &tap(Accept),
            &tap(Down),
        ]
        .concat(),
        alphabet: &[
            Op::Shown,
            Op::OldShown,
            Op::Flip(Accept),
            Op::Flip(Up),
            Op::Flip(Down),
            Op::Flip(Left),
            Op::Flip(Reject),
            Op::Cancel,
        ],
        depth: 5,
        accepts: &[TypePin],
    }
    .run();
}
