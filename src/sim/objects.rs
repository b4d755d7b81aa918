//! The objects of `org.bluez`: one message after the other, as in bluetoothd's main loop.
//!
//! Not zbus' object server: a property setter that waits for the kernel would hold its lock, and
//! BlueZ's error names and order matter here.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use serde::Deserialize;
use zbus::MessageStream;
use zbus::message::{Flags, Header, Message, Type};
use zbus::names::OwnedUniqueName;
use zbus::wire::{OwnedObjectPath, OwnedVariant, Variant};

use super::adapter::adapter_of;
use super::advertising::ADVERTISING;
use super::bluetoothd::{
    ADAPTER1, DEVICE, Daemon, Interfaces, MANAGER, MANAGER1, Properties, path,
};
use super::error::{
    CONNECTION_ATTEMPT_FAILED, INVALID_ARGS, INVALID_ARGUMENTS, Refusal, UNKNOWN_METHOD,
    UNKNOWN_OBJECT,
};

/// Serves until the connection closes.
pub(super) async fn serve(daemon: Arc<Daemon>, mut messages: MessageStream) {
    while let Some(message) = messages.next().await {
        let Ok(message) = message else { continue };
        match message.message_type() {
            Type::MethodCall => handle_call(&daemon, message).await,
            Type::Signal => handle_signal(&daemon, &message),
            _ => {}
        }
    }
}

/// Unregisters the agent of a connection that left the bus.
fn handle_signal(daemon: &Arc<Daemon>, signal: &Message) {
    let header = signal.header();
    let from_bus = header.sender().is_some_and(|sender| *sender == "org.freedesktop.DBus");
    if !from_bus || header.member().is_none_or(|member| *member != "NameOwnerChanged") {
        return;
    }
    if let Ok((name, _, "")) = signal.body().deserialize::<(&str, &str, &str)>() {
        let default = daemon.state().agents.disconnected(name);
        daemon.default_agent(default);
        let (daemon, name) = (Arc::clone(daemon), name.to_owned());
        daemon.clone().spawn(async move {
            daemon.advertiser_left(&name).await;
            daemon.caller_left(&name).await;
        });
    }
}

