//! `Device1.Pair`: who is asked, what about, and how it ends.

use pairpanel::pairing::Capability;
use pairpanel::pairing::association::{Request, Transport, request_to_initiator};
use pairpanel::sim::{Address, FakeBluetoothd, FakePhone, Habit, Options, Outcome};
use zbus::wire::ObjectPath;

use crate::panel::{AGENT, Panel, World, other_phone, phone};

const ADAPTER: &str = "/org/bluez/hci0";
const ADAPTER1: &str = "org.bluez.Adapter1";
const DEVICE1: &str = "org.bluez.Device1";
const DROPPED: [&str; 2] = ["Disconnected", "Connected=false"];

fn bluez(error: &str) -> Result<(), String> {
    Err(format!("org.bluez.Error.{error}"))
}

#[tokio::test]
async fn pair_asks_what_the_association_model_says_and_just_works_nobody() {
    for transport in [Transport::LeSecureConnections, Transport::LeLegacy, Transport::BrEdr] {
        for local in Capability::ALL {
            let world = World::new();
            let bluetoothd = world.bluetoothd(Options::default()).await;
            let mut panel = world.panel().await;
            panel.register(local.as_str()).await;
            for (last, capability) in (0u8..).zip(Capability::ALL) {
                let address = Address([0xA4, 0xC3, 0, 0, 0, last]);
                let phone =
                    FakePhone { capability, transport, ..FakePhone::new("keyboard", address) };
                let asked = match request_to_initiator(local, capability, transport, true) {
                    Request::Confirmation => Some("RequestConfirmation"),
                    Request::Passkey => Some("RequestPasskey"),
                    Request::DisplayPasskey => Some("DisplayPasskey!"),
                    Request::Silent => None,
                    Request::Authorization | Request::Refused => unreachable!("not for Pair"),
                };
                let at_panel = async {
                    panel.expect("InterfacesAdded").await;
                    let pair = panel.pair(&phone.address.path());
                    panel.expect("Connected=true").await;
                    match asked {
                        None => {
                            let paired = "Paired=true ServicesResolved=true";
                            panel.expect_all(&["Bonded=true", paired]).await;
                        }
                        Some(asked) => {
                            let call = panel.expect(asked).await;
                            if !asked.ends_with('!') {
                                panel.refuse(&call).await;
                            }
                            panel.expect_all(&DROPPED).await;
                        }
                    }
                    pair.await.unwrap()
                };
                let mut person = Habit::Accepts;
                let pairing = phone.await_pairing(&bluetoothd, &mut person);
                let (outcome, reply) = tokio::join!(pairing, at_panel);
                let expected = asked.map_or(Ok(()), |_| bluez("AuthenticationFailed"));
                assert_eq!(reply, expected, "{local} {capability} {transport:?}");
                assert_eq!(matches!(outcome, Outcome::Paired { .. }), asked.is_none());
            }
        }
    }
}

/// What happens while both sides compare a number.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    PanelRefuses,
    PhoneRefuses,
    PhoneHangsUp,
    NobodyAnswers,
    Calls(&'static str, &'static str),
    PowerGoesOff,
    AdapterIsPulled,
}

impl Meanwhile {
    async fn happens(self, world: &World, panel: &mut Panel, b: &FakeBluetoothd, p: &FakePhone) {
        let call = panel.expect("RequestConfirmation").await;
        let path = p.address.path();
        match self {
            Self::PanelRefuses => panel.refuse(&call).await,
            Self::PhoneRefuses => {}
            Self::PhoneHangsUp => p.disconnect(b).await,
            Self::NobodyAnswers => world.pass(30),
            Self::Calls(DEVICE1, method) => {
                panel.call(&path, DEVICE1, method, &()).await.unwrap();
            }
            Self::Calls(interface, method) => {
                let path = ObjectPath::try_from(path).unwrap();
                panel.call(ADAPTER, interface, method, &path).await.unwrap();
            }
            Self::PowerGoesOff => panel.set(ADAPTER, ADAPTER1, "Powered", false).await.unwrap(),
            Self::AdapterIsPulled => b.unplug_adapter().await,
        }
    }
}

