use std::time::Duration;

use pairpanel::pairing::{
    Abilities, Answer, AtStart, Call, Capability, DeviceChange, DeviceId, Effect, Event, Fittings,
    Health, JustWorks, Key, Keys, Outcome, Passkey, Peer, PinCode, Policy, Press, Refusal, Screen,
    Session,
};

use crate::world::{ADAPTER, World, bonnet, device, ms, passkey};

fn bench() -> World {
    World::ready(Policy::default(), bonnet())
}

fn display_alone() -> Fittings {
    Fittings { display: true, ..Fittings::default() }
}

#[track_caller]
fn assert_ended(world: &World, expected: Outcome) {
    match world.screen() {
        Screen::Ended { outcome, .. } => assert_eq!(outcome, expected),
        other => panic!("the screen shows {other:?}"),
    }
}

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
    world.wait(ms(1));
    assert_eq!(world.answer(request), Some(Answer::Accept));
    assert!(matches!(world.screen(), Screen::Settling { .. }));
    world.bonded(&device(1));
    assert_ended(&world, Outcome::PairedChecked);
    world.wait(ms(5000));
    assert!(matches!(world.screen(), Screen::Window { .. }));
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
    let mut world = bench();
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
        (|w| w.tell(Event::DeviceRemoved(device(1))), Answer::Cancel, Outcome::LinkLost),
        (|w| w.tell(Event::DisplayFailed), Answer::Reject, Outcome::DisplayFailed),
        (|w| w.tell(Event::CloseWindow), Answer::Reject, Outcome::WindowClosed),
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
fn while_the_window_is_closed_everything_is_refused_and_nothing_is_drawn() {
    let mut world = World::closed(Policy::default(), bonnet());
    let calls = [
        Call::RequestConfirmation(passkey(1)),
        Call::RequestAuthorization,
        Call::RequestPasskey,
        Call::RequestPinCode,
        Call::DisplayPinCode(PinCode::new("123456".into()).unwrap()),
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
    for call in [
        Call::RequestPasskey,
        Call::RequestPinCode,
        Call::AuthorizeService { uuid: String::new() },
        Call::Malformed("a passkey over 999999"),
    ] {
        let request = world.call(&device(1), call);
        assert_eq!(world.answer(request), Some(Answer::Reject));
    }
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
    let request = world.call(&device(1), Call::DisplayPinCode(pin));
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
    let refused = Effect::Refused { device: device(1), why: Refusal::NoDisplay };
    assert!(world.effects.contains(&refused));
}

#[test]
fn the_only_key_says_no_when_it_is_let_go_early() {
    let board = Fittings { reject: None, ..bonnet() };
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

#[test]
fn a_bonded_device_that_pairs_again_is_paired_when_nothing_speaks_against_it() {
    let mut world = bench();
    world.bonded(&device(1)).confirm(&device(1), 1);
    world.accept().wait(ms(5000));
    assert_ended(&world, Outcome::PairedChecked);
}

#[test]
fn the_capability_is_what_works_narrowed_by_the_profile() {
    use Capability::{DisplayOnly, DisplayYesNo, KeyboardDisplay, KeyboardOnly, NoInputNoOutput};
    // (display, answer, digits) → capability, and what a profile's `at-most` makes of it.
    let table = [
        ((false, false, false), NoInputNoOutput),
        ((false, true, false), NoInputNoOutput),
        ((true, false, false), DisplayOnly),
        ((true, true, false), DisplayYesNo),
        ((false, false, true), KeyboardOnly),
        ((false, true, true), KeyboardOnly),
        ((true, false, true), KeyboardDisplay),
        ((true, true, true), KeyboardDisplay),
    ];
    for ((display, answer, digits), expected) in table {
        let abilities = Abilities { display, answer, digits };
        assert_eq!(abilities.capability(None), expected, "{abilities:?}");
        assert_eq!(abilities.capability(Some(KeyboardDisplay)), expected, "{abilities:?}");
        assert_eq!(abilities.capability(Some(NoInputNoOutput)), NoInputNoOutput);
    }
    let all = Abilities { display: true, answer: true, digits: true };
    for at_most in Capability::ALL {
        assert_eq!(all.capability(Some(at_most)), at_most);
    }
}

#[test]
fn the_agent_is_registered_with_what_has_proved_itself_and_anew_when_that_changes() {
    let registered = |effects: &[Effect]| -> Vec<Capability> {
        let capability = |effect: &Effect| match effect {
            Effect::Register(capability) => Some(*capability),
            _ => None,
        };
        effects.iter().filter_map(capability).collect()
    };
    let now = pairpanel::clock::Time::from_start(ms(5000));
    let mut session = Session::new(Policy::default(), bonnet(), now);
    assert_eq!(session.handle(now, Event::Tick), []);
    assert_eq!(session.handle(now, Event::DisplayReady), []);
    let late = session.handle(now + ms(2000), Event::Tick);
    assert_eq!(registered(&late), [Capability::DisplayOnly], "the keys have not reported");

    let mut world = bench();
    let request = world.confirm(&device(1), 1);
    world.tell(Event::KeyFailed(Key::Accept));
    assert_eq!(registered(&world.effects), [], "not in the middle of a prompt");
    world.press(Key::Reject, ms(80));
    assert_eq!(world.answer(request), Some(Answer::Reject));
    assert_eq!(registered(&world.effects), [Capability::DisplayOnly]);
    world.tell(Event::DisplayFailed);
    assert_eq!(registered(&world.effects)[1..], [Capability::NoInputNoOutput]);
    world.tell(Event::DisplayReady);
    world.tell(Event::KeyReady { key: Key::Accept, down: true, at: world.now });
    assert_eq!(registered(&world.effects)[2..], [Capability::DisplayOnly], "the key is down");
    world.edge(Key::Accept, false).wait(ms(100));
    assert_eq!(registered(&world.effects)[3..], [Capability::DisplayYesNo]);
}

#[test]
fn a_key_that_is_down_for_ten_seconds_is_stuck_until_it_is_seen_up() {
    let mut world = bench();
    world.edge(Key::Accept, true).wait(ms(10_100));
    assert_eq!(world.session.capability(), Capability::DisplayOnly);
    assert!(matches!(world.screen(), Screen::Window { health: Health::NoAcceptKey, .. }));
    world.edge(Key::Accept, false).wait(ms(100));
    assert_eq!(world.session.capability(), Capability::DisplayYesNo);
}

#[test]
fn the_window_opens_at_start_by_policy_and_closes_by_itself() {
    let cases = [
        (AtStart::IfUnpaired, false, true),
        (AtStart::IfUnpaired, true, false),
        (AtStart::Always, true, true),
        (AtStart::Never, false, false),
    ];
    for (window_at_start, any, opens) in cases {
        let policy = Policy { window_at_start, ..Policy::default() };
        let now = pairpanel::clock::Time::from_start(ms(5000));
        let mut session = Session::new(policy, bonnet(), now);
        let effects = session.handle(now, Event::Bonds { any });
        let opened = effects.contains(&Effect::Window(Some(ms(120_000))));
        assert_eq!(opened, opens, "{window_at_start:?} {any}");
        session.handle(now, Event::Bonds { any: false });
        let effects = session.handle(now + ms(120_000), Event::Tick);
        assert_eq!(effects.contains(&Effect::Window(None)), opens);
    }
}

#[test]
fn adapters_are_open_exactly_while_the_window_is_whatever_bluetoothd_does() {
    let mut world = World::closed(Policy::default(), bonnet());
    let closes = Effect::SetAdapter { adapter: ADAPTER.into(), open: None };
    world.adapter(true, true, false);
    assert_eq!(world.effects, std::slice::from_ref(&closes), "bluetoothd opened it by itself");
    world.adapter(true, false, false);
    world.tell(Event::OpenWindow(ms(60_000)));
    let opens = Effect::SetAdapter { adapter: ADAPTER.into(), open: Some(ms(60_000)) };
    assert_eq!(world.effects[1..], [Effect::Window(Some(ms(60_000))), opens]);
    world.adapter(true, true, true);
    world.effects.clear();
    world.wait(ms(60_000));
    assert_eq!(world.effects, [Effect::Window(None), closes]);
    world.effects.clear();
    world.adapter(false, true, true);
    assert_eq!(world.effects, [], "an adapter that is off cannot be set");
}

#[test]
fn what_keeps_devices_away_is_said() {
    let mut world = World::closed(Policy::default(), bonnet());
    let health = |world: &World| match world.screen() {
        Screen::Idle { health, .. } => health,
        other => panic!("{other:?}"),
    };
    assert_eq!(health(&world), Health::Ready);
    world.adapter(false, false, false);
    assert_eq!(health(&world), Health::PoweredOff);
    world.tell(Event::AdapterRemoved(ADAPTER.into()));
    assert_eq!(health(&world), Health::NoAdapter);
    world.tell(Event::Unregistered);
    assert_eq!(health(&world), Health::NoBluetoothd);
}

#[test]
fn a_name_is_the_attackers_text() {
    let shown = |name: &str| Peer::new(name, "00:11:22:33:9A:4C".into()).name;
    let cases = [
        ("Anna's Pixel", "Anna's Pixel"),
        ("", "(no name)"),
        (" \n\t ", "(no name)"),
        ("two\nlines\r\tand  more", "two lines and more"),
        ("\u{202e}evil\u{200b}\u{2066}", "evil"),
        ("e\u{301}a\u{308}", "ea"),
        ("Café", "Café"),
        ("Телефон", "???????"),
        ("📱", "(no name)"),
        ("123456", "(name hidden)"),
        ("code 12 34 56", "(name hidden)"),
        ("12-34-56", "(name hidden)"),
        ("S24 Ultra", "S24 Ultra"),
    ];
    for (name, expected) in cases {
        assert_eq!(shown(name), expected, "{name:?}");
    }
    assert_eq!(shown(&"W".repeat(248)).len(), Peer::NAME_LENGTH);
    assert_eq!(Peer::new("x", "00:11:22:33:9A:4C".into()).tail(), "9A:4C");
}

#[test]
fn only_the_path_of_a_device_is_taken_for_one() {
    for good in ["/org/bluez/hci0/dev_00_11_22_AA_BB_FF", "/org/bluez/hci12/dev_FF_FF_FF_FF_FF_FF"]
    {
        assert_eq!(DeviceId::parse(good).unwrap().as_str(), good);
    }
    for bad in [
        "/",
        "/org/bluez/hci0",
        "/org/bluez/hci/dev_00_11_22_AA_BB_FF",
        "/org/bluez/hci0/dev_00_11_22_aa_bb_ff",
        "/org/bluez/hci0/dev_00_11_22_AA_BB",
        "/org/bluez/hci0/dev_00_11_22_AA_BB_FF_00",
        "/org/bluez/hci0/dev_00_11_22_AA_BB_FF/service0001",
    ] {
        assert_eq!(DeviceId::parse(bad), None, "{bad}");
    }
}

#[test]
fn codes_do_not_show_in_debug_output() {
    let mut world = bench();
    world.confirm(&device(1), 123_456);
    let pin = PinCode::new("987654".into()).unwrap();
    let call = Call::DisplayPinCode(pin);
    let all = format!("{:?} {:?} {:?} {call:?}", world.session, world.screen(), passkey(123_456));
    assert!(!all.contains("123456") && !all.contains("987654"), "{all}");
}
