//! `org.bluez.LEAdvertisingManager1` (`src/advertising.c`): what applications have an adapter
//! advertise.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use zbus::message::{Flags, Message};
use zbus::names::OwnedUniqueName;
use zbus::wire::{OwnedObjectPath, OwnedVariant, Variant};

use super::adapter::{Adapter, At};
use super::bluetoothd::{Daemon, FakeBluetoothd, Interfaces, Properties};
use super::error::{
    ALREADY_EXISTS, DOES_NOT_EXIST, NOT_PARSED, NOT_PERMITTED, NOT_REGISTERED, Refusal,
};

pub(super) const ADVERTISING: &str = "org.bluez.LEAdvertisingManager1";
const ADVERTISEMENT: &str = "org.bluez.LEAdvertisement1";
const INCLUDES: [&str; 3] = ["tx-power", "appearance", "local-name"];

/// The advertisements of an adapter.
#[derive(Debug)]
pub(super) struct Advertising {
    /// How many there may be.
    instances: u8,
    clients: Vec<Client>,
}

/// An advertisement that was registered (`btd_adv_client`).
#[derive(Debug)]
struct Client {
    owner: OwnedUniqueName,
    path: OwnedObjectPath,
    /// The call, until it is answered.
    call: Option<Message>,
    advertised: Option<Advertised>,
}

/// What is in the air.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// The name in it: `LocalName`, or that of the adapter by `Includes`.
    pub name: String,
    /// Whether it can be connected to: `Type` is `peripheral`.
    pub connectable: bool,
    /// Whether it says that the adapter is discoverable.
    pub discoverable: bool,
    /// Whether it leaves open that there is BR/EDR, too: that is so if the adapter is discoverable
    /// at that moment (`set_flags`).
    pub bredr: bool,
    /// After how many seconds bluetoothd ends it; zero for never.
    pub timeout: u16,
}

impl Advertising {
    pub(super) fn properties(&self) -> Properties {
        let active = u8::try_from(self.clients.len()).unwrap_or(u8::MAX);
        let includes = INCLUDES.map(|include| include.to_owned()).to_vec();
        [
            ("ActiveInstances", Variant::from(active)),
            ("SupportedInstances", Variant::from(self.instances - active)),
            ("SupportedIncludes", Variant::from(includes)),
        ]
        .into()
    }

    fn position(&self, owner: &OwnedUniqueName, path: &OwnedObjectPath) -> Option<usize> {
        self.clients.iter().position(|client| client.owner == *owner && client.path == *path)
    }
}

impl Daemon {
    /// Asks the kernel how the adapter can advertise, which takes a moment: only then has it the
    /// interface (`read_adv_features_callback`).
    pub(super) fn read_advertising_features(self: &Arc<Self>, at: &At) {
        let answered = self.clock.now() + self.options.settle;
        let (daemon, at) = (Arc::clone(self), at.clone());
        self.spawn(async move {
            daemon.clock.sleep_until(answered).await;
            if let Some(properties) = daemon.can_advertise(&at) {
                let interfaces: Interfaces = [(ADVERTISING, properties)].into();
                daemon.interfaces_added(&at.path, interfaces).await;
            }
        });
    }

    /// The adapter has the interface from now on, unless it has no LE.
    pub(super) fn can_advertise(&self, at: &At) -> Option<Properties> {
        let instances = self.options.advertisements?;
        let advertising = Advertising { instances, clients: Vec::new() };
        let properties = advertising.properties();
        self.with(at, |adapter| adapter.advertising = Some(advertising))?;
        Some(properties)
    }

    fn with_advertising<T>(&self, at: &At, then: impl FnOnce(&mut Advertising) -> T) -> Option<T> {
        self.with(at, |adapter| adapter.advertising.as_mut().map(then)).flatten()
    }

