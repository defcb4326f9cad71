//! Terrain from files to HTTP, against PostGIS: expected heights by hand, by GDAL, or from the domain's own examples.

mod clamp;
pub mod contact;
mod elevation;
mod health;
mod import;
mod maps;
mod mesh_error;
mod modifications;
mod relief;
mod tiles;
mod water;

use std::path::Path;
use std::sync::Arc;

use stadtwin::jobs::{Progress, TerrainImport, TerrainReport};

use crate::support::geotiff::Raster;
use crate::support::served::Served;

/// The south-west corner of what most tests write, EPSG:25832.
const CORNER: [f64; 2] = [696_500.0, 5_347_300.0];

/// A tilted plane: bilinear between its nodes it is itself.
fn plane([east, north]: [f64; 2]) -> f64 {
    480.0 + (east - CORNER[0]) * 0.01 + (north - CORNER[1]) * 0.02
}

/// Four squares of 300 m side by side.
fn write_four(folder: &Path) {
    for (name, x, y) in [("a", 0.0, 300.0), ("b", 300.0, 300.0), ("c", 0.0, 600.0), ("d", 300.0, 600.0)] {
        Raster::square([CORNER[0] + x, CORNER[1] + y], 300).write(&folder.join(format!("{name}.tif")), plane);
    }
}

async fn import(served: &Served, sources: &[&str], other: TerrainImport) -> anyhow::Result<TerrainReport> {
    let path = |name: &&str| served.folder.path().join(name).display().to_string();
    let import = TerrainImport {
        sources: sources.iter().map(path).collect(),
        terrain: "ground".into(),
        geoid_constant_m: Some(45.5),
        jobs: 2,
        ..other
    };
    import.run(&served.database.store, Arc::new(Progress::default())).await
}

/// The survey's four 1 m tiles as terrain `dgm1`.
async fn import_survey(served: &Served, data: &Path) {
    let import = TerrainImport {
        sources: vec![data.join("de-bavaria/dgm1").display().to_string()],
        terrain: "dgm1".into(),
        crs: Some("25832+7837".into()),
        geoid_constant_m: Some(45.5),
        jobs: 2,
        ..TerrainImport::default()
    };
    import.run(&served.database.store, Arc::default()).await.unwrap();
}
