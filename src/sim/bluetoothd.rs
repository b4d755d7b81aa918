//! A bluetoothd that owns `org.bluez` on a bus and treats agents as BlueZ does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::task::JoinSet;
use zbus::message::Message;
use zbus::wire::{ObjectPath, OwnedObjectPath, Variant};
use zbus::{Connection, MessageStream};

use super::adapter::Adapter;
use super::agents::{Agent, Agents};
use super::bonding::Responder;
use super::device::Device;
use super::options::Options;
use super::store::Store;
use crate::clock::Clock;
use crate::pairing::Capability;

pub(super) const BLUEZ: &str = "org.bluez";
pub(super) const MANAGER: &str = "/org/bluez";
pub(super) const ADAPTER: &str = "/org/bluez/hci0";
pub(super) const MANAGER1: &str = "org.bluez.AgentManager1";
pub(super) const ADAPTER1: &str = "org.bluez.Adapter1";
pub(super) const DEVICE: &str = "org.bluez.Device1";
pub(super) const DEVICE_INTERFACES: [&str; 1] = [DEVICE];
const OBJECT_MANAGER: &str = "org.freedesktop.DBus.ObjectManager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

pub(super) type Properties = BTreeMap<&'static str, Variant<'static>>;
pub(super) type Interfaces = BTreeMap<&'static str, Properties>;

/// A running bluetoothd with the adapter `/org/bluez/hci0`, which phones reach, and those that are
/// [plugged in](Self::plug).
///
/// Dropping it is a crash: its connection closes without a word to the agents.
#[derive(Debug)]
pub struct FakeBluetoothd {
    pub(super) daemon: Arc<Daemon>,
}

/// What the parts of the fake share.
#[derive(Debug)]
pub(super) struct Daemon {
    pub(super) connection: Connection,
    pub(super) clock: Clock,
    pub(super) options: Options,
    pub(super) store: Store,
    state: Mutex<State>,
    /// Nothing once it has stopped.
    tasks: Mutex<Option<JoinSet<()>>>,
    /// Who asks for a service waits in line (`adapter->auths`).
    pub(super) authorizations: tokio::sync::Mutex<()>,
    this: Weak<Self>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) agents: Agents,
    /// Those that are plugged in, by their object paths.
    pub(super) adapters: BTreeMap<String, Adapter>,
    /// Counts the adapters that were plugged in.
    pub(super) plugs: u64,
    pub(super) devices: BTreeMap<String, Device>,
    /// What can be paired with, by the path of its object.
    pub(super) in_range: BTreeMap<String, Responder>,
    /// Counts the attempts of `Pair`.
    pub(super) attempts: u64,
}

impl FakeBluetoothd {
    /// Starts bluetoothd on the bus at `bus`, with the bonds and the kernel's memory of `store`.
    /// Needs a tokio runtime, and runs on it.
    ///
    /// # Errors
    ///
    /// When the bus cannot be reached or `org.bluez` has an owner.
    pub async fn start(
        bus: &str,
        clock: Clock,
        options: Options,
        store: Store,
    ) -> zbus::Result<Self> {
        let connection = zbus::connection::Builder::address(bus).build().await?;
        // Polled from before the name is owned, so that no call is missed.
        let messages = MessageStream::from(&connection);
        let (restored, plugged) = {
            let mut stored = store.lock();
            stored.adapter(ADAPTER);
            let plugged = stored.adapters.iter().filter(|(_, kept)| kept.plugged);
            let plugged: Vec<String> = plugged.map(|(path, _)| path.clone()).collect();
            (stored.bonds.clone(), plugged)
        };
        let devices =
            restored.into_iter().map(|bond| (bond.address.path(), Device::restored(bond)));
        let state = State {
            agents: Agents::default(),
            adapters: BTreeMap::new(),
            plugs: 0,
            devices: devices.collect(),
            in_range: BTreeMap::new(),
            attempts: 0,
        };
        let daemon = Arc::new_cyclic(|this| Daemon {
            connection,
            clock,
            options,
            store,
            state: Mutex::new(state),
            tasks: Mutex::new(Some(JoinSet::new())),
            authorizations: tokio::sync::Mutex::default(),
            this: Weak::clone(this),
        });
        for path in plugged {
            let at = daemon.adapter_appears(&path);
            // All that was over before anybody could look.
            daemon.can_advertise(&at);
        }
        daemon.spawn(super::objects::serve(Arc::clone(&daemon), messages));
        daemon.watch_senders().await?;
        daemon.connection.request_name(BLUEZ).await?;
        Ok(Self { daemon })
    }

    /// Stops as on SIGTERM: links down (with `Cancel` where a request is open), `Powered` false,
    /// `Release` to every advertisement and agent, then the name is given up.
    pub async fn stop(&self) {
        let adapters: Vec<String> = self.daemon.state().adapters.keys().cloned().collect();
        for at in adapters.iter().filter_map(|path| self.daemon.at(path)) {
            self.daemon.power(&at, false).await;
            self.daemon.release_advertisements(&at).await;
        }
        let agents: Vec<Arc<Agent>> = self.daemon.state().agents.iter().cloned().collect();
        for agent in agents {
            self.daemon.cancel(&agent).await;
            self.daemon.tell(&agent, "Release", &()).await;
        }
        self.daemon.store.lock().adapters.values_mut().for_each(|kept| kept.bondable = false);
        let _ = self.daemon.connection.release_name(BLUEZ).await;
        self.crash().await;
    }

