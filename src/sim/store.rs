//! What outlives a simulated bluetoothd.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::autopair::Kind;
use super::device::{Address, AddressType};
use crate::pairing::Capability;

/// The storage directory of bluetoothd and the memory of the kernel, to be handed to the next
/// [`FakeBluetoothd`](super::FakeBluetoothd). Clones share the contents.
#[derive(Clone, Debug, Default)]
pub struct Store(Arc<Mutex<Stored>>);

#[derive(Debug, Default)]
pub(super) struct Stored {
    /// The devices that are bonded, or were blocked once.
    pub(super) bonds: Vec<Bond>,
    /// What is kept of each adapter, by its object path.
    pub(super) adapters: BTreeMap<String, Kept>,
    last_key: u64,
}

/// What is kept of an adapter.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// It is plugged in.
    pub(super) plugged: bool,
    /// The settings file keeps these two of its pairing mode (`store_adapter_info`).
    pub(super) pairable_timeout: u32,
    pub(super) discoverable_timeout: u32,
    /// The kernel keeps these two when bluetoothd crashes.
    pub(super) bondable: bool,
    pub(super) io_capability: Option<Capability>,
}

impl Default for Kept {
    /// One that is new to bluetoothd and to the kernel.
    fn default() -> Self {
        let (pairable_timeout, discoverable_timeout) = (0, 180);
        let (bondable, io_capability) = (false, None);
        Self { plugged: true, pairable_timeout, discoverable_timeout, bondable, io_capability }
    }
}

impl Stored {
    pub(super) fn adapter(&mut self, path: &str) -> &mut Kept {
        self.adapters.entry(path.to_owned()).or_default()
    }
}

/// A link key or long-term key: two that are equal are the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u64);

#[derive(Clone, Debug)]
pub(super) struct Bond {
    pub(super) address: Address,
    pub(super) address_type: AddressType,
    pub(super) name: String,
    pub(super) alias: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) legacy_pairing: bool,
    pub(super) trusted: bool,
    pub(super) blocked: bool,
    /// Nothing if it was only blocked.
    pub(super) key: Option<Key>,
}

impl Store {
    /// The addresses of the bonded devices.
    pub fn bonds(&self) -> Vec<Address> {
        let stored = self.lock();
        let bonded = stored.bonds.iter().filter(|bond| bond.key.is_some());
        bonded.map(|bond| bond.address).collect()
    }

    pub(super) fn keep(&self, bond: Bond) {
        let mut stored = self.lock();
        stored.bonds.retain(|old| old.address != bond.address);
        stored.bonds.push(bond);
    }

    /// A key that nobody has had.
    pub(super) fn new_key(&self) -> Key {
        let mut stored = self.lock();
        stored.last_key += 1;
        Key(stored.last_key)
    }

    pub(super) fn forget(&self, address: Address) {
        self.lock().bonds.retain(|bond| bond.address != address);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Stored> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
