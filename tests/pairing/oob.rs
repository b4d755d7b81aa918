//! Out-of-band pairing: when there are data, where they go, and which bonds they stand for.

mod bonds;

use pairpanel::pairing::{
    AdapterState, Answer, Command, CommandId, Denial, Effect, Event, Fittings, Glow, Key, Method,
    Outcome, Policy, Screen,
};

use crate::world::{
    ADAPTER, World, bonnet, close_window, data, device, display_alone, ms, one_key, open_window,
    with_code,
};

fn policy() -> Policy {
    Policy { out_of_band: true, ..Policy::default() }
}

impl World {
    /// A panel with the window open and fresh data, whose glass shows the code.
    fn scanned(policy: Policy) -> Self {
        let mut world = Self::offering(policy, with_code(bonnet()));
        world.press(Key::Accept, ms(80)).code_shown();
        world.effects.clear();
        world
    }

    /// A panel with the window open and fresh data.
    fn offering(policy: Policy, board: Fittings) -> Self {
        let mut world = Self::ready(policy, board);
        world.fresh();
        world
    }

    fn fresh(&mut self) -> &mut Self {
        self.tell(Event::OutOfBandData { adapter: ADAPTER.into(), data: data() })
    }

    fn code_shown(&mut self) -> &mut Self {
        let prompt = self.session.on_screen(self.now).unwrap();
        self.tell(Event::Shown { prompt, glow: Glow::Full, at: self.now })
    }

    fn key(&mut self, n: u8) -> &mut Self {
        let address = device(n).address();
        self.tell(Event::OutOfBandKey { adapter: ADAPTER.into(), address })
    }

    fn failed(&mut self, n: u8) -> &mut Self {
        let address = device(n).address();
        self.tell(Event::OutOfBandFailed { adapter: ADAPTER.into(), address })
    }

    /// What was asked of the reader.
    fn asked_for(&self) -> Vec<Option<&str>> {
        let asked = self.effects.iter().filter_map(|effect| match effect {
            Effect::OutOfBand(adapter) => Some(adapter.as_deref()),
            _ => None,
        });
        asked.collect()
    }

    fn forgets(&self, n: u8) -> bool {
        self.effects.contains(&Effect::Forget(device(n)))
    }

    fn finished(&self) -> Vec<(Method, Outcome)> {
        let ended = |effect: &Effect| match effect {
            Effect::Finished { method, outcome, .. } => Some((*method, *outcome)),
            _ => None,
        };
        self.effects.iter().filter_map(ended).collect()
    }
}

fn shows_code(world: &World) -> bool {
    matches!(world.screen(), Screen::Scan { .. })
}

const SECOND: &str = "/org/bluez/hci1";
const PAIRED: (Method, Outcome) = (Method::OutOfBand, Outcome::PairedChecked);

#[test]
fn there_are_data_exactly_while_devices_may_pair() {
    type Ends = fn(&mut World);
    let ends: [Ends; 9] = [
        |w| {
            w.tell(close_window());
        },
        |w| {
            w.wait(ms(600_000));
        },
        |w| w.adapter(false, false, false),
        |w| {
            w.tell(Event::AdapterRemoved(ADAPTER.into()));
        },
        |w| {
            w.tell(Event::DisplayFailed);
        },
        |w| {
            w.tell(Event::Unregistered);
        },
        |w| {
            w.tell(Event::AgentLost);
        },
        |w| {
            w.tell(Event::Stop);
        },
        |w| {
            w.tell(Event::Policy(Box::default()));
        },
    ];
    for (n, ends) in ends.into_iter().enumerate() {
        let mut world = World::scanned(Policy { window_bonds: 0, ..policy() });
        ends(&mut world);
        assert_eq!(world.asked_for(), [None], "way {n}");
        assert!(!shows_code(&world), "way {n}");
    }
    let mut off = World::closed(Policy::default(), with_code(bonnet()));
    off.tell(open_window(60_000));
    assert_eq!(off.asked_for(), [], "nobody has turned it on");

    let mut world = World::closed(policy(), with_code(bonnet()));
    assert_eq!(world.asked_for(), [], "the window is closed");
    world.tell(open_window(60_000));
    assert_eq!(world.asked_for(), [Some(ADAPTER)]);
    world.fresh().adapter(false, false, false);
    world.adapter(true, false, false);
    assert_eq!(world.asked_for(), [Some(ADAPTER), None, Some(ADAPTER)], "after a power cycle");
}

