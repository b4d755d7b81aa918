//! Follows bluetoothd's objects: what happens to adapters and devices becomes events.

use std::collections::HashMap;

use futures_util::StreamExt;
use futures_util::stream::select;
use tokio::sync::mpsc;
use zbus::message::{Message, Sequence, Type};
use zbus::{Connection, MatchRule, MessageStream, OwnedObjectPath, OwnedVariant, Variant};

use crate::pairing::{AdapterState, DeviceChange, DeviceId, Event, Reason};

pub(super) const ADAPTER: &str = "org.bluez.Adapter1";
pub(super) const DEVICE: &str = "org.bluez.Device1";

pub(super) type Properties = HashMap<String, OwnedVariant>;
pub(super) type Interfaces = HashMap<String, Properties>;
pub(super) type Objects = HashMap<OwnedObjectPath, Interfaces>;

/// Reports everything there is and then every change, until bluetoothd leaves the bus. `owner` is
/// the unique name of its connection, so nobody else's signals are taken for its.
pub(super) async fn follow(
    connection: Connection,
    owner: String,
    events: mpsc::UnboundedSender<Event>,
) -> zbus::Result<()> {
    let rule = || MatchRule::builder().msg_type(Type::Signal).sender(owner.as_str());
    let objects = rule().interface("org.freedesktop.DBus.ObjectManager").path("/").build()?;
    let changes = rule()
        .interface("org.freedesktop.DBus.Properties")
        .member("PropertiesChanged")
        .path_namespace("/org/bluez")
        .build()?;
    let endings = rule().interface(DEVICE).member("Disconnected").build()?;
    // One stream that is always polled: a full queue would block the whole connection.
    let mut signals = select(
        select(
            MessageStream::for_match_rule(objects, &connection, None).await?,
            MessageStream::for_match_rule(changes, &connection, None).await?,
        ),
        MessageStream::for_match_rule(endings, &connection, None).await?,
    );
    let (inventory, mut inventories) = mpsc::unbounded_channel();
    let take_inventory = || {
        tokio::spawn(managed_objects(connection.clone(), owner.clone(), inventory.clone()));
    };
    take_inventory();
    let mut adapters = Adapters { states: HashMap::new(), heard: Vec::new(), awaited: 1, events };
    loop {
        tokio::select! {
            signal = signals.next() => {
                let Some(signal) = signal else { return Ok(()) };
                let heard = signal.and_then(|signal| {
                    let position = signal.recv_position();
                    adapters.hear(signal, position)
                });
                match heard {
                    // An adapter's devices are there once its signal has been sent (BlueZ,
                    // `src/adapter.c`, `adapter_register`), but not in that signal.
                    Ok(News::Adapter) => {
                        adapters.awaited += 1;
                        take_inventory();
                    }
                    Ok(News::Other) => {}
                    Err(error) => log::warn!("cannot read a signal of bluetoothd: {error}"),
                }
            }
            Some(inventory) = inventories.recv() => match inventory {
                Ok((objects, position)) => adapters.take_stock(objects, position),
                Err(error) => {
                    adapters.awaited = adapters.awaited.saturating_sub(1);
                    log::warn!("cannot list bluetoothd's objects: {error}");
                }
            }
        }
    }
}

type Inventory = zbus::Result<(Objects, Sequence)>;

async fn managed_objects(
    connection: Connection,
    owner: String,
    inventory: mpsc::UnboundedSender<Inventory>,
) {
    let interface = Some("org.freedesktop.DBus.ObjectManager");
    let reply = connection
        .call_method(Some(owner.as_str()), "/", interface, "GetManagedObjects", &())
        .await
        .and_then(|reply| Ok((reply.body().deserialize::<Objects>()?, reply.recv_position())));
    // The receiver is gone if bluetoothd is.
    let _ = inventory.send(reply);
}

/// What a signal was about.
enum News {
    Adapter,
    Other,
}

/// The adapters, and what goes on between asking for an inventory and having it: the signals and
/// the answer come in different queues, so a signal may be read before an inventory that is older.
/// `P` is the place of a message among all that came in.
struct Adapters<P> {
    states: HashMap<String, AdapterState>,
    /// The signals read while an inventory was awaited.
    heard: Vec<(P, Message)>,
    /// How many inventories are.
    awaited: usize,
    events: mpsc::UnboundedSender<Event>,
}

impl<P: Ord> Adapters<P> {
    fn hear(&mut self, signal: Message, position: P) -> zbus::Result<News> {
        let news = self.signal(&signal);
        if self.awaited > 0 {
            self.heard.push((position, signal));
        }
        news
    }

    fn take_stock(&mut self, objects: Objects, position: P) {
        self.inventory(objects);
        self.awaited = self.awaited.saturating_sub(1);
        for (heard, signal) in std::mem::take(&mut self.heard) {
            if heard > position {
                // It could be read before, so it can be read again.
                let _ = self.signal(&signal);
                if self.awaited > 0 {
                    self.heard.push((heard, signal));
                }
            }
        }
    }

