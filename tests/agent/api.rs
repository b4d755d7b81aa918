//! `org.pairpanel.Panel1` as a client sees it.

use std::time::Duration;

use pairpanel::api::{Access, INTERFACE, NAME, PATH, Service};
use pairpanel::pairing::{AtStart, Capability, Policy};
use pairpanel::sim::{FakeBluetoothd, FakeBus, Habit, Outcome};
use zbus::connection::Builder;
use zbus::fdo::{DBusProxy, RequestNameFlags};
use zbus::proxy::MethodFlags;
use zbus::{DBusError as _, ObjectPath, Proxy};

use crate::client::{Client, error_name, member, members, said};
use crate::polkit::{FakePolkit, Says};
use crate::world::{BONNET, Gesture, World, eventually, open_window, phone, registered};

const DENIED: &str = "org.freedesktop.DBus.Error.AccessDenied";
const INVALID: &str = "org.freedesktop.DBus.Error.InvalidArgs";

fn closed_window() -> Policy {
    Policy { window_at_start: AtStart::Never, ..Policy::default() }
}

async fn closed_panel() -> (World, FakeBluetoothd, Client) {
    let world = World::new(BONNET, closed_window());
    let bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    eventually("what bluetoothd opened is closed again", || !bluetoothd.is_pairable()).await;
    let client = Client::of(&world.bus).await;
    client.sees("Adapters", "\"Pairable\": <false>").await;
    client.sees("DefaultAgent", "yes").await;
    (world, bluetoothd, client)
}

/// Calls that are all right but for who makes them.
async fn call_each(client: &Client) -> Vec<(&'static str, Result<(), String>)> {
    let device = ObjectPath::try_from("/org/bluez/hci0/dev_00_11_22_33_44_55").unwrap();
    vec![
        ("OpenWindow", client.call("OpenWindow", &(30u32,)).await),
        ("CloseWindow", client.call("CloseWindow", &()).await),
        ("Forget", client.call("Forget", &(&device,)).await),
        ("ForgetAll", client.call("ForgetAll", &()).await),
        ("Pair", client.call("Pair", &("00:11:22:33:44:55", "")).await),
        ("Identify", client.call("Identify", &()).await),
        ("ReadPrompt", client.call("ReadPrompt", &()).await),
        ("ReadOutOfBand", client.call("ReadOutOfBand", &()).await),
    ]
}

