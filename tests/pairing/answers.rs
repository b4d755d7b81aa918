//! How a prompt ends: by which presses, and by what else.

use std::time::Duration;

use pairpanel::pairing::{
    Answer, DeviceChange, Effect, Event, Key, Keys, Outcome, Policy, Press, Screen,
};

use crate::world::{
    World, assert_ended, bench, bonnet, close_window, device, lasting, ms, one_key,
};

fn press_state(world: &World) -> Press {
    match world.screen() {
        Screen::Compare { keys: Keys { press, .. }, .. } => press,
        other => panic!("the screen shows {other:?}"),
    }
}

#[test]
fn holding_the_accept_key_pairs() {
    let mut world = bench();
    let request = world.confirm(&device(1), 14_980);
    assert!(matches!(world.screen(), Screen::Compare { passkey, seconds: 25, .. }
        if passkey.digits() == [0, 1, 4, 9, 8, 0]));
    world.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(100)).shown().wait(ms(899));
    assert_eq!(world.answer(request), None);
    assert_eq!(press_state(&world), Press::Holding(15));
    world.wait(ms(31));
    assert_eq!(world.answer(request), Some(Answer::Accept));
    assert!(matches!(world.screen(), Screen::Settling { .. }));
    world.bonded(&device(1));
    assert_ended(&world, Outcome::PairedChecked);
    world.wait(ms(5000));
    assert!(matches!(world.screen(), Screen::Idle { .. }), "one bond closes the window");
}

/// Each way to press that is not "a hold that began after the code could be read".
#[test]
fn no_other_press_accepts() {
    type Gesture = fn(&mut World);
    let gestures: [(&str, Gesture); 9] = [
        ("no frame is acknowledged during the hold", |w| {
            w.shown().wait(ms(600)).press(Key::Accept, ms(5000));
        }),
        ("held before the frame is acknowledged", |w| {
            w.edge(Key::Accept, true).wait(ms(100)).shown().wait(ms(5000)).shown();
        }),
        ("pressed within the arm delay", |w| {
            w.shown().wait(ms(499)).edge(Key::Accept, true).wait(ms(5000)).shown();
        }),
        ("let go too early", |w| {
            w.shown().wait(ms(600)).hold(ms(990));
        }),
        ("two short presses", |w| {
            w.shown().wait(ms(600)).hold(ms(600)).hold(ms(600));
        }),
        ("reject goes down during the hold", |w| {
            w.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(500)).shown();
            w.edge(Key::Reject, true).wait(ms(3000)).shown();
        }),
        ("reject is down when the hold begins", |w| {
            w.shown().wait(ms(600)).edge(Key::Reject, true).wait(ms(100));
            w.edge(Key::Accept, true).wait(ms(3000)).shown();
            w.edge(Key::Reject, false).wait(ms(2000)).shown();
        }),
        ("never acknowledged by the display", |w| {
            w.wait(ms(1000)).press(Key::Accept, ms(3000));
        }),
        ("a bouncing contact that is never down for long", |w| {
            w.shown().wait(ms(600));
            for _ in 0..200 {
                w.edge(Key::Accept, true).wait(ms(15)).edge(Key::Accept, false).wait(ms(5));
            }
        }),
    ];
    for (what, gesture) in gestures {
        let mut world = bench();
        let request = world.confirm(&device(1), 1);
        gesture(&mut world);
        assert_eq!(world.answer(request), None, "{what}");
        world.wait(ms(26_000));
        assert_eq!(world.answer(request), Some(Answer::Reject), "{what}");
        assert_ended(&world, Outcome::TimedOut);
    }
}

#[test]
fn a_key_held_from_the_last_prompt_does_not_answer_the_next() {
    let mut world = World::ready(lasting(), bonnet());
    world.confirm(&device(1), 1);
    world.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(500)).shown().wait(ms(600));
    world.bonded(&device(1));
    let second = world.confirm(&device(2), 2);
    world.shown().wait(ms(3000));
    assert_eq!(world.answer(second), None);
    assert_eq!(press_state(&world), Press::LetGo);
    world.edge(Key::Accept, false).wait(ms(100)).accept();
    assert_eq!(world.answer(second), Some(Answer::Accept));
}

