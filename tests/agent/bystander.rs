//! Others on the bus: one that hears what bluetoothd says of its adapters, and is an agent or changes
//! settings if the test wants it to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use pairpanel::clock::{Clock, ManualClock, Time};

use zbus::{Connection, MatchRule, MessageStream, ObjectPath, OwnedVariant, Variant};

use crate::world::{PATIENCE, eventually};

const BLUEZ: &str = "org.bluez";
const AGENT: &str = "/bystander/agent";
const ADAPTER1: &str = "org.bluez.Adapter1";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

pub(crate) struct Bystander {
    pub(crate) connection: Connection,
}

impl Bystander {
    pub(crate) async fn new(bus: &str) -> Self {
        let connection = zbus::connection::Builder::address(bus).build().await.unwrap();
        Self { connection }
    }

    /// Registers an agent, and has it be the default.
    pub(crate) async fn takes_over(&self, capability: &str) {
        let agent = ObjectPath::try_from(AGENT).unwrap();
        self.manager("RegisterAgent", &(&agent, capability)).await;
        self.manager("RequestDefaultAgent", &(&agent,)).await;
    }

    async fn manager<B: serde::Serialize + zbus::DynamicType>(&self, method: &str, body: &B) {
        let manager = Some("org.bluez.AgentManager1");
        self.connection
            .call_method(Some(BLUEZ), "/org/bluez", manager, method, body)
            .await
            .unwrap();
    }

    pub(crate) async fn set(
        &self,
        adapter: &str,
        property: &str,
        value: impl Into<Variant<'static>>,
    ) {
        let (path, body) = (format!("/org/bluez/{adapter}"), (ADAPTER1, property, value.into()));
        let properties = Some(PROPERTIES);
        // Busy, maybe.
        let _ = self.connection.call_method(Some(BLUEZ), &*path, properties, "Set", &body).await;
    }

    pub(crate) async fn seconds(&self, adapter: &str, property: &str) -> u32 {
        let (path, body) = (format!("/org/bluez/{adapter}"), (ADAPTER1, property));
        let properties = Some(PROPERTIES);
        let reply =
            self.connection.call_method(Some(BLUEZ), &*path, properties, "Get", &body).await;
        reply.unwrap().body().deserialize::<OwnedVariant>().unwrap().try_into().unwrap()
    }

    /// Returns when the adapter has these time-outs.
    pub(crate) async fn waits_for(&self, adapter: &str, time_outs: [(&str, u32); 2]) {
        let waiting = async {
            for (property, seconds) in time_outs {
                while self.seconds(adapter, property).await != seconds {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "never: {time_outs:?}");
    }

    pub(crate) async fn leaves(self) {
        self.connection.close().await.unwrap();
    }
}

/// What was heard of an adapter: what it is called, since when it is pairable, if it is.
type Pairable = BTreeMap<String, Time>;

/// Hears `Pairable` of every adapter, by the signals on the bus alone.
pub(crate) struct Ear {
    heard: Arc<Mutex<Heard>>,
    clock: ManualClock,
    marks: AtomicUsize,
}

#[derive(Default)]
struct Heard {
    pairable: Pairable,
    /// The longest that one was.
    longest: Duration,
    /// How often one became it.
    times: usize,
    /// The name that an adapter was given last.
    alias: String,
}

impl Ear {
    pub(crate) async fn new(bus: &str, clock: &ManualClock) -> Self {
        let connection = zbus::connection::Builder::address(bus).build().await.unwrap();
        // Whoever sends it: bluetoothd is stopped and started meanwhile.
        let rule = MatchRule::builder().msg_type(zbus::message::Type::Signal).build().unwrap();
        let mut signals = MessageStream::for_match_rule(rule, &connection, None).await.unwrap();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (ear, time) = (Arc::clone(&heard), Clock::Manual(clock.clone()));
        tokio::spawn(async move {
            while let Some(Ok(signal)) = signals.next().await {
                ear.lock().unwrap().hear(&signal, time.now());
            }
            drop(connection);
        });
        Self { heard, clock: clock.clone(), marks: AtomicUsize::new(0) }
    }

    /// How often an adapter was pairable so far.
    pub(crate) fn times(&self) -> usize {
        self.heard.lock().unwrap().times
    }

    /// The longest that an adapter was pairable, or is.
    pub(crate) fn longest(&self) -> Duration {
        let (heard, now) = (self.heard.lock().unwrap(), Clock::Manual(self.clock.clone()).now());
        let since = heard.pairable.values().map(|since| now.since(*since));
        since.max().unwrap_or_default().max(heard.longest)
    }

    /// Returns when all is heard that bluetoothd has said until now.
    pub(crate) async fn listens(&self, bystander: &Bystander) {
        let mark = format!("mark {}", self.marks.fetch_add(1, Ordering::Relaxed));
        bystander.set("hci0", "Alias", mark.clone()).await;
        eventually("it is heard", || self.heard.lock().unwrap().alias == mark).await;
    }

    /// Whether none is.
    pub(crate) fn all_closed(&self) -> bool {
        self.heard.lock().unwrap().pairable.is_empty()
    }
}

impl Heard {
    fn hear(&mut self, signal: &zbus::Message, now: Time) {
        let header = signal.header();
        let (path, body) = (header.path().unwrap().to_string(), signal.body());
        match header.member().unwrap().as_str() {
            "PropertiesChanged" => {
                type Changed<'a> = (&'a str, BTreeMap<String, OwnedVariant>, Vec<String>);
                let (_, changed, _): Changed<'_> = body.deserialize().unwrap();
                if let Some(pairable) = changed.get("Pairable") {
                    self.is(path, bool::try_from(&**pairable).unwrap(), now);
                }
                if let Some(alias) = changed.get("Alias") {
                    self.alias = <&str>::try_from(&**alias).unwrap().to_owned();
                }
            }
            "InterfacesAdded" => {
                type Interfaces = BTreeMap<String, BTreeMap<String, OwnedVariant>>;
                let (path, of): (ObjectPath<'_>, Interfaces) = body.deserialize().unwrap();
                let pairable = of.get(ADAPTER1).and_then(|adapter| adapter.get("Pairable"));
                if let Some(pairable) = pairable {
                    self.is(path.to_string(), bool::try_from(&**pairable).unwrap(), now);
                }
            }
            "InterfacesRemoved" => {
                let (path, of): (ObjectPath<'_>, Vec<String>) = body.deserialize().unwrap();
                if of.iter().any(|interface| interface == ADAPTER1) {
                    self.is(path.to_string(), false, now);
                }
            }
            // What bluetoothd left behind is the kernel's, and the next one tells.
            "NameOwnerChanged" => {
                if let Ok((BLUEZ, _, "")) = body.deserialize::<(&str, &str, &str)>() {
                    for path in self.pairable.keys().cloned().collect::<Vec<_>>() {
                        self.is(path, false, now);
                    }
                }
            }
            _ => {}
        }
    }

    fn is(&mut self, path: String, pairable: bool, now: Time) {
        if !pairable {
            let since = self.pairable.remove(&path);
            self.longest =
                self.longest.max(since.map(|since| now.since(since)).unwrap_or_default());
        } else if !self.pairable.contains_key(&path) {
            self.times += 1;
            self.pairable.insert(path, now);
        }
    }
}