#[test]
fn a_pause_takes_the_data_away() {
    let mut world = World::scanned(policy());
    for n in 1..=5 {
        world.connected(&device(n), true);
        world.failed(n).fresh();
        if n < 5 {
            // Off with the result.
            world.press(Key::Accept, ms(80)).code_shown();
        }
    }
    assert!(matches!(world.screen(), Screen::Paused { .. }));
    assert_eq!(world.asked_for().last(), Some(&None));
    world.effects.clear();
    world.wait(ms(30_000));
    assert_eq!(world.asked_for(), [Some(ADAPTER)]);
}

#[test]
fn a_key_switches_between_digits_and_code_and_a_question_goes_before_both() {
    let mut world = World::offering(policy(), with_code(bonnet()));
    assert!(matches!(world.screen(), Screen::Window { scan: Some(key), .. } if key == "A"));
    world.press(Key::Accept, ms(80));
    assert!(shows_code(&world));
    let request = world.confirm(&device(1), 7);
    assert!(matches!(world.screen(), Screen::Compare { .. }));
    world.press(Key::Reject, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Reject));
    // The press that takes the result off the glass does nothing else.
    world.press(Key::Accept, ms(80));
    assert!(shows_code(&world));
    world.press(Key::Accept, ms(80));
    assert!(matches!(world.screen(), Screen::Window { .. }));
    world.press(Key::Reject, ms(80));
    assert!(matches!(world.screen(), Screen::Idle { .. }), "the other key closes as ever");

    for board in [display_alone(), one_key()] {
        assert!(shows_code(&World::offering(policy(), with_code(board))), "no key to ask for it");
    }
    let small = World::offering(policy(), bonnet());
    assert!(matches!(small.screen(), Screen::Window { scan: None, .. }), "it does not fit");
}

#[test]
fn data_are_good_for_one_device_and_one_try() {
    let mut world = World::scanned(Policy { window_bonds: 0, ..policy() });
    world.connected(&device(1), true).key(1).bonded(&device(1));
    assert_eq!(world.asked_for(), [Some(ADAPTER)]);
    world.key(2).bonded(&device(2)).wait(ms(2000));
    assert!(world.forgets(2), "whoever has seen them later");

    let mut world = World::scanned(policy());
    world.connected(&device(1), true).failed(1);
    assert_eq!(world.asked_for(), [Some(ADAPTER)]);
    assert_eq!(world.finished(), [(Method::OutOfBand, Outcome::NotAuthenticated)]);
    assert!(matches!(world.screen(), Screen::Ended { .. }), "and the glass says so");

    let mut world = World::scanned(policy());
    world.failed(1);
    assert_eq!(world.asked_for(), [Some(ADAPTER)], "also of a device that is not known yet");
    assert_eq!(world.finished(), [(Method::OutOfBand, Outcome::NotAuthenticated)]);

    let mut world = World::offering(policy(), with_code(bonnet()));
    world.effects.clear();
    world.connected(&device(1), true).failed(1);
    assert_eq!(world.asked_for(), [Some(ADAPTER)]);
    assert_eq!(world.finished(), [], "nobody had data, so it was about something else");

    let mut asked = World::scanned(policy());
    asked.connected(&device(1), true).confirm(&device(1), 7);
    asked.failed(1);
    assert_eq!(asked.finished(), [], "that was about the digits");
}

