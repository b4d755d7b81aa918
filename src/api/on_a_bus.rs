//! The interface alone, with a daemon that says when a command has its result.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use futures_util::StreamExt;
use zbus::message::Type;
use zbus::{MatchRule, MessageStream};

use super::*;
use crate::pairing::{Command, Fittings, Method, Outcome, Policy, Session};
use crate::sim::FakeBus;

struct Stage {
    api: Api,
    events: mpsc::UnboundedReceiver<Event>,
    client: Connection,
    _bus: FakeBus,
}

impl Stage {
    async fn new() -> Self {
        let bus = FakeBus::start().unwrap();
        let client = Builder::address(bus.address()).build().await.unwrap();
        let (sender, events) = mpsc::unbounded_channel();
        let clock = Clock::Monotonic;
        let session = Session::new(Policy::default(), Fittings::default(), clock.now());
        let status = session.status(clock.now());
        let users = vec![rustix::process::getuid().as_raw()];
        let access = Access { users, ..Access::default() };
        let service = Service { access, ..Service::default() };
        let address = Some(bus.address().to_owned());
        let api = Api::start(service, address, clock, sender, status);
        let names = fdo::DBusProxy::new(&client).await.unwrap();
        while !names.name_has_owner(NAME.try_into().unwrap()).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Self { api, events, client, _bus: bus }
    }
}

async fn call(client: &Connection, method: &str) -> Option<String> {
    match client.call_method(Some(NAME), PATH, Some(INTERFACE), method, &()).await {
        Ok(_) => None,
        Err(zbus::Error::MethodError(name, ..)) => Some(name.to_string()),
        Err(error) => panic!("{error}"),
    }
}

async fn command(events: &mut mpsc::UnboundedReceiver<Event>) -> (CommandId, Command) {
    match events.recv().await {
        Some(Event::Command { id, command }) => (id, command),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_call_waits_for_its_own_result() {
    let Stage { api, mut events, client, _bus } = Stage::new().await;
    let close = call(&client, "CloseWindow");
    let forget = call(&client, "ForgetAll");
    let daemon = async {
        let mut ids = [command(&mut events).await, command(&mut events).await];
        ids.sort_by_key(|(_, command)| *command == Command::ForgetAll);
        assert_eq!(ids[0].1, Command::CloseWindow);
        // Neither in the order of the calls, nor only once, nor only for what was asked.
        api.done(CommandId(4711), Ok(()));
        api.done(ids[1].0, Err(Denial::NotForgotten));
        api.done(ids[1].0, Ok(()));
        api.done(ids[0].0, Ok(()));
    };
    let (closed, forgotten, ()) = tokio::join!(close, forget, daemon);
    assert_eq!(closed, None);
    assert_eq!(forgotten.as_deref(), Some("org.pairpanel.Error.NotForgotten"));
}

#[tokio::test]
async fn who_waits_is_told_that_the_daemon_stops() {
    let Stage { api, mut events, client, _bus } = Stage::new().await;
    let waiting = call(&client, "Identify");
    let daemon = async {
        command(&mut events).await;
        api.leave().await;
    };
    let (result, ()) = tokio::join!(waiting, daemon);
    assert_eq!(result.as_deref(), Some("org.pairpanel.Error.Stopped"));
    let names = fdo::DBusProxy::new(&client).await.unwrap();
    assert!(!names.name_has_owner(NAME.try_into().unwrap()).await.unwrap());
}

#[tokio::test]
async fn what_is_announced_is_signalled_in_that_order() {
    let Stage { api, client, _bus, .. } = Stage::new().await;
    let rule = MatchRule::builder().msg_type(Type::Signal).path(PATH).interface(INTERFACE);
    let rule = rule.build().unwrap();
    let mut signals = MessageStream::for_match_rule(rule, &client, None).await.unwrap();
    let device = DeviceId::parse("/org/bluez/hci0/dev_A4_C3_F0_1D_9A_4C").unwrap();
    let peer = Peer::new("Anna's Pixel", device.address());
    let method = Method::PinCode;
    let of = || (device.clone(), peer.clone());
    let (device, peer) = of();
    api.announce(News::Started { device, peer, method });
    let (device, peer) = of();
    api.announce(News::Finished { device, peer, method, outcome: Outcome::PairedUnchecked });
    let (device, peer) = of();
    api.announce(News::UnknownPairing { device, peer });
    for (member, rest) in [
        ("PairingStarted", vec!["pin"]),
        ("PairingFinished", vec!["pin", "paired-unchecked", "true", "false"]),
        ("UnknownPairing", vec![]),
    ] {
        let signal = signals.next().await.unwrap().unwrap();
        assert_eq!(signal.header().member().unwrap().as_str(), member);
        let body = signal.body();
        let fields: zbus::Structure<'_> = body.deserialize().unwrap();
        let fields: Vec<String> = fields
            .fields()
            .iter()
            .map(|field| match field {
                zbus::Variant::Str(text) => text.to_string(),
                zbus::Variant::ObjectPath(path) => path.to_string(),
                zbus::Variant::Bool(flag) => flag.to_string(),
                other => panic!("{other:?}"),
            })
            .collect();
        let who = ["/org/bluez/hci0/dev_A4_C3_F0_1D_9A_4C", "A4:C3:F0:1D:9A:4C", "Anna's Pixel"];
        assert_eq!(fields, [who.to_vec(), rest].concat());
    }
}
