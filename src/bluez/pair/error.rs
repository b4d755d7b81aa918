//! Why there is no bond, and what to do about it.

use crate::bluez::ConnectError;
use crate::pairing::Peer;

/// Why a pairing that was begun here made no bond. Displays as one line with what to do.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// The bus cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Nobody owns `org.bluez`.
    #[error("bluetoothd is not running; start it (systemctl start bluetooth)")]
    NoBluetoothd,
    /// There is no adapter at all.
    #[error("there is no Bluetooth adapter; attach one, or look into dmesg for why it is missing")]
    NoAdapter,
    /// There is no adapter of that name.
    #[error("there is no adapter {name:?}, only {known}; name one of those by --adapter")]
    NoSuchAdapter {
        /// The name that was given.
        name: String,
        /// Those that are there.
        known: String,
    },
    /// The adapter is off.
    #[error(
        "{adapter} is switched off; switch it on (bluetoothctl power on, and rfkill unblock \
         bluetooth if that is refused)"
    )]
    Off {
        /// The adapter, or the first of several.
        adapter: String,
    },
    /// The adapter makes no bonds.
    #[error(
        "{adapter} is not pairable, so nothing would be bonded: no pairpanel is running, or its \
         pairing window is closed (pairpanel open)"
    )]
    NotPairable {
        /// The adapter.
        adapter: String,
    },
    /// The device was not found.
    #[error(
        "{address} was not found by {adapter} in {seconds} s; bring it near, make it \
         discoverable, and compare the address (bluetoothctl scan on shows what is there)"
    )]
    NotFound {
        /// The device's address.
        address: String,
        /// The adapter that searched.
        adapter: String,
        /// For how long.
        seconds: u64,
    },
    /// The search was ended from here.
    #[error("stopped; nothing was paired")]
    Stopped,
    /// The pairing was ended from here.
    #[error("not paired with {} ({}): cancelled here", peer.name, peer.address)]
    Cancelled {
        /// The device.
        peer: Peer,
    },
    /// Neither a bond nor a refusal came.
    #[error(
        "not paired with {} ({}): nothing was heard for {seconds} s, so it was cancelled; start \
         again, and answer at the panel and at the device", peer.name, peer.address
    )]
    TimedOut {
        /// The device.
        peer: Peer,
        /// How long it took.
        seconds: u64,
    },
    /// bluetoothd ended the pairing.
    #[error("not paired with {} ({}): {refusal}", peer.name, peer.address)]
    Refused {
        /// The device.
        peer: Peer,
        /// Why.
        refusal: Refusal,
    },
    /// The keys are gone with the link.
    #[error(
        "paired with {} ({}) without a bond, so until it disconnects: the pairing window has \
         closed meanwhile, or the device keeps no bonds", peer.name, peer.address
    )]
    NoBond {
        /// The device.
        peer: Peer,
    },
    /// Whether there is a bond cannot be told.
    #[error(
        "whether {} ({}) is paired is not known: {why}; see whether it says Bonded: yes in \
         bluetoothctl info {}", peer.name, peer.address, peer.address
    )]
    Unknown {
        /// The device.
        peer: Peer,
        /// Why.
        why: Box<Self>,
    },
    /// The bus policy is in the way.
    #[error(
        "this user may not ask bluetoothd for {method}: {why}; run it as root, or as a user in \
         the group that the bus policy lets talk to org.bluez"
    )]
    NotAllowed {
        /// What was asked.
        method: &'static str,
        /// What the bus says.
        why: String,
    },
    /// bluetoothd refuses something other than the pairing.
    #[error(
        "bluetoothd does not do {method}: {source}; its log says more (journalctl -u bluetooth)"
    )]
    Asking {
        /// What was asked.
        method: &'static str,
        /// What it says.
        source: zbus::Error,
    },
    /// bluetoothd does not answer.
    #[error("bluetoothd does not answer {method}; restart it (systemctl restart bluetooth)")]
    Silent {
        /// What was asked.
        method: &'static str,
    },
}

impl PairError {
    pub(super) fn asking(method: &'static str) -> impl Fn(zbus::Error) -> Self {
        move |source| match &source {
            zbus::Error::FDO(error) => match &**error {
                zbus::fdo::Error::AccessDenied(why) => {
                    Self::NotAllowed { method, why: why.clone() }
                }
                _ => Self::Asking { method, source },
            },
            zbus::Error::MethodError(name, ..) if *name == "org.bluez.Error.NotReady" => {
                Self::Off { adapter: "the adapter".to_owned() }
            }
            _ => Self::Asking { method, source },
        }
    }
}