#[tokio::test]
async fn every_property_says_how_it_is() {
    let (_world, _bluetoothd, client) = closed_panel().await;
    let expected = [
        ("Version", env!("CARGO_PKG_VERSION")),
        ("Board", "test"),
        ("BoardName", "display and two keys"),
        ("Capability", "DisplayYesNo"),
        ("CapabilityReason", "the display and the accept key work"),
        ("Activity", "idle"),
        ("Health", "ready"),
        ("DefaultAgent", "yes"),
        ("WindowOpen", "false"),
        ("WindowRemaining", "0"),
        ("PauseRemaining", "0"),
        ("Display", "working"),
        ("Inputs", r#"{"accept": "working", "reject": "working"}"#),
        ("Devices", "[]"),
    ];
    let mut properties = client.properties().await;
    let adapters = said(&properties.remove("Adapters").unwrap());
    for (name, value) in expected {
        let property = properties.remove(name).map(|value| said(&value)).unwrap_or_default();
        assert!(property.ends_with(value), "{name}: {property}, and not {value}");
    }
    assert!(properties.is_empty(), "{properties:?}");
    for part in ["\"/org/bluez/hci0\"", "\"Pairable\": <false>", "\"Used\": <true>", "\"Powered\""]
    {
        assert!(adapters.contains(part), "{adapters}");
    }
}

#[tokio::test]
async fn what_a_command_changes_is_done_and_told_at_once() {
    let (world, bluetoothd, mut client) = closed_panel().await;
    client.call("OpenWindow", &(30u32,)).await.unwrap();
    let changed = client.changed_to("WindowOpen", "true").await;
    // Both in one signal, and nothing in it that is as before.
    let expected = [("Activity", "window"), ("WindowOpen", "true")];
    assert_eq!(changed, expected.map(|(name, value)| (name.into(), value.into())).into());
    eventually("it is pairable", || bluetoothd.is_pairable()).await;
    assert_eq!(client.text("WindowRemaining").await, "30");
    world.clock.advance(Duration::from_millis(9_500));
    assert_eq!(client.text("WindowRemaining").await, "21");
    // As long as the configuration says.
    client.call("OpenWindow", &(0u32,)).await.unwrap();
    assert_eq!(client.text("WindowRemaining").await, "120");

    client.call("CloseWindow", &()).await.unwrap();
    eventually("it is not pairable", || !bluetoothd.is_pairable()).await;
    assert_eq!(client.text("WindowRemaining").await, "0");
    let all = client.changed_to("WindowOpen", "false").await;
    assert_eq!(all["Activity"], "idle");
    for quiet in ["WindowRemaining", "Version", "Capability", "Devices", "Inputs"] {
        assert!(!all.contains_key(quiet), "{quiet} has not changed, or tells of no change");
    }
}

#[tokio::test]
async fn what_happens_by_itself_is_told_as_well() {
    let (world, _bluetoothd, mut client) = closed_panel().await;
    client.call("OpenWindow", &(30u32,)).await.unwrap();
    client.changed_to("WindowOpen", "true").await;
    world.clock.advance(Duration::from_secs(31));
    client.changed_to("WindowOpen", "false").await;
    world.panel.glass.break_down(true);
    client.call("OpenWindow", &(30u32,)).await.unwrap();
    client.changed_to("Display", "failed").await;
    assert_eq!(client.text("Health").await, "no-display");
    let reason = client.text("CapabilityReason").await;
    assert!(reason.contains("the display has failed"), "{reason}");
}

#[tokio::test]
async fn odd_arguments_are_refused_and_change_nothing() {
    let (_world, bluetoothd, client) = closed_panel().await;
    let path = |path| ObjectPath::try_from(path).unwrap();
    let refused = |result: Result<(), String>| assert_eq!(result, Err(INVALID.to_owned()));
    refused(client.call("OpenWindow", &(3601u32,)).await);
    for odd in ["/", "/org/bluez/hci0", "/org/bluez/hci0/dev_nonsense"] {
        refused(client.call("Forget", &(path(odd),)).await);
    }
    let address = "A4:C3:F0:1D:9A:4C";
    for odd in [("", ""), ("A4:C3", ""), (address, "eth0"), (address, "hci"), (address, "hci0/..")]
    {
        refused(client.call("Pair", &odd).await);
    }
    assert!(!bluetoothd.is_pairable());
}

#[tokio::test]
async fn who_may_not_change_anything_may_read_everything() {
    let nobody = Access { users: Vec::new(), group: String::new() };
    let world = World::on(FakeBus::start().unwrap(), BONNET, closed_window(), |setup| {
        let service = Some(Service { access: nobody, ..Service::default() });
        pairpanel::daemon::Setup { service, ..setup }
    });
    let bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    eventually("what bluetoothd opened is closed again", || !bluetoothd.is_pairable()).await;
    let client = Client::of(&world.bus).await;
    for (method, result) in call_each(&client).await {
        assert_eq!(result, Err(DENIED.to_owned()), "{method}");
    }
    assert_eq!(client.text("WindowOpen").await, "false");
    assert!(!bluetoothd.is_pairable());

    // With polkit on the machine it is for polkit to say.
    let cases = [
        (Says::Yes, false, Ok(())),
        (Says::No, false, Err(DENIED)),
        (Says::No, true, Err(DENIED)),
        (Says::AskAdministrator { who_knows_the_password: true }, false, Err(DENIED)),
        (Says::AskAdministrator { who_knows_the_password: true }, true, Ok(())),
        (Says::AskAdministrator { who_knows_the_password: false }, true, Err(DENIED)),
        (Says::UnknownAction, true, Err(DENIED)),
    ];
    for (says, interactive, expected) in cases {
        let polkit = FakePolkit::start(&world.bus, says).await;
        let panel = Proxy::new(&client.connection, NAME, PATH, INTERFACE).await.unwrap();
        let flags = MethodFlags::ALLOW_INTERACTIVE_AUTH;
        let reply = if interactive {
            panel.call_with_flags::<_, _, ()>("CloseWindow", flags, &()).await.map(drop)
        } else {
            panel.call::<_, _, ()>("CloseWindow", &()).await
        };
        let reply = error_name(reply);
        assert_eq!(reply, expected.map_err(str::to_owned), "{says:?} {interactive}");
        polkit.stop().await;
    }
}

#[tokio::test]
async fn who_is_refused_learns_who_would_not_be() {
    let nobody = Access { users: Vec::new(), group: String::new() };
    let world = World::on(FakeBus::start().unwrap(), BONNET, closed_window(), |setup| {
        let service = Some(Service { access: nobody, ..Service::default() });
        pairpanel::daemon::Setup { service, ..setup }
    });
    let client = Client::of(&world.bus).await;
    let polkit = "root, members of the group pairpanel and whom polkit allows org.pairpanel.manage";
    for (method, who) in [
        ("CloseWindow", polkit),
        ("ReadPrompt", "root and members of the group pairpanel"),
        ("ReadOutOfBand", "root"),
    ] {
        let panel = Some(INTERFACE);
        let reply = client.connection.call_method(Some(NAME), PATH, panel, method, &()).await;
        let Err(zbus::Error::FDO(error)) = reply else { panic!("{reply:?}") };
        let expected = format!("only {who} may do this; everybody may read the properties");
        assert_eq!(error.description(), Some(&*expected));
    }
}

#[tokio::test]
async fn no_property_and_no_signal_has_the_code_in_it() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let mut client = Client::of(&world.bus).await;
    let phone = phone();
    let glass = world.panel.glass.clone();
    let mut person = pairpanel::sim::Attentive(|| glass.code());
    let pairing = phone.pair(&bluetoothd, &mut person);
    let watching = async {
        world.panel.prompted().await;
        let code = world.panel.glass.code().await.unwrap().value();
        let seen = client.properties().await;
        assert_eq!(said(&seen["Activity"]), "asking");
        Gesture::Hold.make(&mut world.panel).await;
        (code, format!("{seen:?}"))
    };
    let (outcome, (code, seen)) = tokio::join!(pairing, watching);
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
    let mut told = Vec::new();
    while !told.iter().any(|signal| member(signal) == "PairingFinished") {
        tokio::time::sleep(Duration::from_millis(1)).await;
        told.extend(client.heard());
    }
    let after = format!("{:?}", client.properties().await);
    assert!(after.contains(&phone.address.to_string()), "the bond is there: {after}");
    let digits = format!("{code:06}");
    for signal in &told {
        let bytes: &[u8] = signal.data().bytes();
        let text = String::from_utf8_lossy(bytes);
        let number = code.to_le_bytes();
        assert!(!text.contains(&digits), "{signal:?}");
        assert!(!bytes.windows(4).any(|four| four == number), "{signal:?}");
    }
    for text in [seen, after] {
        assert!(!text.contains(&digits) && !text.contains(&code.to_string()), "{text}");
    }
    let finished = told.iter().find(|signal| member(signal) == "PairingFinished").unwrap();
    let body = finished.body();
    type Finished<'m> = (ObjectPath<'m>, String, String, String, String, bool, bool);
    let (path, address, _, method, outcome, paired, authenticated): Finished<'_> =
        body.deserialize().unwrap();
    assert_eq!((path.as_str(), address), (&*phone.address.path(), phone.address.to_string()));
    assert_eq!((method.as_str(), outcome.as_str()), ("numeric-comparison", "paired-checked"));
    assert!(paired && authenticated);
}

