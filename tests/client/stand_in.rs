//! A panel in memory behind `org.pairpanel.Panel1`: its window opens and closes, its devices can be
//! forgotten, and whoever is not allowed to do so is refused.

#![expect(clippy::too_many_arguments, reason = "a signal of the interface has seven")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pairpanel::sim::FakeBus;
use zbus::connection::Builder;
use zbus::fdo;
use zbus::message::{Header, Message};
use zbus::names::ErrorName;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, ObjectPath, OwnedObjectPath, OwnedVariant};

use crate::world::{ANNA, Pairing, TWIN, World};

const NAME: &str = "org.pairpanel";
const PATH: &str = "/org/pairpanel";

/// The name of an error, and what belongs to it.
struct Refusal(&'static str, &'static str);

impl zbus::DBusError for Refusal {
    fn create_reply(&self, call: &Header<'_>) -> zbus::Result<Message> {
        Message::error(call, self.0).build(&(self.1,))
    }

    fn name(&self) -> ErrorName<'_> {
        ErrorName::try_from(self.0).unwrap()
    }

    fn description(&self) -> Option<&str> {
        Some(self.1)
    }
}

impl From<zbus::Error> for Refusal {
    fn from(error: zbus::Error) -> Self {
        panic!("{error}")
    }
}

struct State {
    world: World,
    /// Seconds that the window stays open.
    window: u32,
}

struct Panel(Arc<Mutex<State>>);

type Entry = HashMap<&'static str, OwnedVariant>;

fn value<'a>(value: impl Into<zbus::Variant<'a>>) -> OwnedVariant {
    OwnedVariant::try_from(value.into()).unwrap()
}

impl Panel {
    fn check(&self) -> Result<(), Refusal> {
        if self.0.lock().unwrap().world.allowed {
            return Ok(());
        }
        Err(Refusal("org.freedesktop.DBus.Error.AccessDenied", "members of group pairpanel only"))
    }

    fn is_ready(&self) -> bool {
        self.0.lock().unwrap().world.health == "ready"
    }
}

