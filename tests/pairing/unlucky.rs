//! Events in an unlucky order: no bond is lost by them, and none comes by them.

use pairpanel::pairing::{
    AdapterState, Answer, Command, CommandId, DeviceChange, Effect, Event, Key, Policy, Screen,
    WhenFull,
};

use crate::world::{ADAPTER, World, bonnet, device, lasting, ms, open_window, stick};

fn forgets(world: &World, n: u8) -> bool {
    world.effects.contains(&Effect::Forget(device(n)))
}

fn alarms(world: &World) -> bool {
    world.effects.iter().any(|effect| matches!(effect, Effect::UnknownPairing { .. }))
}

fn opens(world: &World) -> bool {
    world.effects.iter().any(|effect| matches!(effect, Effect::SetAdapter { open: Some(_), .. }))
}

fn command(id: u64, command: Command) -> Event {
    Event::Command { id: CommandId(id), command }
}

/// With a bond that was approved.
fn with_bond(policy: Policy) -> World {
    let mut world = World::ready(policy, bonnet());
    world.confirm(&device(1), 1);
    world.accept().bonded(&device(1)).wait(ms(6_000));
    world.effects.clear();
    world
}

fn stays_open() -> Policy {
    Policy { window_bonds: 0, ..Policy::default() }
}

#[test]
fn room_is_not_made_twice() {
    let policy = Policy { bond_limit: 2, when_full: WhenFull::DropLongestUnseen, ..lasting() };
    let mut world = World::ready(policy, bonnet());
    for n in [1, 2] {
        world.confirm(&device(n), 1);
        world.accept().bonded(&device(n)).connected(&device(n), true).wait(ms(6_000));
    }
    world.connected(&device(2), false).wait(ms(1_000));
    world.effects.clear();
    // bluetoothd hangs up first, which takes a while.
    world.tell(command(7, Command::Forget(device(1))));
    world.confirm(&device(3), 1);
    world.accept().bonded(&device(3)).tell(Event::DeviceRemoved(device(1)));
    assert!(!forgets(&world, 2), "{:?}", world.effects);
}

#[test]
fn an_approval_before_an_adapter_is_counted_costs_none_of_its_bonds() {
    let mut world = World::closed(Policy::default(), bonnet());
    world.tell(Event::Unregistered);
    world.tell(Event::Registered(world.session.capability()));
    let address = "00:AA:BB:CC:DD:01".to_owned();
    let state = AdapterState { address, powered: true, ..Default::default() };
    world.tell(Event::Adapter { adapter: ADAPTER.into(), state }).tell(open_window(60_000));
    let (bonded, paired) = (Some(false), Some(false));
    world.device(&device(1), DeviceChange { bonded, paired, ..Default::default() });
    world.confirm(&device(1), 1);
    world.accept().bonded(&device(1)).bonded(&device(2)).tell(Event::Inventory);
    assert!(!forgets(&world, 2), "{:?}", world.effects);
}

#[test]
fn an_unknown_bond_goes_once_its_adapter_is_on() {
    let mut world = World::closed(Policy::default(), bonnet());
    world.bonded(&device(1));
    assert!(forgets(&world, 1));
    world.adapter(false, false, false);
    world.wait(ms(11_000)).effects.clear();
    world.adapter(true, false, false);
    assert!(forgets(&world, 1), "{:?}", world.effects);
}

#[test]
fn a_second_call_does_not_lose_the_first_approval() {
    let mut world = World::ready(stays_open(), bonnet());
    world.confirm(&device(1), 1);
    world.accept();
    // Read before the signal that was sent before it.
    world.confirm(&device(1), 2);
    world.bonded(&device(1));
    assert!(!forgets(&world, 1) && !alarms(&world), "{:?}", world.effects);
}

#[test]
fn a_success_that_ends_a_pause_opens_the_adapters_again() {
    let mut world = World::ready(Policy { pause_after: 1, ..lasting() }, bonnet());
    world.confirm(&device(1), 1);
    world.accept().wait(ms(35_100));
    assert!(matches!(world.screen(), Screen::Paused { .. }));
    world.effects.clear();
    world.bonded(&device(1));
    assert!(opens(&world), "{:?}", world.effects);
}

#[test]
fn nothing_is_opened_without_the_agent_and_all_is_when_it_is_back() {
    let mut world = World::ready(lasting(), bonnet());
    world.adapter(true, true, true);
    world.effects.clear();
    world.tell(Event::AgentLost);
    world.adapter(true, false, true);
    assert!(!opens(&world), "{:?}", world.effects);
    world.tell(Event::Registered(world.session.capability()));
    assert!(opens(&world), "{:?}", world.effects);
}

#[test]
fn a_refusal_ends_an_earlier_approval() {
    let mut world = World::ready(lasting(), bonnet());
    world.confirm(&device(1), 1);
    world.accept().wait(ms(40_000));
    world.confirm(&device(1), 2);
    world.press(Key::Reject, ms(80)).bonded(&device(1));
    assert!(alarms(&world), "{:?}", world.effects);
}

