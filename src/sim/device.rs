//! `org.bluez.Device1` (`src/device.c`).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use zbus::wire::{OwnedVariant, Variant};

use super::agents::Agent;
use super::autopair::Kind;
use super::bluetoothd::{ADAPTER, DEVICE, Daemon, Properties};
use super::bonding::Bonding;
use super::code::Code;
use super::error::{AUTHENTICATION_CANCELED, DOES_NOT_EXIST, NOT_CONNECTED, READ_ONLY, Refusal};
use super::link::{DisconnectReason, Peer};
use super::store::{Bond, Key};
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
    /// Known from its Class of Device, which there is on BR/EDR only.
    pub(super) kind: Option<Kind>,
    pub(super) legacy_pairing: bool,
    pub(super) paired: bool,
    pub(super) trusted: bool,
    pub(super) blocked: bool,
    /// It was blocked once, and is not temporary since then.
    pub(super) kept: bool,
    /// The key that is stored, if it is bonded.
    pub(super) key: Option<Key>,
    pub(super) link: Option<Connected>,
    /// Counts the links, so that a timer of an earlier one does nothing.
    pub(super) links: u64,
    /// The `Pair` that is under way (`btd_device.bonding`).
    pub(super) bonding: Option<Bonding>,
    pub(super) services: Services,
}

/// How far the discovery of a device's services is.
#[derive(Debug, Default)]
pub(super) struct Services {
    /// They are known, maybe from an earlier link.
    pub(super) known: bool,
    /// They were discovered on this link: `ServicesResolved`.
    pub(super) resolved: bool,
    /// `Paired` is signalled with them (`pending_paired`).
    pub(super) then_paired: bool,
}

/// A link that is up.
#[derive(Debug)]
pub(super) struct Connected {
    /// The kernel copies the adapter's IO capability when the link comes up (`hci_conn.c`).
    pub(super) capability: Capability,
    pub(super) transport: Transport,
    /// `Pair` brought it up.
    pub(super) for_pairing: bool,
    pub(super) pairing: Option<Authentication>,
    /// The agent that is asked whether the device may use a service.
    pub(super) authorizer: Option<Arc<Agent>>,
    /// Its receivers learn when the link goes down.
    pub(super) up: watch::Sender<()>,
}

/// The one authentication of a device that is under way (`btd_device.authr`).
#[derive(Debug)]
pub(super) struct Authentication {
    /// The agent that is being asked, or displays.
    pub(super) agent: Option<Arc<Agent>>,
    /// The passkey that is displayed, and the kernel's count of the keys, which wraps.
    pub(super) displayed: Option<(Code, u8)>,
    /// Dropped when the link goes down or the pairing is taken away.
    pub(super) _gone: oneshot::Sender<()>,
}

impl Device {
    pub(super) fn seen(peer: &Peer) -> Self {
        let (address, address_type) = peer.seen;
        let bredr = peer.transport == Transport::BrEdr;
        Self {
            address,
            address_type,
            name: peer.name.clone(),
            alias: None,
            kind: bredr.then_some(peer.kind),
            legacy_pairing: bredr && peer.legacy,
            paired: false,
            trusted: false,
            blocked: false,
            kept: false,
            key: None,
            link: None,
            links: 0,
            bonding: None,
            services: Services::default(),
        }
    }

    pub(super) fn restored(bond: Bond) -> Self {
        Self {
            address: bond.address,
            address_type: bond.address_type,
            name: bond.name,
            alias: bond.alias,
            kind: bond.kind,
            legacy_pairing: bond.legacy_pairing,
            paired: bond.key.is_some(),
            trusted: bond.trusted,
            blocked: bond.blocked,
            kept: bond.key.is_none(),
            key: bond.key,
            link: None,
            links: 0,
            bonding: None,
            services: Services { known: bond.key.is_some(), ..Services::default() },
        }
    }

