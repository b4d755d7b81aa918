//! What outlives a simulated bluetoothd.

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
    pub(super) bonds: Vec<Bond>,
    /// The settings file keeps this one property of the adapter's pairing mode.
    pub(super) pairable_timeout: u32,
    /// The kernel keeps these two when bluetoothd crashes.
    pub(super) bondable: bool,
    pub(super) io_capability: Option<Capability>,
    last_key: u64,
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
    pub(super) key: Key,
}

impl Store {
    /// The addresses of the bonded devices.
    pub fn bonds(&self) -> Vec<Address> {
        self.lock().bonds.iter().map(|bond| bond.address).collect()
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
