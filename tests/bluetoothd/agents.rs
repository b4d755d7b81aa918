//! Who is asked, and what that does to the adapter.

use std::time::Duration;

use pairpanel::pairing::Capability;
use pairpanel::sim::{Habit, Options, Outcome};
use zbus::wire::ObjectPath;

use crate::panel::{AGENT, World, phone};

const ADAPTER: &str = "/org/bluez/hci0";
const ADAPTER1: &str = "org.bluez.Adapter1";

#[tokio::test]
async fn errors_of_the_agent_manager_come_in_bluez_order() {
    let world = World::new();
    let _bluetoothd = world.bluetoothd(Options::default()).await;
    let panel = world.panel().await;
    let error = |name: &str| Err(format!("org.bluez.Error.{name}"));

    assert_eq!(panel.manager("RequestDefaultAgent", AGENT).await, error("DoesNotExist"));
    assert_eq!(panel.try_register("Display").await, error("InvalidArguments"));
    assert_eq!(panel.try_register("DisplayYesNo").await, Ok(()));
    assert_eq!(panel.try_register("nonsense").await, error("AlreadyExists"));
    assert_eq!(panel.manager("UnregisterAgent", "/other").await, error("DoesNotExist"));
    let wrong = panel.call("/org/bluez", "org.bluez.AgentManager1", "RegisterAgent", &7u32).await;
    let unknown = zbus::Error::FDO(Box::new(zbus::fdo::Error::UnknownMethod(
        "No such method or signature".into(),
    )));
    assert_eq!(wrong.unwrap_err(), unknown.to_string());
    assert_eq!(panel.manager("UnregisterAgent", AGENT).await, Ok(()));
}

#[tokio::test]
async fn an_agent_makes_the_adapter_pairable_and_the_next_in_line_takes_over() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let (mut first, mut second) = (world.panel().await, world.panel().await);

    first.register("DisplayYesNo").await;
    second.expect("Pairable=true").await;
    second.try_register("DisplayOnly").await.unwrap();
    assert_eq!(bluetoothd.default_capability(), Some(Capability::DisplayYesNo));

    second.manager("RequestDefaultAgent", AGENT).await.unwrap();
    assert_eq!(bluetoothd.default_capability(), Some(Capability::DisplayOnly));
    second.set(ADAPTER, ADAPTER1, "Pairable", false).await.unwrap();
    first.expect("Pairable=false").await;

    second.connection.close().await.unwrap();
    first.expect("Pairable=true").await;
    assert_eq!(bluetoothd.default_capability(), Some(Capability::DisplayYesNo));
    first.manager("UnregisterAgent", AGENT).await.unwrap();
    first.expect("Pairable=false").await;
    assert_eq!(bluetoothd.default_capability(), None);
}

#[tokio::test]
async fn pairable_is_busy_while_the_kernel_has_not_answered() {
    let world = World::new();
    let options = Options { settle: Duration::from_secs(1), ..Options::default() };
    let bluetoothd = world.bluetoothd(options).await;
    let mut panel = world.panel().await;

    panel.try_register("DisplayYesNo").await.unwrap();
    let busy = panel.set(ADAPTER, ADAPTER1, "Pairable", false).await;
    assert_eq!(busy, Err("org.bluez.Error.Busy".into()));
    assert!(!bluetoothd.is_pairable());
    world.pass(1);
    panel.expect("Pairable=true").await;
    let set = panel.set(ADAPTER, ADAPTER1, "Pairable", false);
    let settle = async {
        tokio::task::yield_now().await;
        while bluetoothd.is_pairable() {
            world.pass(1);
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(tokio::join!(set, settle).0, Ok(()));
}

#[tokio::test]
async fn pairable_ends_with_its_timeout() {
    let world = World::new();
    let _bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.set(ADAPTER, ADAPTER1, "PairableTimeout", 120u32).await.unwrap();
    panel.expect("PairableTimeout").await;
    panel.register("DisplayYesNo").await;
    world.pass(119);
    assert!(bool::try_from(panel.get(ADAPTER, ADAPTER1, "Pairable").await).unwrap());
    world.pass(1);
    panel.expect("Pairable=false").await;
}

#[tokio::test]
async fn read_only_unknown_and_ill_typed_properties_are_refused() {
    let world = World::new();
    let _bluetoothd = world.bluetoothd(Options::default()).await;
    let panel = world.panel().await;
    let set = panel.set(ADAPTER, ADAPTER1, "Pairable", "yes").await;
    assert_eq!(set, Err("org.bluez.Error.InvalidArguments".into()));
    for property in ["Address", "Nonsense"] {
        assert!(panel.set(ADAPTER, ADAPTER1, property, true).await.is_err(), "{property}");
    }
    let gone = ObjectPath::try_from("/org/bluez/hci0/dev_00_00_00_00_00_00").unwrap();
    let removed = panel.call(ADAPTER, ADAPTER1, "RemoveDevice", &gone).await;
    assert_eq!(removed.unwrap_err(), "org.bluez.Error.DoesNotExist");
    let elsewhere = ObjectPath::try_from("/elsewhere").unwrap();
    let removed = panel.call(ADAPTER, ADAPTER1, "RemoveDevice", &elsewhere).await;
    assert_eq!(removed.unwrap_err(), "org.bluez.Error.DoesNotExist");
}

#[tokio::test]
async fn an_orderly_stop_cancels_releases_and_gives_up_the_name() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (phone, mut person) = (phone(), Habit::WalksAway);
    let stop = async {
        panel.expect("InterfacesAdded").await;
        panel.expect("RequestConfirmation").await;
        bluetoothd.stop().await;
        for event in ["Disconnected", "Connected=false", "Cancel!", "InterfacesRemoved"] {
            panel.expect(event).await;
        }
        for event in ["Powered=false", "Release!", "NameOwnerChanged"] {
            panel.expect(event).await;
        }
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), stop);
    assert_eq!(outcome, Outcome::LinkLost);
    assert_eq!(phone.pair(&bluetoothd, &mut person).await, Outcome::NoLink);
}

#[tokio::test]
async fn a_crash_says_nothing_and_leaves_the_kernel_pairable() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayOnly").await;
    bluetoothd.crash().await;
    panel.expect("NameOwnerChanged").await;

    let bluetoothd = world.bluetoothd(Options::default()).await;
    panel.expect("NameOwnerChanged").await;
    assert!(bluetoothd.is_pairable());
    assert_eq!(bluetoothd.default_capability(), None);
    let outcome = phone().pair(&bluetoothd, &mut Habit::Accepts).await;
    assert_eq!(outcome, Outcome::RefusedWithoutAsking, "nobody to ask");
}
