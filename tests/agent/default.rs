//! Staying bluetoothd's default agent.

use std::sync::{Arc, Mutex};

use pairpanel::bluez::Bluez;
use pairpanel::clock::{Clock, ManualClock};
use pairpanel::pairing::{Capability, Event};
use pairpanel::sim::{FakeBluetoothd, FakeBus, Options, Store};
use tokio::sync::mpsc;
use zbus::ObjectPath;
use zbus::connection::Builder;

use crate::bystander::Bystander;
use crate::world::registered;

/// The next news of the registration.
async fn news(events: &mut mpsc::UnboundedReceiver<Event>) -> Event {
    loop {
        let event = events.recv().await.unwrap();
        if matches!(event, Event::Registered(_) | Event::Unregistered) {
            return event;
        }
    }
}

async fn connect(bus: &FakeBus, clock: &Clock) -> (Bluez, mpsc::UnboundedReceiver<Event>) {
    let (sender, events) = mpsc::unbounded_channel();
    let bluez = Bluez::connect(Some(bus.address()), clock.clone(), sender).await.unwrap();
    (bluez, events)
}

#[tokio::test]
async fn what_another_agent_has_taken_can_be_taken_back() {
    let (bus, clock) = (FakeBus::start().unwrap(), Clock::Manual(ManualClock::new()));
    let (options, store) = (Options::default(), Store::default());
    let bluetoothd =
        FakeBluetoothd::start(bus.address(), clock.clone(), options, store).await.unwrap();
    let (bluez, mut events) = connect(&bus, &clock).await;
    // There is nothing to be taken back yet.
    bluez.reclaim();
    bluez.register(Capability::DisplayYesNo);
    assert_eq!(news(&mut events).await, Event::Registered(Capability::DisplayYesNo));
    let other = Bystander::new(bus.address()).await;
    other.takes_over("KeyboardOnly").await;
    registered(&bluetoothd, Capability::KeyboardOnly).await;
    bluez.reclaim();
    assert_eq!(news(&mut events).await, Event::Registered(Capability::DisplayYesNo));
    assert_eq!(bluetoothd.default_capability(), Some(Capability::DisplayYesNo));
    // Nothing else was lost by that, and nothing is by doing it again.
    bluez.reclaim();
    assert_eq!(news(&mut events).await, Event::Registered(Capability::DisplayYesNo));
    other.leaves().await;
    bluetoothd.crash().await;
    assert_eq!(news(&mut events).await, Event::Unregistered);
    bluez.reclaim();
}

/// An agent manager that has lost its agents, as no bluetoothd is known to.
#[derive(Clone, Default)]
struct Forgetful {
    calls: Arc<Mutex<Vec<&'static str>>>,
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
enum Error {
    #[zbus(error)]
    ZBus(zbus::Error),
    DoesNotExist(String),
}

#[zbus::interface(name = "org.bluez.AgentManager1")]
impl Forgetful {
    fn register_agent(&self, _agent: ObjectPath<'_>, _capability: &str) {
        self.calls.lock().unwrap().push("RegisterAgent");
    }

    fn unregister_agent(&self, _agent: ObjectPath<'_>) -> Result<(), Error> {
        self.calls.lock().unwrap().push("UnregisterAgent");
        Err(Error::DoesNotExist("Does Not Exist".to_owned()))
    }

    /// It knows the agent right after it was registered, and then no more.
    fn request_default_agent(&self, _agent: ObjectPath<'_>) -> Result<(), Error> {
        let mut calls = self.calls.lock().unwrap();
        let knows = calls.last() == Some(&"RegisterAgent");
        calls.push("RequestDefaultAgent");
        if knows { Ok(()) } else { Err(Error::DoesNotExist("Does Not Exist".to_owned())) }
    }
}

#[tokio::test]
async fn an_agent_that_bluetoothd_does_not_know_any_more_is_registered_anew() {
    let (bus, clock) = (FakeBus::start().unwrap(), Clock::Manual(ManualClock::new()));
    let manager = Forgetful::default();
    let calls = Arc::clone(&manager.calls);
    let _bluetoothd = Builder::address(bus.address())
        .serve_at("/org/bluez", manager)
        .name("org.bluez")
        .build()
        .await
        .unwrap();
    let (bluez, mut events) = connect(&bus, &clock).await;
    bluez.register(Capability::DisplayOnly);
    assert_eq!(news(&mut events).await, Event::Registered(Capability::DisplayOnly));
    bluez.reclaim();
    assert_eq!(news(&mut events).await, Event::Registered(Capability::DisplayOnly));
    let first = ["RegisterAgent", "RequestDefaultAgent"];
    let again = ["RequestDefaultAgent", "UnregisterAgent"];
    assert_eq!(*calls.lock().unwrap(), [first, again, first].concat());
}
