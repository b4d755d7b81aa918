//! Open requests: how many, how long, and how they end.

use std::time::Duration;

use futures_util::FutureExt;
use pairpanel::pairing::Capability;
use pairpanel::pairing::association::Transport;
use pairpanel::sim::{Attentive, Code, FakePhone, Habit, LegacyPin, Options, Outcome};
use tokio::sync::oneshot;
use zbus::wire::ObjectPath;

use crate::panel::{AGENT, World, other_phone, passkey, phone};

const DEVICE1: &str = "org.bluez.Device1";

#[tokio::test]
async fn a_prompt_nobody_answers_ends_with_the_link_and_a_late_reply_counts_for_nothing() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (phone, mut person) = (phone(), Habit::Accepts);
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestConfirmation").await;
        world.pass(30);
        for event in ["Disconnected", "Connected=false", "Cancel!"] {
            panel.expect(event).await;
        }
        panel.accept(&call).await;
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::TimedOut);
    world.pass(30);
    panel.expect("InterfacesRemoved").await;
    assert_eq!(world.store.bonds(), []);
}

#[tokio::test]
async fn bluetoothd_gives_an_agent_60_s_and_cancels_all_but_a_passkey_or_pin() {
    for (capability, legacy, asked, cancelled) in [
        ("DisplayYesNo", None, "RequestConfirmation", true),
        ("NoInputNoOutput", None, "RequestAuthorization", true),
        ("KeyboardOnly", None, "RequestPasskey", false),
        ("KeyboardOnly", Some(LegacyPin::Typed), "RequestPinCode", false),
    ] {
        let world = World::new();
        let options = Options { link_timeout: Duration::from_secs(120), ..Options::default() };
        let bluetoothd = world.bluetoothd(options).await;
        let mut panel = world.panel().await;
        panel.register(capability).await;
        let transport = if legacy.is_some() { Transport::BrEdr } else { phone().transport };
        let phone = FakePhone { transport, legacy, ..phone() };
        let mut person = Habit::WalksAway;
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            panel.expect(asked).await;
            world.pass(60);
            if cancelled {
                panel.expect("Cancel!").await;
            }
            panel.expect("Disconnected").await;
        };
        let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
        assert_eq!(outcome, Outcome::RefusedByPanel, "{asked}");
    }
}

#[tokio::test]
async fn a_second_request_is_refused_unasked_while_one_is_open() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (phone, other) = (phone(), other_phone());
    let (mut person, mut somebody) = (Habit::Accepts, Habit::Accepts);
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestConfirmation").await;
        assert_eq!(other.pair(&bluetoothd, &mut somebody).await, Outcome::RefusedWithoutAsking);
        for event in ["InterfacesAdded", "Disconnected", "Connected=false"] {
            panel.expect(event).await;
        }
        assert!(!bluetoothd.authorize_service(&phone.address.path(), "110b").await);
        panel.accept(&call).await;
        panel.expect("Bonded=true").await;
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
}

#[tokio::test]
async fn a_passkey_can_be_displayed_beside_a_prompt_and_its_end_cancels_the_prompt() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let phone = phone();
    let keyboard = FakePhone { capability: Capability::KeyboardOnly, ..other_phone() };
    let (mut person, mut typist) = (Habit::Accepts, Habit::Accepts);
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("RequestConfirmation").await;
        assert_eq!(keyboard.pair(&bluetoothd, &mut typist).await, Outcome::RefusedByPhone);
        // BlueZ cancels whatever request the agent has open, here the other device's.
        for event in ["InterfacesAdded", "DisplayPasskey!", "Cancel!"] {
            panel.expect(event).await;
        }
        panel.accept(&call).await;
        world.pass(30);
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::TimedOut, "bluetoothd never heard the answer");
}