    /// Ends as on SIGKILL: no `Cancel`, no `Release`, the name is lost. Phones see their link go.
    /// After this or [`Self::stop`] nothing answers; start another with the same [`Store`].
    pub async fn crash(&self) {
        self.daemon.end();
        let _ = self.daemon.connection.clone().close().await;
    }

    /// The capability of the default agent, if there is one.
    pub fn default_capability(&self) -> Option<Capability> {
        self.daemon.state().agents.default_agent().map(|agent| agent.capability)
    }

    /// `Adapter1.Pairable` of `hci0`.
    pub fn is_pairable(&self) -> bool {
        self.daemon.state().adapter(ADAPTER).is_some_and(|adapter| adapter.pairable)
    }

    /// `Adapter1.Discoverable` of `hci0`.
    pub fn is_discoverable(&self) -> bool {
        self.daemon.state().adapter(ADAPTER).is_some_and(|adapter| adapter.discoverable)
    }

    /// Makes a raw call of `org.bluez.Agent1` to the default agent, outside all of bluetoothd's
    /// rules: the method, the arguments and the moment are the caller's. Returns the reply, or
    /// nothing for `Cancel`, `Release` and `DisplayPasskey`, which expect none. No time limit.
    ///
    /// # Errors
    ///
    /// The error that the agent replied, or [`zbus::Error::Failure`] without an agent.
    pub async fn call_agent<B>(&self, method: &str, body: &B) -> zbus::Result<Option<Message>>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let agent = self.daemon.state().agents.default_agent().cloned();
        let Some(agent) = agent else {
            return Err(zbus::Error::Failure("no agent is registered".into()));
        };
        if matches!(method, "Cancel" | "Release" | "DisplayPasskey") {
            self.daemon.tell(&agent, method, body).await;
            return Ok(None);
        }
        self.daemon.call_raw(&agent, method, body).await.map(Some)
    }
}

impl Drop for FakeBluetoothd {
    fn drop(&mut self) {
        self.daemon.end();
    }
}

impl Daemon {
    /// Never held while waiting.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, Option<JoinSet<()>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        // The tasks hold the daemon, which holds the tasks. The phones wait on their devices.
        drop(self.tasks().take());
        let mut state = self.state();
        state.devices.clear();
        state.in_range.clear();
    }

    pub(super) fn is_running(&self) -> bool {
        self.tasks().is_some()
    }

    pub(super) fn shared(&self) -> Option<Arc<Self>> {
        self.this.upgrade()
    }

    /// Runs a task until bluetoothd ends.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        if let (Some(tasks), Ok(runtime)) = (tasks.as_mut(), tokio::runtime::Handle::try_current())
        {
            while tasks.try_join_next().is_some() {}
            tasks.spawn_on(task, &runtime);
        }
    }

    /// Sends what is ready to be sent. A connection that is gone takes nothing, as in bluetoothd.
    pub(super) async fn send(&self, message: zbus::Result<Message>) {
        let sent = match message {
            Ok(message) => self.connection.send(&message).await,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            log::debug!("simulated bluetoothd: not sent: {error}");
        }
    }

    pub(super) async fn emit<B>(&self, path: &str, interface: &str, signal: &str, body: &B)
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        self.send(Message::signal(path, interface, signal).build(body)).await;
    }

    /// `PropertiesChanged`.
    pub(super) async fn changed(
        &self,
        path: &str,
        interface: &'static str,
        properties: impl IntoIterator<Item = (&'static str, Variant<'static>)>,
    ) {
        let changed: Properties = properties.into_iter().collect();
        let invalidated: [&str; 0] = [];
        let body = (interface, changed, &invalidated[..]);
        self.emit(path, PROPERTIES, "PropertiesChanged", &body).await;
    }

    /// `InterfacesAdded` for a device.
    pub(super) async fn device_added(&self, device: &str) {
        let properties = self.state().devices.get(device).map(Device::properties);
        let interfaces = properties.map(|properties| (DEVICE, properties)).into_iter().collect();
        self.interfaces_added(device, interfaces).await;
    }

    pub(super) async fn interfaces_added(&self, object: &str, interfaces: Interfaces) {
        let body = (path(object), interfaces);
        self.emit("/", OBJECT_MANAGER, "InterfacesAdded", &body).await;
    }

    pub(super) async fn interfaces_removed(&self, object: &str, interfaces: [&str; 1]) {
        let body = (path(object), &interfaces[..]);
        self.emit("/", OBJECT_MANAGER, "InterfacesRemoved", &body).await;
    }

    /// Has the bus tell when a connection goes (`g_dbus_add_disconnect_watch`).
    async fn watch_senders(&self) -> zbus::Result<()> {
        let rule = "type='signal',sender='org.freedesktop.DBus',\
                    interface='org.freedesktop.DBus',member='NameOwnerChanged'";
        let bus = "org.freedesktop.DBus";
        let path = "/org/freedesktop/DBus";
        self.connection.call_method(Some(bus), path, Some(bus), "AddMatch", &rule).await?;
        Ok(())
    }
}

/// An object path that is one by construction; the root if it is not.
pub(super) fn path(path: &str) -> OwnedObjectPath {
    ObjectPath::try_from(path).unwrap_or_default().into()
}
