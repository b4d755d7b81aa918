//! Objects that answer as bluetoothd does, of which only those that `pairpanel pair` uses are there.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pairpanel::bluez::pair::{Order, PAIRING, PairError, Progress, pair};
use pairpanel::clock::{Clock, ManualClock};
use pairpanel::pairing::Peer;
use pairpanel::sim::FakeBus;
use tokio::sync::watch;
use zbus::Connection;
use zbus::connection::Builder;
use zbus::fdo::{DBusProxy, ObjectManager};
use zbus::message::Header;
use zbus::object_server::ObjectServer;

use crate::world::eventually;

pub(crate) const ADDRESS: &str = "A4:C3:F0:1D:9A:4C";

/// How it is with the adapter and the device.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) powered: bool,
    pub(crate) pairable: bool,
    /// Another adapter, with the lower number, if there is one: on and pairable?
    pub(crate) other: Option<(bool, bool)>,
    /// Where the device is.
    pub(crate) device: Device,
    /// What `Pair` comes to; `None` if it goes on.
    pub(crate) outcome: Option<Result<(), Error>>,
    /// Before `Pair`.
    pub(crate) old_bond: bool,
    /// Since `Pair`; `None` if bluetoothd does not say.
    pub(crate) bonded: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    Known,
    Discoverable,
    Away,
}

pub(crate) const GOOD: World = World {
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
pub(crate) enum Error {
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
pub(crate) struct Attempt {
    pub(crate) result: Result<Peer, PairError>,
    pub(crate) said: Vec<Progress>,
    pub(crate) calls: Vec<&'static str>,
}

/// When somebody gives up, or time passes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    Nothing,
    /// Once this method was called.
    StopAfter(&'static str),
    WaitAfter(&'static str, Duration),
}

pub(crate) async fn attempt(world: World, adapter: Option<&str>, meanwhile: Meanwhile) -> Attempt {
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
