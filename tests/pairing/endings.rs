//! How pairings end, as it shows in what becomes of the device.

use pairpanel::pairing::{
    Answer, Call, DeviceChange, Effect, Event, Fittings, JustWorks, Key, Method, Outcome, Policy,
    Reason, Refusal, Screen,
};

use crate::world::{
    ADAPTER, World, assert_ended, bench, bonnet, close_window, device, display_alone, lasting, ms,
    open_window, passkey, request_pin,
};

fn is_new(world: &mut World) -> &mut World {
    let change = DeviceChange {
        connected: Some(true),
        bonded: Some(false),
        paired: Some(false),
        ..DeviceChange::default()
    };
    world.device(&device(1), change)
}

#[test]
fn the_reason_of_a_lost_link_is_said_whether_it_comes_before_or_after_the_loss() {
    let reasons = [
        (Reason::Authentication, Outcome::NotAuthenticated),
        (Reason::Remote, Outcome::HungUp),
        (Reason::Timeout, Outcome::LinkLost),
        (Reason::Local, Outcome::NotAuthenticated),
        (Reason::Suspend, Outcome::Suspended),
        (Reason::Unknown, Outcome::LinkLost),
    ];
    for (reason, outcome) in reasons {
        for reason_first in [true, false] {
            let mut world = bench();
            let request = is_new(&mut world).confirm(&device(1), 1);
            world.shown();
            let left = Event::Disconnected { device: device(1), reason };
            if reason_first {
                world.tell(left).connected(&device(1), false);
            } else {
                world.connected(&device(1), false).tell(left);
            }
            assert_eq!(world.answer(request), Some(Answer::Cancel));
            assert_ended(&world, outcome);
        }
    }
}

#[test]
fn a_bond_that_nobody_was_asked_about_is_said_once_and_not_called_verified() {
    let mut world = World::ready(lasting(), bonnet());
    is_new(&mut world).bonded(&device(1));
    assert_ended(&world, Outcome::Unknown);
    world.device(&device(1), DeviceChange { paired: Some(true), ..DeviceChange::default() });
    let said = |effect: &&Effect| matches!(effect, Effect::Finished { .. });
    assert_eq!(world.effects.iter().filter(said).count(), 1);
    let mut world = bench();
    world.was_bonded(&device(2));
    assert!(matches!(world.screen(), Screen::Window { .. }), "the panel knows it");
}

#[test]
fn an_adapter_that_goes_takes_its_prompts_with_it() {
    let mut world = bench();
    let request = is_new(&mut world).confirm(&device(1), 1);
    world.shown().tell(Event::AdapterRemoved(ADAPTER.into()));
    assert_eq!(world.answer(request), Some(Answer::Cancel));
    assert_ended(&world, Outcome::Removed);
}

#[test]
fn a_refusal_without_a_prompt_is_said_but_never_over_something_that_is_open() {
    let mut world = bench();
    let request = world.confirm(&device(1), 1);
    world.call(&device(2), Call::RequestPasskey);
    assert!(matches!(world.screen(), Screen::Compare { .. }));
    world.press(Key::Reject, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Reject));
    world.call(&device(2), Call::RequestPasskey);
    assert_ended(&world, Outcome::Refused(Refusal::CannotAnswer));
}

/// A phone that was bonded, came into the open window, and went.
fn came_and_went(board: Fittings, stays: u64, reason: Option<Reason>) -> World {
    let mut world = World::ready(Policy::default(), board);
    world.was_bonded(&device(1)).connected(&device(1), true).wait(ms(stays));
    world.connected(&device(1), false);
    if let Some(reason) = reason {
        world.tell(Event::Disconnected { device: device(1), reason });
    }
    world.wait(ms(400));
    world
}