#[tokio::test]
async fn pair_ends_with_the_error_of_what_happened_to_it() {
    use Meanwhile::*;
    // The number goes off the glass either by `Cancel` and then the link, or the link and then
    // `Cancel`, which is later than whoever watches the device has expected it.
    let cancelled = ["Cancel!", "Disconnected", "Connected=false"].as_slice();
    let lost = ["Disconnected", "Connected=false", "Cancel!"].as_slice();
    for (bredr, meanwhile, error, events) in [
        (false, PanelRefuses, "AuthenticationFailed", &DROPPED[..]),
        (false, PhoneRefuses, "AuthenticationFailed", cancelled),
        (false, PhoneHangsUp, "AuthenticationCanceled", lost),
        (false, NobodyAnswers, "AuthenticationCanceled", lost),
        (true, NobodyAnswers, "AuthenticationTimeout", cancelled),
        (false, Calls(DEVICE1, "CancelPairing"), "AuthenticationCanceled", cancelled),
        (false, Calls(DEVICE1, "Disconnect"), "AuthenticationCanceled", cancelled),
        (false, Calls(ADAPTER1, "RemoveDevice"), "AuthenticationCanceled", cancelled),
        (false, PowerGoesOff, "AlreadyExists", cancelled),
        (false, AdapterIsPulled, "AuthenticationCanceled", lost),
    ] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let capability = Capability::DisplayYesNo;
        let transport = if bredr { Transport::BrEdr } else { Transport::LeSecureConnections };
        let phone = FakePhone { capability, transport, ..phone() };
        let mut person = match meanwhile {
            PhoneRefuses => Habit::Refuses,
            _ => Habit::Accepts,
        };
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let pair = panel.pair(&phone.address.path());
            panel.expect("Connected=true").await;
            meanwhile.happens(&world, &mut panel, &bluetoothd, &phone).await;
            panel.expect_all(events).await;
            pair.await.unwrap()
        };
        let pairing = phone.await_pairing(&bluetoothd, &mut person);
        let (outcome, reply) = tokio::join!(pairing, at_panel);
        assert_eq!(reply, bluez(error), "{meanwhile:?}");
        assert!(!matches!(outcome, Outcome::Paired { .. }));
        assert_eq!(world.store.bonds(), []);
    }
}

#[tokio::test]
async fn pair_of_a_device_that_is_not_there_fails_when_paging_does() {
    for (transport, seconds) in [(Transport::LeSecureConnections, 20), (Transport::BrEdr, 6)] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        let phone = FakePhone { transport, ..phone() };
        let path = phone.connect(&bluetoothd).await.unwrap();
        phone.disconnect(&bluetoothd).await;
        panel.expect_all(&["InterfacesAdded", "Disconnected", "Connected=false"]).await;

        let pair = panel.pair(&path);
        // The bus keeps the order, so this finds the other one waiting.
        assert_eq!(panel.pair(&path).await.unwrap(), bluez("InProgress"));
        world.pass(seconds);
        assert_eq!(pair.await.unwrap(), bluez("ConnectionAttemptFailed"));
        world.pass(30);
        panel.expect("InterfacesRemoved").await;
    }
}

#[tokio::test]
async fn pair_of_a_connected_device_that_never_answers_ends_after_120_s_and_leaves_the_link() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let panel = world.panel().await;
    let path = phone().connect(&bluetoothd).await.unwrap();
    let pair = panel.pair(&path);
    panel.get(&path, DEVICE1, "Paired").await;
    world.pass(120);
    assert_eq!(pair.await.unwrap(), bluez("AuthenticationTimeout"));
    assert!(bool::try_from(panel.get(&path, DEVICE1, "Connected").await).unwrap());
}

#[tokio::test]
async fn pair_is_refused_for_a_bonded_device_and_by_an_adapter_that_is_off() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("NoInputNoOutput").await;
    let phone = FakePhone { transport: Transport::BrEdr, ..phone() };
    phone.pair(&bluetoothd, &mut Habit::Accepts).await;
    let path = phone.address.path();
    assert_eq!(panel.pair(&path).await.unwrap(), bluez("AlreadyExists"));
    assert!(panel.pair("/org/bluez/hci0/dev_00_00_00_00_00_00").await.unwrap().is_err());

    // Without a `Pair` to cancel this unpairs, and says that there was none.
    let cancelled = panel.call(&path, DEVICE1, "CancelPairing", &()).await.map(drop);
    assert_eq!((cancelled, world.store.bonds()), (bluez("DoesNotExist"), vec![]));
    panel.set(&path, DEVICE1, "Trusted", true).await.unwrap();
    panel.set(ADAPTER, ADAPTER1, "Powered", false).await.unwrap();
    assert_eq!(panel.pair(&path).await.unwrap(), bluez("AuthenticationFailed"));
}

