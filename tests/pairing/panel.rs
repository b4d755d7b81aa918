//! The panel around the prompts: capability, window, adapters, names.

use pairpanel::pairing::{
    Abilities, AdapterState, Answer, AtStart, Call, Capability, DeviceChange, DeviceId, Effect,
    Event, Health, Key, Peer, PinCode, Policy, Screen, Session,
};

use crate::world::{ADAPTER, World, bench, bonnet, device, ms, open_window, passkey};

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
        let state = AdapterState { powered: true, ..AdapterState::default() };
        session.handle(now, Event::Adapter { adapter: ADAPTER.into(), state });
        let change = DeviceChange { bonded: Some(any), ..DeviceChange::default() };
        session.handle(now, Event::Device { device: device(1), change });
        let early = session.handle(now, Event::Inventory);
        let opens_at_all = |effect: &Effect| matches!(effect, Effect::Window(Some(_)));
        assert!(!early.iter().any(opens_at_all), "the display has to work first");
        let effects = session.handle(now, Event::DisplayReady);
        let opened = effects.contains(&Effect::Window(Some(ms(120_000))));
        assert_eq!(opened, opens, "{window_at_start:?} {any}");
        session.handle(now, Event::Inventory);
        let effects = session.handle(now + ms(120_000), Event::Tick);
        assert_eq!(effects.contains(&Effect::Window(None)), opens);
    }
}

#[test]
fn the_window_of_a_box_whose_adapter_is_unplugged_while_it_starts_waits_for_the_bonds() {
    let now = pairpanel::clock::Time::from_start(ms(5000));
    let mut session = Session::new(Policy::default(), bonnet(), now);
    let plugged_in = |session: &mut Session| {
        let state = AdapterState { powered: true, ..AdapterState::default() };
        session.handle(now, Event::Adapter { adapter: ADAPTER.into(), state });
        let change = DeviceChange { bonded: Some(true), ..DeviceChange::default() };
        session.handle(now, Event::Device { device: device(1), change });
        session.handle(now, Event::Inventory)
    };
    let mut effects = plugged_in(&mut session);
    effects.extend(session.handle(now, Event::AdapterRemoved(ADAPTER.into())));
    effects.extend(session.handle(now, Event::DisplayReady));
    effects.extend(plugged_in(&mut session));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Window(_))), "{effects:?}");
}

#[test]
fn adapters_are_open_exactly_while_the_window_is_whatever_bluetoothd_does() {
    let mut world = World::closed(Policy::default(), bonnet());
    let closes = Effect::SetAdapter { adapter: ADAPTER.into(), open: None, advertise: false };
    world.adapter(true, true, false);
    assert_eq!(world.effects, std::slice::from_ref(&closes), "bluetoothd opened it by itself");
    world.adapter(true, false, false);
    world.tell(open_window(60_000));
    let opens =
        Effect::SetAdapter { adapter: ADAPTER.into(), open: Some(ms(60_000)), advertise: true };
    assert!(world.effects.contains(&Effect::Window(Some(ms(60_000)))));
    assert!(world.effects.contains(&opens));
    world.adapter(true, true, true);
    world.effects.clear();
    world.wait(ms(60_000));
    assert_eq!(world.effects, [Effect::Window(None), closes.clone()]);
    world.effects.clear();
    world.adapter(false, true, true);
    assert_eq!(world.effects, [closes], "it may be switched on as it is");
    world.effects.clear();
    world.tell(open_window(60_000));
    let set = |effect: &Effect| matches!(effect, Effect::SetAdapter { .. });
    assert!(!world.effects.iter().any(set), "one that is off cannot be opened");
    world.adapter(true, true, true);
    world.effects.clear();
    world.tell(open_window(90_000));
    assert!(world.effects.iter().any(set), "its time-outs are to be longer");
}

