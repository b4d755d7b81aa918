//! `org.bluez.Adapter1` (`src/adapter.c`) and the kernel's side of it.

use std::sync::Arc;
use std::time::Duration;

use zbus::wire::{OwnedVariant, Variant};

use super::agents::DefaultAgent;
use super::bluetoothd::{ADAPTER, ADAPTER1, Daemon, Options, Properties};
use super::device::Address;
use super::error::{
    BUSY, DOES_NOT_EXIST, INVALID_ARGUMENTS, NOT_POWERED, NOT_READY, READ_ONLY, Refusal,
};
use super::link::DisconnectReason;
use super::store::Store;
use crate::pairing::Capability;

/// The state of the adapter.
#[derive(Debug)]
pub(super) struct Adapter {
    pub(super) address: Address,
    pub(super) alias: String,
    pub(super) powered: bool,
    pub(super) pairable: bool,
    pub(super) discoverable: bool,
    pub(super) pairable_timeout: u32,
    pub(super) discoverable_timeout: u32,
    /// What new links get.
    pub(super) io_capability: Capability,
    /// `Set Bondable` commands that the kernel has not answered.
    bondable_in_flight: u32,
    /// Count the arming of each timer, so that an earlier one does nothing.
    pairable_armed: u64,
    discoverable_armed: u64,
}

impl Adapter {
    /// The adapter as bluetoothd finds it: the kernel kept two settings, the settings file one.
    pub(super) fn started(options: &Options, store: &Store) -> Self {
        let stored = store.lock();
        Self {
            address: options.address,
            alias: options.alias.clone(),
            powered: true,
            pairable: stored.bondable,
            discoverable: false,
            pairable_timeout: stored.pairable_timeout,
            discoverable_timeout: 180,
            io_capability: stored.io_capability.unwrap_or(Capability::NoInputNoOutput),
            bondable_in_flight: 0,
            pairable_armed: 0,
            discoverable_armed: 0,
        }
    }

    pub(super) fn properties(&self) -> Properties {
        [
            ("Address", Variant::from(self.address.to_string())),
            ("Alias", Variant::from(self.alias.clone())),
            ("Powered", Variant::from(self.powered)),
            ("Pairable", Variant::from(self.pairable)),
            ("Discoverable", Variant::from(self.discoverable)),
            ("PairableTimeout", Variant::from(self.pairable_timeout)),
            ("DiscoverableTimeout", Variant::from(self.discoverable_timeout)),
        ]
        .into()
    }
}

impl Daemon {
    /// Applies the default agent to the adapter (`adapter_set_io_capability`): an agent makes it
    /// pairable, the absence of one makes it unpairable and leaves the capability in the kernel.
    pub(super) fn default_agent(self: &Arc<Self>, default: DefaultAgent) {
        if default == DefaultAgent::Same {
            return;
        }
        let pairable = {
            let mut state = self.state();
            let capability = state.agents.default_agent().map(|agent| agent.capability);
            if let Some(capability) = capability {
                state.adapter.io_capability = capability;
                self.store.lock().io_capability = Some(capability);
            }
            (state.adapter.pairable != capability.is_some()).then_some(capability.is_some())
        };
        if let Some(pairable) = pairable {
            self.set_bondable(pairable, async {});
        }
    }

    /// Sends `Set Bondable`, and runs `then` when the kernel has answered.
    fn set_bondable(self: &Arc<Self>, on: bool, then: impl Future<Output = ()> + Send + 'static) {
        self.state().adapter.bondable_in_flight += 1;
        let answered = self.clock.now() + self.options.settle;
        let daemon = Arc::clone(self);
        self.spawn(async move {
            daemon.clock.sleep_until(answered).await;
            daemon.state().adapter.bondable_in_flight -= 1;
            daemon.bondable_is(on).await;
            then.await;
        });
    }

    async fn bondable_is(self: &Arc<Self>, on: bool) {
        let changed = {
            let mut state = self.state();
            self.store.lock().bondable = on;
            std::mem::replace(&mut state.adapter.pairable, on) != on
        };
        if changed {
            self.arm_pairable_timer();
            self.changed(ADAPTER, ADAPTER1, [("Pairable", Variant::from(on))]).await;
        }
    }

    /// bluetoothd's own timer (`trigger_pairable_timeout`).
    fn arm_pairable_timer(self: &Arc<Self>) {
        let (armed, timeout) = {
            let adapter = &mut self.state().adapter;
            adapter.pairable_armed += 1;
            if !adapter.pairable || adapter.pairable_timeout == 0 {
                return;
            }
            (adapter.pairable_armed, Duration::from_secs(adapter.pairable_timeout.into()))
        };
        let expiry = self.clock.now() + timeout;
        let daemon = Arc::clone(self);
        self.spawn(async move {
            daemon.clock.sleep_until(expiry).await;
            if daemon.state().adapter.pairable_armed == armed {
                daemon.set_bondable(false, async {});
            }
        });
    }

