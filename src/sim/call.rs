//! Calls of `org.bluez.Agent1` as bluetoothd makes them (`src/agent.c`).

use std::future::pending;
use std::time::Duration;

use zbus::message::{Flags, Message};

use super::agents::Agent;
use super::bluetoothd::{Daemon, path};
use super::code::{Code, Pin};

pub(super) const AGENT: &str = "org.bluez.Agent1";

/// How long bluetoothd waits for the reply of an agent (`REQUEST_TIMEOUT`).
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The one passkey that means a refusal (`passkey_reply`).
const INVALID_PASSKEY: u32 = u32::MAX;

/// A call that waits for a reply. Its first argument is the device.
#[derive(Debug)]
pub(super) enum Call {
    RequestConfirmation(Code),
    RequestAuthorization,
    RequestPasskey,
    RequestPinCode,
    DisplayPinCode(Pin),
    AuthorizeService(String),
}

impl Call {
    /// Whether `Cancel` follows when no reply comes in time.
    const fn is_cancelled_when_late(&self) -> bool {
        !matches!(self, Self::RequestPasskey | Self::RequestPinCode | Self::DisplayPinCode(_))
    }
}

/// What came of a call. No `Debug`, for the passkey.
#[derive(PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    /// Unchecked: BlueZ passes on what the agent says.
    Passkey(u32),
    Pin(Pin),
    /// Any error, a reply of the wrong type, or none in time.
    Refused,
    /// No agent, or one that has another request open.
    NotAsked,
}

impl Daemon {
    /// Asks the agent and waits: at most 60 s, then `Cancel` follows, except after
    /// a passkey's or PIN's call. A request that is cancelled meanwhile never returns, as in bluetoothd,
    /// where the callback is not run: whoever waits needs a deadline of its own.
    pub(super) async fn ask(&self, agent: &Agent, call: Call, device: &str) -> Answer {
        let Ok(mut request) = agent.open_request() else { return Answer::NotAsked };
        let deadline = self.clock.now() + REQUEST_TIMEOUT;
        tokio::select! {
            biased;
            _ = &mut request.cancelled => pending().await,
            reply = self.call(agent, &call, device) => {
                if !agent.close_request(&request) {
                    return pending().await;
                }
                answer(&call, reply)
            }
            () = self.clock.sleep_until(deadline) => {
                if agent.close_request(&request) && call.is_cancelled_when_late() {
                    self.tell(agent, "Cancel", &()).await;
                }
                Answer::Refused
            }
        }
    }

    async fn call(&self, agent: &Agent, call: &Call, device: &str) -> zbus::Result<Message> {
        let device = path(device);
        match call {
            Call::RequestConfirmation(code) => {
                self.call_raw(agent, "RequestConfirmation", &(device, code.value())).await
            }
            Call::RequestAuthorization => {
                self.call_raw(agent, "RequestAuthorization", &device).await
            }
            Call::RequestPasskey => self.call_raw(agent, "RequestPasskey", &device).await,
            Call::RequestPinCode => self.call_raw(agent, "RequestPinCode", &device).await,
            Call::DisplayPinCode(pin) => {
                self.call_raw(agent, "DisplayPinCode", &(device, pin.as_str())).await
            }
            Call::AuthorizeService(uuid) => {
                self.call_raw(agent, "AuthorizeService", &(device, uuid)).await
            }
        }
    }

    pub(super) async fn call_raw<B>(
        &self,
        agent: &Agent,
        method: &str,
        body: &B,
    ) -> zbus::Result<Message>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let (owner, path) = (agent.owner.as_str(), agent.path.as_str());
        self.connection.call_method(Some(owner), path, Some(AGENT), method, body).await
    }

    /// Makes a call that expects no reply: `Cancel`, `Release`, `DisplayPasskey`.
    pub(super) async fn tell<B>(&self, agent: &Agent, method: &str, body: &B)
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let call = Message::method_call(agent.path.as_str(), method)
            .destination(agent.owner.as_str())
            .interface(AGENT)
            .with_flags(Flags::NO_REPLY_EXPECTED)
            .build(body);
        self.send(call).await;
    }

    /// `DisplayPasskey`, which takes no slot and can come while another request is open.
    pub(super) async fn display_passkey(
        &self,
        agent: &Agent,
        device: &str,
        passkey: u32,
        entered: u16,
    ) {
        self.tell(agent, "DisplayPasskey", &(path(device), passkey, entered)).await;
    }

    /// Takes back the open request of the agent, whichever device it is for; nothing without one
    /// (`agent_cancel`).
    pub(super) async fn cancel(&self, agent: &Agent) {
        if agent.cancel_request() {
            self.tell(agent, "Cancel", &()).await;
        }
    }
}

fn answer(call: &Call, reply: zbus::Result<Message>) -> Answer {
    let Ok(reply) = reply else { return Answer::Refused };
    match call {
        Call::RequestPasskey => match reply.body().deserialize::<u32>() {
            Ok(INVALID_PASSKEY) | Err(_) => Answer::Refused,
            Ok(passkey) => Answer::Passkey(passkey),
        },
        Call::RequestPinCode => match reply.body().deserialize::<&str>().ok().and_then(Pin::new) {
            Some(pin) => Answer::Pin(pin),
            None => Answer::Refused,
        },
        _ => Answer::Accepted,
    }
}
