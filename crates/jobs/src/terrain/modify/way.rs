//! Coordinates of modifications between the CRS of a document and that of a terrain.

use stadtwin_crs::Transformer;
use stadtwin_model::{GroundEdit, GroundTarget};

use super::ModificationError;

/// Between the CRS of a document and that of a terrain.
pub(super) struct Way<'a> {
    pub transformer: &'a Transformer,
    pub swaps_before: bool,
    pub swaps_after: bool,
}

impl Way<'_> {
    pub fn convert(&self, points: &mut [[f64; 2]]) -> Result<(), ModificationError> {
        let swap = |points: &mut [[f64; 2]]| points.iter_mut().for_each(|point| point.swap(0, 1));
        if self.swaps_before {
            swap(points);
        }
        self.transformer.convert_2d(points).map_err(|_| ModificationError::Crs)?;
        if self.swaps_after {
            swap(points);
        }
        Ok(())
    }

    fn convert_3d(&self, points: &mut [[f64; 3]]) -> Result<(), ModificationError> {
        let mut places: Vec<[f64; 2]> = points.iter().map(|[x, y, _]| [*x, *y]).collect();
        self.convert(&mut places)?;
        for (point, [x, y]) in points.iter_mut().zip(places) {
            [point[0], point[1]] = [x, y];
        }
        Ok(())
    }
}

pub(super) fn convert(edit: &mut GroundEdit, way: &Way<'_>) -> Result<(), ModificationError> {
    edit.polygon.iter_mut().try_for_each(|ring| way.convert(ring))?;
    match &mut edit.target {
        GroundTarget::Level(_) => Ok(()),
        GroundTarget::Slope { through, .. } => way.convert_3d(std::slice::from_mut(through)),
        GroundTarget::Tin { points, .. } => way.convert_3d(points),
    }
}
