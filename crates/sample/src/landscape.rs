//! The ground the towns stand on: rolling land, a river in its valley, the main road's course.

/// South-western corner of the local system in EPSG:25832 metres; local (0, 0) lies between the towns.
pub const CENTRE: [f64; 2] = [697_000.0, 5_347_050.0];
/// Half the size of the modelled area in metres, east and north.
pub const HALF: [f64; 2] = [900.0, 640.0];
/// Half the river's width in metres.
pub const RIVER_HALF: f64 = 8.0;

/// Easting of the river's middle line at a northing (local metres).
pub fn river_x(y: f64) -> f64 {
    12.0 + 46.0 * (y / 175.0).sin() + 17.0 * (y / 71.0 + 0.8).cos()
}

/// Water level in metres DHHN2016; the river runs north.
pub fn water_level(y: f64) -> f64 {
    473.6 - 0.0022 * y
}

/// Distance to the river's middle line in metres, corrected for its slant.
pub fn river_distance([x, y]: [f64; 2]) -> f64 {
    let slant = river_x(y + 1.0) - river_x(y - 1.0);
    (x - river_x(y)).abs() / (1.0 + slant * slant / 4.0).sqrt()
}

/// Height of the ground in metres DHHN2016 at a local position.
pub fn height(point: [f64; 2]) -> f64 {
    let [x, y] = point;
    let rolling = 1.3 * (x / 260.0 + 0.5).sin() * (y / 310.0).cos() + 0.7 * ((x + 2.0 * y) / 330.0).sin();
    let distance = river_distance(point);
    let slopes = 478.3 + rolling + (distance / 900.0).powi(2) * 4.5 - 0.0022 * y;
    let natural = slopes - 2.9 * (-(distance / 95.0).powi(2)).exp();
    let bank = smooth((distance - RIVER_HALF + 2.0) / 9.0);
    let bed = water_level(y) - 1.3;
    bed + (natural - bed) * bank
}

/// Height of a road's surface: on the ground, but over the river on a bridge.
pub fn road_height(point: [f64; 2]) -> f64 {
    let deck = water_level(point[1]) + 3.0 - (river_distance(point) - 14.0).max(0.0) * 0.05;
    height(point).max(deck) + 0.05
}

fn smooth(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Bends the straight plan in which streets are laid out: gently curved lines, no folds.
pub fn bend([x, y]: [f64; 2]) -> [f64; 2] {
    [
        x + 20.0 * (y / 165.0 + 1.3).sin() + 7.0 * (y / 66.0 + x / 130.0).sin(),
        y + 24.0 * (x / 205.0 + 0.4).sin() + 8.0 * (x / 79.0 - y / 140.0).sin(),
    ]
}

/// Local metres to EPSG:25832 metres.
pub fn world([x, y]: [f64; 2]) -> [f64; 2] {
    [x + CENTRE[0], y + CENTRE[1]]
}
