//! What the differences of a whole collection suggest.

/// From where on a building counts as floating or sunken [m].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContactLimits {
    /// Its lowest place is this far above the terrain.
    pub floating_m: f64,
    /// Its highest place is this far below.
    pub sunken_m: f64,
}

impl Default for ContactLimits {
    /// Survey and terrain of Bavaria differ by some decimetres; cellars are not in LoD2.
    fn default() -> ContactLimits {
        ContactLimits { floating_m: 0.5, sunken_m: 2.0 }
    }
}

/// What a whole collection's differences suggest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactHint {
    /// Buildings are too high by what the ellipsoid lies below the geoid: their heights seem to be ellipsoidal.
    EllipsoidalBuildings,
    /// As much too low: the terrain's heights seem to be ellipsoidal.
    EllipsoidalTerrain,
    /// Ground surfaces lie near 0, the terrain far from it: heights seem to be above each building's own ground.
    HeightsFromZero,
}

impl ContactHint {
    pub const ALL: [ContactHint; 3] =
        [ContactHint::EllipsoidalBuildings, ContactHint::EllipsoidalTerrain, ContactHint::HeightsFromZero];

    /// Of the finding.
    pub fn code(self) -> &'static str {
        match self {
            ContactHint::EllipsoidalBuildings => "ground_ellipsoidal",
            ContactHint::EllipsoidalTerrain => "ground_terrain_ellipsoidal",
            ContactHint::HeightsFromZero => "ground_heights_missing",
        }
    }

    /// What is wrong and what to do, one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            ContactHint::EllipsoidalBuildings => {
                "the whole collection stands above the terrain by about the height of the geoid: ellipsoidal heights? \
                 Import it again with the height system that it has (`--crs`)"
            }
            ContactHint::EllipsoidalTerrain => {
                "the whole collection lies below the terrain by about the height of the geoid: does the terrain have \
                 ellipsoidal heights? Import the terrain again with the height system that it has (`--crs`)"
            }
            ContactHint::HeightsFromZero => {
                "the whole collection stands near height 0, the terrain does not: heights missing? They seem to be counted \
                 from each object's own ground"
            }
        }
    }
}

/// Geoid above the ellipsoid in Germany and its neighbourhood, with a little room [m]. Munich: 44 to 47 m.
const UNDULATION_M: std::ops::RangeInclusive<f64> = 36.0..=51.0;
/// Ground surfaces this close to 0 were not measured above the sea [m].
const NEAR_ZERO_M: f64 = 5.0;
/// … if the terrain is farther from it than this [m].
const FAR_FROM_ZERO_M: f64 = 25.0;

/// From the median of the objects' differences and that of their ground surfaces' own heights [m].
pub fn contact_hint(median_m: f64, surface_m: f64) -> Option<ContactHint> {
    let terrain_m = surface_m - median_m;
    // Before the undulation: a town at 45 m whose buildings start at 0 is off by as much.
    if surface_m.abs() < NEAR_ZERO_M && terrain_m.abs() > FAR_FROM_ZERO_M {
        Some(ContactHint::HeightsFromZero)
    } else if UNDULATION_M.contains(&median_m) {
        Some(ContactHint::EllipsoidalBuildings)
    } else if UNDULATION_M.contains(&-median_m) {
        Some(ContactHint::EllipsoidalTerrain)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_collections_off_have_a_reason() {
        let hint = |median_m: f64, terrain_m: f64| contact_hint(median_m, terrain_m + median_m);
        assert_eq!(hint(45.45, 480.0), Some(ContactHint::EllipsoidalBuildings));
        assert_eq!(hint(-45.5, 525.0), Some(ContactHint::EllipsoidalTerrain));
        assert_eq!(hint(-480.0, 480.0), Some(ContactHint::HeightsFromZero));
        assert_eq!(hint(-45.0, 45.0), Some(ContactHint::HeightsFromZero));
        assert_eq!(hint(-20.0, 480.0), None);
        assert_eq!(hint(0.2, 3.0), None);
    }
}