#[tokio::test]
async fn a_pairing_is_begun_over_the_bus_and_answered_at_the_panel() {
    let (mut world, bluetoothd, client) = closed_panel().await;
    let phone = phone();
    let mut person = Habit::Accepts;
    let waiting = phone.await_pairing(&bluetoothd, &mut person);
    let address = phone.address.to_string();
    let begin = (address.as_str(), "hci0");
    let answering = async {
        world.panel.prompted().await;
        let busy = client.call("Pair", &begin).await;
        assert_eq!(busy, Err("org.pairpanel.Error.InProgress".to_owned()));
        Gesture::Hold.make(&mut world.panel).await;
    };
    let (outcome, paired, ()) = tokio::join!(waiting, client.call("Pair", &begin), answering);
    assert_eq!((outcome, paired), (Outcome::Paired { authenticated: true }, Ok(())));
    assert_eq!(world.store.bonds().len(), 1);
    client.call("OpenWindow", &(120u32,)).await.unwrap();
    let again = client.call("Pair", &begin).await;
    assert_eq!(again, Err("org.pairpanel.Error.Failed".to_owned()));
}

#[tokio::test]
async fn a_pairing_ends_with_the_client_that_has_begun_it_and_with_the_daemon() {
    for daemon_ends in [false, true] {
        let (mut world, bluetoothd, client) = closed_panel().await;
        client.call("OpenWindow", &(120u32,)).await.unwrap();
        let phone = phone();
        let mut person = Habit::Accepts;
        let waiting = phone.await_pairing(&bluetoothd, &mut person);
        let address = phone.address.to_string();
        let leaving = async {
            let begin = (address.as_str(), "");
            let pairing = client.call("Pair", &begin);
            tokio::pin!(pairing);
            tokio::select! {
                done = &mut pairing => panic!("{done:?}"),
                () = world.panel.prompted() => {}
            }
            if daemon_ends {
                let (result, ()) = tokio::join!(pairing, world.stop());
                assert_eq!(result, Err("org.pairpanel.Error.Stopped".to_owned()));
            } else {
                client.connection.clone().close().await.unwrap();
            }
        };
        let (outcome, ()) = tokio::join!(waiting, leaving);
        assert!(!matches!(outcome, Outcome::Paired { .. }), "{outcome:?}");
        eventually("the code is gone", || !world.shows_code()).await;
        assert_eq!(world.store.bonds(), []);
    }
}

