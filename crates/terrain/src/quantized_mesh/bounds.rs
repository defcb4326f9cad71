//! What clients cull a tile by: a sphere around it and a point that hides when all of it does.

/// Semi-axes of WGS 84 [m].
const RADII_M: [f64; 3] = [6_378_137.0, 6_378_137.0, 6_356_752.314_245_179];
/// Stands for infinitely far, in radii of the earth: such a point hides only when half a globe does.
const FAR: f64 = 1e6;

/// Centre and radius [m], earth-centred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sphere {
    pub center: [f64; 3],
    pub radius_m: f64,
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn scaled(a: [f64; 3], factor: f64) -> [f64; 3] {
    a.map(|value| value * factor)
}

/// A sphere around points [m]: around the middle of their box.
pub fn bounding_sphere(points: &[[f64; 3]]) -> Sphere {
    let bound =
        |axis: usize, least: fn(f64, f64) -> f64| points.iter().map(|point| point[axis]).reduce(least);
    let middle = |axis| Some(bound(axis, f64::min)?.midpoint(bound(axis, f64::max)?));
    let center = std::array::from_fn(|axis| middle(axis).unwrap_or_default());
    let away = |point: &[f64; 3]| (0..3).map(|axis| (point[axis] - center[axis]).powi(2)).sum::<f64>();
    Sphere { center, radius_m: points.iter().map(away).fold(0.0, f64::max).sqrt() }
}

/// The point, in space scaled so that the ellipsoid is the unit sphere, that lies below the horizon only when all
/// points do: on the ray through the sphere's centre, as far out as the point whose tangent reaches farthest.
///
/// For a point at scaled distance d, at angle α from the ray, tangents reach cos β = 1 / d; they meet the ray at
/// 1 / cos(α + β).
pub fn horizon_occlusion_point(points: &[[f64; 3]], center: [f64; 3]) -> [f64; 3] {
    let to_scaled = |point: [f64; 3]| std::array::from_fn(|axis| point[axis] / RADII_M[axis]);
    let ray: [f64; 3] = to_scaled(center);
    let length = dot(ray, ray).sqrt();
    if length == 0.0 {
        return [0.0, 0.0, FAR];
    }
    let ray = scaled(ray, 1.0 / length);
    let reach = |point: &[f64; 3]| {
        let point: [f64; 3] = to_scaled(*point);
        let distance = dot(point, point).sqrt().max(1e-9);
        let alpha = (dot(point, ray) / distance).clamp(-1.0, 1.0).acos();
        // Below the ellipsoid counts as on it.
        let beta = (1.0 / distance.max(1.0)).acos();
        let cosine = (alpha + beta).cos();
        if alpha + beta < std::f64::consts::FRAC_PI_2 && cosine > 1.0 / FAR { 1.0 / cosine } else { FAR }
    };
    scaled(ray, points.iter().map(reach).fold(1.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_crs::to_ecef;

    #[test]
    fn one_point_is_its_own_horizon() {
        // Hand: at 1,000 m above the equator the scaled distance is 6,379,137 / 6,378,137, straight up.
        let point = to_ecef(0.0, 0.0, 1000.0);
        let found = horizon_occlusion_point(&[point], point);
        assert!((found[0] - 1.000_156_785_6).abs() < 1e-9 && found[1] == 0.0, "{found:?}");
    }

    #[test]
    fn two_points_on_the_ground_need_a_higher_one() {
        // Hand: two points at 10° to both sides at height 0: tangents meet at 1 / cos 10°.
        let points = [to_ecef(-10.0, 0.0, 0.0), to_ecef(10.0, 0.0, 0.0)];
        let found = horizon_occlusion_point(&points, [1.0, 0.0, 0.0]);
        assert!((found[0] - 1.015_426_611_9).abs() < 1e-9, "{found:?}");
        let globe = [to_ecef(-100.0, 0.0, 0.0), to_ecef(100.0, 0.0, 0.0)];
        assert!(horizon_occlusion_point(&globe, [1.0, 0.0, 0.0])[0] > 0.99 * FAR);
    }

    #[test]
    fn spheres_hold_their_points() {
        let sphere = bounding_sphere(&[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 4.0, 4.0]]);
        assert_eq!(sphere, Sphere { center: [1.0, 2.0, 2.0], radius_m: 3.0 });
    }
}
