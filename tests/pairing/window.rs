//! The window: who opens it, and what closes it.

use pairpanel::pairing::{
    Answer, Call, Command, CommandId, Denial, Effect, Event, JustWorks, Key, Outcome, Policy,
    Refusal, Screen,
};

use crate::op::Op;
use crate::search::Search;
use crate::witness::Question;
use crate::world::{
    ADAPTER, World, assert_ended, bench, bonnet, close_window, device, display_alone, keypad,
    lasting, ms, one_key, open_window, stick,
};

fn is_open(world: &World) -> bool {
    world.session.status(world.now).window.is_some()
}

/// Each way to press keys at a panel with a closed window, and whether it opens.
#[test]
fn a_long_hold_of_the_accept_key_opens_the_window_and_nothing_else_does() {
    type Gesture = fn(&mut World) -> &mut World;
    let gestures: [(&str, Gesture, bool); 6] = [
        ("held for two seconds", |w| w.press(Key::Accept, ms(2100)), true),
        ("held for less", |w| w.press(Key::Accept, ms(1900)), false),
        (
            "two short presses",
            |w| w.press(Key::Accept, ms(1500)).press(Key::Accept, ms(1500)),
            false,
        ),
        ("with the reject key", |w| w.edge(Key::Reject, true).press(Key::Accept, ms(3000)), false),
        (
            "begun while something else was on the glass",
            |w| {
                w.edge(Key::Accept, true).wait(ms(1000)).tell(open_window(60_000));
                w.confirm(&device(1), 1);
                w.tell(Event::Cancel).tell(close_window()).wait(ms(3000))
            },
            false,
        ),
        (
            "down since before the start",
            |w| {
                let ready = Event::KeyReady { key: Key::Accept, down: true, at: w.now };
                w.tell(ready).wait(ms(5000))
            },
            false,
        ),
    ];
    for (what, gesture, opens) in gestures {
        let mut world = World::closed(Policy::default(), bonnet());
        gesture(&mut world);
        assert_eq!(is_open(&world), opens, "{what}");
    }
    let mut world = World::closed(Policy::default(), bonnet());
    let hint = |world: &World| match world.screen() {
        Screen::Idle { open, .. } => open,
        other => panic!("{other:?}"),
    };
    assert_eq!(hint(&world).as_deref(), Some("A"));
    world.edge(Key::Accept, true).wait(ms(200));
    assert!(matches!(world.screen(), Screen::Idle { .. }), "it may be a tap");
    world.wait(ms(1700));
    assert!(matches!(world.screen(), Screen::Opening { step: 15 }), "{:?}", world.screen());
    for board in [display_alone(), keypad()] {
        assert_eq!(hint(&World::closed(Policy::default(), board)), None, "nothing to hold");
    }
}

#[test]
fn a_press_of_the_key_that_says_no_closes_the_window() {
    for (board, key) in [(bonnet(), Key::Reject), (one_key(), Key::Accept)] {
        let mut world = World::ready(lasting(), board);
        world.confirm(&device(1), 1);
        world.shown().wait(ms(600)).press(key, ms(80));
        assert_ended(&world, Outcome::RejectedHere);
        assert!(is_open(world.press(key, ms(80))), "that press took the result away");
        assert!(!is_open(world.press(key, ms(80))));
    }
}

#[test]
fn as_many_bonds_as_the_policy_says_close_the_window_after_their_last_keys() {
    let mut world = World::ready(Policy { window_bonds: 2, ..Policy::default() }, bonnet());
    for n in [1, 2] {
        let request = world.confirm(&device(n), 7);
        world.accept();
        assert_eq!(world.answer(request), Some(Answer::Accept));
        world.bonded(&device(n));
    }
    let third = world.confirm(&device(3), 7);
    assert_eq!(world.answer(third), Some(Answer::Reject), "it was for two");
    assert!(is_open(&world), "the second may still be making its keys");
    assert!(!is_open(world.wait(ms(3000))));
    let mut lasts = World::ready(lasting(), bonnet());
    lasts.confirm(&device(1), 7);
    lasts.accept().bonded(&device(1));
    assert!(is_open(lasts.wait(ms(60_000))));
}

