//! `boards/schema/*.json`, by which editors check and complete board and host files: the shapes of
//! the types that read them, with the words of `boards/README.md`. In tests only.

mod readme;

use std::fs;
use std::path::PathBuf;

use self::readme::Readme;
use super::host::RawHost;
use super::raw::RawBoard;
use crate::schema::{Shape, agree, fits, for_each_key, in_package, schema, shape};

#[test]
fn the_schemas_are_those_of_the_types() {
    let readme = Readme::load();
    for (file, shape) in [("board", shape::<RawBoard>()), ("host", shape::<RawHost>())] {
        let title = format!("A {file} file of pairpanel");
        let notes = |path: &str| {
            let words = readme.words(file, path);
            words.map(|words| ("description".to_owned(), words.into())).into_iter().collect()
        };
        let looser = "Keys and kinds of values only. pairpanel check has the other rules: ranges, texts \
                      that are not known, and keys that need or exclude each other.";
        agree(&format!("boards/schema/{file}.json"), &schema(&shape, (&title, looser), &notes));
    }
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
                "nfc-chip",
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
