//! What bluetoothd's objects say of adapters and devices.

use zbus::OwnedObjectPath;

use super::Address;
use crate::bluez::watch::{ADAPTER, DEVICE, Interfaces, flag, text};
use crate::pairing::Peer;

/// An adapter by its object path, `/org/bluez/hciN`.
pub(super) struct Adapter {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) powered: bool,
    pub(super) pairable: bool,
}

pub(super) struct Device {
    pub(super) path: OwnedObjectPath,
    pub(super) peer: Peer,
    pub(super) bonded: bool,
}

pub(super) fn adapter(path: &str, interfaces: &Interfaces) -> Option<Adapter> {
    let properties = interfaces.get(ADAPTER)?;
    let is = |name| flag(properties, name) == Some(true);
    Some(Adapter {
        path: path.to_owned(),
        name: path.rsplit('/').next().unwrap_or_default().to_owned(),
        powered: is("Powered"),
        pairable: is("Pairable"),
    })
}

/// The device at `path` if it is the adapter's and has this address now, which its path need not
/// have.
pub(super) fn find_on(
    adapter: &Adapter,
    path: &str,
    interfaces: &Interfaces,
    address: &Address,
) -> Option<Device> {
    path.strip_prefix(adapter.path.as_str())?.strip_prefix('/')?;
    let properties = interfaces.get(DEVICE)?;
    let has_it = text(properties, "Address")?.eq_ignore_ascii_case(address.as_str());
    let name = text(properties, "Name").unwrap_or_default();
    let path = OwnedObjectPath::try_from(path).ok().filter(|_| has_it)?;
    let bonded = flag(properties, "Bonded") == Some(true);
    Some(Device { path, peer: Peer::new(&name, address.to_string()), bonded })
}