#[test]
fn pairings_that_come_to_nothing_are_followed_by_pauses_that_get_longer() {
    let policy = Policy { pause_after: 2, ..lasting() };
    let mut world = World::ready(policy, bonnet());
    let mut device_number = 0;
    let mut fails = |world: &mut World| {
        device_number = device_number % 8 + 1;
        let request = world.confirm(&device(device_number), 1);
        world.tell(Event::Cancel);
        world.answer(request)
    };
    for length in [30, 60, 120, 240, 480, 480] {
        assert_eq!(fails(&mut world), Some(Answer::Cancel));
        fails(&mut world);
        world.effects.clear();
        assert_eq!(fails(&mut world), Some(Answer::Reject), "there is a pause");
        world.wait(ms(length * 1000 - 1000)).tell(open_window(3_600_000));
        assert!(matches!(world.screen(), Screen::Paused { seconds: 1, .. }), "{length} s");
        world.wait(ms(1000));
        assert!(matches!(world.screen(), Screen::Window { .. }), "{:?}", world.screen());
    }
    let mut world = World::ready(Policy { pause_after: 2, ..lasting() }, bonnet());
    fails(&mut world);
    fails(&mut world);
    world.press(Key::Reject, ms(80));
    world.press(Key::Accept, ms(2100));
    assert!(matches!(world.screen(), Screen::Window { .. }), "somebody is here");
}

#[test]
fn a_device_that_was_refused_stays_so_until_the_window_opens_anew() {
    let mut world = bench();
    world.confirm(&device(1), 1);
    world.press(Key::Reject, ms(80));
    let again = world.confirm(&device(1), 1);
    assert_eq!(world.answer(again), Some(Answer::Reject));
    assert_ended(&world, Outcome::Refused(Refusal::SaidNo));
    world.tell(open_window(60_000));
    let anew = world.confirm(&device(1), 1);
    world.accept();
    assert_eq!(world.answer(anew), Some(Answer::Accept));
}

#[test]
fn a_long_hold_of_the_reject_key_is_a_no_for_good() {
    let blocks = |world: &World| world.effects.contains(&Effect::Block(device(1)));
    let mut world = bench();
    let request = world.confirm(&device(1), 1);
    world.shown().edge(Key::Reject, true).wait(ms(2900));
    assert_eq!((world.answer(request), blocks(&world)), (None, false));
    world.wait(ms(200));
    assert_eq!((world.answer(request), blocks(&world)), (Some(Answer::Reject), true));
    assert_ended(&world, Outcome::Blocked);
    world.edge(Key::Reject, false).wait(ms(50));
    assert!(is_open(&world), "the press was for the device");
    let mut world = bench();
    let request = world.confirm(&device(1), 1);
    world.shown().edge(Key::Reject, true).wait(ms(1000)).edge(Key::Accept, true).wait(ms(9000));
    assert_eq!((world.answer(request), blocks(&world)), (None, false), "two keys do nothing");
}

fn done(world: &World) -> Vec<Result<(), Denial>> {
    let result = |effect: &Effect| match effect {
        Effect::Done { result, .. } => Some(*result),
        _ => None,
    };
    world.effects.iter().filter_map(result).collect()
}

fn command(command: Command) -> Event {
    Event::Command { id: CommandId(7), command }
}

#[test]
fn a_command_is_answered_when_it_is_done_or_cannot_be() {
    type Before = fn(&mut World) -> &mut World;
    let broken: Before = |w| w.tell(Event::DisplayFailed);
    let gone: Before = |w| w.tell(Event::Unregistered);
    let fine: Before = |w| w;
    let bonded: Before = |w| w.was_bonded(&device(1));
    let pair = || Command::Pair(device(1).address());
    let forget = |n| Command::Forget(device(n));
    let cases = [
        (fine, Command::OpenWindow(None), Some(Ok(()))),
        (broken, Command::OpenWindow(None), Some(Err(Denial::OutOfOrder))),
        (gone, Command::OpenWindow(None), Some(Err(Denial::NoBluetoothd))),
        (broken, pair(), Some(Err(Denial::OutOfOrder))),
        (gone, pair(), Some(Err(Denial::NoBluetoothd))),
        (fine, pair(), Some(Ok(()))),
        (broken, Command::CloseWindow, Some(Ok(()))),
        (fine, Command::Identify, Some(Ok(()))),
        (gone, forget(1), Some(Err(Denial::NoBluetoothd))),
        (fine, forget(99), Some(Err(Denial::NoSuchDevice))),
        (bonded, forget(1), None),
        (fine, Command::ForgetAll, Some(Ok(()))),
        (bonded, Command::ForgetAll, None),
        (gone, Command::ForgetAll, Some(Err(Denial::NoBluetoothd))),
    ];
    for (before, order, at_once) in cases {
        let mut world = World::closed(Policy::default(), bonnet());
        before(&mut world).effects.clear();
        world.tell(command(order.clone()));
        assert_eq!(done(&world).first().copied(), at_once, "{order:?}");
        if at_once.is_none() {
            let mut fails = world.clone();
            fails.wait(ms(10_000));
            assert_eq!(done(&fails), [Err(Denial::NotForgotten)], "{order:?}");
            world.tell(Event::DeviceRemoved(device(1)));
            assert_eq!(done(&world), [Ok(())], "{order:?}");
        }
    }
    let reject = Policy { just_works: Some(JustWorks::Reject), ..Policy::default() };
    let mut bare = World::closed(reject, pairpanel::pairing::Fittings::default());
    bare.tell(command(Command::OpenWindow(None)));
    assert_eq!(done(&bare), [Err(Denial::Policy)], "the kernel would ask nobody");
}

