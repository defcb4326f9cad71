//! Objects of the store in another CRS.

use stadtwin_crs::{CrsError, Transformer};
use stadtwin_model::{CityObject, Crs, Feature, Footprint};

/// The way from the storage CRS to another one; belongs to one thread.
pub(super) struct Reprojection {
    transformer: Transformer,
    /// The file's format wants the axes as the CRS defines them, and that is north first.
    swaps_axes: bool,
}

impl Reprojection {
    /// `follows_definition`: whether north comes first where `to` says so.
    pub fn new(from: &Crs, to: &Crs, follows_definition: bool) -> Result<Reprojection, CrsError> {
        let swaps_axes = follows_definition && to.north_first;
        Ok(Reprojection { transformer: Transformer::new(from, to)?, swaps_axes })
    }

    /// Prototypes are put in place before: their metres have another direction and length in another CRS.
    pub fn convert(&self, object: CityObject) -> Result<CityObject, CrsError> {
        let mut object = object.placed().into_owned();
        self.convert_geometries(&mut object)?;
        Ok(object)
    }

    fn convert_geometries(&self, object: &mut CityObject) -> Result<(), CrsError> {
        for geometry in &mut object.geometries {
            self.transformer.convert(&mut geometry.points)?;
            if self.swaps_axes {
                geometry.points.iter_mut().for_each(|point| point.swap(0, 1));
            }
        }
        object.children.iter_mut().try_for_each(|child| self.convert_geometries(child))
    }

    pub fn convert_footprint(&self, footprint: &mut Footprint) -> Result<(), CrsError> {
        footprint.iter_mut().flatten().try_for_each(|ring| self.transformer.convert_2d(ring))
    }

    pub fn convert_outline(&self, feature: &mut Feature) -> Result<(), CrsError> {
        feature.runs_mut().try_for_each(|run| self.transformer.convert_2d(run))
    }
}
