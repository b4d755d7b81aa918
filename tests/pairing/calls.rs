//! What each call of bluetoothd leads to.

use pairpanel::pairing::{
    Answer, Call, Effect, Event, Fittings, JustWorks, Key, Outcome, Passkey, PinCode, Policy,
    Refusal, Screen,
};

use crate::world::{
    World, assert_ended, bench, bonnet, device, display_alone, ms, passkey, request_pin,
};

#[test]
fn while_the_window_is_closed_everything_is_refused_and_nothing_is_drawn() {
    let mut world = World::closed(Policy::default(), bonnet());
    let calls = [
        Call::RequestConfirmation(passkey(1)),
        Call::RequestAuthorization,
        Call::RequestPasskey,
        request_pin(),
        Call::DisplayPinCode(PinCode::new("123456".into())),
        Call::AuthorizeService { uuid: "0000110b-0000-1000-8000-00805f9b34fb".into() },
        Call::Malformed("whatever"),
    ];
    for call in calls {
        let request = world.call(&device(1), call);
        assert_eq!(world.answer(request), Some(Answer::Reject));
        assert!(matches!(world.screen(), Screen::Idle { .. }));
    }
    let shown = Event::DisplayPasskey { device: device(2), passkey: Some(passkey(7)), entered: 0 };
    world.tell(shown);
    assert!(world.disconnected(&device(2)));
    assert!(matches!(world.screen(), Screen::Idle { .. }));
}

#[test]
fn calls_that_this_panel_cannot_answer_are_refused() {
    let mut world = bench();
    for call in [Call::RequestPasskey, Call::Malformed("a passkey over 999999")] {
        let request = world.call(&device(1), call);
        assert_eq!(world.answer(request), Some(Answer::Reject));
        let said = matches!(world.screen(), Screen::Ended { outcome: Outcome::Refused(_), .. });
        assert!(said, "the person at the panel is told");
    }
    let request = world.call(&device(2), Call::DisplayPinCode(None));
    assert_eq!(world.answer(request), Some(Answer::Reject));
    assert!(world.disconnected(&device(2)), "bluetoothd sends the PIN all the same");
    assert_eq!(Passkey::new(1_000_000), None);
    world.tell(Event::DisplayPasskey { device: device(3), passkey: None, entered: 0 });
    assert!(world.disconnected(&device(3)));
}

#[test]
fn a_second_prompt_is_refused_and_leaves_the_first_alone() {
    let mut world = bench();
    let first = world.confirm(&device(1), 1);
    world.shown();
    let second = world.confirm(&device(2), 2);
    assert_eq!(world.answer(second), Some(Answer::Reject));
    world.accept();
    assert_eq!(world.answer(first), Some(Answer::Accept));
    let while_settling = world.confirm(&device(2), 3);
    assert_eq!(world.answer(while_settling), Some(Answer::Reject));
}

#[test]
fn a_confirmation_goes_before_a_shown_passkey_which_then_comes_back() {
    let mut world = bench();
    let display = |passkey_value| Event::DisplayPasskey {
        device: device(1),
        passkey: Some(passkey(passkey_value)),
        entered: 2,
    };
    world.tell(display(111_111));
    assert!(matches!(world.screen(), Screen::TypePasskey { entered: 2, .. }));
    let request = world.confirm(&device(2), 222_222);
    assert!(matches!(world.screen(), Screen::Compare { .. }));
    world.tell(display(111_111)).shown();
    assert!(matches!(world.screen(), Screen::Compare { .. }));
    world.press(Key::Reject, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Reject));
    assert!(matches!(world.screen(), Screen::TypePasskey { .. }));
    world.bonded(&device(1));
    assert_ended(&world, Outcome::PairedChecked);
}

#[test]
fn a_shown_passkey_follows_the_typing_and_is_given_up_by_dropping_the_link() {
    let mut world = bench();
    let display =
        |entered| Event::DisplayPasskey { device: device(1), passkey: Some(passkey(9)), entered };
    for (sent, expected) in [(0, 0), (6, 6), (255, 0), (7, 0), (3, 3)] {
        world.tell(display(sent));
        assert!(matches!(world.screen(), Screen::TypePasskey { entered, .. }
            if entered == expected));
    }
    let other = Event::DisplayPasskey { device: device(2), passkey: Some(passkey(1)), entered: 0 };
    world.tell(other);
    assert!(world.disconnected(&device(2)));
    world.tell(Event::Cancel);
    assert!(matches!(world.screen(), Screen::TypePasskey { .. }), "Cancel is not about it");
    world.press(Key::Reject, ms(80));
    assert!(world.disconnected(&device(1)));
    assert_ended(&world, Outcome::RejectedHere);
}

