//! Pairing that begins on this machine, as `pairpanel pair` does it: against objects that answer as
//! bluetoothd does, of which only those it uses are there, and against the simulated bluetoothd
//! where it matters what that does when we leave.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

use pairpanel::bluez::pair::{Order, PAIRING, PairError, Progress, Refusal, SEARCH, pair};
use pairpanel::clock::Clock;
use pairpanel::pairing::{Capability, Peer};
use pairpanel::sim::{FakeBluetoothd, FakeBus, Habit, Outcome};
use tokio::sync::watch;
use zbus::connection::Builder;

use crate::stand_in::{ADDRESS, Device, Error, GOOD, Meanwhile, World, attempt};
use crate::world::{self, BONNET, eventually, open_window, phone, registered};

fn peer() -> Peer {
    Peer::new("Anna's Pixel", ADDRESS.to_owned())
}

#[tokio::test]
async fn a_device_that_is_known_is_paired_at_once_and_named_safely() {
    let done = attempt(GOOD, None, Meanwhile::Nothing).await;
    assert_eq!(done.result.unwrap(), peer());
    assert_eq!(done.said, [Progress::Pairing(peer())]);
    assert_eq!(done.calls, ["Pair"]);
}

#[tokio::test]
async fn a_device_that_is_not_known_is_looked_for_first() {
    let world = World { device: Device::Discoverable, ..GOOD };
    let done = attempt(world, Some("hci1"), Meanwhile::Nothing).await;
    assert_eq!(done.result.unwrap(), peer());
    assert_eq!(done.said, [Progress::Searching("hci1".to_owned()), Progress::Pairing(peer())]);
    assert_eq!(done.calls, ["StartDiscovery", "StopDiscovery", "Pair"]);
}

#[tokio::test]
async fn a_search_ends_after_half_a_minute_or_when_it_is_told_to() {
    let world = World { device: Device::Away, ..GOOD };
    let waiting = Meanwhile::WaitAfter("StartDiscovery", SEARCH);
    let done = attempt(world.clone(), None, waiting).await;
    assert!(matches!(done.result, Err(PairError::NotFound { .. })), "{:?}", done.result);
    assert_eq!(done.calls, ["StartDiscovery", "StopDiscovery"]);
    let done = attempt(world, None, Meanwhile::StopAfter("StartDiscovery")).await;
    assert!(matches!(done.result, Err(PairError::Stopped)), "{:?}", done.result);
}

#[tokio::test]
async fn without_a_working_adapter_or_an_open_window_nothing_is_tried() {
    let cases = [
        (World { pairable: false, ..GOOD }, None, "hci1 is not pairable, so nothing would be"),
        (World { powered: false, ..GOOD }, None, "hci1 is switched off; "),
        (World { powered: false, ..GOOD }, Some("hci1"), "hci1 is switched off; "),
        (GOOD, Some("hci0"), "there is no adapter \"hci0\", only hci1; "),
    ];
    for (world, adapter, message) in cases {
        let done = attempt(world, adapter, Meanwhile::Nothing).await;
        let error = done.result.unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
        assert!(done.calls.is_empty() && done.said.is_empty());
    }
    let bus = FakeBus::start().unwrap();
    let order = Order { address: ADDRESS.parse().unwrap(), adapter: None, timeout: PAIRING };
    let (time, never) = (Clock::Monotonic, std::future::pending());
    let alone = pair(Some(bus.address()), &time, &order, |_| {}, never).await;
    assert!(matches!(alone, Err(PairError::NoBluetoothd)), "{alone:?}");
}

#[tokio::test]
async fn the_adapter_is_one_that_can_pair_or_knows_the_device() {
    let cases = [
        (None, (true, true), "hci0"),
        (None, (true, false), "hci1"),
        (None, (false, true), "hci1"),
        (Some("hci0"), (true, true), "hci0"),
    ];
    let away = World { device: Device::Away, ..GOOD };
    for (wanted, other, expected) in cases {
        let world = World { other: Some(other), ..away.clone() };
        let done = attempt(world, wanted, Meanwhile::StopAfter("StartDiscovery")).await;
        assert_eq!(done.said, [Progress::Searching(expected.to_owned())], "{other:?}");
    }
    // The one that knows it has the higher number.
    let world = World { other: Some((true, true)), ..GOOD };
    let done = attempt(world, None, Meanwhile::Nothing).await;
    assert_eq!(done.said, [Progress::Pairing(peer())]);
    let world = World { other: Some((true, false)), pairable: false, ..GOOD };
    let done = attempt(world, None, Meanwhile::Nothing).await;
    let error = done.result.unwrap_err();
    assert!(matches!(&error, PairError::NotPairable { adapter } if adapter == "hci1"), "{error}");
}

#[tokio::test]
async fn a_device_that_is_bonded_is_not_paired_again() {
    let done = attempt(World { old_bond: true, ..GOOD }, None, Meanwhile::Nothing).await;
    let refused =
        matches!(done.result, Err(PairError::Refused { refusal: Refusal::AlreadyPaired, .. }));
    assert!(refused, "{:?}", done.result);
    assert!(done.calls.is_empty() && done.said.is_empty());
}