#[tokio::test]
async fn an_agent_that_unregisters_can_still_answer_and_one_that_leaves_has_refused() {
    for (leaves, outcome) in
        [(false, Outcome::Paired { authenticated: true }), (true, Outcome::RefusedByPanel)]
    {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayYesNo").await;
        let (phone, mut person) = (phone(), Habit::Accepts);
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            let call = panel.expect("RequestConfirmation").await;
            if leaves {
                panel.connection.clone().close().await.unwrap();
                return;
            }
            panel.manager("UnregisterAgent", AGENT).await.unwrap();
            panel.expect("Pairable=false").await;
            panel.accept(&call).await;
        };
        let (is, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
        assert_eq!(is, outcome);
    }
}

#[tokio::test]
async fn a_displayed_passkey_is_aborted_by_disconnecting() {
    for method in ["Disconnect", "CancelPairing"] {
        let world = World::new();
        let bluetoothd = world.bluetoothd(Options::default()).await;
        let mut panel = world.panel().await;
        panel.register("DisplayOnly").await;
        let (phone, mut person) = (phone(), Habit::WalksAway);
        let at_panel = async {
            panel.expect("InterfacesAdded").await;
            panel.expect("DisplayPasskey!").await;
            let answer = panel.call(&phone.address.path(), DEVICE1, method, &()).await;
            assert_eq!(answer.is_ok(), method == "Disconnect");
            panel.expect("Disconnected").await;
        };
        let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
        assert_eq!(outcome, Outcome::LinkLost, "{method}");
    }
}

#[tokio::test]
async fn a_phone_out_of_range_takes_its_prompt_along() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let (phone, mut person) = (phone(), Habit::Accepts);
    tokio::select! {
        outcome = phone.pair(&bluetoothd, &mut person) => panic!("{outcome:?}"),
        _ = async {
            panel.expect("InterfacesAdded").await;
            panel.expect("RequestConfirmation").await;
        } => {}
    }
    for event in ["Disconnected", "Connected=false", "Cancel!"] {
        panel.expect(event).await;
    }
}

#[tokio::test]
async fn keys_typed_at_a_bredr_phone_are_counted_on_the_panel() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    panel.register("DisplayYesNo").await;
    let transport = Transport::BrEdr;
    let capability = Capability::KeyboardOnly;
    let phone = FakePhone { capability, transport, keypresses: true, ..phone() };
    let (read, mut digits) = oneshot::channel();
    let mut person =
        Attentive(|| std::mem::replace(&mut digits, oneshot::channel().1).map(Result::ok));
    let at_panel = async {
        panel.expect("InterfacesAdded").await;
        let call = panel.expect("DisplayPasskey!").await;
        read.send(Code::new(passkey(&call)).unwrap()).unwrap();
    };
    let (outcome, ()) = tokio::join!(phone.pair(&bluetoothd, &mut person), at_panel);
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
    for entered in 1..=6 {
        let call = panel.expect("DisplayPasskey!").await;
        let body = call.body();
        assert_eq!(body.deserialize::<(ObjectPath<'_>, u32, u16)>().unwrap().2, entered);
    }
}

#[tokio::test]
async fn any_call_of_the_agent_can_be_made_out_of_turn() {
    let world = World::new();
    let bluetoothd = world.bluetoothd(Options::default()).await;
    let mut panel = world.panel().await;
    assert!(bluetoothd.call_agent("Cancel", &()).await.is_err(), "no agent yet");
    panel.register("DisplayYesNo").await;
    bluetoothd.call_agent("Cancel", &()).await.unwrap();
    panel.expect("Cancel!").await;
    let body = (ObjectPath::try_from("/nowhere").unwrap(), 1_000_000u32);
    let at_panel = async {
        let call = panel.expect("RequestConfirmation").await;
        assert_eq!(passkey(&call), 1_000_000);
        panel.refuse(&call).await;
    };
    let (answer, ()) = tokio::join!(bluetoothd.call_agent("RequestConfirmation", &body), at_panel);
    let Err(zbus::Error::MethodError(name, ..)) = answer else { panic!("{answer:?}") };
    assert_eq!(name, "org.bluez.Error.Rejected");
}
