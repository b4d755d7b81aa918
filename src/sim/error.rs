//! Errors as bluetoothd answers them.

use thiserror::Error;

/// A D-Bus error reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{name}: {message}")]
pub(super) struct Refusal {
    /// The D-Bus error name.
    pub(super) name: &'static str,
    /// BlueZ's wording (`src/error.c`) or that of libdbus.
    pub(super) message: &'static str,
}

macro_rules! refusals {
    ($($constant:ident = $name:literal, $message:literal;)*) => {
        $(pub(super) const $constant: Refusal = Refusal { name: $name, message: $message };)*
    };
}

refusals! {
    ALREADY_EXISTS = "org.bluez.Error.AlreadyExists", "Already Exists";
    ALREADY_PAIRED = "org.bluez.Error.AlreadyExists", "Already Paired";
    AUTHENTICATION_CANCELED = "org.bluez.Error.AuthenticationCanceled", "Authentication Canceled";
    AUTHENTICATION_FAILED = "org.bluez.Error.AuthenticationFailed", "Authentication Failed";
    AUTHENTICATION_REJECTED = "org.bluez.Error.AuthenticationRejected", "Authentication Rejected";
    AUTHENTICATION_TIMEOUT = "org.bluez.Error.AuthenticationTimeout", "Authentication Timeout";
    BUSY = "org.bluez.Error.Busy", "";
    CONNECTION_ATTEMPT_FAILED = "org.bluez.Error.ConnectionAttemptFailed", "Page Timeout";
    DOES_NOT_EXIST = "org.bluez.Error.DoesNotExist", "Does Not Exist";
    IN_PROGRESS = "org.bluez.Error.InProgress", "In Progress";
    INVALID_ARGUMENTS = "org.bluez.Error.InvalidArguments", "Invalid arguments in method call";
    NOT_CONNECTED = "org.bluez.Error.NotConnected", "Not Connected";
    NOT_PARSED = "org.bluez.Error.Failed", "Failed to parse advertisement.";
    NOT_PERMITTED = "org.bluez.Error.NotPermitted", "Maximum advertisements reached";
    NOT_POWERED = "org.bluez.Error.Failed", "Not Powered";
    NOT_READY = "org.bluez.Error.NotReady", "Resource Not Ready";
    NOT_REGISTERED = "org.bluez.Error.Failed", "Failed to register advertisement";
    INVALID_ARGS = "org.freedesktop.DBus.Error.InvalidArgs", "No such interface or property";
    READ_ONLY = "org.freedesktop.DBus.Error.PropertyReadOnly", "The property is read-only";
    UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod", "No such method or signature";
    UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject", "No such object";
}
