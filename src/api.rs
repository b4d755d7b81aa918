//! The panel's own interface on the bus: `org.pairpanel.Panel1` of the object `/org/pairpanel`, on
//! a connection that owns the name `org.pairpanel`.
//!
//! Everybody may look: properties, signals and introspection. Methods are for root, for members of
//! the group `pairpanel`, and for whom polkit, where it is there, allows `org.pairpanel.manage`
//! ([`Access`]). No code that is shown, compared or typed is in any of them, but in the reply to
//! `ReadPrompt`, which has to be turned on.
//!
//! | Property | Type | | |
//! |---|---|---|---|
//! | `Version`, `Board`, `BoardName` | `s` | constant | the version; the board profile's id and name |
//! | `Capability` | `s` | | what bluetoothd has been told, as `DisplayYesNo`; empty while the agent is not registered |
//! | `CapabilityReason` | `s` | | a sentence: which parts work, and what they make |
//! | `Activity` | `s` | | `idle`, `window`, `asking`, `showing`, `settling`, `paused` |
//! | `Health` | `s` | | `ready`, or what keeps devices from pairing: `no-bluetoothd`, `no-adapter`, `powered-off`, `no-accept-key`, `no-keypad`, `no-display` |
//! | `DefaultAgent` | `s` | | whether bluetoothd asks this agent: `no`, `yes`, `doubtful` |
//! | `WindowOpen` | `b` | | whether devices may pair |
//! | `WindowRemaining`, `PauseRemaining` | `u` | no signal | seconds, rounded up; 0 when closed, or not paused |
//! | `Display` | `s` | | `none`, `starting`, `working`, `failed` |
//! | `Inputs` | `a{ss}` | | the role of a button, or `keypad`: `starting`, `working`, `stuck`, `failed` |
//! | `Adapters` | `aa{sv}` | | `Path` o, `Address` s, `Name` s, `Powered` b, `Pairable` b, `Discoverable` b, `Used` b |
//! | `Devices` | `aa{sv}` | | those bonded or blocked: `Path` o, `Address` s, `Name` s, `Bonded` b, `Connected` b, `Trusted` b, `Blocked` b |
//!
//! | Method | |
//! |---|---|
//! | `OpenWindow(u seconds)` | opens the pairing window, or sets what is left of it; 0 for the configured length, 3600 at most |
//! | `CloseWindow()` | closes it |
//! | `Forget(o device)` | deletes a bond and the device |
//! | `ForgetAll()` | deletes every bond |
//! | `Pair(s address, s adapter)` | pairs with a device, answered at the panel; `hciN`, or empty for any. Returns when it has paired or failed, which may take minutes. Ends when the caller leaves the bus |
//! | `Identify()` | makes the panel recognisable among several |
//! | `ReadOutOfBand() -> a{sv}` | what a device has to know to pair out of band, good as long as the window is open and until somebody has used it: `Uri` s, `Data` s (the AD structures, in hexadecimal), `Address` s. For root alone |
//! | `ReadPrompt() -> a{sv}` | what is asked or shown, the code included, for people who cannot read the glass; empty if nothing is. Only if `prompt-command` of the configuration says so, and not for those whom polkit alone allows something |
//!
//! | Signal | |
//! |---|---|
//! | `PairingStarted(o device, s address, s name, s method)` | somebody is asked or shown something |
//! | `PairingFinished(o device, s address, s name, s method, s outcome, b paired, b authenticated)` | with `paired` there is a bond; with `authenticated` a person has checked a code, or the device has it from the panel (out of band). May come without the other |
//! | `UnknownPairing(o device, s address, s name)` | there is a bond that nobody at this panel has approved |
//!
//! What `ReadPrompt` replies has `Asks` s: `compare`, `type-there` (on the other device), `type-here`,
//! `just-works`, `service`, `forget` (the bond of a device that seems to have lost it), `keep` (a bond
//! that came without a check) or `settling` (accepted here, and not over). What else is there depends
//! on that: `Method`, `Address`, `Name`, `Code`, `Service`, the labels of the keys `Accept`, `Reject`
//! and `Erase`, what a digit picker offers as `Pick`, all s; whether the accept key has to be held, `Hold`
//! b; the `Seconds` left and how many digits are `Typed`, u.
//!
//! `method` is `numeric-comparison`, `passkey-entry`, `pin`, `just-works`, `out-of-band` or, where
//! nothing is paired, `service`; `outcome` is one of [`Outcome`]'s names in the same manner, as
//! `paired-checked`, `rejected-here` or `refused-window-closed`. Names of devices are as the panel
//! shows them, which is not always what the device says ([`Peer`]).
//!
//! Errors are `org.freedesktop.DBus.Error.AccessDenied` and `.InvalidArgs`, and
//! `org.pairpanel.Error.OutOfOrder`, `.Policy`, `.NoSuchDevice`, `.NotForgotten`,
//! `.NoBluetoothd`, `.NotTurnedOn`, `.NoData`, `.Failed`, `.InProgress` and `.Stopped`; the text says
//! what to do.
//!
//! # Versions
//!
//! `Panel1` only grows: members, keys of the dictionaries and words for a state may be added, so a
//! client ignores those that it does not know. Whatever else changes makes a `Panel2`, which is
//! served beside it. `dist/dbus/org.pairpanel.Panel1.xml` has all this for generators of code, and
//! `dist/dbus/org.pairpanel.conf` and `dist/polkit/org.pairpanel.policy` are what a machine needs.

