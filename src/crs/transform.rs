//! Coordinates from one CRS to another, by PROJ.

use crate::model::{Crs, VerticalCrs};

/// Longitude, latitude [°].
pub const CRS84: Crs = Crs { horizontal: 4326, vertical: VerticalCrs::Unknown, north_first: false };

#[derive(Debug, thiserror::Error)]
pub enum CrsError {
    #[error("no transformation from EPSG:{from} to EPSG:{to}: {reason}")]
    Projection { from: u32, to: u32, reason: String },
}

/// `[east, north, up]` at both ends; one per thread.
pub struct Transformer {
    proj: proj::Proj,
    from: u32,
    to: u32,
}

impl Transformer {
    pub fn new(from: &Crs, to: &Crs) -> Result<Self, CrsError> {
        let (from, to) = (from.horizontal, to.horizontal);
        let name = |code: u32| if code == 4326 { "OGC:CRS84".to_string() } else { format!("EPSG:{code}") };
        let proj = proj::Proj::new_known_crs(&name(from), &name(to), None)
            .map_err(|error| CrsError::Projection { from, to, reason: error.to_string() })?;
        Ok(Transformer { proj, from, to })
    }

    pub fn convert(&self, points: &mut [[f64; 3]]) -> Result<(), CrsError> {
        let mut flat: Vec<[f64; 2]> = points.iter().map(|point| [point[0], point[1]]).collect();
        self.convert_2d(&mut flat)?;
        for (point, [east, north]) in points.iter_mut().zip(flat) {
            (point[0], point[1]) = (east, north);
        }
        Ok(())
    }

    pub fn convert_2d(&self, points: &mut [[f64; 2]]) -> Result<(), CrsError> {
        let mut pairs: Vec<(f64, f64)> = points.iter().map(|point| (point[0], point[1])).collect();
        self.proj.convert_array(&mut pairs).map_err(|error| CrsError::Projection {
            from: self.from,
            to: self.to,
            reason: error.to_string(),
        })?;
        for (point, pair) in points.iter_mut().zip(pairs) {
            *point = [pair.0, pair.1];
        }
        Ok(())
    }
}
