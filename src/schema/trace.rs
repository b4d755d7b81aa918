//! What a type can be deserialized from, found out by doing it.
//!
//! The type is given values that it asks for, whatever they are, and what it asks for is written
//! down. Where it takes anything it is offered one kind of value after the other; a key is required
//! if leaving it out fails. So nothing has to be said twice: neither the keys nor their kinds.

mod key;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::UsizeDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use self::key::Key;
use super::{Shape, join};

/// The shape of `T`.
pub(crate) fn shape<T: for<'de> Deserialize<'de>>() -> Shape {
    let runner = Runner { run: &|run| T::deserialize(Tracer::at(run, "")).map(drop) };
    runner.shape("", &mut Choices::default())
}

/// What the names of [`toml::Spanned`] have that no key of a file has.
const SPANNED: &str = "serde_spanned";

/// Where a value is in the whole: keys with dots between them, `[]` for an item of a list.
type Path = String;

/// The key that is offered where none is known.
const ANY_KEY: &str = "?";

/// The kinds of values that are offered to what takes any.
const KINDS: [Kind; 4] = [Kind::Text, Kind::Integer, Kind::List, Kind::Table];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    List,
    Table,
}

/// What is offered.
#[derive(Clone, Debug, Default)]
struct Choices {
    /// The kind of value where any is taken.
    kinds: BTreeMap<Path, Kind>,
    /// The keys of tables that do not say them beforehand.
    keys: BTreeMap<Path, &'static [&'static str]>,
    /// A key that is left out.
    without: Option<Path>,
}

/// What was asked for at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Text,
    Integer,
    Flag,
    Word(&'static [&'static str]),
    List,
    Table(&'static [&'static str]),
    /// A table that takes any key.
    Map,
    Anything,
}

/// One deserialization.
struct Run<'a> {
    choices: &'a Choices,
    asked: RefCell<BTreeMap<Path, Asked>>,
}

struct Runner<'a> {
    run: &'a dyn Fn(&Run<'_>) -> Result<(), Refusal>,
}

impl Runner<'_> {
    /// Does it, and learns keys on the way. `None` if what was offered is refused.
    fn try_with(&self, choices: &mut Choices) -> Option<BTreeMap<Path, Asked>> {
        loop {
            let run = Run { choices, asked: RefCell::default() };
            let refusal = (self.run)(&run).err();
            let asked = run.asked.into_inner();
            match refusal {
                None => return Some(asked),
                Some(Refusal::UnknownKey { table, known }) => {
                    choices.keys.insert(table, known);
                }
                // Something within wants another kind than the first.
                Some(Refusal::Kind(path)) => {
                    let tried = choices.kinds.get(&path).copied().unwrap_or(KINDS[0]);
                    let next = KINDS.iter().skip_while(|kind| **kind != tried).nth(1)?;
                    choices.kinds.insert(path, *next);
                }
                Some(Refusal::Other) => return None,
            }
        }
    }

    fn shape(&self, path: &str, choices: &mut Choices) -> Shape {
        let asked = self.try_with(choices).unwrap_or_else(|| panic!("{path} takes nothing"));
        match asked.get(path).unwrap_or_else(|| panic!("{path} is not asked for")) {
            Asked::Text => Shape::Text,
            Asked::Integer => Shape::Integer,
            Asked::Flag => Shape::Flag,
            Asked::Word(words) => Shape::Word(words),
            Asked::List => self.list(path, choices),
            Asked::Table(keys) => self.table(path, keys, choices),
            Asked::Map => self.map(path, choices),
            Asked::Anything => {
                let mut shapes = Vec::new();
                for kind in KINDS {
                    let mut choices = choices.clone();
                    choices.kinds.insert(path.to_owned(), kind);
                    let is_taken = self.try_with(&mut choices).is_some();
                    if !is_taken || choices.kinds.get(path) != Some(&kind) {
                        continue;
                    }
                    shapes.push(match kind {
                        Kind::Text => Shape::Text,
                        Kind::Integer => Shape::Integer,
                        Kind::List => self.list(path, &mut choices),
                        Kind::Table => match choices.keys.get(path).copied() {
                            Some(keys) => self.table(path, keys, &mut choices),
                            None => self.map(path, &mut choices),
                        },
                    });
                }
                if shapes.len() == 1 { shapes.remove(0) } else { Shape::Either(shapes) }
            }
        }
    }

    fn list(&self, path: &str, choices: &mut Choices) -> Shape {
        Shape::List(Box::new(self.shape(&join(path, "[]"), choices)))
    }

    fn map(&self, path: &str, choices: &mut Choices) -> Shape {
        Shape::Map(Box::new(self.shape(&join(path, ANY_KEY), choices)))
    }

    fn table(&self, path: &str, keys: &[&'static str], choices: &mut Choices) -> Shape {
        let key = |key: &&'static str| {
            let at = join(path, key);
            let mut without = Choices { without: Some(at.clone()), ..choices.clone() };
            let required = self.try_with(&mut without).is_none();
            (*key, required, self.shape(&at, &mut choices.clone()))
        };
        Shape::Table(keys.iter().map(key).collect())
    }
}

