//! `org.bluez.Device1` (`src/device.c`).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tokio::sync::oneshot;
use zbus::wire::{OwnedVariant, Variant};

use super::agents::Agent;
use super::bluetoothd::{ADAPTER, DEVICE, Daemon, Properties};
use super::error::{DOES_NOT_EXIST, NOT_CONNECTED, READ_ONLY, Refusal};
use super::link::DisconnectReason;
use super::store::Bond;
use crate::pairing::Capability;
use crate::pairing::association::Transport;

/// A Bluetooth device address, most significant byte first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 6]);

impl Address {
    /// The path of the device object that is made for this address.
    pub fn path(self) -> String {
        format!("{ADAPTER}/dev_{}", self.to_string().replace(':', "_"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not six bytes in hexadecimal with colons between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Bluetooth address")]
pub struct NotAnAddress;

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 6];
        let mut parts = text.split(':');
        for byte in &mut bytes {
            let part = parts.next().ok_or(NotAnAddress)?;
            // `from_str_radix` alone would take a sign.
            if part.len() != 2 || !part.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(NotAnAddress);
            }
            *byte = u8::from_str_radix(part, 16).map_err(|_| NotAnAddress)?;
        }
        if parts.next().is_some() { Err(NotAnAddress) } else { Ok(Self(bytes)) }
    }
}

/// `Device1.AddressType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressType {
    /// Registered with the IEEE; every BR/EDR address.
    Public,
    /// Chosen by the device; static or resolvable.
    Random,
}

impl AddressType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Random => "random",
        }
    }
}

/// A device object. Its path is made of the address it was first seen with and never changes.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) address: Address,
    pub(super) address_type: AddressType,
    pub(super) name: String,
    pub(super) alias: Option<String>,
    pub(super) paired: bool,
    pub(super) bonded: bool,
    pub(super) trusted: bool,
    pub(super) blocked: bool,
    pub(super) link: Option<Connected>,
    /// Counts the links, so that a timer of an earlier one does nothing.
    pub(super) links: u64,
}

/// A link that is up.
#[derive(Debug)]
pub(super) struct Connected {
    /// The kernel copies the adapter's IO capability when the link comes up (`hci_conn.c`).
    pub(super) capability: Capability,
    pub(super) transport: Transport,
    pub(super) pairing: Option<Authentication>,
}

/// The one authentication of a device that is under way (`btd_device.authr`).
#[derive(Debug)]
pub(super) struct Authentication {
    /// The agent that is being asked, or displays.
    pub(super) agent: Option<Arc<Agent>>,
    /// Dropped when the link goes down or the pairing is taken away.
    pub(super) _gone: oneshot::Sender<()>,
}

impl Device {
    pub(super) fn seen(address: Address, address_type: AddressType, name: &str) -> Self {
        let name = name.to_owned();
        let (paired, bonded, trusted, blocked) = (false, false, false, false);
        let (alias, link, links) = (None, None, 0);
        Self { address, address_type, name, alias, paired, bonded, trusted, blocked, link, links }
    }

    pub(super) fn restored(bond: Bond) -> Self {
        let Bond { address, address_type, name, alias, trusted, blocked } = bond;
        let (paired, bonded, link, links) = (true, true, None, 0);
        Self { address, address_type, name, alias, paired, bonded, trusted, blocked, link, links }
    }

    pub(super) fn bond(&self) -> Bond {
        let Self { address, address_type, trusted, blocked, .. } = *self;
        let (name, alias) = (self.name.clone(), self.alias.clone());
        Bond { address, address_type, name, alias, trusted, blocked }
    }

    /// Whether the object goes away some time after its link did.
    pub(super) fn is_temporary(&self) -> bool {
        !self.bonded && !self.trusted
    }

