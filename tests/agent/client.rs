//! A client of `org.pairpanel.Panel1`.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use pairpanel::api::{INTERFACE, NAME, PATH};
use pairpanel::sim::FakeBus;
use zbus::connection::Builder;
use zbus::fdo::DBusProxy;
use zbus::message::{Message, Type};
use zbus::{Connection, MatchRule, MessageStream, OwnedVariant};

use crate::world::PATIENCE;

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Somebody else on the bus.
pub(crate) struct Client {
    pub(crate) connection: Connection,
    /// All that the panel has signalled since the client is there.
    signals: MessageStream,
}

impl Client {
    /// Returns when the interface is served.
    pub(crate) async fn of(bus: &FakeBus) -> Self {
        let connection = Builder::address(bus.address()).build().await.unwrap();
        let names = DBusProxy::new(&connection).await.unwrap();
        let served = async {
            while !names.name_has_owner(NAME.try_into().unwrap()).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, served).await.is_ok(), "nobody is {NAME}");
        let rule = MatchRule::builder().msg_type(Type::Signal).path(PATH).build();
        let signals = MessageStream::for_match_rule(rule.unwrap(), &connection, None);
        Self { signals: signals.await.unwrap(), connection }
    }

    pub(crate) async fn call<B>(&self, method: &str, body: &B) -> Result<(), String>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let reply = self.connection.call_method(Some(NAME), PATH, Some(INTERFACE), method, body);
        error_name(tokio::time::timeout(PATIENCE, reply).await.expect("no answer"))
    }

    pub(crate) async fn properties(&self) -> BTreeMap<String, OwnedVariant> {
        let all = (INTERFACE,);
        let reply = self.connection.call_method(Some(NAME), PATH, Some(PROPERTIES), "GetAll", &all);
        reply.await.unwrap().body().deserialize().unwrap()
    }

    pub(crate) async fn text(&self, property: &str) -> String {
        said(&self.properties().await[property])
    }

    /// What was signalled and not heard yet.
    pub(crate) fn heard(&mut self) -> Vec<Message> {
        let mut heard = Vec::new();
        while let Some(Some(signal)) = self.signals.next().now_or_never() {
            heard.push(signal.unwrap());
        }
        heard
    }

    /// The next `PropertiesChanged` that has this in it.
    pub(crate) async fn changed_to(&mut self, name: &str, value: &str) -> BTreeMap<String, String> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.signals.next()).await;
            let signal = next.expect("it has not changed").unwrap().unwrap();
            if member(&signal) == "PropertiesChanged" {
                let changed = changes(&signal);
                if changed.get(name).is_some_and(|new| new == value) {
                    return changed;
                }
            }
        }
    }

    /// Returns when the property has this in it.
    pub(crate) async fn sees(&self, property: &str, part: &str) {
        let looking = async {
            while !self.text(property).await.contains(part) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, looking).await;
        assert!(seen.is_ok(), "{property} has never {part} in it");
    }
}

fn changes(signal: &Message) -> BTreeMap<String, String> {
    let body = signal.body();
    let (interface, changed, invalidated): (&str, BTreeMap<String, OwnedVariant>, Vec<&str>) =
        body.deserialize().unwrap();
    assert_eq!(interface, INTERFACE);
    assert!(invalidated.is_empty());
    changed.into_iter().map(|(name, value)| (name, said(&value))).collect()
}

pub(crate) fn said(value: &OwnedVariant) -> String {
    match &**value {
        zbus::Variant::Str(text) => text.to_string(),
        zbus::Variant::U32(number) => number.to_string(),
        value => value.to_string(),
    }
}

pub(crate) fn error_name<T>(reply: zbus::Result<T>) -> Result<(), String> {
    match reply {
        Ok(_) => Ok(()),
        Err(zbus::Error::MethodError(name, ..)) => Err(name.to_string()),
        Err(zbus::Error::FDO(error)) => Err(zbus::DBusError::name(&*error).to_string()),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn member(signal: &Message) -> String {
    signal.header().member().unwrap().to_string()
}

/// Each member of the interface in its description, with what belongs to it, one tag after the other.
pub(crate) fn members(xml: &str) -> BTreeMap<String, String> {
    let mut text = xml.to_owned();
    while let Some(start) = text.find("<!--") {
        let end = text[start..].find("-->").unwrap();
        text.replace_range(start..start + end + "-->".len(), "");
    }
    let start = text.find(&format!("<interface name=\"{INTERFACE}\">")).unwrap();
    let text = &text[start..start + text[start..].find("</interface>").unwrap()];
    let mut members = BTreeMap::new();
    let mut member = String::new();
    for tag in text.split('<').skip(2).map(str::trim).filter(|tag| !tag.starts_with('/')) {
        let mut words: Vec<&str> = tag.trim_end_matches(['/', '>']).split_whitespace().collect();
        if ["method", "signal", "property"].contains(&words[0]) {
            member = words[..2].join(" ");
        }
        words[1..].sort_unstable();
        *members.entry(member.clone()).or_insert_with(String::new) += &words.join(" ");
    }
    members
}
