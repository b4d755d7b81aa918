//! What org.bluez exports, and what its devices and its adapter can be told.

use pairpanel::sim::{Habit, Options, Outcome};
use zbus::fdo::{ManagedObjects, ObjectManagerProxy};

use crate::panel::{World, phone};

const ADAPTER: &str = "/org/bluez/hci0";
const ADAPTER1: &str = "org.bluez.Adapter1";
const DEVICE1: &str = "org.bluez.Device1";

#[tokio::test]
async fn every_object_is_listed_with_its_properties() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let panel = world.panel().await;
    let path = phone().connect(&bluetoothd).await.unwrap();
    let proxy = ObjectManagerProxy::new(&panel.connection, "org.bluez", "/").await.unwrap();
    let objects: ManagedObjects = proxy.get_managed_objects().await.unwrap();
    let listed = |path: &str, interface: &str, properties: &[&str]| {
        let object = &objects.iter().find(|(at, _)| at.as_str() == path).unwrap().1;
        let interface = object.iter().find(|(name, _)| name.as_str() == interface).unwrap().1;
        for property in properties {
            assert!(interface.contains_key(*property), "{property}");
        }
        assert_eq!(interface.len(), properties.len());
    };
    listed("/org/bluez", "org.bluez.AgentManager1", &[]);
    let modes = ["Powered", "Pairable", "Discoverable", "PairableTimeout", "DiscoverableTimeout"];
    listed(ADAPTER, ADAPTER1, &[&modes[..], &["Address", "Alias"]].concat());
    let known = ["Address", "AddressType", "Name", "Alias", "LegacyPairing", "Adapter"];
    let states = ["Paired", "Bonded", "Connected", "ServicesResolved", "Trusted", "Blocked"];
    listed(&path, DEVICE1, &[&known[..], &states[..]].concat());
    assert_eq!(objects.len(), 3);
}

#[tokio::test]
async fn powering_off_drops_links_and_forgets_strangers() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    phone().connect(&bluetoothd).await.unwrap();
    panel.set(ADAPTER, ADAPTER1, "Powered", false).await.unwrap();
    for event in ["InterfacesAdded", "Disconnected", "Connected=false", "InterfacesRemoved"] {
        panel.expect(event).await;
    }
    panel.expect("Powered=false").await;
    assert_eq!(phone().pair(&bluetoothd, &mut Habit::Accepts).await, Outcome::NoLink);
    let discoverable = panel.set(ADAPTER, ADAPTER1, "Discoverable", true).await;
    assert_eq!(discoverable, Err("org.bluez.Error.Failed".into()));
    panel.set(ADAPTER, ADAPTER1, "Powered", true).await.unwrap();
    panel.expect("Powered=true").await;
    panel.set(ADAPTER, ADAPTER1, "Discoverable", true).await.unwrap();
    panel.expect("Discoverable=true").await;
    world.pass(180);
    panel.expect("Discoverable=false").await;
}

#[tokio::test]
async fn a_trusted_device_is_not_asked_about_and_a_blocked_one_gets_no_link() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let path = phone().connect(&bluetoothd).await.unwrap();
    panel.expect("InterfacesAdded").await;
    let at_panel = async {
        let call = panel.expect("AuthorizeService").await;
        panel.refuse(&call).await;
    };
    let (allowed, ()) = tokio::join!(bluetoothd.authorize_service(&path, "110b"), at_panel);
    assert!(!allowed);

    panel.set(&path, DEVICE1, "Trusted", true).await.unwrap();
    panel.expect("Trusted=true").await;
    assert!(bluetoothd.authorize_service(&path, "110b").await);

    panel.set(&path, DEVICE1, "Blocked", true).await.unwrap();
    for event in ["Blocked=true", "Disconnected", "Connected=false"] {
        panel.expect(event).await;
    }
    assert_eq!(phone().pair(&bluetoothd, &mut Habit::Accepts).await, Outcome::NoLink);
}

/// BlueZ, `src/device.c`: `device_block` keeps the device and `device_unblock` does not take that
/// back; `device_remove` takes the block along.
#[tokio::test]
async fn a_block_lasts_until_it_is_taken_back_or_the_device_is_removed() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    let stranger = phone();
    let path = stranger.connect(&bluetoothd).await.unwrap();
    panel.expect("InterfacesAdded").await;
    panel.set(&path, DEVICE1, "Blocked", true).await.unwrap();
    panel.expect_all(&["Blocked=true", "Disconnected", "Connected=false"]).await;
    // Nothing is said of what is so already.
    panel.set(&path, DEVICE1, "Blocked", true).await.unwrap();
    world.pass(31);
    bluetoothd.stop().await;
    panel.expect_all(&["Powered=false", "NameOwnerChanged"]).await;

    let bluetoothd = world.bluetoothd(Options::default()).await;
    panel.expect("NameOwnerChanged").await;
    assert_eq!(world.store.bonds(), []);
    assert_eq!(stranger.connect(&bluetoothd).await, None);
    panel.set(&path, DEVICE1, "Blocked", false).await.unwrap();
    panel.expect("Blocked=false").await;
    assert_eq!(stranger.connect(&bluetoothd).await, Some(path.clone()));
    panel.expect("Connected=true").await;
    panel.set(&path, DEVICE1, "Blocked", true).await.unwrap();
    panel.expect_all(&["Blocked=true", "Disconnected", "Connected=false"]).await;
    let object = zbus::wire::ObjectPath::try_from(&*path).unwrap();
    panel.call(ADAPTER, ADAPTER1, "RemoveDevice", &object).await.unwrap();
    panel.expect("InterfacesRemoved").await;
    assert_eq!(stranger.connect(&bluetoothd).await, Some(path));
}

/// BlueZ, `src/adapter.c`, `remove_device`: what is not there comes before what is off.
#[tokio::test]
async fn a_device_is_removed_from_its_own_adapter_while_that_is_on() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    bluetoothd.plug("hci1").await;
    let panel = world.panel().await;
    let path = phone().connect(&bluetoothd).await.unwrap();
    panel.set(&path, DEVICE1, "Blocked", true).await.unwrap();
    panel.set(ADAPTER, ADAPTER1, "Powered", false).await.unwrap();
    let remove = async |adapter: &str, path: &str| {
        let object = zbus::wire::ObjectPath::try_from(path).unwrap();
        let removed = panel.call(adapter, ADAPTER1, "RemoveDevice", &object).await;
        removed.map(drop).map_err(|error| error.replace("org.bluez.Error.", ""))
    };
    let stranger = path.replace("7F", "80");
    for (adapter, path, expected) in [
        ("/org/bluez/hci1", &path, "DoesNotExist"),
        (ADAPTER, &stranger, "DoesNotExist"),
        (ADAPTER, &path, "NotReady"),
    ] {
        assert_eq!(remove(adapter, path).await, Err(expected.to_owned()), "{adapter} {path}");
    }
    panel.set(ADAPTER, ADAPTER1, "Powered", true).await.unwrap();
    assert_eq!(remove(ADAPTER, &path).await, Ok(()));
}