mod access;
mod accounts;
mod error;
mod limits;
mod pairing;
mod panel;
mod polkit;
mod prompt;
mod reason;
mod view;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use zbus::connection::Builder;
use zbus::fdo::{self, Properties, RequestNameFlags};
use zbus::names::InterfaceName;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, ObjectPath};

pub use self::access::Access;
use self::panel::Panel;
use crate::clock::Clock;
use crate::oob::OobData;
use crate::pairing::{CommandId, Denial, DeviceId, Event, Method, Outcome, Peer, Screen, Status};

/// The name on the bus.
pub const NAME: &str = "org.pairpanel";
/// The object.
pub const PATH: &str = "/org/pairpanel";
/// Its interface.
pub const INTERFACE: &str = "org.pairpanel.Panel1";
/// A bus that accepts the connection and then says nothing would keep us for ever.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const SILENT: &str = "the bus does not answer";
/// A bus that has gone silent is left without a word.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// What the interface has to know beside what the panel does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The id of the board's profile; empty for a panel that has none.
    pub board: String,
    /// What a person calls the board.
    pub board_name: String,
    /// Who may use the methods.
    pub access: Access,
}

/// What becomes a signal.
pub(crate) enum News {
    Started { device: DeviceId, peer: Peer, method: Method },
    Finished { device: DeviceId, peer: Peer, method: Method, outcome: Outcome },
    UnknownPairing { device: DeviceId, peer: Peer },
}

