//! What is asked of a collection, checked. Knows neither SQL nor HTTP.

mod filter;
mod overlay;
mod returnable;
mod sort;

pub use filter::*;
pub use overlay::{Overlay, Planned};
pub use sort::{MOST_SORT_KEYS, SortError, SortKey};

use std::sync::Arc;

use stadtwin_model::Collection;

/// A checked question for features of one collection.
#[derive(Debug, Clone)]
pub struct FeatureQuery {
    pub collection: Arc<Collection>,
    /// The state to read: the collection's head unless pinned.
    pub revision: i64,
    pub limit: u32,
    /// By what features come in order before their key decides; at most [`MOST_SORT_KEYS`].
    pub sort: Vec<SortKey>,
    /// Features behind the one with this `Feature::key` only.
    pub after: Option<i64>,
    pub region: Option<Region>,
    pub datetime: Option<Interval>,
    /// Only features of one cell of a grid.
    pub cell: Option<Cell>,
    /// Checked against the collection's queryables, its geometries in the storage CRS.
    pub filter: Option<Filter>,
    /// A plan over the revision.
    pub overlay: Option<Arc<Overlay>>,
}

impl FeatureQuery {
    /// Whether it asks for all features of the collection's newest state.
    pub fn is_whole(&self) -> bool {
        let is_narrowed =
            self.region.is_some() || self.datetime.is_some() || self.filter.is_some() || self.cell.is_some();
        !is_narrowed && self.overlay.is_none() && self.revision == self.collection.head
    }
}

/// A closed ring `[east, north]` in the storage CRS (several for a box across the antimeridian), and heights [m] in
/// the storage height system. No ring at all matches only features without footprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub rings: Vec<Vec<[f64; 2]>>,
    pub heights_m: Option<[f64; 2]>,
}

/// A part of all features: each feature is in exactly one cell of a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// The square `east`, `north` of a grid that begins at 0 0 of the storage CRS; features whose footprint's box has
    /// its middle there. Its western and southern sides belong to it.
    Square { size_m: f64, east: i64, north: i64 },
    /// Features without footprint.
    Unplaced,
}

/// RFC 3339 instants; `None` = open. An instant has both ends equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    pub start: Option<String>,
    pub end: Option<String>,
}