#[test]
fn only_the_adapters_that_the_panel_is_for_are_opened() {
    let opens = |effect: &Effect| matches!(effect, Effect::SetAdapter { open: Some(_), .. });
    for (wanted, used) in [("hci0", true), ("00:aa:bb:cc:dd:ee", true), ("hci1", false)] {
        let policy = Policy { adapters: vec![wanted.into()], ..Policy::default() };
        let mut world = World::closed(policy, bonnet());
        world.tell(open_window(60_000));
        assert_eq!(world.effects.iter().any(opens), used, "{wanted}");
        let request = world.confirm(&device(1), 1);
        let expected = (!used).then_some(Answer::Reject);
        assert_eq!(world.answer(request), expected, "{wanted}");
        assert_eq!(world.session.status(world.now).adapters[ADAPTER].used, used);
    }
}

/// bluetoothd makes adapters pairable when another agent becomes the default, and says nothing else.
#[test]
fn an_adapter_that_opens_by_itself_makes_the_default_doubtful_and_is_claimed_back() {
    let doubts = |world: &World| {
        let doubted = |effect: &&Effect| matches!(effect, Effect::Doubted { .. });
        world.effects.iter().filter(doubted).count()
    };
    let claims =
        |world: &World| world.effects.iter().filter(|effect| **effect == Effect::Reclaim).count();
    let flips = |world: &mut World| {
        world.adapter(true, true, false);
        world.adapter(true, false, false);
    };
    let mut world = World::closed(Policy::default(), bonnet());
    flips(&mut world);
    assert_eq!((doubts(&world), claims(&world)), (0, 0), "the registration did that");
    world.wait(ms(4000));
    flips(&mut world);
    assert_eq!((doubts(&world), claims(&world)), (1, 1));
    flips(&mut world);
    assert_eq!((doubts(&world), claims(&world)), (1, 1), "to claim it does the same");
    world.tell(Event::Registered(world.session.capability()));
    for _ in 0..100 {
        world.wait(ms(4000));
        flips(&mut world);
    }
    assert!(claims(&world) < 12, "whoever claims it back each time is not answered for ever");

    let mut keeps = World::closed(Policy { reclaim: false, ..Policy::default() }, bonnet());
    keeps.wait(ms(4000));
    flips(&mut keeps);
    assert_eq!((doubts(&keeps), claims(&keeps)), (1, 0));
    let status = keeps.session.status(keeps.now);
    assert_eq!(status.default_agent, pairpanel::pairing::DefaultAgent::Doubtful);
}

#[test]
fn stopping_refuses_whatever_is_asked() {
    let mut world = World::ready(lasting(), stick());
    world.was_bonded(&device(1));
    let uuid = "0000110d-0000-1000-8000-00805f9b34fb".to_owned();
    let request = world.call(&device(1), Call::AuthorizeService { uuid });
    world.tell(Event::Stop);
    assert_eq!(world.answer(request), Some(Answer::Reject));
    assert!(!is_open(&world));
}

#[test]
fn a_closed_window_is_opened_by_a_long_hold_of_one_key_only() {
    use Key::{Accept, Reject};
    use Question::{ForgetAll, Service, Window};
    Search {
        name: "two keys, window closed",
        board: bonnet(),
        before: &[Op::CloseWindow, Op::Bonded(9)],
        alphabet: &[
            Op::Flip(Accept),
            Op::Edge(Accept, true),
            Op::Flip(Reject),
            Op::Confirm(1, 1),
            Op::Authorize(1),
            Op::DisplayPasskey(1, 3, 0),
            Op::AuthorizeService(9),
            Op::Shown,
            Op::Cancel,
            Op::DisplayFailed,
            Op::KeyReady(Accept, true),
            Op::Removed(9),
        ],
        depth: 6,
        accepts: &[Service, Window, ForgetAll],
    }
    .run();
    Search {
        name: "two keys, opened by hand",
        board: bonnet(),
        before: &[Op::CloseWindow, Op::Edge(Accept, true), Op::Settle, Op::Next, Op::Settle],
        alphabet: &[
            Op::Flip(Accept),
            Op::Flip(Reject),
            Op::Confirm(1, 1),
            Op::Shown,
            Op::Bonded(1),
            Op::DisplayFailed,
            Op::CloseWindow,
        ],
        depth: 6,
        accepts: &[Window, ForgetAll],
    }
    .run();
}
