//! When a storey counts as a full one (Vollgeschoss).

use serde::{Deserialize, Serialize};

/// Art. 2 (5) BayBO 1998, applied through Art. 83 (7) BayBO.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FullStoreyRule {
    /// Clear height [m].
    #[serde(rename = "minHeight")]
    pub min_height_m: f64,
    /// Of its floor area that is as high.
    pub min_share: f64,
    /// Of a basement's ceiling above the terrain, on average [m].
    #[serde(rename = "basementCeiling")]
    pub basement_ceiling_m: f64,
}

/// A storey under a roof whose slopes rise from knee walls on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attic {
    /// From outer wall to outer wall [m].
    pub width_m: f64,
    /// Clear height at the outer walls [m].
    pub knee_wall_m: f64,
    pub pitch_deg: f64,
}

impl Attic {
    /// The part of its floor area over which it is at least as high.
    pub fn share_at_least(&self, height_m: f64) -> f64 {
        let slope = self.pitch_deg.to_radians().tan();
        let low_m = ((height_m - self.knee_wall_m) / slope).max(0.0);
        ((self.width_m - 2.0 * low_m) / self.width_m).clamp(0.0, 1.0)
    }
}

impl FullStoreyRule {
    /// A storey wholly above the terrain.
    pub fn is_full(&self, share_high_enough: f64) -> bool {
        share_high_enough >= self.min_share
    }

    pub fn attic_is_full(&self, attic: &Attic) -> bool {
        self.is_full(attic.share_at_least(self.min_height_m))
    }

    /// Mean height of the underside of its ceiling above the terrain [m].
    pub fn basement_is_full(&self, ceiling_above_terrain_m: f64) -> bool {
        ceiling_above_terrain_m >= self.basement_ceiling_m
    }
}

impl Default for FullStoreyRule {
    fn default() -> FullStoreyRule {
        FullStoreyRule { min_height_m: 2.3, min_share: 2.0 / 3.0, basement_ceiling_m: 1.2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// N6, N7: 45° over 10 m, knee walls of 0.5 and 0.7 m.
    #[test]
    fn attics_are_full_storeys_or_not() {
        let rule = FullStoreyRule::default();
        for (knee_wall_m, share, is_full) in [(0.5, 0.64, false), (0.7, 0.68, true)] {
            let attic = Attic { width_m: 10.0, knee_wall_m, pitch_deg: 45.0 };
            assert!((attic.share_at_least(2.3) - share).abs() < 1e-9);
            assert_eq!(rule.attic_is_full(&attic), is_full, "{knee_wall_m}");
        }
        // Upright walls all the way; a roof too low everywhere.
        assert!(rule.attic_is_full(&Attic { width_m: 10.0, knee_wall_m: 2.5, pitch_deg: 10.0 }));
        assert!(!rule.attic_is_full(&Attic { width_m: 4.0, knee_wall_m: 0.0, pitch_deg: 30.0 }));
        assert_eq!([1.19, 1.2].map(|height_m| rule.basement_is_full(height_m)), [false, true]);
    }
}
