//! `org.pairpanel.Panel1`: each method becomes one command, then waits for its own result.

#![allow(clippy::too_many_arguments, reason = "those of PairingFinished; zbus writes functions")]

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, DBusError, ObjectPath};

use super::access::Members;
use super::error::Error;
use super::pairing::{Verdict, Wish, concluded, left, pair};
use super::view::{self, Entry};
use super::{Service, reason, told_to};
use crate::clock::Clock;
use crate::pairing::{Command, CommandId, Denial, DeviceId, Event, Outcome, Peer, Status};

/// The longest window that can be asked for.
const LONGEST_WINDOW: u32 = 3600;

/// The object. Clones share everything.
#[derive(Clone, Debug)]
pub(super) struct Panel(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    board: String,
    board_name: String,
    members: Members,
    bus: Option<String>,
    clock: Clock,
    status: watch::Receiver<Status>,
    events: mpsc::UnboundedSender<Event>,
    /// Whether the daemon is about to end.
    stopping: watch::Receiver<bool>,
    waiting: Mutex<HashMap<CommandId, oneshot::Sender<Result<Entry, Denial>>>>,
    last_command: AtomicU64,
    /// Held by the pairing that was begun here.
    pairing: Arc<tokio::sync::Mutex<()>>,
    /// The device that this is with, and who waits for what becomes of it.
    begun: Mutex<Option<(String, mpsc::UnboundedSender<Outcome>)>>,
}

impl Panel {
    pub(super) fn new(
        service: Service,
        bus: Option<String>,
        clock: Clock,
        status: watch::Receiver<Status>,
        events: mpsc::UnboundedSender<Event>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let Service { board, board_name, access } = service;
        let members = Members::of(access);
        let (waiting, last_command, pairing, begun) = Default::default();
        Self(Arc::new(Shared {
            board,
            board_name,
            members,
            bus,
            clock,
            status,
            events,
            stopping,
            waiting,
            last_command,
            pairing,
            begun,
        }))
    }

    /// A command has its result. An unknown `id` is nothing to do.
    pub(super) fn done(&self, id: CommandId, result: Result<Entry, Denial>) {
        if let Some(waiting) = lock(&self.0.waiting).remove(&id) {
            // Who waited may have been told that the daemon stops.
            let _ = waiting.send(result);
        }
    }

    /// A pairing has ended for the panel.
    pub(super) fn finished(&self, device: &DeviceId, peer: &Peer, outcome: Outcome) {
        if let Some((address, outcomes)) = &*lock(&self.0.begun)
            && [&device.address(), &peer.address].iter().any(|is| is.eq_ignore_ascii_case(address))
        {
            // Who waited may have gone.
            let _ = outcomes.send(outcome);
        }
    }

    async fn ask(&self, command: Command) -> Result<(), Error> {
        self.learn(command).await.map(drop)
    }

    /// What a command tells.
    async fn learn(&self, command: Command) -> Result<Entry, Error> {
        let id = CommandId(self.0.last_command.fetch_add(1, Ordering::Relaxed));
        let (waiting, done) = oneshot::channel();
        lock(&self.0.waiting).insert(id, waiting);
        // A daemon that does not listen any more has said that it stops.
        let _ = self.0.events.send(Event::Command { id, command });
        tokio::select! {
            biased;
            result = done => result.map_err(|_| Error::stopped())?.map_err(Error::from),
            () = self.stopping() => Err(Error::stopped()),
        }
    }

    async fn stopping(&self) {
        told_to(&mut self.0.stopping.clone()).await;
    }

    fn view<T>(&self, of: impl FnOnce(&Status) -> T) -> T {
        of(&self.0.status.borrow())
    }
}

#[zbus::interface(name = "org.pairpanel.Panel1", introspection_docs = false)]
impl Panel {
    async fn open_window(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
        seconds: u32,
    ) -> Result<(), Error> {
        self.0.members.admit(connection, &header, "OpenWindow").await?;
        if seconds > LONGEST_WINDOW {
            let most = format!("{seconds} s is too long; {LONGEST_WINDOW} is the most");
            return Err(Error::invalid(most));
        }
        let length = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        self.ask(Command::OpenWindow(length)).await
    }

