//! Bonds: who knows of them, who may have one, and how they go.

use pairpanel::pairing::{
    Allow, Answer, Call, Command, CommandId, DeviceChange, Effect, Event, Fittings, JustWorks, Key,
    MenuItem, Outcome, Policy, Refusal, Screen, Trust, UnknownBonds, WhenFull,
};

use crate::world::{
    ADAPTER, World, assert_ended, bench, bonnet, close_window, device, display_alone, lasting, ms,
    stick,
};

fn forgets(world: &World, n: u8) -> bool {
    world.effects.contains(&Effect::Forget(device(n)))
}

fn alarms(world: &World) -> usize {
    let alarm = |effect: &&Effect| matches!(effect, Effect::UnknownPairing { .. });
    world.effects.iter().filter(alarm).count()
}

fn asks_to_keep(world: &World) -> bool {
    matches!(world.screen(), Screen::Keep { .. })
}

/// What happens to a bond that was not made here.
#[test]
fn a_bond_that_nobody_here_approved_is_said_and_goes_unless_the_policy_keeps_it() {
    let ready = |unknown_bonds, board| {
        let policy = Policy { unknown_bonds, ..Policy::default() };
        let mut world = World::closed(policy, board);
        world.bonded(&device(1));
        assert_eq!(alarms(&world), 1);
        world
    };
    let mut removed = ready(UnknownBonds::Remove, bonnet());
    assert_ended(&removed, Outcome::UnknownRemoved);
    assert!(forgets(&removed, 1));
    removed.tell(Event::DeviceRemoved(device(1)));
    assert_ended(&removed, Outcome::UnknownRemoved);

    let kept = ready(UnknownBonds::Keep, bonnet());
    assert_ended(&kept, Outcome::Unknown);
    assert!(!forgets(&kept, 1));

    let mut asked = ready(UnknownBonds::Ask, bonnet());
    assert!(asks_to_keep(&asked));
    let mut refused = asked.clone();
    assert!(!forgets(asked.accept(), 1));
    assert_ended(&asked, Outcome::PairedUnchecked);
    type No = fn(&mut World) -> &mut World;
    let ways: [No; 5] = [
        |w| w.wait(ms(25_000)),
        |w| w.press(Key::Reject, ms(80)),
        |w| w.tell(Event::DisplayFailed),
        |w| w.tell(Event::Stop),
        |w| w.shown().wait(ms(600)).press(Key::Accept, ms(300)).wait(ms(25_000)),
    ];
    for (n, way) in ways.into_iter().enumerate() {
        assert!(forgets(way(&mut refused.clone()), 1), "way {n}");
    }
    let request = refused.tell(crate::world::open_window(60_000)).confirm(&device(2), 1);
    assert!(forgets(&refused, 1), "bluetoothd's question goes first, so it is a no");
    refused.accept();
    assert_eq!(refused.answer(request), Some(Answer::Accept));
    assert!(forgets(&ready(UnknownBonds::Ask, display_alone()), 1), "it cannot be asked");
}

#[test]
fn bonds_that_were_there_before_are_known_through_restarts_and_adapters_that_come_and_go() {
    type Goes = fn(&mut World);
    let ways: [Goes; 2] = [
        |w| {
            w.tell(Event::Unregistered);
        },
        |w| {
            // The kernel takes the devices away first.
            w.tell(Event::DeviceRemoved(device(1))).tell(Event::AdapterRemoved(ADAPTER.into()));
        },
    ];
    for goes in ways {
        let mut world = bench();
        world.confirm(&device(1), 1);
        world.accept().bonded(&device(1)).wait(ms(10_000));
        goes(&mut world);
        world.adapter(true, false, false);
        for n in [1, 20] {
            world.bonded(&device(n));
        }
        world.tell(Event::Inventory);
        assert_eq!(alarms(&world), 1, "only one of them is new");
        assert!(!forgets(&world, 1) && forgets(&world, 20));
    }
    let mut world = World::closed(Policy::default(), bonnet());
    let other = "/org/bluez/hci1".to_owned();
    let phone = pairpanel::pairing::DeviceId::parse("/org/bluez/hci1/dev_00_11_22_33_44_01");
    let state = pairpanel::pairing::AdapterState {
        address: "00:AA:BB:CC:DD:EF".into(),
        powered: true,
        ..Default::default()
    };
    world.tell(Event::Adapter { adapter: other, state }).bonded(&phone.unwrap());
    world.tell(Event::Inventory);
    assert_eq!(alarms(&world), 0, "an adapter that was never here brings its own");
}

