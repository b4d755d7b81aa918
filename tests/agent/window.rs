//! What the pairing window does to adapters, and what becomes of those while it is closed.

use std::time::Duration;

use pairpanel::clock::{Clock, ManualClock};
use pairpanel::pairing::{AtStart, Capability, Command, CommandId, Event, Policy};
use pairpanel::sim::{Advertised, FakeBluetoothd, Options};

use crate::bystander::{Bystander, Ear};
use crate::world::{BONNET, World, eventually, open_window, registered};

const SECOND: Duration = Duration::from_secs(1);

fn closed() -> Policy {
    Policy { window_at_start: AtStart::Never, ..Policy::default() }
}

fn command(world: &World, command: Command) {
    world.panel.tell(Event::Command { id: CommandId(7), command });
}

async fn is_open(bluetoothd: &FakeBluetoothd) {
    eventually("it is open", || bluetoothd.is_pairable() && bluetoothd.is_discoverable()).await;
}

async fn is_closed(bluetoothd: &FakeBluetoothd) {
    let open = || bluetoothd.is_pairable() || bluetoothd.is_discoverable();
    eventually("it is closed", || !open()).await;
}

async fn is_advertised(bluetoothd: &FakeBluetoothd, adapter: &str) -> Advertised {
    eventually("it is advertised", || !bluetoothd.advertised(adapter).is_empty()).await;
    let mut advertised = bluetoothd.advertised(adapter);
    assert_eq!(advertised.len(), 1);
    advertised.remove(0)
}

async fn is_not_advertised(bluetoothd: &FakeBluetoothd, adapter: &str) {
    eventually("it is not advertised", || bluetoothd.advertised(adapter).is_empty()).await;
}

/// Lets pass what is still on its way: the bus answers one call after the other.
async fn quiet(world: &World) {
    let bystander = Bystander::new(world.bus.address()).await;
    for _ in 0..10 {
        bystander.seconds("hci0", "PairableTimeout").await;
    }
    bystander.leaves().await;
}

#[tokio::test]
async fn the_name_is_in_the_air_exactly_while_the_window_is_open() {
    let world = World::new(BONNET, closed());
    let bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    is_closed(&bluetoothd).await;
    assert_eq!(bluetoothd.advertised("hci0"), []);
    for _ in 0..2 {
        command(&world, Command::OpenWindow(Some(Duration::from_secs(120))));
        is_open(&bluetoothd).await;
        let advertised = is_advertised(&bluetoothd, "hci0").await;
        assert_eq!((&*advertised.name, advertised.timeout), ("panel", 121));
        // The adapter was discoverable before.
        assert!(advertised.connectable && advertised.discoverable && advertised.bredr);
        command(&world, Command::CloseWindow);
        is_not_advertised(&bluetoothd, "hci0").await;
        is_closed(&bluetoothd).await;
    }
    // By itself.
    command(&world, Command::OpenWindow(Some(Duration::from_secs(120))));
    is_advertised(&bluetoothd, "hci0").await;
    world.clock.advance(Duration::from_secs(120));
    is_not_advertised(&bluetoothd, "hci0").await;
    is_closed(&bluetoothd).await;
}

#[tokio::test]
async fn an_adapter_that_is_renamed_in_the_open_window_is_advertised_anew() {
    let world = World::new(BONNET, open_window());
    let bluetoothd = world.start_bluetoothd().await;
    assert_eq!(is_advertised(&bluetoothd, "hci0").await.name, "panel");
    let bystander = Bystander::new(world.bus.address()).await;
    bystander.set("hci0", "Alias", "box").await;
    let name = || bluetoothd.advertised("hci0").first().map(|advertised| advertised.name.clone());
    eventually("the new name is in the air", || name().as_deref() == Some("box")).await;
    assert_eq!(bluetoothd.advertised("hci0").len(), 1);
}