    async fn close_window(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Error> {
        self.0.members.admit(connection, &header, "CloseWindow").await?;
        self.ask(Command::CloseWindow).await
    }

    async fn forget(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
        device: ObjectPath<'_>,
    ) -> Result<(), Error> {
        self.0.members.admit(connection, &header, "Forget").await?;
        let device = DeviceId::parse(&device).ok_or_else(|| {
            Error::invalid("not a device's path, as /org/bluez/hci0/dev_A4_C3_F0_1D_9A_4C is")
        })?;
        self.ask(Command::Forget(device)).await
    }

    async fn forget_all(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Error> {
        self.0.members.admit(connection, &header, "ForgetAll").await?;
        self.ask(Command::ForgetAll).await
    }

    async fn pair(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
        address: &str,
        adapter: &str,
    ) -> Result<(), Error> {
        self.0.members.admit(connection, &header, "Pair").await?;
        let wish = Wish::parse(address, adapter)?;
        let turn = self.0.pairing.clone().try_lock_owned().map_err(|_| Error::in_progress())?;
        let address = wish.address.to_string();
        let (outcomes, told) = mpsc::unbounded_channel();
        *lock(&self.0.begun) = Some((address.clone(), outcomes));
        self.ask(Command::Pair(address.clone())).await?;
        let client = header.sender().ok_or_else(Error::stopped)?.to_owned();
        let (panel, connection) = (self.clone(), connection.clone());
        // On its own, so that it is wound up when this call has been answered.
        let pairing = tokio::spawn(async move {
            let shared = &panel.0;
            let stop = async {
                tokio::select! {
                    () = left(connection, client) => {}
                    () = panel.stopping() => {}
                }
            };
            let (bus, status) = (shared.bus.as_deref(), shared.status.clone());
            let paired = pair(bus, &shared.clock, status, wish, stop);
            let paired = concluded(paired, Verdict::new(told), &shared.clock).await;
            let _ = shared.events.send(Event::PairEnded { address });
            drop(turn);
            paired
        });
        tokio::select! {
            biased;
            paired = pairing => paired.unwrap_or_else(|_| Err(Error::stopped())),
            () = self.stopping() => Err(Error::stopped()),
        }
    }

    async fn identify(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Error> {
        self.0.members.admit(connection, &header, "Identify").await?;
        self.ask(Command::Identify).await
    }

    #[zbus(out_args("prompt"))]
    async fn read_prompt(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<Entry, Error> {
        self.0.members.admit_known(connection, &header, "ReadPrompt").await?;
        let told = self.learn(Command::ReadPrompt).await;
        told.inspect_err(|error| log::info!("ReadPrompt has told nothing: {}", error.name()))
    }

    #[zbus(out_args("data"))]
    async fn read_out_of_band(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<Entry, Error> {
        self.0.members.admit_root(connection, &header, "ReadOutOfBand").await?;
        let told = self.learn(Command::ReadOutOfBand).await;
        told.inspect_err(|error| log::info!("ReadOutOfBand has told nothing: {}", error.name()))
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn board(&self) -> &str {
        &self.0.board
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn board_name(&self) -> &str {
        &self.0.board_name
    }

    #[zbus(property)]
    fn capability(&self) -> &str {
        self.view(view::capability)
    }

    #[zbus(property)]
    fn capability_reason(&self) -> String {
        self.view(reason::capability_reason)
    }

    #[zbus(property)]
    fn activity(&self) -> &str {
        self.view(view::activity)
    }

    #[zbus(property)]
    fn health(&self) -> &str {
        self.view(view::health)
    }

    #[zbus(property)]
    fn default_agent(&self) -> &str {
        self.view(view::default_agent)
    }

    #[zbus(property)]
    fn window_open(&self) -> bool {
        self.view(view::window_open)
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn window_remaining(&self) -> u32 {
        view::seconds_until(self.view(|status| status.window), self.0.clock.now())
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn pause_remaining(&self) -> u32 {
        view::seconds_until(self.view(|status| status.paused), self.0.clock.now())
    }

    #[zbus(property)]
    fn display(&self) -> &str {
        self.view(view::display)
    }

    #[zbus(property)]
    fn inputs(&self) -> BTreeMap<&'static str, &'static str> {
        self.view(view::inputs)
    }

    #[zbus(property)]
    fn adapters(&self) -> Vec<Entry> {
        self.view(view::adapters)
    }

    #[zbus(property)]
    fn devices(&self) -> Vec<Entry> {
        self.view(view::devices)
    }

    #[zbus(signal)]
    pub(super) async fn pairing_started(
        emitter: &SignalEmitter<'_>,
        device: &ObjectPath<'_>,
        address: &str,
        name: &str,
        method: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn pairing_finished(
        emitter: &SignalEmitter<'_>,
        device: &ObjectPath<'_>,
        address: &str,
        name: &str,
        method: &str,
        outcome: &str,
        paired: bool,
        authenticated: bool,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    pub(super) async fn unknown_pairing(
        emitter: &SignalEmitter<'_>,
        device: &ObjectPath<'_>,
        address: &str,
        name: &str,
    ) -> zbus::Result<()>;
}

/// The map behind the lock is sound after every step, so a panic elsewhere leaves it so.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
