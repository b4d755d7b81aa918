//! The whole daemon on a bus: real zbus, a simulated bluetoothd with BlueZ's rules.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod api;
mod bystander;
#[path = "../screens/camera.rs"]
mod camera;
mod client;
mod dark;
mod default;
#[allow(dead_code, reason = "most of it is for tests/oob")]
#[path = "../oob/kernel.rs"]
mod kernel;
mod manager;
mod oob;
mod outgoing;
mod panel;
mod polkit;
mod prompt;
#[allow(dead_code, reason = "most of it is for tests/oob")]
#[path = "../oob/socket.rs"]
mod socket;
mod stand_in;
mod window;
mod world;

use std::time::Duration;

use pairpanel::board::Role;
use pairpanel::pairing::{AtStart, Capability, Policy};
use pairpanel::sim::{FakePhone, Outcome};
use world::{BONNET, Gesture, World, eventually, open_window, phone, registered};
use zbus::ObjectPath;

const AGENT: &str = "/org/pairpanel/agent";
const AGENT_INTERFACE: &str = "org.bluez.Agent1";
/// For what is answered at once.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_phone_pairs_by_the_code_on_the_glass_and_the_accept_key() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let outcome = world.pair(&bluetoothd, &phone(), Gesture::Hold).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
    assert_eq!(world.store.bonds().len(), 1);
    eventually("the code is gone", || !world.shows_code()).await;
}

#[tokio::test]
async fn nothing_else_that_a_person_or_the_panel_does_pairs() {
    for gesture in [Gesture::Reject, Gesture::Nothing, Gesture::Lean, Gesture::BreakDisplay] {
        let mut world = World::new(BONNET, open_window());
        let bluetoothd = world.bluetoothd().await;
        registered(&bluetoothd, Capability::DisplayYesNo).await;
        let outcome = world.pair(&bluetoothd, &phone(), gesture).await;
        assert_eq!(outcome, Outcome::RefusedByPanel);
        assert_eq!(world.store.bonds(), []);
    }
}

#[tokio::test]
async fn a_display_that_fails_shrinks_the_capability_until_it_is_back() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    world.pair(&bluetoothd, &phone(), Gesture::BreakDisplay).await;
    registered(&bluetoothd, Capability::NoInputNoOutput).await;
    eventually("it is closed", || !bluetoothd.is_pairable()).await;
    // One that asks for no bond is not kept out by that, and asks the agent.
    let blind = FakePhone { mitm: false, bonding: false, ..phone() };
    let outcome = world.pair(&bluetoothd, &blind, Gesture::Hold).await;
    assert_eq!(outcome, Outcome::RefusedByPanel);
    world.panel.glass.break_down(false);
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    eventually("somebody has to open it again", || !bluetoothd.is_pairable()).await;
    world.panel.press(Role::Accept, Duration::from_millis(2100)).await;
    eventually("it is open again", || bluetoothd.is_pairable()).await;
    let outcome = world.pair(&bluetoothd, &phone(), Gesture::Hold).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
}

#[tokio::test]
async fn the_agent_is_there_again_whenever_bluetoothd_is() {
    let mut world = World::new(BONNET, open_window());
    let late = world.bluetoothd().await;
    registered(&late, Capability::DisplayYesNo).await;
    late.stop().await;
    drop(late);

    let restarted = world.bluetoothd().await;
    registered(&restarted, Capability::DisplayYesNo).await;
    // Killed while a code is on the glass.
    let prompt = tokio::spawn({
        let phone = phone();
        async move {
            let mut person = pairpanel::sim::Habit::Accepts;
            let outcome = phone.pair(&restarted, &mut person).await;
            (restarted, outcome)
        }
    });
    world.panel.prompted().await;
    assert!(world.shows_code());
    prompt.abort();
    let _ = prompt.await;
    eventually("the code is gone", || !world.shows_code()).await;

    let again = world.bluetoothd().await;
    registered(&again, Capability::DisplayYesNo).await;
    let outcome = world.pair(&again, &phone(), Gesture::Hold).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
}

#[tokio::test]
async fn a_call_from_anyone_but_bluetoothd_is_refused_and_shows_nothing() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let rogue = zbus::connection::Builder::address(world.bus.address()).build().await.unwrap();
    let bus = zbus::fdo::DBusProxy::new(&rogue).await.unwrap();
    let path = ObjectPath::try_from("/org/bluez/hci0/dev_00_11_22_33_44_55").unwrap();
    let mut asked = 0;
    let arguments = (&path, 123_456u32);
    for name in bus.list_names().await.unwrap() {
        let call = rogue.call_method(
            Some(name.as_str()),
            AGENT,
            Some(AGENT_INTERFACE),
            "RequestConfirmation",
            &arguments,
        );
        // Some of those on the bus are no agents and may not answer at all.
        let answer = tokio::time::timeout(Duration::from_millis(300), call).await;
        if let Ok(Err(zbus::Error::MethodError(error, ..))) = answer
            && error.as_str() == "org.bluez.Error.Rejected"
        {
            asked += 1;
        }
    }
    assert_eq!(asked, 1, "the agent was found and refused");
    assert!(!world.shows_code());
    let outcome = world.pair(&bluetoothd, &phone(), Gesture::Hold).await;
    assert_eq!(outcome, Outcome::Paired { authenticated: true });
}

