//! JSON Schemas of the files that are read, by which editors check and complete them: the shapes of
//! the types that read them. In tests only.

mod trace;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

pub(crate) use self::trace::shape;

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Integer,
    /// An integer that is neither below the first nor above the second.
    Within(i64, i64),
    Flag,
    /// One of these texts.
    Word(&'static [&'static str]),
    List(Box<Self>),
    /// A table with these keys and no others; the flag says whether the key is required.
    Table(Vec<(&'static str, bool, Self)>),
    /// A table with keys of any name.
    Map(Box<Self>),
    /// Any of these.
    Either(Vec<Self>),
}

/// What a schema says of a key besides its shape, such as `description`. The key is given as its path
/// in the file, with dots.
pub(crate) type Notes<'a> = dyn Fn(&str) -> Map<String, Value> + 'a;

/// A whole schema. Version 7 is what language servers of TOML know (taplo, Even Better TOML).
/// `looser` says what no shape can: what is refused by it pairpanel refuses, too, but not the other
/// way round.
pub(crate) fn schema(shape: &Shape, (title, looser): (&str, &str), notes: &Notes<'_>) -> Value {
    let mut schema = value(shape, "", notes);
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
        map.insert("title".into(), title.into());
        map.insert("description".into(), looser.into());
    }
    schema
}

fn value(shape: &Shape, path: &str, notes: &Notes<'_>) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Integer => json!({ "type": "integer" }),
        Shape::Within(low, high) => {
            json!({ "type": "integer", "minimum": low, "maximum": high })
        }
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::List(item) => json!({ "type": "array", "items": value(item, path, notes) }),
        Shape::Map(item) => {
            json!({ "type": "object", "additionalProperties": value(item, path, notes) })
        }
        Shape::Either(shapes) => {
            let shapes: Vec<Value> = shapes.iter().map(|s| value(s, path, notes)).collect();
            json!({ "anyOf": shapes })
        }
        Shape::Table(keys) => {
            let mut properties = Map::new();
            for (key, _, shape) in keys {
                let path = join(path, key);
                let mut property = value(shape, &path, notes);
                if let Value::Object(map) = &mut property {
                    map.extend(notes(&path));
                }
                properties.insert((*key).to_owned(), property);
            }
            let required: Vec<&str> =
                keys.iter().filter(|(_, required, _)| *required).map(|(key, ..)| *key).collect();
            json!({
                "type": "object",
                "additionalProperties": false,
                "required": required,
                "properties": properties,
            })
        }
    }
}

pub(crate) fn for_each_key(shape: &Shape, path: &str, tell: &mut dyn FnMut(&str)) {
    match shape {
        Shape::List(item) | Shape::Map(item) => for_each_key(item, path, tell),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| for_each_key(shape, path, tell)),
        Shape::Table(keys) => {
            for (key, _, shape) in keys {
                let path = join(path, key);
                tell(&path);
                for_each_key(shape, &path, tell);
            }
        }
        Shape::Text | Shape::Integer | Shape::Within(..) | Shape::Flag | Shape::Word(_) => {}
    }
}

pub(crate) fn fits(shape: &Shape, value: &toml::Value) -> bool {
    match (shape, value) {
        (Shape::Text, toml::Value::String(_))
        | (Shape::Integer, toml::Value::Integer(_))
        | (Shape::Flag, toml::Value::Boolean(_)) => true,
        (Shape::Within(low, high), toml::Value::Integer(number)) => (low..=high).contains(&number),
        (Shape::Word(words), toml::Value::String(text)) => words.contains(&text.as_str()),
        (Shape::List(shape), toml::Value::Array(items)) => items.iter().all(|i| fits(shape, i)),
        (Shape::Map(shape), toml::Value::Table(table)) => table.values().all(|v| fits(shape, v)),
        (Shape::Either(shapes), _) => shapes.iter().any(|shape| fits(shape, value)),
        (Shape::Table(keys), toml::Value::Table(table)) => {
            let is_known = |(name, value): (&String, &toml::Value)| {
                keys.iter().any(|(key, _, shape)| key == name && fits(shape, value))
            };
            let is_there =
                |(key, required, _): &(&str, bool, Shape)| !required || table.contains_key(*key);
            table.iter().all(is_known) && keys.iter().all(is_there)
        }
        _ => false,
    }
}

/// The file of the package at `path` has this schema, or gets it.
pub(crate) fn agree(path: &str, schema: &Value) {
    let file = in_package(path);
    let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == text, "{path}: UPDATE_SCHEMA=1 cargo test --lib schema writes it anew");
}

pub(crate) fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The path of a key in the table at `path`.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
