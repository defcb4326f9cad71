//! Which map tiles show something else after a revision.

use std::collections::BTreeSet;

use crate::api::error::ApiError;
use crate::api::projection::{Direction, compute, with_transformer};
use crate::api::state::AppState;
use stadtwin_store::FeatureChange;

/// The finest level told.
const FINEST: u8 = 18;
/// Tiles of a level that are told one by one; levels with more are left to the client.
const MOST_TILES: usize = 100;
/// What a tile shows of its neighbours, as a share of its side: 64 of 4096 units.
const LENT: f64 = 1.0 / 64.0;
/// Latitudes where the square of Web Mercator ends [°].
const MOST_LATITUDE: f64 = 85.051_128_779_806_59;

#[derive(Default)]
pub struct Touched {
    /// CRS84 `[west, south, east, north]` [°].
    pub bbox: Option<[f64; 4]>,
    /// `level/row/column` of WebMercatorQuad, from level 0 on.
    pub tiles: Vec<String>,
}

pub async fn touched(state: &AppState, changes: &[FeatureChange]) -> Result<Touched, ApiError> {
    let bounds: Vec<[f64; 4]> =
        changes.iter().filter_map(|change| change.bounds.as_deref()?.try_into().ok()).collect();
    let Some(storage) = state.store.storage_crs().await?.filter(|_| !bounds.is_empty()) else {
        return Ok(Touched::default());
    };
    compute(move || {
        let boxes = with_transformer(&storage, Direction::ToLonLat, |transformer| {
            bounds
                .iter()
                .map(|[west, south, east, north]| {
                    let mut corners = [[*west, *south], [*east, *south], [*east, *north], [*west, *north]];
                    transformer.convert_2d(&mut corners)?;
                    Ok(around(&corners))
                })
                .collect::<Result<Vec<_>, stadtwin_crs::CrsError>>()
        })??;
        let bbox = boxes
            .iter()
            .copied()
            .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
        Ok(Touched { bbox, tiles: tiles(&boxes) })
    })
    .await
}

/// Rounded outwards to six decimals.
fn around(corners: &[[f64; 2]]) -> [f64; 4] {
    let least = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f64::INFINITY, f64::min);
    let most = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f64::NEG_INFINITY, f64::max);
    let down = |value: f64| ((value - 1e-6) * 1e6).floor() / 1e6;
    let up = |value: f64| ((value + 1e-6) * 1e6).ceil() / 1e6;
    [down(least(0)), down(least(1)), up(most(0)), up(most(1))]
}

fn tiles(boxes: &[[f64; 4]]) -> Vec<String> {
    let mut keys = Vec::new();
    for level in 0..=FINEST {
        let Some(found) = of_level(boxes, level) else { break };
        keys.extend(found.into_iter().map(|(row, column)| format!("{level}/{row}/{column}")));
    }
    keys
}

/// `None`: too many.
fn of_level(boxes: &[[f64; 4]], level: u8) -> Option<BTreeSet<(u32, u32)>> {
    let count = f64::from(1_u32 << level);
    let cell = |place: f64| (place.floor().clamp(0.0, count - 1.0)) as u32;
    let mut found = BTreeSet::new();
    for [west, south, east, north] in boxes {
        let (x0, y0) = place(*west, *north, count);
        let (x1, y1) = place(*east, *south, count);
        let [left, right] = [cell(x0 - LENT), cell(x1 + LENT)];
        let [top, bottom] = [cell(y0 - LENT), cell(y1 + LENT)];
        if ((right - left + 1) as usize).saturating_mul((bottom - top + 1) as usize) > MOST_TILES {
            return None;
        }
        for row in top..=bottom {
            found.extend((left..=right).map(|column| (row, column)));
        }
        if found.len() > MOST_TILES {
            return None;
        }
    }
    Some(found)
}

/// In tiles from the north-western corner.
fn place(longitude_deg: f64, latitude_deg: f64, count: f64) -> (f64, f64) {
    let latitude = latitude_deg.clamp(-MOST_LATITUDE, MOST_LATITUDE).to_radians();
    let x = (longitude_deg + 180.0) / 360.0;
    let y = (1.0 - latitude.tan().asinh() / std::f64::consts::PI) / 2.0;
    (x * count, y * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_those_of_web_mercator() {
        // The Marienplatz in Munich, 11.5755° E 48.1372° N, at level 14 of OpenStreetMap's slippy map. Hand:
        // ⌊(11.5755 + 180) / 360 · 16384⌋ = ⌊8718.8⌋; ⌊(1 − asinh(tan 48.1372°) / π) / 2 · 16384⌋ = ⌊5685.7⌋.
        let keys = tiles(&[[11.5755, 48.1372, 11.5756, 48.1373]]);
        assert!(keys.contains(&"0/0/0".to_owned()) && keys.contains(&"14/5685/8718".to_owned()), "{keys:?}");
        assert!(keys.iter().any(|key| key.starts_with("18/")));
        // Half a world: one tile at level 0, four at level 1, and no level with more than a hundred.
        let world = tiles(&[[-90.0, -60.0, 90.0, 60.0]]);
        assert_eq!(world.iter().filter(|key| key.starts_with("1/")).count(), 4);
        assert!(!world.iter().any(|key| key.starts_with("5/")));
    }

    #[test]
    fn what_lies_at_a_border_touches_both_sides() {
        // The meridian of Greenwich parts columns 0 and 1 of level 1.
        let keys = tiles(&[[0.0001, 10.0, 0.0002, 10.0001]]);
        assert!(keys.contains(&"1/0/0".to_owned()) && keys.contains(&"1/0/1".to_owned()), "{keys:?}");
    }
}
