//! The connection to bluetoothd: being its default agent, and staying that.
//!
//! bluetoothd may come late, be restarted or be killed; its bus name is followed, nothing is
//! polled. An agent is registered for one connection of one bluetoothd (BlueZ, `src/agent.c`), so
//! each new owner of the name is registered with anew.

mod adapter;
mod advertisement;
mod agent;
mod orders;
mod owner;
pub mod pair;
mod random;
mod watch;

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zbus::connection::Builder;
use zbus::fdo::{DBusProxy, NameOwnerChangedStream};
use zbus::{Connection, OwnedObjectPath};

use self::agent::Agent;
use self::owner::{Owner, name as name_of};
use crate::clock::Clock;
use crate::pairing::{Answer, Capability, DeviceId, Event, RequestId};

const BLUEZ: &str = "org.bluez";
const DOES_NOT_EXIST: &str = "org.bluez.Error.DoesNotExist";
/// A bus that accepts the connection and then says nothing would keep us for ever.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A bus that has gone silent is left without a word.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to wait before asking again for something that bluetoothd refused.
const RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(300);

/// Why there is no connection to the bus.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The bus cannot be reached.
    #[error("cannot connect to the system bus: {0}; is dbus running?")]
    Bus(#[from] zbus::Error),
    /// The bus does not answer.
    #[error("the system bus accepts connections but does not answer; restart dbus")]
    Silent,
}

/// The link to bluetoothd. Dropping it leaves the bus, which ends the agent's registration.
#[derive(Debug)]
pub struct Bluez {
    connection: Connection,
    agent: Agent,
    wanted: mpsc::UnboundedSender<Wish>,
    orders: orders::Orders,
    task: JoinHandle<()>,
}

impl Bluez {
    /// Connects to the bus at `address` (`None`: the system bus, or `DBUS_SYSTEM_BUS_ADDRESS`) and
    /// starts to follow bluetoothd. What happens there is sent to `events`.
    pub async fn connect(
        address: Option<&str>,
        clock: Clock,
        events: mpsc::UnboundedSender<Event>,
    ) -> Result<Self, ConnectError> {
        let joining = Self::join(address, clock, events);
        tokio::time::timeout(CONNECT_TIMEOUT, joining).await.map_err(|_| ConnectError::Silent)?
    }

    async fn join(
        address: Option<&str>,
        clock: Clock,
        events: mpsc::UnboundedSender<Event>,
    ) -> Result<Self, ConnectError> {
        let agent = Agent::new(events.clone());
        let builder = address.map_or_else(Builder::system, Builder::address);
        let connection = builder.serve_at(agent::PATH, agent.clone()).build().await?;
        let bus = DBusProxy::new(&connection).await?;
        let owners = bus.receive_name_owner_changed_with_args(&[(0, BLUEZ)]).await?;
        let present = bus.get_name_owner(BLUEZ.try_into()?).await;
        let (wanted, wanted_changes) = mpsc::unbounded_channel();
        let follower = Follower {
            connection: connection.clone(),
            clock: clock.clone(),
            agent: agent.clone(),
            events,
            owner: None,
            wanted: None,
            registration: None,
            tasks: Vec::new(),
        };
        let present = present.ok().map(|owner| owner.to_string());
        let task = tokio::spawn(follower.run(present, bus, owners, wanted_changes));
        let orders = orders::Orders::new(connection.clone(), clock);
        Ok(Self { connection, agent, wanted, orders, task })
    }

    /// Be the default agent with this capability, now and whenever bluetoothd comes back. Each
    /// success is reported by [`Event::Registered`].
    pub fn register(&self, capability: Capability) {
        // The task ends only together with the connection.
        let _ = self.wanted.send(Wish::Register(capability));
    }

    /// Be the default agent again, should another one be it; nothing while not registered, which
    /// asks for it anyway. Success is reported by [`Event::Registered`]. bluetoothd tells nobody who
    /// its default agent is, and does nothing if it is this one (BlueZ, `src/agent.c`,
    /// `request_default`).
    pub fn reclaim(&self) {
        let _ = self.wanted.send(Wish::Reclaim);
    }

    /// Answers a call.
    pub fn reply(&self, request: RequestId, answer: Answer) {
        self.agent.reply(request, answer);
    }

    /// Drops the link to a device.
    pub fn disconnect(&self, device: &DeviceId) {
        if let Some(owner) = self.agent.owner() {
            self.orders.disconnect(owner, device);
        }
    }

