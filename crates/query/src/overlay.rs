//! What a plan makes of a collection: versions that are hidden and versions that stand instead.

use std::collections::HashMap;

/// A scenario's effects on one collection at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overlay {
    /// Tells states of all scenarios apart.
    pub name: String,
    /// The pinned state of the collection.
    pub revision: i64,
    /// Keys of hidden versions of that state, ascending.
    pub hidden: Vec<i64>,
    /// Planned versions by ascending key.
    pub planned: Vec<Planned>,
    /// Boxes `[west, south, east, north]` in the storage CRS around all that is hidden or planned.
    pub places: Vec<[f64; 4]>,
    /// What becomes of each object that is touched: the key of its planned version, or nothing.
    pub touched: HashMap<String, Option<i64>>,
}

/// A planned version of an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Planned {
    pub key: i64,
    /// `[west, south, east, north]` in the storage CRS; `None` without a place.
    pub bounds: Option<[f64; 4]>,
}

impl Overlay {
    pub fn is_hidden(&self, key: i64) -> bool {
        self.hidden.binary_search(&key).is_ok()
    }

    /// Whether something is hidden or planned within the box.
    pub fn touches(&self, [west, south, east, north]: [f64; 4]) -> bool {
        self.places
            .iter()
            .any(|place| place[0] <= east && place[2] >= west && place[1] <= north && place[3] >= south)
    }

    pub fn planned_keys(&self) -> Vec<i64> {
        self.planned.iter().map(|planned| planned.key).collect()
    }
}