    /// `RegisterAdvertisement`. What was begun is answered when the object has been read and the
    /// kernel has taken it.
    pub(super) fn register_advertisement(
        self: &Arc<Self>,
        at: &At,
        owner: OwnedUniqueName,
        path: OwnedObjectPath,
        call: &Message,
    ) -> Result<(), Refusal> {
        let begun = self.with_advertising(at, |advertising| {
            if advertising.position(&owner, &path).is_some() {
                return Err(ALREADY_EXISTS);
            }
            if advertising.clients.len() >= advertising.instances.into() {
                return Err(NOT_PERMITTED);
            }
            let client = Client {
                owner: owner.clone(),
                path: path.clone(),
                call: Some(call.clone()),
                advertised: None,
            };
            advertising.clients.push(client);
            Ok(())
        });
        begun.ok_or(DOES_NOT_EXIST)??;
        let (daemon, at) = (Arc::clone(self), at.clone());
        self.spawn(async move { daemon.advertise(&at, &owner, &path).await });
        Ok(())
    }

    async fn advertise(self: &Arc<Self>, at: &At, owner: &OwnedUniqueName, path: &OwnedObjectPath) {
        let properties = self
            .connection
            .call_method(
                Some(owner.as_str()),
                path.as_str(),
                Some("org.freedesktop.DBus.Properties"),
                "GetAll",
                &ADVERTISEMENT,
            )
            .await
            .and_then(|reply| reply.body().deserialize::<HashMap<String, OwnedVariant>>());
        self.clock.sleep_until(self.clock.now() + self.options.settle).await;
        // An object that cannot be read is one without properties (`get_all_properties_reply`).
        let properties = properties.unwrap_or_default();
        let outcome = self.with(at, |adapter| match parse(&properties, adapter) {
            // The kernel wants the power on (`add_ext_adv_params`, `net/bluetooth/mgmt.c`).
            Ok(_) if !adapter.powered => Err(NOT_REGISTERED),
            parsed => parsed,
        });
        let outcome = outcome.unwrap_or(Err(NOT_REGISTERED));
        let timeout = outcome.as_ref().map_or(0, |advertised| advertised.timeout);
        let registered = outcome.is_ok();
        let call = self.with_advertising(at, |advertising| {
            let index = advertising.position(owner, path)?;
            let call = advertising.clients.get_mut(index)?.call.take();
            match &outcome {
                Ok(advertised) => {
                    advertising.clients.get_mut(index)?.advertised = Some(advertised.clone());
                }
                Err(_) => drop(advertising.clients.remove(index)),
            }
            call
        });
        // Unregistered meanwhile, it has been answered.
        let Some(Some(call)) = call else { return };
        if registered {
            self.instances_changed(at).await;
        }
        super::objects::answer(self, &call, outcome.map(drop)).await;
        if registered && timeout > 0 {
            self.clock.sleep_until(self.clock.now() + Duration::from_secs(timeout.into())).await;
            if self.remove_advertisement(at, owner, path).await.is_ok() {
                self.release(owner, path).await;
            }
        }
    }

    /// `UnregisterAdvertisement`. A registration that has only begun fails by it (`client_free`).
    pub(super) async fn remove_advertisement(
        &self,
        at: &At,
        owner: &OwnedUniqueName,
        path: &OwnedObjectPath,
    ) -> Result<(), Refusal> {
        let removed = self.with_advertising(at, |advertising| {
            let index = advertising.position(owner, path)?;
            Some(advertising.clients.remove(index))
        });
        let client = removed.flatten().ok_or(DOES_NOT_EXIST)?;
        if let Some(call) = client.call {
            super::objects::answer(self, &call, Err(NOT_REGISTERED)).await;
        }
        self.instances_changed(at).await;
        Ok(())
    }

