//! Who may use a service: bonded devices, by the rule that the owner has for it.

use std::collections::BTreeMap;

use pairpanel::pairing::{Answer, Call, Fittings, Key, Outcome, Policy, Screen, ServiceRule};

use crate::world::{World, assert_ended, bonnet, device, display_alone, ms, open_window};

const AUDIO: &str = "0000110d-0000-1000-8000-00805f9b34fb";
const INPUT: &str = "00001124-0000-1000-8000-00805f9b34fb";
const UNKNOWN: &str = "8ce255c0-223a-11e0-ac64-0803450c9a66";

fn asks(uuid: &str) -> Call {
    Call::AuthorizeService { uuid: uuid.to_owned() }
}

#[test]
fn the_rule_for_a_service_decides_who_may_use_it() {
    use ServiceRule::{Always, Never, Once};
    #[derive(Debug, PartialEq)]
    enum Way {
        Refused,
        AtOnce,
        Press,
    }
    let cases: [(Fittings, bool, &str, Option<ServiceRule>, Way); 9] = [
        (bonnet(), true, AUDIO, None, Way::Press),
        (bonnet(), true, UNKNOWN, None, Way::Press),
        (bonnet(), true, INPUT, None, Way::Refused),
        (bonnet(), true, AUDIO, Some(Always), Way::AtOnce),
        (bonnet(), true, AUDIO, Some(Never), Way::Refused),
        (bonnet(), false, AUDIO, Some(Always), Way::Refused),
        (display_alone(), true, AUDIO, Some(Once), Way::Refused),
        (Fittings::default(), true, AUDIO, Some(Once), Way::Refused),
        (Fittings::default(), true, AUDIO, Some(Always), Way::AtOnce),
    ];
    for (board, bonded, uuid, rule, expected) in cases {
        let rules = rule.map(|rule| ("audio", rule));
        let services = BTreeMap::from_iter(rules);
        // The pairing window has nothing to do with it.
        let mut world = World::closed(Policy { services, ..Policy::default() }, board.clone());
        if bonded {
            world.was_bonded(&device(1));
        }
        let request = world.call(&device(1), asks(uuid));
        let at_once = world.answer(request);
        world.accept();
        let way = match (at_once, world.answer(request)) {
            (Some(Answer::Accept), _) => Way::AtOnce,
            (None, Some(Answer::Accept)) => Way::Press,
            _ => Way::Refused,
        };
        assert_eq!(way, expected, "{board:?} bonded: {bonded} {uuid} {rule:?}");
        if way == Way::Press {
            assert_ended(&world, Outcome::ServiceAllowed);
        }
    }
}

#[test]
fn a_service_that_is_always_allowed_leaves_what_is_asked_alone() {
    let services = BTreeMap::from([("audio", ServiceRule::Always)]);
    let mut world = World::ready(Policy { services, ..Policy::default() }, bonnet());
    world.was_bonded(&device(2));
    let question = world.confirm(&device(1), 1);
    let service = world.call(&device(2), asks(AUDIO));
    assert_eq!(world.answer(service), Some(Answer::Accept));
    world.accept();
    assert_eq!(world.answer(question), Some(Answer::Accept));
}

#[test]
fn a_service_is_asked_about_by_name_and_one_thing_at_a_time() {
    let mut world = World::closed(Policy::default(), bonnet());
    world.was_bonded(&device(1)).was_bonded(&device(2));
    let first = world.call(&device(1), asks(AUDIO));
    assert!(matches!(world.screen(), Screen::Service { service: "Audio (A2DP)", .. }));
    let second = world.call(&device(2), asks(UNKNOWN));
    assert_eq!(world.answer(second), Some(Answer::Reject), "one at a time");
    world.tell(open_window(1000)).wait(ms(2000));
    assert_eq!(world.answer(first), None, "the window closes for pairings only");
    world.press(Key::Reject, ms(80));
    assert_eq!(world.answer(first), Some(Answer::Reject));
    assert_ended(&world, Outcome::RejectedHere);
}

#[test]
fn a_no_holds_for_the_services_that_are_asked_for_next() {
    let mut world = World::closed(Policy::default(), bonnet());
    world.was_bonded(&device(1));
    let asked = |world: &World| matches!(world.screen(), Screen::Service { .. });
    world.call(&device(1), asks(AUDIO));
    world.press(Key::Reject, ms(80));
    let next = world.call(&device(1), asks(UNKNOWN));
    assert_eq!(world.answer(next), Some(Answer::Reject));
    assert!(!asked(&world));
    world.wait(ms(60_000)).call(&device(1), asks(UNKNOWN));
    assert!(asked(&world));
}
