//! Pairings from the first signal to the last.

use futures_util::FutureExt;
use pairpanel::pairing::Capability;
use pairpanel::pairing::association::{Request, Transport, request_to_responder};
use pairpanel::sim::{Address, Attentive, Code, FakePhone, Habit, Options, Outcome, Person};
use tokio::sync::oneshot;
use zbus::wire::ObjectPath;

use crate::panel::{World, other_phone, passkey, phone};

const DEVICE1: &str = "org.bluez.Device1";
const AUTHENTICATED: Outcome = Outcome::Paired { authenticated: true };

#[tokio::test]
async fn a_comparison_bonds_only_if_both_sides_say_yes() {
    for (accepts, person, outcome) in [
        (true, Habit::Accepts, AUTHENTICATED),
        (false, Habit::Accepts, Outcome::RefusedByPanel),
        (false, Habit::WalksAway, Outcome::RefusedByPanel),
        (true, Habit::Refuses, Outcome::RefusedByPhone),
    ] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let (phone, mut person) = (phone(), person);
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let call = panel.expect("RequestConfirmation").await;
            match (accepts, outcome) {
                (_, Outcome::RefusedByPhone) => {
                    panel.expect("Cancel!").await;
                    panel.accept(&call).await;
                }
                (true, _) => panel.accept(&call).await,
                (false, _) => panel.refuse(&call).await,
            }
            if outcome == AUTHENTICATED {
                panel.expect("Bonded=true").await;
                let paired = panel.get(&phone.address.path(), DEVICE1, "Paired").await;
                assert!(bool::try_from(paired).unwrap(), "at once, though not signalled yet");
                world.pass(1);
                panel.expect("Paired=true ServicesResolved=true").await;
            } else {
                panel.expect("Disconnected").await;
                panel.expect("Connected=false").await;
                world.pass(30);
                panel.expect("InterfacesRemoved").await;
            }
        };
        let (is, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
        assert_eq!(is, outcome);
        let bonds = world.store.bonds();
        assert_eq!(bonds, if outcome == AUTHENTICATED { vec![phone.address] } else { vec![] });
    }
}

#[tokio::test]
async fn the_agent_is_asked_what_the_association_model_says() {
    for transport in [Transport::LeSecureConnections, Transport::LeLegacy, Transport::BrEdr] {
        for local in Capability::ALL {
            let world = World::new();
            let bluetoothd = world.bluetoothd(Options::default()).await;
            let mut panel = world.panel().await;
            panel.register(local.as_str()).await;
            for (last, capability) in (0u8..).zip(Capability::ALL) {
                let phone = FakePhone {
                    capability,
                    transport,
                    ..FakePhone::new("phone", Address([0xA4, 0xC3, 0, 0, 0, last]))
                };
                let asked = match request_to_responder(local, capability, transport, true) {
                    Request::Confirmation => Some("RequestConfirmation"),
                    Request::Authorization => Some("RequestAuthorization"),
                    Request::Passkey => Some("RequestPasskey"),
                    Request::DisplayPasskey => Some("DisplayPasskey!"),
                    Request::Silent | Request::Refused => None,
                };
                let mut person = Habit::Accepts;
                let at_panel = async {
                    panel.expect("InterfacesAdded").await;
                    let Some(asked) = asked else { return };
                    let call = panel.expect(asked).await;
                    if !asked.ends_with('!') {
                        panel.refuse(&call).await;
                    }
                };
                let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
                let paired = matches!(outcome, Outcome::Paired { .. });
                let silent = asked.is_none() && transport == Transport::BrEdr;
                assert_eq!(paired, silent, "{local} {capability} {transport:?}");
                let events = match paired {
                    true => vec!["Bonded=true"],
                    false => vec!["Disconnected", "Connected=false"],
                };
                for event in events {
                    panel.expect(event).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn one_number_typed_on_two_keyboards_pairs_them() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("KeyboardOnly").await;
    let phone = FakePhone { capability: Capability::KeyboardOnly, ..phone() };
    let mut person = Attentive(async || Code::new(31_415));
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestPasskey").await;
        panel.type_passkey(&call, 31_415).await;
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, AUTHENTICATED);
}

struct AtPanel(tokio::sync::mpsc::UnboundedSender<Code>);

impl Person for AtPanel {
    async fn compares(&mut self, _: Code) -> bool {
        false
    }

    async fn types_passkey(&mut self) -> Option<Code> {
        None
    }

    async fn types_at_panel(&mut self, passkey: Code) -> bool {
        self.0.send(passkey).is_ok()
    }
}

#[tokio::test]
async fn a_passkey_typed_at_the_panel_must_be_the_phones() {
    for (off_by, outcome) in [(0, AUTHENTICATED), (1, Outcome::WrongCode)] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("KeyboardOnly").await;
        let (shows, mut shown) = tokio::sync::mpsc::unbounded_channel();
        let (phone, mut person) = (phone(), AtPanel(shows));
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let call = panel.expect("RequestPasskey").await;
            let passkey = shown.recv().await.unwrap().value();
            panel.type_passkey(&call, passkey + off_by).await;
        };
        let (is, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
        assert_eq!(is, outcome);
    }
}

#[tokio::test]
async fn a_passkey_read_off_the_panel_pairs_and_a_wrong_one_is_never_cancelled() {
    for (off_by, outcome) in [(0, AUTHENTICATED), (1, Outcome::WrongCode)] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayOnly").await;
        let phone = phone();
        let ends = match outcome {
            AUTHENTICATED => ["Bonded=true"].as_slice(),
            _ => &["Disconnected", "Connected=false"],
        };
        let (read, mut digits) = oneshot::channel();
        let mut person =
            Attentive(|| std::mem::replace(&mut digits, oneshot::channel().1).map(Result::ok));
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let call = panel.expect("DisplayPasskey!").await;
            let code = Code::new((passkey(&call) + off_by) % 1_000_000);
            read.send(code.unwrap()).unwrap();
        };
        let (is, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
        assert_eq!(is, outcome);
        for event in ends {
            panel.expect(event).await;
        }
    }
}

#[tokio::test]
async fn an_unpairable_adapter_refuses_bonding_unasked_and_lets_others_pair_without() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    panel.set("/org/bluez/hci0", "org.bluez.Adapter1", "Pairable", false).await.unwrap();
    panel.expect("Pairable=false").await;

    let mut person = Habit::Accepts;
    let refused = phone().pair(&bluetoothd, &mut person).await;
    assert_eq!(refused, Outcome::RefusedWithoutAsking);
    for event in ["InterfacesAdded", "Disconnected", "Connected=false"] {
        panel.expect(event).await;
    }

    let phone = FakePhone { bonding: false, ..other_phone() };
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestConfirmation").await;
        panel.accept(&call).await;
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, AUTHENTICATED);
    world.pass(1);
    panel.expect("Paired=true ServicesResolved=true").await;
    phone.disconnect(&bluetoothd).await;
    for event in ["Paired=false ServicesResolved=false", "Disconnected", "Connected=false"] {
        panel.expect(event).await;
    }
    assert_eq!(world.store.bonds(), []);
}

