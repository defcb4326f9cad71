//! The WGS 84 ellipsoid: earth-centred coordinates and local frames.

/// Semi-major axis [m] (WGS 84; GRS 80 has the same).
const A: f64 = 6_378_137.0;
/// Flattening (WGS 84; GRS 80 differs by 1.5e-11, 0.1 mm at the poles).
const F: f64 = 1.0 / 298.257_223_563;
const E2: f64 = F * (2.0 - F);

/// Earth-centred, earth-fixed `[x, y, z]` [m] (EPSG:4978) of a point by its height above the ellipsoid.
pub fn to_ecef(longitude_deg: f64, latitude_deg: f64, height_m: f64) -> [f64; 3] {
    let normal = normal_ecef(longitude_deg, latitude_deg);
    let radius = A / (1.0 - E2 * normal[2] * normal[2]).sqrt();
    [
        (radius + height_m) * normal[0],
        (radius + height_m) * normal[1],
        (radius * (1.0 - E2) + height_m) * normal[2],
    ]
}

/// Unit vector upwards, square to the ellipsoid, in earth-centred axes.
pub fn normal_ecef(longitude_deg: f64, latitude_deg: f64) -> [f64; 3] {
    let (sin_longitude, cos_longitude) = longitude_deg.to_radians().sin_cos();
    let (sin_latitude, cos_latitude) = latitude_deg.to_radians().sin_cos();
    [cos_latitude * cos_longitude, cos_latitude * sin_longitude, sin_latitude]
}

/// Unit vectors `[east, north, up]` at a place, in earth-centred axes.
pub fn east_north_up(longitude_deg: f64, latitude_deg: f64) -> [[f64; 3]; 3] {
    let (sin_longitude, cos_longitude) = longitude_deg.to_radians().sin_cos();
    let (sin_latitude, cos_latitude) = latitude_deg.to_radians().sin_cos();
    [
        [-sin_longitude, cos_longitude, 0.0],
        [-sin_latitude * cos_longitude, -sin_latitude * sin_longitude, cos_latitude],
        normal_ecef(longitude_deg, latitude_deg),
    ]
}

/// `[longitude °, latitude °, height m]` of an earth-centred point near the surface (Bowring, below 0.1 mm).
pub fn from_ecef(point: [f64; 3]) -> [f64; 3] {
    let [x, y, z] = point;
    let b = A * (1.0 - F);
    let distance = x.hypot(y);
    let (sin_theta, cos_theta) = (z * A).atan2(distance * b).sin_cos();
    let second_e2 = E2 / (1.0 - E2);
    let latitude = (z + second_e2 * b * sin_theta.powi(3)).atan2(distance - E2 * A * cos_theta.powi(3));
    let (sin_latitude, cos_latitude) = latitude.sin_cos();
    // Holds at the poles too, where distance / cos does not.
    let height =
        distance * cos_latitude + z * sin_latitude - A * (1.0 - E2 * sin_latitude * sin_latitude).sqrt();
    [y.atan2(x).to_degrees(), latitude.to_degrees(), height]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_points_come_out() {
        // EPSG guidance note 7-2, 2.2.1 (WGS 84), and the axes.
        let cases = [
            (
                [2.0 + 7.0 / 60.0 + 46.38 / 3600.0, 53.0 + 48.0 / 60.0 + 33.82 / 3600.0, 73.0],
                [3771793.968, 140253.342, 5124304.349],
            ),
            ([0.0, 0.0, 10.0], [6378147.0, 0.0, 0.0]),
            ([180.0, 0.0, 0.0], [-6378137.0, 0.0, 0.0]),
            ([0.0, 90.0, 5.0], [0.0, 0.0, 6356757.3142]),
        ];
        for ([longitude, latitude, height], expected) in cases {
            let found = to_ecef(longitude, latitude, height);
            for axis in 0..3 {
                assert!((found[axis] - expected[axis]).abs() < 0.01, "{found:?} {expected:?}");
            }
            let back = from_ecef(found);
            assert!((back[1] - latitude).abs() < 1e-9 && (back[2] - height).abs() < 1e-4, "{back:?}");
        }
    }

    #[test]
    fn axes_are_square() {
        let [east, north, up] = east_north_up(11.65, 48.25);
        let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        for (a, b) in [(east, north), (east, up), (north, up)] {
            assert!(dot(a, b).abs() < 1e-15);
        }
    }
}
