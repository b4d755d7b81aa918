//! `org.bluez.Agent1`: each method becomes one event, then waits for its own answer.
//!
//! Methods take `&self`: with `&mut self` zbus would hold `Cancel` back while a prompt waits.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use zbus::ObjectPath;
use zbus::message::Header;

use super::random;
use crate::pairing::{Answer, Call, DeviceId, Event, Passkey, PinCode, RequestId};

/// Where the agent lives on our connection.
pub(super) const PATH: &str = "/org/pairpanel/agent";

/// The agent object. Clones share everything.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    events: mpsc::UnboundedSender<Event>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The unique name of bluetoothd's connection: the only one that may call.
    owner: Mutex<Option<String>>,
    waiting: Mutex<HashMap<RequestId, oneshot::Sender<Answer>>>,
    last_request: AtomicU64,
    /// Whether bluetoothd said goodbye.
    released: AtomicBool,
}

/// What a method returns instead of success. To bluetoothd all errors are the same refusal
/// (BlueZ, `src/device.c`, `confirm_cb`).
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
pub(super) enum Refused {
    #[zbus(error)]
    ZBus(zbus::Error),
    Rejected(String),
    Canceled(String),
}

impl Agent {
    pub(super) fn new(events: mpsc::UnboundedSender<Event>) -> Self {
        Self { events, shared: Arc::default() }
    }

    /// Whose calls are obeyed from now on.
    pub(super) fn set_owner(&self, owner: Option<String>) {
        *lock(&self.shared.owner) = owner;
    }

    /// The unique name of bluetoothd's connection, if it is there.
    pub(super) fn owner(&self) -> Option<String> {
        lock(&self.shared.owner).clone()
    }

    /// Whether bluetoothd has said goodbye since this was last asked.
    pub(super) fn take_released(&self) -> bool {
        self.shared.released.swap(false, Ordering::Relaxed)
    }

    /// Answers a call. An unknown `request`, or one whose caller has gone, is nothing to do.
    pub(super) fn reply(&self, request: RequestId, answer: Answer) {
        if let Some(waiting) = lock(&self.shared.waiting).remove(&request) {
            // The call's task may be gone together with the connection.
            let _ = waiting.send(answer);
        }
    }

    /// Refuses whoever is not bluetoothd: any root process may call an agent, and so may everybody
    /// where the bus policy is lax.
    fn check(&self, header: &Header<'_>) -> Result<(), Refused> {
        let sender = header.sender().map(|name| name.as_str());
        if sender.is_some() && sender == lock(&self.shared.owner).as_deref() {
            return Ok(());
        }
        log::warn!(
            "refused {} from {}, which is not bluetoothd; look for what calls the agent at {PATH}",
            header.member().map_or("a call", |member| member.as_str()),
            sender.unwrap_or("a nameless peer"),
        );
        Err(Refused::Rejected("only bluetoothd may call this agent".to_owned()))
    }

    async fn ask(&self, header: &Header<'_>, device: &str, call: Call) -> Result<Answer, Refused> {
        self.check(header)?;
        let Some(device) = DeviceId::parse(device) else {
            log::warn!("refused a call about {device:?}, which is no device's path");
            return Err(Refused::Rejected("not a device".to_owned()));
        };
        let request = RequestId(self.shared.last_request.fetch_add(1, Ordering::Relaxed));
        let (answer, answered) = oneshot::channel();
        lock(&self.shared.waiting).insert(request, answer);
        // A closed channel shows below as an answer that never comes.
        let _ = self.events.send(Event::Call { request, device, call });
        match answered.await {
            Ok(answer @ (Answer::Accept | Answer::Passkey(_) | Answer::Pin(_))) => Ok(answer),
            Ok(Answer::Cancel) => Err(Refused::Canceled("canceled".to_owned())),
            Ok(Answer::Reject) | Err(_) => Err(Refused::Rejected("rejected".to_owned())),
        }
    }
}

#[zbus::interface(name = "org.bluez.Agent1")]
impl Agent {
    async fn release(&self, #[zbus(header)] header: Header<'_>) -> Result<(), Refused> {
        self.check(&header)?;
        self.shared.released.store(true, Ordering::Relaxed);
        let _ = self.events.send(Event::Release);
        Ok(())
    }

    async fn cancel(&self, #[zbus(header)] header: Header<'_>) -> Result<(), Refused> {
        self.check(&header)?;
        let _ = self.events.send(Event::Cancel);
        Ok(())
    }

    async fn request_pin_code(
        &self,
        #[zbus(header)] header: Header<'_>,
        device: ObjectPath<'_>,
    ) -> Result<String, Refused> {
        let Some(fresh) = random::pin() else {
            return Err(Refused::Rejected("no random numbers".to_owned()));
        };
        match self.ask(&header, &device, Call::RequestPinCode { fresh }).await? {
            Answer::Pin(pin) => Ok(pin.as_str().to_owned()),
            _ => Err(Refused::Rejected("no PIN".to_owned())),
        }
    }

    async fn display_pin_code(
        &self,
        #[zbus(header)] header: Header<'_>,
        device: ObjectPath<'_>,
        pincode: String,
    ) -> Result<(), Refused> {
        let call = Call::DisplayPinCode(PinCode::new(pincode));
        self.ask(&header, &device, call).await.map(drop)
    }

    async fn request_passkey(
        &self,
        #[zbus(header)] header: Header<'_>,
        device: ObjectPath<'_>,
    ) -> Result<u32, Refused> {
        match self.ask(&header, &device, Call::RequestPasskey).await? {
            Answer::Passkey(passkey) => Ok(passkey.value()),
            _ => Err(Refused::Rejected("no passkey".to_owned())),
        }
    }

    async fn display_passkey(
        &self,
        #[zbus(header)] header: Header<'_>,
        device: ObjectPath<'_>,
        passkey: u32,
        entered: u16,
    ) -> Result<(), Refused> {
        self.check(&header)?;
        let Some(device) = DeviceId::parse(&device) else {
            log::warn!("ignored a passkey for {device:?}, which is no device's path");
            return Ok(());
        };
        let passkey = Passkey::new(passkey);
        let _ = self.events.send(Event::DisplayPasskey { device, passkey, entered });
        Ok(())
    }

    async fn request_confirmation(
        &self,
        #[zbus(header)] header: Header<'_>,
        device: ObjectPath<'_>,
        passkey: u32,
    ) -> Result<(), Refused> {
        let malformed = Call::Malformed("a passkey over 999999");
        let call = Passkey::new(passkey).map_or(malformed, Call::RequestConfirmation);
        self.ask(&header, &device, call).await.map(drop)
    }

    async fn request_authorization(
        &self,
        #[zbus(header)] header: Header<'_>,
        device: ObjectPath<'_>,
    ) -> Result<(), Refused> {
        self.ask(&header, &device, Call::RequestAuthorization).await.map(drop)
    }

    async fn authorize_service(
        &self,
        #[zbus(header)] header: Header<'_>,
        device: ObjectPath<'_>,
        uuid: String,
    ) -> Result<(), Refused> {
        self.ask(&header, &device, Call::AuthorizeService { uuid }).await.map(drop)
    }
}

/// The data behind these locks is replaced whole, so a panic elsewhere leaves it sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
