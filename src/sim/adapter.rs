//! `org.bluez.Adapter1` (`src/adapter.c`) and the kernel's side of it.

use std::sync::Arc;
use std::time::Duration;

use zbus::wire::{OwnedVariant, Variant};

use super::advertising::Advertising;
use super::agents::DefaultAgent;
use super::bluetoothd::{ADAPTER, ADAPTER1, Daemon, Properties};
use super::device::Address;
use super::error::{BUSY, DOES_NOT_EXIST, INVALID_ARGUMENTS, NOT_POWERED, READ_ONLY, Refusal};
use super::options::Options;
use super::store::Store;
use crate::pairing::Capability;

/// The state of an adapter that is plugged in.
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
    /// There once the kernel has said how it can advertise, if it can.
    pub(super) advertising: Option<Advertising>,
    /// Tells it from those that had its name before.
    pub(super) plugged: u64,
    /// `Set Bondable` commands that the kernel has not answered.
    bondable_in_flight: u32,
    /// Count the arming of each timer, so that an earlier one does nothing.
    pairable_armed: u64,
    discoverable_armed: u64,
}

/// One adapter, as opposed to another that is plugged in for it later.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) path: String,
    pub(super) plugged: u64,
}

impl Adapter {
    /// The adapter as bluetoothd finds it: the kernel kept two settings, the settings file two.
    pub(super) fn found(path: &str, plugged: u64, options: &Options, store: &Store) -> Self {
        let kept = store.lock().adapter(path).clone();
        let number: u8 =
            path.strip_prefix("/org/bluez/hci").and_then(|number| number.parse().ok()).unwrap_or(0);
        let mut address = options.address;
        address.0[5] = address.0[5].wrapping_add(number);
        let alias = match number {
            0 => options.alias.clone(),
            number => format!("{} #{}", options.alias, u16::from(number) + 1),
        };
        Self {
            address,
            alias,
            powered: true,
            pairable: kept.bondable,
            discoverable: false,
            pairable_timeout: kept.pairable_timeout,
            discoverable_timeout: kept.discoverable_timeout,
            io_capability: kept.io_capability.unwrap_or(Capability::NoInputNoOutput),
            advertising: None,
            plugged,
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
    /// Looks at an adapter or changes it; nothing if it is not there any more.
    pub(super) fn with<T>(&self, at: &At, then: impl FnOnce(&mut Adapter) -> T) -> Option<T> {
        let mut state = self.state();
        let adapter = state.adapters.get_mut(&at.path)?;
        (adapter.plugged == at.plugged).then(|| then(adapter))
    }

    /// The adapter that has this path now.
    pub(super) fn at(&self, path: &str) -> Option<At> {
        let plugged = self.state().adapters.get(path)?.plugged;
        Some(At { path: path.to_owned(), plugged })
    }

    /// Applies the default agent to every adapter.
    pub(super) fn default_agent(self: &Arc<Self>, default: DefaultAgent) {
        if default == DefaultAgent::Same {
            return;
        }
        let paths: Vec<String> = self.state().adapters.keys().cloned().collect();
        for at in paths.iter().filter_map(|path| self.at(path)) {
            self.set_io_capability(&at);
        }
    }

    /// Applies the default agent to an adapter (`adapter_set_io_capability`): an agent makes it
    /// pairable, the absence of one makes it unpairable and leaves the capability in the kernel.
    pub(super) fn set_io_capability(self: &Arc<Self>, at: &At) {
        let capability = self.state().agents.default_agent().map(|agent| agent.capability);
        let pairable = self.with(at, |adapter| {
            if let Some(capability) = capability {
                adapter.io_capability = capability;
                self.store.lock().adapter(&at.path).io_capability = Some(capability);
            }
            adapter.pairable
        });
        if pairable.is_some_and(|pairable| pairable != capability.is_some()) {
            self.set_bondable(at, capability.is_some(), async {});
        }
    }

    /// Sends `Set Bondable`, and runs `then` when the kernel has answered.
    fn set_bondable(
        self: &Arc<Self>,
        at: &At,
        on: bool,
        then: impl Future<Output = ()> + Send + 'static,
    ) {
        self.with(at, |adapter| adapter.bondable_in_flight += 1);
        let answered = self.clock.now() + self.options.settle;
        let (daemon, at) = (Arc::clone(self), at.clone());
        self.spawn(async move {
            daemon.clock.sleep_until(answered).await;
            daemon.with(&at, |adapter| adapter.bondable_in_flight -= 1);
            daemon.bondable_is(&at, on).await;
            then.await;
        });
    }

    async fn bondable_is(self: &Arc<Self>, at: &At, on: bool) {
        let changed = self.with(at, |adapter| {
            self.store.lock().adapter(&at.path).bondable = on;
            std::mem::replace(&mut adapter.pairable, on) != on
        });
        if changed == Some(true) {
            self.arm_pairable_timer(at);
            self.changed(&at.path, ADAPTER1, [("Pairable", Variant::from(on))]).await;
        }
    }

    /// bluetoothd's own timer (`trigger_pairable_timeout`).
    fn arm_pairable_timer(self: &Arc<Self>, at: &At) {
        let armed = self.with(at, |adapter| {
            adapter.pairable_armed += 1;
            let runs = adapter.pairable && adapter.pairable_timeout > 0;
            runs.then_some((adapter.pairable_armed, adapter.pairable_timeout))
        });
        let Some(Some((armed, timeout))) = armed else { return };
        let expiry = self.clock.now() + Duration::from_secs(timeout.into());
        let (daemon, at) = (Arc::clone(self), at.clone());
        self.spawn(async move {
            daemon.clock.sleep_until(expiry).await;
            if daemon.with(&at, |adapter| adapter.pairable_armed) == Some(armed) {
                daemon.set_bondable(&at, false, async {});
            }
        });
    }

    /// The kernel's.
    fn arm_discoverable_timer(self: &Arc<Self>, at: &At) {
        let armed = self.with(at, |adapter| {
            adapter.discoverable_armed += 1;
            let runs = adapter.discoverable && adapter.discoverable_timeout > 0;
            runs.then_some((adapter.discoverable_armed, adapter.discoverable_timeout))
        });
        let Some(Some((armed, timeout))) = armed else { return };
        let expiry = self.clock.now() + Duration::from_secs(timeout.into());
        let (daemon, at) = (Arc::clone(self), at.clone());
        self.spawn(async move {
            daemon.clock.sleep_until(expiry).await;
            if daemon.with(&at, |adapter| adapter.discoverable_armed) == Some(armed) {
                daemon.set_discoverable(&at, false).await;
            }
        });
    }

    pub(super) async fn set_discoverable(self: &Arc<Self>, at: &At, on: bool) {
        let changed =
            self.with(at, |adapter| std::mem::replace(&mut adapter.discoverable, on) != on);
        self.arm_discoverable_timer(at);
        if changed == Some(true) {
            self.changed(&at.path, ADAPTER1, [("Discoverable", Variant::from(on))]).await;
        }
    }

    /// Sets a property of the adapter and runs `reply` with the outcome, for `Pairable` only
    /// when the kernel has answered.
    pub(super) async fn set_adapter_property<R>(
        self: &Arc<Self>,
        adapter: &str,
        property: &str,
        value: OwnedVariant,
        reply: impl FnOnce(Result<(), Refusal>) -> R,
    ) where
        R: Future<Output = ()> + Send + 'static,
    {
        let Some(at) = self.at(adapter) else { return reply(Err(DOES_NOT_EXIST)).await };
        if property != "Pairable" {
            reply(self.set_at_once(&at, property, &value).await).await;
            return;
        }
        let Ok(on) = bool::try_from(&*value) else {
            return reply(Err(INVALID_ARGUMENTS)).await;
        };
        let now =
            self.with(&at, |adapter| (adapter.bondable_in_flight > 0, adapter.pairable == on));
        match now {
            // `property_set_mode` refuses while the setting is among `pending_settings`.
            Some((true, _)) => reply(Err(BUSY)).await,
            Some((false, true)) | None => reply(Ok(())).await,
            Some((false, false)) => self.set_bondable(&at, on, reply(Ok(()))),
        }
    }

    async fn set_at_once(
        self: &Arc<Self>,
        at: &At,
        property: &str,
        value: &Variant<'static>,
    ) -> Result<(), Refusal> {
        match property {
            "Powered" => {
                let on = bool::try_from(value).map_err(|_| INVALID_ARGUMENTS)?;
                self.power(at, on).await;
            }
            "Discoverable" => {
                let on = bool::try_from(value).map_err(|_| INVALID_ARGUMENTS)?;
                let needs_power =
                    self.with(at, |adapter| !adapter.powered && adapter.discoverable_timeout > 0);
                if needs_power == Some(true) {
                    return Err(NOT_POWERED);
                }
                self.set_discoverable(at, on).await;
            }
            "Alias" => {
                let alias = <&str>::try_from(value).map_err(|_| INVALID_ARGUMENTS)?.to_owned();
                self.with(at, |adapter| adapter.alias.clone_from(&alias));
                self.changed(&at.path, ADAPTER1, [("Alias", Variant::from(alias))]).await;
            }
            "PairableTimeout" => {
                let seconds = u32::try_from(value).map_err(|_| INVALID_ARGUMENTS)?;
                self.with(at, |adapter| adapter.pairable_timeout = seconds);
                self.store.lock().adapter(&at.path).pairable_timeout = seconds;
                self.arm_pairable_timer(at);
                let now = Variant::from(seconds);
                self.changed(&at.path, ADAPTER1, [("PairableTimeout", now)]).await;
            }
            "DiscoverableTimeout" => {
                let seconds = u32::try_from(value).map_err(|_| INVALID_ARGUMENTS)?;
                self.with(at, |adapter| adapter.discoverable_timeout = seconds);
                self.store.lock().adapter(&at.path).discoverable_timeout = seconds;
                self.arm_discoverable_timer(at);
                let now = Variant::from(seconds);
                self.changed(&at.path, ADAPTER1, [("DiscoverableTimeout", now)]).await;
            }
            _ => return Err(READ_ONLY),
        }
        Ok(())
    }
}

/// The adapter of an object path: itself, or the one of a device.
pub(super) fn adapter_of(path: &str) -> &str {
    path.split("/dev_").next().unwrap_or(ADAPTER)
}