#[tokio::test]
async fn pair_asks_the_callers_own_agent_or_else_the_default_one() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut applet = world.panel().await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    applet.expect("Pairable=true").await;
    applet.try_register("KeyboardOnly").await.unwrap();
    let capability = Capability::DisplayYesNo;
    let phone = FakePhone { capability, ..phone() };
    let path = phone.address.path();
    let mut person = Habit::Accepts;

    let asked = async {
        applet.expect("InterfacesAdded").await;
        let pair = applet.pair(&path);
        applet.expect("Connected=true").await;
        let call = applet.expect("RequestPasskey").await;
        // An agent keeps its Pair, whoever is the default and registered or not.
        applet.manager("UnregisterAgent", AGENT).await.unwrap();
        applet.refuse(&call).await;
        applet.expect_all(&DROPPED).await;
        pair.await.unwrap()
    };
    let pairing = phone.await_pairing(&bluetoothd, &mut person);
    let (outcome, reply) = tokio::join!(pairing, asked);
    assert_eq!((outcome, reply), (Outcome::RefusedByPanel, bluez("AuthenticationFailed")));
    panel.expect_all(&["InterfacesAdded", "Connected=true"]).await;
    panel.expect_all(&DROPPED).await;

    let asked = async {
        let pair = applet.pair(&path);
        panel.expect("Connected=true").await;
        let call = panel.expect("RequestConfirmation").await;
        panel.accept(&call).await;
        panel.expect_all(&["Bonded=true", "Paired=true ServicesResolved=true"]).await;
        pair.await.unwrap()
    };
    let pairing = phone.await_pairing(&bluetoothd, &mut person);
    let (outcome, reply) = tokio::join!(pairing, asked);
    assert_eq!((outcome, reply), (Outcome::Paired { authenticated: true }, Ok(())));
}

#[tokio::test]
async fn a_pair_that_succeeds_unasked_cancels_what_its_agent_is_asked_about_another() {
    let (services, le) = ("Paired=true ServicesResolved=true", Transport::LeSecureConnections);
    // On LE bluetoothd has heard of the pairing, whose end cancels; on BR/EDR only `Pair`'s does.
    for (transport, events) in
        [(le, ["Cancel!", services]), (Transport::BrEdr, [services, "Cancel!"])]
    {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let capability = Capability::NoInputNoOutput;
        let headset = FakePhone { capability, transport, ..other_phone() };
        let (phone, mut person, mut nobody) = (phone(), Habit::Accepts, Habit::Accepts);
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let call = panel.expect("RequestConfirmation").await;
            let pair = async {
                panel.expect("InterfacesAdded").await;
                panel.pair(&headset.address.path()).await.unwrap()
            };
            let paired = tokio::join!(headset.await_pairing(&bluetoothd, &mut nobody), pair);
            assert_eq!(paired, (Outcome::Paired { authenticated: false }, Ok(())));
            panel.expect_all(&["Connected=true", "Bonded=true"]).await;
            panel.expect_all(&events).await;
            panel.accept(&call).await;
            world.pass(30);
        };
        let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
        assert_eq!(outcome, Outcome::TimedOut, "bluetoothd never heard the answer");
    }
}

#[tokio::test]
async fn a_caller_that_leaves_the_bus_takes_its_pair_along() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let (mut panel, applet) = (world.panel().await, world.panel().await);
    panel.register("DisplayYesNo").await;
    let phone = FakePhone { capability: Capability::DisplayYesNo, ..phone() };
    let (path, mut person) = (phone.address.path(), Habit::Accepts);
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let _pair = applet.pair(&path);
        panel.expect("Connected=true").await;
        let call = panel.expect("RequestConfirmation").await;
        applet.connection.clone().close().await.unwrap();
        panel.expect_all(&["Cancel!", "Disconnected", "Connected=false"]).await;
        panel.accept(&call).await;
    };
    let (outcome, ()) = tokio::join!(phone.await_pairing(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::LinkLost);
    assert_eq!(world.store.bonds(), []);
}

#[tokio::test]
async fn without_any_agent_pair_succeeds_only_where_bluetoothd_hears_nothing_of_it() {
    for (transport, reply) in [
        (Transport::LeSecureConnections, bluez("AuthenticationFailed")),
        (Transport::BrEdr, Ok(())),
    ] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut applet = world.panel().await;
        let (phone, mut person) = (FakePhone { transport, ..phone() }, Habit::Accepts);
        let pair = async {
            applet.expect("InterfacesAdded").await;
            applet.pair(&phone.address.path()).await.unwrap()
        };
        let (_, is) = tokio::join!(phone.await_pairing(&bluetoothd, &mut person), pair);
        assert_eq!(is, reply);
        // Without an agent the adapter is not pairable, and then no key is kept.
        assert_eq!(world.store.bonds(), []);
        let Ok(()) = is else { continue };
        applet.expect_all(&["Connected=true", "Paired=true ServicesResolved=true"]).await;
        phone.disconnect(&bluetoothd).await;
        applet.expect("Paired=false ServicesResolved=false").await;
    }
}
