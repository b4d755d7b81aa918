//! The names of keys, which may be read together with their places in the file.

use std::slice;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::{Refusal, place};

/// Gives the name of a key.
pub(super) struct Key(pub(super) &'static str);

impl<'de> Deserializer<'de> for Key {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_borrowed_str(self.0)
    }

    /// Keys are texts, so this is one in its place.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_map(InPlace { name: self.0, fields: fields.iter(), is_name: false })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The name of a key, and where it is.
struct InPlace {
    name: &'static str,
    fields: slice::Iter<'static, &'static str>,
    is_name: bool,
}

impl<'de> MapAccess<'de> for InPlace {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.is_name = field.ends_with("_value");
        seed.deserialize(BorrowedStrDeserializer::new(field)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        if self.is_name {
            seed.deserialize(BorrowedStrDeserializer::new(self.name))
        } else {
            seed.deserialize(place())
        }
    }
}
