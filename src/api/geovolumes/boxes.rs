//! Boxes in space: degrees and metres above the ellipsoid.

use crate::api::collections::rounded_outwards;
use stadtwin_crs::{HeightModel, LonLatBox};
use stadtwin_model::Collection;

/// Places along each side where the geoid is asked for: it is smooth.
const SIDE_POINTS: u32 = 8;

/// What a collection fills (CRS84h).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Volume {
    /// `[west, south, east, north]` [°].
    pub bounds_deg: [f64; 4],
    /// Lowest and highest point above the ellipsoid [m], rounded outwards to centimetres.
    pub heights_m: [f64; 2],
}

impl Volume {
    /// `None` for what has no faces, no place, or no heights that could be told above the ellipsoid.
    pub fn of(collection: &Collection, heights: &HeightModel) -> Option<Volume> {
        if !collection.has_faces {
            return None;
        }
        let bounds_deg = rounded_outwards(collection.extent?);
        let [low_m, high_m] = collection.height_range?;
        let [least_m, most_m] = undulations_m(bounds_deg, heights)?;
        let centimetres = |metres: f64| metres * 100.0;
        let heights_m =
            [(centimetres(low_m + least_m)).floor() / 100.0, (centimetres(high_m + most_m)).ceil() / 100.0];
        Some(Volume { bounds_deg, heights_m })
    }

    /// West, south, lowest, east, north, highest.
    pub fn numbers(&self) -> [f64; 6] {
        let ([west, south, east, north], [low_m, high_m]) = (self.bounds_deg, self.heights_m);
        [west, south, low_m, east, north, high_m]
    }

    pub fn lies_over(&self, [west, south, east, north]: [f64; 4]) -> bool {
        let [w, s, e, n] = self.bounds_deg;
        west <= e && w <= east && south <= n && s <= north
    }
}

/// Least and greatest height of the geoid above the ellipsoid over a box.
fn undulations_m([west, south, east, north]: [f64; 4], heights: &HeightModel) -> Option<[f64; 2]> {
    let share = |step: u32| f64::from(step) / f64::from(SIDE_POINTS);
    let places = (0..=SIDE_POINTS).flat_map(|x| (0..=SIDE_POINTS).map(move |y| (share(x), share(y))));
    places
        .filter_map(|(x, y)| heights.undulation_m(west + (east - west) * x, south + (north - south) * y))
        .fold(None, |range: Option<[f64; 2]>, here_m| {
            let [least_m, most_m] = range.unwrap_or([here_m, here_m]);
            Some([least_m.min(here_m), most_m.max(here_m)])
        })
}

/// Whether a box that was asked for and a volume have a point in common.
pub fn reaches(asked: &LonLatBox, volume: &Volume) -> bool {
    let [low_m, high_m] = volume.heights_m;
    touches(asked, volume.bounds_deg)
        && asked.heights_m.is_none_or(|[low, high]| low <= high_m && low_m <= high)
}

/// The same on the map; west greater than east crosses the antimeridian.
pub fn touches(asked: &LonLatBox, [west, south, east, north]: [f64; 4]) -> bool {
    let across = if asked.west > asked.east {
        east >= asked.west || west <= asked.east
    } else {
        asked.west <= east && west <= asked.east
    };
    across && asked.south <= north && south <= asked.north
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bbox: &str, expected: bool) {
        let volume = Volume { bounds_deg: [11.0, 48.0, 12.0, 49.0], heights_m: [520.0, 560.0] };
        assert_eq!(reaches(&bbox.parse().unwrap(), &volume), expected, "{bbox}");
    }

    #[test]
    fn boxes_meet_in_space() {
        check("11.5,48.5,13,50", true);
        check("12.1,48.5,13,50", false);
        check("11.5,49.1,13,50", false);
        check("11.5,48.5,500,13,50,519", false);
        check("11.5,48.5,500,13,50,520", true);
        check("11.5,48.5,561,13,50,600", false);
        // The long way round, over the antimeridian: all but 11.2° to 11.8° east.
        check("11.8,48,11.2,49", true);
        check("13,48,10,49", false);
    }
}
