//! Adapters that are plugged in and pulled out, switched on and off, and what happens to the devices
//! by that (`src/adapter.c`).

use std::sync::Arc;

use zbus::wire::Variant;

use super::adapter::{Adapter, At, adapter_of};
use super::bluetoothd::{ADAPTER, ADAPTER1, Daemon, FakeBluetoothd, Interfaces, State};
use super::device::Device;
use super::error::{CONNECTION_ATTEMPT_FAILED, DOES_NOT_EXIST, NOT_READY, Refusal};
use super::link::DisconnectReason;

impl State {
    /// The adapter that has this path, or that of a device with this path.
    pub(super) fn adapter(&self, path: &str) -> Option<&Adapter> {
        self.adapters.get(adapter_of(path))
    }

    /// The paths of an adapter's devices.
    pub(super) fn devices_of(&self, adapter: &str) -> Vec<String> {
        let of = |path: &&String| adapter_of(path) == adapter;
        self.devices.keys().filter(of).cloned().collect()
    }
}

impl Daemon {
    /// Switches the radio; off ends every `Pair` and drops every link first (`adapter_stop`), and
    /// what was discoverable for a time is not any more (`clear_discoverable`).
    pub(super) async fn power(self: &Arc<Self>, at: &At, on: bool) {
        if !on {
            let for_a_time =
                self.with(at, |adapter| adapter.discoverable && adapter.discoverable_timeout > 0);
            if for_a_time == Some(true) {
                self.set_discoverable(at, false).await;
            }
            self.bondings_lose_their_adapter(&at.path).await;
            self.links_down(&at.path, DisconnectReason::Local).await;
            let temporary = {
                let state = self.state();
                let mut paths = state.devices_of(&at.path);
                paths.retain(|path| state.devices.get(path).is_some_and(Device::is_temporary));
                paths
            };
            for path in temporary {
                self.remove_object(&path).await;
            }
        }
        let changed = self.with(at, |adapter| std::mem::replace(&mut adapter.powered, on) != on);
        if changed == Some(true) {
            self.changed(&at.path, ADAPTER1, [("Powered", Variant::from(on))]).await;
        }
    }

    /// `Adapter1.RemoveDevice`, up to where the link and the object go (`remove_device`).
    pub(super) fn forget_device(&self, adapter: &str, path: &str) -> Result<(), Refusal> {
        let state = self.state();
        let device = state.devices.get(path).filter(|_| adapter_of(path) == adapter);
        let address = device.ok_or(DOES_NOT_EXIST)?.address;
        if !state.adapter(path).is_some_and(|adapter| adapter.powered) {
            return Err(NOT_READY);
        }
        self.store.forget(address);
        Ok(())
    }

    /// Links go, then every object of the adapter; agents stay (`adapter_remove`).
    async fn unplug(self: &Arc<Self>, path: &str) {
        self.links_down(path, DisconnectReason::Local).await;
        let devices = self.state().devices_of(path);
        for device in devices {
            self.state().in_range.remove(&device);
            self.bonding_ends(&device, Err(CONNECTION_ATTEMPT_FAILED)).await;
            self.remove_object(&device).await;
        }
        if let Some(at) = self.at(path) {
            self.release_advertisements(&at).await;
        }
        {
            let mut stored = self.store.lock();
            let kept = stored.adapter(path);
            // To the kernel the next one is new.
            (kept.plugged, kept.bondable, kept.io_capability) = (false, false, None);
        }
        if self.state().adapters.remove(path).is_some() {
            self.interfaces_removed(path, [ADAPTER1]).await;
        }
    }

    /// bluetoothd announces the adapter, then what is bonded with it, applies the default agent, and
    /// asks the kernel how it can advertise (`adapter_register`).
    async fn plug(self: &Arc<Self>, path: &str) {
        if self.state().adapters.contains_key(path) {
            return;
        }
        self.store.lock().adapter(path).plugged = true;
        let at = self.adapter_appears(path);
        let properties = self.with(&at, |adapter| adapter.properties()).unwrap_or_default();
        let interfaces: Interfaces = [(ADAPTER1, properties)].into();
        self.interfaces_added(path, interfaces).await;
        let bonds = self.store.lock().bonds.clone();
        for bond in bonds.into_iter().filter(|bond| adapter_of(&bond.address.path()) == path) {
            let (path, device) = (bond.address.path(), Device::restored(bond));
            self.state().devices.insert(path.clone(), device);
            self.device_added(&path).await;
        }
        if self.state().agents.default_agent().is_some() {
            self.set_io_capability(&at);
        }
        self.read_advertising_features(&at);
    }

    pub(super) fn adapter_appears(&self, path: &str) -> At {
        let mut state = self.state();
        state.plugs += 1;
        let plugged = state.plugs;
        let adapter = Adapter::found(path, plugged, &self.options, &self.store);
        state.adapters.insert(path.to_owned(), adapter);
        At { path: path.to_owned(), plugged }
    }
}

impl FakeBluetoothd {
    /// The names of the adapters that are pairable.
    pub fn pairable_adapters(&self) -> Vec<String> {
        let state = self.daemon.state();
        let pairable = state.adapters.iter().filter(|(_, adapter)| adapter.pairable);
        pairable.map(|(path, _)| path.trim_start_matches("/org/bluez/").to_owned()).collect()
    }

    /// Pulls `hci0` out. Whoever is linked loses the link, every prompt is cancelled, and
    /// `InterfacesRemoved` comes for the devices and then for the adapter. Agents stay registered.
    pub async fn unplug_adapter(&self) {
        self.daemon.unplug(ADAPTER).await;
    }

    /// Plugs `hci0` in again: powered, with the bonds, and pairable soon if there is an agent.
    pub async fn plug_adapter(&self) {
        self.daemon.plug(ADAPTER).await;
    }

    /// Pulls out the adapter of this name (`hci1`), as [`Self::unplug_adapter`] does.
    pub async fn unplug(&self, adapter: &str) {
        self.daemon.unplug(&format!("/org/bluez/{adapter}")).await;
    }

    /// Plugs in an adapter of this name (`hci1`), as [`Self::plug_adapter`] does. No phone comes by
    /// it: phones reach `hci0`.
    pub async fn plug(&self, adapter: &str) {
        self.daemon.plug(&format!("/org/bluez/{adapter}")).await;
    }

    /// The machine goes to sleep: the kernel drops every link, with the reason `Suspend`
    /// (`hci_suspend_sync`). `Powered` stays true.
    pub async fn suspend(&self) {
        let adapters: Vec<String> = self.daemon.state().adapters.keys().cloned().collect();
        for adapter in adapters {
            self.daemon.links_down(&adapter, DisconnectReason::Suspend).await;
        }
    }
}