#[tokio::test]
async fn a_bond_outlives_bluetoothd_and_just_works_cannot_replace_it() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let private = Address([0x5F, 1, 2, 3, 4, 5]);
    let phone = FakePhone { mitm: false, private_address: Some(private), ..phone() };
    let mut person = Habit::Accepts;
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestAuthorization").await;
        panel.accept(&call).await;
        for event in ["Address", "AddressType", "Bonded=true"] {
            panel.expect(event).await;
        }
        let address = panel.get(&private.path(), DEVICE1, "Address").await;
        assert_eq!(String::try_from(address).unwrap(), phone.address.to_string());
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::Paired { authenticated: false });
    bluetoothd.crash().await;
    panel.expect("NameOwnerChanged").await;

    let bluetoothd = world.bluetoothd(Options::default()).await;
    panel.expect("NameOwnerChanged").await;
    panel.try_register("DisplayYesNo").await.unwrap();
    let path = phone.connect(&bluetoothd).await.unwrap();
    assert_eq!(path, phone.address.path(), "the identity, after a restart");
    panel.expect("Connected=true").await;
    let again = phone.pair(&bluetoothd, &mut person).await;
    assert_eq!(again, Outcome::RefusedWithoutAsking);
    panel.expect("Disconnected").await;
    panel.expect("Connected=false").await;

    let phone = FakePhone { mitm: true, ..phone };
    let at_panel = async {
        panel.expect("Connected=true").await;
        let call = panel.expect("RequestConfirmation").await;
        panel.accept(&call).await;
    };
    let (again, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(again, AUTHENTICATED);
    world.pass(1);
    panel.get(&phone.address.path(), DEVICE1, "Paired").await;
    phone.disconnect(&bluetoothd).await;
    panel.expect("Disconnected").await; // Neither Bonded nor Paired: they were true.
    panel.expect("Connected=false").await;

    let path = ObjectPath::try_from(path).unwrap();
    let adapter = "/org/bluez/hci0";
    panel.call(adapter, "org.bluez.Adapter1", "RemoveDevice", &path).await.unwrap();
    assert_eq!(world.store.bonds(), []);
}

#[tokio::test]
async fn without_service_discovery_paired_is_true_and_never_signalled() {
    let world = World::new();
    let options = Options { paired_signal: false, ..Options::default() };
    let bluetoothd = world.bluetoothd(options).await;
    let mut panel = world.panel().await;
    panel.register("NoInputNoOutput").await;
    let phone = FakePhone { transport: Transport::BrEdr, ..phone() };
    let outcome = phone.pair(&bluetoothd, &mut Habit::Accepts).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: false });
    world.pass(1);
    let paired = panel.get(&phone.address.path(), DEVICE1, "Paired").await;
    assert!(bool::try_from(paired).unwrap());
    phone.disconnect(&bluetoothd).await;
    for event in ["InterfacesAdded", "Bonded=true", "Disconnected", "Connected=false"] {
        panel.expect(event).await;
    }
}

#[tokio::test]
async fn before_5_83_a_refused_phone_stays_connected_without_a_word() {
    let world = World::new();
    let options = Options { auto_disconnect: false, ..Options::default() };
    let bluetoothd = world.bluetoothd(options).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (phone, mut person) = (phone(), Habit::Accepts);
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestConfirmation").await;
        panel.refuse(&call).await;
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::RefusedByPanel);
    let connected = panel.get(&phone.address.path(), DEVICE1, "Connected").await;
    assert!(bool::try_from(connected).unwrap());
    phone.disconnect(&bluetoothd).await;
    panel.expect("Connected=false").await;
}
