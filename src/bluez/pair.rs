//! A pairing that begins on this machine: `Device1.Pair`, on a connection of its own.
//!
//! The connection has no agent, so bluetoothd asks the default one, which is the running daemon
//! with its panel (BlueZ, `src/device.c`, `pair_device`). Nothing is decided or answered here.

mod address;
mod error;
mod objects;

use std::future::Future;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use zbus::connection::Builder;
use zbus::fdo::DBusProxy;
use zbus::message::{Message, Type};
use zbus::zvariant::DynamicType;
use zbus::{Connection, MatchRule, MessageStream, OwnedObjectPath, OwnedVariant};

use self::objects::{Adapter, Device, adapter, find_on};
use super::watch::{ADAPTER, DEVICE, Interfaces, Objects};
use super::{BLUEZ, CONNECT_TIMEOUT, ConnectError, LEAVE_TIMEOUT};
use crate::clock::Clock;
use crate::pairing::Peer;

pub use address::{Address, NotAnAddress};
pub use error::{PairError, Refusal};

/// How long an unknown device is looked for.
pub const SEARCH: Duration = Duration::from_secs(30);
/// How long a pairing may take: the kernel ends it after 120 s (BlueZ, `src/device.c`,
/// `BONDING_TIMEOUT`), and its reason is better than ours.
pub const PAIRING: Duration = Duration::from_secs(130);
/// How long bluetoothd may take for an answer that needs no radio.
const CALL: Duration = Duration::from_secs(10);

/// What is to be paired.
#[derive(Clone, Debug)]
pub struct Order {
    /// The device.
    pub address: Address,
    /// By which adapter, `hciN`; `None` for one that is switched on and pairable, or else knows the
    /// device.
    pub adapter: Option<String>,
    /// How long the pairing may take, the search not included.
    pub timeout: Duration,
}

/// What is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The device is not known and is looked for by this adapter.
    Searching(String),
    /// The pairing has begun; what comes now is on the panel.
    Pairing(Peer),
}

/// Pairs with a device, over the bus at `bus` (`None`: the system bus, or
/// `DBUS_SYSTEM_BUS_ADDRESS`), and returns who it is. `say` is told what is going on. When `stop`
/// is ready the search or the pairing ends.
///
/// # Errors
///
/// [`PairError`] if there is no bond with the device in the end, if there was one before, or if it
/// is not known.
pub async fn pair(
    bus: Option<&str>,
    clock: &Clock,
    order: &Order,
    mut say: impl FnMut(Progress),
    stop: impl Future<Output = ()>,
) -> Result<Peer, PairError> {
    let client = tokio::time::timeout(CONNECT_TIMEOUT, Client::join(bus, clock))
        .await
        .map_err(|_| PairError::Connect(ConnectError::Silent))??;
    let paired = client.begin(order, &mut say, stop).await;
    // Whatever still goes on for us ends with our connection.
    client.leave().await;
    paired
}

struct Client {
    connection: Connection,
    clock: Clock,
    /// The unique name of bluetoothd's connection: calling its well-known name could start one that
    /// somebody has stopped.
    owner: String,
}

impl Client {
    async fn join(bus: Option<&str>, clock: &Clock) -> Result<Self, PairError> {
        let connect = async {
            let connection = bus.map_or_else(Builder::system, Builder::address).build().await?;
            let bus = DBusProxy::new(&connection).await?;
            let owner = bus.get_name_owner(BLUEZ.try_into()?).await;
            Ok::<_, zbus::Error>((connection, owner))
        };
        let (connection, owner) = connect.await.map_err(ConnectError::Bus)?;
        let owner = owner.map_err(|_| PairError::NoBluetoothd)?.to_string();
        Ok(Self { connection, clock: clock.clone(), owner })
    }

    /// Returns when the bus has the end of our stream before it, or takes nothing any more; the end
    /// of the process tells it that as well.
    async fn leave(self) {
        let _ = tokio::time::timeout(LEAVE_TIMEOUT, self.connection.close()).await;
    }

    async fn begin(
        &self,
        order: &Order,
        say: &mut impl FnMut(Progress),
        stop: impl Future<Output = ()>,
    ) -> Result<Peer, PairError> {
        tokio::pin!(stop);
        let preparing = async {
            let adapter = self.adapter(order).await?;
            let device = self.find(&adapter, &order.address, say).await?;
            if device.bonded {
                let refusal = Refusal::AlreadyPaired;
                return Err(PairError::Refused { peer: device.peer, refusal });
            }
            // The search may have taken longer than the window.
            self.check_pairable(&adapter).await?;
            Ok(device)
        };
        // A search that this leaves going is ended by bluetoothd when we leave the bus.
        let device = tokio::select! {
            biased;
            () = &mut stop => return Err(PairError::Stopped),
            device = preparing => device?,
        };
        say(Progress::Pairing(device.peer.clone()));
        self.pair(&device, order.timeout, stop).await?;
        Ok(device.peer)
    }