/// Why bluetoothd ended a pairing: the error of `Device1.Pair` (BlueZ, `src/device.c`,
/// `new_authentication_return`). Displays as the reason and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `AuthenticationFailed`, which is also what a no at the panel comes to.
    #[error(
        "the codes differed, or one side said no; the panel says which, and if the device has \
         an old bond with this machine, delete that there"
    )]
    Failed,
    /// `AuthenticationCanceled`.
    #[error("it was cancelled, or the link was lost; start again")]
    Canceled,
    /// `AuthenticationRejected`.
    #[error("the device is busy or lets nobody pair; put it into pairing mode and start again")]
    Rejected,
    /// `AuthenticationTimeout`.
    #[error("nobody answered in time; start again, and answer at the panel and at the device")]
    Timeout,
    /// `ConnectionAttemptFailed`.
    #[error("it cannot be reached; bring it near, switch it on, and put it into pairing mode")]
    Unreachable,
    /// `AlreadyExists`.
    #[error("it is paired already; to pair anew, delete the bond (bluetoothctl remove ADDRESS)")]
    AlreadyPaired,
    /// `InProgress`.
    #[error("bluetoothd is pairing or connecting it already; wait for that to end")]
    InProgress,
    /// `NotReady`.
    #[error("the adapter is switched off; switch it on (bluetoothctl power on)")]
    NotReady,
    /// The device's object has gone.
    #[error("bluetoothd does not know it any more; start again while it is discoverable")]
    Unknown,
    /// bluetoothd has gone.
    #[error("bluetoothd has gone; start again when it is back (systemctl status bluetooth)")]
    BluetoothdGone,
    /// Anything else.
    #[error("bluetoothd says {0}; its log says more (journalctl -u bluetooth)")]
    Other(String),
}

impl Refusal {
    /// The reason that an error of `Device1.Pair` stands for.
    pub(super) fn of(error: &zbus::Error) -> Self {
        use zbus::fdo::Error::{Disconnected, NameHasNoOwner, NoReply, ServiceUnknown};
        use zbus::fdo::Error::{UnknownInterface, UnknownMethod, UnknownObject};

        let name = match error {
            zbus::Error::MethodError(name, ..) => name.as_str(),
            zbus::Error::FDO(error) => match **error {
                UnknownObject(_) | UnknownInterface(_) | UnknownMethod(_) => return Self::Unknown,
                NoReply(_) | ServiceUnknown(_) | NameHasNoOwner(_) | Disconnected(_) => {
                    return Self::BluetoothdGone;
                }
                _ => "",
            },
            zbus::Error::InputOutput(_) => return Self::BluetoothdGone,
            _ => "",
        };
        match name.strip_prefix("org.bluez.Error.") {
            Some("AuthenticationFailed") => Self::Failed,
            Some("AuthenticationCanceled") => Self::Canceled,
            Some("AuthenticationRejected") => Self::Rejected,
            Some("AuthenticationTimeout") => Self::Timeout,
            Some("ConnectionAttemptFailed") => Self::Unreachable,
            Some("AlreadyExists") => Self::AlreadyPaired,
            Some("InProgress") => Self::InProgress,
            Some("NotReady") => Self::NotReady,
            Some("DoesNotExist") => Self::Unknown,
            _ => Self::Other(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use zbus::Message;

    use super::*;

    #[test]
    fn every_error_of_bluez_has_its_reason() {
        let of = |name: &str| {
            let call = Message::method_call("/", "Pair").build(&()).unwrap();
            let name = zbus::names::OwnedErrorName::try_from(name.to_owned()).unwrap();
            Refusal::of(&zbus::Error::MethodError(name, Some("text".to_owned()), call))
        };
        let cases = [
            ("AuthenticationFailed", Refusal::Failed),
            ("AuthenticationCanceled", Refusal::Canceled),
            ("AuthenticationRejected", Refusal::Rejected),
            ("AuthenticationTimeout", Refusal::Timeout),
            ("ConnectionAttemptFailed", Refusal::Unreachable),
            ("AlreadyExists", Refusal::AlreadyPaired),
            ("InProgress", Refusal::InProgress),
            ("NotReady", Refusal::NotReady),
            ("DoesNotExist", Refusal::Unknown),
        ];
        for (name, refusal) in cases {
            assert_eq!(of(&format!("org.bluez.Error.{name}")), refusal);
        }
        let other = of("org.bluez.Error.Failed");
        assert!(matches!(&other, Refusal::Other(text) if text.contains("text")), "{other}");
        assert_eq!(of("org.example.Error.NotReady"), of("org.example.Error.NotReady"));
        assert!(matches!(of("org.example.Error.NotReady"), Refusal::Other(_)));
    }
}
