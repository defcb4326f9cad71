//! Tile matrix sets: the grids of flat map tiles (OGC 17-083r4), rows counted from the north.

/// Whose coordinates a grid has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatrixCrs {
    /// `[longitude, latitude]` [°].
    Crs84,
    /// Projected, `[east, north]` [m].
    Epsg(u32),
}

/// A grid whose tiles halve from level to level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TileMatrixSet {
    /// As in paths.
    pub id: &'static str,
    pub title: &'static str,
    /// Where the standard's register has it.
    pub uri: Option<&'static str>,
    pub crs: MatrixCrs,
    /// North-west corner `[x, y]` in the CRS's unit.
    pub origin: [f64; 2],
    /// Side of a pixel of level 0, of which a tile has 256 each way, in the CRS's unit.
    pub cell_size: f64,
    /// Columns and rows of level 0.
    pub size: [u32; 2],
    /// The finest level.
    pub max_level: u8,
}

/// Pixels along a side of a tile.
pub const TILE_PIXELS: u32 = 256;
/// A pixel of the standard's screen [m].
const SCREEN_PIXEL_M: f64 = 0.000_28;
/// A degree along the equator of WGS 84, as the standard counts it [m].
const DEGREE_M: f64 = 6_378_137.0 * std::f64::consts::PI / 180.0;

/// Cell size of level 0 of the surveys' grids: 1 : 17,471,320.7508974 [m].
const ADV_CELL_M: f64 = 4_891.969_810_251_27;

/// The registered ones first; then the grids of the German surveys.
pub const TILE_MATRIX_SETS: [TileMatrixSet; 5] = [
    TileMatrixSet {
        id: "WebMercatorQuad",
        title: "Google Maps compatible (EPSG:3857)",
        uri: Some("http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"),
        crs: MatrixCrs::Epsg(3857),
        origin: [-20_037_508.342_789_2, 20_037_508.342_789_2],
        cell_size: 156_543.033_928_041,
        size: [1, 1],
        max_level: 22,
    },
    TileMatrixSet {
        id: "WorldCRS84Quad",
        title: "Longitude and latitude (CRS84)",
        uri: Some("http://www.opengis.net/def/tilematrixset/OGC/1.0/WorldCRS84Quad"),
        crs: MatrixCrs::Crs84,
        origin: [-180.0, 90.0],
        cell_size: 0.703_125,
        size: [2, 1],
        max_level: 21,
    },
    TileMatrixSet {
        id: "AdV_25832",
        title: "Grid of the German surveys (EPSG:25832)",
        uri: None,
        crs: MatrixCrs::Epsg(25832),
        origin: [-46_133.17, 6_301_219.54],
        cell_size: ADV_CELL_M,
        size: [1, 1],
        max_level: 15,
    },
    TileMatrixSet {
        id: "AdV_25833",
        title: "Grid of the German surveys (EPSG:25833)",
        uri: None,
        crs: MatrixCrs::Epsg(25833),
        origin: [-464_849.38, 6_310_160.14],
        cell_size: ADV_CELL_M,
        size: [1, 1],
        max_level: 15,
    },
    TileMatrixSet {
        id: "EU_25832",
        title: "Grid of the BKG for Europe (EPSG:25832)",
        uri: None,
        crs: MatrixCrs::Epsg(25832),
        origin: [-3_803_165.984_27, 8_805_908.082_85],
        cell_size: ADV_CELL_M,
        size: [6, 5],
        max_level: 15,
    },
];

/// The grid of this id.
pub fn tile_matrix_set(id: &str) -> Option<&'static TileMatrixSet> {
    TILE_MATRIX_SETS.iter().find(|set| set.id == id)
}

impl TileMatrixSet {
    /// Columns and rows of a level.
    pub fn size_at(&self, level: u8) -> [u64; 2] {
        self.size.map(|count| u64::from(count) << level)
    }

    /// Side of a pixel in the CRS's unit.
    pub fn cell_size_at(&self, level: u8) -> f64 {
        self.cell_size / (1_u64 << level) as f64
    }

    /// Side of a pixel [m], for degrees along the equator.
    pub fn cell_m_at(&self, level: u8) -> f64 {
        let unit_m = if self.crs == MatrixCrs::Crs84 { DEGREE_M } else { 1.0 };
        self.cell_size_at(level) * unit_m
    }