    /// The adapter that is called so, or the best that is on: bonds come from a pairable one only,
    /// and a device that is known need not be looked for. An adapter that is not pairable would make
    /// a bond that lasts for this connection only (Linux, `net/bluetooth/smp.c`,
    /// `build_pairing_cmd`); bluetoothd makes each pairable that is there when an agent comes, and
    /// no other sign of an agent can be seen from here.
    async fn adapter(&self, order: &Order) -> Result<Adapter, PairError> {
        let objects = self.objects().await?;
        let mut adapters: Vec<Adapter> =
            objects.iter().filter_map(|(path, interfaces)| adapter(path, interfaces)).collect();
        adapters.sort_by_key(|adapter| {
            let number = adapter.name.trim_start_matches("hci").parse::<u32>();
            number.unwrap_or(u32::MAX)
        });
        let known: Vec<String> = adapters.iter().map(|adapter| adapter.name.clone()).collect();
        let Some(first) = known.first().cloned() else { return Err(PairError::NoAdapter) };
        let adapter = match &order.adapter {
            Some(name) => {
                let found = adapters.into_iter().find(|adapter| adapter.name == *name);
                let (name, known) = (name.clone(), known.join(", "));
                let adapter = found.ok_or(PairError::NoSuchAdapter { name, known })?;
                if !adapter.powered {
                    return Err(PairError::Off { adapter: adapter.name });
                }
                adapter
            }
            None => {
                let knows = |adapter: &Adapter| {
                    let mut objects = objects.iter();
                    objects.any(|(path, i)| find_on(adapter, path, i, &order.address).is_some())
                };
                let on = adapters.into_iter().filter(|adapter| adapter.powered);
                // The first of those that are as good.
                let best = on.min_by_key(|adapter| (!adapter.pairable, !knows(adapter)));
                best.ok_or(PairError::Off { adapter: first })?
            }
        };
        if !adapter.pairable {
            return Err(PairError::NotPairable { adapter: adapter.name });
        }
        Ok(adapter)
    }

    async fn check_pairable(&self, adapter: &Adapter) -> Result<(), PairError> {
        if self.flag(&adapter.path, ADAPTER, "Pairable").await? {
            return Ok(());
        }
        Err(PairError::NotPairable { adapter: adapter.name.clone() })
    }

    /// The device, if need be after a search.
    async fn find(
        &self,
        adapter: &Adapter,
        address: &Address,
        say: &mut impl FnMut(Progress),
    ) -> Result<Device, PairError> {
        let rule = MatchRule::builder().msg_type(Type::Signal).sender(self.owner.as_str());
        let rule = rule
            .interface("org.freedesktop.DBus.ObjectManager")
            .member("InterfacesAdded")
            .path("/")
            .build()
            .map_err(PairError::asking("watch for devices"))?;
        // Before the inventory, so that no device comes between the two.
        let mut added = MessageStream::for_match_rule(rule, &self.connection, None)
            .await
            .map_err(PairError::asking("watch for devices"))?;
        let is_it =
            |path: &str, interfaces: &Interfaces| find_on(adapter, path, interfaces, address);
        let objects = self.objects().await?;
        if let Some(device) = objects.iter().find_map(|(path, i)| is_it(path, i)) {
            return Ok(device);
        }
        say(Progress::Searching(adapter.name.clone()));
        self.call(&adapter.path, ADAPTER, "StartDiscovery", &()).await?;
        let appears = async {
            while let Some(signal) = added.next().await {
                let Ok(signal) = signal else { continue };
                let body = signal.body();
                let Ok((path, interfaces)) = body.deserialize::<(OwnedObjectPath, Interfaces)>()
                else {
                    continue;
                };
                if let Some(device) = is_it(&path, &interfaces) {
                    return Some(device);
                }
            }
            None
        };
        let found = tokio::select! {
            biased;
            found = appears => found,
            () = self.clock.sleep_until(self.clock.now() + SEARCH) => None,
        };
        // A stream that nobody reads would hold up the connection.
        drop(added);
        if let Err(error) = self.call(&adapter.path, ADAPTER, "StopDiscovery", &()).await {
            log::debug!("the search did not end by itself: {error}");
        }
        let (address, adapter) = (address.to_string(), adapter.name.clone());
        found.ok_or(PairError::NotFound { address, adapter, seconds: SEARCH.as_secs() })
    }

