//! Which tiles exist: ranges of the quadtree that an extent touches, for `layer.json` and the metadata extension.

use serde::Serialize;

use super::lattice::{FINEST_LEVEL, LATTICE_CELLS, tile_bounds_deg};
use stadtwin_model::TileKey;

/// Levels between tiles that carry metadata of those below (`metadataAvailability` in `layer.json`).
pub const METADATA_LEVELS: u8 = 10;

/// A rectangle of tiles of one level, ends included; serialised as in `layer.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TileRange {
    pub start_x: u32,
    pub start_y: u32,
    pub end_x: u32,
    pub end_y: u32,
}

/// The tiles of a level that overlap `[west, south, east, north]` [°]; those that only touch it from outside do not,
/// unless it has no width. An extent beyond the earth is cut off; not-a-number counts as the earth's end.
pub fn tiles_within(level: u8, [west, south, east, north]: [f64; 4]) -> TileRange {
    let level = level.min(FINEST_LEVEL);
    let rows = 1u32 << level;
    let side = 180.0 / f64::from(rows);
    let range = |from: f64, to: f64, count: u32| {
        let last = f64::from(count - 1);
        let start = (from / side).floor().clamp(0.0, last) as u32;
        let end = ((to / side).ceil() - 1.0).clamp(0.0, last) as u32;
        (start, end.max(start))
    };
    let (start_x, end_x) = range(west + 180.0, east + 180.0, rows * 2);
    let (start_y, end_y) = range(south + 90.0, north + 90.0, rows);
    TileRange { start_x, start_y, end_x, end_y }
}

/// The tiles of a level that a change within `[west, south, east, north]` [°] alters: those it touches, and the
/// neighbours whose normals at the border look one node across.
pub fn tiles_touched(level: u8, [west, south, east, north]: [f64; 4]) -> TileRange {
    let node = 180.0 / f64::from(1u32 << level.min(FINEST_LEVEL)) / LATTICE_CELLS as f64;
    // A tenth more, so that ends on a node count in.
    let reach = node * 1.1;
    tiles_within(level, [west - reach, south - reach, east + reach, north + reach])
}

/// `available` of `layer.json`: for each level from 0 to `max_level` its ranges; both tiles of level 0 always, as clients
/// start from there.
pub fn available(extent_deg: [f64; 4], max_level: u8) -> Vec<Vec<TileRange>> {
    let both = TileRange { start_x: 0, start_y: 0, end_x: 1, end_y: 0 };
    let below = (1..=max_level.min(FINEST_LEVEL)).map(|level| vec![tiles_within(level, extent_deg)]);
    std::iter::once(vec![both]).chain(below).collect()
}

/// Whether a tile is among those of `available`.
pub fn is_available(key: TileKey, extent_deg: [f64; 4], max_level: u8) -> bool {
    let range = match key.level {
        0 => TileRange { start_x: 0, start_y: 0, end_x: 1, end_y: 0 },
        level => tiles_within(level, extent_deg),
    };
    key.level <= max_level.min(FINEST_LEVEL) && range.contains(key)
}

/// `available` of a tile's metadata extension: its descendants on the next `METADATA_LEVELS` levels, the nearest first;
/// `None` for tiles that carry none.
pub fn available_below(key: TileKey, extent_deg: [f64; 4], max_level: u8) -> Option<Vec<Vec<TileRange>>> {
    if !key.level.is_multiple_of(METADATA_LEVELS) {
        return None;
    }
    let last = max_level.min(FINEST_LEVEL).min(key.level + METADATA_LEVELS);
    let ranges = (key.level + 1..=last).map(|level| {
        let own = tiles_within(level, tile_bounds_deg(key));
        own.intersection(&tiles_within(level, extent_deg)).into_iter().collect()
    });
    Some(ranges.collect())
}

impl TileRange {
    pub fn contains(&self, key: TileKey) -> bool {
        (self.start_x..=self.end_x).contains(&key.x) && (self.start_y..=self.end_y).contains(&key.y)
    }

