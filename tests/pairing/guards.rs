//! What looks like a yes and is none.

use pairpanel::pairing::{
    Answer, Call, Capability, Effect, Event, Fittings, JustWorks, Key, Policy, RequestId,
};

use crate::world::{
    World, bench, bonnet, bonnet_and_keypad, device, keypad, ms, open_window, request_pin, stick,
};

/// A board at which a plain press accepts, with a comparison on the glass.
fn comparing() -> (World, RequestId) {
    let mut world = World::ready(Policy { hold: ms(0), ..Policy::default() }, bonnet());
    let request = world.confirm(&device(1), 1);
    world.shown().wait(ms(600));
    (world, request)
}

/// Six digits typed and shown, and not sent.
fn typed(board: Fittings) -> (World, RequestId) {
    let mut world = World::ready(Policy::default(), board);
    let request = world.call(&device(1), Call::RequestPasskey);
    world.shown().wait(ms(600)).types("123456");
    (world, request)
}

#[test]
fn a_press_of_a_stuck_key_or_one_with_a_lost_edge_sends_nothing() {
    type Press = fn(&mut World, Key) -> &mut World;
    let presses: [Press; 2] = [
        |w, key| w.edge(key, true).wait(ms(12_000)).edge(key, false).wait(ms(50)),
        |w, key| {
            w.edge(key, true).wait(ms(100)).edge(key, true).wait(ms(100));
            w.edge(key, false).wait(ms(50))
        },
    ];
    for press in presses {
        let (mut world, request) = comparing();
        press(&mut world, Key::Accept);
        assert_eq!(world.answer(request), None);
        world.press(Key::Accept, ms(80));
        assert_eq!(world.answer(request), Some(Answer::Accept), "the next one counts");
        let (mut world, request) = typed(bonnet_and_keypad());
        press(&mut world, Key::Enter);
        assert_eq!(world.answer(request), None);
    }
}

#[test]
fn any_other_key_that_is_down_is_a_second_finger() {
    let stick_keys = [Key::Up, Key::Down, Key::Left, Key::Right, Key::Select, Key::Reject];
    let keypad_keys = [Key::Digit(1), Key::Enter, Key::Erase, Key::Escape];
    let boards = [(stick(), stick_keys.as_slice()), (bonnet_and_keypad(), &keypad_keys)];
    for (board, keys) in boards {
        for (n, key) in keys.iter().enumerate() {
            let mut world = World::ready(Policy::default(), board.clone());
            let request = world.confirm(&device(1), 1);
            world.shown().wait(ms(600)).edge(*key, true).wait(ms(200)).hold(ms(1100));
            assert_eq!(world.answer(request), None, "key {n}");
        }
    }
    let (mut world, request) = typed(bonnet_and_keypad());
    world.edge(Key::Accept, true).wait(ms(50)).press(Key::Enter, ms(80));
    assert_eq!(world.answer(request), None);
}

#[test]
fn a_press_that_began_before_the_glass_had_all_of_it_sends_nothing_however_slow_the_key() {
    let mut board = bonnet_and_keypad();
    board.keypad.iter_mut().for_each(|keypad| keypad.debounce = ms(20));
    let mut world = World::ready(Policy::default(), board);
    let request = world.call(&device(1), Call::RequestPasskey);
    world.shown().wait(ms(600)).types("12345").press(Key::Digit(6), ms(40));
    world.edge(Key::Enter, true).wait(ms(10)).shown().wait(ms(60)).edge(Key::Enter, false);
    assert_eq!(world.wait(ms(50)).answer(request), None);
    world.press(Key::Enter, ms(80));
    assert!(world.answer(request).is_some());
}

#[test]
fn what_is_typed_for_one_device_does_not_go_on_for_the_next() {
    let mut world = World::ready(Policy::default(), keypad());
    let first = world.call(&device(1), request_pin());
    world.wait(ms(600)).types("12").tell(Event::Cancel);
    let second = world.call(&device(2), request_pin());
    world.types("3456").wait(ms(600)).press(Key::Enter, ms(80));
    assert_eq!(world.answer(first), Some(Answer::Cancel));
    assert_eq!(world.answer(second), None, "digits wait for the arm delay, too");
}

#[test]
fn a_board_whose_no_key_is_missing_says_no_by_a_short_press_of_the_other() {
    let mut no_escape = World::ready(Policy::default(), keypad());
    no_escape.tell(Event::KeyFailed(Key::Escape));
    let request = no_escape.call(&device(1), Call::RequestAuthorization);
    no_escape.wait(ms(600)).press(Key::Enter, ms(100));
    assert_eq!(no_escape.answer(request), Some(Answer::Reject));
    let mut lost = bench();
    lost.tell(Event::KeyFailed(Key::Reject));
    let request = lost.confirm(&device(1), 1);
    lost.shown().wait(ms(600)).press(Key::Accept, ms(300));
    assert_eq!(lost.answer(request), Some(Answer::Reject));
}

/// With it the kernel accepts BR/EDR just works without asking anybody.
#[test]
fn a_board_that_claims_nothing_is_open_only_if_the_window_is_all_that_is_asked_for() {
    let narrowed = Fittings { at_most: Some(Capability::NoInputNoOutput), ..bonnet() };
    let cases = [
        (narrowed.clone(), None, false),
        (narrowed.clone(), Some(JustWorks::Reject), false),
        (narrowed, Some(JustWorks::Window), true),
        (Fittings::default(), None, true),
        (Fittings::default(), Some(JustWorks::Reject), false),
    ];
    for (board, just_works, expected) in cases {
        let policy = Policy { just_works, ..Policy::default() };
        let mut world = World::closed(policy, board);
        assert_eq!(world.session.capability(), Capability::NoInputNoOutput);
        world.tell(open_window(60_000));
        let opens = |effect: &Effect| matches!(effect, Effect::SetAdapter { open: Some(_), .. });
        assert_eq!(world.effects.iter().any(opens), expected, "{just_works:?}");
    }
}

#[test]
fn a_key_that_is_down_when_the_listening_begins_does_not_close_the_adapters() {
    let mut world = World::ready(Policy::default(), keypad());
    world.adapter(true, true, true);
    world.effects.clear();
    world.call(&device(1), Call::RequestPasskey);
    world.tell(Event::KeyReady { key: Key::Enter, down: true, at: world.now });
    world.edge(Key::Enter, false).wait(ms(50));
    let sets = |effect: &Effect| matches!(effect, Effect::SetAdapter { .. });
    assert!(!world.effects.iter().any(sets), "{:?}", world.effects);
}