    /// Deletes a device and the bond with it.
    pub fn forget(&mut self, device: &DeviceId) {
        if let Some(owner) = self.agent.owner() {
            self.orders.forget(owner, device);
        }
    }

    /// Makes an adapter pairable and discoverable for so long, or neither.
    /// With `advertise` its name is advertised over LE meanwhile.
    pub fn set_adapter(&mut self, adapter: String, open: Option<Duration>, advertise: bool) {
        if let Some(owner) = self.agent.owner() {
            self.orders.set_adapter(owner, adapter, open, advertise);
        }
    }

    /// Advertises no adapter any more, be it switched off or on.
    pub fn stop_advertising(&self) {
        self.orders.stop_advertising();
    }

    /// Lets a device use services without asking.
    pub fn trust(&self, device: &DeviceId) {
        if let Some(owner) = self.agent.owner() {
            self.orders.set_device(owner, device, "Trusted");
        }
    }

    /// Has the kernel turn a device away.
    pub fn block(&self, device: &DeviceId) {
        if let Some(owner) = self.agent.owner() {
            self.orders.set_device(owner, device, "Blocked");
        }
    }

    /// Returns when the bus has gone.
    pub async fn closed(&self) {
        self.connection.closed().await;
    }

    /// A way to see whether the bus, and with it this process's end of it, still does its work.
    pub fn pulse(&self) -> Pulse {
        Pulse(self.connection.clone())
    }

    /// Leaves the bus once what was sent has reached it, adapters' settings included, or after two
    /// seconds.
    pub async fn leave(mut self) {
        let sent = async {
            // The agent's last answers are on their way in tasks of zbus; what is sent after them
            // is also answered after them.
            tokio::task::yield_now().await;
            if let Ok(bus) = DBusProxy::new(&self.connection).await {
                let _ = bus.get_id().await;
            }
            self.orders.finish(self.agent.owner()).await;
        };
        let _ = tokio::time::timeout(LEAVE_TIMEOUT, sent).await;
        self.task.abort();
        let _ = self.connection.close().await;
    }
}

/// The connection that bluetoothd's calls come by, to be felt from outside.
#[derive(Clone, Debug)]
pub struct Pulse(Connection);

impl Pulse {
    /// Whether the bus has replied on it. It waits for the reply for ever.
    pub async fn beats(&self) -> bool {
        let (bus, path) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
        self.0.call_method(Some(bus), path, Some(bus), "GetId", &()).await.is_ok()
    }
}

/// What is wanted of the registration.
enum Wish {
    Register(Capability),
    Reclaim,
}

/// The task that keeps the registration.
struct Follower {
    connection: Connection,
    clock: Clock,
    agent: Agent,
    events: mpsc::UnboundedSender<Event>,
    owner: Option<String>,
    wanted: Option<Capability>,
    /// What registers with the present owner; there once that has begun.
    registration: Option<JoinHandle<()>>,
    /// What else goes on for as long as the owner stays the same.
    tasks: Vec<JoinHandle<()>>,
}

impl Follower {
    async fn run(
        mut self,
        present: Option<String>,
        bus: DBusProxy<'static>,
        mut owners: NameOwnerChangedStream,
        mut wishes: mpsc::UnboundedReceiver<Wish>,
    ) {
        match present {
            Some(owner) => self.arrived(owner),
            None => {
                log::warn!("bluetoothd is not running; waiting for it (systemctl status bluetooth)")
            }
        }
        loop {
            tokio::select! {
                change = owners.next() => {
                    let Some(change) = change else { return };
                    let Ok(change) = change.args() else { continue };
                    self.left();
                    match change.new_owner.as_ref() {
                        Some(owner) => self.arrived(owner.to_string()),
                        None => self.gone(bus.clone()),
                    }
                }
                wish = wishes.recv() => match wish {
                    Some(Wish::Register(capability)) => {
                        self.wanted = Some(capability);
                        self.register();
                    }
                    Some(Wish::Reclaim) => self.reclaim(),
                    // What else goes on has the connection, and would stay on the bus.
                    None => return self.left(),
                },
            }
        }
    }