#[zbus::interface(name = "org.pairpanel.Panel1")]
impl Panel {
    async fn open_window(
        &self,
        seconds: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Refusal> {
        self.check()?;
        if !self.is_ready() {
            return Err(Refusal("org.pairpanel.Error.OutOfOrder", ""));
        }
        self.0.lock().unwrap().window = if seconds == 0 { 120 } else { seconds };
        self.window_open_changed(&emitter).await?;
        Ok(self.activity_changed(&emitter).await?)
    }

    async fn close_window(
        &self,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Refusal> {
        self.check()?;
        self.0.lock().unwrap().window = 0;
        self.window_open_changed(&emitter).await?;
        Ok(self.activity_changed(&emitter).await?)
    }

    async fn forget(
        &self,
        device: ObjectPath<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Refusal> {
        self.check()?;
        {
            let mut state = self.0.lock().unwrap();
            if state.world.undeletable == Some(device.as_str()) {
                return Err(Refusal("org.pairpanel.Error.NotForgotten", ""));
            }
            let before = state.world.devices.len();
            state.world.devices.retain(|[path, ..]| *path != device.as_str());
            if state.world.devices.len() == before {
                return Err(Refusal("org.pairpanel.Error.NoSuchDevice", ""));
            }
        }
        Ok(self.devices_changed(&emitter).await?)
    }

    async fn forget_all(
        &self,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Refusal> {
        self.check()?;
        self.0.lock().unwrap().world.devices.clear();
        Ok(self.devices_changed(&emitter).await?)
    }

    async fn pair(
        &self,
        address: String,
        adapter: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<(), Refusal> {
        self.check()?;
        let adapter = if adapter.is_empty() { "hci0" } else { adapter.as_str() };
        let device = format!("/org/bluez/{adapter}/dev_{}", address.replace(':', "_"));
        let device = ObjectPath::try_from(device).unwrap();
        let pairing = self.0.lock().unwrap().world.pairing;
        // One that comes in at the same time, and is not what was asked for.
        let (path, other, name) = (ObjectPath::try_from(TWIN[0]).unwrap(), TWIN[1], TWIN[2]);
        Self::pairing_started(&emitter, path, other, name, "just-works").await?;
        let method = match pairing {
            Some(Pairing::Unchecked) => "just-works",
            _ => "passkey-entry",
        };
        Self::pairing_started(&emitter, device.as_ref(), &address, "Mouse", method).await?;
        let (outcome, paired, checked) = match pairing {
            Some(Pairing::Checked) => ("paired-checked", true, true),
            Some(Pairing::Unchecked) => ("paired-unchecked", true, false),
            Some(Pairing::Rejected) => ("rejected-here", false, false),
            None => std::future::pending().await,
        };
        let ended = (device.as_ref(), address.as_str(), "Mouse");
        Self::pairing_finished(
            &emitter, ended.0, ended.1, ended.2, method, outcome, paired, checked,
        )
        .await?;
        if paired {
            return Ok(());
        }
        Err(Refusal("org.pairpanel.Error.Failed", "Mouse said no\u{1b}[2J; try again"))
    }

    fn identify(&self) -> Result<(), Refusal> {
        self.check()
    }

    fn read_prompt(&self) -> Result<Entry, Refusal> {
        self.check()?;
        let prompt = self.0.lock().unwrap().world.prompt.clone();
        let prompt = prompt.ok_or(Refusal("org.pairpanel.Error.NotTurnedOn", ""))?;
        let of = |(key, text): (&'static str, &'static str)| match (text.parse::<u32>(), text) {
            (_, _) if key == "Code" => (key, value(text)),
            (Ok(number), _) => (key, value(number)),
            (_, "true" | "false") => (key, value(text == "true")),
            _ => (key, value(text)),
        };
        Ok(prompt.into_iter().map(of).collect())
    }

    fn read_out_of_band(&self) -> Result<Entry, Refusal> {
        self.check()?;
        let data = self.0.lock().unwrap().world.data.clone();
        let data = data.ok_or(Refusal("org.pairpanel.Error.NoData", ""))?;
        Ok(data.into_iter().map(|(key, text)| (key, value(text))).collect())
    }

    #[zbus(signal)]
    async fn pairing_started(
        emitter: &SignalEmitter<'_>,
        device: ObjectPath<'_>,
        address: &str,
        name: &str,
        method: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn pairing_finished(
        emitter: &SignalEmitter<'_>,
        device: ObjectPath<'_>,
        address: &str,
        name: &str,
        method: &str,
        outcome: &str,
        paired: bool,
        authenticated: bool,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn unknown_pairing(
        emitter: &SignalEmitter<'_>,
        device: ObjectPath<'_>,
        address: &str,
        name: &str,
    ) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> &str {
        "0.1.0"
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn board(&self) -> &str {
        "bonnet"
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn board_name(&self) -> &str {
        "Display and two keys"
    }

    #[zbus(property)]
    fn capability(&self) -> &str {
        self.0.lock().unwrap().world.capability
    }

    #[zbus(property)]
    fn capability_reason(&self) -> &str {
        "the display and the accept key work"
    }

    #[zbus(property)]
    fn activity(&self) -> &str {
        if self.0.lock().unwrap().window > 0 { "window" } else { "idle" }
    }

    #[zbus(property)]
    fn health(&self) -> &str {
        self.0.lock().unwrap().world.health
    }

    #[zbus(property)]
    fn default_agent(&self) -> &str {
        if self.is_ready() { "yes" } else { "no" }
    }

    #[zbus(property)]
    fn window_open(&self) -> bool {
        self.0.lock().unwrap().window > 0
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn window_remaining(&self) -> u32 {
        self.0.lock().unwrap().window
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn pause_remaining(&self) -> u32 {
        0
    }

    #[zbus(property)]
    fn display(&self) -> &str {
        "working"
    }

    #[zbus(property)]
    fn inputs(&self) -> HashMap<&str, &str> {
        [("accept", "working"), ("reject", "stuck")].into()
    }

    #[zbus(property)]
    fn adapters(&self) -> Vec<Entry> {
        let open = self.0.lock().unwrap().window > 0;
        let adapter = |path, address: &'static str, used: bool| {
            Entry::from([
                ("Path", value(ObjectPath::try_from(path).unwrap())),
                ("Address", value(address)),
                ("Name", value("box-7F3A")),
                ("Powered", value(used)),
                ("Pairable", value(open && used)),
                ("Discoverable", value(open && used)),
                ("Used", value(used)),
            ])
        };
        vec![
            adapter("/org/bluez/hci0", "DC:A6:32:00:00:01", true),
            adapter("/org/bluez/hci1", "00:1A:7D:DA:71:01", false),
        ]
    }

    #[zbus(property)]
    fn devices(&self) -> Vec<Entry> {
        let state = self.0.lock().unwrap();
        let device = |[path, address, name]: &[&'static str; 3]| {
            Entry::from([
                ("Path", value(ObjectPath::try_from(*path).unwrap())),
                ("Address", value(*address)),
                ("Name", value(*name)),
                ("Bonded", value(true)),
                ("Connected", value(*path == ANNA[0])),
                ("Trusted", value(false)),
                ("Blocked", value(false)),
            ])
        };
        state.world.devices.iter().map(device).collect()
    }
}

/// The panel on a bus of its own. Dropping it leaves the bus.
pub(crate) struct StandIn {
    pub(crate) bus: FakeBus,
    connection: Connection,
}

impl StandIn {
    pub(crate) async fn start(world: World) -> Self {
        let bus = FakeBus::start().unwrap();
        let state = Arc::new(Mutex::new(State { world, window: 0 }));
        let builder = Builder::address(bus.address()).serve_at(PATH, Panel(state));
        let connection = builder.name(NAME).build().await.unwrap();
        Self { bus, connection }
    }

    /// Gives the name away, as a daemon that stops.
    pub(crate) async fn stop(&self) {
        self.connection.release_name(NAME).await.unwrap();
    }

    pub(crate) async fn start_again(&self) {
        self.connection.request_name(NAME).await.unwrap();
    }

    /// Tells of a bond that nobody has approved.
    pub(crate) async fn unknown_pairing(&self, [path, address, name]: [&str; 3]) {
        let emitter = SignalEmitter::new(&self.connection, PATH).unwrap();
        let path = OwnedObjectPath::try_from(path).unwrap();
        Panel::unknown_pairing(&emitter, path.as_ref(), address, name).await.unwrap();
    }

    /// Whether all others have left the bus; only the panel and the one who asks are there.
    pub(crate) async fn is_alone(&self) -> bool {
        let bus = fdo::DBusProxy::new(&self.connection).await.unwrap();
        let names = bus.list_names().await.unwrap();
        names.iter().filter(|name| name.as_str().starts_with(':')).count() == 1
    }
}