enum Reply {
    Nothing,
    Value(Variant<'static>),
    Text(String),
    Properties(Properties),
    Objects(Vec<(OwnedObjectPath, Interfaces)>),
}

async fn handle_call(daemon: &Arc<Daemon>, call: Message) {
    let header = call.header();
    let at = header.path().map(|path| path.to_string()).unwrap_or_default();
    let interface = header.interface().map(|interface| interface.to_string()).unwrap_or_default();
    let member = header.member().map(|member| member.to_string()).unwrap_or_default();

    // The calls whose reply may have to wait.
    match (interface.as_str(), member.as_str()) {
        ("org.freedesktop.DBus.Properties", "Set") => {
            return handle_set(daemon, call.clone(), &at).await;
        }
        (DEVICE, "Pair") => {
            if let Err(refusal) = daemon.pair(&at, &call) {
                reply(daemon, &call, Err(refusal)).await;
            }
            return;
        }
        (ADAPTER1, "RemoveDevice") if daemon.at(&at).is_some() => {
            return handle_remove(daemon, &call, &at).await;
        }
        (ADVERTISING, "RegisterAdvertisement" | "UnregisterAdvertisement")
            if daemon.interfaces(&at).is_some_and(|object| object.contains_key(ADVERTISING)) =>
        {
            return handle_advertisement(daemon, &call, &at, &member).await;
        }
        _ => {}
    }
    let outcome = match interface.as_str() {
        MANAGER1 if at == MANAGER => handle_manager(daemon, &call, &header, &member),
        DEVICE => handle_device(daemon, &at, &member).await,
        "org.freedesktop.DBus.Properties" => handle_get(daemon, &call, &at, &member),
        "org.freedesktop.DBus.ObjectManager" if at == "/" && member == "GetManagedObjects" => {
            Ok(Reply::Objects(daemon.objects()))
        }
        "org.freedesktop.DBus.Introspectable" if member == "Introspect" => {
            daemon.introspect(&at).map(Reply::Text).ok_or(UNKNOWN_OBJECT)
        }
        "org.freedesktop.DBus.Peer" if member == "Ping" => Ok(Reply::Nothing),
        _ if daemon.interfaces(&at).is_none() && at != "/" => Err(UNKNOWN_OBJECT),
        _ => Err(UNKNOWN_METHOD),
    };
    reply(daemon, &call, outcome).await;
}

fn handle_manager(
    daemon: &Arc<Daemon>,
    call: &Message,
    header: &Header<'_>,
    member: &str,
) -> Result<Reply, Refusal> {
    let Some(sender) = header.sender() else { return Err(INVALID_ARGUMENTS) };
    let sender = OwnedUniqueName::from(sender.to_owned());
    let default = match member {
        "RegisterAgent" => {
            let (path, capability): (OwnedObjectPath, String) = arguments(call)?;
            daemon.state().agents.register(sender, path, &capability)?
        }
        "RequestDefaultAgent" => {
            let path = arguments(call)?;
            daemon.state().agents.request_default(&sender, &path)?
        }
        "UnregisterAgent" => {
            let path = arguments(call)?;
            daemon.state().agents.unregister(&sender, &path)?
        }
        _ => return Err(UNKNOWN_METHOD),
    };
    daemon.default_agent(default);
    Ok(Reply::Nothing)
}

/// Connected devices are hung up on first, and the caller has its reply when that is done, which
/// is before the object goes (`device_remove_connection`, `src/device.c`).
async fn handle_remove(daemon: &Arc<Daemon>, call: &Message, adapter: &str) {
    let path: OwnedObjectPath = match arguments(call) {
        Ok(path) => path,
        Err(refusal) => return reply(daemon, call, Err(refusal)).await,
    };
    let path = path.as_str();
    if let Err(refusal) = daemon.forget_device(adapter, path) {
        return reply(daemon, call, Err(refusal)).await;
    }
    if daemon.is_connected(path) {
        daemon.hang_up(path).await;
        reply(daemon, call, Ok(Reply::Nothing)).await;
        daemon.remove_object(path).await;
    } else {
        daemon.bonding_ends(path, Err(CONNECTION_ATTEMPT_FAILED)).await;
        daemon.remove_object(path).await;
        reply(daemon, call, Ok(Reply::Nothing)).await;
    }
}

async fn handle_advertisement(daemon: &Arc<Daemon>, call: &Message, adapter: &str, member: &str) {
    let header = call.header();
    let (Some(at), Some(sender)) = (daemon.at(adapter), header.sender()) else { return };
    let owner = OwnedUniqueName::from(sender.to_owned());
    let done = if member == "RegisterAdvertisement" {
        let begun = arguments::<(OwnedObjectPath, HashMap<String, OwnedVariant>)>(call)
            .and_then(|(path, _)| daemon.register_advertisement(&at, owner, path, call));
        // It is answered when that is done.
        if begun.is_ok() {
            return;
        }
        begun
    } else {
        match arguments(call) {
            Ok(path) => daemon.remove_advertisement(&at, &owner, &path).await,
            Err(refusal) => Err(refusal),
        }
    };
    answer(daemon, call, done).await;
}

async fn handle_device(daemon: &Daemon, at: &str, member: &str) -> Result<Reply, Refusal> {
    if !daemon.state().devices.contains_key(at) {
        return Err(UNKNOWN_OBJECT);
    }
    match member {
        "Disconnect" => daemon.disconnect(at).await?,
        "CancelPairing" => daemon.cancel_pairing(at).await?,
        _ => return Err(UNKNOWN_METHOD),
    }
    Ok(Reply::Nothing)
}

fn handle_get(daemon: &Daemon, call: &Message, at: &str, member: &str) -> Result<Reply, Refusal> {
    let mut interfaces = daemon.interfaces(at).ok_or(UNKNOWN_OBJECT)?;
    match member {
        "Get" => {
            let (interface, property): (String, String) = arguments(call)?;
            let properties = interfaces.remove(interface.as_str()).ok_or(INVALID_ARGS)?;
            let value = properties.into_iter().find(|(name, _)| *name == property);
            value.map(|(_, value)| Reply::Value(value)).ok_or(INVALID_ARGS)
        }
        "GetAll" => {
            let interface: String = arguments(call)?;
            interfaces.remove(interface.as_str()).map(Reply::Properties).ok_or(INVALID_ARGS)
        }
        _ => Err(UNKNOWN_METHOD),
    }
}

async fn handle_set(daemon: &Arc<Daemon>, call: Message, at: &str) {
    let (interface, property, value): (String, String, OwnedVariant) = match arguments(&call) {
        Ok(arguments) => arguments,
        Err(refusal) => return reply(daemon, &call, Err(refusal)).await,
    };
    let Some(interfaces) = daemon.interfaces(at) else {
        return reply(daemon, &call, Err(UNKNOWN_OBJECT)).await;
    };
    let known = interfaces.get(interface.as_str());
    if !known.is_some_and(|properties| properties.contains_key(property.as_str())) {
        return reply(daemon, &call, Err(INVALID_ARGS)).await;
    }
    if interface == DEVICE {
        let outcome = daemon.set_device_property(at, &property, value).await;
        return reply(daemon, &call, outcome.map(|()| Reply::Nothing)).await;
    }
    let replying = Arc::clone(daemon);
    let then = |outcome: Result<(), Refusal>| async move {
        reply(&replying, &call, outcome.map(|()| Reply::Nothing)).await;
    };
    daemon.set_adapter_property(at, &property, value, then).await;
}

/// A call with arguments of other types does not reach bluetoothd (gdbus, `generic_message`).
fn arguments<T>(call: &Message) -> Result<T, Refusal>
where
    T: for<'de> Deserialize<'de> + zbus::Type,
{
    let body = call.body();
    if *body.signature() != *T::SIGNATURE {
        return Err(UNKNOWN_METHOD);
    }
    body.deserialize_ignore_signature().map_err(|_| UNKNOWN_METHOD)
}

/// Answers a call that returns nothing.
pub(super) async fn answer(daemon: &Daemon, call: &Message, outcome: Result<(), Refusal>) {
    reply(daemon, call, outcome.map(|()| Reply::Nothing)).await;
}

async fn reply(daemon: &Daemon, call: &Message, outcome: Result<Reply, Refusal>) {
    if call.primary_header().flags().contains(Flags::NO_REPLY_EXPECTED) {
        return;
    }
    let header = call.header();
    let reply = || Message::method_return(&header);
    let message = match outcome {
        Ok(Reply::Nothing) => reply().build(&()),
        Ok(Reply::Value(value)) => reply().build(&value),
        Ok(Reply::Text(text)) => reply().build(&text),
        Ok(Reply::Properties(properties)) => reply().build(&properties),
        Ok(Reply::Objects(objects)) => {
            let objects: std::collections::HashMap<_, _> = objects.into_iter().collect();
            reply().build(&objects)
        }
        Err(refusal) => Message::error(&header, refusal.name).build(&refusal.message),
    };
    daemon.send(message).await;
}

impl Daemon {
    /// The interfaces of one object with their properties; nothing if there is no such object.
    pub(super) fn interfaces(&self, at: &str) -> Option<Interfaces> {
        let state = self.state();
        match at {
            MANAGER => Some([(MANAGER1, Properties::new())].into()),
            at if adapter_of(at) == at => state.adapters.get(at).map(|adapter| {
                let advertising = adapter.advertising.as_ref();
                let advertising = advertising.map(|of| (ADVERTISING, of.properties()));
                [(ADAPTER1, adapter.properties())].into_iter().chain(advertising).collect()
            }),
            at => state.devices.get(at).map(|device| [(DEVICE, device.properties())].into()),
        }
    }

    fn objects(&self) -> Vec<(OwnedObjectPath, Interfaces)> {
        let mut paths = vec![MANAGER.to_owned()];
        {
            let state = self.state();
            paths.extend(state.adapters.keys().chain(state.devices.keys()).cloned());
        }
        let object = |at: &String| Some((path(at), self.interfaces(at)?));
        paths.iter().filter_map(object).collect()
    }
}
