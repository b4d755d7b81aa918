//! Inventories and signals that cross.

use super::*;

const HCI0: &str = "/org/bluez/hci0";
const PHONE: &str = "/org/bluez/hci0/dev_A4_C3_00_0D_1E_7F";
const WATCH: &str = "/org/bluez/hci0/dev_A4_C3_00_0D_1E_80";

fn flags(flags: &[(&str, bool)]) -> Properties {
    let value = |value| OwnedVariant::try_from(Variant::Bool(value)).unwrap();
    flags.iter().map(|(name, on)| ((*name).to_owned(), value(*on))).collect()
}

fn changed(path: &str, interface: &str, properties: &[(&str, bool)]) -> Message {
    let body = (interface, flags(properties), Vec::<&str>::new());
    Message::signal(path, PROPERTIES, "PropertiesChanged").build(&body).unwrap()
}

fn added(path: &str, interface: &str, properties: &[(&str, bool)]) -> Message {
    let interfaces = HashMap::from([(interface, flags(properties))]);
    let body = (OwnedObjectPath::try_from(path).unwrap(), interfaces);
    Message::signal("/", OBJECT_MANAGER, "InterfacesAdded").build(&body).unwrap()
}

fn removed(path: &str, interface: &str) -> Message {
    let body = (OwnedObjectPath::try_from(path).unwrap(), vec![interface]);
    Message::signal("/", OBJECT_MANAGER, "InterfacesRemoved").build(&body).unwrap()
}

