//! Pairing by PIN, with what has no Secure Simple Pairing.

use std::time::Duration;

use pairpanel::pairing::association::Transport;
use pairpanel::sim::{Code, FakePhone, Habit, Kind, LegacyPin, Options, Outcome, Person, Pin};
use tokio::sync::mpsc;

use crate::panel::{AGENT, World, other_phone, phone, text};

const ADAPTER: &str = "/org/bluez/hci0";
const DEVICE1: &str = "org.bluez.Device1";
const PAIRED: Outcome = Outcome::Paired { authenticated: false };
const FAILED: &str = "org.bluez.Error.AuthenticationFailed";

fn without_ssp(kind: Kind, pin: LegacyPin) -> FakePhone {
    FakePhone { kind, legacy: Some(pin), transport: Transport::BrEdr, ..phone() }
}

fn fixed(pin: &str) -> LegacyPin {
    LegacyPin::Fixed(Pin::new(pin).unwrap())
}

/// A person at a keyboard who is told the PINs to type.
struct Typist(mpsc::UnboundedReceiver<&'static str>);

impl Person for Typist {
    async fn compares(&mut self, _: Code) -> bool {
        false
    }

    async fn types_passkey(&mut self) -> Option<Code> {
        None
    }

    async fn types_at_panel(&mut self, _: Code) -> bool {
        false
    }

    async fn types_pin(&mut self) -> Option<Pin> {
        Pin::new(self.0.recv().await?)
    }
}

#[tokio::test]
async fn a_pin_from_the_agent_is_1_to_16_bytes_and_the_phones() {
    let umlauts = "\u{e4}".repeat(8);
    for (phones, typed, outcome) in [
        ("0000", "0000", PAIRED),
        ("0000000000000000", "0000000000000000", PAIRED),
        (&umlauts, &umlauts, PAIRED),
        ("0000", "0001", Outcome::WrongCode),
        ("0000", "", Outcome::RefusedByPanel),
        ("0000", "00000000000000000", Outcome::RefusedByPanel),
        ("0000", &"\u{e4}".repeat(9), Outcome::RefusedByPanel),
    ] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let phone = without_ssp(Kind::Phone, fixed(phones));
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let call = panel.expect("RequestPinCode").await;
            panel.type_pin(&call, typed).await;
        };
        let mut person = Habit::Accepts;
        let (is, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
        assert_eq!(is, outcome, "{typed:?}");
    }
}

#[tokio::test]
async fn a_pin_is_not_asked_for_while_the_adapter_is_not_pairable_or_the_agent_is_busy() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let phone = without_ssp(Kind::Phone, fixed("0000"));
    let (mut person, mut somebody) = (Habit::Accepts, Habit::Accepts);
    let (other, refused) = (other_phone(), Outcome::RefusedWithoutAsking);
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestConfirmation").await;
        assert_eq!(phone.pair(&bluetoothd, &mut person).await, refused);
        panel.expect_all(&["InterfacesAdded", "Disconnected", "Connected=false"]).await;
        panel.refuse(&call).await;
    };
    tokio::join!(other.pair(&bluetoothd, &mut somebody), at_panel);
    panel.set(ADAPTER, "org.bluez.Adapter1", "Pairable", false).await.unwrap();
    // It asks for no bond, which would do with Secure Simple Pairing.
    let phone = FakePhone { bonding: false, ..phone };
    assert_eq!(phone.pair(&bluetoothd, &mut person).await, refused);
}

#[tokio::test]
async fn a_keyboards_pin_counts_once_its_display_is_answered_in_any_way_or_not_in_60_s() {
    for accepts in [Some(true), Some(false), None] {
        let world = World::new();
        let options = Options { link_timeout: Duration::from_secs(90), ..Options::default() };
        let bluetoothd = world.bluetoothd(options).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let keyboard = without_ssp(Kind::Keyboard, LegacyPin::Typed);
        let (types, typed) = mpsc::unbounded_channel();
        let mut typist = Typist(typed);
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let pair = panel.pair(&keyboard.address.path());
            panel.expect("Connected=true").await;
            let call = panel.expect("DisplayPinCode").await;
            types.send(String::leak(text(&call))).unwrap();
            // Typed, and nothing comes of it: the controller has no PIN of ours yet.
            let busy = panel.pair(&keyboard.address.path()).await.unwrap();
            assert_eq!(busy, Err("org.bluez.Error.InProgress".into()));
            match accepts {
                Some(true) => panel.accept(&call).await,
                Some(false) => panel.refuse(&call).await,
                // No `Cancel` follows.
                None => world.pass(60),
            }
            panel.expect_all(&["Bonded=true", "Paired=true ServicesResolved=true"]).await;
            pair.await.unwrap()
        };
        let pairing = keyboard.await_pairing(&bluetoothd, &mut typist);
        assert_eq!(tokio::join!(pairing, at_panel), (PAIRED, Ok(())));
    }
}

