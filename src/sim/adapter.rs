//! `org.bluez.Adapter1` (`src/adapter.c`) and the kernel's side of it.

use std::sync::Arc;
use std::time::Duration;

use zbus::wire::{OwnedVariant, Variant};

use super::agents::DefaultAgent;
use super::bluetoothd::{ADAPTER, ADAPTER1, Daemon, FakeBluetoothd, Interfaces, Properties};
use super::device::{Address, Device};
use super::error::{
    BUSY, CONNECTION_ATTEMPT_FAILED, DOES_NOT_EXIST, INVALID_ARGUMENTS, NOT_POWERED, NOT_READY,
    READ_ONLY, Refusal,
};
use super::link::DisconnectReason;
use super::options::Options;
use super::store::Store;
use crate::pairing::Capability;

/// The state of the adapter.
#[derive(Debug)]
pub(super) struct Adapter {
    /// Plugged in.
    pub(super) present: bool,
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
            present: true,
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
            if !state.adapter.present {
                return;
            }
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
            if !state.adapter.present {
                return;
            }
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

    /// Switches the radio; off ends every `Pair` and drops every link first (`adapter_stop`).
    pub(super) async fn power(self: &Arc<Self>, on: bool) {
        if !on {
            self.bondings_lose_their_adapter().await;
            self.links_down(DisconnectReason::Local).await;
            let temporary: Vec<String> = {
                let state = self.state();
                let temporary = state.devices.iter().filter(|(_, device)| device.is_temporary());
                temporary.map(|(path, _)| path.clone()).collect()
            };
            for path in temporary {
                self.remove_object(&path).await;
            }
        }
        if std::mem::replace(&mut self.state().adapter.powered, on) != on {
            self.changed(ADAPTER, ADAPTER1, [("Powered", Variant::from(on))]).await;
        }
    }

    /// `Adapter1.RemoveDevice`, up to where the link and the object go.
    pub(super) fn forget_device(&self, path: &str) -> Result<(), Refusal> {
        let state = self.state();
        if !path.starts_with(ADAPTER) {
            return Err(INVALID_ARGUMENTS);
        }
        let address = state.devices.get(path).ok_or(DOES_NOT_EXIST)?.address;
        if !state.adapter.powered {
            return Err(NOT_READY);
        }
        self.store.forget(address);
        Ok(())
    }

    /// The adapter is pulled out: links go, then every object of it; agents stay
    /// (`adapter_remove`).
    async fn unplug(self: &Arc<Self>) {
        self.links_down(DisconnectReason::Local).await;
        let paths: Vec<String> = {
            let mut state = self.state();
            let adapter = &mut state.adapter;
            (adapter.present, adapter.powered) = (false, false);
            (adapter.pairable, adapter.discoverable) = (false, false);
            state.in_range.clear();
            state.devices.keys().cloned().collect()
        };
        for path in paths {
            self.bonding_ends(&path, Err(CONNECTION_ATTEMPT_FAILED)).await;
            self.remove_object(&path).await;
        }
        self.interfaces_removed(ADAPTER, [ADAPTER1]).await;
    }

    /// The adapter is there again, as new to the kernel: bluetoothd announces it, then what is
    /// bonded with it, and applies the default agent (`adapter_register`).
    async fn plug(self: &Arc<Self>) {
        {
            let mut stored = self.store.lock();
            (stored.bondable, stored.io_capability) = (false, None);
        }
        let bonds = self.store.lock().bonds.clone();
        let properties = {
            let mut state = self.state();
            let adapter = &mut state.adapter;
            (adapter.present, adapter.powered) = (true, true);
            adapter.io_capability = Capability::NoInputNoOutput;
            adapter.properties()
        };
        let interfaces: Interfaces = [(ADAPTER1, properties)].into();
        self.interfaces_added(ADAPTER, interfaces).await;
        for bond in bonds {
            let (path, device) = (bond.address.path(), Device::restored(bond));
            self.state().devices.insert(path.clone(), device);
            self.device_added(&path).await;
        }
        let default = match self.state().agents.default_agent() {
            Some(_) => DefaultAgent::Changed,
            None => DefaultAgent::Same,
        };
        self.default_agent(default);
    }
}

impl FakeBluetoothd {
    /// Pulls the adapter out. Whoever is linked loses the link, every prompt is cancelled, and
    /// `InterfacesRemoved` comes for the devices and then for the adapter. Agents stay registered.
    pub async fn unplug_adapter(&self) {
        self.daemon.unplug().await;
    }

    /// Plugs the adapter in again: powered, with the bonds, and pairable soon if there is an agent.
    pub async fn plug_adapter(&self) {
        self.daemon.plug().await;
    }

    /// The machine goes to sleep: the kernel drops every link, with the reason `Suspend`
    /// (`hci_suspend_sync`). `Powered` stays true.
    pub async fn suspend(&self) {
        self.daemon.links_down(DisconnectReason::Suspend).await;
    }
}