    fn arrived(&mut self, owner: String) {
        self.agent.set_owner(Some(owner.clone()));
        let events = self.events.clone();
        let connection = self.connection.clone();
        let watched = owner.clone();
        self.tasks.push(tokio::spawn(async move {
            if let Err(error) = watch::follow(connection, watched, events).await {
                log::warn!("cannot follow bluetoothd's objects: {error}");
            }
        }));
        self.owner = Some(owner);
        self.register();
    }

    fn left(&mut self) {
        self.agent.set_owner(None);
        for task in self.tasks.drain(..).chain(self.registration.take()) {
            task.abort();
        }
        if self.owner.take().is_some() {
            let _ = self.events.send(Event::Unregistered);
        }
    }

    /// An orderly bluetoothd was stopped by somebody who wants it so. One that vanished has
    /// crashed, and the unit that BlueZ ships does not start it again.
    fn gone(&mut self, bus: DBusProxy<'static>) {
        if self.agent.take_released() {
            log::info!("bluetoothd has stopped; waiting for it");
            return;
        }
        log::warn!("bluetoothd has died; asking for it to be started");
        let clock = self.clock.clone();
        self.tasks.push(tokio::spawn(async move {
            let mut wait = RETRY;
            loop {
                clock.sleep_until(clock.now() + wait).await;
                wait = (wait * 2).min(LONGEST_RETRY);
                let Ok(name) = BLUEZ.try_into() else { return };
                if let Err(error) = bus.start_service_by_name(name, 0).await {
                    log::debug!("bluetoothd was not started: {error}");
                }
            }
        }));
    }

    fn register(&mut self) {
        let again = self.registration.take().inspect(JoinHandle::abort).is_some();
        self.attempt(if again { Attempt::Again } else { Attempt::First });
    }

    fn reclaim(&mut self) {
        if self.registration.as_ref().is_some_and(JoinHandle::is_finished) {
            self.attempt(Attempt::Reclaim);
        }
    }

    /// Tries until it has succeeded, or something else is wanted.
    fn attempt(&mut self, mut attempt: Attempt) {
        let (Some(name), Some(capability)) = (self.owner.clone(), self.wanted) else { return };
        let owner = Owner { connection: self.connection.clone(), name };
        let registration = Registration { owner, capability };
        let clock = self.clock.clone();
        let events = self.events.clone();
        self.registration = Some(tokio::spawn(async move {
            let mut wait = RETRY;
            while let Err(error) = registration.make(attempt).await {
                if attempt == Attempt::Reclaim && name_of(&error) != Some(DOES_NOT_EXIST) {
                    // It is still registered, and whoever wanted this will want it again.
                    log::warn!("cannot take the pairing prompts back from another agent: {error}");
                    return;
                }
                log::warn!("bluetoothd does not take the agent: {error}; trying again");
                let _ = events.send(Event::AgentLost);
                if attempt != Attempt::Reclaim {
                    clock.sleep_until(clock.now() + wait).await;
                    wait = (wait * 2).min(LONGEST_RETRY);
                }
                // It may have failed half way.
                attempt = Attempt::Again;
            }
            let _ = events.send(Event::Registered(capability));
        }));
    }
}

/// How to be the default agent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    /// Nothing was done with this bluetoothd yet.
    First,
    /// It may have the agent, maybe with another capability.
    Again,
    /// It has the agent.
    Reclaim,
}

struct Registration {
    owner: Owner,
    capability: Capability,
}

impl Registration {
    /// A connection has one agent with one capability, so a change begins with taking the old one
    /// away; until the new one is there bluetoothd has nobody to ask, and refuses what it would
    /// have asked. Any agent may be ahead in bluetoothd's queue, hence the request to be the default
    /// (BlueZ, `src/agent.c`).
    async fn make(&self, attempt: Attempt) -> zbus::Result<()> {
        let path = OwnedObjectPath::try_from(agent::PATH)?;
        if attempt == Attempt::Again
            && let Err(error) = self.call("UnregisterAgent", path.clone()).await
        {
            log::debug!("nothing to unregister: {error}");
        }
        if attempt != Attempt::Reclaim {
            self.call("RegisterAgent", (path.clone(), self.capability.as_str())).await?;
        }
        self.call("RequestDefaultAgent", path).await
    }

    async fn call<B>(&self, method: &'static str, body: B) -> zbus::Result<()>
    where
        B: serde::Serialize + zbus::DynamicType + Send + Sync + 'static,
    {
        self.owner.call("/org/bluez", "org.bluez.AgentManager1", method, body).await.map(drop)
    }
}