#[tokio::test]
async fn odd_calls_are_refused_and_change_nothing() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let path = |path| ObjectPath::try_from(path).unwrap();
    let device = path("/org/bluez/hci0/dev_00_11_22_33_44_55");
    let refused = |reply: zbus::Result<_>| match reply {
        Err(zbus::Error::MethodError(error, ..)) => error.as_str() == "org.bluez.Error.Rejected",
        _ => false,
    };
    for code in [1_000_000u32, u32::MAX] {
        assert!(refused(bluetoothd.call_agent("RequestConfirmation", &(&device, code)).await));
        bluetoothd.call_agent("DisplayPasskey", &(&device, code, 0u16)).await.unwrap();
    }
    for odd in ["/", "/org/bluez/hci0", "/org/bluez/hci0/dev_nonsense"] {
        assert!(refused(bluetoothd.call_agent("RequestAuthorization", &(path(odd),)).await));
        bluetoothd.call_agent("DisplayPasskey", &(path(odd), 7u32, 0u16)).await.unwrap();
    }
    assert!(refused(bluetoothd.call_agent("RequestPasskey", &(&device,)).await));
    let service = (&device, "0000110b-0000-1000-8000-00805f9b34fb");
    assert!(refused(bluetoothd.call_agent("AuthorizeService", &service).await));
    let pin = (&device, "");
    assert!(refused(bluetoothd.call_agent("DisplayPinCode", &pin).await));
    bluetoothd.call_agent("Cancel", &()).await.unwrap();
    assert!(!world.shows_code());

    // Two prompts at once, and a passkey to display during the first.
    let first = async {
        let call = (&device, 111_111u32);
        refused(bluetoothd.call_agent("RequestConfirmation", &call).await)
    };
    let meanwhile = async {
        world.panel.prompted().await;
        let second = (path("/org/bluez/hci0/dev_00_11_22_33_44_66"), 222_222u32);
        let second = refused(bluetoothd.call_agent("RequestConfirmation", &second).await);
        let display = (path("/org/bluez/hci0/dev_00_11_22_33_44_77"), 333_333u32, 0u16);
        bluetoothd.call_agent("DisplayPasskey", &display).await.unwrap();
        assert_eq!(world.panel.glass.code().await.unwrap().value(), 111_111);
        world.panel.press(pairpanel::board::Role::Reject, Duration::from_millis(100)).await;
        second
    };
    assert_eq!(tokio::join!(first, meanwhile), (true, true));
    assert_eq!(world.store.bonds(), []);
}

#[tokio::test]
async fn without_an_open_window_bluetoothd_is_not_even_pairable_and_calls_are_refused() {
    let never = Policy { window_at_start: AtStart::Never, ..Policy::default() };
    let mut world = World::new(BONNET, never);
    let bluetoothd = world.start_bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    eventually("what bluetoothd opened is closed again", || !bluetoothd.is_pairable()).await;
    let outcome = world.pair(&bluetoothd, &phone(), Gesture::Hold).await;
    assert_eq!(outcome, Outcome::RefusedWithoutAsking);
    // A phone that asks for no bond is let through to the agent all the same.
    let fleeting = FakePhone { bonding: false, ..phone() };
    let outcome = world.pair(&bluetoothd, &fleeting, Gesture::Hold).await;
    assert_eq!(outcome, Outcome::RefusedByPanel);
    assert!(!world.shows_code());
}

#[tokio::test]
async fn stopping_refuses_what_is_open_and_closes_the_adapter() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let phone = phone();
    let mut person = pairpanel::sim::Habit::Accepts;
    let pairing = phone.pair(&bluetoothd, &mut person);
    let stopping = async {
        world.panel.prompted().await;
        world.stop().await;
    };
    let (outcome, ()) = tokio::join!(pairing, stopping);
    assert_eq!(outcome, Outcome::RefusedByPanel);
    assert!(!bluetoothd.is_pairable() && !bluetoothd.is_discoverable());
    assert!(!world.shows_code());
}

#[tokio::test]
async fn a_pin_is_returned_when_the_key_was_held_for_what_is_on_the_glass() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let device = ObjectPath::try_from("/org/bluez/hci0/dev_00_11_22_33_44_55").unwrap();
    let arguments = (&device,);
    let call = bluetoothd.call_agent("RequestPinCode", &arguments);
    let person = async {
        world.panel.prompted().await;
        world.panel.pass(Duration::from_millis(600)).await;
        world.panel.hold(Duration::from_millis(1100)).await;
    };
    let (reply, ()) = tokio::join!(call, person);
    let pin: String = reply.unwrap().unwrap().body().deserialize().unwrap();
    assert!(pin.len() == 6 && pin.bytes().all(|digit| digit.is_ascii_digit()));
}
