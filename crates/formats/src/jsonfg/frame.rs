//! The CRS of `place`: how it is named, and how exactly numbers are written.

use serde_json::Value;

use stadtwin_crs::{compound_uri, crs_uris, has_named_heights, is_geographic};
use stadtwin_model::Crs;

/// What `coordRefSys` says.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceFrame {
    /// One, or a horizontal and a vertical one.
    pub uris: Vec<String>,
    /// Of the first two coordinates.
    pub(super) decimals: usize,
    /// Whether the name covers heights: without, `place` is flat.
    pub has_heights: bool,
    /// Whether only `geometry` may hold points, lines and areas (requirement `place-geometries`): in CRS84 and CRS84h.
    pub(super) is_of_geojson: bool,
}

impl PlaceFrame {
    /// Of coordinates with the axes as `north_first` says. Heights need a height system with a code, or WGS 84.
    pub fn of(crs: &Crs) -> PlaceFrame {
        let uris = crs_uris(crs);
        // A tenth of a millimetre, and a millimetre.
        let decimals = if is_geographic(crs) { 9 } else { 3 };
        let is_of_geojson = crs.horizontal == 4326 && !crs.north_first && uris.len() == 1;
        PlaceFrame { uris, decimals, has_heights: has_named_heights(crs), is_of_geojson }
    }

    /// All of it as one URI.
    pub fn uri(&self) -> String {
        match self.uris.as_slice() {
            [horizontal, vertical] => compound_uri(horizontal, vertical),
            single => single.concat(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self.uris.as_slice() {
            [single] => single.as_str().into(),
            several => several.into(),
        }
    }
}