/// Why a value was refused.
#[derive(Debug)]
enum Refusal {
    UnknownKey { table: Path, known: &'static [&'static str] },
    Kind(Path),
    Other,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownKey { table: String::new(), known }
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::Kind(String::new())
    }
}

/// Gives one value.
#[derive(Clone)]
struct Tracer<'a> {
    run: &'a Run<'a>,
    path: Path,
}

impl<'a> Tracer<'a> {
    fn at(run: &'a Run<'a>, path: &str) -> Self {
        Self { run, path: path.to_owned() }
    }

    fn asked(&self, what: Asked) {
        // What takes anything does not go on to say what it took.
        self.run.asked.borrow_mut().entry(self.path.clone()).or_insert(what);
    }

    fn entries(&self, keys: &'static [&'static str]) -> Entries<'a> {
        let is_there =
            |key: &&&'static str| self.run.choices.without.as_ref() != Some(&join(&self.path, key));
        let keys: Vec<&'static str> = keys.iter().filter(is_there).copied().collect();
        Entries { run: self.run, path: self.path.clone(), keys: keys.into_iter(), key: "" }
    }

    /// A table that does not say its keys: an unknown one has it name them.
    fn unsaid(&self) -> Entries<'a> {
        let keys = self.run.choices.keys.get(&self.path).copied().unwrap_or(&[ANY_KEY]);
        self.entries(keys)
    }
}

impl<'de, 'a: 'de> Deserializer<'de> for Tracer<'a> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.asked(Asked::Anything);
        let refused = |error| match error {
            Refusal::Kind(path) if path.is_empty() => Refusal::Kind(self.path.clone()),
            other => other,
        };
        match self.run.choices.kinds.get(&self.path).copied().unwrap_or(KINDS[0]) {
            Kind::Text => visitor.visit_borrowed_str("x"),
            Kind::Integer => visitor.visit_i64(1),
            Kind::List => visitor.visit_seq(Items { item: Some(self.clone()) }),
            Kind::Table => visitor.visit_map(self.unsaid()),
        }
        .map_err(refused)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.asked(Asked::Text);
        visitor.visit_borrowed_str("x")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_str(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.asked(Asked::Integer);
        visitor.visit_i64(1)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.asked(Asked::Flag);
        visitor.visit_bool(true)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.asked(Asked::List);
        visitor.visit_seq(Items { item: Some(self) })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.run.choices.keys.get(&self.path) {
            Some(keys) => self.asked(Asked::Table(keys)),
            // If it takes the one that is offered; otherwise it names those that it takes.
            None => self.asked(Asked::Map),
        }
        visitor.visit_map(self.unsaid())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        // A value together with its place in the file is that value.
        if name.contains(SPANNED) {
            return visitor.visit_map(Entries {
                run: self.run,
                path: self.path,
                keys: Vec::from(keys).into_iter(),
                key: "",
            });
        }
        self.asked(Asked::Table(keys));
        visitor.visit_map(self.entries(keys))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.asked(Asked::Word(words));
        let word: de::value::StrDeserializer<'_, Refusal> = words[0].into_deserializer();
        visitor.visit_enum(word)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct identifier ignored_any
    }
}

/// A list of one item.
struct Items<'a> {
    item: Option<Tracer<'a>>,
}

impl<'de, 'a: 'de> de::SeqAccess<'de> for Items<'a> {
    type Error = Refusal;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        let item = self.item.take();
        let item = item.map(|item| seed.deserialize(Tracer::at(item.run, &join(&item.path, "[]"))));
        item.transpose()
    }
}

/// A table.
struct Entries<'a> {
    run: &'a Run<'a>,
    path: Path,
    keys: std::vec::IntoIter<&'static str>,
    key: &'static str,
}

impl<'de, 'a: 'de> de::MapAccess<'de> for Entries<'a> {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        let Some(key) = self.keys.next() else { return Ok(None) };
        self.key = key;
        let key = seed.deserialize(Key(key));
        key.map(Some).map_err(|refusal| match refusal {
            Refusal::UnknownKey { known, .. } => {
                Refusal::UnknownKey { table: self.path.clone(), known }
            }
            other => other,
        })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        if self.key.ends_with("_start") || self.key.ends_with("_end") {
            return seed.deserialize(place());
        }
        let spanned = self.key.contains(SPANNED);
        let path = if spanned { self.path.clone() } else { join(&self.path, self.key) };
        seed.deserialize(Tracer { run: self.run, path })
    }
}

/// Where a value begins or ends in a file that there is not.
fn place() -> UsizeDeserializer<Refusal> {
    0_usize.into_deserializer()
}
