//! Pairing that begins on this machine, as `pairpanel pair` does it: against objects that answer as
//! bluetoothd does, of which only those it uses are there, and against the simulated bluetoothd
//! where it matters what that does when we leave.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use pairpanel::bluez::pair::{Order, PAIRING, PairError, Progress, Refusal, SEARCH, pair};
use pairpanel::clock::{Clock, ManualClock};
use pairpanel::pairing::{Capability, Peer};
use pairpanel::sim::{FakeBluetoothd, FakeBus, Habit, Outcome};
use tokio::sync::watch;
use zbus::Connection;
use zbus::connection::Builder;
use zbus::fdo::{DBusProxy, ObjectManager};
use zbus::message::Header;
use zbus::object_server::ObjectServer;

use crate::world::{self, BONNET, eventually, open_window, phone, registered};

const ADDRESS: &str = "A4:C3:F0:1D:9A:4C";

/// How it is with the adapter and the device.
#[derive(Clone, Debug)]
struct World {
    powered: bool,
    pairable: bool,
    /// Another adapter, with the lower number, if there is one: on and pairable?
    other: Option<(bool, bool)>,
    /// Where the device is.
    device: Device,
    /// What `Pair` comes to; `None` if it goes on.
    outcome: Option<Result<(), Error>>,
    /// Before `Pair`.
    old_bond: bool,
    /// Since `Pair`; `None` if bluetoothd does not say.
    bonded: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Device {
    Known,
    Discoverable,
    Away,
}

const GOOD: World = World {
    powered: true,
    pairable: true,
    other: None,
    device: Device::Known,
    outcome: Some(Ok(())),
    old_bond: false,
    bonded: Some(true),
};

#[derive(Clone, Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
enum Error {
    #[zbus(error)]
    ZBus(zbus::Error),
    AuthenticationFailed(String),
    AuthenticationCanceled(String),
    AuthenticationRejected(String),
    AuthenticationTimeout(String),
    ConnectionAttemptFailed(String),
    AlreadyExists(String),
    InProgress(String),
}

/// What was called, in this order.
type Calls = Arc<Mutex<Vec<&'static str>>>;

#[derive(Clone)]
struct Shared {
    world: World,
    calls: Calls,
    /// Who called last.
    caller: Arc<Mutex<Option<String>>>,
}

struct Adapter1 {
    shared: Shared,
    powered: bool,
    pairable: bool,
}

#[zbus::interface(name = "org.bluez.Adapter1")]
impl Adapter1 {
    async fn start_discovery(&self, #[zbus(object_server)] server: &ObjectServer) {
        self.shared.calls.lock().unwrap().push("StartDiscovery");
        if self.shared.world.device == Device::Discoverable {
            add_device(server, &self.shared).await;
        }
    }

    fn stop_discovery(&self) {
        self.shared.calls.lock().unwrap().push("StopDiscovery");
    }

    #[zbus(property)]
    fn powered(&self) -> bool {
        self.powered
    }