    fn arm_discoverable_timer(self: &Arc<Self>) {
        let (armed, timeout) = {
            let adapter = &mut self.state().adapter;
            adapter.discoverable_armed += 1;
            if !adapter.discoverable || adapter.discoverable_timeout == 0 {
                return;
            }
            (adapter.discoverable_armed, Duration::from_secs(adapter.discoverable_timeout.into()))
        };
        let expiry = self.clock.now() + timeout;
        let daemon = Arc::clone(self);
        self.spawn(async move {
            daemon.clock.sleep_until(expiry).await;
            if daemon.state().adapter.discoverable_armed == armed {
                daemon.set_discoverable(false).await;
            }
        });
    }

    async fn set_discoverable(self: &Arc<Self>, on: bool) {
        let changed = std::mem::replace(&mut self.state().adapter.discoverable, on) != on;
        self.arm_discoverable_timer();
        if changed {
            self.changed(ADAPTER, ADAPTER1, [("Discoverable", Variant::from(on))]).await;
        }
    }

    /// Sets a property of the adapter and runs `reply` with the outcome, for `Pairable` only
    /// when the kernel has answered.
    pub(super) async fn set_adapter_property<R>(
        self: &Arc<Self>,
        property: &str,
        value: OwnedVariant,
        reply: impl FnOnce(Result<(), Refusal>) -> R,
    ) where
        R: Future<Output = ()> + Send + 'static,
    {
        if property != "Pairable" {
            reply(self.set_at_once(property, &value).await).await;
            return;
        }
        let Ok(on) = bool::try_from(&*value) else {
            return reply(Err(INVALID_ARGUMENTS)).await;
        };
        let (busy, same) = {
            let adapter = &self.state().adapter;
            (adapter.bondable_in_flight > 0, adapter.pairable == on)
        };
        match (busy, same) {
            // `property_set_mode` refuses while the setting is among `pending_settings`.
            (true, _) => reply(Err(BUSY)).await,
            (false, true) => reply(Ok(())).await,
            (false, false) => self.set_bondable(on, reply(Ok(()))),
        }
    }

    async fn set_at_once(
        self: &Arc<Self>,
        property: &str,
        value: &Variant<'static>,
    ) -> Result<(), Refusal> {
        match property {
            "Powered" => {
                let on = bool::try_from(value).map_err(|_| INVALID_ARGUMENTS)?;
                self.power(on).await;
            }
            "Discoverable" => {
                let on = bool::try_from(value).map_err(|_| INVALID_ARGUMENTS)?;
                let (powered, timeout) = {
                    let adapter = &self.state().adapter;
                    (adapter.powered, adapter.discoverable_timeout)
                };
                if !powered && timeout > 0 {
                    return Err(NOT_POWERED);
                }
                self.set_discoverable(on).await;
            }
            "Alias" => {
                let alias = <&str>::try_from(value).map_err(|_| INVALID_ARGUMENTS)?.to_owned();
                self.state().adapter.alias.clone_from(&alias);
                self.changed(ADAPTER, ADAPTER1, [("Alias", Variant::from(alias))]).await;
            }
            "PairableTimeout" => {
                let seconds = u32::try_from(value).map_err(|_| INVALID_ARGUMENTS)?;
                self.state().adapter.pairable_timeout = seconds;
                self.store.lock().pairable_timeout = seconds;
                self.arm_pairable_timer();
                let now = Variant::from(seconds);
                self.changed(ADAPTER, ADAPTER1, [("PairableTimeout", now)]).await;
            }
            "DiscoverableTimeout" => {
                let seconds = u32::try_from(value).map_err(|_| INVALID_ARGUMENTS)?;
                self.state().adapter.discoverable_timeout = seconds;
                self.arm_discoverable_timer();
                let now = Variant::from(seconds);
                self.changed(ADAPTER, ADAPTER1, [("DiscoverableTimeout", now)]).await;
            }
            _ => return Err(READ_ONLY),
        }
        Ok(())
    }

    /// Switches the radio; off drops every link first (`adapter_stop`).
    pub(super) async fn power(self: &Arc<Self>, on: bool) {
        if !on {
            let paths: Vec<String> = self.state().devices.keys().cloned().collect();
            for path in paths {
                self.link_down(&path, DisconnectReason::Local).await;
                if self.state().devices.get(&path).is_some_and(|device| device.is_temporary()) {
                    self.remove_object(&path).await;
                }
            }
        }
        if std::mem::replace(&mut self.state().adapter.powered, on) != on {
            self.changed(ADAPTER, ADAPTER1, [("Powered", Variant::from(on))]).await;
        }
    }

    /// `Adapter1.RemoveDevice`.
    pub(super) async fn remove_device(&self, path: &str) -> Result<(), Refusal> {
        let address = {
            let state = self.state();
            if !path.starts_with(ADAPTER) {
                return Err(INVALID_ARGUMENTS);
            }
            let address = state.devices.get(path).ok_or(DOES_NOT_EXIST)?.address;
            if !state.adapter.powered {
                return Err(NOT_READY);
            }
            address
        };
        self.store.forget(address);
        self.link_down(path, DisconnectReason::Local).await;
        self.remove_object(path).await;
        Ok(())
    }
}
