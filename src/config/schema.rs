//! `dist/pairpanel.schema.json`, by which editors check and complete the configuration: the shape of
//! the types that read it, with the comments of `dist/pairpanel.toml`. In tests only.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::tests::{BAD, EVERY_KEY, MERGED, SHIPPED, spelled_out};
use super::*;
use crate::pairing::ServiceRule;
use crate::schema::{Shape, agree, fits, for_each_key, join, schema, shape};

#[test]
fn the_schema_is_that_of_the_types() {
    let (words, defaults) = (words(), defaults());
    let notes = |path: &str| {
        let words = words.of(path).map(|words| ("description".to_owned(), words.into()));
        let default = default(path, &defaults).map(|value| ("default".to_owned(), value));
        words.into_iter().chain(default).collect()
    };
    let notes: &dyn Fn(&str) -> Map<String, Value> = &notes;
    let title = "The configuration of pairpanel";
    let looser =
        "Keys, words and ranges. pairpanel check has the other rules: what may be in a text.";
    agree("dist/pairpanel.schema.json", &schema(&whole(), (title, looser), notes));
    assert!(SHIPPED.starts_with("#:schema ./pairpanel.schema.json\n"), "editors find it by that");
}

#[test]
fn every_key_has_its_words_in_the_shipped_file() {
    let words = words();
    for_each_key(&whole(), "", &mut |key| {
        assert!(words.of(key).is_some(), "dist/pairpanel.toml has no comment on {key}");
    });
}

#[test]
fn every_text_that_is_valid_has_the_shape() {
    let whole = whole();
    let merged = MERGED.map(|(_, text)| text.to_owned());
    let texts = [SHIPPED.to_owned(), spelled_out(), EVERY_KEY.to_owned()];
    for text in texts.into_iter().chain(merged) {
        let table = text.parse().unwrap();
        assert!(fits(&whole, &toml::Value::Table(table)), "{text}");
    }
}

#[test]
fn a_text_with_another_key_word_number_or_kind_of_value_has_not_the_shape() {
    let whole = whole();
    // Rules of what may be written in a text, or of how many there have to be.
    let rules = ["is no adapter", "no adapter is named", "is not a Bluetooth address", "fits no"];
    for (text, said) in BAD {
        let Ok(table) = text.parse() else { continue }; // no TOML at all
        let is_of_rules = rules.iter().any(|rule| said.contains(rule));
        assert_eq!(fits(&whole, &toml::Value::Table(table)), is_of_rules, "{text}");
    }
}

#[test]
fn what_the_types_say_is_completed_by_what_is_accepted() {
    let of = |whole: Shape, wanted: &str| {
        let Shape::Table(keys) = whole else { panic!("no table") };
        keys.into_iter().find(|(key, ..)| *key == wanted).unwrap()
    };
    let rule = || Shape::Word(&RULES);
    let services = ("services", false, Shape::Map(Box::new(rule())));
    assert_eq!(of(shape::<RawConfig>(), "services"), services);
    let Shape::Table(services) = of(whole(), "services").2 else { panic!("no table") };
    assert!(services.contains(&("input", false, rule())));
    assert_eq!(services.len(), Service::ALL.len());
    assert_eq!(of(shape::<RawConfig>(), "hold-ms").2, Shape::Integer);
    assert_eq!(of(whole(), "hold-ms").2, Shape::Within(0, 5000));
    let texts = Shape::List(Box::new(Shape::Text));
    assert_eq!(of(whole(), "adapter").2, Shape::Either(vec![Shape::Text, texts]));
}

/// What may be written of a service.
const RULES: [&str; 3] = ["once", "always", "never"];

/// The shape of the configuration.
fn whole() -> Shape {
    completed(shape::<RawConfig>(), "", &defaults())
}

/// The shape with what the types leave to the checks that follow.
fn completed(shape: Shape, path: &str, defaults: &Value) -> Shape {
    match shape {
        Shape::Integer => {
            let (low, high) = range(path, at(defaults, path).unwrap().as_i64().unwrap());
            Shape::Within(low, high)
        }
        Shape::Map(rule) => {
            assert_eq!(path, "services", "what are the keys of it?");
            let key = |service: Service| (service.name, false, Shape::clone(&rule));
            Shape::Table(Service::ALL.map(key).into())
        }
        Shape::Table(keys) => {
            let keys = keys.into_iter().map(|(key, required, shape)| {
                (key, required, completed(shape, &join(path, key), defaults))
            });
            Shape::Table(keys.collect())
        }
        other => other,
    }
}

/// The least and the greatest number that a key accepts, which has no gaps between them.
fn range(path: &str, accepted: i64) -> (i64, i64) {
    let furthest = |refused: i64| {
        let (mut accepted, mut refused) = (accepted, refused);
        while accepted.abs_diff(refused) > 1 {
            let middle = accepted.midpoint(refused);
            if parse(path, &middle.into()).is_ok() { accepted = middle } else { refused = middle }
        }
        accepted
    };
    (furthest(-1), furthest(i64::from(u32::MAX) + 1))
}

/// A configuration of one key, with a value that is written alike in JSON and TOML.
fn parse(path: &str, value: &Value) -> Result<Config, ConfigError> {
    let text = match path.split_once('.') {
        Some((table, key)) => format!("[{table}]\n{key} = {value}"),
        None => format!("{path} = {value}"),
    };
    Config::parse(Path::new("c.toml"), &text)
}

/// The value of a key with which it is as good as not there, if there is one on every board.
fn default(path: &str, defaults: &Value) -> Option<Value> {
    if let Some(service) = path.strip_prefix("services.").and_then(Service::named) {
        let rule = ServiceRule::default_for(&service);
        let has_rule = |config: Config| config.policy.services.get(service.name) == Some(&rule);
        let words = RULES.map(Value::from);
        return words.into_iter().find(|word| parse(path, word).is_ok_and(has_rule));
    }
    let value = at(defaults, path).filter(|value| !value.is_object())?;
    let config = Config { files: Vec::new(), ..parse(path, value).unwrap() };
    (config == Config::default()).then(|| value.clone())
}

/// What the shipped file has as defaults.
fn defaults() -> Value {
    serde_json::to_value(spelled_out().parse::<toml::Table>().unwrap()).unwrap()
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// The comments of the shipped file, by the path of the key or table that they are on.
struct Words(BTreeMap<String, String>);

fn words() -> Words {
    let (mut table, mut comment, mut words) = ("", String::new(), BTreeMap::new());
    for line in SHIPPED.lines() {
        let Some(text) = line.strip_prefix('#') else {
            comment.clear();
            continue;
        };
        if let Some(text) = text.strip_prefix(' ') {
            let gap = if comment.is_empty() { "" } else { " " };
            comment = format!("{comment}{gap}{text}");
        } else if let Some(name) = text.strip_prefix('[') {
            table = name.trim_end_matches(']');
            words.insert(table.to_owned(), comment.clone());
        } else if let Some((key, _)) = text.split_once(" = ") {
            words.insert(join(table, key), comment.clone());
            // Only in a table a comment is on more than the one key below it.
            if table.is_empty() {
                comment.clear();
            }
        }
    }
    Words(words)
}

impl Words {
    fn of(&self, path: &str) -> Option<String> {
        if let Some(service) = path.strip_prefix("services.").and_then(Service::named) {
            // The comment is on all of them together.
            return Some(service.label.to_owned());
        }
        self.0.get(path).filter(|words| !words.is_empty()).cloned()
    }
}