#[test]
fn the_code_is_of_the_adapter_that_is_on_and_of_another_one_if_it_can_have_none() {
    let mut world = World::closed(policy(), with_code(display_alone()));
    let second = |alias: &str| Event::Adapter {
        adapter: SECOND.into(),
        state: AdapterState { alias: alias.into(), powered: true, ..AdapterState::default() },
    };
    world.tell(second("other box"));
    world.tell(open_window(60_000)).effects.clear();
    world.tell(Event::OutOfBandLost { adapter: ADAPTER.into(), lasting: true });
    assert_eq!(world.asked_for(), [Some(SECOND)]);
    world.tell(Event::OutOfBandData { adapter: SECOND.into(), data: data() });
    assert!(matches!(world.screen(), Screen::Scan { name, .. } if name == "other box"));
}

#[test]
fn data_that_cannot_be_had_are_asked_for_again_if_that_may_help() {
    let lost = |lasting| Event::OutOfBandLost { adapter: ADAPTER.into(), lasting };
    for (lasting, later) in [(false, vec![Some(ADAPTER)]), (true, vec![])] {
        let mut world = World::scanned(policy());
        world.tell(lost(lasting)).wait(ms(4999));
        assert!(!shows_code(&world));
        world.effects.retain(|effect| *effect != Effect::OutOfBand(None));
        world.wait(ms(1));
        assert_eq!(world.asked_for(), later, "lasting: {lasting}");
        world.effects.clear();
        world.tell(open_window(60_000));
        assert_eq!(world.asked_for().contains(&Some(ADAPTER)), lasting);
    }
}

#[test]
fn a_tag_has_the_data_while_they_are_good_and_counts_once_it_has_them() {
    let board = Fittings { tag: true, ..bonnet() };
    let wipes = |world: &World| world.effects.contains(&Effect::WipeTag);
    let mut world = World::offering(policy(), board.clone());
    assert!(matches!(
        &world.effects[..],
        [.., Effect::WriteTag { name, .. }] if name == "box"
    ));
    world.key(1).bonded(&device(1)).wait(ms(2000));
    assert!(world.forgets(1), "nobody can have touched it yet");

    let mut world = World::offering(policy(), board);
    let written = |effect: &Effect| match effect {
        Effect::WriteTag { id, .. } => Some(*id),
        _ => None,
    };
    let id = world.effects.iter().rev().find_map(written).unwrap();
    world.tell(Event::OnTag(id)).effects.clear();
    world.connected(&device(1), true).key(1).bonded(&device(1));
    assert_eq!(world.finished(), [PAIRED]);
    assert!(wipes(&world));
}

#[test]
fn whoever_may_read_the_data_gets_them_when_they_are_there() {
    let read = |n| Event::Command { id: CommandId(n), command: Command::ReadOutOfBand };
    let done = |n, result| Effect::Done { id: CommandId(n), result };
    let mut world = World::closed(policy(), bonnet());
    world.tell(read(1));
    assert_eq!(world.effects, [done(1, Err(Denial::NoData))]);
    world.tell(open_window(60_000)).tell(read(2)).effects.clear();
    world.fresh();
    let told = |world: &World, n| {
        let told = |effect: &Effect| matches!(effect, Effect::TellOutOfBand { id, .. } if *id == CommandId(n));
        world.effects.iter().any(told)
    };
    assert!(told(&world, 2));
    world.tell(read(3));
    assert!(told(&world, 3));
    let mut paired = world.clone();
    paired.connected(&device(1), true).key(1).bonded(&device(1));
    assert!(paired.finished().contains(&PAIRED), "they count as if they had been seen");
    let mut late = world.clone();
    late.effects.clear();
    // The window has ended, and the daemon hears of this first.
    late.now = late.now + ms(60_000);
    late.tell(read(5));
    assert!(!told(&late, 5) && late.effects.contains(&done(5, Err(Denial::NoData))));
    world.effects.clear();
    world.adapter(false, false, false);
    world.adapter(true, false, false);
    world.tell(read(4)).tell(close_window());
    assert!(world.effects.contains(&done(4, Err(Denial::NoData))));
}
