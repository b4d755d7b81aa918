//! What is on the bus, as JSON: property names in snake case, values as they are.

use std::collections::HashMap;

use serde_json::{Map, Value};
use zbus::{Message, OwnedVariant, Variant};

/// The panel's properties, or another dictionary, with the keys that `--json` has.
#[derive(Debug)]
pub(crate) struct State(Map<String, Value>);

impl State {
    /// What `GetAll` or another method has replied.
    pub(super) fn of(reply: &Message) -> zbus::Result<Self> {
        let properties: HashMap<String, OwnedVariant> = reply.body().deserialize()?;
        let entries = properties.iter().map(|(name, value)| (key(name), json(value)));
        Ok(Self(entries.collect()))
    }

    /// A property; null if this daemon does not have it.
    pub(crate) fn get(&self, key: &str) -> &Value {
        self.0.get(key).unwrap_or(&Value::Null)
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.get(key).as_str().unwrap_or_default()
    }

    /// The objects of a list.
    pub(crate) fn list(&self, key: &str) -> &[Value] {
        self.get(key).as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// All of it.
    pub(crate) fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

/// What `PropertiesChanged` says of an interface. A property whose value is not said is null.
pub(super) fn changed(signal: &Message, interface: &str) -> Vec<(String, Value)> {
    type Body = (String, HashMap<String, OwnedVariant>, Vec<String>);

    let body = signal.body();
    let Ok((of, changed, invalidated)) = body.deserialize::<Body>() else { return Vec::new() };
    if of != interface {
        return Vec::new();
    }
    let changed = changed.iter().map(|(name, value)| (key(name), json(value)));
    let invalidated = invalidated.iter().map(|name| (key(name), Value::Null));
    let mut all: Vec<_> = changed.chain(invalidated).collect();
    // A dictionary has no order.
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

/// The arguments of a signal, by these names.
pub(super) fn fields(signal: &Message, names: &[&str]) -> Option<Value> {
    let body = signal.body();
    let structure = body.deserialize::<zbus::Structure<'_>>().ok()?;
    let values = structure.fields();
    if values.len() < names.len() {
        return None;
    }
    let fields = names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json(value)));
    Some(Value::Object(fields.collect()))
}

fn json(value: &Variant<'_>) -> Value {
    match value {
        Variant::Bool(flag) => (*flag).into(),
        Variant::U8(number) => (*number).into(),
        Variant::I16(number) => (*number).into(),
        Variant::U16(number) => (*number).into(),
        Variant::I32(number) => (*number).into(),
        Variant::U32(number) => (*number).into(),
        Variant::I64(number) => (*number).into(),
        Variant::U64(number) => (*number).into(),
        Variant::Str(text) => text.as_str().into(),
        Variant::ObjectPath(path) => path.as_str().into(),
        Variant::Variant(value) => json(value),
        Variant::Array(items) => items.iter().map(json).collect(),
        Variant::Dict(dict) => {
            let entry = |(name, value): (&Variant<'_>, &Variant<'_>)| match name {
                Variant::Str(name) => Some((key(name), json(value))),
                _ => None,
            };
            Value::Object(dict.iter().filter_map(entry).collect())
        }
        _ => Value::Null,
    }
}

/// `WindowOpen` is `window_open`.
fn key(name: &str) -> String {
    let mut key = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !key.is_empty() {
            key.push('_');
        }
        key.push(c.to_ascii_lowercase());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_properties_become_keys() {
        for (name, expected) in
            [("Board", "board"), ("WindowRemaining", "window_remaining"), ("accept", "accept")]
        {
            assert_eq!(key(name), expected);
        }
    }
}