#[tokio::test]
async fn after_a_wrong_pin_a_keyboard_is_tried_again_in_3_s_by_the_same_agent() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let (mut panel, mut applet) = (world.panel().await, world.panel().await);
    panel.register("DisplayYesNo").await;
    applet.expect("Pairable=true").await;
    let keyboard = without_ssp(Kind::Keyboard, LegacyPin::Typed);
    let (types, typed) = mpsc::unbounded_channel();
    let mut typist = Typist(typed);
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let pair = applet.pair(&keyboard.address.path());
        // Displayed, and refused at once: the time of the agent is not the keyboard's.
        panel.expect("Connected=true").await;
        let call = panel.expect("DisplayPinCode").await;
        applet.try_register("DisplayYesNo").await.unwrap();
        applet.manager("RequestDefaultAgent", AGENT).await.unwrap();
        world.pass(5);
        panel.accept(&call).await;
        types.send("1").unwrap();
        // Never `Cancel`: nothing is open.
        panel.expect_all(&["Disconnected", "Connected=false"]).await;
        world.pass(3);
        // So it may have a PIN that everybody knows.
        panel.expect("Connected=true").await;
        // The answer to this comes after the PIN, from which the time counts.
        panel.get(&keyboard.address.path(), DEVICE1, "Connected").await;
        world.pass(1);
        types.send("22").unwrap();
        panel.expect_all(&["Disconnected", "Connected=false"]).await;
        world.pass(3);
        // It has taken its time, so somebody is typing.
        panel.expect("Connected=true").await;
        let call = panel.expect("DisplayPinCode").await;
        panel.accept(&call).await;
        types.send("333").unwrap();
        panel.expect_all(&["Disconnected", "Connected=false"]).await;
        world.pass(3);
        // All have been tried. The agent is asked for one that the person makes up.
        panel.expect("Connected=true").await;
        let call = panel.expect("RequestPinCode").await;
        panel.type_pin(&call, "4711").await;
        types.send("4712").unwrap();
        panel.expect_all(&["Disconnected", "Connected=false"]).await;
        pair.await.unwrap()
    };
    let pairing = keyboard.await_pairing(&bluetoothd, &mut typist);
    let (outcome, reply) = tokio::join!(pairing, at_panel);
    assert_eq!((outcome, reply), (Outcome::WrongCode, Err(FAILED.into())));
}

#[tokio::test]
async fn the_usual_pins_are_tried_before_the_agent_is_asked() {
    for (kind, pin, tried) in [
        (Kind::Headset, "0000", 1),
        (Kind::Headset, "1234", 2),
        (Kind::Headset, "1111", 3),
        (Kind::Headset, "4711", 4),
        (Kind::Mouse, "0000", 1),
        (Kind::Mouse, "4711", 2),
        (Kind::Phone, "4711", 1),
    ] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let device = without_ssp(kind, fixed(pin));
        let mut person = Habit::Accepts;
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let pair = panel.pair(&device.address.path());
            panel.expect("Connected=true").await;
            for _ in 1..tried {
                panel.expect_all(&["Disconnected", "Connected=false"]).await;
                world.pass(3);
                panel.expect("Connected=true").await;
            }
            if pin == "4711" {
                let call = panel.expect("RequestPinCode").await;
                panel.type_pin(&call, pin).await;
            }
            panel.expect_all(&["Bonded=true", "Paired=true ServicesResolved=true"]).await;
            pair.await.unwrap()
        };
        let pairing = device.await_pairing(&bluetoothd, &mut person);
        assert_eq!(tokio::join!(pairing, at_panel), (PAIRED, Ok(())), "{kind:?} {pin}");
    }
}
