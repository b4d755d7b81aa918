//! Adapters that go and come, and agents that come and go.

use pairpanel::pairing::Capability;
use pairpanel::sim::{Habit, Options, Outcome};

use crate::panel::{AGENT, World, other_phone, phone};

const ADAPTER: &str = "/org/bluez/hci0";
const ADAPTER1: &str = "org.bluez.Adapter1";

/// The arguments of `Device1.Disconnected`, without the text.
fn reason(signal: &zbus::Message) -> String {
    signal.body().deserialize::<(&str, &str)>().unwrap().0.replace("org.bluez.Reason.", "")
}

#[tokio::test]
async fn an_adapter_that_is_pulled_takes_its_prompt_and_objects_and_finds_the_agent_again() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (phone, mut person) = (phone(), Habit::Accepts);
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        panel.expect("RequestConfirmation").await;
        bluetoothd.unplug_adapter().await;
        panel.expect_all(&["Disconnected", "Connected=false", "Cancel!"]).await;
        // The device, then the adapter.
        panel.expect_all(&["InterfacesRemoved", "InterfacesRemoved"]).await;
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::LinkLost);
    assert_eq!(phone.pair(&bluetoothd, &mut person).await, Outcome::NoLink);
    let gone = panel.set(ADAPTER, ADAPTER1, "Pairable", true).await.unwrap_err();
    assert!(gone.contains("UnknownObject"), "{gone}");
    assert_eq!(bluetoothd.default_capability(), Some(Capability::DisplayYesNo));

    bluetoothd.plug_adapter().await;
    // The adapter, and later what it can advertise.
    panel.expect_all(&["InterfacesAdded", "Pairable=true", "InterfacesAdded"]).await;
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestConfirmation").await;
        panel.accept(&call).await;
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
}

#[tokio::test]
async fn a_link_that_ends_says_why_and_takes_its_prompt_along() {
    for why in ["Local", "Remote", "Suspend", "Timeout"] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let (phone, mut person) = (phone(), Habit::Accepts);
        {
            let mut pairing = std::pin::pin!(phone.pair(&bluetoothd, &mut person));
            tokio::select! {
                outcome = &mut pairing => panic!("{outcome:?}"),
                () = async {
                    panel.expect("InterfacesAdded").await;
                    panel.expect("RequestConfirmation").await;
                } => {}
            }
            match why {
                "Local" => panel.set(ADAPTER, ADAPTER1, "Powered", false).await.unwrap(),
                "Remote" => phone.disconnect(&bluetoothd).await,
                "Suspend" => bluetoothd.suspend().await,
                // It goes out of range when nobody polls it any more.
                _ => {}
            }
        }
        let signal = panel.expect("Disconnected").await;
        assert_eq!(reason(&signal), why);
        panel.expect_all(&["Connected=false", "Cancel!"]).await;
    }
}

#[tokio::test]
async fn another_agent_takes_the_prompts_and_gives_them_back_with_an_open_adapter() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let (mut panel, mut applet) = (world.panel().await, world.panel().await);
    panel.register("DisplayYesNo").await;
    applet.expect("Pairable=true").await;
    panel.set(ADAPTER, ADAPTER1, "Pairable", false).await.unwrap();
    panel.expect("Pairable=false").await;
    applet.expect("Pairable=false").await;

    // Nobody tells the panel; it only sees the adapter open.
    applet.try_register("DisplayYesNo").await.unwrap();
    applet.manager("RequestDefaultAgent", AGENT).await.unwrap();
    applet.expect("Pairable=true").await;
    panel.expect("Pairable=true").await;
    let (stolen, phone, mut person) = (other_phone(), phone(), Habit::Accepts);
    let at_applet = async {
        applet.expect("InterfacesAdded").await;
        let call = applet.expect("RequestConfirmation").await;
        applet.accept(&call).await;
        applet.expect("Bonded=true").await;
    };
    tokio::join!(stolen.pair(&bluetoothd, &mut person), at_applet);
    panel.expect_all(&["InterfacesAdded", "Bonded=true"]).await;

    panel.set(ADAPTER, ADAPTER1, "Pairable", false).await.unwrap();
    panel.expect("Pairable=false").await;
    applet.connection.close().await.unwrap();
    panel.expect("Pairable=true").await;
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestConfirmation").await;
        panel.accept(&call).await;
    };
    tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(world.store.bonds().len(), 2);
}