    #[zbus(property)]
    fn pairable(&self) -> bool {
        self.pairable
    }
}

struct Device1(Shared, &'static str);

#[zbus::interface(name = "org.bluez.Device1")]
impl Device1 {
    async fn pair(&self, #[zbus(header)] header: Header<'_>) -> Result<(), Error> {
        *self.0.caller.lock().unwrap() = header.sender().map(ToString::to_string);
        self.0.calls.lock().unwrap().push("Pair");
        match self.0.world.outcome.clone() {
            Some(outcome) => outcome,
            None => pending().await,
        }
    }

    fn cancel_pairing(&self) {
        self.0.calls.lock().unwrap().push("CancelPairing");
    }

    #[zbus(property)]
    fn address(&self) -> String {
        self.1.to_owned()
    }

    #[zbus(property)]
    fn name(&self) -> String {
        "Anna\u{202e}'s Pixel\n".to_owned()
    }

    #[zbus(property)]
    fn bonded(&self) -> zbus::fdo::Result<bool> {
        if !self.0.calls.lock().unwrap().contains(&"Pair") {
            return Ok(self.0.world.old_bond);
        }
        self.0.world.bonded.ok_or_else(|| zbus::fdo::Error::Failed("no".to_owned()))
    }
}

async fn add_device(server: &ObjectServer, shared: &Shared) {
    // The path names the address that it had when it was first seen.
    for (path, address) in
        [("dev_00_00_00_00_00_01", "00:00:00:00:00:01"), ("dev_00_00_00_00_00_02", ADDRESS)]
    {
        let path = format!("/org/bluez/hci1/{path}");
        server.at(path, Device1(shared.clone(), address)).await.unwrap();
    }
}

/// What came of an attempt, what was said and what was called.
struct Attempt {
    result: Result<Peer, PairError>,
    said: Vec<Progress>,
    calls: Vec<&'static str>,
}

/// When somebody gives up, or time passes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meanwhile {
    Nothing,
    /// Once this method was called.
    StopAfter(&'static str),
    WaitAfter(&'static str, Duration),
}

async fn attempt(world: World, adapter: Option<&str>, meanwhile: Meanwhile) -> Attempt {
    let bus = FakeBus::start().unwrap();
    let shared = Shared { world, calls: Calls::default(), caller: Arc::default() };
    let calls = Arc::clone(&shared.calls);
    let adapter1 = |(powered, pairable)| Adapter1 { shared: shared.clone(), powered, pairable };
    let World { powered, pairable, other, .. } = shared.world;
    let server = Builder::address(bus.address())
        .serve_at("/", ObjectManager)
        .serve_at("/org/bluez/hci1", adapter1((powered, pairable)))
        .name("org.bluez")
        .build()
        .await
        .unwrap();
    if let Some(other) = other {
        server.object_server().at("/org/bluez/hci0", adapter1(other)).await.unwrap();
    }
    if shared.world.device == Device::Known {
        add_device(server.object_server(), &shared).await;
    }
    let clock = ManualClock::new();
    let order = Order {
        address: ADDRESS.to_lowercase().parse().unwrap(),
        adapter: adapter.map(str::to_owned),
        timeout: PAIRING,
    };
    let (stop, mut stopped) = watch::channel(false);
    let mut said = Vec::new();
    let time = Clock::Manual(clock.clone());
    let stopped = async move { drop(stopped.wait_for(|stop| *stop).await) };
    let pairing = pair(Some(bus.address()), &time, &order, |what| said.push(what), stopped);
    let other = async {
        let (Meanwhile::StopAfter(method) | Meanwhile::WaitAfter(method, _)) = meanwhile else {
            return;
        };
        eventually(method, || calls.lock().unwrap().contains(&method)).await;
        match meanwhile {
            // Again and again: whoever waits may look at the clock only after the first time.
            Meanwhile::WaitAfter(_, length) => loop {
                clock.advance(length);
                tokio::time::sleep(Duration::from_millis(1)).await;
            },
            _ => drop(stop.send_replace(true)),
        }
    };
    let other = async {
        other.await;
        pending().await
    };
    let result = tokio::select! {
        result = pairing => result,
        () = other => unreachable!("the other goes on until the pairing has ended"),
    };
    let caller = shared.caller.lock().unwrap().take();
    if let Some(caller) = caller {
        has_left(&server, &caller).await;
    }
    let calls = calls.lock().unwrap().clone();
    Attempt { result, said, calls }
}

/// Whoever has paired is not on the bus any more, while this process goes on.
async fn has_left(connection: &Connection, name: &str) {
    let bus = DBusProxy::new(connection).await.unwrap();
    let leaving = async {
        while bus.name_has_owner(name.try_into().unwrap()).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let left = tokio::time::timeout(Duration::from_secs(30), leaving).await;
    assert!(left.is_ok(), "{name} is still on the bus");
}

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