    async fn pair(
        &self,
        device: &Device,
        timeout: Duration,
        stop: impl Future<Output = ()>,
    ) -> Result<(), PairError> {
        let (owner, path) = (Some(self.owner.as_str()), &*device.path);
        let pairing = self.connection.call_method(owner, path, Some(DEVICE), "Pair", &());
        tokio::pin!(pairing);
        let ended = tokio::select! {
            biased;
            reply = &mut pairing => return self.outcome(device, reply).await,
            () = stop => PairError::Cancelled { peer: device.peer.clone() },
            () = self.clock.sleep_until(self.clock.now() + timeout) => {
                PairError::TimedOut { peer: device.peer.clone(), seconds: timeout.as_secs() }
            }
        };
        // bluetoothd may have ended it already, and its answer be on the way here: the answer to
        // another question cannot overtake that. `CancelPairing` would delete a bond that is there
        // by then (BlueZ, `src/device.c`, `cancel_pairing`); to leave the bus ends what is ours and
        // nothing else (`create_bond_req_exit`).
        let asking = tokio::time::timeout(LEAVE_TIMEOUT, self.bonded(device));
        let bonded = tokio::select! {
            biased;
            reply = &mut pairing => return self.outcome(device, reply).await,
            bonded = asking => bonded,
        };
        if let Some(reply) = (&mut pairing).now_or_never() {
            return self.outcome(device, reply).await;
        }
        match bonded {
            Ok(Ok(true)) => {
                // The keys come before the kernel's word that the pairing has ended, and it takes
                // them back if it is told to cancel in between (Linux, `net/bluetooth/mgmt.c`,
                // `cancel_pair_device`). The answer waits for the device's services as well.
                match tokio::time::timeout(LEAVE_TIMEOUT, pairing).await {
                    Ok(reply) => self.outcome(device, reply).await,
                    Err(_) => Ok(()),
                }
            }
            Ok(Ok(false)) => Err(ended),
            Ok(Err(error)) => Err(unknown(device, error)),
            Err(_) => Err(unknown(device, PairError::Silent { method: "Bonded" })),
        }
    }

    async fn outcome(
        &self,
        device: &Device,
        reply: zbus::Result<Message>,
    ) -> Result<(), PairError> {
        let peer = device.peer.clone();
        let refusal = match reply {
            Ok(_) => {
                return match self.bonded(device).await {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(PairError::NoBond { peer }),
                    Err(error) => Err(unknown(device, error)),
                };
            }
            Err(error) => Refusal::of(&error),
        };
        // The kernel's word for a link that was cut by switching the adapter off has the same number
        // (BlueZ, `src/adapter.c`, `adapter_stop`).
        let refusal = match refusal {
            Refusal::AlreadyPaired if matches!(self.bonded(device).await, Ok(false)) => {
                Refusal::NotReady
            }
            refusal => refusal,
        };
        Err(PairError::Refused { peer, refusal })
    }

    async fn bonded(&self, device: &Device) -> Result<bool, PairError> {
        self.flag(device.path.as_str(), DEVICE, "Bonded").await
    }

    async fn objects(&self) -> Result<Objects, PairError> {
        let manager = "org.freedesktop.DBus.ObjectManager";
        let reply = self.call("/", manager, "GetManagedObjects", &()).await?;
        let objects = reply.body().deserialize();
        objects.map_err(PairError::asking("GetManagedObjects"))
    }

    async fn flag(
        &self,
        path: &str,
        interface: &str,
        name: &'static str,
    ) -> Result<bool, PairError> {
        let properties = "org.freedesktop.DBus.Properties";
        let reply = self.call_named(name, path, properties, "Get", &(interface, name)).await?;
        let value: OwnedVariant = reply.body().deserialize().map_err(PairError::asking(name))?;
        value.downcast_ref::<bool>().map_err(PairError::asking(name))
    }

    async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &'static str,
        body: &B,
    ) -> Result<Message, PairError>
    where
        B: serde::Serialize + DynamicType,
    {
        self.call_named(method, path, interface, method, body).await
    }

    /// A call which an error calls `what`.
    async fn call_named<B>(
        &self,
        what: &'static str,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Message, PairError>
    where
        B: serde::Serialize + DynamicType,
    {
        let owner = Some(self.owner.as_str());
        let call = self.connection.call_method(owner, path, Some(interface), method, body);
        match tokio::time::timeout(CALL, call).await {
            Ok(reply) => reply.map_err(PairError::asking(what)),
            Err(_) => Err(PairError::Silent { method: what }),
        }
    }
}

fn unknown(device: &Device, why: PairError) -> PairError {
    PairError::Unknown { peer: device.peer.clone(), why: Box::new(why) }
}
