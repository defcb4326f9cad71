//! What boundary surfaces have beside id and class, as `surface_details` keeps it: a JSON array with an object for each,
//! or one object where it is the same for all, as the date of creation is in official models. That is a fraction of
//! the price of the array to write and to read.

use serde::de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use stadtwin_model::{Attributes, BoundarySurface};

/// Of surfaces on their way into the store.
pub(super) struct DetailsOf<'a>(&'a [BoundarySurface]);

impl<'a> DetailsOf<'a> {
    /// `None` where no surface has any.
    pub fn new(surfaces: &'a [BoundarySurface]) -> Option<DetailsOf<'a>> {
        surfaces.iter().any(|surface| !Written::of(surface).is_empty()).then_some(DetailsOf(surfaces))
    }
}

impl Serialize for DetailsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = self.0.iter().map(Written::of);
        match all.next() {
            Some(first) if all.all(|other| other == first) => first.serialize(serializer),
            _ => serializer.collect_seq(self.0.iter().map(Written::of)),
        }
    }
}

#[derive(Serialize, PartialEq)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<u32>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: &'a Attributes,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    qualifiers: &'a Attributes,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    extensions: &'a [String],
}

impl Written<'_> {
    fn of(surface: &BoundarySurface) -> Written<'_> {
        Written {
            parent: surface.parent,
            attributes: &surface.attributes,
            qualifiers: &surface.qualifiers,
            extensions: &surface.extensions,
        }
    }

    fn is_empty(&self) -> bool {
        self.parent.is_none()
            && self.attributes.is_empty()
            && self.qualifiers.is_empty()
            && self.extensions.is_empty()
    }
}

/// Of one surface, from the store.
#[derive(Deserialize, Debug, Default, Clone, PartialEq)]
#[serde(default)]
pub(super) struct Details {
    pub parent: Option<u32>,
    pub attributes: Attributes,
    pub qualifiers: Attributes,
    pub extensions: Vec<String>,
}

/// Of all surfaces of a geometry, from the store.
pub(super) enum AllDetails {
    Same(Details),
    Each(Vec<Details>),
}

impl AllDetails {
    /// For each surface in order, as many as are asked for.
    pub fn into_iter(self) -> impl Iterator<Item = Details> {
        let (each, same) = match self {
            AllDetails::Same(details) => (Vec::new(), details),
            AllDetails::Each(each) => (each, Details::default()),
        };
        each.into_iter().chain(std::iter::repeat(same))
    }
}

impl Default for AllDetails {
    fn default() -> AllDetails {
        AllDetails::Each(Vec::new())
    }
}

impl<'de> Deserialize<'de> for AllDetails {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AllDetails, D::Error> {
        deserializer.deserialize_any(ByShape)
    }
}

struct ByShape;

impl<'de> Visitor<'de> for ByShape {
    type Value = AllDetails;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("details of surfaces, an object or an array of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AllDetails, A::Error> {
        Details::deserialize(MapAccessDeserializer::new(map)).map(AllDetails::Same)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<AllDetails, A::Error> {
        let mut each = Vec::new();
        while let Some(details) = items.next_element()? {
            each.push(details);
        }
        Ok(AllDetails::Each(each))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn surface(parent: Option<u32>, attributes: Value) -> BoundarySurface {
        let Value::Object(attributes) = attributes else { panic!("an object is needed") };
        BoundarySurface { parent, attributes, ..BoundarySurface::default() }
    }

    #[test]
    fn what_all_have_is_kept_once_and_comes_back_to_each() {
        let dated = || surface(None, json!({"creationDate": "2023-05-17"}));
        let window = || surface(Some(0), json!({}));
        let cases = [
            (vec![], None),
            (vec![surface(None, json!({})), surface(None, json!({}))], None),
            (vec![dated(), dated()], Some(json!({"attributes": {"creationDate": "2023-05-17"}}))),
            (
                vec![dated(), window()],
                Some(json!([{"attributes": {"creationDate": "2023-05-17"}}, {"parent": 0}])),
            ),
            (vec![window(), surface(None, json!({}))], Some(json!([{"parent": 0}, {}]))),
        ];
        for (surfaces, expected) in cases {
            let written = DetailsOf::new(&surfaces).map(|details| serde_json::to_value(details).unwrap());
            assert_eq!(written, expected);
            let read: AllDetails =
                written.map_or_else(AllDetails::default, |written| serde_json::from_value(written).unwrap());
            let read: Vec<_> = read.into_iter().take(surfaces.len()).collect();
            let before: Vec<_> = surfaces.iter().map(|one| (one.parent, &one.attributes)).collect();
            let after: Vec<_> = read.iter().map(|one| (one.parent, &one.attributes)).collect();
            assert_eq!(after, before);
        }
    }
}