    /// What is stored of it, if it is bonded or was blocked.
    pub(super) fn bond(&self) -> Option<Bond> {
        let Self { address, address_type, kind, legacy_pairing, trusted, blocked, key, .. } = *self;
        let (name, alias) = (self.name.clone(), self.alias.clone());
        (key.is_some() || self.kept).then_some(Bond {
            address,
            address_type,
            name,
            alias,
            kind,
            legacy_pairing,
            trusted,
            blocked,
            key,
        })
    }

    /// Whether the object goes away some time after its link did.
    pub(super) fn is_temporary(&self) -> bool {
        self.key.is_none() && !self.trusted && !self.kept && self.bonding.is_none()
    }

    pub(super) fn properties(&self) -> Properties {
        let alias = self.alias.as_ref().unwrap_or(&self.name);
        let class = self.kind.map(|kind| ("Class", Variant::from(kind.class())));
        [
            ("Address", Variant::from(self.address.to_string())),
            ("AddressType", Variant::from(self.address_type.as_str())),
            ("Name", Variant::from(self.name.clone())),
            ("Alias", Variant::from(alias.clone())),
            ("Paired", Variant::from(self.paired)),
            ("Bonded", Variant::from(self.key.is_some())),
            ("Connected", Variant::from(self.link.is_some())),
            ("ServicesResolved", Variant::from(self.services.resolved)),
            ("Trusted", Variant::from(self.trusted)),
            ("Blocked", Variant::from(self.blocked)),
            ("LegacyPairing", Variant::from(self.legacy_pairing)),
            ("Adapter", Variant::from(super::bluetoothd::path(ADAPTER))),
        ]
        .into_iter()
        .chain(class)
        .collect()
    }
}

impl Daemon {
    /// Sets `Trusted`, `Blocked` or `Alias`. Who is blocked is hung up on, turned away from then on,
    /// and kept, bonded or not (`device_block`, `src/device.c`); with the object the block goes too
    /// (`device_remove`).
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
                // Nothing is signalled that stays as it was.
                ("Trusted", Some(on), _) if device.trusted == on => return Ok(()),
                ("Blocked", Some(on), _) if device.blocked == on => return Ok(()),
                ("Trusted", Some(on), _) => device.trusted = on,
                ("Blocked", Some(on), _) => (device.blocked, device.kept) = (on, true),
                ("Alias", _, Some(text)) => {
                    device.alias = Some(text).filter(|text| !text.is_empty())
                }
                ("Trusted" | "Blocked" | "Alias", ..) => {
                    return Err(super::error::INVALID_ARGUMENTS);
                }
                _ => return Err(READ_ONLY),
            }
            if let Some(bond) = device.bond() {
                self.store.keep(bond);
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
        if !self.is_connected(path) {
            return Err(NOT_CONNECTED);
        }
        self.hang_up(path).await;
        Ok(())
    }

    /// `Device1.Connected`.
    pub(super) fn is_connected(&self, path: &str) -> bool {
        self.state().devices.get(path).is_some_and(|device| device.link.is_some())
    }

    /// `Device1.CancelPairing`. Without a `Pair` the answer is `DoesNotExist`, but the kernel has
    /// been told to unpair before that (`cancel_pairing`): a bond is lost and an LE pairing under
    /// way ends; one on BR/EDR goes on.
    pub(super) async fn cancel_pairing(&self, path: &str) -> Result<(), Refusal> {
        let (bonding, bonded, aborts) = {
            let state = self.state();
            let device = state.devices.get(path).ok_or(DOES_NOT_EXIST)?;
            let aborts = device
                .link
                .as_ref()
                .is_some_and(|link| link.transport != Transport::BrEdr && link.pairing.is_some());
            (device.bonding.is_some(), device.key.is_some(), aborts)
        };
        if bonding {
            self.end_authentication(path).await;
            self.bonding_ends(path, Err(AUTHENTICATION_CANCELED)).await;
            // The kernel hangs up if `Pair` had it connect (`cancel_pair_device`).
            if self.is_linked_for_pairing(path) {
                self.link_down(path, DisconnectReason::Local).await;
            }
            return Ok(());
        }
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
            (device.paired, device.key) = (false, None);
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
