//! What a level promises: how far its surface may be from the ground.

use super::refine::Limits;
use crate::lattice::LATTICE_CELLS;

/// What Cesium takes for the error of level 0 of quantized-mesh terrain [m]: a quarter of a pixel of heightmaps of 65.
const ERROR_OF_ROOT_M: f64 = 77_067.339_899;
/// A part of the level's error; as much again may come from the roundness of the earth (twice: along and across), the
/// rest is left to what lies between the nodes.
const MESH_SHARE: f64 = 0.25;
/// Of the mesh's own part, what rounding of heights may take.
const ROUNDING_SHARE: f64 = 0.1;
const EARTH_RADIUS_M: f64 = 6_378_137.0;

/// The geometric error that clients assume for a level [m].
pub fn level_error_m(level: u8) -> f64 {
    ERROR_OF_ROOT_M / 2f64.powi(i32::from(level))
}

/// How far a tile's nodes may lie off its mesh, rounding included [m]: half as much at each finer level.
pub fn mesh_tolerance_m(level: u8) -> f64 {
    level_error_m(level) * MESH_SHARE
}

/// Limits of a level's meshes. An edge spans no more than what keeps it, as a straight line, within the tolerance of
/// the round earth: sagitta = radius × angle² / 8.
pub fn limits_of(level: u8) -> Limits {
    let tolerance = mesh_tolerance_m(level);
    let angle = (8.0 * tolerance / EARTH_RADIUS_M).sqrt();
    let nodes = angle / std::f64::consts::PI * LATTICE_CELLS as f64 * 2f64.powi(i32::from(level));
    let longest_span = 1 << (nodes.log2().floor() as u32).min(LATTICE_CELLS.ilog2());
    Limits { tolerance_m: (tolerance * (1.0 - ROUNDING_SHARE)) as f32, longest_span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_follow_the_roundness_of_the_earth() {
        // Hand, level 0: √(8 × 19,266.8 / 6,378,137) = 0.15545 rad of π in 256 nodes = 12.67 → 8.
        let spans: Vec<_> = (0..12).map(|level| limits_of(level).longest_span).collect();
        assert_eq!(spans, [8, 16, 16, 32, 32, 64, 64, 128, 128, 256, 256, 256]);
        assert!((level_error_m(17) - 0.588).abs() < 1e-3);
    }
}
