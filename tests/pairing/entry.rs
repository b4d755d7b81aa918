//! Passkeys and PINs that are typed or picked at the panel, or shown because they cannot be.

use pairpanel::pairing::{
    Answer, Call, Capability, Effect, Event, Fittings, Glow, Key, Outcome, Pick, Policy, RequestId,
    Screen,
};

use crate::world::{
    World, assert_ended, bench, bonnet_and_keypad, device, display_alone, keypad, ms, passkey, pin,
    request_pin, stick,
};

fn asked_for_passkey(board: Fittings) -> (World, RequestId) {
    let mut world = World::ready(Policy::default(), board);
    let request = world.call(&device(1), Call::RequestPasskey);
    (world, request)
}

fn typed(world: &World) -> (String, Option<Pick>, bool) {
    match world.screen() {
        Screen::EnterPasskey { typed, pick, keys, .. }
        | Screen::EnterPin { typed, pick, keys, .. } => {
            let digits = typed.digits().iter().map(ToString::to_string).collect();
            (digits, pick, keys.complete)
        }
        other => panic!("the screen shows {other:?}"),
    }
}

#[test]
fn a_typed_passkey_is_sent_by_the_enter_key_alone() {
    for board in [keypad(), bonnet_and_keypad()] {
        let (mut world, request) = asked_for_passkey(board);
        world.shown().wait(ms(600)).types("01498").press(Key::Enter, ms(80));
        assert_eq!(world.answer(request), None, "five digits");
        world.types("0").wait(ms(5000));
        assert_eq!(world.answer(request), None, "the sixth digit sends nothing");
        assert_eq!(typed(&world), ("014980".into(), None, true));
        world.types("7");
        assert_eq!(typed(&world).0, "014980", "a seventh is none");
        world.types("<<<123").press(Key::Enter, ms(80));
        assert_eq!(world.answer(request), Some(Answer::Passkey(passkey(14_123))));
        assert!(matches!(world.screen(), Screen::Settling { passkey: None, .. }));
        world.bonded(&device(1));
        assert_ended(&world, Outcome::PairedChecked);
    }
}

#[test]
fn a_passkey_that_the_glass_has_not_shown_cannot_be_sent() {
    let (mut world, request) = asked_for_passkey(bonnet_and_keypad());
    world.types("9").shown().wait(ms(600)).types("01498");
    let stale = world.session.asked().unwrap();
    world.press(Key::Digit(0), ms(40));
    world.tell(Event::Shown { prompt: stale, glow: Glow::Full, at: world.now });
    assert_eq!(typed(&world), ("014980".into(), None, false), "not yet on the glass");
    world.press(Key::Enter, ms(80));
    assert_eq!(world.answer(request), None);
    world.edge(Key::Enter, true).shown().edge(Key::Enter, false).wait(ms(50));
    assert_eq!(world.answer(request), None, "the press began before it was");
    world.press(Key::Enter, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Passkey(passkey(14_980))));
}

#[test]
fn what_is_typed_or_pressed_together_with_enter_spoils_the_press() {
    for key in [Key::Digit(1), Key::Erase, Key::Reject, Key::Escape, Key::Accept] {
        let (mut world, request) = asked_for_passkey(bonnet_and_keypad());
        world.shown().wait(ms(600)).types("123456").edge(Key::Enter, true).wait(ms(50));
        world.edge(key, true).wait(ms(100)).edge(Key::Enter, false).wait(ms(100));
        assert_eq!(world.answer(request), None, "{key:?}");
    }
}

#[test]
fn enter_is_the_accept_key_of_a_board_without_one_and_escape_the_reject_key() {
    let mut world = World::ready(Policy::default(), keypad());
    let request = world.call(&device(1), Call::RequestAuthorization);
    world.wait(ms(600)).press(Key::Enter, ms(300));
    assert_eq!(world.answer(request), None, "just works takes a hold");
    world.press(Key::Enter, ms(1200));
    assert_eq!(world.answer(request), Some(Answer::Accept));
    let (mut world, request) = asked_for_passkey(keypad());
    world.types("123").press(Key::Escape, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Reject));

    let mut world = World::ready(Policy::default(), bonnet_and_keypad());
    let request = world.confirm(&device(1), 1);
    world.shown().wait(ms(600)).edge(Key::Enter, true).wait(ms(100)).shown().wait(ms(3000));
    assert_eq!(world.answer(request), None, "there the board has a key of its own");
    world.edge(Key::Enter, false).press(Key::Escape, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Reject), "a no is a no");
}

#[test]
fn a_stick_picks_digits_and_the_accept_key_takes_and_sends_them() {
    let (mut world, request) = asked_for_passkey(stick());
    assert_eq!(world.session.capability(), Capability::KeyboardDisplay);
    world.shown().wait(ms(600));
    let tap = |world: &mut World, keys: &[Key]| {
        for key in keys {
            world.press(*key, ms(60));
        }
        world.shown();
    };
    use Key::{Accept, Down, Left, Right, Select, Up};
    tap(&mut world, &[Up, Up, Down, Accept, Up, Up, Select, Up, Up, Up, Right]);
    assert_eq!(typed(&world), ("123".into(), Some(Pick::Digit(0)), false));
    tap(&mut world, &[Down]);
    assert_eq!(typed(&world).1, Some(Pick::Erase));
    tap(&mut world, &[Accept, Left, Down, Down, Accept, Accept]);
    assert_eq!(typed(&world).0, "190");
    tap(&mut world, &[Accept, Accept, Accept]);
    assert_eq!(typed(&world), ("190000".into(), Some(Pick::Submit), true));
    tap(&mut world, &[Select, Right]);
    assert_eq!(world.answer(request), None, "only the accept key sends");
    tap(&mut world, &[Down]);
    assert_eq!(typed(&world), ("190000".into(), Some(Pick::Erase), false));
    tap(&mut world, &[Up, Up, Up]);
    world.press(Accept, ms(60));
    assert_eq!(world.answer(request), Some(Answer::Passkey(passkey(190_000))));
}

