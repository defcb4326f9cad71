//! In which order features are asked for: `+name,-measuredHeight`, checked against the properties of a collection.

use super::{Queryable, Queryables, Source, Type};

/// The most keys that one question sorts by.
pub const MOST_SORT_KEYS: usize = 8;

/// One property to sort by; what has no value comes last, whatever the direction.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    pub source: Source,
    pub kind: Type,
    pub is_descending: bool,
}

/// What is wrong with an order.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SortError {
    #[error("the key {0} is empty")]
    Empty(usize),
    #[error("nothing can be sorted by `{name}`; there are: {known}")]
    Unknown { name: String, known: String },
    #[error("`{0}` comes twice")]
    Twice(String),
    #[error("more than {MOST_SORT_KEYS} keys")]
    TooMany,
}

impl Queryables {
    /// What has one value with an order for each feature of a revision. Heights above the terrain are left out: they
    /// change without a new revision, and pages would not fit together.
    pub fn sortables(&self) -> impl Iterator<Item = &Queryable> {
        self.all.iter().filter(|queryable| {
            let has_order =
                matches!(queryable.kind, Type::Boolean | Type::Number | Type::Text | Type::Date | Type::Time);
            let changes =
                matches!(queryable.source, Source::GroundMinM | Source::GroundMedianM | Source::GroundMaxM);
            has_order && !changes
        })
    }

    /// Names with `+` or `-` before them, separated by commas; a `+` may have become a space on its way.
    pub fn sort_keys(&self, text: &str) -> Result<Vec<SortKey>, SortError> {
        let mut keys: Vec<(&str, SortKey)> = Vec::new();
        for (index, part) in text.split(',').enumerate() {
            if index >= MOST_SORT_KEYS {
                return Err(SortError::TooMany);
            }
            let part = part.trim();
            let (name, is_descending) = match part.strip_prefix('-') {
                Some(name) => (name, true),
                None => (part.strip_prefix('+').unwrap_or(part), false),
            };
            if name.is_empty() {
                return Err(SortError::Empty(index + 1));
            }
            let Some(found) = self.sortables().find(|sortable| sortable.name == name) else {
                return Err(self.unknown_key(name));
            };
            if keys.iter().any(|(known, _)| *known == name) {
                return Err(SortError::Twice(name.to_owned()));
            }
            keys.push((name, SortKey { source: found.source.clone(), kind: found.kind, is_descending }));
        }
        Ok(keys.into_iter().map(|(_, key)| key).collect())
    }

    fn unknown_key(&self, name: &str) -> SortError {
        let known: Vec<_> = self.sortables().map(|sortable| sortable.name.as_str()).collect();
        SortError::Unknown { name: name.chars().take(80).collect(), known: known.join(", ") }
    }
}