#[test]
fn the_way_out_decides_what_the_glass_says() {
    type Exit = fn(&mut World) -> &mut World;
    let exits: [(Exit, Answer, Outcome); 9] = [
        (|w| w.press(Key::Reject, ms(80)), Answer::Reject, Outcome::RejectedHere),
        (|w| w.wait(ms(25_000)), Answer::Reject, Outcome::TimedOut),
        (|w| w.tell(Event::Cancel), Answer::Cancel, Outcome::Cancelled),
        (|w| w.connected(&device(1), false), Answer::Cancel, Outcome::LinkLost),
        (|w| w.tell(Event::DeviceRemoved(device(1))), Answer::Cancel, Outcome::Removed),
        (|w| w.tell(Event::DisplayFailed), Answer::Reject, Outcome::DisplayFailed),
        (|w| w.tell(close_window()), Answer::Reject, Outcome::WindowClosed),
        (|w| w.tell(Event::Release), Answer::Cancel, Outcome::BluetoothdGone),
        (|w| w.tell(Event::Unregistered), Answer::Cancel, Outcome::BluetoothdGone),
    ];
    for (exit, answer, outcome) in exits {
        let mut world = bench();
        world.connected(&device(1), true);
        let request = world.confirm(&device(1), 1);
        world.shown().wait(ms(600));
        exit(&mut world);
        assert_eq!(world.answer(request), Some(answer), "{outcome:?}");
        assert_ended(&world, outcome);
        let replies = world.effects.len();
        world.accept().wait(ms(40_000));
        let late = &world.effects[replies..];
        assert!(!late.iter().any(|e| matches!(e, Effect::Reply { .. })), "{outcome:?}: {late:?}");
    }
}

#[test]
fn a_reject_press_from_before_the_prompt_does_not_reject_it() {
    let mut world = bench();
    world.edge(Key::Reject, true).wait(ms(50));
    let request = world.confirm(&device(1), 1);
    world.wait(ms(50)).edge(Key::Reject, false).wait(ms(50));
    assert_eq!(world.answer(request), None);
}

#[test]
fn the_only_key_says_no_when_it_is_let_go_early() {
    let board = one_key();
    let mut world = World::ready(Policy::default(), board);
    let request = world.confirm(&device(1), 1);
    world.shown().wait(ms(600)).press(Key::Accept, ms(200));
    assert_eq!(world.answer(request), Some(Answer::Reject));
    assert_ended(&world, Outcome::RejectedHere);
}

#[test]
fn without_a_hold_a_plain_press_accepts_when_it_is_complete() {
    let policy = Policy { hold: Duration::ZERO, ..Policy::default() };
    let mut world = World::ready(policy, bonnet());
    let request = world.confirm(&device(1), 1);
    world.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(3000));
    assert_eq!(world.answer(request), None);
    world.edge(Key::Accept, false).wait(ms(30));
    assert_eq!(world.answer(request), Some(Answer::Accept));
}

#[test]
fn an_accepted_pairing_ends_as_the_device_says() {
    type End = fn(&mut World) -> &mut World;
    let ends: [(End, Outcome); 5] = [
        (|w| w.bonded(&device(1)), Outcome::PairedChecked),
        (
            |w| {
                let paired = DeviceChange { paired: Some(true), ..Default::default() };
                w.device(&device(1), paired)
            },
            Outcome::PairedChecked,
        ),
        (|w| w.connected(&device(1), false), Outcome::LinkLost),
        (|w| w.press(Key::Reject, ms(80)), Outcome::RejectedHere),
        (|w| w.wait(ms(35_000)), Outcome::TimedOut),
    ];
    for (end, outcome) in ends {
        let mut world = bench();
        world.connected(&device(1), true).confirm(&device(1), 1);
        world.accept();
        assert!(matches!(world.screen(), Screen::Settling { .. }));
        world.bonded(&device(9));
        assert!(matches!(world.screen(), Screen::Settling { .. }), "another device's bond");
        end(&mut world);
        assert_ended(&world, outcome);
    }
}

