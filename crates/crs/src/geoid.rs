//! How far the geoid lies above the ellipsoid: a grid read from a file, a constant, or nothing.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::CrsError;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// What turns heights of the storage CRS into ellipsoidal heights. Buildings and terrain must use the same one.
#[derive(Debug, Clone)]
pub enum HeightModel {
    /// German combined quasigeoid 2016 (BKG): DHHN2016 to ETRS89, about 2 cm.
    Gcg2016(Grid),
    /// Earth Gravitational Model 1996, 15': within about 1 m worldwide, 0.15 m in Bavaria.
    Egm96(Grid),
    /// The same undulation everywhere [m].
    Constant(f64),
    /// Nothing is known; also right for heights that are ellipsoidal already.
    None,
}

impl HeightModel {
    /// The best grid at hand: `STADTWIN_GEOID`, else GCG2016, else EGM96, else none.
    pub fn detect() -> HeightModel {
        if let Some(path) = std::env::var_os("STADTWIN_GEOID") {
            match HeightModel::open(Path::new(&path)) {
                Some(model) => return model,
                None => tracing::warn!(?path, "Cannot read the geoid grid that STADTWIN_GEOID names"),
            }
        }
        let find =
            |name: &str| grid_folders().iter().find_map(|folder| HeightModel::open(&folder.join(name)));
        find("de_bkg_gcg2016.tif").or_else(|| find("egm96_15.gtx")).unwrap_or(HeightModel::None)
    }

    /// As `detect`, but a grid that ends before the place given (CRS84 [°]) gives way to EGM96.
    pub fn detect_at(longitude_deg: f64, latitude_deg: f64) -> HeightModel {
        let model = HeightModel::detect();
        let covers = |model: &HeightModel| model.undulation_m(longitude_deg, latitude_deg).is_some();
        if covers(&model) {
            return model;
        }
        let world = grid_folders().iter().find_map(|folder| HeightModel::open(&folder.join("egm96_15.gtx")));
        world.filter(covers).unwrap_or(HeightModel::None)
    }

    /// A grid from a file; `.gtx` is taken for EGM96, GeoTIFF for GCG2016. `None` when it cannot be read.
    pub fn open(path: &Path) -> Option<HeightModel> {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gtx")) {
            return Grid::from_gtx(&std::fs::read(path).ok()?).map(HeightModel::Egm96);
        }
        Grid::from_geotiff(path).map(HeightModel::Gcg2016)
    }

    /// As `/health` and tilesets name it.
    pub fn name(&self) -> &'static str {
        match self {
            HeightModel::Gcg2016(_) => "gcg2016",
            HeightModel::Egm96(_) => "egm96",
            HeightModel::Constant(_) => "constant",
            HeightModel::None => "none",
        }
    }

    /// Tells models apart, constants too: part of the hash of what is made with one.
    pub fn variant(&self) -> String {
        match self {
            HeightModel::Constant(value) => format!("constant {value}"),
            other => other.name().to_string(),
        }
    }

    /// Geoid above ellipsoid [m]; `None` without a model and outside its grid. Callers add nothing then.
    pub fn undulation_m(&self, longitude_deg: f64, latitude_deg: f64) -> Option<f64> {
        match self {
            HeightModel::Gcg2016(grid) | HeightModel::Egm96(grid) => grid.at(longitude_deg, latitude_deg),
            HeightModel::Constant(value) => Some(*value),
            HeightModel::None => None,
        }
    }

    /// From heights above the geoid to those above the ellipsoid, at longitudes and latitudes [°]; fails where the
    /// model knows nothing.
    pub fn raise(&self, points: &mut [[f64; 3]]) -> Result<(), CrsError> {
        points.iter_mut().try_for_each(|[longitude, latitude, height_m]| {
            let undulation_m = self.undulation_m(*longitude, *latitude);
            *height_m +=
                undulation_m.ok_or(CrsError::NoUndulation { longitude: *longitude, latitude: *latitude })?;
            Ok(())
        })
    }
}

/// Where PROJ keeps grids, the user's folders first.
fn grid_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for variable in ["PROJ_DATA", "PROJ_LIB"] {
        if let Some(paths) = std::env::var_os(variable) {
            folders.extend(std::env::split_paths(&paths));
        }
    }
    if let Some(home) = std::env::var_os("XDG_DATA_HOME") {
        folders.push(Path::new(&home).join("proj"));
    }
    if let Some(home) = std::env::var_os("HOME") {
        folders.push(Path::new(&home).join(".local/share/proj"));
    }
    folders.extend(["/usr/share/proj", "/usr/local/share/proj"].map(PathBuf::from));
    folders
}

/// Heights at the nodes of a raster in longitude and latitude.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Of the first node [°].
    west_deg: f64,
    south_deg: f64,
    /// Between nodes [°].
    step_deg: [f64; 2],
    columns: usize,
    rows: usize,
    /// Rows from south to north [m]; NaN where unknown.
    values: Vec<f32>,
}

