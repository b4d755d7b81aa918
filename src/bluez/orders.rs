//! What is asked of bluetoothd on the side. None of it is waited for by the event loop.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinHandle;
use zbus::Connection;
use zbus::Variant;

use crate::clock::Clock;
use crate::pairing::DeviceId;

/// bluetoothd refuses to change what is just changing, which is so right after an agent has
/// registered (BlueZ, `src/adapter.c`, `property_set_mode`).
const BUSY_RETRY: Duration = Duration::from_millis(100);
const BUSY_RETRIES: usize = 50;

#[derive(Debug)]
pub(super) struct Orders {
    connection: Connection,
    clock: Clock,
    /// The newest order to each adapter; an older one is void.
    adapters: HashMap<String, JoinHandle<()>>,
}

impl Orders {
    pub(super) fn new(connection: Connection, clock: Clock) -> Self {
        Self { connection, clock, adapters: HashMap::new() }
    }

    pub(super) fn disconnect(&self, owner: String, device: &DeviceId) {
        let connection = self.connection.clone();
        let path = device.as_str().to_owned();
        tokio::spawn(async move {
            let device = Some("org.bluez.Device1");
            let call = connection.call_method(Some(&*owner), &*path, device, "Disconnect", &());
            if let Err(error) = call.await {
                log::warn!("cannot disconnect {path}: {error}");
            }
        });
    }

    pub(super) fn forget(&self, owner: String, device: &DeviceId) {
        let connection = self.connection.clone();
        let (adapter, path) = (device.adapter().to_owned(), device.as_str().to_owned());
        tokio::spawn(async move {
            let interface = Some("org.bluez.Adapter1");
            let call = async {
                let device = zbus::ObjectPath::try_from(path.as_str())?;
                let owner = Some(&*owner);
                connection.call_method(owner, &*adapter, interface, "RemoveDevice", &device).await
            };
            if let Err(error) = call.await {
                log::warn!("cannot remove {path}: {error}");
            }
        });
    }

    /// Sets a flag of a device.
    pub(super) fn set_device(&self, owner: String, device: &DeviceId, flag: &'static str) {
        let connection = self.connection.clone();
        let path = device.as_str().to_owned();
        tokio::spawn(async move {
            let body = ("org.bluez.Device1", flag, &Variant::Bool(true));
            let properties = Some("org.freedesktop.DBus.Properties");
            let owner = Some(&*owner);
            if let Err(error) =
                connection.call_method(owner, &*path, properties, "Set", &body).await
            {
                log::warn!("cannot set {flag} of {path}: {error}");
            }
        });
    }

    pub(super) fn set_adapter(&mut self, owner: String, adapter: String, open: Option<Duration>) {
        let setter = Setter {
            connection: self.connection.clone(),
            clock: self.clock.clone(),
            owner,
            adapter: adapter.clone(),
        };
        let task = tokio::spawn(async move {
            if let Err(error) = setter.apply(open).await {
                // Whoever comes after a bluetoothd that has gone is told anew.
                if has_gone(&error) {
                    log::debug!("{} is not set: {error}", setter.adapter);
                    return;
                }
                let what = if open.is_some() { "open" } else { "close" };
                log::warn!("cannot {what} {} for pairing: {error}", setter.adapter);
            }
        });
        if let Some(older) = self.adapters.insert(adapter, task) {
            older.abort();
        }
    }

    /// Returns when the last orders are carried out, or have failed.
    pub(super) async fn finish(&mut self) {
        for (_, task) in self.adapters.drain() {
            // Either way nothing more can be done about it.
            let _ = task.await;
        }
    }
}

struct Setter {
    connection: Connection,
    clock: Clock,
    /// bluetoothd's connection: calling its name could start one that somebody has stopped.
    owner: String,
    adapter: String,
}

impl Setter {
    /// The time-outs come first, so that bluetoothd closes the window by itself if this daemon
    /// does not live to do it.
    async fn apply(&self, open: Option<Duration>) -> zbus::Result<()> {
        if let Some(length) = open {
            let seconds = u32::try_from(length.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
            self.set("PairableTimeout", Variant::U32(seconds)).await?;
            self.set("DiscoverableTimeout", Variant::U32(seconds)).await?;
        }
        // One that cannot be closed is no reason to leave the other one open.
        let pairable = self.set("Pairable", Variant::Bool(open.is_some())).await;
        let discoverable = self.set("Discoverable", Variant::Bool(open.is_some())).await;
        pairable.and(discoverable)
    }

    async fn set(&self, property: &str, value: Variant<'_>) -> zbus::Result<()> {
        let body = ("org.bluez.Adapter1", property, &value);
        let mut tries = 0;
        loop {
            let properties = Some("org.freedesktop.DBus.Properties");
            let path = self.adapter.as_str();
            let owner = Some(self.owner.as_str());
            match self.connection.call_method(owner, path, properties, "Set", &body).await {
                Ok(_) => return Ok(()),
                Err(error) if tries < BUSY_RETRIES && is_busy(&error) => {
                    tries += 1;
                    self.clock.sleep_until(self.clock.now() + BUSY_RETRY).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn has_gone(error: &zbus::Error) -> bool {
    use zbus::fdo::Error::{NameHasNoOwner, NoReply, ServiceUnknown, UnknownObject};
    let zbus::Error::FDO(error) = error else { return false };
    matches!(**error, NameHasNoOwner(_) | NoReply(_) | ServiceUnknown(_) | UnknownObject(_))
}

/// bluetoothd says it by itself, or passes on that the kernel said it (BlueZ, `src/adapter.c`,
/// `property_set_mode` and `property_set_mode_complete`).
fn is_busy(error: &zbus::Error) -> bool {
    let zbus::Error::MethodError(name, message, _) = error else { return false };
    match name.as_str() {
        "org.bluez.Error.Busy" => true,
        "org.bluez.Error.Failed" => message.as_deref() == Some("Busy"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use zbus::Message;

    use super::*;

    #[test]
    fn busy_is_what_bluetoothd_or_the_kernel_behind_it_calls_so() {
        let error = |name: &str, message: &str| {
            let call = Message::method_call("/", "Set").build(&()).unwrap();
            let name = zbus::names::OwnedErrorName::try_from(name.to_owned()).unwrap();
            zbus::Error::MethodError(name, Some(message.to_owned()), call)
        };
        assert!(is_busy(&error("org.bluez.Error.Busy", "")));
        assert!(is_busy(&error("org.bluez.Error.Failed", "Busy")));
        assert!(!is_busy(&error("org.bluez.Error.Failed", "Not Powered")));
        assert!(!is_busy(&error("org.bluez.Error.Blocked", "Busy")));
    }
}