/// The interface while it is served. Nothing here waits for the bus.
pub(crate) struct Api {
    panel: Panel,
    status: watch::Sender<Status>,
    news: mpsc::UnboundedSender<News>,
    stopping: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Api {
    /// Begins to serve on the bus at `bus` (`None`: the system bus). Commands are sent to `events`.
    pub(crate) fn start(
        service: Service,
        bus: Option<String>,
        clock: Clock,
        events: mpsc::UnboundedSender<Event>,
        status: Status,
    ) -> Self {
        let (status, known) = watch::channel(status);
        let (stopping, stopped) = watch::channel(false);
        let (news, unsaid) = mpsc::unbounded_channel();
        let panel = Panel::new(service, bus.clone(), clock, known.clone(), events, stopped.clone());
        let task = tokio::spawn(serve(bus, panel.clone(), known, unsaid, stopped));
        Self { panel, status, news, stopping, task }
    }

    /// The panel's status now.
    pub(crate) fn publish(&self, status: Status) {
        self.status.send_if_modified(|before| {
            let is_new = *before != status;
            if is_new {
                *before = status;
            }
            is_new
        });
    }

    /// Something happened that is more than a change of the status.
    pub(crate) fn announce(&self, news: News) {
        if let News::Finished { device, peer, method, outcome } = &news
            && *method != Method::Service
        {
            self.panel.finished(device, peer, *outcome);
        }
        // Nobody listens if the name could not be had.
        let _ = self.news.send(news);
    }

    /// A command has its result.
    pub(crate) fn done(&self, id: CommandId, result: Result<(), Denial>) {
        self.panel.done(id, result.map(|()| BTreeMap::new()));
    }

    /// A command is answered with what is on the screen, the code included.
    pub(crate) fn tell(&self, id: CommandId, screen: &Screen) {
        self.panel.done(id, Ok(prompt::prompt(screen)));
    }

    /// A command is answered with out-of-band data.
    pub(crate) fn tell_out_of_band(&self, id: CommandId, data: &OobData) {
        self.panel.done(id, Ok(prompt::out_of_band(data)));
    }

    /// Gives up the name once the calls that wait have been answered, or after two seconds.
    pub(crate) async fn leave(mut self) {
        self.stopping.send_replace(true);
        let _ = tokio::time::timeout(LEAVE_TIMEOUT, &mut self.task).await;
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    bus: Option<String>,
    panel: Panel,
    mut status: watch::Receiver<Status>,
    mut news: mpsc::UnboundedReceiver<News>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut said = status.borrow_and_update().clone();
    let joining = tokio::time::timeout(CONNECT_TIMEOUT, join(bus.as_deref(), panel));
    let connection = tokio::select! {
        () = told_to(&mut stopped) => return,
        joined = joining => match joined {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return log::warn!("{}", not_served(&error)),
            Err(_) => return log::warn!("{}", not_served(&zbus::Error::Failure(SILENT.into()))),
        },
    };
    let Ok(emitter) = SignalEmitter::new(&connection, PATH) else { return };
    loop {
        let sent = tokio::select! {
            // What changed before a signal is known before it.
            biased;
            () = told_to(&mut stopped) => break,
            Ok(()) = status.changed() => {
                let now = status.borrow_and_update().clone();
                let changed = view::changes(&said, &now);
                said = now;
                if changed.is_empty() {
                    continue;
                }
                let interface = InterfaceName::from_static_str_unchecked(INTERFACE);
                Properties::properties_changed(&emitter, interface, changed, Cow::Borrowed(&[]))
                    .await
            }
            Some(news) = news.recv() => emit(&emitter, &news).await,
            else => break,
        };
        if let Err(error) = sent {
            log::debug!("a signal was not sent: {error}");
        }
    }
    // The calls that waited are answered by tasks of zbus, which have been woken before this; what
    // is sent after their answers is also answered after them.
    tokio::task::yield_now().await;
    if let Err(error) = connection.release_name(NAME).await {
        log::debug!("the name {NAME} was not released: {error}");
    }
    let _ = connection.close().await;
}

/// Returns when it is true, or nobody can make it so any more.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn join(bus: Option<&str>, panel: Panel) -> zbus::Result<Connection> {
    let builder = bus.map_or_else(Builder::system, Builder::address);
    let connection = builder.serve_at(PATH, panel).build().await?;
    // The other instance keeps it, and nobody waits for it to end.
    connection.request_name_with_flags(NAME, RequestNameFlags::DO_NOT_QUEUE).await?;
    Ok(connection)
}

async fn emit(emitter: &SignalEmitter<'_>, news: &News) -> zbus::Result<()> {
    match news {
        News::Started { device, peer, method } => {
            let (path, method) = (ObjectPath::try_from(device.as_str())?, words::method(*method));
            Panel::pairing_started(emitter, &path, &peer.address, &peer.name, method).await
        }
        News::Finished { device, peer, method, outcome } => {
            Panel::pairing_finished(
                emitter,
                &ObjectPath::try_from(device.as_str())?,
                &peer.address,
                &peer.name,
                words::method(*method),
                words::outcome(*outcome),
                outcome.is_paired(),
                *outcome == Outcome::PairedChecked,
            )
            .await
        }
        News::UnknownPairing { device, peer } => {
            let path = ObjectPath::try_from(device.as_str())?;
            Panel::unknown_pairing(emitter, &path, &peer.address, &peer.name).await
        }
    }
}

/// What the log says of an interface that is not there, while the panel goes on without it.
fn not_served(error: &zbus::Error) -> String {
    let remedy = match error {
        zbus::Error::NameTaken => {
            "another pairpanel has it; stop one of the two (busctl status org.pairpanel)".to_owned()
        }
        zbus::Error::FDO(error) if matches!(**error, fdo::Error::AccessDenied(_)) => {
            "the bus lets this user not own it; put org.pairpanel.conf into \
             /usr/share/dbus-1/system.d, reload the bus (systemctl reload dbus) and start again"
                .to_owned()
        }
        error => format!("{error}; start again when that is mended"),
    };
    format!("the name {NAME} cannot be had, so status and open will not work: {remedy}")
}

#[cfg(all(test, feature = "simulator"))]
mod on_a_bus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_says_why_there_is_no_interface_and_what_to_do() {
        let denied = fdo::Error::AccessDenied("Connection \":1.5\" is not allowed".to_owned());
        let cases = [
            (zbus::Error::NameTaken, "another pairpanel has it; stop one"),
            (denied.into(), "put org.pairpanel.conf into /usr/share/dbus-1/system.d"),
            (zbus::Error::Failure(SILENT.to_owned()), "the bus does not answer; start again"),
        ];
        for (error, remedy) in cases {
            let said = not_served(&error);
            assert!(said.contains(remedy) && !said.contains('\n'), "{said}");
        }
    }
}
