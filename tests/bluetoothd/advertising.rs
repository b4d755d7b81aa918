//! What applications have an adapter advertise (BlueZ, `src/advertising.c`).

use std::collections::HashMap;
use std::time::Duration;

use pairpanel::sim::{Advertised, FakeBluetoothd, Options};
use zbus::message::Type;
use zbus::wire::{ObjectPath, OwnedVariant, Variant};

use crate::panel::{Panel, World};

const ADAPTER: &str = "/org/bluez/hci0";
const ADAPTER1: &str = "org.bluez.Adapter1";
const MANAGER: &str = "org.bluez.LEAdvertisingManager1";
const OBJECT: &str = "/test/advertisement";

type Properties = HashMap<&'static str, Variant<'static>>;

fn peripheral() -> Properties {
    [
        ("Type", Variant::from("peripheral")),
        ("LocalName", Variant::from("box")),
        ("Discoverable", Variant::from(true)),
    ]
    .into()
}

async fn counts(panel: &Panel) -> (u8, u8) {
    let mut counts = [0; 2];
    for (count, name) in counts.iter_mut().zip(["ActiveInstances", "SupportedInstances"]) {
        *count = u8::try_from(panel.get(ADAPTER, MANAGER, name).await).unwrap();
    }
    (counts[0], counts[1])
}

async fn register(panel: &Panel, path: &str) -> Result<(), String> {
    let body = (ObjectPath::try_from(path).unwrap(), HashMap::<String, OwnedVariant>::new());
    panel.call(ADAPTER, MANAGER, "RegisterAdvertisement", &body).await.map(drop)
}

async fn unregister(panel: &Panel, path: &str) -> Result<(), String> {
    let path = ObjectPath::try_from(path).unwrap();
    panel.call(ADAPTER, MANAGER, "UnregisterAdvertisement", &path).await.map(drop)
}

/// Registers an advertisement that is read while the call goes on.
async fn advertise(panel: &mut Panel, path: &str, properties: Properties) -> Result<(), String> {
    let connection = panel.connection.clone();
    let path = path.to_owned();
    let call = tokio::spawn(async move {
        let body = (ObjectPath::try_from(&*path).unwrap(), HashMap::<String, OwnedVariant>::new());
        let (bluez, manager) = (Some("org.bluez"), Some(MANAGER));
        connection.call_method(bluez, ADAPTER, manager, "RegisterAdvertisement", &body).await
    });
    let get = panel.expect("GetAll").await;
    assert_eq!(get.body().deserialize::<&str>().unwrap(), "org.bluez.LEAdvertisement1");
    panel.connection.reply(&get.header(), &properties).await.unwrap();
    call.await.unwrap().map(drop).map_err(|error| match error {
        zbus::Error::MethodError(name, ..) => name.to_string(),
        error => error.to_string(),
    })
}

fn error(name: &str) -> Result<(), String> {
    Err(format!("org.bluez.Error.{name}"))
}

async fn start(options: Options) -> (World, FakeBluetoothd, Panel) {
    let world = World::new();
    let bluetoothd = world.bluetoothd(options).await;
    let panel = world.panel().await;
    (world, bluetoothd, panel)
}

#[tokio::test]
async fn an_advertisement_is_in_the_air_from_the_reply_until_it_is_unregistered() {
    let (_world, bluetoothd, mut panel) = start(Options::default()).await;
    assert_eq!(counts(&panel).await, (0, 5));
    assert_eq!(unregister(&panel, OBJECT).await, error("DoesNotExist"));
    assert_eq!(advertise(&mut panel, OBJECT, peripheral()).await, Ok(()));
    panel.expect("ActiveInstances SupportedInstances").await;
    let name = "box".to_owned();
    let (connectable, discoverable, bredr) = (true, true, false);
    let expected = Advertised { name, connectable, discoverable, bredr, timeout: 0 };
    assert_eq!(bluetoothd.advertised("hci0"), [expected]);
    assert_eq!(counts(&panel).await, (1, 4));
    assert_eq!(register(&panel, OBJECT).await, error("AlreadyExists"));
    panel.set(ADAPTER, ADAPTER1, "Powered", false).await.unwrap();
    assert_eq!(bluetoothd.advertised("hci0"), []);
    assert_eq!(advertise_unheard(&mut panel).await, error("Failed"));
    panel.set(ADAPTER, ADAPTER1, "Powered", true).await.unwrap();
    assert_eq!(bluetoothd.advertised("hci0").len(), 1);
    assert_eq!(unregister(&panel, OBJECT).await, Ok(()));
    assert_eq!(bluetoothd.advertised("hci0"), []);
    assert_eq!(counts(&panel).await, (0, 5));
}

/// While the adapter is off.
async fn advertise_unheard(panel: &mut Panel) -> Result<(), String> {
    panel.expect("Powered=false").await;
    let outcome = advertise(panel, "/test/other", peripheral()).await;
    assert_eq!(unregister(panel, "/test/other").await, error("DoesNotExist"));
    outcome
}