#[tokio::test]
async fn every_refusal_of_bluetoothd_is_told_and_cancels_nothing() {
    let text = String::new;
    let cases = [
        (Error::AuthenticationFailed(text()), true, Refusal::Failed),
        (Error::AuthenticationCanceled(text()), true, Refusal::Canceled),
        (Error::AuthenticationRejected(text()), true, Refusal::Rejected),
        (Error::AuthenticationTimeout(text()), true, Refusal::Timeout),
        (Error::ConnectionAttemptFailed(text()), true, Refusal::Unreachable),
        (Error::InProgress(text()), true, Refusal::InProgress),
        (Error::AlreadyExists(text()), true, Refusal::AlreadyPaired),
        // What bluetoothd says when the adapter was switched off meanwhile.
        (Error::AlreadyExists(text()), false, Refusal::NotReady),
    ];
    for (error, bonded, expected) in cases {
        let world = World { outcome: Some(Err(error)), bonded: Some(bonded), ..GOOD };
        let done = attempt(world, None, Meanwhile::Nothing).await;
        match done.result {
            Err(PairError::Refused { refusal, .. }) => assert_eq!(refusal, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
        assert_eq!(done.calls, ["Pair"]);
    }
    let done = attempt(World { bonded: Some(false), ..GOOD }, None, Meanwhile::Nothing).await;
    assert!(matches!(done.result, Err(PairError::NoBond { .. })), "{:?}", done.result);
}

#[tokio::test]
async fn a_bond_that_bluetoothd_does_not_tell_of_is_called_neither_made_nor_missing() {
    for outcome in [Some(Ok(())), None] {
        let world = World { outcome, bonded: None, ..GOOD };
        let done = attempt(world, None, Meanwhile::StopAfter("Pair")).await;
        let error = done.result.unwrap_err().to_string();
        let start = format!("whether Anna's Pixel ({ADDRESS}) is paired is not known: ");
        assert!(error.starts_with(&start), "{error}");
        assert_eq!(done.calls, ["Pair"]);
    }
}

#[tokio::test]
async fn whoever_stops_or_has_waited_long_enough_leaves_and_cancels_nothing() {
    let world = World { outcome: None, bonded: Some(false), ..GOOD };
    let done = attempt(world.clone(), None, Meanwhile::StopAfter("Pair")).await;
    assert!(matches!(done.result, Err(PairError::Cancelled { .. })), "{:?}", done.result);
    assert_eq!(done.calls, ["Pair"]);
    let done = attempt(world, None, Meanwhile::WaitAfter("Pair", PAIRING)).await;
    assert!(matches!(done.result, Err(PairError::TimedOut { .. })), "{:?}", done.result);
    assert_eq!(done.calls, ["Pair"]);
    // bluetoothd goes on to discover the services.
    let world = World { outcome: None, bonded: Some(true), ..GOOD };
    let done = attempt(world, None, Meanwhile::StopAfter("Pair")).await;
    assert_eq!(done.result.unwrap(), peer());
    assert_eq!(done.calls, ["Pair"]);
}

/// A pairing with [`phone`] that is stopped once it has been asked for, unless it ends by itself.
async fn stopped_at_once(world: &world::World) -> Result<Peer, PairError> {
    let begun = Cell::new(false);
    let stop = poll_fn(|_| if begun.get() { Poll::Ready(()) } else { Poll::Pending });
    let say = |progress| begun.set(matches!(progress, Progress::Pairing(_)));
    let time = Clock::Manual(world.clock.clone());
    pair(Some(world.bus.address()), &time, &order(), say, stop).await
}

fn order() -> Order {
    let address = phone().address.to_string().parse().unwrap();
    Order { address, adapter: None, timeout: PAIRING }
}

async fn bonded(world: &world::World) -> bool {
    let connection = Builder::address(world.bus.address()).build().await.unwrap();
    let get = ("org.bluez.Device1", "Bonded");
    let (path, properties) = (phone().address.path(), Some("org.freedesktop.DBus.Properties"));
    let reply = connection.call_method(Some("org.bluez"), path, properties, "Get", &get).await;
    let value: zbus::OwnedVariant = reply.unwrap().body().deserialize().unwrap();
    value.downcast_ref::<bool>().unwrap()
}

async fn panel_with_bluetoothd() -> (world::World, FakeBluetoothd) {
    let world = world::World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    (world, bluetoothd)
}

#[tokio::test]
async fn stopping_at_once_keeps_an_old_bond() {
    let (mut world, bluetoothd) = panel_with_bluetoothd().await;
    let outcome = world.pair(&bluetoothd, &phone(), world::Gesture::Hold).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
    let done = stopped_at_once(&world).await;
    assert!(bonded(&world).await, "{done:?}");
    let already = matches!(done, Err(PairError::Refused { refusal: Refusal::AlreadyPaired, .. }));
    assert!(already, "{done:?}");
}

#[tokio::test]
async fn stopping_ends_our_own_pairing_and_nobody_elses() {
    let (mut world, bluetoothd) = panel_with_bluetoothd().await;
    let address = world.bus.address().to_owned();
    let phone = phone();
    let mut person = Habit::Accepts;
    let waiting = phone.await_pairing(&bluetoothd, &mut person);
    let pairing = async {
        let (stop, mut stopped) = watch::channel(false);
        let stopped = async move { drop(stopped.wait_for(|stop| *stop).await) };
        let (time, order) = (Clock::Manual(world.clock.clone()), order());
        let first = pair(Some(&address), &time, &order, |_| {}, stopped);
        tokio::pin!(first);
        tokio::select! {
            done = &mut first => panic!("{done:?}"),
            () = world.panel.prompted() => {}
        }
        let second = stopped_at_once(&world).await;
        let busy = matches!(second, Err(PairError::Refused { refusal: Refusal::InProgress, .. }));
        assert!(busy, "{second:?}");
        assert!(world.shows_code());
        stop.send_replace(true);
        first.await
    };
    let (outcome, done) = tokio::join!(waiting, pairing);
    assert!(matches!(done, Err(PairError::Cancelled { .. })), "{done:?}");
    // The link that it was on goes down, which the phone is told.
    assert_eq!(outcome, Outcome::LinkLost);
    eventually("the code is gone", || !world.shows_code()).await;
    assert_eq!(world.store.bonds(), []);
}
