//! The properties of the interface, as functions of the panel's status.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};
use zbus::{ObjectPath, Signature, Type, Variant, as_variant};
use zeroize::Zeroizing;

use super::{reason, words};
use crate::clock::Time;
use crate::pairing::Status;

/// An adapter, a device or what is asked, `a{sv}`.
pub(super) type Entry = BTreeMap<&'static str, Value>;

/// What is in an entry. Not a [`Variant`]: for a property with that in it zbus brings in once more
/// how each kind of value is written, which is tens of kilobytes.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    Path(String),
    Text(String),
    Code(Code),
    Flag(bool),
    Number(u32),
}

/// Text that is a code or a part of one: wiped, and without a readable `Debug`. The message that it is
/// sent in is zbus's, and is not wiped.
#[derive(PartialEq)]
pub(super) struct Code(Zeroizing<String>);

impl Code {
    /// What `write` writes, 128 characters at most, so that it is never moved to a larger place.
    pub(super) fn new(write: impl FnOnce(&mut String)) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(128));
        write(&mut text);
        Self(text)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

impl Type for Value {
    const SIGNATURE: &'static Signature = &Signature::Variant;
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Path(path) => {
                // bluetoothd's, so it is one.
                as_variant::serialize(&ObjectPath::from_str_unchecked(path), serializer)
            }
            Self::Text(text) => as_variant::serialize(text, serializer),
            Self::Code(Code(text)) => as_variant::serialize(&**text, serializer),
            Self::Flag(flag) => as_variant::serialize(flag, serializer),
            Self::Number(number) => as_variant::serialize(number, serializer),
        }
    }
}

impl From<Value> for Variant<'static> {
    fn from(value: Value) -> Self {
        match value {
            Value::Path(path) => ObjectPath::from_string_unchecked(path).into(),
            Value::Text(text) => text.into(),
            Value::Code(Code(text)) => text.to_string().into(),
            Value::Flag(flag) => flag.into(),
            Value::Number(number) => number.into(),
        }
    }
}

pub(super) fn capability(status: &Status) -> &'static str {
    status.capability.map_or("", |capability| capability.as_str())
}

pub(super) fn activity(status: &Status) -> &'static str {
    words::activity(status.activity)
}

pub(super) fn health(status: &Status) -> &'static str {
    words::health(status.health)
}

pub(super) fn default_agent(status: &Status) -> &'static str {
    words::default_agent(status.default_agent)
}

pub(super) fn window_open(status: &Status) -> bool {
    status.window.is_some()
}

pub(super) fn display(status: &Status) -> &'static str {
    status.display.map_or("none", words::part)
}

pub(super) fn inputs(status: &Status) -> BTreeMap<&'static str, &'static str> {
    let mut inputs = BTreeMap::new();
    for (key, part) in &status.keys {
        inputs.insert(words::role(*key), words::part(*part));
    }
    inputs
}

pub(super) fn adapters(status: &Status) -> Vec<Entry> {
    let adapters = status.adapters.iter().map(|(path, adapter)| {
        entry([
            ("Path", Value::Path(path.clone())),
            ("Address", Value::Text(adapter.address.clone())),
            ("Name", Value::Text(adapter.alias.clone())),
            ("Powered", Value::Flag(adapter.powered)),
            ("Pairable", Value::Flag(adapter.pairable)),
            ("Discoverable", Value::Flag(adapter.discoverable)),
            ("Used", Value::Flag(adapter.used)),
        ])
    });
    adapters.collect()
}

pub(super) fn devices(status: &Status) -> Vec<Entry> {
    let devices = status.devices.iter().map(|(device, known)| {
        entry([
            ("Path", Value::Path(device.as_str().to_owned())),
            ("Address", Value::Text(known.peer.address.clone())),
            ("Name", Value::Text(known.peer.name.clone())),
            ("Bonded", Value::Flag(known.bonded)),
            ("Connected", Value::Flag(known.connected)),
            ("Trusted", Value::Flag(known.trusted)),
            ("Blocked", Value::Flag(known.blocked)),
        ])
    });
    devices.collect()
}