type Object<'a> = (&'a str, &'a str, &'a [(&'a str, bool)]);

fn objects(objects: &[Object<'_>]) -> Objects {
    let object = |(path, interface, properties): &Object<'_>| {
        let interfaces = HashMap::from([((*interface).to_owned(), flags(properties))]);
        (OwnedObjectPath::try_from(*path).unwrap(), interfaces)
    };
    objects.iter().map(object).collect()
}

fn awaiting(awaited: usize) -> (Adapters<u32>, mpsc::UnboundedReceiver<Event>) {
    let (events, told) = mpsc::unbounded_channel();
    (Adapters { states: HashMap::new(), heard: Vec::new(), awaited, events }, told)
}

fn all(told: &mut mpsc::UnboundedReceiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| told.try_recv().ok()).collect()
}

/// What was told of this flag of the device at `path`.
fn flags_of(path: &str, events: &[Event], flag: fn(&DeviceChange) -> Option<bool>) -> Vec<bool> {
    let of = |event: &Event| match event {
        Event::Device { device, change } if device.as_str() == path => flag(change),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn an_inventory_does_not_undo_what_a_signal_said_after_it() {
    let (mut adapters, mut told) = awaiting(1);
    adapters.hear(changed(HCI0, ADAPTER, &[("Pairable", false)]), 1).unwrap();
    adapters.hear(changed(HCI0, ADAPTER, &[("Pairable", true)]), 3).unwrap();
    adapters.hear(changed(PHONE, DEVICE, &[("Bonded", true)]), 4).unwrap();
    adapters.hear(added(WATCH, DEVICE, &[("Bonded", false)]), 5).unwrap();
    adapters.hear(changed(WATCH, DEVICE, &[("Bonded", true)]), 6).unwrap();
    assert_eq!(flags_of(WATCH, &all(&mut told), |change| change.bonded), [false, true]);
    let inventory = objects(&[
        (HCI0, ADAPTER, &[("Powered", true), ("Pairable", false)]),
        (PHONE, DEVICE, &[("Bonded", false), ("Connected", true)]),
    ]);
    adapters.take_stock(inventory, &2);
    let after = all(&mut told);
    let states = after.iter().filter_map(|event| match event {
        Event::Adapter { state, .. } => Some((state.powered, state.pairable)),
        _ => None,
    });
    assert_eq!(states.collect::<Vec<_>>(), [(true, true)]);
    assert_eq!(flags_of(PHONE, &after, |change| change.bonded), [true]);
    // What the signals did not tell of the device is told now.
    assert_eq!(flags_of(PHONE, &after, |change| change.connected), [true]);
    assert_eq!(flags_of(WATCH, &after, |change| change.bonded), [true]);
    assert!(after.contains(&Event::Inventory));
    assert!(adapters.heard.is_empty());
}

#[test]
fn an_inventory_brings_back_nothing_that_a_signal_took_away_after_it() {
    let (mut adapters, mut told) = awaiting(2);
    adapters.hear(removed(PHONE, DEVICE), 3).unwrap();
    let disconnected = ("org.bluez.Reason.Remote", "");
    let disconnected = Message::signal(WATCH, DEVICE, "Disconnected").build(&disconnected);
    adapters.hear(disconnected.unwrap(), 4).unwrap();
    adapters.hear(removed(HCI0, ADAPTER), 5).unwrap();
    assert_eq!(all(&mut told).len(), 3);
    // Two inventories are on the way; both are older.
    for position in [1, 2] {
        let adapter: Object<'_> = (HCI0, ADAPTER, &[("Powered", true)]);
        let inventory = objects(&[adapter, (PHONE, DEVICE, &[("Bonded", true)])]);
        adapters.take_stock(inventory, &position);
        assert_eq!(all(&mut told), []);
    }
    assert!(adapters.heard.is_empty() && adapters.states.is_empty());
}

#[test]
fn a_signal_of_something_else_is_not_kept() {
    let (mut adapters, mut told) = awaiting(1);
    let characteristic = format!("{PHONE}/service0001/char0002");
    let other = changed(&characteristic, "org.bluez.GattCharacteristic1", &[("Notifying", true)]);
    adapters.hear(other, 1).unwrap();
    let unknown = Message::signal(PHONE, "org.example.Device1", "Disconnected").build(&7u32);
    adapters.hear(unknown.unwrap(), 2).unwrap();
    assert_eq!(all(&mut told), []);
    assert!(adapters.heard.is_empty());
}

#[test]
fn what_is_new_of_a_device_is_told_and_nothing_else_of_it() {
    let (mut adapters, mut told) = awaiting(0);
    let mut tell = |properties: &[(&str, Variant<'static>)]| {
        let properties: HashMap<_, _> = properties.iter().cloned().collect();
        let body = (DEVICE, properties, Vec::<&str>::new());
        let signal = Message::signal(PHONE, PROPERTIES, "PropertiesChanged").build(&body).unwrap();
        adapters.hear(signal, 1).unwrap();
        all(&mut told)
    };
    let yes = || Variant::from(true);
    let none = DeviceChange::default;
    let cases = [
        (("Trusted", yes()), DeviceChange { trusted: Some(true), ..none() }),
        (("Trusted", false.into()), DeviceChange { trusted: Some(false), ..none() }),
        (("Blocked", yes()), DeviceChange { blocked: Some(true), ..none() }),
        (("Bonded", yes()), DeviceChange { bonded: Some(true), ..none() }),
        (("Paired", yes()), DeviceChange { paired: Some(true), ..none() }),
        (("Connected", yes()), DeviceChange { connected: Some(true), ..none() }),
        (("AddressType", "random".into()), DeviceChange { random: Some(true), ..none() }),
        (("AddressType", "public".into()), DeviceChange { random: Some(false), ..none() }),
        (("Address", "A".into()), DeviceChange { address: Some("A".to_owned()), ..none() }),
        (("Name", "phone".into()), DeviceChange { name: Some("phone".to_owned()), ..none() }),
    ];
    for (property, change) in cases {
        let device = DeviceId::parse(PHONE).unwrap();
        let heard = tell(&[("RSSI", Variant::from(-60i16)), property.clone()]);
        assert_eq!(heard, [Event::Device { device, change }], "{property:?}");
    }
    // Not of its type, or of no use.
    for odd in [("Trusted", Variant::from("yes")), ("Alias", "x".into()), ("RSSI", 7i16.into())] {
        assert_eq!(tell(&[odd]), []);
    }
}

#[test]
fn an_adapter_is_told_whole_whenever_something_of_it_is_new() {
    let (mut adapters, mut told) = awaiting(0);
    let mut tell = |properties: &[(&str, Variant<'static>)]| {
        let properties: HashMap<_, _> = properties.iter().cloned().collect();
        let body = (ADAPTER, properties, Vec::<&str>::new());
        let signal = Message::signal(HCI0, PROPERTIES, "PropertiesChanged").build(&body).unwrap();
        adapters.hear(signal, 1).unwrap();
        all(&mut told)
    };
    let mut state = AdapterState {
        address: "00:AA:01:00:00:42".to_owned(),
        alias: "panel".to_owned(),
        powered: true,
        ..AdapterState::default()
    };
    let event =
        |state: &AdapterState| [Event::Adapter { adapter: HCI0.to_owned(), state: state.clone() }];
    let first = [
        ("Address", Variant::from("00:AA:01:00:00:42")),
        ("Alias", Variant::from("panel")),
        ("Powered", Variant::from(true)),
    ];
    assert_eq!(tell(&first), event(&state));
    state.pairable = true;
    assert_eq!(tell(&[("Pairable", Variant::from(true))]), event(&state));
    state.alias = "box".to_owned();
    assert_eq!(tell(&[("Alias", Variant::from("box"))]), event(&state));
    for same in [("Alias", Variant::from("box")), ("PairableTimeout", Variant::from(1u32))] {
        assert_eq!(tell(&[same]), []);
    }
}

#[test]
fn an_inventory_is_told_when_none_is_awaited_any_more() {
    let (mut adapters, mut told) = awaiting(1);
    adapters.hear(added(HCI0, ADAPTER, &[("Powered", true)]), 2).unwrap();
    // As `follow` does when an adapter has come.
    adapters.awaited += 1;
    // Asked for before the adapter was there.
    adapters.take_stock(objects(&[]), &1);
    assert!(!all(&mut told).contains(&Event::Inventory));
    adapters.hear(added(PHONE, DEVICE, &[("Bonded", true)]), 3).unwrap();
    let whole: [Object<'_>; 2] =
        [(HCI0, ADAPTER, &[("Powered", true)]), (PHONE, DEVICE, &[("Bonded", true)])];
    adapters.take_stock(objects(&whole), &4);
    assert!(all(&mut told).contains(&Event::Inventory));
}