#[test]
fn a_tap_with_a_lost_edge_forgets_nothing() {
    let mut world = World::ready(Policy { hold: ms(0), ..lasting() }, stick());
    world.confirm(&device(1), 1);
    world.shown().wait(ms(600)).press(Key::Accept, ms(100)).bonded(&device(1)).wait(ms(6_000));
    for key in [Key::Down, Key::Down, Key::Accept, Key::Accept] {
        world.press(key, ms(80));
    }
    world.wait(ms(600));
    assert!(matches!(world.screen(), Screen::Device { .. }), "{:?}", world.screen());
    world.edge(Key::Accept, true).wait(ms(100)).edge(Key::Accept, true).wait(ms(100));
    world.edge(Key::Accept, false).wait(ms(30));
    assert!(!forgets(&world, 1), "{:?}", world.effects);
    world.press(Key::Accept, ms(80));
    assert!(forgets(&world, 1), "{:?}", world.effects);
}

#[test]
fn registering_anew_is_no_alarm() {
    let mut world = World::closed(Policy::default(), bonnet());
    world.wait(ms(600_000)).tell(Event::KeyFailed(Key::Accept));
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Register(_))));
    // bluetoothd makes the adapter pairable before it has answered.
    world.adapter(true, true, false);
    let doubts = world.effects.iter().any(|effect| matches!(effect, Effect::Doubted { .. }));
    assert!(!doubts, "{:?}", world.effects);
}

#[test]
fn what_is_not_forgotten_stays_known() {
    let mut world = with_bond(stays_open());
    world.tell(command(1, Command::Forget(device(1)))).wait(ms(11_000));
    let failed = |effect: &Effect| matches!(effect, Effect::Done { result: Err(_), .. });
    assert!(world.effects.iter().any(failed));
    world.effects.clear();
    // Another dongle is plugged in.
    world.tell(Event::Inventory);
    assert!(!forgets(&world, 1) && !alarms(&world), "{:?}", world.effects);
}

#[test]
fn a_pairing_from_here_is_not_lost_to_a_prompt_for_another() {
    let mut world = World::ready(Policy::default(), bonnet());
    world.tell(command(1, Command::Pair(device(1).address()))).confirm(&device(2), 1);
    world.bonded(&device(1));
    assert!(!forgets(&world, 1), "{:?}", world.effects);
    world.press(Key::Reject, ms(80));
    assert!(matches!(world.screen(), Screen::Keep { .. }), "{:?}", world.screen());
    world.confirm(&device(3), 1);
    world.press(Key::Reject, ms(80));
    assert!(matches!(world.screen(), Screen::Keep { .. }), "{:?}", world.screen());
    assert!(forgets(world.wait(ms(26_000)), 1), "a question is a question");
}

#[test]
fn a_bond_that_comes_after_the_end_of_its_pairing_from_here_is_expected() {
    let mut world = World::ready(Policy::default(), bonnet());
    let address = device(1).address();
    world.tell(command(1, Command::Pair(address.clone()))).tell(Event::PairEnded { address });
    world.wait(ms(1_000)).bonded(&device(1));
    assert!(!alarms(&world), "{:?}", world.effects);
}

#[test]
fn a_pairing_from_here_has_a_window_long_enough() {
    let mut world = World::ready(Policy::default(), bonnet());
    world.tell(open_window(2_000)).wait(ms(1_000));
    world.tell(command(1, Command::Pair(device(1).address()))).wait(ms(10_000));
    assert!(world.session.status(world.now).window.is_some());
}

#[test]
fn forget_is_answered_however_often_it_is_asked() {
    let mut world = with_bond(lasting());
    for n in 0..10 {
        world.tell(command(100 + n, Command::Forget(device(1)))).wait(ms(9_000));
    }
    let done = |effect: &Effect| matches!(effect, Effect::Done { id: CommandId(100), .. });
    assert!(world.effects.iter().any(done), "{:?}", world.effects);
}

#[test]
fn adapters_close_when_the_display_fails_while_settling() {
    let mut world = World::ready(lasting(), bonnet());
    world.confirm(&device(1), 1);
    world.accept().adapter(true, true, true);
    world.effects.clear();
    world.tell(Event::DisplayFailed);
    let closes = |effect: &Effect| matches!(effect, Effect::SetAdapter { open: None, .. });
    assert!(world.effects.iter().any(closes), "{:?}", world.effects);
}

#[test]
fn a_prompt_ends_when_the_policy_shuts_the_device_out() {
    let mut world = World::ready(lasting(), bonnet());
    let request = world.confirm(&device(1), 1);
    let policy = Policy { adapters: vec!["hci7".into()], ..lasting() };
    world.tell(Event::Policy(Box::new(policy)));
    assert_eq!(world.answer(request), Some(Answer::Reject));
}

#[test]
fn a_bond_first_heard_of_while_settling_is_the_approved_one() {
    let mut world = World::ready(stays_open(), bonnet());
    world.confirm(&device(40), 1);
    world.accept().bonded(&device(40));
    assert!(!forgets(&world, 40), "{:?}", world.effects);
}

#[test]
fn bonds_of_adapters_that_the_panel_is_not_for_are_left_alone() {
    let policy = Policy { adapters: vec!["hci7".into()], ..Policy::default() };
    let mut world = World::closed(policy, bonnet());
    world.bonded(&device(1));
    assert!(!forgets(&world, 1), "{:?}", world.effects);
}
