//! How a collection stands on the ground.

use super::{GroundContact, share_of};

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

/// The consistency of a collection with a terrain.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactReport {
    pub count: usize,
    /// Of the buildings' median differences [m]; `None` without buildings.
    pub median_m: Option<f64>,
    /// Of their amounts: 95 of 100 are no more [m].
    pub p95_m: Option<f64>,
    /// Indices into the contacts, the worst first, cut off at `most`; with how many there are.
    pub floating: Vec<usize>,
    pub floating_count: usize,
    pub sunken: Vec<usize>,
    pub sunken_count: usize,
    pub hint: Option<ContactHint>,
}

/// Geoid above the ellipsoid in Germany and its neighbourhood, with a little room [m]. Munich: 44 to 47 m.
const UNDULATION_M: std::ops::RangeInclusive<f64> = 36.0..=51.0;
/// Ground surfaces this close to 0 were not measured above the sea [m].
const NEAR_ZERO_M: f64 = 5.0;
/// … if the terrain is farther from it than this [m].
const FAR_FROM_ZERO_M: f64 = 25.0;

/// Sums up the contacts of a collection; lists hold `most` buildings each.
pub fn contact_report(contacts: &[GroundContact], limits: ContactLimits, most: usize) -> ContactReport {
    let sorted = |value: fn(&GroundContact) -> f64| {
        let mut values: Vec<f64> = contacts.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let median_m = share_of(&sorted(|contact| contact.median_m), 0.5);
    let surface_m = share_of(&sorted(|contact| contact.surface_m), 0.5);
    let worst = |excess: &dyn Fn(&GroundContact) -> f64| {
        let mut found: Vec<usize> = (0..contacts.len()).filter(|at| excess(&contacts[*at]) > 0.0).collect();
        found.sort_by(|a, b| excess(&contacts[*b]).total_cmp(&excess(&contacts[*a])));
        let count = found.len();
        found.truncate(most);
        (found, count)
    };
    let (floating, floating_count) = worst(&|contact| contact.min_m - limits.floating_m);
    let (sunken, sunken_count) = worst(&|contact| -contact.max_m - limits.sunken_m);
    let p95_m = share_of(&sorted(|contact| contact.median_m.abs()), 0.95);
    let hint = median_m.zip(surface_m).and_then(|(median, surface)| hint(median, surface));
    ContactReport {
        count: contacts.len(),
        median_m,
        p95_m,
        floating,
        floating_count,
        sunken,
        sunken_count,
        hint,
    }
}

fn hint(median_m: f64, surface_m: f64) -> Option<ContactHint> {
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

    /// Contacts 0.4 m long around their medians, on terrain at a height [m].
    fn report(medians_m: &[f64], terrain_m: f64) -> ContactReport {
        let contact = |median_m: &f64| GroundContact {
            min_m: median_m - 0.2,
            median_m: *median_m,
            max_m: median_m + 0.2,
            surface_m: terrain_m + median_m,
            compared: 4,
            unknown: 0,
        };
        contact_report(&medians_m.iter().map(contact).collect::<Vec<_>>(), ContactLimits::default(), 2)
    }

    #[test]
    fn the_odd_ones_are_listed() {
        // Hand: floating above 0.7 (lowest > 0.5): 0.8, 1.5, 9.0; sunken below -2.2: -3.0.
        let found = report(&[0.0, 0.8, -0.1, 9.0, 1.5, -3.0, 0.6], 500.0);
        assert_eq!((found.floating, found.floating_count), (vec![3, 4], 3));
        assert_eq!((found.sunken, found.sunken_count), (vec![5], 1));
        // Sorted -3, -0.1, 0, 0.6, 0.8, 1.5, 9; amounts 0, 0.1, 0.6, 0.8, 1.5, 3, 9: at 0.95 × 6 = 5.7: 3 + 0.7 × 6.
        assert_eq!((found.count, found.median_m, found.hint), (7, Some(0.6), None));
        assert!((found.p95_m.unwrap() - 7.2).abs() < 1e-9);
    }

    #[test]
    fn whole_collections_off_have_a_reason() {
        assert_eq!(report(&[45.4, 45.6, 45.5, 0.0], 480.0).hint, Some(ContactHint::EllipsoidalBuildings));
        assert_eq!(report(&[-45.4, -45.6, -45.5], 525.0).hint, Some(ContactHint::EllipsoidalTerrain));
        assert_eq!(report(&[-480.0, -481.0, -479.5], 480.0).hint, Some(ContactHint::HeightsFromZero));
        assert_eq!(report(&[-45.0, -45.5], 45.0).hint, Some(ContactHint::HeightsFromZero));
        assert_eq!(report(&[-20.0], 480.0).hint, None);
        let empty = report(&[], 480.0);
        assert_eq!((empty.count, empty.median_m, empty.p95_m, empty.hint), (0, None, None, None));
    }
}
