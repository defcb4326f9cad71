//! How objects stand on the ground.

/// Height of an object's ground surface above a terrain (negative: below), over its corners and samples within [m].
#[derive(Debug, Clone, PartialEq)]
pub struct GroundDifference {
    pub min_m: f64,
    pub median_m: f64,
    pub max_m: f64,
    /// Id of the terrain, and the revision of it for which the values hold.
    pub terrain: String,
    pub terrain_revision: i64,
}
