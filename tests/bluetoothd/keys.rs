//! Keys that are counted while a passkey is on the glass.

use pairpanel::pairing::Capability::KeyboardOnly;
use pairpanel::pairing::association::Transport;
use pairpanel::sim::{FakeBluetoothd, FakePhone, Habit, Keypress, Options, Outcome};
use zbus::wire::ObjectPath;

use crate::panel::{Panel, World, device, other_phone, phone};

/// The count of the next `DisplayPasskey`, which is for this device.
async fn count(panel: &mut Panel, of: &FakePhone) -> u16 {
    let call = panel.expect("DisplayPasskey!").await;
    assert_eq!(device(&call), of.address.path());
    call.body().deserialize::<(ObjectPath<'_>, u32, u16)>().unwrap().2
}

async fn type_keys(keys: &str, bluetoothd: &FakeBluetoothd, phone: &FakePhone) {
    for key in keys.chars() {
        let keypress = match key {
            's' => Keypress::Started,
            '+' => Keypress::Entered,
            '-' => Keypress::Erased,
            'c' => Keypress::Cleared,
            _ => Keypress::Completed,
        };
        phone.keypress(bluetoothd, keypress).await;
    }
}

#[tokio::test]
async fn keys_are_counted_up_and_down_with_the_kernels_wrap_and_on_bredr_alone() {
    for (transport, keys, counts) in [
        (Transport::BrEdr, "s++++++.", [1, 2, 3, 4, 5, 6].as_slice()),
        (Transport::BrEdr, "++-+c-+", &[1, 2, 1, 2, 0, 255, 0]),
        (Transport::BrEdr, "++s+", &[1, 2, 1]),
        (Transport::LeSecureConnections, "s++-c.", &[]),
        (Transport::LeLegacy, "s++-c.", &[]),
    ] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let keyboard = FakePhone { capability: KeyboardOnly, transport, ..phone() };
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let pair = panel.pair(&keyboard.address.path());
            panel.expect("Connected=true").await;
            assert_eq!(count(&mut panel, &keyboard).await, 0);
            type_keys(keys, &bluetoothd, &keyboard).await;
            for expected in counts {
                assert_eq!(count(&mut panel, &keyboard).await, *expected, "{keys}");
            }
            keyboard.disconnect(&bluetoothd).await;
            panel.expect("Disconnected").await;
            pair.await.unwrap().unwrap_err();
        };
        let mut person = Habit::WalksAway;
        let (outcome, ()) =
            tokio::join!(keyboard.await_pairing(&bluetoothd, &mut person), at_panel);
        assert_eq!(outcome, Outcome::LinkLost);
    }
}

#[tokio::test]
async fn two_keyboards_are_counted_apart_while_a_number_is_compared() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let keyboard =
        |phone| FakePhone { capability: KeyboardOnly, transport: Transport::BrEdr, ..phone };
    let (one, two, third) = (keyboard(phone()), keyboard(other_phone()), {
        let address = pairpanel::sim::Address([0xA4, 0xC3, 0, 0x0D, 0x1E, 0x81]);
        FakePhone::new("third", address)
    });
    let (mut a, mut b, mut c) = (Habit::WalksAway, Habit::WalksAway, Habit::Accepts);
    let at_panel = async {
        let (added, display) = ("InterfacesAdded", "DisplayPasskey!");
        let events = [added, added, added, display, display, "RequestConfirmation"];
        let call = panel.expect_mixed(&events).await;
        for (keyboard, key, expected) in
            [(&one, "+", 1), (&two, "+", 1), (&one, "+", 2), (&one, "-", 1), (&two, "-", 0)]
        {
            type_keys(key, &bluetoothd, keyboard).await;
            assert_eq!(count(&mut panel, keyboard).await, expected);
        }
        panel.accept(&call).await;
        panel.expect("Bonded=true").await;
    };
    tokio::select! {
        _ = one.pair(&bluetoothd, &mut a) => panic!("nobody types"),
        _ = two.pair(&bluetoothd, &mut b) => panic!("nobody types"),
        (outcome, ()) = futures_util::future::join(third.pair(&bluetoothd, &mut c), at_panel) => {
            assert_eq!(outcome, Outcome::Paired { authenticated: true });
        }
    }
}