#[test]
fn an_adapter_that_gets_another_name_is_advertised_by_it() {
    let renamed = |advertise: bool, open: bool| {
        let policy = Policy { advertise, ..Policy::default() };
        let mut world = World::closed(policy, bonnet());
        if open {
            world.tell(open_window(60_000));
        }
        world.adapter(true, open, open);
        world.effects.clear();
        let (address, alias) = ("00:AA:BB:CC:DD:EE".into(), "appliance".into());
        let state =
            AdapterState { address, alias, powered: true, pairable: open, discoverable: open };
        world.tell(Event::Adapter { adapter: ADAPTER.into(), state });
        world.effects
    };
    let again =
        Effect::SetAdapter { adapter: ADAPTER.into(), open: Some(ms(60_000)), advertise: true };
    assert_eq!(renamed(true, true), [again]);
    for (advertise, open) in [(true, false), (false, true), (false, false)] {
        assert_eq!(renamed(advertise, open), []);
    }
}

#[test]
fn the_window_closes_when_nobody_can_read_the_panel_and_stays_closed() {
    let mut world = World::ready(Policy::default(), bonnet());
    world.adapter(true, true, true);
    world.effects.clear();
    world.tell(Event::DisplayFailed);
    let closes = Effect::SetAdapter { adapter: ADAPTER.into(), open: None, advertise: false };
    assert!(world.effects.contains(&closes), "{:?}", world.effects);
    world.adapter(true, false, false);
    world.effects.clear();
    world.tell(Event::DisplayReady);
    let opens = |effect: &Effect| matches!(effect, Effect::SetAdapter { open: Some(_), .. });
    assert!(!world.effects.iter().any(opens), "{:?}", world.effects);
}

#[test]
fn what_keeps_devices_away_is_said() {
    let mut world = World::closed(Policy::default(), bonnet());
    let health = |world: &World| match world.screen() {
        Screen::Idle { health, .. } => health,
        other => panic!("{other:?}"),
    };
    assert_eq!(health(&world), Health::Ready);
    world.tell(Event::AgentLost);
    assert_eq!(health(&world), Health::NoBluetoothd);
    world.tell(Event::Registered(world.session.capability()));
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
        ("Телефон", "Телефон"),
        ("東京", "東京"),
        ("📱", "📱"),
        ("\u{200d}\u{fe0f}", "(no name)"),
        ("\u{e000}\u{10ffff}", "\u{fffd}\u{fffd}"),
        ("a \u{200b} b", "a b"),
        ("١٢٣٤", "(name hidden)"),
        ("１２３４", "(name hidden)"),
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
    let call = Call::DisplayPinCode(Some(pin));
    let all = format!("{:?} {:?} {:?} {call:?}", world.session, world.screen(), passkey(123_456));
    assert!(!all.contains("123456") && !all.contains("987654"), "{all}");
}

#[test]
fn what_is_typed_does_not_show_in_debug_output_either() {
    let mut world = World::ready(Policy::default(), crate::world::bonnet_and_keypad());
    world.call(&device(1), Call::RequestPasskey);
    world.shown().wait(ms(600)).types("314159");
    let edges = |key| format!("{:?}", Event::Edge { key, down: true, at: world.now });
    assert_eq!(edges(Key::Digit(3)), edges(Key::Digit(1)));
    assert_eq!(edges(Key::Up), edges(Key::Down));
    let pick = format!("{:?}", pairpanel::pairing::Pick::Digit(3));
    let all = format!("{:?} {:?} {pick}", world.session, world.screen());
    assert!(!all.contains("314159") && !all.contains("[3, 1, 4") && !pick.contains('3'), "{all}");
}

#[test]
fn a_board_of_which_only_the_keypad_could_answer_is_closed_without_it() {
    let mut world = World::ready(Policy::default(), crate::world::keypad());
    world.adapter(true, true, true);
    world.effects.clear();
    world.tell(Event::KeyFailed(Key::Enter));
    let closes = Effect::SetAdapter { adapter: ADAPTER.into(), open: None, advertise: false };
    assert!(world.effects.contains(&closes), "{:?}", world.effects);
    let request = world.call(&device(1), Call::RequestAuthorization);
    assert_eq!(world.answer(request), Some(Answer::Reject));
}