#[test]
fn a_phone_that_reveals_its_identity_stays_known() {
    let mut world = bench();
    world.confirm(&device(1), 1);
    world.accept().bonded(&device(1));
    let address = Some("00:99:88:77:66:55".to_owned());
    world.device(&device(1), DeviceChange { address: address.clone(), ..Default::default() });
    world.tell(Event::Unregistered).adapter(true, false, false);
    let change = DeviceChange { address, bonded: Some(true), ..Default::default() };
    world.device(&device(30), change).tell(Event::Inventory);
    assert_eq!(alarms(&world), 0);
}

/// bluetoothd tells of a device when it has nothing else to do, and by then it may be paired.
#[test]
fn a_device_that_is_paired_when_it_is_first_heard_of_is_judged_as_one_that_pairs_then() {
    let nothing = Fittings::default;
    let adapter_goes = Event::AdapterRemoved(ADAPTER.into());
    let cases = [
        ("the open window is all that it takes", nothing(), None, 20, true),
        ("its last bond was deleted elsewhere", nothing(), None, 1, true),
        ("it takes a hold", bonnet(), None, 20, false),
        ("the window is closed", nothing(), Some(close_window()), 20, false),
        ("and its last bond was deleted elsewhere", nothing(), Some(close_window()), 1, false),
        ("bluetoothd brings it along", nothing(), Some(Event::Unregistered), 20, false),
        ("an adapter brings it along", nothing(), Some(adapter_goes), 20, false),
    ];
    for (case, board, before, n, admitted) in cases {
        let mut world = World::ready(Policy::default(), board);
        world.tell(Event::DeviceRemoved(device(n)));
        if let Some(event) = before {
            world.tell(event);
        }
        world.tell(Event::Registered(world.session.capability())).adapter(true, false, false);
        world.bonded(&device(n)).tell(Event::Inventory);
        let alarm = usize::from(!admitted);
        assert_eq!((alarms(&world), forgets(&world, n)), (alarm, !admitted), "{case}");
        let outcome = if admitted { Outcome::PairedUnchecked } else { Outcome::UnknownRemoved };
        assert_ended(&world, outcome);
        if admitted {
            let request = world.wait(ms(4000)).call(&device(2), Call::RequestAuthorization);
            assert_eq!(world.answer(request), Some(Answer::Reject), "it closes the window");
        }
    }
    let mut unbonded = World::closed(Policy::default(), bonnet());
    let (bonded, paired) = (Some(false), Some(true));
    let change = DeviceChange { bonded, paired, ..DeviceChange::default() };
    unbonded.device(&device(20), change);
    assert_eq!(alarms(&unbonded), 1, "a key that is not kept is one, too");
}

/// bluetoothd accepts just works without asking when the pairing begins here.
#[test]
fn a_pairing_that_begins_here_by_just_works_is_kept_by_a_hold() {
    let cases = [
        (None, bonnet(), true, false),
        (Some(JustWorks::Reject), bonnet(), false, true),
        (Some(JustWorks::Window), bonnet(), false, false),
        (None, Fittings::default(), false, false),
    ];
    for (just_works, board, asks, forgotten) in cases {
        let policy = Policy { just_works, ..Policy::default() };
        let mut world = World::closed(policy, board);
        let command = Command::Pair(device(1).address());
        world.tell(Event::Command { id: CommandId(1), command }).bonded(&device(1));
        assert_eq!((asks_to_keep(&world), alarms(&world)), (asks, 0), "{just_works:?}");
        assert_eq!(forgets(&world, 1), forgotten, "{just_works:?}");
        if asks {
            let mut kept = world.clone();
            kept.accept();
            assert_ended(&kept, Outcome::PairedUnchecked);
            assert!(forgets(world.wait(ms(25_000)), 1));
        }
    }
    let mut over = World::closed(Policy::default(), bonnet());
    let address = device(1).address();
    let command = Command::Pair(address.clone());
    over.tell(Event::Command { id: CommandId(1), command }).tell(Event::PairEnded { address });
    over.wait(ms(6_000)).bonded(&device(1));
    assert_eq!(alarms(&over), 1, "that pairing was over");
}

