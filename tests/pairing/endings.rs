//! How pairings end, as it shows in what becomes of the device.

use pairpanel::pairing::{
    Answer, Call, DeviceChange, Effect, Event, Fittings, Key, Method, Outcome, Policy, Reason,
    Refusal, Screen,
};

use crate::world::{ADAPTER, World, assert_ended, bench, bonnet, device, display_alone, ms};

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
        (Reason::Local, Outcome::LinkLost),
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
    let mut world = bench();
    is_new(&mut world).bonded(&device(1));
    assert_ended(&world, Outcome::PairedUnchecked);
    world.device(&device(1), DeviceChange { paired: Some(true), ..DeviceChange::default() });
    let said = |effect: &&Effect| matches!(effect, Effect::Finished { .. });
    assert_eq!(world.effects.iter().filter(said).count(), 1);
    let mut world = bench();
    world.bonded(&device(2));
    assert!(matches!(world.screen(), Screen::Window { .. }), "it was there before");
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
    world.bonded(&device(1)).connected(&device(1), true).wait(ms(stays));
    world.connected(&device(1), false);
    if let Some(reason) = reason {
        world.tell(Event::Disconnected { device: device(1), reason });
    }
    world.wait(ms(400));
    world
}

#[test]
fn a_bonded_device_that_gets_nowhere_is_offered_to_be_forgotten() {
    let cases = [
        (bonnet(), 2000, None, true),
        (bonnet(), 2000, Some(Reason::Authentication), true),
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
    asked.bonded(&device(1)).connected(&device(1), true).confirm(&device(1), 1);
    asked.press(Key::Reject, ms(80)).connected(&device(1), false).wait(ms(400));
    assert!(!matches!(asked.screen(), Screen::Forget { .. }), "it was asked and refused");
    let mut closed = World::closed(Policy::default(), bonnet());
    closed.bonded(&device(1)).connected(&device(1), true).connected(&device(1), false);
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
        (|w| w.tell(Event::CloseWindow).accept(), false),
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
    assert_ended(&world, Outcome::Forgotten);
    let finished = Effect::Finished {
        device: device(1),
        method: Method::JustWorks,
        outcome: Outcome::Forgotten,
    };
    assert!(world.effects.contains(&finished));
}