/// One by one: what makes a map of many sorts them first, which is more code than all of this.
fn entry(values: [(&'static str, Value); 7]) -> Entry {
    let mut entry = Entry::new();
    for (name, value) in values {
        entry.insert(name, value);
    }
    entry
}

/// Whole seconds until then, rounded up; 0 if it has passed.
pub(super) fn seconds_until(moment: Option<Time>, now: Time) -> u32 {
    let left = moment.map_or(Duration::ZERO, |moment| moment.since(now));
    let begun = u64::from(left.subsec_nanos() > 0);
    u32::try_from(left.as_secs() + begun).unwrap_or(u32::MAX)
}

/// The properties that differ, with their new values; those that neither change nor are told of
/// are not among them.
pub(super) fn changes(before: &Status, now: &Status) -> HashMap<&'static str, Variant<'static>> {
    let mut changed = HashMap::new();
    macro_rules! compare {
        ($($name:literal: $of:path,)*) => {$(
            let value = $of(now);
            if value != $of(before) {
                changed.insert($name, Variant::from(value));
            }
        )*};
    }
    compare! {
        "Capability": capability,
        "CapabilityReason": reason::capability_reason,
        "Activity": activity,
        "Health": health,
        "DefaultAgent": default_agent,
        "WindowOpen": window_open,
        "Display": display,
        "Inputs": inputs,
        "Adapters": adapters,
        "Devices": devices,
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairing::{
        Activity, AdapterStatus, Capability, DefaultAgent, DeviceId, DeviceStatus, Health, Key,
        Part, Peer,
    };

    #[test]
    fn every_property_that_tells_of_its_changes_is_compared() {
        let before = Status {
            capability: None,
            nominal: Capability::DisplayYesNo,
            activity: Activity::Idle,
            health: Health::NoBluetoothd,
            default_agent: DefaultAgent::No,
            window: None,
            paused: None,
            display: None,
            keys: BTreeMap::new(),
            adapters: BTreeMap::new(),
            devices: BTreeMap::new(),
        };
        assert!(changes(&before, &before).is_empty());
        let device = DeviceId::parse("/org/bluez/hci0/dev_A4_C3_F0_1D_9A_4C").unwrap();
        let known = DeviceStatus {
            peer: Peer::new("phone", device.address()),
            bonded: true,
            connected: true,
            trusted: false,
            blocked: false,
        };
        let adapter = AdapterStatus {
            address: "00:1A:7D:DA:71:13".to_owned(),
            alias: "box".to_owned(),
            powered: true,
            pairable: true,
            discoverable: true,
            used: true,
        };
        let after = Status {
            capability: Some(Capability::DisplayYesNo),
            nominal: Capability::DisplayYesNo,
            activity: Activity::Window,
            health: Health::Ready,
            default_agent: DefaultAgent::Yes,
            window: Some(Time::from_start(Duration::from_secs(1))),
            paused: Some(Time::from_start(Duration::from_secs(1))),
            display: Some(Part::Working),
            keys: BTreeMap::from([(Key::Accept, Part::Working)]),
            adapters: BTreeMap::from([("/org/bluez/hci0".to_owned(), adapter)]),
            devices: BTreeMap::from([(device, known)]),
        };
        let mut compared: Vec<_> = changes(&before, &after).into_keys().collect();
        // What has no annotation there tells of its changes.
        let documented = include_str!("../../dist/dbus/org.pairpanel.Panel1.xml").lines();
        let told = documented.filter_map(|line| {
            let name = line.trim().strip_prefix("<property name=\"")?.strip_suffix("/>")?;
            name.split('"').next()
        });
        let mut told: Vec<_> = told.collect();
        compared.sort_unstable();
        told.sort_unstable();
        assert_eq!(compared, told);
    }

    #[test]
    fn a_second_that_has_begun_counts() {
        let now = Time::from_start(Duration::from_secs(10));
        let cases = [(0, 0), (1, 1), (1000, 1), (1001, 2), (120_000, 120)];
        for (ms, seconds) in cases {
            let until = now + Duration::from_millis(ms);
            assert_eq!(seconds_until(Some(until), now), seconds, "{ms} ms");
        }
        assert_eq!(seconds_until(Some(now), now + Duration::from_secs(5)), 0);
        assert_eq!(seconds_until(None, now), 0);
    }
}
