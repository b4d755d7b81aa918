//! Pairing that begins on this machine, as `pairpanel pair` does it: against objects that answer as
//! bluetoothd does, of which only those it uses are there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pairpanel::bluez::pair::{Order, PAIRING, PairError, Progress, Refusal, SEARCH, pair};
use pairpanel::clock::{Clock, ManualClock};
use pairpanel::pairing::Peer;
use pairpanel::sim::FakeBus;
use tokio::sync::{Notify, watch};
use zbus::fdo::ObjectManager;
use zbus::object_server::ObjectServer;

const ADDRESS: &str = "A4:C3:F0:1D:9A:4C";

/// How it is with the adapter and the device.
#[derive(Clone, Debug)]
struct World {
    powered: bool,
    pairable: bool,
    /// Where the device is.
    device: Device,
    /// What `Pair` comes to; `None` if it goes on until it is cancelled.
    outcome: Option<Result<(), Error>>,
    bonded: bool,
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
    device: Device::Known,
    outcome: Some(Ok(())),
    bonded: true,
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
    cancelled: Arc<Notify>,
}

struct Adapter1(Shared);

#[zbus::interface(name = "org.bluez.Adapter1")]
impl Adapter1 {
    async fn start_discovery(&self, #[zbus(object_server)] server: &ObjectServer) {
        self.0.calls.lock().unwrap().push("StartDiscovery");
        if self.0.world.device == Device::Discoverable {
            add_device(server, &self.0).await;
        }
    }

    fn stop_discovery(&self) {
        self.0.calls.lock().unwrap().push("StopDiscovery");
    }

    #[zbus(property)]
    fn powered(&self) -> bool {
        self.0.world.powered
    }

    #[zbus(property)]
    fn pairable(&self) -> bool {
        self.0.world.pairable
    }
}

struct Device1(Shared, &'static str);

#[zbus::interface(name = "org.bluez.Device1")]
impl Device1 {
    async fn pair(&self) -> Result<(), Error> {
        self.0.calls.lock().unwrap().push("Pair");
        match self.0.world.outcome.clone() {
            Some(outcome) => outcome,
            None => {
                self.0.cancelled.notified().await;
                Err(Error::AuthenticationCanceled("Authentication Canceled".to_owned()))
            }
        }
    }

    fn cancel_pairing(&self) {
        self.0.calls.lock().unwrap().push("CancelPairing");
        self.0.cancelled.notify_one();
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
    fn bonded(&self) -> bool {
        self.0.world.bonded
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
    let shared = Shared { world, calls: Calls::default(), cancelled: Arc::default() };
    let calls = Arc::clone(&shared.calls);
    let server = zbus::connection::Builder::address(bus.address())
        .serve_at("/", ObjectManager)
        .serve_at("/org/bluez/hci1", Adapter1(shared.clone()))
        .name("org.bluez")
        .build()
        .await
        .unwrap();
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
        crate::world::eventually(method, || calls.lock().unwrap().contains(&method)).await;
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
        std::future::pending().await
    };
    let result = tokio::select! {
        result = pairing => result,
        () = other => unreachable!("the other goes on until the pairing has ended"),
    };
    let calls = calls.lock().unwrap().clone();
    Attempt { result, said, calls }
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
        let world = World { outcome: Some(Err(error)), bonded, ..GOOD };
        let done = attempt(world, None, Meanwhile::Nothing).await;
        match done.result {
            Err(PairError::Refused { refusal, .. }) => assert_eq!(refusal, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
        assert_eq!(done.calls, ["Pair"]);
    }
    let done = attempt(World { bonded: false, ..GOOD }, None, Meanwhile::Nothing).await;
    assert!(matches!(done.result, Err(PairError::NoBond { .. })), "{:?}", done.result);
}

#[tokio::test]
async fn a_pairing_that_goes_on_is_cancelled_by_whoever_stops_or_has_waited_long_enough() {
    let world = World { outcome: None, ..GOOD };
    let done = attempt(world.clone(), None, Meanwhile::StopAfter("Pair")).await;
    assert!(matches!(done.result, Err(PairError::Cancelled { .. })), "{:?}", done.result);
    assert_eq!(done.calls, ["Pair", "CancelPairing"]);
    let done = attempt(world, None, Meanwhile::WaitAfter("Pair", PAIRING)).await;
    assert!(matches!(done.result, Err(PairError::TimedOut { .. })), "{:?}", done.result);
    assert_eq!(done.calls, ["Pair", "CancelPairing"]);
}