    pub(super) fn properties(&self) -> Properties {
        let alias = self.alias.as_ref().unwrap_or(&self.name);
        [
            ("Address", Variant::from(self.address.to_string())),
            ("AddressType", Variant::from(self.address_type.as_str())),
            ("Name", Variant::from(self.name.clone())),
            ("Alias", Variant::from(alias.clone())),
            ("Paired", Variant::from(self.paired)),
            ("Bonded", Variant::from(self.bonded)),
            ("Connected", Variant::from(self.link.is_some())),
            ("Trusted", Variant::from(self.trusted)),
            ("Blocked", Variant::from(self.blocked)),
            ("LegacyPairing", Variant::from(false)),
            ("Adapter", Variant::from(super::bluetoothd::path(ADAPTER))),
        ]
        .into()
    }
}

impl Daemon {
    /// Sets `Trusted`, `Blocked` or `Alias`.
    pub(super) async fn set_device_property(
        &self,
        path: &str,
        property: &str,
        value: OwnedVariant,
    ) -> Result<(), Refusal> {
        let on = bool::try_from(&*value).ok();
        let text = <&str>::try_from(&*value).ok().map(str::to_owned);
        let now = {
            let mut state = self.state();
            let device = state.devices.get_mut(path).ok_or(DOES_NOT_EXIST)?;
            match (property, on, text) {
                ("Trusted", Some(on), _) => device.trusted = on,
                ("Blocked", Some(on), _) => device.blocked = on,
                ("Alias", _, Some(text)) => {
                    device.alias = Some(text).filter(|text| !text.is_empty())
                }
                ("Trusted" | "Blocked" | "Alias", ..) => {
                    return Err(super::error::INVALID_ARGUMENTS);
                }
                _ => return Err(READ_ONLY),
            }
            if device.bonded {
                self.store.keep(device.bond());
            }
            device.properties()
        };
        if let Some((name, value)) = now.into_iter().find(|(name, _)| *name == property) {
            self.changed(path, DEVICE, [(name, value)]).await;
        }
        if property == "Blocked" && on == Some(true) {
            self.link_down(path, DisconnectReason::Local).await;
        }
        Ok(())
    }

    /// `Device1.Disconnect`: also how the panel's side aborts a passkey it displays.
    pub(super) async fn disconnect(&self, path: &str) -> Result<(), Refusal> {
        if self.state().devices.get(path).is_none_or(|device| device.link.is_none()) {
            return Err(NOT_CONNECTED);
        }
        self.link_down(path, DisconnectReason::Local).await;
        Ok(())
    }

    /// `Device1.CancelPairing`. There is never a `Pair` to cancel here, so the answer is
    /// `DoesNotExist`, but the kernel has been told to unpair before that (`cancel_pairing`): a
    /// bond is lost and an LE pairing under way ends; one on BR/EDR goes on.
    pub(super) async fn cancel_pairing(&self, path: &str) -> Result<(), Refusal> {
        let (bonded, aborts) = {
            let state = self.state();
            let device = state.devices.get(path).ok_or(DOES_NOT_EXIST)?;
            let aborts = device
                .link
                .as_ref()
                .is_some_and(|link| link.transport != Transport::BrEdr && link.pairing.is_some());
            (device.bonded, aborts)
        };
        if bonded {
            self.unpair(path).await;
        }
        if bonded || aborts {
            self.link_down(path, DisconnectReason::Local).await;
        }
        Err(DOES_NOT_EXIST)
    }

    async fn unpair(&self, path: &str) {
        {
            let mut state = self.state();
            let Some(device) = state.devices.get_mut(path) else { return };
            device.paired = false;
            device.bonded = false;
            self.store.forget(device.address);
        }
        let lost = [("Paired", Variant::from(false)), ("Bonded", Variant::from(false))];
        self.changed(path, DEVICE, lost).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_six_hexadecimal_bytes() {
        let address: Address = "a4:C3:00:0d:1E:7F".parse().unwrap();
        assert_eq!(address.to_string(), "A4:C3:00:0D:1E:7F");
        for text in
            ["", "A4:C3:00:0D:1E", "A4:C3:00:0D:1E:7F:00", "A4C3000D1E7F", "A4:C3:00:0D:1E:+F"]
        {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text}");
        }
    }
}