/// BlueZ, `src/adapter.c`: `adapter_register` applies the default agent to the adapter that has
/// come, and `adapter_set_io_capability` is run for each when another agent is the default, or none.
#[tokio::test]
async fn the_default_agent_is_applied_to_each_adapter_that_is_there_or_comes() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    let announced = ["InterfacesAdded", "InterfacesAdded"];
    bluetoothd.plug("hci1").await;
    panel.expect_all(&announced).await;
    assert_eq!(bluetoothd.pairable_adapters(), [""; 0]);
    panel.try_register("DisplayYesNo").await.unwrap();
    panel.expect_all(&["Pairable=true", "Pairable=true"]).await;
    assert_eq!(bluetoothd.pairable_adapters(), ["hci0", "hci1"]);
    bluetoothd.unplug("hci1").await;
    panel.expect("InterfacesRemoved").await;
    panel.set(ADAPTER, ADAPTER1, "Pairable", false).await.unwrap();
    panel.expect("Pairable=false").await;

    bluetoothd.plug("hci1").await;
    panel.expect_mixed(&["InterfacesAdded", "InterfacesAdded", "Pairable=true"]).await;
    assert_eq!(bluetoothd.pairable_adapters(), ["hci1"], "the other one is left alone");
    let alias = panel.get("/org/bluez/hci1", ADAPTER1, "Alias").await;
    assert_eq!(<&str>::try_from(&*alias), Ok("panel #2"));

    let other = world.panel().await;
    other.try_register("KeyboardOnly").await.unwrap();
    other.manager("RequestDefaultAgent", AGENT).await.unwrap();
    panel.expect("Pairable=true").await;
    panel.set(ADAPTER, ADAPTER1, "Pairable", false).await.unwrap();
    panel.expect("Pairable=false").await;
    other.connection.close().await.unwrap();
    panel.expect("Pairable=true").await;
    panel.manager("UnregisterAgent", AGENT).await.unwrap();
    panel.expect_all(&["Pairable=false", "Pairable=false"]).await;

    // The next bluetoothd finds both of them.
    bluetoothd.crash().await;
    let bluetoothd = world.bluetoothd(Options::default()).await;
    panel.expect_all(&["NameOwnerChanged", "NameOwnerChanged"]).await;
    panel.try_register("DisplayYesNo").await.unwrap();
    panel.expect_all(&["Pairable=true", "Pairable=true"]).await;
    assert_eq!(bluetoothd.pairable_adapters(), ["hci0", "hci1"]);
}

/// BlueZ, `src/adapter.c`: `trigger_pairable_timeout` is run whenever `Pairable` changes, whoever
/// changes it, and both time-outs are kept (`store_adapter_info`).
#[tokio::test]
async fn a_time_out_closes_what_an_agent_has_opened_and_outlives_bluetoothd() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    for (property, seconds) in [("PairableTimeout", 1u32), ("DiscoverableTimeout", 7)] {
        panel.set(ADAPTER, ADAPTER1, property, seconds).await.unwrap();
        panel.expect(property).await;
    }
    for _ in 0..2 {
        let other = world.panel().await;
        other.try_register("DisplayYesNo").await.unwrap();
        panel.expect("Pairable=true").await;
        world.pass(1);
        panel.expect("Pairable=false").await;
        other.connection.close().await.unwrap();
        while bluetoothd.default_capability().is_some() {
            tokio::task::yield_now().await;
        }
    }
    bluetoothd.stop().await;
    panel.expect_all(&["Powered=false", "NameOwnerChanged"]).await;
    let _bluetoothd = world.bluetoothd(Options::default()).await;
    panel.expect("NameOwnerChanged").await;
    panel.set(ADAPTER, ADAPTER1, "Discoverable", true).await.unwrap();
    panel.expect("Discoverable=true").await;
    world.pass(7);
    panel.expect("Discoverable=false").await;
    panel.register("DisplayYesNo").await;
    world.pass(1);
    panel.expect("Pairable=false").await;
}

#[tokio::test]
async fn the_objects_can_be_looked_at() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let panel = world.panel().await;
    let path = phone().connect(&bluetoothd).await.unwrap();
    for (at, expected) in [
        ("/", "<node name=\"org\"/>"),
        ("/org/bluez", "<node name=\"hci0\"/>"),
        (ADAPTER, "<property name=\"Pairable\" type=\"b\" access=\"readwrite\"/>"),
        (&path, "<property name=\"Paired\" type=\"b\" access=\"read\"/>"),
        (&path, "<signal name=\"Disconnected\">"),
    ] {
        let introspectable = "org.freedesktop.DBus.Introspectable";
        let reply = panel.call(at, introspectable, "Introspect", &()).await.unwrap();
        let xml: String = reply.body().deserialize().unwrap();
        assert!(xml.contains(expected), "{at}: {xml}");
    }
}
