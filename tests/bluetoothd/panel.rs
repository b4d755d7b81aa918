//! An agent that does what the test says, and hears everything in the order it is sent.

use std::time::Duration;

use futures_util::StreamExt;
use pairpanel::clock::{Clock, ManualClock};
use pairpanel::sim::{Address, FakeBluetoothd, FakeBus, FakePhone, Options, Store};
use tokio::task::JoinHandle;
use zbus::message::{Flags, Message, Type};
use zbus::wire::{ObjectPath, OwnedVariant, Variant};
use zbus::{Connection, MessageStream};

pub(crate) const AGENT: &str = "/test/agent";
/// So that a failure is not a hang; nothing passes or fails by how long it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bus, bluetoothd and the clock of a test.
pub(crate) struct World {
    pub(crate) bus: FakeBus,
    pub(crate) clock: ManualClock,
    pub(crate) store: Store,
}

impl World {
    pub(crate) fn new() -> Self {
        let (clock, store) = (ManualClock::new(), Store::default());
        Self { bus: FakeBus::start().unwrap(), clock, store }
    }

    pub(crate) async fn bluetoothd(&self, options: Options) -> FakeBluetoothd {
        let clock = Clock::Manual(self.clock.clone());
        FakeBluetoothd::start(self.bus.address(), clock, options, self.store.clone()).await.unwrap()
    }

    pub(crate) async fn panel(&self) -> Panel {
        let connection =
            zbus::connection::Builder::address(self.bus.address()).build().await.unwrap();
        let events = MessageStream::from(&connection);
        for rule in ["type='signal',sender='org.bluez'", "type='signal',arg0='org.bluez'"] {
            let bus = "org.freedesktop.DBus";
            let path = "/org/freedesktop/DBus";
            connection.call_method(Some(bus), path, Some(bus), "AddMatch", &rule).await.unwrap();
        }
        Panel { connection, events }
    }

    /// Time in which nothing but the fake's timers happens.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn phone() -> FakePhone {
    FakePhone::new("phone", Address([0xA4, 0xC3, 0, 0x0D, 0x1E, 0x7F]))
}

pub(crate) fn other_phone() -> FakePhone {
    FakePhone::new("other", Address([0xA4, 0xC3, 0, 0x0D, 0x1E, 0x80]))
}

/// One connection: its calls of org.bluez, and the calls and signals that come in on it.
pub(crate) struct Panel {
    pub(crate) connection: Connection,
    events: MessageStream,
}

