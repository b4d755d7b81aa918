//! `boards/schema/*.json`, by which editors check and complete board and host files: the shapes of
//! the types that read them, with the words of `boards/README.md`. In tests only.

mod readme;
mod trace;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use self::readme::Readme;
use self::trace::{Shape, shape};
use super::host::RawHost;
use super::raw::RawBoard;

#[test]
fn the_schemas_are_those_of_the_types() {
    let readme = Readme::load();
    agree("board", &schema(&shape::<RawBoard>(), "board", &readme));
    agree("host", &schema(&shape::<RawHost>(), "host", &readme));
}

/// `boards/schema/NAME.json` has this text, or gets it.
fn agree(name: &str, schema: &Value) {
    let path = in_package(&format!("boards/schema/{name}.json"));
    let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{name}: UPDATE_SCHEMA=1 cargo test --lib schema writes it anew");
}

#[test]
fn every_key_has_its_words_in_the_readme() {
    let readme = Readme::load();
    for (file, shape) in [("board", shape::<RawBoard>()), ("host", shape::<RawHost>())] {
        for_each_key(&shape, "", &mut |key| {
            assert!(readme.words(file, key).is_some(), "boards/README.md has no {file} key {key}");
        });
    }
}

#[test]
fn every_file_that_is_valid_has_the_shape_and_one_with_another_key_has_not() {
    let (board, host) = (shape::<RawBoard>(), shape::<RawHost>());
    let valid = [("boards", &board), ("tests/boards/good", &board), ("boards/hosts", &host)];
    for (directory, shape) in valid {
        for (path, file) in tables(directory) {
            assert!(fits(shape, &file), "{}", path.display());
        }
    }
    let about_shape = ["unknown", "misspelt", "of-wrong-type", "key-twice", "more-than-one"];
    for (directory, shape) in [("tests/boards/bad", &board), ("tests/boards/bad-hosts", &host)] {
        for (path, file) in tables(directory) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            // What may be written is a matter of rules, and not of shape, where it is a text.
            let is_text = [
                "at-most",
                "controller",
                "keypad-bias",
                "keypad-enter",
                "keypad-kind",
                "led-active",
            ];
            let is_text = is_text.iter().any(|text| name.starts_with(text))
                || ["evdev-code-unknown", "i2c-pin-unknown", "id-eeprom-pin-unknown"]
                    .contains(&name.as_str());
            if !is_text && about_shape.iter().any(|about| name.contains(about)) {
                assert!(!fits(shape, &file), "{}", path.display());
            }
        }
    }
}

#[test]
fn a_shape_is_found_by_offering_values() {
    let Shape::Table(keys) = shape::<RawBoard>() else { panic!("no table") };
    let of = |wanted: &str| keys.iter().find(|(key, ..)| *key == wanted).unwrap().clone();
    assert_eq!(of("name"), ("name", true, Shape::Text));
    assert_eq!(of("schema"), ("schema", true, Shape::Integer));
    let words = &["verified", "documented", "untested"];
    assert_eq!(of("confidence"), ("confidence", true, Shape::Word(words)));
    let texts = || Shape::List(Box::new(Shape::Text));
    assert_eq!(of("hosts"), ("hosts", false, Shape::Either(vec![Shape::Text, texts()])));
    let led = vec![("sysfs", false, Shape::Text), of_pin(), ("active", false, Shape::Text)];
    assert_eq!(of("led"), ("led", false, Shape::Table(led)));
    assert_eq!(shape::<Vec<bool>>(), Shape::List(Box::new(Shape::Flag)));
}

fn of_pin() -> (&'static str, bool, Shape) {
    let names = || Shape::Either(vec![Shape::Text, Shape::List(Box::new(Shape::Text))]);
    let pin = vec![
        ("header", false, Shape::Integer),
        ("chip", false, names()),
        ("offset", false, Shape::Integer),
        ("name", false, names()),
    ];
    ("pin", false, Shape::Table(pin))
}

/// A whole schema. Version 7 is what language servers of TOML know (taplo, Even Better TOML).
fn schema(shape: &Shape, file: &str, readme: &Readme) -> Value {
    let mut schema = value(shape, file, "", readme);
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
        map.insert("title".into(), format!("A {file} file of pairpanel").into());
    }
    schema
}

fn value(shape: &Shape, file: &str, path: &str, readme: &Readme) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Integer => json!({ "type": "integer" }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::List(item) => {
            json!({ "type": "array", "items": value(item, file, path, readme) })
        }
        Shape::Either(shapes) => {
            let shapes: Vec<Value> = shapes.iter().map(|s| value(s, file, path, readme)).collect();
            json!({ "anyOf": shapes })
        }
        Shape::Table(keys) => {
            let mut properties = Map::new();
            for (key, _, shape) in keys {
                let path =
                    if path.is_empty() { (*key).to_owned() } else { format!("{path}.{key}") };
                let mut property = value(shape, file, &path, readme);
                if let (Value::Object(map), Some(words)) =
                    (&mut property, readme.words(file, &path))
                {
                    map.insert("description".into(), words.into());
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

fn for_each_key(shape: &Shape, path: &str, tell: &mut dyn FnMut(&str)) {
    match shape {
        Shape::List(item) => for_each_key(item, path, tell),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| for_each_key(shape, path, tell)),
        Shape::Table(keys) => {
            for (key, _, shape) in keys {
                let path =
                    if path.is_empty() { (*key).to_owned() } else { format!("{path}.{key}") };
                tell(&path);
                for_each_key(shape, &path, tell);
            }
        }
        Shape::Text | Shape::Integer | Shape::Flag | Shape::Word(_) => {}
    }
}

fn fits(shape: &Shape, value: &toml::Value) -> bool {
    match (shape, value) {
        (Shape::Text, toml::Value::String(_))
        | (Shape::Integer, toml::Value::Integer(_))
        | (Shape::Flag, toml::Value::Boolean(_)) => true,
        (Shape::Word(words), toml::Value::String(text)) => words.contains(&text.as_str()),
        (Shape::List(shape), toml::Value::Array(items)) => items.iter().all(|i| fits(shape, i)),
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

/// The files in a directory that are TOML.
fn tables(directory: &str) -> Vec<(PathBuf, toml::Value)> {
    let paths = fs::read_dir(in_package(directory)).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let parsed = paths.filter_map(|path| {
        let table = fs::read_to_string(&path).unwrap().parse::<toml::Table>().ok()?;
        Some((path, toml::Value::Table(table)))
    });
    let parsed: Vec<_> = parsed.collect();
    assert!(!parsed.is_empty());
    parsed
}

fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