#[test]
fn a_bonded_device_that_gets_nowhere_is_offered_to_be_forgotten() {
    // A device that could not pair is hung up on by bluetoothd itself.
    let cases = [
        (bonnet(), 2000, None, true),
        (bonnet(), 2000, Some(Reason::Authentication), true),
        (bonnet(), 2000, Some(Reason::Local), true),
        (bonnet(), 2000, Some(Reason::Remote), false),
        (bonnet(), 60_000, None, false),
        (display_alone(), 2000, None, false),
    ];
    for (board, stays, reason, offered) in cases {
        let world = came_and_went(board, stays, reason);
        let asks = matches!(world.screen(), Screen::Forget { .. });
        assert_eq!(asks, offered, "stays {stays} ms, {reason:?}");
    }
    let mut asked = World::ready(Policy::default(), bonnet());
    asked.was_bonded(&device(1)).connected(&device(1), true).confirm(&device(1), 1);
    asked.press(Key::Reject, ms(80)).connected(&device(1), false).wait(ms(400));
    assert!(!matches!(asked.screen(), Screen::Forget { .. }), "it was asked and refused");
    let mut closed = World::closed(Policy::default(), bonnet());
    closed.was_bonded(&device(1)).connected(&device(1), true).connected(&device(1), false);
    assert!(matches!(closed.wait(ms(400)).screen(), Screen::Idle { .. }));
}

#[test]
fn a_bond_is_deleted_by_a_hold_and_by_nothing_else() {
    let forgets = |world: &World| world.effects.contains(&Effect::Forget(device(1)));
    type Way = fn(&mut World) -> &mut World;
    let ways: [(Way, bool); 6] = [
        (|w| w.accept(), true),
        (|w| w.shown().wait(ms(600)).press(Key::Accept, ms(300)), false),
        (|w| w.wait(ms(600)).press(Key::Accept, ms(3000)), false),
        (|w| w.shown().wait(ms(25_000)), false),
        (|w| w.tell(close_window()).accept(), false),
        (|w| w.tell(Event::DeviceRemoved(device(1))).accept(), false),
    ];
    for (n, (way, deleted)) in ways.into_iter().enumerate() {
        let mut world = came_and_went(bonnet(), 2000, None);
        way(&mut world);
        assert_eq!(forgets(&world), deleted, "way {n}");
        let answered = |effect: &Effect| matches!(effect, Effect::Reply { .. });
        assert!(!world.effects.iter().any(answered), "nobody has called");
    }
    let mut world = came_and_went(bonnet(), 2000, None);
    world.tell(Event::Cancel);
    assert!(matches!(world.screen(), Screen::Forget { .. }), "Cancel is not about it");
    let request = world.confirm(&device(2), 1);
    assert!(matches!(world.screen(), Screen::Compare { .. }), "bluetoothd's question goes first");
    world.accept();
    assert_eq!(world.answer(request), Some(Answer::Accept));
    assert!(!forgets(&world));

    let mut world = came_and_went(bonnet(), 2000, None);
    world.accept();
    assert!(matches!(world.screen(), Screen::Window { .. }), "bluetoothd has still to do it");
    type Failure = fn(&mut World) -> &mut World;
    let failures: [Failure; 3] = [
        |w| w.wait(ms(10_000)),
        |w| w.tell(Event::Unregistered),
        |w| w.tell(Event::AdapterRemoved(ADAPTER.into())),
    ];
    for fails in failures {
        let mut failing = came_and_went(bonnet(), 2000, None);
        fails(failing.accept());
        assert_ended(&failing, Outcome::NotForgotten);
    }
    world.tell(Event::DeviceRemoved(device(1)));
    assert_ended(&world, Outcome::Forgotten);
    let finished = Effect::Finished {
        device: device(1),
        method: Method::JustWorks,
        outcome: Outcome::Forgotten,
    };
    assert!(world.effects.contains(&finished));
}

fn ends(world: &World) -> Vec<(Method, Outcome)> {
    let end = |effect: &Effect| match effect {
        Effect::Finished { method, outcome, .. } => Some((*method, *outcome)),
        _ => None,
    };
    world.effects.iter().filter_map(end).collect()
}

fn passkey_to_type(n: u8) -> Event {
    Event::DisplayPasskey { device: device(n), passkey: Some(passkey(123_456)), entered: 0 }
}

/// BlueZ signals `Paired` when it knows the services, which may be in the middle of the next pairing.
#[test]
fn a_late_paired_of_the_last_pairing_ends_no_other() {
    type Again = fn(&mut World);
    let again: [Again; 2] = [
        |w| {
            w.tell(passkey_to_type(1)).shown();
        },
        |w| {
            w.confirm(&device(1), 5);
            w.accept();
        },
    ];
    for again in again {
        let mut world = World::ready(lasting(), bonnet());
        world.call(&device(1), Call::RequestAuthorization);
        world.accept().bonded(&device(1));
        assert_ended(&world, Outcome::PairedUnchecked);
        again(&mut world);
        let before = world.screen();
        world.device(&device(1), DeviceChange { paired: Some(true), ..DeviceChange::default() });
        assert_eq!(world.screen(), before);
    }
    let mut world = bench();
    world.tell(passkey_to_type(1)).shown().was_bonded(&device(1));
    world.tell(passkey_to_type(1));
    assert!(matches!(world.screen(), Screen::TypePasskey { .. }), "an old bond is no success");
}

