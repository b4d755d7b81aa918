//! The search for a glass that is not what its profile says, with a person who answers what is to be
//! seen on the emulated one.

use std::collections::HashMap;

use pairpanel::bench::{ATTEMPTS, Guess, Half, Search, View, picture};
use pairpanel::board::Controller;
use pairpanel::display::{Driver as _, Frame, Oled};
use proptest::prelude::*;

use crate::chip::Soldered;
use crate::glass::{Emulator, Glass};
use crate::panels::{ROTATIONS, WIRES, Wire, driver, glasses, picture as drawn, unusual};
use crate::person::{Eye, Seen, frame_size};

/// How much people have to look at and to answer at most, who answer what is true.
const MOST_ATTEMPTS: usize = 22;
const MOST_QUESTIONS: usize = 32;

/// How a search has ended.
struct Found {
    guess: Option<Guess>,
    attempts: usize,
    /// With those that follow an answer.
    questions: usize,
    /// What was tried and seen.
    story: String,
}

fn driver_of(emulator: &Emulator, guess: &Guess, wire: Wire) -> Oled {
    let Guess { controller, width, height, rotation, wiring } = *guess;
    let soldered = Soldered {
        width: width as usize,
        height: height as usize,
        columns_before: 0,
        first_com: 0,
        com_pins: 0,
    };
    driver(emulator, Glass { controller, soldered, mounted: rotation }, wire, wiring)
}

/// What was seen of one glass, by one person, of each guess.
type Views = HashMap<String, (View, Option<Half>)>;

/// As `pairpanel check` goes about it. What has been seen before is not looked at again.
fn search(glass: Glass, start: &Guess, wire: Wire, eye: Eye, views: &mut Views) -> Found {
    let emulator = Emulator::new(glass);
    emulator.state().foreign = true;
    let mut search = Search::new(start);
    let (mut attempts, mut questions, mut story) = (0, 0, String::new());
    while let Some(guess) = search.next() {
        attempts += 1;
        let look = || look(&emulator, &guess, attempts, wire, eye, &search);
        let (view, half) = *views.entry(format!("{guess:?}")).or_insert_with(look);
        story += &format!("{guess:?}: {view:?}, {half:?}\n");
        questions += 1 + if matches!(view, View::Moved { .. }) { 2 } else { 0 };
        questions += usize::from(half.is_some());
        if view == View::Right {
            return Found { guess: Some(guess), attempts, questions, story };
        }
        search.saw(&guess, view, half);
    }
    Found { guess: None, attempts, questions, story }
}

fn look(
    emulator: &Emulator,
    guess: &Guess,
    attempt: usize,
    wire: Wire,
    eye: Eye,
    search: &Search,
) -> (View, Option<Half>) {
    let (width, height) = frame_size(guess);
    let wanted = picture(width as u32, height as u32, attempt);
    let mut panel = driver_of(emulator, guess, wire);
    panel.start_over().unwrap();
    let seen = Seen::look(emulator, &mut panel, guess);
    panel.show(&wanted).unwrap();
    let view = seen.view(&emulator.seen(), &wanted, eye);
    let side = match view {
        View::Moved { cut, away } => search.asks_half(guess, cut, away),
        _ => None,
    };
    panel.blank().unwrap();
    (view, side.map(|side| seen.half(side)))
}

/// The profile that was found is right for a glass that has just got power.
fn proves_right(glass: Glass, guess: &Guess, wire: Wire) -> bool {
    let emulator = Emulator::new(glass);
    emulator.state().foreign = true;
    let (width, height) = frame_size(guess);
    let wanted: Frame = picture(width as u32, height as u32, 1);
    driver_of(&emulator, guess, wire).show(&wanted).unwrap();
    drawn(&emulator.seen()) == drawn(&wanted)
}

fn starts() -> Vec<Guess> {
    let of = |c: Controller| c.sizes().iter().map(move |size| Guess::usual(c, *size));
    Controller::ALL.into_iter().flat_map(of).collect()
}

/// The glasses of the table, mounted in every way, also with their rows connected in every way that
/// the controller can be told of.
fn truths() -> Vec<Glass> {
    let mut truths = Vec::new();
    for glass in glasses() {
        let pins: &[u8] = match glass.controller {
            Controller::Sh1107 => &[0],
            Controller::Sh1106 => &[0x02, 0x12],
            Controller::Ssd1306 | Controller::Ssd1309 => &[0x02, 0x12, 0x22, 0x32],
        };
        for (&com_pins, mounted) in pins.iter().flat_map(|p| ROTATIONS.map(|m| (p, m))) {
            let soldered = Soldered { com_pins, ..glass.soldered };
            truths.push(Glass { soldered, mounted, ..glass });
        }
    }
    truths
}

