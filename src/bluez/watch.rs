//! Follows bluetoothd's objects: what happens to adapters and devices becomes events.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use zbus::message::{Message, Sequence, Type};
use zbus::{Connection, MatchRule, MessageStream, OwnedObjectPath, OwnedVariant, Variant};

use crate::pairing::{AdapterState, DeviceChange, DeviceId, Event, Reason};

pub(super) const ADAPTER: &str = "org.bluez.Adapter1";
pub(super) const DEVICE: &str = "org.bluez.Device1";
const OBJECT_MANAGER: &str = "org.freedesktop.DBus.ObjectManager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

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
    // One rule and one queue: several would be read in another order than bluetoothd sent, and a
    // link's end before what came of the pairing on it. Always polled, for a full queue would block
    // the whole connection.
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(owner.as_str()).build()?;
    let mut signals = MessageStream::for_match_rule(rule, &connection, None).await?;
    let (inventory, mut inventories) = mpsc::unbounded_channel();
    let again = inventory.clone();
    let take_inventory = || {
        tokio::spawn(managed_objects(connection.clone(), owner.clone(), inventory.clone()));
    };
    take_inventory();
    let mut adapters = Adapters { states: HashMap::new(), heard: Vec::new(), awaited: 1, events };
    let hear = |adapters: &mut Adapters<Sequence>, signal: zbus::Result<Message>| {
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
    };
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Some(signal) => hear(&mut adapters, signal),
                None => return Ok(()),
            },
            Some(inventory) = inventories.recv() => {
                // What was sent before the inventory is in the queue, and older than that.
                while let Some(Some(signal)) = signals.next().now_or_never() {
                    hear(&mut adapters, signal);
                }
                match inventory {
                    Ok((objects, position)) => adapters.take_stock(objects, &position),
                    Err(error) => {
                        log::warn!("cannot list bluetoothd's objects: {error}; trying again");
                        let (connection, owner) = (connection.clone(), owner.clone());
                        let inventory = again.clone();
                        tokio::spawn(async move {
                            tokio::time::sleep(AGAIN).await;
                            managed_objects(connection, owner, inventory).await;
                        });
                    }
                }
            }
        }
    }
}

/// How long to wait before asking again for what bluetoothd did not tell.
const AGAIN: Duration = Duration::from_secs(1);

type Inventory = zbus::Result<(Objects, Sequence)>;

async fn managed_objects(
    connection: Connection,
    owner: String,
    inventory: mpsc::UnboundedSender<Inventory>,
) {
    let reply = connection
        .call_method(Some(owner.as_str()), "/", Some(OBJECT_MANAGER), "GetManagedObjects", &())
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

/// A signal about an adapter or a device, or about an object that may be one.
enum Signal {
    Added(OwnedObjectPath, Interfaces),
    Removed(OwnedObjectPath, Vec<String>),
    Changed(OwnedObjectPath, String, Properties),
    Disconnected(DeviceId, Reason),
}

impl Signal {
    /// Nothing if it is one that tells nothing here.
    fn read(message: &Message) -> zbus::Result<Option<Self>> {
        let (header, body) = (message.header(), message.body());
        let member = header.member().map(|member| member.as_str());
        let interface = header.interface().map(|interface| interface.as_str());
        let Some(path) = header.path().map(|path| path.to_owned()) else { return Ok(None) };
        let (Some(interface), Some(member)) = (interface, member) else { return Ok(None) };
        Ok(match (interface, member) {
            (OBJECT_MANAGER, "InterfacesAdded") if path.as_str() == "/" => {
                let (path, interfaces) = body.deserialize()?;
                Some(Self::Added(path, interfaces))
            }
            (OBJECT_MANAGER, "InterfacesRemoved") if path.as_str() == "/" => {
                let (path, interfaces) = body.deserialize()?;
                Some(Self::Removed(path, interfaces))
            }
            (PROPERTIES, "PropertiesChanged") if path.as_str().starts_with("/org/bluez/") => {
                let (of, properties, _): (String, Properties, Vec<&str>) = body.deserialize()?;
                let is_followed = of == ADAPTER || of == DEVICE;
                is_followed.then(|| Self::Changed(path.into(), of, properties))
            }
            (DEVICE, "Disconnected") => {
                let (name, _): (&str, &str) = body.deserialize()?;
                DeviceId::parse(&path).map(|device| Self::Disconnected(device, reason(name)))
            }
            _ => None,
        })
    }

    /// Does to an older inventory what the signal says.
    fn amend(self, objects: &mut Objects) {
        match self {
            Self::Added(path, interfaces) => objects.entry(path).or_default().extend(interfaces),
            Self::Removed(path, interfaces) => {
                if let Some(object) = objects.get_mut(&path) {
                    object.retain(|interface, _| !interfaces.contains(interface));
                }
            }
            Self::Changed(path, interface, properties) => {
                let object = objects.get_mut(&path);
                if let Some(before) = object.and_then(|object| object.get_mut(&interface)) {
                    before.extend(properties);
                }
            }
            Self::Disconnected(..) => {}
        }
    }
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
    fn hear(&mut self, message: Message, position: P) -> zbus::Result<News> {
        let Some(signal) = Signal::read(&message)? else { return Ok(News::Other) };
        if self.awaited > 0 {
            self.heard.push((position, message));
        }
        Ok(self.signal(signal))
    }

    /// What was told of a signal stays so: a device whose bond went and came would seem to have
    /// paired anew. So an inventory that is older than a signal is first made as new as that.
    fn take_stock(&mut self, mut objects: Objects, position: &P) {
        for (_, message) in self.heard.iter().filter(|(heard, _)| heard > position) {
            // It could be read before, so it can be read again.
            if let Ok(Some(signal)) = Signal::read(message) {
                signal.amend(&mut objects);
            }
        }
        for (path, interfaces) in objects {
            self.added(&path, interfaces);
        }
        self.has_arrived();
        // An older one may lack what came meanwhile: the devices of an adapter that has just appeared
        // come after it (BlueZ, `src/adapter.c`, `adapter_register`, `load_devices`).
        if self.awaited == 0 && !self.states.is_empty() {
            self.tell(Event::Inventory);
        }
    }

    /// An inventory is not awaited any more.
    fn has_arrived(&mut self) {
        self.awaited = self.awaited.saturating_sub(1);
        if self.awaited == 0 {
            self.heard.clear();
        }
    }

    fn signal(&mut self, signal: Signal) -> News {
        match signal {
            Signal::Added(path, interfaces) => {
                let is_adapter = interfaces.contains_key(ADAPTER);
                self.added(&path, interfaces);
                if is_adapter {
                    return News::Adapter;
                }
            }
            Signal::Removed(path, interfaces) => self.removed(&path, &interfaces),
            Signal::Changed(path, interface, properties) => {
                self.update(&path, &interface, &properties);
            }
            Signal::Disconnected(device, reason) => {
                self.tell(Event::Disconnected { device, reason });
            }
        }
        News::Other
    }

    fn added(&mut self, path: &str, interfaces: Interfaces) {
        for (interface, properties) in interfaces {
            self.update(path, &interface, &properties);
        }
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
                let address = text(properties, "Address");
                state.address = address.unwrap_or(std::mem::take(&mut state.address));
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
                    trusted: flag(properties, "Trusted"),
                    blocked: flag(properties, "Blocked"),
                    random: text(properties, "AddressType").map(|kind| kind == "random"),
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
mod tests;