    pub fn intersection(&self, other: &TileRange) -> Option<TileRange> {
        let both = TileRange {
            start_x: self.start_x.max(other.start_x),
            start_y: self.start_y.max(other.start_y),
            end_x: self.end_x.min(other.end_x),
            end_y: self.end_y.min(other.end_y),
        };
        (both.start_x <= both.end_x && both.start_y <= both.end_y).then_some(both)
    }

    pub fn count(&self) -> u64 {
        u64::from(self.end_x - self.start_x + 1) * u64::from(self.end_y - self.start_y + 1)
    }

    /// Row by row from the south.
    pub fn keys(self, level: u8) -> impl Iterator<Item = TileKey> {
        (self.start_y..=self.end_y)
            .flat_map(move |y| (self.start_x..=self.end_x).map(move |x| TileKey { level, x, y }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUNICH: [f64; 4] = [11.54, 48.13, 11.60, 48.17];

    fn check(range: TileRange, expected: [u32; 4]) {
        assert_eq!([range.start_x, range.start_y, range.end_x, range.end_y], expected);
    }

    #[test]
    fn tiles_of_an_extent() {
        check(tiles_within(0, MUNICH), [1, 0, 1, 0]);
        // Hand: 191.54 / 0.3515625 = 544.8, 138.13 / 0.3515625 = 392.9, 138.17 → 393.01.
        check(tiles_within(9, MUNICH), [544, 392, 544, 393]);
        // Ends on borders belong to the inside.
        check(tiles_within(1, [-90.0, 0.0, 0.0, 90.0]), [1, 1, 1, 1]);
        check(tiles_within(1, [0.0, 0.0, 0.0, 0.0]), [2, 1, 2, 1]);
        check(tiles_within(2, [-500.0, -500.0, 500.0, 500.0]), [0, 0, 7, 3]);
        check(tiles_within(1, [f64::NAN; 4]), [0, 0, 0, 0]);
    }

    #[test]
    fn changes_reach_across_borders() {
        check(tiles_touched(1, [-45.0, 45.0, -45.0, 45.0]), [1, 1, 1, 1]);
        check(tiles_touched(1, [0.0, 45.0, 1.0, 45.0]), [1, 1, 2, 1]);
        // One node of level 1 is 0.3515625°.
        check(tiles_touched(1, [0.3515625, 45.0, 1.0, 45.0]), [1, 1, 2, 1]);
        check(tiles_touched(1, [0.5, 45.0, 1.0, 45.0]), [2, 1, 2, 1]);
    }

    #[test]
    fn both_roots_and_then_the_extent() {
        let levels = available(MUNICH, 9);
        assert_eq!(levels.len(), 10);
        check(levels[0][0], [0, 0, 1, 0]);
        check(levels[9][0], [544, 392, 544, 393]);
        let json = serde_json::to_string(&levels[9]).unwrap();
        assert_eq!(json, r#"[{"startX":544,"startY":392,"endX":544,"endY":393}]"#);
        let is = |level, x, y| is_available(TileKey { level, x, y }, MUNICH, 9);
        assert!(is(0, 0, 0) && is(9, 544, 393) && !is(9, 545, 393) && !is(10, 1089, 785));
    }

    #[test]
    fn metadata_names_descendants_only() {
        let below = |level, x, y| available_below(TileKey { level, x, y }, MUNICH, 12);
        assert_eq!(below(9, 544, 392), None);
        assert_eq!(below(0, 0, 0), Some(vec![vec![]; 10]));
        check(below(0, 1, 0).unwrap()[8][0], [544, 392, 544, 393]);
        // Level 10: 191.54 / 0.17578125 = 1089.65; its children on level 11 and 12 only.
        let fine = below(10, 1089, 786).unwrap();
        assert_eq!(fine.len(), 2);
        check(fine[0][0], [2179, 1572, 2179, 1572]);
    }
}
