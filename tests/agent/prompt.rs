//! `ReadPrompt`: the one way for a code to leave the glass.

use std::collections::BTreeMap;

use pairpanel::api::{Access, INTERFACE, NAME, PATH, Service};
use pairpanel::daemon::Setup;
use pairpanel::pairing::{Capability, Policy};
use pairpanel::sim::{FakeBluetoothd, FakeBus, Outcome};
use zbus::OwnedVariant;

use crate::client::{Client, error_name, said};
use crate::polkit::{FakePolkit, Says};
use crate::world::{BONNET, Gesture, World, open_window, phone, registered};

const NOT_TURNED_ON: &str = "org.pairpanel.Error.NotTurnedOn";

fn turned_on() -> Policy {
    Policy { prompt_command: true, ..open_window() }
}

type Prompt = BTreeMap<String, String>;

async fn read(client: &Client) -> Result<Prompt, String> {
    let call = client.connection.call_method(Some(NAME), PATH, Some(INTERFACE), "ReadPrompt", &());
    match call.await {
        Ok(reply) => {
            let prompt: BTreeMap<String, OwnedVariant> = reply.body().deserialize().unwrap();
            Ok(prompt.into_iter().map(|(key, value)| (key, said(&value))).collect())
        }
        Err(error) => Err(error_name::<()>(Err(error)).unwrap_err()),
    }
}

/// What is read while a phone's code is on the glass, which code that is, and how it all ends when
/// `gesture` follows.
async fn read_in_the_middle(
    world: &mut World,
    bluetoothd: &FakeBluetoothd,
    client: &Client,
    gesture: Gesture,
) -> (Result<Prompt, String>, String, Outcome) {
    let phone = phone();
    let glass = world.panel.glass.clone();
    let mut person = pairpanel::sim::Attentive(|| glass.code());
    let reading = async {
        world.panel.prompted().await;
        let code = format!("{:06}", world.panel.glass.code().await.unwrap().value());
        let read = read(client).await;
        gesture.make(&mut world.panel).await;
        (read, code)
    };
    let (outcome, (read, code)) = tokio::join!(phone.pair(bluetoothd, &mut person), reading);
    (read, code, outcome)
}

#[tokio::test]
async fn nobody_reads_a_prompt_unless_the_owner_wants_it() {
    let mut world = World::new(BONNET, open_window());
    let bluetoothd = world.bluetoothd().await;
    registered(&bluetoothd, Capability::DisplayYesNo).await;
    let client = Client::of(&world.bus).await;
    assert_eq!(read(&client).await, Err(NOT_TURNED_ON.to_owned()));
    let (read, ..) = read_in_the_middle(&mut world, &bluetoothd, &client, Gesture::Reject).await;
    assert_eq!(read, Err(NOT_TURNED_ON.to_owned()));
}

#[tokio::test]
async fn a_prompt_is_read_by_its_caller_alone_and_answered_at_the_panel() {
    for gesture in [Gesture::Reject, Gesture::Nothing, Gesture::Hold] {
        let mut world = World::new(BONNET, turned_on());
        let bluetoothd = world.bluetoothd().await;
        registered(&bluetoothd, Capability::DisplayYesNo).await;
        let client = Client::of(&world.bus).await;
        let mut bystander = Client::of(&world.bus).await;
        assert_eq!(read(&client).await, Ok(Prompt::new()), "nothing is asked");
        let (read, code, outcome) =
            read_in_the_middle(&mut world, &bluetoothd, &client, gesture).await;
        let address = phone().address.to_string();
        let expected = [
            ("Asks", "compare"),
            ("Method", "numeric-comparison"),
            ("Address", &address),
            ("Name", "phone"),
            ("Code", &code),
            ("Accept", "A"),
            ("Reject", "B"),
            ("Hold", "true"),
            ("Seconds", "25"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(read, Ok(expected.into()));
        let paired = outcome == Outcome::Paired { authenticated: true };
        assert_eq!(paired, matches!(gesture, Gesture::Hold), "{outcome:?}");
        // What the daemon says of it to everybody has no code in it.
        bystander.sees("Activity", "").await;
        let number: u32 = code.parse().unwrap();
        let heard = bystander.heard();
        assert!(!heard.is_empty());
        for signal in heard {
            let bytes: &[u8] = signal.data().bytes();
            let digits = bytes.windows(6).any(|six| six == code.as_bytes());
            assert!(!digits && !bytes.windows(4).any(|four| four == number.to_le_bytes()));
        }
    }
}

#[tokio::test]
async fn polkit_lets_nobody_read_a_prompt() {
    let nobody = Access { users: Vec::new(), group: String::new() };
    let world = World::on(FakeBus::start().unwrap(), BONNET, turned_on(), |setup| {
        let service = Some(Service { access: nobody, ..Service::default() });
        Setup { service, ..setup }
    });
    let _bluetoothd = world.bluetoothd().await;
    let client = Client::of(&world.bus).await;
    let denied = Err("org.freedesktop.DBus.Error.AccessDenied".to_owned());
    assert_eq!(read(&client).await, denied);
    let polkit = FakePolkit::start(&world.bus, Says::Yes).await;
    assert_eq!(client.call("CloseWindow", &()).await, Ok(()));
    assert_eq!(read(&client).await, denied);
    polkit.stop().await;
}
