//! The running daemon as its clients have it: `org.pairpanel.Panel1` on the system bus, and what is
//! said when it is not there or does not want to.

mod state;

use std::future::Future;
use std::time::Duration;

use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};
use zbus::connection::Builder;
use zbus::fdo::DBusProxy;
use zbus::message::{Message, Type};
use zbus::{Connection, DBusError as _, MatchRule, MessageStream, Structure};

use super::text::escape;
use super::{Failure, block_on, failed};
use crate::bluez::ConnectError;

pub(super) use state::State;

pub(super) const NAME: &str = "org.pairpanel";
const PATH: &str = "/org/pairpanel";
const INTERFACE: &str = "org.pairpanel.Panel1";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// A bus that accepts the connection and then says nothing would keep us for ever.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the daemon may take for what needs no person: it waits for bluetoothd.
const CALL: Duration = Duration::from_secs(30);

pub(super) struct Client {
    connection: Connection,
    /// The unique name of the daemon's connection: calling its well-known name could start one that
    /// somebody has stopped.
    owner: String,
}

impl Client {
    /// The daemon that is running now.
    pub(super) async fn of(connection: &Connection) -> Result<Self, Failure> {
        let asking = async {
            let bus = DBusProxy::new(connection).await?;
            bus.get_name_owner(NAME.try_into()?).await.map_err(zbus::Error::from)
        };
        match tokio::time::timeout(CONNECT, asking).await {
            Ok(Ok(owner)) => Ok(Self { connection: connection.clone(), owner: owner.to_string() }),
            Ok(Err(_)) => Err(not_running()),
            Err(_) => Err(failed(ConnectError::Silent)),
        }
    }

    /// All properties, as they are at one moment.
    pub(super) async fn state(&self) -> Result<State, Failure> {
        let what = "read the panel's state";
        let asking = self.ask(PROPERTIES, "GetAll", Some((INTERFACE,).into()));
        let reply = in_time(what, asking).await?;
        State::of(&reply).map_err(|error| failed(format!("cannot {what}: {error}")))
    }

    /// Calls a method, which an error calls `what`.
    pub(super) async fn call(
        &self,
        what: &str,
        method: &str,
        arguments: Option<Structure<'_>>,
    ) -> Result<(), Failure> {
        in_time(what, self.ask(INTERFACE, method, arguments)).await.map(drop)
    }

    /// Calls a method that replies with a dictionary.
    pub(super) async fn read(&self, what: &str, method: &str) -> Result<State, Failure> {
        let reply = in_time(what, self.ask(INTERFACE, method, None)).await?;
        State::of(&reply).map_err(|error| failed(format!("cannot {what}: {error}")))
    }

    /// Asks for a pairing, which takes as long as people take.
    pub(super) async fn pair(&self, address: &str, adapter: &str) -> zbus::Result<()> {
        self.ask(INTERFACE, "Pair", Some((address, adapter).into())).await.map(drop)
    }

    /// One kind of arguments for all methods: each one costs kilobytes of the binary.
    async fn ask(
        &self,
        interface: &str,
        method: &str,
        arguments: Option<Structure<'_>>,
    ) -> zbus::Result<Message> {
        let (owner, interface) = (Some(self.owner.as_str()), Some(interface));
        let connection = &self.connection;
        match arguments {
            Some(body) => connection.call_method(owner, PATH, interface, method, &body).await,
            None => connection.call_method(owner, PATH, interface, method, &()).await,
        }
    }

    /// What the daemon signals, property changes among it, in this order. A stream that nobody reads
    /// holds up the connection.
    pub(super) async fn signals(&self) -> Result<MessageStream, Failure> {
        let rule = MatchRule::builder().msg_type(Type::Signal).sender(self.owner.as_str());
        let rule = rule.path(PATH).build().map_err(failed)?;
        let listening = MessageStream::for_match_rule(rule, &self.connection, None);
        in_time("follow the panel", listening).await
    }
}