#[test]
fn an_approved_pairing_may_come_late_and_a_refused_one_not_at_all() {
    let mut late = World::ready(lasting(), bonnet());
    late.confirm(&device(1), 1);
    late.accept().wait(ms(40_000));
    assert_ended(&late, Outcome::TimedOut);
    late.bonded(&device(1));
    assert_ended(&late, Outcome::PairedChecked);
    let mut refused = World::ready(lasting(), bonnet());
    refused.confirm(&device(1), 1);
    refused.press(Key::Reject, ms(80)).bonded(&device(1));
    assert_eq!(alarms(&refused), 1);
}

#[test]
fn only_devices_on_the_list_pair() {
    let private = |n: u8| format!("4A:00:00:00:00:{n:02X}");
    let identity = "00:99:88:77:66:55".to_owned();
    let allow = Allow { addresses: vec![identity.clone()], names: vec!["Pixel*".into()] };
    let mut world = World::ready(Policy { allow, ..lasting() }, bonnet());
    let cases = [(1, "Pixel 8", false, true), (2, "Nokia", false, false), (3, "", true, true)];
    for (n, name, random, asked) in cases {
        let address = if random { private(n) } else { device(n).address() };
        let change = DeviceChange {
            address: Some(address),
            name: Some(name.into()),
            random: Some(random),
            ..Default::default()
        };
        world.device(&device(n), change);
        let request = world.confirm(&device(n), 1);
        assert_eq!(world.answer(request).is_none(), asked, "{name}");
        if asked {
            world.accept();
        } else {
            assert_ended(&world, Outcome::Refused(Refusal::NotAllowed));
        }
        if n == 1 {
            world.bonded(&device(1));
        }
    }
    let reveals = |world: &mut World, address: &str| {
        let address = Some(address.to_owned());
        world.device(&device(3), DeviceChange { address, ..Default::default() });
        world.bonded(&device(3));
    };
    let mut stranger = world.clone();
    reveals(&mut world, &identity);
    assert_ended(&world, Outcome::PairedChecked);
    reveals(&mut stranger, "00:99:88:77:66:56");
    assert_ended(&stranger, Outcome::Refused(Refusal::NotAllowed));
    assert!(forgets(&stranger, 3));
}

#[test]
fn beyond_the_limit_a_device_is_refused_or_the_longest_unseen_one_goes() {
    let full = |when_full| {
        let policy = Policy { bond_limit: 2, when_full, ..lasting() };
        let mut world = World::ready(policy, bonnet());
        world.was_bonded(&device(1)).was_bonded(&device(2));
        for n in [1, 2] {
            world.connected(&device(n), true).wait(ms(1000));
        }
        world.connected(&device(2), false).wait(ms(1000)).connected(&device(1), false);
        world
    };
    let mut refuses = full(WhenFull::Refuse);
    let request = refuses.confirm(&device(3), 1);
    assert_eq!(refuses.answer(request), Some(Answer::Reject));
    let again = refuses.confirm(&device(1), 1);
    assert_eq!(refuses.answer(again), None, "a bonded one needs no room");
    let mut drops = full(WhenFull::DropLongestUnseen);
    drops.confirm(&device(3), 1);
    drops.accept().bonded(&device(3));
    assert_eq!([1, 2, 3].map(|n| forgets(&drops, n)), [false, true, false]);
}