impl Grid {
    /// NOAA's vertical grid: big-endian header (south, west, steps, rows, columns), then rows from south to north.
    pub fn from_gtx(bytes: &[u8]) -> Option<Grid> {
        let double = |at: usize| Some(f64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let whole = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
        let (rows, columns) = (whole(32)?, whole(36)?);
        let body = bytes.get(40..)?;
        if rows.checked_mul(columns)?.checked_mul(4)? > body.len() {
            return None;
        }
        let values = body
            .chunks_exact(4)
            .take(rows * columns)
            .map(|chunk| known(f32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]])))
            .collect();
        Grid::new([double(8)?, double(0)?], [double(24)?, double(16)?], columns, rows, values)
    }

    /// One band of 32-bit floats, north up, as PROJ's grids are.
    pub fn from_geotiff(path: &Path) -> Option<Grid> {
        let file = BufReader::new(File::open(path).ok()?);
        let mut decoder = Decoder::new(file).ok()?.with_limits(Limits::default());
        let (columns, rows) = decoder.dimensions().ok()?;
        let (columns, rows) = (columns as usize, rows as usize);
        let scale = decoder.get_tag_f64_vec(Tag::ModelPixelScaleTag).ok()?;
        let tie = decoder.get_tag_f64_vec(Tag::ModelTiepointTag).ok()?;
        let nodata: Option<f32> = decoder
            .get_tag_ascii_string(Tag::GdalNodata)
            .ok()
            .and_then(|text| text.trim_matches(['\0', ' ']).parse().ok());
        // Key 1025 = 1: the tie point is a corner of the first cell, its value stands in the middle.
        let keys = decoder.get_tag_u16_vec(Tag::GeoKeyDirectoryTag).unwrap_or_default();
        let is_area = !keys.chunks_exact(4).any(|key| key[0] == 1025 && key[3] == 2);
        let half = if is_area { 0.5 } else { 0.0 };
        let DecodingResult::F32(cells) = decoder.read_image().ok()? else { return None };
        let (step_east, step_north) = (*scale.first()?, *scale.get(1)?);
        let west = tie.get(3)? + (half - tie.first()?) * step_east;
        let north = tie.get(4)? - (half - tie.get(1)?) * step_north;
        let mut values = Vec::with_capacity(cells.len());
        for row in cells.chunks_exact(columns.max(1)).rev() {
            values
                .extend(row.iter().map(|&value| if nodata == Some(value) { f32::NAN } else { known(value) }));
        }
        let south = north - step_north * (rows.max(1) - 1) as f64;
        Grid::new([west, south], [step_east, step_north], columns, rows, values)
    }

    fn new(
        origin: [f64; 2],
        step_deg: [f64; 2],
        columns: usize,
        rows: usize,
        values: Vec<f32>,
    ) -> Option<Grid> {
        let sound = columns > 1
            && rows > 1
            && values.len() == columns * rows
            && step_deg.iter().all(|step| *step > 0.0)
            && origin.iter().all(|value| value.is_finite());
        sound.then_some(Grid { west_deg: origin[0], south_deg: origin[1], step_deg, columns, rows, values })
    }

    /// Bilinear; `None` outside and beside unknown nodes.
    pub fn at(&self, longitude_deg: f64, latitude_deg: f64) -> Option<f64> {
        let around = self.columns as f64 * self.step_deg[0] > 360.0 - 1e-6;
        // Files may count longitudes from 0 to 360.
        let offset = (longitude_deg - self.west_deg + 1e-12).rem_euclid(360.0) - 1e-12;
        let column = offset.max(0.0) / self.step_deg[0];
        let row = (latitude_deg - self.south_deg) / self.step_deg[1];
        let (last_column, last_row) = ((self.columns - 1) as f64, (self.rows - 1) as f64);
        let inside = (-1e-9..=last_row + 1e-9).contains(&row) && (around || column <= last_column + 1e-9);
        if !inside {
            return None;
        }
        let left = if around { column.floor() } else { column.floor().min(last_column - 1.0) };
        let below = row.max(0.0).floor().min(last_row - 1.0);
        let (x, y) = (column - left, row - below);
        let value = |right: usize, up: usize| {
            let column = (left as usize + right) % self.columns;
            self.values.get((below as usize + up) * self.columns + column).map(|&value| f64::from(value))
        };
        let south = value(0, 0)? * (1.0 - x) + value(1, 0)? * x;
        let north = value(0, 1)? * (1.0 - x) + value(1, 1)? * x;
        Some(south * (1.0 - y) + north * y).filter(|value| value.is_finite())
    }
}

/// Grids mark unknown nodes by values that no geoid has (-88.8888, -9999, -32768).
fn known(value: f32) -> f32 {
    if value.abs() > 200.0 || (value + 88.8888).abs() < 1e-4 { f32::NAN } else { value }
}

#[cfg(test)]
#[path = "geoid_tests.rs"]
mod tests;
