//! What is asked of bluetoothd on the side. None of it is waited for by the event loop.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use zbus::{Connection, Variant};

use super::adapter::{ADAPTER1, Order, Setter};
use super::advertisement::{Advertiser, Wanted};
use super::owner::{Owner, failed_with, has_gone, name};
use super::watch::DEVICE;
use crate::clock::Clock;
use crate::pairing::DeviceId;

#[derive(Debug)]
pub(super) struct Orders {
    connection: Connection,
    clock: Clock,
    /// What is done about each adapter, by its object path.
    adapters: HashMap<String, Adapter>,
    /// The bonds that are being deleted.
    removals: JoinSet<()>,
}

/// An adapter of one bluetoothd, and who carries out the newest order to it.
#[derive(Debug)]
struct Adapter {
    owner: String,
    orders: watch::Sender<Option<Order>>,
    advertisement: watch::Sender<Option<Wanted>>,
    tasks: [JoinHandle<()>; 2],
}

impl Orders {
    pub(super) fn new(connection: Connection, clock: Clock) -> Self {
        Self { connection, clock, adapters: HashMap::new(), removals: JoinSet::new() }
    }

    fn owner(&self, name: String) -> Owner {
        Owner { connection: self.connection.clone(), name }
    }

    pub(super) fn disconnect(&self, owner: String, device: &DeviceId) {
        let (owner, path) = (self.owner(owner), device.as_str().to_owned());
        tokio::spawn(async move {
            if let Err(error) = owner.call(&path, DEVICE, "Disconnect", ()).await {
                complain("disconnect", &path, &error);
            }
        });
    }

    pub(super) fn forget(&mut self, owner: String, device: &DeviceId) {
        while self.removals.try_join_next().is_some() {}
        let (owner, path) = (self.owner(owner), device.as_str().to_owned());
        let adapter = device.adapter().to_owned();
        self.removals.spawn(async move {
            let Ok(device) = zbus::OwnedObjectPath::try_from(path.as_str()) else { return };
            if let Err(error) = owner.call(&adapter, ADAPTER1, "RemoveDevice", device).await {
                complain("forget", &path, &error);
            }
        });
    }

    /// Sets a flag of a device.
    pub(super) fn set_device(&self, owner: String, device: &DeviceId, flag: &'static str) {
        let (owner, path) = (self.owner(owner), device.as_str().to_owned());
        tokio::spawn(async move {
            if let Err(error) = owner.set(&path, DEVICE, flag, Variant::Bool(true)).await {
                complain(if flag == "Blocked" { "block" } else { "trust" }, &path, &error);
            }
        });
    }

    pub(super) fn set_adapter(
        &mut self,
        owner: String,
        adapter: String,
        open: Option<Duration>,
        advertise: bool,
    ) {
        if self.adapters.get(&adapter).is_none_or(|known| known.owner != owner) {
            let new = self.follow(owner, adapter.clone());
            if let Some(old) = self.adapters.insert(adapter.clone(), new) {
                old.tasks.iter().for_each(JoinHandle::abort);
            }
        }
        let Some(Adapter { orders, advertisement, .. }) = self.adapters.get(&adapter) else {
            return;
        };
        orders.send_replace(Some(Order { open, advertise }));
        // An adapter is advertised once it is open, and not any more at once.
        if open.is_none() || !advertise {
            advertisement.send_replace(None);
        }
    }

    /// Takes back every advertisement, whatever the adapters are like.
    pub(super) fn stop_advertising(&self) {
        for Adapter { orders, advertisement, .. } in self.adapters.values() {
            orders.send_if_modified(|order| {
                order.iter_mut().for_each(|order| order.advertise = false);
                // That is no reason to set the adapter again.
                false
            });
            advertisement.send_replace(None);
        }
    }

