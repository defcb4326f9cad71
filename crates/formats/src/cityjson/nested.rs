//! Arrays of arrays of numbers, as boundaries and their values come.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// An index, a list of such, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Nested {
    Null,
    Index(u32),
    /// Not an index: negative, fractional, too large, or no number.
    Bad,
    List(Vec<Nested>),
}

impl Nested {
    pub fn list(&self) -> &[Nested] {
        match self {
            Nested::List(items) => items,
            _ => &[],
        }
    }

    pub fn index(&self) -> Option<u32> {
        match self {
            Nested::Index(index) => Some(*index),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Nested, D::Error> {
        deserializer.deserialize_any(NestedVisitor)
    }
}

struct NestedVisitor;

impl<'de> Visitor<'de> for NestedVisitor {
    type Value = Nested;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an index or an array")
    }

    fn visit_u64<E>(self, value: u64) -> Result<Nested, E> {
        Ok(u32::try_from(value).map_or(Nested::Bad, Nested::Index))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Nested, E> {
        Ok(Nested::Bad)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Nested, E> {
        let whole = value.fract() == 0.0 && (0.0..4e9).contains(&value);
        Ok(if whole { Nested::Index(value as u32) } else { Nested::Bad })
    }

    fn visit_unit<E>(self) -> Result<Nested, E> {
        Ok(Nested::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Nested, E> {
        Ok(Nested::Bad)
    }

    fn visit_str<E>(self, _: &str) -> Result<Nested, E> {
        Ok(Nested::Bad)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Nested, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Nested::Bad)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Nested, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Nested::List(items))
    }
}

/// The members of an object in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs<T>(pub Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Pairs<T> {
        Pairs(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs<T>, D::Error> {
        struct PairsVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
            type Value = Pairs<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor(std::marker::PhantomData))
    }
}