/// A signal of the panel, in the words of `--json`.
pub(super) enum Signal {
    /// A pairing began or ended, or one is unknown: the event's name and what belongs to it.
    Pairing(&'static str, Value),
    /// A property is new.
    Changed(String, Value),
}

impl Signal {
    /// What a message says; none if it is not of the interface, or not as it should be.
    pub(super) fn read(message: &Message) -> Vec<Self> {
        let header = message.header();
        let member = header.member().map(|member| member.as_str()).unwrap_or_default();
        let (name, keys): (_, &[&str]) = match member {
            "PairingStarted" => ("pairing-started", &["device", "address", "name", "method"]),
            "PairingFinished" => (
                "pairing-finished",
                &["device", "address", "name", "method", "outcome", "paired", "authenticated"],
            ),
            "UnknownPairing" => ("unknown-pairing", &["device", "address", "name"]),
            "PropertiesChanged" => {
                let changed = state::changed(message, INTERFACE).into_iter();
                return changed.map(|(key, value)| Self::Changed(key, value)).collect();
            }
            _ => return Vec::new(),
        };
        let fields = state::fields(message, keys);
        fields.map(|fields| Self::Pairing(name, fields)).into_iter().collect()
    }
}

/// Does `work` with the connection to the bus.
pub(super) fn on_the_bus(
    work: impl AsyncFnOnce(&Connection) -> Result<(), Failure>,
) -> Result<(), Failure> {
    block_on(Box::pin(async { work(&join().await?).await }))
}

/// Does `work` with the running daemon.
pub(super) fn with_panel(
    work: impl AsyncFnOnce(Client) -> Result<(), Failure>,
) -> Result<(), Failure> {
    on_the_bus(async |connection| work(Client::of(connection).await?).await)
}

async fn join() -> Result<Connection, Failure> {
    let joining = async { Builder::system().build().await };
    match tokio::time::timeout(CONNECT, joining).await {
        Ok(joined) => joined.map_err(|error| failed(ConnectError::Bus(error))),
        Err(_) => Err(failed(ConnectError::Silent)),
    }
}

/// Ready when somebody stops this program.
pub(super) fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

async fn in_time<T>(what: &str, call: impl Future<Output = zbus::Result<T>>) -> Result<T, Failure> {
    match tokio::time::timeout(CALL, call).await {
        Ok(done) => done.map_err(|error| refused(what, &error)),
        Err(_) => Err(Failure::Failed(format!(
            "cannot {what}: pairpanel does not answer; restart it (systemctl restart pairpanel)"
        ))),
    }
}

pub(super) fn not_running() -> Failure {
    Failure::NotRunning("pairpanel is not running; start it (systemctl start pairpanel)".to_owned())
}

pub(super) fn bus_gone() -> Failure {
    Failure::Failed("the system bus has gone away; start again when it is back".to_owned())
}

/// Why the daemon has not done `what`.
pub(super) fn refused(what: &str, error: &zbus::Error) -> Failure {
    let (name, said) = match error {
        zbus::Error::MethodError(name, said, _) => (name.to_string(), said.clone()),
        zbus::Error::FDO(error) => {
            (error.name().to_string(), error.description().map(str::to_owned))
        }
        error => return failed(format!("cannot {what}: {error}")),
    };
    let said = said.unwrap_or_default();
    let name = name.strip_prefix("org.pairpanel.Error.").unwrap_or(&name);
    let why = match name.strip_prefix("org.freedesktop.DBus.Error.").unwrap_or(name) {
        "AccessDenied" => {
            let remedy = "be root or in group pairpanel";
            return Failure::NotAllowed(format!("not allowed to {what}; {remedy}"));
        }
        "NoReply" | "ServiceUnknown" | "NameHasNoOwner" | "Disconnected" => return not_running(),
        "OutOfOrder" => {
            "a part of the board that pairing needs does not work; pairpanel status says which"
        }
        "Policy" => {
            "the configuration asks for more than this board can do; see pairpanel check, and \
             just-works"
        }
        "NoSuchDevice" => "there is no such device; pairpanel devices lists them",
        "NotForgotten" => {
            "bluetoothd has not deleted the bond; its log says more (journalctl -u bluetooth)"
        }
        "NoData" => {
            "there are none; set out-of-band = true in the configuration, and open the window \
             (pairpanel open); journalctl -u pairpanel says what else is missing"
        }
        "NotTurnedOn" => {
            "codes leave the display only where the owner wants it; set prompt-command = true in the \
             configuration, and reload pairpanel"
        }
        "NoBluetoothd" => {
            "bluetoothd is not running, or has not taken the agent; start it (systemctl start \
             bluetooth)"
        }
        _ if said.is_empty() => name,
        _ => &said,
    };
    Failure::Failed(format!("cannot {what}: {}", escape(why)))
}