#[tokio::test]
async fn without_the_name_the_panel_goes_on_without_the_interface() {
    let bus = FakeBus::start().unwrap();
    let other = Builder::address(bus.address()).build().await.unwrap();
    other.request_name_with_flags(NAME, RequestNameFlags::DO_NOT_QUEUE).await.unwrap();
    let mut world = World::on(bus, BONNET, open_window(), |setup| setup);
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let outcome = world.pair(&bluetoothd, &phone(), Gesture::Hold).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
    let bus = DBusProxy::new(&other).await.unwrap();
    let owner = bus.get_name_owner(NAME.try_into().unwrap()).await.unwrap();
    assert_eq!(Some(&owner), other.unique_name());
    world.stop().await;
}

#[tokio::test]
async fn stopping_gives_the_name_back() {
    let (mut world, _bluetoothd, client) = closed_panel().await;
    world.stop().await;
    let bus = DBusProxy::new(&client.connection).await.unwrap();
    assert!(!bus.name_has_owner(NAME.try_into().unwrap()).await.unwrap());
}

/// `dist/dbus/org.pairpanel.Panel1.xml` is what clients are generated from.
#[tokio::test]
async fn the_interface_is_as_it_is_documented() {
    let (_world, _bluetoothd, client) = closed_panel().await;
    let introspectable = Some("org.freedesktop.DBus.Introspectable");
    let call = client.connection.call_method(Some(NAME), PATH, introspectable, "Introspect", &());
    let served: String = call.await.unwrap().body().deserialize().unwrap();
    let documented = include_str!("../../dist/dbus/org.pairpanel.Panel1.xml");
    let (documented, served) = (members(documented), members(&served));
    assert_eq!(documented.len(), 26);
    assert_eq!(documented, served);
}