#[test]
fn a_pin_to_show_is_answered_at_once_and_stays_on_the_glass() {
    let mut world = bench();
    let pin = PinCode::new("482190".into()).unwrap();
    let request = world.call(&device(1), Call::DisplayPinCode(Some(pin)));
    assert_eq!(world.answer(request), Some(Answer::Accept));
    assert!(matches!(world.screen(), Screen::TypePin { .. }));
    world.wait(ms(35_000));
    assert!(world.disconnected(&device(1)));
    assert_ended(&world, Outcome::TimedOut);
}

/// (policy, board, works?, call) → how it is answered: at once, by the frame, by a press.
#[test]
fn what_nobody_can_check_follows_the_policy() {
    use JustWorks::{Confirm, Reject, Window};
    #[derive(Debug, PartialEq)]
    enum Way {
        Refused,
        AtOnce,
        Frame,
        Press,
    }
    let none = Fittings::default;
    let cases: [(Option<JustWorks>, Fittings, bool, Way); 14] = [
        (None, bonnet(), false, Way::Press),
        (Some(Reject), bonnet(), false, Way::Refused),
        (Some(Confirm), bonnet(), false, Way::Press),
        (Some(Window), bonnet(), false, Way::AtOnce),
        (None, display_alone(), false, Way::AtOnce),
        (Some(Confirm), display_alone(), false, Way::Refused),
        (None, none(), false, Way::AtOnce),
        (Some(Reject), none(), false, Way::Refused),
        (Some(Confirm), none(), false, Way::Refused),
        (None, display_alone(), true, Way::Frame),
        (Some(Reject), display_alone(), true, Way::Refused),
        (None, none(), true, Way::Refused),
        (None, bonnet(), true, Way::Press),
        (Some(Window), bonnet(), true, Way::Press),
    ];
    for (just_works, board, with_code, expected) in cases {
        let policy = Policy { just_works, ..Policy::default() };
        let mut world = World::ready(policy, board.clone());
        let call = if with_code {
            Call::RequestConfirmation(passkey(5))
        } else {
            Call::RequestAuthorization
        };
        let request = world.call(&device(1), call);
        let at_once = world.answer(request);
        world.shown();
        let by_frame = world.answer(request);
        world.wait(ms(600)).hold(ms(1100));
        let way = match (at_once, by_frame, world.answer(request)) {
            (Some(Answer::Accept), ..) => Way::AtOnce,
            (_, Some(Answer::Accept), _) => Way::Frame,
            (.., Some(Answer::Accept)) => Way::Press,
            _ => Way::Refused,
        };
        assert_eq!(way, expected, "{just_works:?} {board:?} code: {with_code}");
        world.bonded(&device(1));
        if way != Way::Refused {
            let checked = with_code && way == Way::Press;
            let outcome = if checked { Outcome::PairedChecked } else { Outcome::PairedUnchecked };
            assert_ended(&world, outcome);
        }
    }
}

#[test]
fn a_board_with_broken_parts_never_falls_back_to_asking_less() {
    let mut world = bench();
    world.tell(Event::KeyFailed(Key::Accept));
    for call in [Call::RequestConfirmation(passkey(5)), Call::RequestAuthorization] {
        let request = world.call(&device(1), call);
        assert_eq!(world.answer(request), Some(Answer::Reject));
    }
    let mut world = World::ready(Policy::default(), display_alone());
    world.tell(Event::DisplayFailed);
    for call in [Call::RequestConfirmation(passkey(5)), Call::RequestAuthorization] {
        let request = world.call(&device(1), call);
        assert_eq!(world.answer(request), Some(Answer::Reject));
    }
    let refused = Effect::Refused { device: device(1), why: Refusal::WindowClosed };
    assert!(world.effects.contains(&refused));
}
