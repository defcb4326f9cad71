//! A model that knows nothing of its place, put where the plan wants it: triangles to look at, with their colours.

use serde_json::json;

use stadtwin_formats::Shape;
use stadtwin_formats::glb::{GlbMaterial, GlbModel};
use stadtwin_model::{
    Appearance, CityObject, Geometry, GeometryKind, Lod, Material, NO_LOOK, NO_SURFACE, class_by_name,
};

/// No model of a building is wider or higher [m].
const LARGEST_M: f64 = 5_000.0;
/// Triangles of less have no front [m²].
const SMALLEST_M2: f64 = 1e-6;

/// A model, and where it stands.
#[derive(Debug, Clone)]
pub struct PlacedModel {
    pub model: GlbModel,
    pub id: Option<String>,
    /// A point: where the model's own origin lies. Without a height on the ground.
    pub origin: Shape,
    /// Counter-clockwise seen from above; 0: the model's −z looks north in the grid [°].
    pub rotation_deg: f64,
    /// Metres for each unit of the model.
    pub scale: f64,
}

/// A building of LoD3, its origin in the storage CRS.
pub(super) fn building(id: &str, placed: &PlacedModel) -> Result<CityObject, String> {
    let Some([x0, y0, z0]) = placed.origin.points().next().copied() else {
        return Err("the origin is no point".to_owned());
    };
    let (sin, cos) = placed.rotation_deg.to_radians().sin_cos();
    // Right, up, towards the viewer: east, up, south.
    let at = |[right, up, near]: [f64; 3]| {
        let [east, north, up] = [right, -near, up].map(|value| value * placed.scale);
        [x0 + east * cos - north * sin, y0 + east * sin + north * cos, z0 + up]
    };
    let mut geometry = Geometry::new(Lod::whole(3), GeometryKind::MultiSurface);
    let mut face_materials = Vec::new();
    for (triangle, material) in placed.model.triangles.iter().zip(&placed.model.material_of) {
        let corners = triangle.map(at);
        if area_m2(&corners) > SMALLEST_M2 {
            geometry.push_face([corners.as_slice()], NO_SURFACE);
            face_materials.push(material.and_then(|at| u32::try_from(at).ok()).unwrap_or(NO_LOOK));
        }
    }
    if geometry.faces.is_empty() {
        return Err("the model has no triangles".to_owned());
    }
    let envelope = geometry.envelope();
    let sizes = [0, 1, 2].map(|axis| envelope.max[axis] - envelope.min[axis]);
    if let Some(size) = sizes.into_iter().find(|size| *size > LARGEST_M) {
        return Err(format!("the model measures {size:.0} m, more than {LARGEST_M:.0} m: is `scale` right?"));
    }
    if face_materials.iter().any(|material| *material != NO_LOOK) {
        let materials = placed.model.materials.iter().map(material).collect();
        geometry.appearances.push(Appearance { materials, face_materials, ..Appearance::default() });
    }
    let height_m = (sizes[2] * 1000.0).round() / 1000.0;
    let mut object = CityObject {
        id: id.to_owned(),
        class: class_by_name("Building").unwrap_or_default(),
        geometries: vec![geometry],
        ..CityObject::default()
    };
    object.attributes.insert("measuredHeight".to_owned(), json!(height_m));
    if let Some(name) = placed.model.name.as_ref().filter(|name| !name.is_empty() && !name.contains('\0')) {
        object.attributes.insert("name".to_owned(), json!(name));
    }
    Ok(object)
}

fn material(given: &GlbMaterial) -> Material {
    let [red, green, blue, opacity] = given.color;
    Material {
        name: given.name.replace('\0', ""),
        diffuse_color: Some([red, green, blue]),
        transparency: (opacity < 1.0).then_some(1.0 - opacity),
        ..Material::default()
    }
}

fn area_m2([a, b, c]: &[[f64; 3]; 3]) -> f64 {
    let [u, v] = [b, c].map(|point| [0, 1, 2].map(|axis| point[axis] - a[axis]));
    let cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    cross.iter().map(|value| value * value).sum::<f64>().sqrt() / 2.0
}