/// Every glass from the usual profile of every size of every controller, mounted in turn in each of
/// the four ways. It takes 6 pictures on average.
#[test]
fn every_glass_is_found_from_the_profile_of_every_other_one() {
    let truths: Vec<_> = truths().into_iter().enumerate().collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let results: Vec<_> = std::thread::scope(|scope| {
        let parts = truths.chunks(truths.len().div_ceil(threads));
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| search_each(part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let wrong: String =
        results.iter().filter_map(|result| result.as_ref().err().cloned()).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{wrong}", wrong.lines().count());
    let found = || results.iter().flatten();
    let most = (found().map(|f| f.attempts).max(), found().map(|f| f.questions).max());
    let all: usize = found().map(|found| found.attempts).sum();
    println!("{} searches, {all} attempts, {most:?} at most", results.len());
    assert!(most.0 <= Some(MOST_ATTEMPTS) && most.1 <= Some(MOST_QUESTIONS), "{most:?}");
}

/// For each of these glasses, and each profile: how it ended, or what is wrong with that.
fn search_each(truths: &[(usize, Glass)]) -> Vec<Result<Found, String>> {
    let mut results = Vec::new();
    for &(n, glass) in truths {
        let (wire, eye) = (WIRES[n % 2], [Eye::Keen, Eye::Dull][n / 2 % 2]);
        let mut views = Views::default();
        for (m, start) in starts().into_iter().enumerate() {
            let start = Guess { rotation: ROTATIONS[(n + m / 3) % 4], ..start };
            let found = search(glass, &start, wire, eye, &mut views);
            let right = found.guess.is_some_and(|guess| proves_right(glass, &guess, wire));
            results.push(if right {
                Ok(found)
            } else {
                Err(format!(
                    "{glass:?} from {start:?} on {wire:?}, {eye:?}: {:?}\n{}",
                    found.guess, found.story
                ))
            });
        }
    }
    results
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// One that is off by a few columns and rows, from the profile of one of its size that is mounted
    /// and soldered as usual. Every view is of what the attempts before it have left in the chip.
    #[test]
    fn a_glass_that_is_off_by_some_lines_is_found_too(
        glass in prop::sample::select(glasses()),
        mounted in prop::sample::select(&ROTATIONS[..]),
        (columns, coms) in (-6..=6isize, -6..=6isize),
        rotation in prop::sample::select(&ROTATIONS[..]),
        wire in prop::sample::select(&WIRES[..]),
        eye in prop::sample::select(&[Eye::Keen, Eye::Dull][..]),
    ) {
        let Soldered { width, height, columns_before, first_com, .. } = glass.soldered;
        // Half of this one would be out of sight, and what is left of the picture says too little.
        prop_assume!(height > 16);
        let most = |all: u32, here: usize| all as usize - here;
        let controller = glass.controller;
        let scanned = if controller == Controller::Sh1107 { width } else { height };
        let soldered = Soldered {
            columns_before: columns_before.saturating_add_signed(columns).min(most(controller.columns(), width)),
            first_com: first_com.saturating_add_signed(coms).min(most(controller.coms(), scanned)),
            ..glass.soldered
        };
        let glass = Glass { soldered, mounted, ..glass };
        let start = Guess::usual(controller, (width as u32, height as u32));
        let start = Guess { rotation, ..start };
        let found = search(glass, &start, wire, eye, &mut Views::default());
        let right = found.guess.is_some_and(|guess| proves_right(glass, &guess, wire));
        prop_assert!(right, "{:?}\n{}", found.guess, found.story);
    }

    /// From any other profile it is found, or said not to be: nothing that is wrong is ever right.
    #[test]
    fn what_is_found_is_right_whatever_is_soldered(
        (glass, _) in unusual(),
        mounted in prop::sample::select(&ROTATIONS[..]),
        start in prop::sample::select(starts()),
        rotation in prop::sample::select(&ROTATIONS[..]),
        wire in prop::sample::select(&WIRES[..]),
        eye in prop::sample::select(&[Eye::Keen, Eye::Dull][..]),
    ) {
        let glass = Glass { mounted, ..glass };
        let start = Guess { rotation, ..start };
        let found = search(glass, &start, wire, eye, &mut Views::default());
        let right = found.guess.is_none_or(|guess| proves_right(glass, &guess, wire));
        prop_assert!(right, "{:?}\n{}", found.guess, found.story);
        prop_assert!(found.attempts <= ATTEMPTS);
    }
}
