//! `AuthorizeService`: when it is asked, one after the other.

use pairpanel::pairing::association::Transport;
use pairpanel::sim::{FakePhone, Habit, Options, Outcome};

use crate::panel::{World, device, other_phone, phone, text};

const DEVICE1: &str = "org.bluez.Device1";
const A2DP: &str = "0000110b-0000-1000-8000-00805f9b34fb";
const HID: &str = "00001124-0000-1000-8000-00805f9b34fb";

fn on_bredr(phone: FakePhone) -> FakePhone {
    FakePhone { transport: Transport::BrEdr, ..phone }
}

#[tokio::test]
async fn a_stranger_is_asked_about_each_time_and_on_bredr_alone() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (le, phone) = (other_phone(), on_bredr(phone()));
    assert!(le.connect_service(&bluetoothd, HID).await, "GATT is not asked about");
    panel.expect("InterfacesAdded").await;

    phone.connect(&bluetoothd).await.unwrap();
    panel.expect("InterfacesAdded").await;
    for (attempt, accepts) in [true, false].into_iter().enumerate() {
        let at_panel = async {
            if attempt == 0 {
                panel.expect("ServicesResolved=true").await;
            }
            let call = panel.expect("AuthorizeService").await;
            assert_eq!((device(&call), text(&call)), (phone.address.path(), A2DP.into()));
            match accepts {
                true => panel.accept(&call).await,
                false => panel.refuse(&call).await,
            }
        };
        let allowed = phone.connect_service(&bluetoothd, A2DP);
        assert_eq!(tokio::join!(allowed, at_panel).0, accepts);
    }
    let connected = panel.get(&phone.address.path(), DEVICE1, "Connected").await;
    assert!(bool::try_from(connected).unwrap(), "a refusal leaves the link");
    panel.set(&phone.address.path(), DEVICE1, "Trusted", true).await.unwrap();
    assert!(phone.connect_service(&bluetoothd, A2DP).await);
}

#[tokio::test]
async fn services_are_asked_about_in_line_and_trust_is_looked_at_when_it_is_ones_turn() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (one, two) = (on_bredr(phone()), on_bredr(other_phone()));
    for phone in [&one, &two] {
        phone.connect(&bluetoothd).await.unwrap();
        panel.expect("InterfacesAdded").await;
    }
    let (resolved, asked) = ("ServicesResolved=true", "AuthorizeService");
    let at_panel = async {
        // Which of the three is first does not matter, but no two are asked at once.
        let first = panel.expect_mixed(&[resolved, resolved, asked]).await;
        panel.refuse(&first).await;
        let second = panel.expect(asked).await;
        let last = [one.address.path(), two.address.path()];
        for path in last {
            panel.set(&path, DEVICE1, "Trusted", true).await.unwrap();
            panel.expect("Trusted=true").await;
        }
        panel.refuse(&second).await;
    };
    let (a, b, c, ()) = tokio::join!(
        one.connect_service(&bluetoothd, A2DP),
        two.connect_service(&bluetoothd, A2DP),
        one.connect_service(&bluetoothd, HID),
        at_panel
    );
    assert_eq!([a, b, c].map(u8::from).iter().sum::<u8>(), 1, "the one that has become trusted");
}

#[tokio::test]
async fn a_service_is_refused_unasked_during_a_pairing_and_its_own_prompt_refuses_a_pairing() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (phone, other, mut person) = (on_bredr(phone()), other_phone(), Habit::Accepts);
    let added = "InterfacesAdded";
    let at_panel = async {
        panel.expect(added).await;
        let call = panel.expect("RequestConfirmation").await;
        assert!(!phone.connect_service(&bluetoothd, A2DP).await);
        panel.expect_all(&[added, "ServicesResolved=true"]).await;
        panel.refuse(&call).await;
        panel.expect_all(&["Disconnected", "Connected=false"]).await;
    };
    tokio::join!(other.pair(&bluetoothd, &mut person), at_panel);

    let at_panel = async {
        let call = panel.expect("AuthorizeService").await;
        let refused = other.pair(&bluetoothd, &mut person).await;
        assert_eq!(refused, Outcome::RefusedWithoutAsking);
        panel.expect_all(&["Connected=true", "Disconnected", "Connected=false"]).await;
        panel.accept(&call).await;
    };
    assert!(tokio::join!(phone.connect_service(&bluetoothd, A2DP), at_panel).0);
}

#[tokio::test]
async fn a_service_that_is_asked_for_goes_with_its_link_and_the_next_is_asked() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (one, two) = (on_bredr(phone()), on_bredr(other_phone()));
    let at_panel = async {
        panel.expect_all(&["InterfacesAdded", "ServicesResolved=true"]).await;
        let call = panel.expect("AuthorizeService").await;
        one.disconnect(&bluetoothd).await;
        let resolved = "ServicesResolved=false";
        panel.expect_all(&[resolved, "Disconnected", "Connected=false", "Cancel!"]).await;
        panel.accept(&call).await;
    };
    assert!(!tokio::join!(one.connect_service(&bluetoothd, A2DP), at_panel).0);
    let at_panel = async {
        panel.expect_all(&["InterfacesAdded", "ServicesResolved=true"]).await;
        let call = panel.expect("AuthorizeService").await;
        panel.accept(&call).await;
    };
    assert!(tokio::join!(two.connect_service(&bluetoothd, A2DP), at_panel).0);
}