    fn follow(&self, owner: String, adapter: String) -> Adapter {
        let (orders, newest) = watch::channel(None);
        let (advertisement, wanted) = watch::channel(None);
        let (clock, bluetoothd) = (self.clock.clone(), self.owner(owner.clone()));
        let advertiser = Advertiser::new(bluetoothd.clone(), clock.clone(), adapter.clone());
        let setter = Setter { owner: bluetoothd, clock: clock.clone(), adapter };
        let opened = {
            let (orders, advertisement) = (newest.clone(), advertisement.clone());
            move |length| {
                let until = clock.now() + length;
                // Looked at inside, so that whoever takes it back does so after this, or is seen.
                advertisement.send_if_modified(|wanted| {
                    let is_open = orders.borrow().is_some_and(Order::is_to_be_advertised);
                    if is_open {
                        *wanted = Some(Wanted { until });
                    }
                    is_open
                });
            }
        };
        let tasks =
            [tokio::spawn(setter.run(newest, opened)), tokio::spawn(advertiser.run(wanted))];
        Adapter { owner, orders, advertisement, tasks }
    }

    /// Returns when the last orders to this bluetoothd are carried out, or have failed.
    pub(super) async fn finish(&mut self, owner: Option<String>) {
        let adapters = self.adapters.drain().map(|(_, adapter)| adapter);
        for adapter in adapters.filter(|adapter| Some(&adapter.owner) == owner.as_ref()) {
            let Adapter { orders, advertisement, tasks, .. } = adapter;
            drop((orders, advertisement));
            for task in tasks {
                // Either way nothing more can be done about it.
                let _ = task.await;
            }
        }
        while self.removals.join_next().await.is_some() {}
    }
}

fn complain(what: &str, device: &str, error: &zbus::Error) {
    match remedy(error) {
        Some(remedy) => log::warn!("cannot {what} {device}: {error}; {remedy}"),
        None => log::info!("there is nothing to {what}: {device} is gone, or not connected"),
    }
}

/// What to do about an order to a device that bluetoothd has refused (BlueZ, `src/adapter.c`,
/// `remove_device`, and `src/device.c`, `set_blocked`); nothing if it is as it should be anyway.
fn remedy(error: &zbus::Error) -> Option<&'static str> {
    Some(match name(error) {
        Some("org.bluez.Error.DoesNotExist" | "org.bluez.Error.NotConnected") => return None,
        Some("org.bluez.Error.NotReady") => {
            "its adapter is off: switch it on (bluetoothctl power on), then do this again"
        }
        _ if failed_with(error, "Kernel lacks reject list support") => {
            "this kernel cannot block devices; keep the pairing window closed instead"
        }
        _ if has_gone(error) => {
            "bluetoothd, the adapter or the device has gone meanwhile; do this again if it comes back"
        }
        _ => "see what bluetoothd says (journalctl -u bluetooth)",
    })
}

#[cfg(test)]
mod tests {
    use super::super::owner::tests::error;
    use super::*;

    #[test]
    fn what_bluetoothd_refuses_about_a_device_comes_with_what_to_do() {
        let unknown = zbus::fdo::Error::UnknownObject(String::new());
        let cases = [
            (error("org.bluez.Error.DoesNotExist", "Does Not Exist"), None),
            (error("org.bluez.Error.NotConnected", "Not Connected"), None),
            (error("org.bluez.Error.NotReady", "Resource Not Ready"), Some("its adapter is off")),
            (
                error("org.bluez.Error.Failed", "Kernel lacks reject list support"),
                Some("this kernel cannot block"),
            ),
            (zbus::Error::FDO(Box::new(unknown)), Some("bluetoothd, the adapter or the device")),
            (error("org.bluez.Error.Failed", "Input/output error"), Some("see what bluetoothd")),
        ];
        for (error, expected) in cases {
            let remedy = remedy(&error);
            let start = remedy.map(|remedy| remedy.starts_with(expected.unwrap_or_default()));
            assert_eq!((start, remedy.is_some()), (expected.map(|_| true), expected.is_some()));
        }
    }
}
