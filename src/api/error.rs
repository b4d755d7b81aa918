//! What a method returns instead of success.

use zbus::DBusError;
use zbus::message::{Header, Message};
use zbus::names::ErrorName;

use crate::bluez::pair::{PairError, Refusal};
use crate::pairing::Denial;

/// An error by its name on the bus, and a sentence on what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error {
    name: &'static str,
    text: String,
}

impl Error {
    /// `who` may do it.
    pub(super) fn access_denied(who: &str) -> Self {
        let text = format!("only {who} may do this; everybody may read the properties");
        Self::new("org.freedesktop.DBus.Error.AccessDenied", text)
    }

    pub(super) fn too_many() -> Self {
        let text = "too many calls wait to be admitted; try again when they have been";
        Self::new("org.freedesktop.DBus.Error.LimitsExceeded", text)
    }

    pub(super) fn invalid(text: impl Into<String>) -> Self {
        Self::new("org.freedesktop.DBus.Error.InvalidArgs", text)
    }

    pub(super) fn in_progress() -> Self {
        let text = "a pairing that was begun here is going on; wait for that to end";
        Self::new("org.pairpanel.Error.InProgress", text)
    }

    pub(super) fn not_kept() -> Self {
        let text = "paired, but the bond was deleted again: nobody at the panel has kept it, or the \
                    configuration forbids it (journalctl -u pairpanel says which)";
        Self::new("org.pairpanel.Error.Failed", text)
    }

    pub(super) fn stopped() -> Self {
        Self::new("org.pairpanel.Error.Stopped", "pairpanel is stopping; ask again when it is back")
    }

    fn new(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: text.into() }
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        let (name, text) = match denial {
            Denial::OutOfOrder => (
                "org.pairpanel.Error.OutOfOrder",
                "the part of the board that codes are shown or typed on does not work; \
                 CapabilityReason says which",
            ),
            Denial::Policy => (
                "org.pairpanel.Error.Policy",
                "the configuration asks for more than this board can do; see just-works there",
            ),
            Denial::NoSuchDevice => (
                "org.pairpanel.Error.NoSuchDevice",
                "there is no such device; Devices lists those that are bonded or blocked",
            ),
            Denial::NotForgotten => (
                "org.pairpanel.Error.NotForgotten",
                "bluetoothd has not deleted it; its log says why (journalctl -u bluetooth)",
            ),
            Denial::NoBluetoothd => (
                "org.pairpanel.Error.NoBluetoothd",
                "bluetoothd does not run, or has not taken the agent (systemctl status bluetooth)",
            ),
            Denial::NoData => (
                "org.pairpanel.Error.NoData",
                "there are no out-of-band data; set out-of-band = true in the configuration, and open \
                 the window (OpenWindow); journalctl -u pairpanel says what else is missing",
            ),
            Denial::NotTurnedOn => (
                "org.pairpanel.Error.NotTurnedOn",
                "codes leave the glass only where the owner wants it; set prompt-command = true in \
                 the configuration, and reload pairpanel",
            ),
        };
        Self::new(name, text)
    }
}

impl From<PairError> for Error {
    fn from(error: PairError) -> Self {
        let name = match &error {
            PairError::NoBluetoothd => "org.pairpanel.Error.NoBluetoothd",
            PairError::Refused { refusal: Refusal::BluetoothdGone, .. } => {
                "org.pairpanel.Error.NoBluetoothd"
            }
            PairError::Refused { refusal: Refusal::InProgress, .. } => {
                "org.pairpanel.Error.InProgress"
            }
            _ => "org.pairpanel.Error.Failed",
        };
        Self::new(name, error.to_string())
    }
}

impl DBusError for Error {
    fn create_reply(&self, call: &Header<'_>) -> zbus::Result<Message> {
        Message::error(call, self.name()).build(&(self.text.as_str(),))
    }

    fn name(&self) -> ErrorName<'_> {
        ErrorName::from_static_str_unchecked(self.name)
    }

    fn description(&self) -> Option<&str> {
        Some(&self.text)
    }
}
