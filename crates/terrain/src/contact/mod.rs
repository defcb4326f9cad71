//! Do buildings stand on the ground? Differences of their ground surfaces to the terrain.

mod places;
mod report;

pub use places::ground_places;
pub use report::{ContactHint, ContactLimits, contact_hint};

/// How a building stands: height of its ground surface above the terrain (negative: below), over its corners and
/// samples within [m].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroundContact {
    pub min_m: f64,
    pub median_m: f64,
    pub max_m: f64,
    /// Middle height of the ground surface itself, in its vertical system [m].
    pub surface_m: f64,
    /// Places compared, and places where the terrain is unknown.
    pub compared: usize,
    pub unknown: usize,
}

/// From `ground_places` and the terrain's height at each of them [m], in their order; `None` when no place has both.
pub fn ground_contact(places: &[[f64; 3]], terrain_m: &[Option<f64>]) -> Option<GroundContact> {
    let compared =
        places.iter().zip(terrain_m).filter_map(|([.., up], terrain_m)| Some((*up, up - (*terrain_m)?)));
    let (mut heights, mut differences): (Vec<f64>, Vec<f64>) =
        compared.filter(|(_, difference)| difference.is_finite()).unzip();
    differences.sort_by(f64::total_cmp);
    heights.sort_by(f64::total_cmp);
    Some(GroundContact {
        min_m: *differences.first()?,
        median_m: share_of(&differences, 0.5)?,
        max_m: *differences.last()?,
        surface_m: share_of(&heights, 0.5)?,
        compared: differences.len(),
        unknown: places.len() - differences.len(),
    })
}

/// The value that a share of ascending values does not exceed, between the two nearest.
fn share_of(ascending: &[f64], share: f64) -> Option<f64> {
    let place = share * ascending.len().checked_sub(1)? as f64;
    let (low, high) = (ascending.get(place.floor() as usize)?, ascending.get(place.ceil() as usize)?);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_summed_up() {
        // Terrain rises 10 % to the east; unknown beyond 100 m. Hand: 1.0, 0.0, -1.0 and 3.0 → median 0.5.
        let terrain = [Some(500.0), Some(501.0), Some(502.0), Some(500.0), None];
        let places = [
            [0.0, 0.0, 501.0],
            [10.0, 0.0, 501.0],
            [20.0, 0.0, 501.0],
            [0.0, 5.0, 503.0],
            [200.0, 0.0, 501.0],
        ];
        let found = ground_contact(&places, &terrain).unwrap();
        assert_eq!((found.min_m, found.median_m, found.max_m), (-1.0, 0.5, 3.0));
        assert_eq!((found.surface_m, found.compared, found.unknown), (501.0, 4, 1));
        assert_eq!(ground_contact(&places[4..], &terrain[4..]), None);
        assert_eq!(ground_contact(&[], &[]), None);
    }
}
