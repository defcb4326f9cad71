//! Ground as light and shade, from slopes after Horn (1981).

/// How the ground is lit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Light {
    /// From one side: azimuth clockwise from north, altitude above the horizon [°].
    From { azimuth_deg: f64, altitude_deg: f64 },
    /// From south-west to north at once, 45° high, each counting as far as the slope faces it or turns its back (as `gdaldem` has it).
    Multidirectional,
}

impl Light {
    /// Where maps have it: north-west, half high.
    pub const STANDARD: Light = Light::From { azimuth_deg: 315.0, altitude_deg: 45.0 };
}

/// Heights row by row from south to north, each from west to east, with one node more on every side than the picture.
#[derive(Debug, Clone, Copy)]
pub struct Relief<'a> {
    pub heights_m: &'a [f32],
    /// Of the picture, without the margin.
    pub columns: usize,
    pub rows: usize,
    /// Between nodes, east and north [m].
    pub cell_m: [f64; 2],
}

/// Grey of each node, row by row from north to south: 1 dark … 255 bright, 0 where a height around is unknown.
pub fn hillshade(relief: Relief<'_>, light: Light) -> Vec<u8> {
    let lamps = lamps(light);
    let mut greys = Vec::with_capacity(relief.columns * relief.rows);
    for row in (0..relief.rows).rev() {
        greys.extend((0..relief.columns).map(|column| grey(relief.slope(column, row), &lamps)));
    }
    greys
}

impl Relief<'_> {
    /// Rise `[east, north]` of a node of the picture [m/m].
    fn slope(&self, column: usize, row: usize) -> [f64; 2] {
        let width = self.columns + 2;
        let at = |x: usize, y: usize| {
            let node = (row + y) * width + column + x;
            self.heights_m.get(node).map_or(f64::NAN, |height| f64::from(*height))
        };
        let column_sum = |x: usize| at(x, 0) + 2.0 * at(x, 1) + at(x, 2);
        let row_sum = |y: usize| at(0, y) + 2.0 * at(1, y) + at(2, y);
        [
            (column_sum(2) - column_sum(0)) / (8.0 * self.cell_m[0]),
            (row_sum(2) - row_sum(0)) / (8.0 * self.cell_m[1]),
        ]
    }
}

/// Direction towards a lamp `[east, north, up]`; its azimuth [rad] if it counts by the slope's aspect.
struct Lamp {
    towards: [f64; 3],
    facing_rad: Option<f64>,
}

fn lamps(light: Light) -> Vec<Lamp> {
    let lamp = |azimuth_deg: f64, altitude_deg: f64, weighted: bool| {
        let (sin_azimuth, cos_azimuth) = azimuth_deg.to_radians().sin_cos();
        let (sin_altitude, cos_altitude) = altitude_deg.to_radians().sin_cos();
        Lamp {
            towards: [sin_azimuth * cos_altitude, cos_azimuth * cos_altitude, sin_altitude],
            facing_rad: weighted.then_some(azimuth_deg.to_radians()),
        }
    };
    match light {
        Light::From { azimuth_deg, altitude_deg } => vec![lamp(azimuth_deg, altitude_deg, false)],
        Light::Multidirectional => {
            [225.0, 270.0, 315.0, 360.0].map(|azimuth| lamp(azimuth, 45.0, true)).into()
        }
    }
}

fn grey([east, north]: [f64; 2], lamps: &[Lamp]) -> u8 {
    if !(east + north).is_finite() {
        return 0;
    }
    let aspect = east.atan2(north);
    let length = (1.0 + east * east + north * north).sqrt();
    let brightness: f64 = lamps
        .iter()
        .map(|Lamp { towards, facing_rad }| {
            let lit = (towards[2] - east * towards[0] - north * towards[1]) / length;
            // Over four azimuths 45° apart the squares of the cosine add up to 2.
            lit.max(0.0) * facing_rad.map_or(1.0, |azimuth| (aspect - azimuth).cos().powi(2) / 2.0)
        })
        .sum();
    (1.0 + 254.0 * brightness).round().clamp(1.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 2 m, from north to south as the file for GDAL had it.
    const HEIGHTS: [[f32; 6]; 6] = [
        [500.0, 500.5, 501.2, 502.9, 503.0, 501.0],
        [499.0, 500.1, 502.7, 504.4, 503.1, 500.6],
        [498.2, 500.9, 503.3, 505.8, 502.2, 500.2],
        [498.4, 499.7, 502.5, 503.6, 501.9, 499.9],
        [497.1, 498.8, 500.4, 501.1, 500.7, 499.3],
        [496.6, 497.3, 498.9, 499.5, 499.2, 498.8],
    ];

    fn check(light: Light, expected: [u8; 16]) {
        let heights: Vec<f32> = HEIGHTS.iter().rev().flatten().copied().collect();
        let relief = Relief { heights_m: &heights, columns: 4, rows: 4, cell_m: [2.0, 2.0] };
        for (found, expected) in hillshade(relief, light).into_iter().zip(expected) {
            assert!(found.abs_diff(expected) <= 1, "{found} {expected}");
        }
    }

    /// Expected: `gdaldem hillshade` and `gdaldem hillshade -multidirectional`, GDAL 3.6.2.
    #[test]
    fn shades_are_those_of_gdal() {
        check(Light::STANDARD, [226, 247, 227, 47, 206, 206, 134, 1, 162, 127, 42, 1, 141, 107, 51, 26]);
        check(
            Light::Multidirectional,
            [237, 234, 215, 26, 235, 235, 140, 9, 221, 196, 61, 15, 205, 170, 76, 42],
        );
    }

    #[test]
    fn the_unknown_has_no_shade() {
        // Hand: flat ground under a lamp 45° high: 1 + 254 × sin 45° = 180.6.
        let mut heights = [7.0f32; 5 * 4];
        heights[0] = f32::NAN;
        let relief = Relief { heights_m: &heights, columns: 3, rows: 2, cell_m: [1.0, 1.0] };
        // Unknown is the south-west corner of the margin: the picture's first pixel of the last row.
        assert_eq!(hillshade(relief, Light::STANDARD), [181, 181, 181, 0, 181, 181]);
        assert_eq!(hillshade(Relief { heights_m: &[], ..relief }, Light::STANDARD), [0; 6]);
    }
}
