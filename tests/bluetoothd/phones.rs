//! Phones that have forgotten, and those that the panel has.

use pairpanel::pairing::Capability::KeyboardOnly;
use pairpanel::pairing::association::Transport;
use pairpanel::sim::{
    FakeBluetoothd, FakePhone, Habit, JustWorksRepairing, Kind, Options, Outcome, Reconnection,
};

use crate::panel::{Panel, World, phone};

const DEVICE1: &str = "org.bluez.Device1";
const PAIRED: Outcome = Outcome::Paired { authenticated: false };

/// A panel that a phone has bonded with by Just Works, and disconnected from.
async fn bonded(world: &World, options: Options, phone: &FakePhone) -> (FakeBluetoothd, Panel) {
    let disconnected = match options.auto_disconnect {
        true => &["ServicesResolved=false", "Disconnected", "Connected=false"][..],
        false => &["Connected=false ServicesResolved=false"],
    };
    let bluetoothd = world.bluetoothd(options).await;
    let mut panel = world.panel().await;
    panel.register("NoInputNoOutput").await;
    let mut person = Habit::Accepts;
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        if phone.transport != Transport::BrEdr {
            let call = panel.expect("RequestAuthorization").await;
            panel.accept(&call).await;
        }
        panel.expect("Bonded=true").await;
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, PAIRED);
    world.pass(1);
    panel.expect("Paired=true ServicesResolved=true").await;
    phone.disconnect(&bluetoothd).await;
    panel.expect_all(disconnected).await;
    (bluetoothd, panel)
}

#[tokio::test]
async fn a_phone_that_forgot_its_bond_cannot_come_back_by_just_works_unless_it_is_let() {
    use JustWorksRepairing::{Always, Confirm, Never};
    let refused = Outcome::RefusedWithoutAsking;
    let (old, new) = (Options::before_5_83(), Options::default());
    assert_eq!(new.just_works_repairing, Never, "as BlueZ comes");
    for transport in [Transport::BrEdr, Transport::LeSecureConnections, Transport::LeLegacy] {
        for (version, policy, asked, outcome) in [
            (&new, Never, false, refused),
            (&old, Never, false, refused),
            (&new, Always, false, PAIRED),
            (&new, Confirm, true, PAIRED),
        ] {
            let world = World::new();
            let options = Options { just_works_repairing: policy, ..version.clone() };
            let phone = FakePhone { transport, ..phone() };
            let (bluetoothd, mut panel) = bonded(&world, options, &phone).await;
            phone.forget();
            let mut person = Habit::Accepts;
            let at_panel = async {
                panel.expect("Connected=true").await;
                if asked {
                    let call = panel.expect("RequestAuthorization").await;
                    panel.accept(&call).await;
                }
            };
            let (is, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
            assert_eq!(is, outcome, "{transport:?} {policy:?}");
            // A refusal costs the bond neither side's memory of it, and since 5.83 the link.
            assert_eq!(world.store.bonds(), [phone.address]);
            if outcome == refused && version.auto_disconnect {
                panel.expect_all(&["Disconnected", "Connected=false"]).await;
            } else {
                let connected = panel.get(&phone.address.path(), DEVICE1, "Connected").await;
                assert!(bool::try_from(connected).unwrap());
            }
        }
    }
}

#[tokio::test]
async fn a_link_is_encrypted_with_a_key_that_both_sides_have() {
    let keyboard = |transport| FakePhone {
        kind: Kind::Keyboard,
        capability: KeyboardOnly,
        transport,
        ..phone()
    };
    let le = Transport::LeSecureConnections;
    for (phone, phone_forgets, panel_forgets, expected, reason) in [
        (phone(), false, false, Reconnection::Encrypted, None),
        (phone(), true, false, Reconnection::Unencrypted, None),
        (phone(), false, true, Reconnection::KeyMissing, Some("org.bluez.Reason.Remote")),
        (keyboard(le), false, false, Reconnection::Encrypted, None),
        (
            keyboard(le),
            true,
            false,
            Reconnection::KeyMissing,
            Some("org.bluez.Reason.Authentication"),
        ),
        (keyboard(le), false, true, Reconnection::NoLink, None),
    ] {
        let world = World::new();
        let (bluetoothd, mut panel) = bonded(&world, Options::default(), &phone).await;
        if phone_forgets {
            phone.forget();
        }
        if panel_forgets {
            let path = zbus::wire::ObjectPath::try_from(phone.address.path()).unwrap();
            let adapter = ("/org/bluez/hci0", "org.bluez.Adapter1");
            panel.call(adapter.0, adapter.1, "RemoveDevice", &path).await.unwrap();
            panel.expect("InterfacesRemoved").await;
        }
        assert_eq!(phone.reconnect(&bluetoothd).await, expected);
        let up = if panel_forgets { "InterfacesAdded" } else { "Connected=true" };
        match (expected, reason) {
            (Reconnection::Encrypted, _) => {
                panel.expect_all(&[up, "ServicesResolved=true"]).await;
            }
            (_, None) => {}
            (_, Some(reason)) => {
                panel.expect(up).await;
                let signal = panel.expect("Disconnected").await;
                let body = signal.body();
                assert_eq!(body.deserialize::<(&str, &str)>().unwrap().0, reason);
            }
        }
    }
}

#[tokio::test]
async fn before_5_83_a_failed_pair_hangs_up_without_a_word_and_a_phone_that_failed_stays() {
    for (by_pair, events) in [(true, &["Connected=false"][..]), (false, &[])] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::before_5_83()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let (phone, mut person) = (phone(), Habit::Refuses);
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            if by_pair {
                drop(panel.pair(&phone.address.path()));
                panel.expect("Connected=true").await;
            }
            panel.expect_all(&["RequestConfirmation", "Cancel!"]).await;
            panel.expect_all(events).await;
        };
        let phone_pairs = async {
            match by_pair {
                true => phone.await_pairing(&bluetoothd, &mut person).await,
                false => phone.pair(&bluetoothd, &mut person).await,
            }
        };
        let (outcome, ()) = tokio::join!(phone_pairs, at_panel);
        assert_eq!(outcome, Outcome::RefusedByPhone);
        let connected = panel.get(&phone.address.path(), DEVICE1, "Connected").await;
        assert_eq!(bool::try_from(connected).unwrap(), !by_pair);
    }
}