    fn signal(&mut self, signal: &Message) -> zbus::Result<News> {
        match signal.header().member().map(|member| member.as_str()) {
            Some("InterfacesAdded") => {
                let body = signal.body();
                let (path, interfaces): (OwnedObjectPath, Interfaces) = body.deserialize()?;
                let is_adapter = interfaces.contains_key(ADAPTER);
                self.added(&path, interfaces);
                return Ok(if is_adapter { News::Adapter } else { News::Other });
            }
            Some("InterfacesRemoved") => {
                let body = signal.body();
                let (path, interfaces): (OwnedObjectPath, Vec<String>) = body.deserialize()?;
                self.removed(&path, &interfaces);
            }
            Some("PropertiesChanged") => self.changed(signal)?,
            Some("Disconnected") => {
                let body = signal.body();
                let (name, _): (&str, &str) = body.deserialize()?;
                let path = signal.header().path().and_then(|path| DeviceId::parse(path));
                if let Some(device) = path {
                    self.tell(Event::Disconnected { device, reason: reason(name) });
                }
            }
            _ => {}
        }
        Ok(News::Other)
    }

    fn inventory(&mut self, objects: Objects) {
        let mut any_bond = false;
        for (path, interfaces) in objects {
            let bonded = interfaces.get(DEVICE).and_then(|device| flag(device, "Bonded"));
            any_bond |= bonded == Some(true);
            self.added(&path, interfaces);
        }
        if !self.states.is_empty() {
            self.tell(Event::Bonds { any: any_bond });
        }
    }

    fn added(&mut self, path: &str, interfaces: Interfaces) {
        for (interface, properties) in interfaces {
            self.update(path, &interface, &properties);
        }
    }

    fn changed(&mut self, signal: &Message) -> zbus::Result<()> {
        let body = signal.body();
        let (interface, properties, _): (&str, Properties, Vec<&str>) = body.deserialize()?;
        if let Some(path) = signal.header().path() {
            self.update(path, interface, &properties);
        }
        Ok(())
    }

    fn removed(&mut self, path: &str, interfaces: &[String]) {
        if interfaces.iter().any(|interface| interface == ADAPTER) {
            self.states.remove(path);
            self.tell(Event::AdapterRemoved(path.to_owned()));
        }
        if let Some(device) = DeviceId::parse(path)
            && interfaces.iter().any(|interface| interface == DEVICE)
        {
            self.tell(Event::DeviceRemoved(device));
        }
    }

    fn update(&mut self, path: &str, interface: &str, properties: &Properties) {
        match interface {
            ADAPTER => {
                let state = self.states.entry(path.to_owned()).or_default();
                let before = state.clone();
                let or = |name, old| flag(properties, name).unwrap_or(old);
                state.powered = or("Powered", state.powered);
                state.pairable = or("Pairable", state.pairable);
                state.discoverable = or("Discoverable", state.discoverable);
                state.alias = text(properties, "Alias").unwrap_or(std::mem::take(&mut state.alias));
                if *state != before {
                    let state = state.clone();
                    self.tell(Event::Adapter { adapter: path.to_owned(), state });
                }
            }
            DEVICE => {
                let change = DeviceChange {
                    address: text(properties, "Address"),
                    name: text(properties, "Name"),
                    bonded: flag(properties, "Bonded"),
                    paired: flag(properties, "Paired"),
                    connected: flag(properties, "Connected"),
                };
                // Signal strength and the like change all the time; the session has no use for it.
                if let Some(device) = DeviceId::parse(path)
                    && change != DeviceChange::default()
                {
                    self.tell(Event::Device { device, change });
                }
            }
            _ => {}
        }
    }

    fn tell(&self, event: Event) {
        // The daemon is stopping if nobody listens.
        let _ = self.events.send(event);
    }
}

/// Why a link ended, by the name that bluetoothd has for it (BlueZ, `doc/org.bluez.Device.rst`).
fn reason(name: &str) -> Reason {
    match name.strip_prefix("org.bluez.Reason.") {
        Some("Authentication") => Reason::Authentication,
        Some("Timeout") => Reason::Timeout,
        Some("Local") => Reason::Local,
        Some("Remote") => Reason::Remote,
        Some("Suspend") => Reason::Suspend,
        _ => Reason::Unknown,
    }
}

pub(super) fn flag(properties: &Properties, name: &str) -> Option<bool> {
    properties.get(name).and_then(|value| value.downcast_ref::<bool>().ok())
}

pub(super) fn text(properties: &Properties, name: &str) -> Option<String> {
    match &**properties.get(name)? {
        Variant::Str(text) => Some(text.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_does_not_undo_what_a_signal_said_after_it() {
        let (events, mut told) = mpsc::unbounded_channel();
        let mut adapters =
            Adapters { states: HashMap::new(), heard: Vec::new(), awaited: 1, events };
        let properties = |pairable: bool| {
            let value = |value| OwnedVariant::try_from(Variant::Bool(value)).unwrap();
            HashMap::from([
                ("Powered".to_owned(), value(true)),
                ("Pairable".to_owned(), value(pairable)),
            ])
        };
        let signal = |pairable| {
            let body = (ADAPTER, properties(pairable), Vec::<&str>::new());
            Message::signal(
                "/org/bluez/hci0",
                "org.freedesktop.DBus.Properties",
                "PropertiesChanged",
            )
            .build(&body)
            .unwrap()
        };
        adapters.hear(signal(false), 1).unwrap();
        adapters.hear(signal(true), 3).unwrap();
        let path = OwnedObjectPath::try_from("/org/bluez/hci0").unwrap();
        let interfaces = HashMap::from([(ADAPTER.to_owned(), properties(false))]);
        adapters.take_stock(HashMap::from([(path, interfaces)]), 2);
        let mut last = None;
        while let Ok(event) = told.try_recv() {
            if let Event::Adapter { state, .. } = event {
                last = Some(state.pairable);
            }
        }
        assert_eq!(last, Some(true));
        assert!(adapters.heard.is_empty());
    }
}