/// bluetoothd says nothing about it, so the panel must not either: neither that it is paired, nor
/// by taking the code away from somebody who is still comparing, nor by dropping a good link.
#[test]
fn of_a_bonded_device_that_pairs_again_nothing_is_claimed() {
    let mut world = World::ready(lasting(), bonnet());
    world.was_bonded(&device(1)).connected(&device(1), true).confirm(&device(1), 1);
    world.accept().bonded(&device(1)).wait(ms(30_000));
    assert!(matches!(world.screen(), Screen::Settling { passkey: Some(_), .. }));
    world.wait(ms(5000));
    assert_ended(&world, Outcome::Unconfirmed);

    let shown = Event::DisplayPasskey {
        device: device(1),
        passkey: pairpanel::pairing::Passkey::new(7),
        entered: 0,
    };
    world.tell(shown).wait(ms(35_000));
    assert_ended(&world, Outcome::Unconfirmed);
    assert!(!world.disconnected(&device(1)));
}

/// The daemon may be kept from running while the key goes up; what the kernel has to say about it
/// then comes after the time at which the hold would have been complete.
#[test]
fn a_short_press_is_none_the_longer_for_being_heard_of_late() {
    for late in [ms(910), ms(950), ms(2000), ms(20_000)] {
        for board in [bonnet(), one_key()] {
            let one_key = board.buttons.len() == 1;
            let mut world = World::ready(Policy::default(), board);
            let request = world.confirm(&device(1), 1);
            world.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(90)).shown();
            let released = world.now + ms(210);
            world.now = world.now + late;
            world.tell(Event::Tick);
            world.tell(Event::Edge { key: Key::Reject, down: false, at: world.now });
            world.tell(Event::Edge { key: Key::Accept, down: false, at: released });
            world.wait(ms(100));
            let answer = one_key.then_some(Answer::Reject);
            assert_eq!(world.answer(request), answer, "{late:?} late, one key: {one_key}");
        }
    }
}

#[test]
fn a_release_just_before_the_end_counts_even_if_it_is_heard_of_long_after() {
    let mut world = bench();
    let request = world.confirm(&device(1), 1);
    world.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(90)).shown().wait(ms(915));
    let released = world.now - ms(10);
    world.now = world.now + ms(2000);
    world.tell(Event::Tick);
    world.tell(Event::Edge { key: Key::Accept, down: false, at: released });
    world.wait(ms(100));
    assert_eq!(world.answer(request), None);
}

#[test]
fn a_hold_ends_with_the_first_edge_however_long_the_contacts_bounce() {
    let mut board = bonnet();
    board.buttons.values_mut().for_each(|key| key.debounce = ms(200));
    let mut world = World::ready(Policy::default(), board);
    let request = world.confirm(&device(1), 1);
    world.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(300)).shown().wait(ms(690));
    world.edge(Key::Accept, false).wait(ms(1000));
    assert_eq!(world.answer(request), None);
}

/// The kernel drops edges that nobody fetches. A key of which only the way down was seen twice may
/// be one that is stuck and chatters.
#[test]
fn a_key_that_was_not_seen_up_is_not_pressed_anew() {
    for held_before in [ms(100), ms(11_000)] {
        let mut world = bench();
        world.edge(Key::Accept, true).wait(held_before);
        let request = world.confirm(&device(1), 1);
        world.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(100)).shown();
        assert_eq!(press_state(&world), Press::LetGo);
        world.wait(ms(3000)).shown().wait(ms(3000));
        assert_eq!(world.answer(request), None, "down for {held_before:?} before");
        world.edge(Key::Accept, false).wait(ms(100)).accept();
        assert_eq!(world.answer(request), Some(Answer::Accept));
    }
}

#[test]
fn a_hold_with_a_lost_edge_in_it_is_none() {
    let mut world = bench();
    let request = world.confirm(&device(1), 1);
    world.shown().wait(ms(600)).edge(Key::Accept, true).wait(ms(500)).shown();
    world.edge(Key::Accept, true).wait(ms(5000)).shown().wait(ms(100));
    assert_eq!(press_state(&world), Press::LetGo);
    assert_eq!(world.answer(request), None);
}

#[test]
fn a_stuck_key_disables_its_own_role_only() {
    let mut world = bench();
    world.edge(Key::Reject, true).wait(ms(11_000));
    let request = world.confirm(&device(1), 1);
    world.accept();
    assert_eq!(world.answer(request), Some(Answer::Accept));

    let mut world = bench();
    world.edge(Key::Accept, true).wait(ms(11_000));
    let request = world.confirm(&device(1), 1);
    world.press(Key::Reject, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Reject));
}
