//! Objects as a glb of their own: near their own origin, with the axes of the storage CRS.

use serde_json::{Value, json};

use super::columns::{building_table, enumerations, surface_table};
use super::encode::{TileObject, draw};
use super::materials::MATERIALS;
use super::mesh::{Frame, Mesh};
use super::select::shapes;
use stadtwin_crs::CrsError;
use stadtwin_formats::glb::Glb;
use stadtwin_model::{Envelope, PropertySummary};

/// Objects as a glb of their own.
#[derive(Debug, Clone)]
pub struct Model {
    pub glb: Vec<u8>,
    /// `[east, north, height]` of the storage CRS, where the axes meet.
    pub origin: [f64; 3],
}

/// The glb of objects with all their parts in full detail, and the tables `building` and `surface`; `None` where they
/// have no faces. x is east, y up, z south, in metres of the storage CRS from `asset.extras.origin`, which `crs` names:
/// `[east, north, height]`, whole metres in plan, the lowest point in height. The whole is turned about y by `turn_deg`,
/// counter-clockwise seen from above.
pub fn model(
    objects: &[TileObject],
    columns: &[PropertySummary],
    crs: &[String],
    turn_deg: f64,
) -> Result<Option<Model>, CrsError> {
    let mut envelope = Envelope::EMPTY;
    for object in objects {
        let placed = object.object.placed();
        let shapes = shapes(&placed);
        envelope.union(&Envelope::of(shapes.iter().flat_map(|shape| &shape.geometry.points)));
    }
    if envelope.is_empty() {
        return Ok(None);
    }
    let middle = |axis: usize| ((envelope.min[axis] + envelope.max[axis]) / 2.0).floor();
    let origin = [middle(0), middle(1), envelope.min[2]];
    let mut mesh = Mesh::new(true);
    for (row, object) in objects.iter().enumerate() {
        draw(&mut mesh, &Frame::Plane { origin }, object, row as u32, true)?;
    }
    if mesh.primitives.iter().all(|primitive| primitive.indices.is_empty()) {
        return Ok(None);
    }
    let mut tables = vec![building_table(objects, columns)];
    let mut enumerated = Vec::new();
    if !mesh.surfaces.is_empty() {
        tables.push(surface_table(&mesh.surfaces));
        enumerated = enumerations();
    }
    let glb = Glb {
        generator: concat!("stadtwin ", env!("CARGO_PKG_VERSION")),
        extras: extras(crs, origin),
        translation: [0.0; 3],
        turn_deg,
        materials: &MATERIALS,
        primitives: &mesh.primitives,
        schema: "stadtwin",
        tables: &tables,
        enumerations: &enumerated,
    };
    Ok(Some(Model { glb: glb.write(), origin }))
}

fn extras(crs: &[String], origin: [f64; 3]) -> Value {
    json!({ "crs": crs, "origin": origin, "axes": { "x": "east", "y": "up", "z": "south" } })
}