impl Panel {
    /// Calls a method; an error comes back as its name.
    pub(crate) async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Message, String>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let (bluez, interface) = (Some("org.bluez"), Some(interface));
        let reply = self.connection.call_method(bluez, path, interface, method, body).await;
        reply.map_err(|error| error_name(&error))
    }

    /// Calls `Device1.Pair`; the reply is waited for beside whatever else goes on.
    pub(crate) fn pair(&self, device: &str) -> JoinHandle<Result<(), String>> {
        let (connection, device) = (self.connection.clone(), device.to_owned());
        tokio::spawn(async move {
            let (bluez, interface) = (Some("org.bluez"), Some("org.bluez.Device1"));
            let reply = connection.call_method(bluez, device, interface, "Pair", &());
            let reply = tokio::time::timeout(PATIENCE, reply).await.expect("Pair is answered");
            reply.map(drop).map_err(|error| error_name(&error))
        })
    }

    pub(crate) async fn manager(&self, method: &str, agent: &str) -> Result<(), String> {
        let agent = ObjectPath::try_from(agent).unwrap();
        self.call("/org/bluez", "org.bluez.AgentManager1", method, &agent).await.map(drop)
    }

    pub(crate) async fn try_register(&self, capability: &str) -> Result<(), String> {
        let body = (ObjectPath::try_from(AGENT).unwrap(), capability);
        let manager = "org.bluez.AgentManager1";
        self.call("/org/bluez", manager, "RegisterAgent", &body).await.map(drop)
    }

    /// Registers the first agent and waits until the adapter is pairable.
    pub(crate) async fn register(&mut self, capability: &str) {
        self.try_register(capability).await.unwrap();
        self.expect("Pairable=true").await;
    }

    pub(crate) async fn get(&self, path: &str, interface: &str, property: &str) -> OwnedVariant {
        let body = (interface, property);
        let properties = "org.freedesktop.DBus.Properties";
        let reply = self.call(path, properties, "Get", &body).await.unwrap();
        reply.body().deserialize().unwrap()
    }

    pub(crate) async fn set(
        &self,
        path: &str,
        interface: &str,
        property: &str,
        value: impl Into<Variant<'static>>,
    ) -> Result<(), String> {
        let body = (interface, property, value.into());
        self.call(path, "org.freedesktop.DBus.Properties", "Set", &body).await.map(drop)
    }

    /// The next call or signal, which must be this one.
    pub(crate) async fn expect(&mut self, event: &str) -> Message {
        let message = self.next().await;
        assert_eq!(describe(&message), event);
        message
    }

    pub(crate) async fn accept(&self, call: &Message) {
        self.connection.reply(&call.header(), &()).await.unwrap();
    }

    pub(crate) async fn type_passkey(&self, call: &Message, passkey: u32) {
        self.connection.reply(&call.header(), &passkey).await.unwrap();
    }

    pub(crate) async fn type_pin(&self, call: &Message, pin: &str) {
        self.connection.reply(&call.header(), &pin).await.unwrap();
    }

    /// The next calls and signals, which must be these in any order. Returns the last of them.
    pub(crate) async fn expect_mixed(&mut self, events: &[&str]) -> Message {
        let mut missing: Vec<&str> = events.to_vec();
        let mut last = None;
        while !missing.is_empty() {
            let message = self.next().await;
            let event = describe(&message);
            let index = missing.iter().position(|missing| *missing == event);
            missing.swap_remove(index.unwrap_or_else(|| panic!("{event}, not one of {missing:?}")));
            if Some(&&*event) == events.last() {
                last = Some(message);
            }
        }
        last.unwrap()
    }

    /// The next calls and signals, which must be these.
    pub(crate) async fn expect_all(&mut self, events: &[&str]) {
        for event in events {
            self.expect(event).await;
        }
    }

    pub(crate) async fn refuse(&self, call: &Message) {
        let (header, name) = (call.header(), "org.bluez.Error.Rejected");
        self.connection.reply_error(&header, name, &"").await.unwrap();
    }

    async fn next(&mut self) -> Message {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.events.next());
            let message = next.await.expect("something is sent").unwrap().unwrap();
            let mut heard = matches!(message.message_type(), Type::MethodCall | Type::Signal);
            if message.header().sender().is_some_and(|sender| *sender == "org.freedesktop.DBus") {
                // busd applies no sender to a rule while the name in it has no owner.
                let owner = message
                    .body()
                    .deserialize::<(&str, &str, &str)>()
                    .map(|owner| owner.0 == "org.bluez");
                heard &= owner == Ok(true);
            }
            if heard {
                return message;
            }
        }
    }
}

fn error_name(error: &zbus::Error) -> String {
    match error {
        zbus::Error::MethodError(name, ..) => name.to_string(),
        error => error.to_string(),
    }
}

/// The member, with `!` if it is a call that expects no reply; for properties what they became.
fn describe(message: &Message) -> String {
    let member = message.header().member().map(|member| member.to_string()).unwrap_or_default();
    if member == "PropertiesChanged" {
        type Body = (String, std::collections::BTreeMap<String, OwnedVariant>, Vec<String>);
        let (_, changed, _): Body = message.body().deserialize().unwrap();
        let changed = changed.iter().map(|(name, value)| match bool::try_from(&**value) {
            Ok(on) => format!("{name}={on}"),
            Err(_) => name.clone(),
        });
        return changed.collect::<Vec<_>>().join(" ");
    }
    match message.primary_header().flags().contains(Flags::NO_REPLY_EXPECTED) {
        true if message.message_type() == Type::MethodCall => format!("{member}!"),
        _ => member,
    }
}

/// The device's path in an agent call or a signal about it.
pub(crate) fn device(call: &Message) -> String {
    let body = call.body();
    let path = match call.header().member().map(|member| member.as_str()) {
        Some("DisplayPasskey") => body.deserialize::<(ObjectPath<'_>, u32, u16)>().unwrap().0,
        Some("RequestConfirmation") => body.deserialize::<(ObjectPath<'_>, u32)>().unwrap().0,
        Some("DisplayPinCode" | "AuthorizeService") => {
            body.deserialize::<(ObjectPath<'_>, &str)>().unwrap().0
        }
        _ => body.deserialize::<ObjectPath<'_>>().unwrap(),
    };
    path.to_string()
}

/// The PIN or the service of an agent call.
pub(crate) fn text(call: &Message) -> String {
    call.body().deserialize::<(ObjectPath<'_>, &str)>().unwrap().1.to_owned()
}

/// The passkey of an agent call.
pub(crate) fn passkey(call: &Message) -> u32 {
    let body = call.body();
    match call.header().member().map(|member| member.as_str()) {
        Some("DisplayPasskey") => body.deserialize::<(ObjectPath<'_>, u32, u16)>().unwrap().1,
        _ => body.deserialize::<(ObjectPath<'_>, u32)>().unwrap().1,
    }
}