#[tokio::test]
async fn nothing_is_in_the_air_if_it_is_not_wanted_or_there_is_no_way_and_the_window_opens() {
    let silent = Policy { advertise: false, ..closed() };
    let cases = [
        (silent, Options::default()),
        (closed(), Options { advertisements: None, ..Options::default() }),
        (closed(), Options { advertisements: Some(0), ..Options::default() }),
    ];
    for (policy, options) in cases {
        let world = World::new(BONNET, policy);
        let bluetoothd = world.bluetoothd_with(options).await;
        registered(&bluetoothd, Capability::DisplayYesNo).await;
        is_closed(&bluetoothd).await;
        command(&world, Command::OpenWindow(None));
        is_open(&bluetoothd).await;
        quiet(&world).await;
        assert_eq!(bluetoothd.advertised("hci0"), []);
        command(&world, Command::CloseWindow);
        is_closed(&bluetoothd).await;
    }
}

#[tokio::test]
async fn a_bluetoothd_that_comes_back_in_the_open_window_advertises_again() {
    let world = World::new(BONNET, open_window());
    for crashes in [true, false, true] {
        let bluetoothd = world.bluetoothd().await;
        is_advertised(&bluetoothd, "hci0").await;
        if crashes {
            bluetoothd.crash().await;
        } else {
            bluetoothd.stop().await;
        }
    }
    let bluetoothd = world.bluetoothd().await;
    is_advertised(&bluetoothd, "hci0").await;
    command(&world, Command::CloseWindow);
    is_not_advertised(&bluetoothd, "hci0").await;
}

#[tokio::test]
async fn adapters_that_come_into_the_open_window_are_opened_and_advertised_and_closed_with_it() {
    let world = World::new(BONNET, open_window());
    // The kernel takes its time to say that the adapter can advertise.
    let settle = Duration::from_millis(40);
    let bluetoothd = world.bluetoothd_with(Options { settle, ..Options::default() }).await;
    let passing = tokio::spawn(time_passes(world.clock.clone()));
    is_advertised(&bluetoothd, "hci0").await;
    bluetoothd.plug("hci1").await;
    assert_eq!(is_advertised(&bluetoothd, "hci1").await.name, "panel #2");
    bluetoothd.unplug_adapter().await;
    bluetoothd.plug_adapter().await;
    is_advertised(&bluetoothd, "hci0").await;
    command(&world, Command::CloseWindow);
    for adapter in ["hci0", "hci1"] {
        is_not_advertised(&bluetoothd, adapter).await;
        let pairable = || bluetoothd.pairable_adapters().iter().any(|name| name == adapter);
        eventually("it is closed", || !pairable()).await;
    }
    passing.abort();
}

