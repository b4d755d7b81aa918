//! What arrives when a key is asked for, and what is made of it.

use std::time::Duration;

use pairpanel::bench::{KeyTrial, LET_GO, Verdict, WAIT};
use pairpanel::board::{Active, Board, KeypadKind, Source};
use pairpanel::clock::Time;
use pairpanel::pairing::{Event, Key};

use crate::bench::board;
use crate::conversation::FULL;

fn at(ms: u64) -> Time {
    Time::from_start(Duration::from_secs(100) + Duration::from_millis(ms))
}

/// What raw levels do, in milliseconds after A, the first of two keys, is asked for.
type Edges = &'static [(u64, Key, bool)];

#[test]
fn each_way_to_press_a_key_has_its_verdict() {
    const A: Key = Key::Accept;
    const B: Key = Key::Reject;
    // Idle levels of both; edges; when to look; verdict.
    let cases: [([bool; 2], Edges, u64, Verdict); 14] = [
        ([false, false], &[(500, A, true), (700, A, false)], 800, Verdict::Seen),
        ([false, false], &[(500, A, true)], 600, Verdict::Listening),
        // It bounces, and is pressed for longer than that.
        (
            [false, false],
            &[
                (500, A, true),
                (503, A, false),
                (505, A, true),
                (700, A, false),
                (702, A, true),
                (704, A, false),
            ],
            800,
            Verdict::Seen,
        ),
        // Nothing but bouncing.
        ([false, false], &[(500, A, true), (510, A, false)], 800, Verdict::Listening),
        ([false, false], &[(500, B, true), (700, B, false)], 800, Verdict::Other(1)),
        // Both: the one that is let go after it was pressed last.
        ([false, false], &[(500, B, true), (600, A, true), (700, A, false)], 800, Verdict::Seen),
        ([false, false], &[(500, A, true)], 5500, Verdict::Stuck),
        ([false, false], &[(500, B, true)], 5500, Verdict::Listening),
        ([false, false], &[], 29_999, Verdict::Listening),
        ([false, false], &[], 30_000, Verdict::Silent),
        // Held when it is asked for: for too long, or let go in time.
        ([true, false], &[], 5000, Verdict::Stuck),
        ([true, false], &[(900, A, false)], 6000, Verdict::Listening),
        // The level of a pressed key is the other one.
        ([true, false], &[(900, A, false), (1100, A, true)], 1200, Verdict::Stuck),
        // Of another key that is none of its business.
        ([false, true], &[(900, B, false), (1100, B, true)], 1200, Verdict::Listening),
    ];
    for (idle, edges, look, expected) in cases {
        let mut trial = KeyTrial::new(&board(FULL));
        for (key, down) in [A, B].into_iter().zip(idle) {
            trial.hear(&Event::KeyReady { key, down, at: at(0) });
        }
        trial.ask(0, at(0));
        for &(ms, key, down) in edges {
            trial.look(at(ms));
            trial.hear(&Event::Edge { key, down, at: at(ms) });
        }
        assert_eq!(trial.look(at(look)), expected, "{idle:?} {edges:?}");
        assert!(trial.deadline(at(look)) > at(look));
    }
    assert_eq!((WAIT, LET_GO), (Duration::from_secs(30), Duration::from_secs(5)));
}

#[test]
fn a_key_whose_line_is_not_to_be_had_is_lost_until_it_is() {
    let mut trial = KeyTrial::new(&board(FULL));
    trial.hear(&Event::KeyFailed(Key::Accept));
    trial.ask(0, at(0));
    assert_eq!(trial.look(at(1)), Verdict::Lost);
    trial.hear(&Event::KeyReady { key: Key::Accept, down: false, at: at(2) });
    trial.ask(0, at(3));
    assert_eq!(trial.look(at(4)), Verdict::Listening);
}

#[test]
fn a_key_with_the_other_level_is_seen_after_it_was_flipped_and_has_that_level_in_the_profile() {
    let mut trial = KeyTrial::new(&board(FULL));
    trial.hear(&Event::KeyReady { key: Key::Reject, down: true, at: at(0) });
    trial.flip(1);
    trial.ask(1, at(1));
    for (ms, down) in [(100, false), (300, true)] {
        trial.hear(&Event::Edge { key: Key::Reject, down, at: at(ms) });
        trial.look(at(ms + 50));
    }
    assert_eq!(trial.look(at(400)), Verdict::Seen);
    let mut found = board(FULL);
    trial.apply(&mut found);
    let actives: Vec<_> = found
        .buttons
        .iter()
        .map(|button| match button.source {
            Source::Gpio { active, .. } => active,
            Source::Evdev { .. } => panic!("no line"),
        })
        .collect();
    assert_eq!(actives, [Active::Low, Active::High]);
}

/// Whatever the order of the keys is, each swap puts one of them in its place.
#[test]
fn keys_in_any_order_are_put_in_theirs() {
    let stick = Board::load("adafruit-oled-bonnet-128x64").unwrap();
    let lines = stick.buttons.len();
    for seed in 0..50usize {
        // The line that each name is really on.
        let mut real: Vec<usize> = (0..lines).collect();
        (0..lines).for_each(|n| real.swap(n, (seed * 7 + n * 5) % lines));
        let mut trial = KeyTrial::new(&stick);
        let mut swaps = 0;
        for (name, line) in real.iter().enumerate() {
            let key: Key = stick.buttons[*line].role.into();
            trial.hear(&Event::KeyReady { key, down: false, at: at(0) });
            trial.ask(name, at(1));
            for (ms, down) in [(100, true), (200, false)] {
                trial.hear(&Event::Edge { key, down, at: at(ms) });
                trial.look(at(ms + 50));
            }
            match trial.look(at(300)) {
                Verdict::Seen => {}
                Verdict::Other(other) => {
                    assert!(trial.can_swap(name, other) && !trial.is_confirmed(other));
                    trial.swap(name, other);
                    swaps += 1;
                }
                verdict => panic!("{verdict:?}"),
            }
            trial.confirm(name);
        }
        assert!(swaps < lines);
        let mut found = stick.clone();
        trial.apply(&mut found);
        for (name, line) in real.iter().enumerate() {
            let (wanted, is) = (&stick.buttons[name], &found.buttons[*line]);
            assert_eq!((&wanted.label, wanted.role), (&is.label, is.role), "{real:?}");
            assert_eq!(is.source, stick.buttons[*line].source);
        }
    }
}

#[test]
fn keys_of_a_matrix_can_be_swapped_and_those_of_a_keyboard_cannot() {
    let matrix = Board::load("matrix-keypad-4x4").unwrap();
    let mut trial = KeyTrial::new(&matrix);
    assert_eq!(trial.len(), 13);
    let named = |label: &str| (0..13).find(|name| trial.label(*name) == label).unwrap();
    let (one, hash) = (named("1"), named("#"));
    assert!(trial.can_swap(one, hash) && !trial.can_flip(one));
    trial.swap(one, hash);
    let mut found = matrix.clone();
    trial.apply(&mut found);
    let KeypadKind::Matrix { keys, .. } = found.keypad.unwrap().kind else { panic!("no matrix") };
    assert_eq!((keys[0][0], keys[3][2]), (Some(Key::Enter), Some(Key::Digit(1))));

    let numpad = KeyTrial::new(&Board::load("usb-numpad").unwrap());
    assert!(!numpad.can_swap(0, 1) && !numpad.can_flip(0));
    let optional = (0..numpad.len()).filter(|name| numpad.is_optional(*name)).count();
    assert_eq!((numpad.len(), optional), (13, 2));
}
