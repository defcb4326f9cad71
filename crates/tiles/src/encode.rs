//! One tile: the members' shapes, or blocks for them, as a glb.

use serde_json::json;

use super::blocks::{Block, block};
use super::columns::{building_table, enumerations, surface_table};
use super::materials::MATERIALS;
use super::mesh::{EarthFrame, Frame, Mesh, y_up};
use super::select::{Shape, shapes};
use stadtwin_crs::{CrsError, HeightModel, Transformer, to_ecef};
use stadtwin_formats::glb::Glb;
use stadtwin_model::{CityObject, PropertySummary, TileNode};

/// A member ready for encoding: the object with all children, coordinates in the storage CRS.
#[derive(Debug, Clone)]
pub struct TileObject {
    pub object: CityObject,
    /// Polygons of rings `[east, north]`, exterior first.
    pub footprint: Vec<Vec<Vec<[f64; 2]>>>,
    /// Lowest and highest point, storage height system [m].
    pub heights_m: [f64; 2],
}

impl TileObject {
    /// Moves everything up [m], or down.
    pub fn lift(&mut self, lift_m: f64) {
        lift(&mut self.object, lift_m);
        self.heights_m.iter_mut().for_each(|height_m| *height_m += lift_m);
    }
}

fn lift(object: &mut CityObject, lift_m: f64) {
    for geometry in &mut object.geometries {
        geometry.points.iter_mut().for_each(|point| point[2] += lift_m);
    }
    object.implicit_geometries.iter_mut().for_each(|implicit| implicit.reference_point[2] += lift_m);
    object.children.iter_mut().for_each(|child| lift(child, lift_m));
}

#[derive(Debug, thiserror::Error)]
pub enum TileError {
    #[error("tile {hash} has no members")]
    Empty { hash: String },
}

/// The glb of a node: a leaf in full detail, an inner node as blocks; every object has a row in the table `building`.
///
/// `to_lonlat` goes from the storage CRS to CRS84; `heights` must be `None` where storage heights are ellipsoidal.
/// What cannot be placed on earth is left out of the picture and logged.
pub fn encode(
    node: &TileNode,
    objects: &[TileObject],
    columns: &[PropertySummary],
    to_lonlat: &Transformer,
    heights: &HeightModel,
) -> Result<Vec<u8>, TileError> {
    if objects.is_empty() {
        return Err(TileError::Empty { hash: node.hash.clone() });
    }
    let origin = origin(node, heights);
    let frame = Frame::Earth(EarthFrame { origin, to_lonlat, heights });
    let mut mesh = Mesh::new(node.leaf);
    for (row, object) in objects.iter().enumerate() {
        if let Err(error) = draw(&mut mesh, &frame, object, row as u32, node.leaf) {
            tracing::warn!(object = object.object.id, %error, "Left an object out of a tile");
        }
    }
    let mut tables = vec![building_table(objects, columns)];
    let mut enumerated = Vec::new();
    if !mesh.surfaces.is_empty() {
        tables.push(surface_table(&mesh.surfaces));
        enumerated = enumerations();
    }
    let glb = Glb {
        generator: concat!("stadtwin ", env!("CARGO_PKG_VERSION")),
        extras: json!({ "heightModel": heights.name() }),
        translation: y_up(origin),
        turn_deg: 0.0,
        materials: &MATERIALS,
        primitives: &mesh.primitives,
        schema: "stadtwin",
        tables: &tables,
        enumerations: &enumerated,
    };
    Ok(glb.write())
}

pub(super) fn draw(
    mesh: &mut Mesh,
    frame: &Frame,
    object: &TileObject,
    row: u32,
    leaf: bool,
) -> Result<(), CrsError> {
    let placed = object.object.placed();
    let drawn = match leaf {
        true => Block::Shapes(shapes(&placed)),
        false => block(object, &placed),
    };
    match drawn {
        Block::Shapes(shapes) => shapes
            .iter()
            .try_for_each(|Shape { object, geometry, faces }| mesh.add(frame, object, geometry, faces, row)),
        Block::Extruded(object, geometry) => {
            let faces: Vec<u32> = (0..geometry.faces.len() as u32).collect();
            mesh.add(frame, object, &geometry, &faces, row)
        }
    }
}

/// The middle of the node's region, earth-centred [m].
fn origin(node: &TileNode, heights: &HeightModel) -> [f64; 3] {
    let [west, south, east, north] = node.region_deg;
    let (longitude, latitude) = ((west + east) / 2.0, (south + north) / 2.0);
    let undulation = heights.undulation_m(longitude, latitude).unwrap_or(0.0);
    to_ecef(longitude, latitude, (node.heights_m[0] + node.heights_m[1]) / 2.0 + undulation)
}
