//! What single operations do to an object.

use serde_json::{Map, Value};

use stadtwin_model::{CityObject, Feature, Place, Span};
use stadtwin_scenario::{Transform, transform};

use crate::edit::properties::{Way, change};

/// How an object is changed, its shape or what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Modify(Map<String, Value>),
    Move(Transform),
}

/// Does it, or says why not.
pub(super) fn apply(object: &mut CityObject, how: &Change) -> Result<(), String> {
    match how {
        Change::Modify(properties) => {
            let shown = shown(object);
            change(object, &shown, properties, Way::Merge)
        }
        Change::Move(movement) => {
            let (moved, _) = transform(object, movement).map_err(|error| error.to_string())?;
            *object = moved;
            Ok(())
        }
    }
}

/// What the API says of an object that is in no table yet: its attributes.
fn shown(object: &CityObject) -> Feature {
    Feature {
        key: 0,
        id: object.id.clone(),
        class: object.class,
        source_class: object.source_class.clone(),
        attributes: object.attributes.clone(),
        qualifiers: object.qualifiers.clone(),
        footprint: Vec::new(),
        place: Place::Nothing,
        heights_m: None,
        lods: Vec::new(),
        children: Vec::new(),
        valid_from: None,
        valid_to: None,
        revision: 0,
        content_hash: [0; 16],
        ground: None,
        lineage: None,
    }
}

/// Classes that CityGML 3.0 knows the condition of construction of.
const BUILT: [&str; 4] = ["Building", "Bridge", "Tunnel", "OtherConstruction"];

/// Marks an object that a plan brings (`con:conditionOfConstruction`), unless it says so itself.
pub(super) fn mark_projected(object: &mut CityObject) {
    if BUILT.contains(&object.class.name()) {
        let condition = object.attributes.entry("conditionOfConstruction").or_insert(Value::Null);
        if condition.is_null() {
            *condition = "projected".into();
        }
    }
}

/// Says in the object itself when it holds.
pub(super) fn date(object: &mut CityObject, span: &Span) {
    for (name, moment) in [("validFrom", span.from), ("validTo", span.to)] {
        if let Some(text) = moment.and_then(rfc3339) {
            object.attributes.insert(name.to_owned(), text.into());
        }
    }
}

/// Microseconds since 1970 as RFC 3339 in UTC.
pub(crate) fn rfc3339(micros: i64) -> Option<String> {
    Some(jiff::Timestamp::from_microsecond(micros).ok()?.to_string())
}