#[test]
fn a_pin_is_typed_where_there_are_digits_and_shown_where_there_is_only_a_display() {
    let mut world = World::ready(Policy::default(), bonnet_and_keypad());
    let request = world.call(&device(1), request_pin());
    world.shown().wait(ms(600)).press(Key::Enter, ms(80));
    assert_eq!(world.answer(request), None, "no digit is no PIN");
    world.types("0000").press(Key::Enter, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Pin(pin("0000"))));

    for (board, by_frame) in [(display_alone(), true), (crate::world::bonnet(), false)] {
        let mut world = World::ready(Policy::default(), board);
        let request = world.call(&device(1), request_pin());
        assert_eq!(world.answer(request), None, "nobody has seen it");
        world.shown();
        assert_eq!(world.answer(request).is_some(), by_frame, "where there is a key, it is held");
        if !by_frame {
            world.wait(ms(600)).hold(ms(1100));
        }
        assert_eq!(world.answer(request), Some(Answer::Pin(pin("482190"))));
        assert!(matches!(world.screen(), Screen::TypePin { .. }), "it stays on the glass");
        world.bonded(&device(1));
        assert_ended(&world, Outcome::PairedUnchecked);
    }

    for (legacy_pin, board) in [(true, Fittings::default()), (false, bonnet_and_keypad())] {
        let mut world = World::ready(Policy { legacy_pin, ..Policy::default() }, board);
        for call in [request_pin(), Call::DisplayPinCode(Some(pin("1234")))] {
            let request = world.call(&device(1), call);
            assert_eq!(world.answer(request), Some(Answer::Reject));
        }
        assert!(world.disconnected(&device(1)), "bluetoothd sends the PIN all the same");
    }
}

#[test]
fn a_pin_is_picked_too_and_sent_when_that_is_what_is_picked() {
    let mut world = World::ready(Policy::default(), stick());
    let request = world.call(&device(1), request_pin());
    world.shown().wait(ms(600)).press(Key::Up, ms(60)).press(Key::Accept, ms(60)).shown();
    world.press(Key::Down, ms(60));
    assert_eq!(typed(&world), ("1".into(), Some(Pick::Submit), false), "not on the glass yet");
    world.press(Key::Accept, ms(60));
    assert_eq!(world.answer(request), None);
    world.shown();
    assert_eq!(typed(&world), ("1".into(), Some(Pick::Submit), true));
    world.press(Key::Accept, ms(60));
    assert_eq!(world.answer(request), Some(Answer::Pin(pin("1"))));
}

#[test]
fn a_panel_that_cannot_type_refuses_to_be_asked_for_a_passkey() {
    let narrowed = Fittings { at_most: Some(Capability::DisplayYesNo), ..stick() };
    for board in [display_alone(), crate::world::bonnet(), Fittings::default(), narrowed] {
        let (world, request) = asked_for_passkey(board.clone());
        assert_eq!(world.answer(request), Some(Answer::Reject), "{board:?}");
    }
}

#[test]
fn a_keypad_that_comes_and_goes_changes_the_capability() {
    let mut world = World::ready(Policy::default(), bonnet_and_keypad());
    let registered = |world: &mut World, event: Event| {
        world.effects.clear();
        world.tell(event);
        world.session.capability()
    };
    use Capability::{DisplayYesNo, KeyboardDisplay};
    assert_eq!(world.session.capability(), KeyboardDisplay);
    assert_eq!(registered(&mut world, Event::KeyFailed(Key::Digit(7))), DisplayYesNo);
    assert!(world.effects.contains(&Effect::Register(DisplayYesNo)));
    let ready = Event::KeyReady { key: Key::Digit(7), down: false, at: world.now };
    assert_eq!(registered(&mut world, ready), KeyboardDisplay);
    assert!(world.effects.contains(&Effect::Register(KeyboardDisplay)));
}

#[test]
fn keypads_are_listened_to_while_something_is_open_and_only_then() {
    let mut world = World::ready(Policy::default(), bonnet_and_keypad());
    let request = world.call(&device(1), Call::RequestPasskey);
    assert!(world.effects.contains(&Effect::Listen(true)));
    // What is down when the listening begins was not meant for this prompt.
    world.tell(Event::KeyReady { key: Key::Digit(5), down: true, at: world.now });
    world.shown().wait(ms(600)).types("1234").edge(Key::Digit(5), false).types("56");
    world.press(Key::Enter, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Passkey(passkey(123_456))));
    assert!(!world.effects.contains(&Effect::Listen(false)), "escape still gives up");
    world.bonded(&device(1));
    assert!(world.effects.contains(&Effect::Listen(false)));
    let mut world = bench();
    world.confirm(&device(1), 1);
    assert!(!world.effects.contains(&Effect::Listen(true)), "there is no keypad");
}