    pub fn scale_denominator_at(&self, level: u8) -> f64 {
        self.cell_m_at(level) / SCREEN_PIXEL_M
    }

    /// Whether there is such a tile.
    pub fn holds(&self, level: u8, row: u64, column: u64) -> bool {
        level <= self.max_level && {
            let [columns, rows] = self.size_at(level);
            column < columns && row < rows
        }
    }

    /// `[x min, y min, x max, y max]` of a tile in the CRS.
    pub fn bounds(&self, level: u8, row: u64, column: u64) -> [f64; 4] {
        let side = self.cell_size_at(level) * f64::from(TILE_PIXELS);
        let (west, north) = (self.origin[0] + column as f64 * side, self.origin[1] - row as f64 * side);
        [west, north - side, west + side, north]
    }

    /// `[min row, min column, max row, max column]` of the tiles that a box of the CRS meets; `None` when it lies
    /// outside of the grid.
    pub fn limits(&self, level: u8, [x_min, y_min, x_max, y_max]: [f64; 4]) -> Option<[u64; 4]> {
        let side = self.cell_size_at(level) * f64::from(TILE_PIXELS);
        let [columns, rows] = self.size_at(level);
        let place = |distance: f64, count: u64| (distance / side).floor().clamp(-1.0, count as f64);
        let (west, east) = (place(x_min - self.origin[0], columns), place(x_max - self.origin[0], columns));
        let (north, south) = (place(self.origin[1] - y_max, rows), place(self.origin[1] - y_min, rows));
        let is_outside = east < 0.0 || south < 0.0 || west >= columns as f64 || north >= rows as f64;
        // Not-a-number is in no grid.
        if is_outside || ![west, east, north, south].iter().all(|value| value.is_finite()) {
            return None;
        }
        let inside = |value: f64, count: u64| (value.max(0.0) as u64).min(count - 1);
        Some([inside(north, rows), inside(west, columns), inside(south, rows), inside(east, columns)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the sets' published definitions: scale of level 0, cell size of one level, its size.
    #[test]
    fn scales_are_those_of_the_register() {
        let check = |id: &str, scale: f64, level: u8, cell: f64, size: [u64; 2]| {
            let set = tile_matrix_set(id).unwrap();
            assert!((set.scale_denominator_at(0) / scale - 1.0).abs() < 1e-9, "{id}");
            assert!((set.cell_size_at(level) / cell - 1.0).abs() < 1e-9, "{id}");
            assert_eq!(set.size_at(level), size, "{id}");
        };
        check("WebMercatorQuad", 559_082_264.028_717, 14, 9.554_628_535_647_03, [16_384, 16_384]);
        check("WorldCRS84Quad", 279_541_132.014_358, 3, 0.087_890_625, [16, 8]);
        check("AdV_25832", 17_471_320.750_897_4, 1, 2_445.984_905_125_635, [2, 2]);
        check("AdV_25833", 17_471_320.750_897_4, 1, 2_445.984_905_125_635, [2, 2]);
        check("EU_25832", 17_471_320.750_897_4, 2, 1_222.992_452_562_817, [24, 20]);
    }

    #[test]
    fn a_place_is_in_the_tile_that_everybody_expects() {
        // Munich, 48.1374 N 11.5755 E: tile 14/8718/5685 (x/y) of the usual web maps.
        let set = tile_matrix_set("WebMercatorQuad").unwrap();
        let at = [1_288_578.8, 6_129_743.8];
        assert_eq!(set.limits(14, [at[0], at[1], at[0], at[1]]), Some([5685, 8718, 5685, 8718]));
        let [west, south, east, north] = set.bounds(14, 5685, 8718);
        assert!(west <= at[0] && at[0] < east && south <= at[1] && at[1] < north);
    }

    #[test]
    fn boxes_beside_the_grid_have_no_tiles() {
        let set = tile_matrix_set("WorldCRS84Quad").unwrap();
        assert_eq!(set.limits(0, [-180.0, -90.0, 180.0, 90.0]), Some([0, 0, 0, 1]));
        assert_eq!(set.limits(1, [200.0, 0.0, 210.0, 10.0]), None);
        assert_eq!(set.limits(1, [f64::NAN, 0.0, 1.0, 1.0]), None);
        assert!(set.holds(1, 1, 3) && !set.holds(1, 2, 0) && !set.holds(22, 0, 0));
    }
}