    /// A connection has left the bus, and its advertisements with it (`client_disconnect_cb`).
    pub(super) async fn advertiser_left(&self, name: &str) {
        let adapters: Vec<String> = self.state().adapters.keys().cloned().collect();
        for at in adapters.iter().filter_map(|path| self.at(path)) {
            let left = self.with_advertising(&at, |advertising| {
                let before = advertising.clients.len();
                advertising.clients.retain(|client| client.owner.as_str() != name);
                before != advertising.clients.len()
            });
            if left == Some(true) {
                self.instances_changed(&at).await;
            }
        }
    }

    /// Ends them all, and says so to whoever has them (`manager_destroy`).
    pub(super) async fn release_advertisements(&self, at: &At) {
        let advertising = self.with(at, |adapter| adapter.advertising.take()).flatten();
        for client in advertising.into_iter().flat_map(|advertising| advertising.clients) {
            self.release(&client.owner, &client.path).await;
        }
    }

    async fn release(&self, owner: &OwnedUniqueName, path: &OwnedObjectPath) {
        let call = Message::method_call(path.as_str(), "Release")
            .destination(owner.as_str())
            .interface(ADVERTISEMENT)
            .with_flags(Flags::NO_REPLY_EXPECTED)
            .build(&());
        self.send(call).await;
    }

    async fn instances_changed(&self, at: &At) {
        let now = self.with_advertising(at, |advertising| advertising.properties());
        let counts = now.into_iter().flatten().filter(|(name, _)| name.ends_with("Instances"));
        self.changed(&at.path, ADVERTISING, counts.collect::<Vec<_>>()).await;
    }
}

/// What the object says (`parse_advertisement`).
fn parse(
    properties: &HashMap<String, OwnedVariant>,
    adapter: &Adapter,
) -> Result<Advertised, Refusal> {
    let text = |name| properties.get(name).map(|value| <&str>::try_from(&**value));
    let number = |name| properties.get(name).map(|value| u16::try_from(&**value));
    let connectable = match text("Type") {
        Some(Ok("peripheral")) => true,
        Some(Ok("broadcast")) | None => false,
        Some(_) => return Err(NOT_PARSED),
    };
    let included = match properties.get("Includes") {
        Some(value) => Vec::<String>::try_from(value.clone()).map_err(|_| NOT_PARSED)?,
        None => Vec::new(),
    };
    let includes_name = included.iter().any(|include| include == "local-name");
    let name = match text("LocalName") {
        Some(Ok(_)) if includes_name => return Err(NOT_PARSED),
        Some(Ok(name)) => name,
        Some(Err(_)) => return Err(NOT_PARSED),
        None if includes_name => &adapter.alias,
        None => "",
    };
    let discoverable = match properties.get("Discoverable").map(|value| bool::try_from(&**value)) {
        Some(value) => value.map_err(|_| NOT_PARSED)?,
        None => false,
    };
    let [timeout, discoverable_timeout] = ["Timeout", "DiscoverableTimeout"]
        .map(|name| number(name).transpose().map(Option::unwrap_or_default));
    let (timeout, until) = (timeout.map_err(|_| NOT_PARSED)?, discoverable_timeout);
    let until = until.map_err(|_| NOT_PARSED)?;
    if discoverable && (!connectable || timeout > 0 && timeout < until) {
        return Err(NOT_PARSED);
    }
    let (name, bredr) = (name.to_owned(), adapter.discoverable);
    Ok(Advertised { name, connectable, discoverable, bredr, timeout })
}

impl FakeBluetoothd {
    /// What the adapter of this name (`hci0`) has in the air: nothing while it is off.
    pub fn advertised(&self, adapter: &str) -> Vec<Advertised> {
        let state = self.daemon.state();
        let adapter = state.adapters.get(&format!("/org/bluez/{adapter}"));
        let advertising = adapter.filter(|adapter| adapter.powered);
        let clients = advertising.and_then(|adapter| adapter.advertising.as_ref());
        let clients = clients.into_iter().flat_map(|advertising| &advertising.clients);
        clients.filter_map(|client| client.advertised.clone()).collect()
    }
}