/// For what may take as long as it likes.
async fn time_passes(clock: ManualClock) {
    loop {
        clock.advance(Duration::from_millis(10));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn an_adapter_that_was_switched_off_when_the_window_closed_is_not_advertised_later() {
    let world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    is_advertised(&bluetoothd, "hci0").await;
    let bystander = Bystander::new(world.bus.address()).await;
    bystander.set("hci0", "Powered", false).await;
    quiet(&world).await;
    command(&world, Command::CloseWindow);
    // So that nothing is left to be closed.
    bystander.set("hci0", "Pairable", false).await;
    is_closed(&bluetoothd).await;
    bystander.set("hci0", "Powered", true).await;
    is_not_advertised(&bluetoothd, "hci0").await;
    is_closed(&bluetoothd).await;
}

#[tokio::test]
async fn with_the_window_closed_nothing_that_comes_and_goes_leaves_an_adapter_pairable() {
    let world = World::new(BONNET, closed());
    let address = world.bus.address();
    let ear = Ear::new(address, &world.clock).await;
    let bystander = Bystander::new(address).await;
    let mut bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let mut times = 0;
    for round in ["an agent takes over", "it leaves", "hci1", "hci0", "stop", "crash"] {
        match round {
            "an agent takes over" | "it leaves" => {
                let other = Bystander::new(address).await;
                other.takes_over("KeyboardOnly").await;
                registered(&bluetoothd, Capability::KeyboardOnly).await;
                if round == "it leaves" {
                    eventually(round, || ear.times() > times && ear.all_closed()).await;
                }
                other.leaves().await;
                registered(&bluetoothd, Capability::DisplayYesNo).await;
            }
            "hci1" => bluetoothd.plug("hci1").await,
            "hci0" => {
                bluetoothd.unplug_adapter().await;
                bluetoothd.plug_adapter().await;
            }
            _ => {
                match round {
                    "stop" => bluetoothd.stop().await,
                    _ => bluetoothd.crash().await,
                }
                bluetoothd = world.start_bluetoothd().await;
                registered(&bluetoothd, Capability::DisplayYesNo).await;
            }
        }
        // Without the clock being moved: bluetoothd's own time-out is no part of it.
        quiet(&world).await;
        eventually(round, || bluetoothd.pairable_adapters().is_empty()).await;
        ear.listens(&bystander).await;
        assert!(ear.times() > times && ear.all_closed(), "{round}");
        times = ear.times();
        world.clock.advance(2 * SECOND);
    }
    assert!(ear.longest() < SECOND, "{:?}", ear.longest());
}

#[tokio::test]
async fn a_busy_bluetoothd_is_asked_again_as_soon_as_it_is_not() {
    let world = World::new(BONNET, closed());
    let settle = Duration::from_millis(400);
    let bluetoothd = world.bluetoothd_with(Options { settle, ..Options::default() }).await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let bystander = Bystander::new(world.bus.address()).await;
    // bluetoothd makes it pairable, and this is an order to close it meanwhile.
    bystander.set("hci0", "Discoverable", true).await;
    eventually("it is closed", || !bluetoothd.is_discoverable()).await;
    world.clock.advance(settle);
    eventually("bluetoothd has opened it", || bluetoothd.is_pairable()).await;
    quiet(&world).await;
    world.clock.advance(settle);
    eventually("it is closed", || !bluetoothd.is_pairable()).await;
}

#[tokio::test]
async fn no_series_of_changes_keeps_an_adapter_open() {
    let world = World::new(BONNET, closed());
    let bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let restless = Bystander::new(world.bus.address()).await;
    let flips = tokio::spawn(async move {
        loop {
            restless.set("hci0", "Discoverable", true).await;
            restless.set("hci0", "Alias", "panel").await;
        }
    });
    let ear = Ear::new(world.bus.address(), &world.clock).await;
    for times in 1..=5 {
        let other = Bystander::new(world.bus.address()).await;
        other.takes_over("KeyboardOnly").await;
        eventually("it was opened, and closed", || ear.times() >= times && ear.all_closed()).await;
        other.leaves().await;
        registered(&bluetoothd, Capability::DisplayYesNo).await;
        eventually("it is closed", || !bluetoothd.is_pairable()).await;
    }
    flips.abort();
    is_closed(&bluetoothd).await;
}

#[tokio::test]
async fn what_bluetoothd_opens_by_itself_it_closes_by_itself_when_the_daemon_is_gone() {
    let mut world = World::new(BONNET, closed());
    let bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    is_closed(&bluetoothd).await;
    let other = Bystander::new(world.bus.address()).await;
    other.waits_for("hci0", [("PairableTimeout", 1), ("DiscoverableTimeout", 180)]).await;
    command(&world, Command::OpenWindow(Some(Duration::from_secs(60))));
    is_open(&bluetoothd).await;
    other.waits_for("hci0", [("PairableTimeout", 61), ("DiscoverableTimeout", 61)]).await;
    is_advertised(&bluetoothd, "hci0").await;
    command(&world, Command::CloseWindow);
    is_closed(&bluetoothd).await;
    other.waits_for("hci0", [("PairableTimeout", 1), ("DiscoverableTimeout", 180)]).await;
    world.kill();
    eventually("its agent has gone", || bluetoothd.default_capability().is_none()).await;
    other.takes_over("KeyboardOnly").await;
    eventually("bluetoothd has opened it", || bluetoothd.is_pairable()).await;
    world.clock.advance(SECOND);
    is_closed(&bluetoothd).await;
}

#[tokio::test]
async fn a_daemon_that_dies_in_the_open_window_takes_its_advertisement_along() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    is_advertised(&bluetoothd, "hci0").await;
    let clock = Clock::Manual(world.clock.clone());
    let before = clock.now();
    world.kill();
    is_not_advertised(&bluetoothd, "hci0").await;
    // Nobody is asked any more, and in the end not even let near.
    eventually("its agent has gone", || bluetoothd.default_capability().is_none()).await;
    assert_eq!(clock.now(), before);
    world.clock.advance(Duration::from_secs(601));
    is_closed(&bluetoothd).await;
}