#[tokio::test]
async fn an_object_with_odd_properties_is_not_advertised() {
    let odd: [&[(&str, Variant<'static>)]; 6] = [
        &[("Type", Variant::from("sticker"))],
        &[("Type", Variant::from(7u32))],
        &[("Includes", Variant::from(vec!["local-name".to_owned()]))],
        &[("Type", Variant::from("broadcast"))],
        &[("Timeout", Variant::from(7u32))],
        &[("Timeout", Variant::from(7u16)), ("DiscoverableTimeout", Variant::from(8u16))],
    ];
    for odd in odd {
        let (_world, bluetoothd, mut panel) = start(Options::default()).await;
        let mut properties = peripheral();
        properties.extend(odd.iter().cloned());
        assert_eq!(advertise(&mut panel, OBJECT, properties).await, error("Failed"), "{odd:?}");
        assert_eq!(bluetoothd.advertised("hci0"), []);
        assert_eq!(counts(&panel).await, (0, 5));
    }
    // The adapter's name, if it is asked for alone.
    let (_world, bluetoothd, mut panel) = start(Options::default()).await;
    let mut properties = peripheral();
    properties.remove("LocalName");
    properties.insert("Includes", Variant::from(vec!["local-name".to_owned()]));
    assert_eq!(advertise(&mut panel, OBJECT, properties).await, Ok(()));
    assert_eq!(bluetoothd.advertised("hci0")[0].name, "panel");
}

#[tokio::test]
async fn there_are_only_so_many_at_a_time_and_none_without_le() {
    let options = Options { advertisements: Some(1), ..Options::default() };
    let (_world, bluetoothd, mut panel) = start(options).await;
    assert_eq!(advertise(&mut panel, OBJECT, peripheral()).await, Ok(()));
    assert_eq!(register(&panel, "/test/other").await, error("NotPermitted"));
    assert_eq!(bluetoothd.advertised("hci0").len(), 1);

    let options = Options { advertisements: None, ..Options::default() };
    let (_world, bluetoothd, panel) = start(options).await;
    let refused = register(&panel, OBJECT).await.unwrap_err();
    assert!(refused.contains("UnknownMethod"), "{refused}");
    assert_eq!(bluetoothd.advertised("hci0"), []);
}

#[tokio::test]
async fn what_bluetoothd_ends_it_releases_and_what_has_left_it_does_not() {
    for end in ["time-out", "unplugged", "stop", "crash", "left"] {
        let (world, bluetoothd, mut panel) = start(Options::default()).await;
        let properties = [peripheral(), [("Timeout", Variant::from(120u16))].into()];
        let properties = properties.into_iter().flatten().collect();
        let mut other = world.panel().await;
        assert_eq!(advertise(&mut panel, OBJECT, properties).await, Ok(()));
        panel.expect("ActiveInstances SupportedInstances").await;
        other.expect("ActiveInstances SupportedInstances").await;
        match end {
            "time-out" => {
                world.pass(119);
                assert_eq!(counts(&other).await, (1, 4));
                world.pass(1);
                panel.expect("ActiveInstances SupportedInstances").await;
            }
            "unplugged" => bluetoothd.unplug_adapter().await,
            "stop" => {
                bluetoothd.stop().await;
                panel.expect("Powered=false").await;
            }
            "crash" => {
                bluetoothd.crash().await;
                panel.expect("NameOwnerChanged").await;
            }
            _ => {
                panel.connection.close().await.unwrap();
                other.expect("ActiveInstances SupportedInstances").await;
                assert_eq!(counts(&other).await, (0, 5));
                continue;
            }
        }
        if end == "crash" {
            // The kernel goes on until the next one stops it (`read_adv_features_callback`).
            assert_eq!(bluetoothd.advertised("hci0").len(), 1);
            let next = world.bluetoothd(Options::default()).await;
            assert_eq!(next.advertised("hci0"), []);
            continue;
        }
        let release = panel.expect("Release!").await;
        assert_eq!(release.message_type(), Type::MethodCall);
        assert_eq!(release.header().path().unwrap().as_str(), OBJECT);
        assert_eq!(bluetoothd.advertised("hci0"), []);
    }
}

#[tokio::test]
async fn one_that_is_taken_back_before_it_is_registered_fails() {
    let options = Options { settle: Duration::from_secs(1), ..Options::default() };
    let (world, bluetoothd, mut panel) = start(options).await;
    let connection = panel.connection.clone();
    let call = tokio::spawn(async move {
        let body = (ObjectPath::try_from(OBJECT).unwrap(), HashMap::<String, OwnedVariant>::new());
        let (bluez, manager) = (Some("org.bluez"), Some(MANAGER));
        connection.call_method(bluez, ADAPTER, manager, "RegisterAdvertisement", &body).await
    });
    let get = panel.expect("GetAll").await;
    assert_eq!(unregister(&panel, OBJECT).await, Ok(()));
    let refused = call.await.unwrap().unwrap_err();
    let failed = matches!(&refused, zbus::Error::MethodError(name, ..)
        if name.as_str() == "org.bluez.Error.Failed");
    assert!(failed, "{refused}");
    panel.connection.reply(&get.header(), &peripheral()).await.unwrap();
    world.pass(1);
    assert_eq!(counts(&panel).await, (0, 5));
    assert_eq!(bluetoothd.advertised("hci0"), []);
}
