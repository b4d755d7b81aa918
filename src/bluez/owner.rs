//! The bluetoothd of the moment, as the others here call it.

use serde::Serialize;
use zbus::{Connection, DynamicType, Message, OwnedVariant, Variant};

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// One bluetoothd, by the unique name of its connection: calling the well-known name could start one
/// that somebody has stopped.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) connection: Connection,
    pub(super) name: String,
}

impl Owner {
    /// Calls a method and waits for the reply. What has begun is sent in full even if nobody waits
    /// any more, for half a message would garble all that follows it.
    pub(super) async fn call<B>(
        &self,
        path: &str,
        interface: &'static str,
        method: &'static str,
        body: B,
    ) -> zbus::Result<Message>
    where
        B: Serialize + DynamicType + Send + Sync + 'static,
    {
        let (Self { connection, name }, path) = (self.clone(), path.to_owned());
        let call = tokio::spawn(async move {
            let (name, path) = (Some(name.as_str()), path.as_str());
            connection.call_method(name, path, Some(interface), method, &body).await
        });
        call.await.unwrap_or_else(|error| Err(zbus::Error::Failure(error.to_string())))
    }

    /// Sets a property.
    pub(super) async fn set(
        &self,
        path: &str,
        interface: &'static str,
        property: &'static str,
        value: Variant<'static>,
    ) -> zbus::Result<()> {
        self.call(path, PROPERTIES, "Set", (interface, property, value)).await.map(drop)
    }

    /// Reads a property.
    pub(super) async fn get(
        &self,
        path: &str,
        interface: &'static str,
        property: &'static str,
    ) -> zbus::Result<OwnedVariant> {
        self.call(path, PROPERTIES, "Get", (interface, property)).await?.body().deserialize()
    }
}

/// The name of an error that a method has answered with, if it is one that D-Bus has no type for.
pub(super) fn name(error: &zbus::Error) -> Option<&str> {
    match error {
        zbus::Error::MethodError(name, ..) => Some(name.as_str()),
        _ => None,
    }
}

/// Whether what was called has left the bus, or the object that was called is not there any more.
pub(super) fn has_gone(error: &zbus::Error) -> bool {
    use zbus::fdo::Error::{NameHasNoOwner, NoReply, ServiceUnknown, UnknownObject};
    let zbus::Error::FDO(error) = error else { return false };
    matches!(**error, NameHasNoOwner(_) | NoReply(_) | ServiceUnknown(_) | UnknownObject(_))
}

/// Whether the object does not have the interface, or the method.
pub(super) fn lacks(error: &zbus::Error) -> bool {
    use zbus::fdo::Error::{UnknownInterface, UnknownMethod};
    let zbus::Error::FDO(error) = error else { return false };
    matches!(**error, UnknownInterface(_) | UnknownMethod(_))
}

/// bluetoothd says it by itself, or passes on that the kernel said it (BlueZ, `src/adapter.c`,
/// `property_set_mode` and `property_set_mode_complete`).
pub(super) fn is_busy(error: &zbus::Error) -> bool {
    failed_with(error, "Busy") || name(error) == Some("org.bluez.Error.Busy")
}

/// Whether the kernel has refused with this status (BlueZ, `src/shared/mgmt.c`, `mgmt_errstr`).
pub(super) fn failed_with(error: &zbus::Error, status: &str) -> bool {
    let zbus::Error::MethodError(name, message, _) = error else { return false };
    name.as_str() == "org.bluez.Error.Failed" && message.as_deref() == Some(status)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An error reply.
    pub(in crate::bluez) fn error(name: &str, message: &str) -> zbus::Error {
        let call = Message::method_call("/", "Set").build(&()).unwrap();
        let name = zbus::names::OwnedErrorName::try_from(name.to_owned()).unwrap();
        zbus::Error::MethodError(name, Some(message.to_owned()), call)
    }

    #[test]
    fn busy_is_what_bluetoothd_or_the_kernel_behind_it_calls_so() {
        assert!(is_busy(&error("org.bluez.Error.Busy", "")));
        assert!(is_busy(&error("org.bluez.Error.Failed", "Busy")));
        assert!(!is_busy(&error("org.bluez.Error.Failed", "Not Powered")));
        assert!(!is_busy(&error("org.bluez.Error.Blocked", "Busy")));
    }
}