#[test]
fn every_pairing_ends_once() {
    let lost = |world: &mut World| {
        is_new(world).confirm(&device(1), 1);
        world.shown().connected(&device(1), false);
    };
    let left = || Event::Disconnected { device: device(1), reason: Reason::Remote };
    let mut world = bench();
    lost(&mut world);
    world.tell(left());
    assert_eq!(ends(&world).len(), 1);
    let mut world = bench();
    lost(&mut world);
    world.wait(ms(20_000)).connected(&device(1), true).wait(ms(5000)).tell(left());
    assert_eq!(ends(&world).len(), 1, "a later link is another one");

    let mut world = World::ready(Policy::default(), display_alone());
    is_new(&mut world).tell(passkey_to_type(1)).shown();
    world.call(&device(1), Call::RequestAuthorization);
    assert!(matches!(world.screen(), Screen::Settling { .. }), "the code is gone");
    world.bonded(&device(1));
    let expected =
        [(Method::PasskeyEntry, Outcome::Cancelled), (Method::JustWorks, Outcome::PairedUnchecked)];
    assert_eq!(ends(&world), expected);
    let mut world = bench();
    world.call(&device(1), request_pin());
    world.tell(passkey_to_type(2));
    assert!(world.disconnected(&device(2)), "the PIN will stay on the glass");
}

#[test]
fn a_bond_that_nobody_was_asked_about_is_said_when_there_is_room() {
    let mut world = World::ready(lasting(), bonnet());
    world.confirm(&device(1), 1);
    world.shown().bonded(&device(2)).wait(ms(6000)).press(Key::Reject, ms(80));
    assert_ended(&world, Outcome::RejectedHere);
    world.wait(ms(61_000));
    assert_ended(&world, Outcome::Unknown);
}

#[test]
fn a_device_is_offered_to_be_forgotten_once_and_only_while_it_is_away() {
    let offered = |world: &World| matches!(world.screen(), Screen::Forget { .. });
    let come_and_go = |world: &mut World| {
        world.connected(&device(1), true).wait(ms(1000)).connected(&device(1), false).wait(ms(400));
    };
    let mut early = World::closed(Policy::default(), bonnet());
    early.was_bonded(&device(1)).connected(&device(1), true).wait(ms(10_000));
    early.tell(open_window(60_000)).wait(ms(1000)).connected(&device(1), false);
    assert!(!offered(early.wait(ms(400))), "it had come before the window opened");

    let mut world = came_and_went(bonnet(), 2000, None);
    assert!(offered(&world));
    world.connected(&device(1), true);
    assert!(!offered(&world), "it is back");
    world.connected(&device(1), false).wait(ms(400));
    assert!(!offered(&world), "once is enough");
    world.tell(close_window()).tell(open_window(60_000));
    come_and_go(&mut world);
    assert!(offered(&world), "another window, another try");

    let mut gone = bench();
    gone.was_bonded(&device(1)).connected(&device(1), true).wait(ms(1000));
    gone.connected(&device(1), false).tell(Event::AdapterRemoved(ADAPTER.into()));
    assert!(!offered(gone.wait(ms(400))));

    let window = Policy { just_works: Some(JustWorks::Window), ..Policy::default() };
    let mut world = World::ready(window, bonnet());
    world.was_bonded(&device(1));
    come_and_go(&mut world);
    let request = world.call(&device(1), Call::RequestAuthorization);
    assert_eq!(world.answer(request), Some(Answer::Accept));
    world.accept();
    assert!(!world.effects.contains(&Effect::Forget(device(1))), "it pairs at this moment");

    // Calls and signals come in different queues.
    let mut world = bench();
    world.was_bonded(&device(1)).confirm(&device(1), 1);
    world.connected(&device(1), true).press(Key::Reject, ms(80));
    world.connected(&device(1), false).wait(ms(400));
    assert!(!offered(&world), "somebody has just said no to it");
}
