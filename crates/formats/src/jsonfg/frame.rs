//! The CRS of `place`: how it is named, and how exactly numbers are written.

use serde_json::Value;

use stadtwin_crs::is_geographic;
use stadtwin_model::{Crs, VerticalCrs};

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84";
const CRS84H: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84h";

/// What `coordRefSys` says.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceFrame {
    /// One, or a horizontal and a vertical one.
    pub uris: Vec<String>,
    /// Of the first two coordinates.
    pub(super) decimals: usize,
    /// Whether the name covers heights: without, `place` is flat.
    pub has_heights: bool,
}

impl PlaceFrame {
    /// Of coordinates with the axes as `north_first` says. Heights need a height system with a code, or WGS 84.
    pub fn of(crs: &Crs) -> PlaceFrame {
        let is_lonlat = crs.horizontal == 4326 && !crs.north_first;
        let epsg = |code: u32| format!("http://www.opengis.net/def/crs/EPSG/0/{code}");
        let horizontal = if is_lonlat { CRS84.to_owned() } else { epsg(crs.horizontal) };
        let (uris, has_heights) = match crs.vertical {
            VerticalCrs::Epsg(vertical) => (vec![horizontal, epsg(vertical)], true),
            VerticalCrs::Ellipsoidal if is_lonlat => (vec![CRS84H.to_owned()], true),
            VerticalCrs::Ellipsoidal if crs.horizontal == 4326 => (vec![epsg(4979)], true),
            VerticalCrs::Ellipsoidal | VerticalCrs::Unknown => (vec![horizontal], false),
        };
        // A tenth of a millimetre, and a millimetre.
        let decimals = if is_geographic(crs) { 9 } else { 3 };
        PlaceFrame { uris, decimals, has_heights }
    }

    pub(super) fn to_json(&self) -> Value {
        match self.uris.as_slice() {
            [single] => single.as_str().into(),
            several => several.into(),
        }
    }

    /// Whether only `geometry` may hold points, lines and areas (requirement `place-geometries`).
    pub(super) fn is_of_geojson(&self) -> bool {
        matches!(self.uris.as_slice(), [single] if single == CRS84 || single == CRS84H)
    }
}