#[test]
fn a_device_is_trusted_as_far_as_the_policy_says() {
    let cases = [
        (Trust::Never, true, false),
        (Trust::Verified, true, true),
        (Trust::Verified, false, false),
        (Trust::Always, false, true),
    ];
    for (trust, checked, trusted) in cases {
        let mut world = World::ready(Policy { trust, ..Policy::default() }, bonnet());
        if checked {
            world.confirm(&device(1), 1);
        } else {
            world.call(&device(1), Call::RequestAuthorization);
        }
        world.accept();
        assert!(!world.effects.contains(&Effect::Trust(device(1))), "there is no bond yet");
        world.bonded(&device(1));
        assert_eq!(world.effects.contains(&Effect::Trust(device(1))), trusted, "{trust:?}");
    }
}

#[test]
fn both_keys_held_for_five_seconds_forget_every_device() {
    let mut world = World::closed(lasting(), bonnet());
    world.was_bonded(&device(1)).was_bonded(&device(2));
    world.edge(Key::Accept, true).wait(ms(500)).edge(Key::Reject, true).wait(ms(4900));
    assert!(matches!(world.screen(), Screen::ForgetAll { bonds: 2, seconds: 1 }));
    let mut let_go = world.clone();
    let_go.edge(Key::Accept, false).wait(ms(5000));
    assert!(!forgets(&let_go, 1) && !forgets(&let_go, 2));
    world.wait(ms(200));
    assert!(forgets(&world, 1) && forgets(&world, 2));
    world.tell(Event::DeviceRemoved(device(1)));
    assert!(matches!(world.screen(), Screen::Idle { .. }), "bluetoothd has still to do it");
    let mut half = world.clone();
    half.wait(ms(10_000));
    assert!(matches!(half.screen(), Screen::ForgotAll { forgotten: 1, left: 1 }));
    world.tell(Event::DeviceRemoved(device(2)));
    assert!(matches!(world.screen(), Screen::ForgotAll { forgotten: 2, left: 0 }));
    world.wait(ms(5000));
    assert!(matches!(world.screen(), Screen::Idle { .. }));
    let mut none = World::closed(lasting(), bonnet());
    none.edge(Key::Accept, true).edge(Key::Reject, true).wait(ms(6000));
    assert!(matches!(none.screen(), Screen::Idle { .. }), "there is nothing to forget");
}

#[test]
fn the_menu_leads_to_each_device_and_forgets_it_by_a_hold() {
    let tap = |world: &mut World, key| {
        world.press(key, ms(80));
    };
    let mut world = World::closed(lasting(), stick());
    world.was_bonded(&device(1)).was_bonded(&device(2));
    tap(&mut world, Key::Down);
    use MenuItem::{About, Devices, ForgetAll, OpenWindow};
    let items = vec![OpenWindow, Devices, ForgetAll, About];
    assert_eq!(world.screen(), Screen::Menu { items, at: 0 });
    for key in [Key::Down, Key::Select, Key::Down, Key::Accept] {
        tap(&mut world, key);
    }
    assert!(matches!(world.screen(), Screen::Device { peer, .. } if peer.tail() == "44:02"));
    let mut short = world.clone();
    short.wait(ms(600)).press(Key::Accept, ms(900));
    assert!(!forgets(&short, 2));
    assert!(forgets(world.wait(ms(600)).press(Key::Accept, ms(1100)), 2));
    assert!(!forgets(&world, 1));

    let mut opens = World::closed(lasting(), stick());
    tap(&mut opens, Key::Select);
    tap(&mut opens, Key::Select);
    assert!(matches!(opens.screen(), Screen::Window { .. }));
    tap(&mut opens, Key::Up);
    tap(&mut opens, Key::Up);
    tap(&mut opens, Key::Right);
    assert!(matches!(opens.screen(), Screen::About { bonds: 0, .. }));
    let request = opens.confirm(&device(1), 1);
    assert!(matches!(opens.screen(), Screen::Compare { .. }), "bluetoothd's question goes first");
    tap(&mut opens, Key::Reject);
    assert_eq!(opens.answer(request), Some(Answer::Reject));
    tap(&mut opens, Key::Reject);
    tap(&mut opens, Key::Down);
    opens.wait(ms(30_000));
    assert!(matches!(opens.screen(), Screen::Window { .. }), "the menu does not stay");

    let mut none = World::closed(lasting(), bonnet());
    tap(&mut none, Key::Reject);
    assert!(matches!(none.screen(), Screen::Idle { .. }), "this board has no menu");
}
