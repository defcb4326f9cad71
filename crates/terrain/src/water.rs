//! Which parts of a tile are water: outlines become the 256 × 256 squares of a quantized-mesh water mask.

use stadtwin_model::TileKey;

use super::lattice::tile_bounds_deg;
use super::mesh::WaterMask;

/// Squares along a side of a mask.
const SIDE: usize = 256;
const WATER: u8 = 255;
const LAND: u8 = 0;

/// Along a square of the mask [m], at the equator; nowhere are they larger.
pub fn water_square_m(level: u8) -> f64 {
    const METRES_A_DEGREE: f64 = 111_320.0;
    let [west, _, east, _] = tile_bounds_deg(TileKey { level, x: 0, y: 0 });
    (east - west) * METRES_A_DEGREE / SIDE as f64
}

/// A square is water where its middle lies in one of the polygons `[longitude, latitude]` [°], each an outer ring and holes.
pub fn water_mask(key: TileKey, polygons: &[Vec<Vec<[f64; 2]>>]) -> WaterMask {
    let mut mask = vec![LAND; SIDE * SIDE];
    let [west, south, east, north] = tile_bounds_deg(key);
    // In squares: columns from the west, rows from the north, as the mask has them.
    let column = |longitude: f64| (longitude - west) / (east - west) * SIDE as f64;
    let row = |latitude: f64| (north - latitude) / (north - south) * SIDE as f64;
    for polygon in polygons {
        let rings = polygon.iter().map(|ring| ring.iter().map(|[x, y]| [column(*x), row(*y)]).collect());
        fill(&rings.collect::<Vec<_>>(), &mut mask);
    }
    match mask.first() {
        Some(first) if mask.iter().all(|square| square == first) => WaterMask::Uniform(*first),
        _ => WaterMask::Grid(mask),
    }
}

/// Line by line: between every two crossings of a ring lies the inside.
fn fill(rings: &[Vec<[f64; 2]>], mask: &mut [u8]) {
    let rows = rings.iter().flatten().map(|[_, row]| *row);
    let (top, bottom) = rows.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), row| (a.min(row), b.max(row)));
    if !(top.is_finite() && bottom.is_finite()) {
        return;
    }
    let lines = (top.floor().max(0.0) as usize)..(bottom.ceil().clamp(0.0, SIDE as f64) as usize);
    for line in lines {
        let mut crossings: Vec<f64> =
            rings.iter().flat_map(|ring| crossings(ring, line as f64 + 0.5)).collect();
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let square = |place: f64| (place - 0.5).ceil().clamp(0.0, SIDE as f64) as usize;
            let (from, to) = (square(pair[0]), square(pair[1]));
            if let Some(squares) = mask.get_mut(line * SIDE + from..line * SIDE + to.max(from)) {
                squares.fill(WATER);
            }
        }
    }
}

/// Where a ring crosses a line; it may be closed by its first point or not.
fn crossings(ring: &[[f64; 2]], line: f64) -> impl Iterator<Item = f64> {
    let next = ring.iter().cycle().skip(1);
    let sides = ring.iter().zip(next).filter(move |([_, ay], [_, by])| (*ay <= line) != (*by <= line));
    sides.map(move |([ax, ay], [bx, by])| ax + (line - ay) / (by - ay) * (bx - ax))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level 0, eastern tile: 0° to 180° E, 90° S to 90° N; a square is 180/256 = 0.703125°.
    const EAST: TileKey = TileKey { level: 0, x: 1, y: 0 };
    const SQUARE: f64 = 0.703_125;

    /// A box in squares from the north-western corner.
    fn rectangle([left, top, right, bottom]: [f64; 4]) -> Vec<[f64; 2]> {
        let corner = |column: f64, row: f64| [column * SQUARE, 90.0 - row * SQUARE];
        vec![
            corner(left, top),
            corner(right, top),
            corner(right, bottom),
            corner(left, bottom),
            corner(left, top),
        ]
    }

    fn grid(polygons: &[Vec<Vec<[f64; 2]>>]) -> Vec<u8> {
        match water_mask(EAST, polygons) {
            WaterMask::Grid(mask) => mask,
            WaterMask::Uniform(value) => vec![value; SIDE * SIDE],
        }
    }

    #[test]
    fn rows_run_from_the_north_and_columns_from_the_west() {
        let mask = grid(&[vec![rectangle([10.0, 3.0, 14.0, 5.0])]]);
        let wet: Vec<usize> = (0..mask.len()).filter(|index| mask[*index] == WATER).collect();
        // Hand: rows 3 and 4, columns 10 to 13.
        let expected = [3, 4].iter().flat_map(|row| (10..14).map(move |column| row * 256 + column));
        assert_eq!(wet, expected.collect::<Vec<_>>());
    }

    #[test]
    fn middles_decide_and_islands_stay_dry() {
        let lake = vec![rectangle([2.4, 2.6, 9.4, 9.4]), rectangle([4.0, 4.0, 6.0, 6.0])];
        let mask = grid(std::slice::from_ref(&lake));
        let at = |column: usize, row: usize| mask[row * SIDE + column];
        // Hand: 2.5 lies inside from 2.4, 2.5 outside of 2.6 on; 9.5 is outside.
        assert_eq!([at(2, 3), at(3, 2), at(9, 8), at(8, 9)], [WATER, LAND, LAND, LAND]);
        assert_eq!([at(4, 4), at(5, 5), at(6, 6), at(3, 5)], [LAND, LAND, WATER, WATER]);
        // An island in a lake is land, two lakes above each other are water.
        assert_eq!(grid(&[lake.clone(), lake])[5 * SIDE + 3], WATER);
    }

    #[test]
    fn what_is_all_one_is_one_byte() {
        let whole = vec![vec![rectangle([-300.0, -300.0, 600.0, 600.0])]];
        assert_eq!(water_mask(EAST, &whole), WaterMask::Uniform(WATER));
        let nan = vec![vec![vec![[f64::NAN; 2]; 4]], vec![vec![]], vec![]];
        for dry in [vec![], vec![vec![rectangle([-9.0, 0.0, -1.0, 256.0])]], nan] {
            assert_eq!(water_mask(EAST, &dry), WaterMask::Uniform(LAND));
        }
        // Hand: 180° of 111.32 km in 256 squares; half of that at each level.
        assert!((water_square_m(0) - 78_271.9).abs() < 1.0 && (water_square_m(10) - 76.44).abs() < 0.01);
    }
}
