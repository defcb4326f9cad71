//! What can be asked for in a collection.

use crate::returnable::{SHOWN, shown};
use stadtwin_model::{Collection, PropertyType};

/// Types of values in filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    Boolean,
    Number,
    Text,
    /// A day.
    Date,
    /// A point in time.
    Time,
    Interval,
    Shape,
    List,
    /// Known for each object only: what lies inside nested attributes.
    Any,
}

impl Type {
    /// With its article, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Type::Boolean => "true or false",
            Type::Number => "a number",
            Type::Text => "a text",
            Type::Date => "a date",
            Type::Time => "a time",
            Type::Interval => "an interval",
            Type::Shape => "a geometry",
            Type::List => "an array",
            Type::Any => "of a type that is not known",
        }
    }

    pub fn is_temporal(self) -> bool {
        matches!(self, Type::Date | Type::Time | Type::Interval)
    }
}

/// Where the store finds a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Names from the top of the attributes down.
    Attribute(Vec<String>),
    Id,
    Class,
    LowestM,
    HighestM,
    Lods,
    Footprint,
    ValidFrom,
    ValidTo,
    /// From `ValidFrom` to `ValidTo`; open where one is missing.
    ValidTime,
    Revision,
    /// Height above the terrain that the collection was compared with [m].
    GroundMinM,
    GroundMedianM,
    GroundMaxM,
}

/// A property that filters may name.
#[derive(Debug, Clone, PartialEq)]
pub struct Queryable {
    pub name: String,
    pub title: String,
    pub kind: Type,
    /// Numbers are whole ones.
    pub is_integer: bool,
    /// Values that occur; empty when they are not listed.
    pub values: Vec<String>,
    pub source: Source,
}

/// All that filters on a collection may name.
#[derive(Debug, Clone, PartialEq)]
pub struct Queryables {
    pub all: Vec<Queryable>,
    /// What features show besides and no filter may name.
    pub shown: Vec<Queryable>,
    /// Whether objects may have classes besides those of `class`'s values.
    pub(super) has_foreign_classes: bool,
}

/// Name, title, type and source of what every collection has.
const OWN: [(&str, &str, Type, Source); 10] = [
    ("id", "Id", Type::Text, Source::Id),
    ("geometry", "Footprint", Type::Shape, Source::Footprint),
    ("class", "Class", Type::Text, Source::Class),
    ("lods", "Levels of detail", Type::List, Source::Lods),
    ("zMin", "Lowest point", Type::Number, Source::LowestM),
    ("zMax", "Highest point", Type::Number, Source::HighestM),
    ("validFrom", "Valid from", Type::Time, Source::ValidFrom),
    ("validTo", "Valid to", Type::Time, Source::ValidTo),
    ("validTime", "Valid", Type::Interval, Source::ValidTime),
    ("revision", "Revision", Type::Number, Source::Revision),
];

/// The same of what was compared with a terrain.
const GROUND: [(&str, &str, Type, Source); 3] = [
    ("groundDifferenceMin", "Lowest height above the terrain", Type::Number, Source::GroundMinM),
    ("groundDifferenceMedian", "Median height above the terrain", Type::Number, Source::GroundMedianM),
    ("groundDifferenceMax", "Greatest height above the terrain", Type::Number, Source::GroundMaxM),
];

impl Queryables {
    /// An attribute with the name of one of our own properties gets `gen_` before it, as in GeoJSON.
    pub fn of(collection: &Collection) -> Queryables {
        let ground = GROUND.into_iter().filter(|_| collection.ground_terrain.is_some());
        let own = OWN.into_iter().chain(ground).map(|(name, title, kind, source)| Queryable {
            name: name.to_owned(),
            title: title.to_owned(),
            kind,
            is_integer: source == Source::Revision,
            values: match source {
                Source::Class => collection.classes.iter().map(|(class, _)| class.clone()).collect(),
                _ => Vec::new(),
            },
            source,
        });
        let is_taken = |name: &str| {
            SHOWN.iter().any(|shown| shown.0 == name) || OWN.iter().chain(&GROUND).any(|own| own.0 == name)
        };
        let attributes = collection.properties.iter().map(|property| Queryable {
            name: if is_taken(&property.name) {
                format!("gen_{}", property.name)
            } else {
                property.name.clone()
            },
            title: titled(&property.name),
            kind: kind_of(property.kind),
            is_integer: property.kind == PropertyType::Integer,
            values: Vec::new(),
            source: Source::Attribute(vec![property.name.clone()]),
        });
        // The fall-back class stands for elements that have names of their own.
        let has_foreign_classes = collection.classes.iter().any(|(class, _)| class.starts_with("Generic"));
        let shown = shown(collection.ground_terrain.is_some());
        Queryables { all: own.chain(attributes).collect(), shown, has_foreign_classes }
    }

    pub fn get(&self, name: &str) -> Option<&Queryable> {
        self.all.iter().find(|queryable| queryable.name == name)
    }

    /// By name, or what lies inside a nested attribute, names joined by dots.
    pub(super) fn resolve(&self, name: &str) -> Option<(Source, Type)> {
        if let Some(found) = self.get(name) {
            return Some((found.source.clone(), found.kind));
        }
        let (head, below) = name.match_indices('.').rev().find_map(|(at, _)| {
            let head = self.get(name.get(..at)?).filter(|head| head.kind == Type::Any)?;
            Some((head, name.get(at + 1..)?))
        })?;
        let Source::Attribute(path) = &head.source else { return None };
        let below = below.split('.').map(str::to_owned);
        Some((Source::Attribute(path.iter().cloned().chain(below).collect()), Type::Any))
    }
}

fn kind_of(kind: PropertyType) -> Type {
    match kind {
        PropertyType::Boolean => Type::Boolean,
        PropertyType::Integer | PropertyType::Number => Type::Number,
        PropertyType::String => Type::Text,
        PropertyType::Date => Type::Date,
        PropertyType::DateTime => Type::Time,
        PropertyType::Json => Type::Any,
    }
}

/// `measuredHeight` → `Measured height`.
fn titled(name: &str) -> String {
    let mut title = String::new();
    let mut before = ' ';
    for character in name.chars() {
        match character {
            '_' => title.push(' '),
            _ if title.is_empty() => title.extend(character.to_uppercase()),
            _ if character.is_uppercase() && before.is_lowercase() => {
                title.push(' ');
                title.extend(character.to_lowercase());
            }
            _ => title.push(character),
        }
        before = character;
    }
    title
}
