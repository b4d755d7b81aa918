//! Whether a connected device may use a service: `Agent1.AuthorizeService` (`adapter_authorize`,
//! `src/adapter.c`).

use std::sync::Arc;

use tokio::sync::oneshot;

use super::agents::Agent;
use super::bluetoothd::{Daemon, FakeBluetoothd};
use super::call::{Answer, Call};

impl FakeBluetoothd {
    /// A connected device asks for a service: true if `Trusted` or the default agent lets it
    /// (`AuthorizeService`). The requests to an adapter are asked one after the other; an agent
    /// that has a pairing's request open then is not asked, which is a refusal. False as well
    /// when the link goes down, which cancels the request (since BlueZ 5.79).
    ///
    /// The bearer does not matter here;
    /// [`FakePhone::connect_service`](super::FakePhone::connect_service) asks where BlueZ does.
    pub async fn authorize_service(&self, device: &str, uuid: &str) -> bool {
        self.daemon.authorize(device, uuid).await
    }
}

impl Daemon {
    pub(super) async fn authorize(&self, device: &str, uuid: &str) -> bool {
        let (Some(mut link), Some(daemon)) = (self.watch_link(device), self.shared()) else {
            return false;
        };
        let (device, uuid) = (device.to_owned(), uuid.to_owned());
        let (answer, answered) = oneshot::channel();
        // bluetoothd waits for the answer even if whoever wanted it has gone.
        self.spawn(async move {
            tokio::select! {
                biased;
                _ = link.changed() => {}
                allowed = daemon.authorize_in_turn(&device, uuid) => {
                    let _ = answer.send(allowed);
                }
            }
        });
        answered.await.unwrap_or(false)
    }

    /// Resolves to an error when the link goes down; nothing without a link.
    fn watch_link(&self, device: &str) -> Option<tokio::sync::watch::Receiver<()>> {
        let state = self.state();
        state.devices.get(device)?.link.as_ref().map(|link| link.up.subscribe())
    }

    async fn authorize_in_turn(&self, device: &str, uuid: String) -> bool {
        let _turn = self.authorizations.lock().await;
        let agent = {
            let mut state = self.state();
            let agent = state.agents.default_agent().cloned();
            let Some(device) = state.devices.get_mut(device) else { return false };
            if device.trusted {
                return true;
            }
            let (Some(agent), Some(link)) = (agent, device.link.as_mut()) else { return false };
            link.authorizer = Some(Arc::clone(&agent));
            agent
        };
        let allowed = self.ask_service(&agent, device, uuid).await;
        if let Some(link) = self.state().devices.get_mut(device).and_then(|d| d.link.as_mut()) {
            link.authorizer = None;
        }
        allowed
    }

    async fn ask_service(&self, agent: &Agent, device: &str, uuid: String) -> bool {
        self.ask(agent, Call::AuthorizeService(uuid), device).await == Answer::Accepted
    }
}
