//! Faces of the storage CRS become triangles around the tile's centre, with feature ids and outlines.

use std::collections::HashMap;

use super::materials::{Finish, MATERIALS, finish, surface_type};
use stadtwin_crs::{CrsError, HeightModel, Transformer, normal_ecef, to_ecef};
use stadtwin_formats::glb::{FeatureIds, Primitive};
use stadtwin_geometry::{face_normal_area, triangulate};
use stadtwin_model::{CityObject, Face, Geometry, NO_SURFACE};

/// Faces whose unit normal points up by less stand upright.
const TRUNK_UP: f64 = 0.05;
/// Highest part of a tree that may still be its trunk.
const TRUNK_SHARE: f64 = 0.45;

/// Where drawn things stand and how coordinates get there.
pub(super) enum Frame<'a> {
    /// On the earth.
    Earth(EarthFrame<'a>),
    /// On the plane of the storage CRS, around a point of it.
    Plane { origin: [f64; 3] },
}

impl Frame<'_> {
    /// Points relative to the origin, y up [m]; points that are no numbers come out as NaN.
    fn place(&self, points: &[[f64; 3]]) -> Result<Vec<[f64; 3]>, CrsError> {
        match self {
            Frame::Earth(frame) => frame.place(points),
            Frame::Plane { origin } => {
                let local = |point: &[f64; 3]| y_up([0, 1, 2].map(|axis| point[axis] - origin[axis]));
                Ok(points.iter().map(local).collect())
            }
        }
    }
}

/// A tile's.
pub(super) struct EarthFrame<'a> {
    /// Earth-centred [m].
    pub origin: [f64; 3],
    /// From the storage CRS.
    pub to_lonlat: &'a Transformer,
    pub heights: &'a HeightModel,
}

/// Axes with z last turned so that glTF's y-up convention turns them back.
pub(super) fn y_up([x, y, z]: [f64; 3]) -> [f64; 3] {
    [x, z, -y]
}

impl EarthFrame<'_> {
    /// Points relative to the origin, y up [m]; points that are no numbers come out as NaN.
    fn place(&self, points: &[[f64; 3]]) -> Result<Vec<[f64; 3]>, CrsError> {
        // Walls stand on the same place with every storey: convert each place once.
        let mut known: HashMap<[u64; 2], usize> = HashMap::with_capacity(points.len() / 2);
        let mut places: Vec<[f64; 2]> = Vec::with_capacity(points.len() / 2);
        let at: Vec<Option<usize>> = points
            .iter()
            .map(|point| {
                point.iter().all(|value| value.is_finite()).then(|| {
                    *known.entry([point[0].to_bits(), point[1].to_bits()]).or_insert_with(|| {
                        places.push([point[0], point[1]]);
                        places.len() - 1
                    })
                })
            })
            .collect();
        self.to_lonlat.convert_2d(&mut places)?;
        let grounds: Vec<([f64; 3], [f64; 3])> =
            places.iter().map(|&[lon, lat]| self.ground(lon, lat)).collect();
        let place = |(point, at): (&[f64; 3], &Option<usize>)| match at.and_then(|at| grounds.get(at)) {
            Some((ground, up)) => y_up([0, 1, 2].map(|axis| ground[axis] + point[2] * up[axis])),
            None => [f64::NAN; 3],
        };
        Ok(points.iter().zip(&at).map(place).collect())
    }

    /// Height 0 of the storage height system at a place, relative to the origin, and the direction upwards.
    fn ground(&self, longitude_deg: f64, latitude_deg: f64) -> ([f64; 3], [f64; 3]) {
        let undulation = self.heights.undulation_m(longitude_deg, latitude_deg).unwrap_or(0.0);
        let point = to_ecef(longitude_deg, latitude_deg, undulation);
        ([0, 1, 2].map(|axis| point[axis] - self.origin[axis]), normal_ecef(longitude_deg, latitude_deg))
    }
}

/// One row of the table `surface`.
pub(super) struct SurfaceRow {
    pub id: String,
    /// Value of the enumeration of surface types.
    pub kind: u8,
    pub building: u32,
    pub area_m2: f64,
    /// Sum over the faces of unit normal times area, storage CRS.
    pub normal_sum: [f64; 3],
}

/// Triangles by finish, and the surfaces they belong to.
pub(super) struct Mesh {
    pub primitives: Vec<Primitive>,
    pub surfaces: Vec<SurfaceRow>,
    /// Whether faces get a surface row, a second set of feature ids and outlines.
    detailed: bool,
    triangles: Vec<[u32; 3]>,
    edges: Vec<Edge>,
}

/// An edge of a face's border, to be outlined unless its neighbour lies in the same plane.
struct Edge {
    /// Both ends in millimetres, the lesser first.
    key: [[i64; 3]; 2],
    normal: [f64; 3],
    finish: Finish,
    vertices: [u32; 2],
}

impl Mesh {
    pub(super) fn new(detailed: bool) -> Mesh {
        let primitive = |material| {
            let set = |label, table| FeatureIds { label, table, rows: Vec::new() };
            let mut feature_ids = vec![set("building", 0)];
            if detailed {
                feature_ids.push(set("surface", 1));
            }
            Primitive { material, feature_ids, ..Primitive::default() }
        };
        Mesh {
            primitives: (0..MATERIALS.len()).map(primitive).collect(),
            surfaces: Vec::new(),
            detailed,
            triangles: Vec::new(),
            edges: Vec::new(),
        }
    }

    /// Draws faces (by their index) of a geometry that belongs to `object` and to row `building`.
    pub(super) fn add(
        &mut self,
        frame: &Frame,
        object: &CityObject,
        geometry: &Geometry,
        faces: &[u32],
        building: u32,
    ) -> Result<(), CrsError> {
        let placed = frame.place(&geometry.points)?;
        let mut rows = HashMap::new();
        for &face in faces {
            self.add_face(object, geometry, &placed, face, building, &mut rows);
        }
        self.outline();
        Ok(())
    }

    fn add_face(
        &mut self,
        object: &CityObject,
        geometry: &Geometry,
        placed: &[[f64; 3]],
        face: u32,
        building: u32,
        rows: &mut HashMap<(u32, Finish), u32>,
    ) {
        let Some(face) = geometry.faces.get(face as usize) else { return };
        self.triangles.clear();
        triangulate(geometry, face, &mut self.triangles);
        if self.triangles.is_empty() {
            return;
        }
        let (normal, area_m2) = face_normal_area(geometry, face);
        let surface = geometry.surface_of(face);
        let finish = match is_trunk(object, geometry, face, normal[2]) {
            true => Finish::Trunk,
            false => finish(object, surface.map(|surface| surface.class), normal[2]),
        };
        let row = match self.detailed {
            true => self.surface_row(geometry, face.surface, finish, building, rows),
            false => 0,
        };
        if let Some(row) = self.surfaces.get_mut(row as usize) {
            row.area_m2 += area_m2;
            (0..3).for_each(|axis| row.normal_sum[axis] += normal[axis] * area_m2);
        }
        let (start, corners) = corners(geometry, placed, face);
        let Some(base) = self.push(finish, corners, geometry.ring(face.first_ring).len(), [building, row])
        else {
            return;
        };
        let vertex = |index: u32| base + index - start;
        if let Some(primitive) = self.primitives.get_mut(finish as usize) {
            primitive.indices.extend(self.triangles.iter().flatten().map(|&index| vertex(index)));
        }
        if self.detailed {
            self.collect_edges(geometry, normal, finish, vertex);
        }
    }

    /// Adds vertices, the first `outer` of them the exterior ring; answers the first one's index.
    fn push(&mut self, finish: Finish, corners: &[[f64; 3]], outer: usize, rows: [u32; 2]) -> Option<u32> {
        let primitive = self.primitives.get_mut(finish as usize)?;
        if corners.iter().flatten().any(|value| !value.is_finite()) {
            return None;
        }
        let base = primitive.positions.len() as u32;
        let shade = newell(corners.get(..outer)?).map(|value| value as f32);
        primitive.positions.extend(corners.iter().map(|corner| corner.map(|value| value as f32)));
        primitive.normals.extend(corners.iter().map(|_| shade));
        for (set, row) in primitive.feature_ids.iter_mut().zip(rows) {
            set.rows.extend(corners.iter().map(|_| row));
        }
        Some(base)
    }

    /// Faces without a boundary surface share one row a finish.
    fn surface_row(
        &mut self,
        geometry: &Geometry,
        surface: u32,
        finish: Finish,
        building: u32,
        rows: &mut HashMap<(u32, Finish), u32>,
    ) -> u32 {
        let found = geometry.surfaces.get(surface as usize);
        let key = match found {
            Some(_) => (surface, Finish::Other),
            None => (NO_SURFACE, finish),
        };
        *rows.entry(key).or_insert_with(|| {
            self.surfaces.push(SurfaceRow {
                id: found.map(|surface| surface.id.clone()).unwrap_or_default(),
                kind: surface_type(found.map(|surface| surface.class)),
                building,
                area_m2: 0.0,
                normal_sum: [0.0; 3],
            });
            self.surfaces.len() as u32 - 1
        })
    }

    /// Edges of one triangle only are the face's border; as edges of triangles they can be drawn.
    fn collect_edges(
        &mut self,
        geometry: &Geometry,
        normal: [f64; 3],
        finish: Finish,
        vertex: impl Fn(u32) -> u32,
    ) {
        let mut sides: Vec<[u32; 2]> = Vec::with_capacity(self.triangles.len() * 3);
        for &[a, b, c] in &self.triangles {
            sides.extend([[a, b], [b, c], [c, a]].map(|[a, b]| [a.min(b), a.max(b)]));
        }
        sides.sort_unstable();
        for run in sides.chunk_by(|a, b| a == b).filter(|run| run.len() == 1) {
            let [a, b] = run[0];
            let corner = |index: u32| {
                let point = geometry.points.get(index as usize).copied().unwrap_or_default();
                point.map(|value| (value * 1000.0).round() as i64)
            };
            let (from, to) = (corner(a), corner(b));
            if from != to {
                let key = [from.min(to), from.max(to)];
                self.edges.push(Edge { key, normal, finish, vertices: [vertex(a), vertex(b)] });
            }
        }
    }

    fn outline(&mut self) {
        let mut edges = std::mem::take(&mut self.edges);
        edges.sort_unstable_by_key(|edge| edge.key);
        for run in edges.chunk_by(|a, b| a.key == b.key) {
            for (number, edge) in run.iter().enumerate() {
                let joined = |other: &Edge| {
                    let agree: f64 = (0..3).map(|axis| edge.normal[axis] * other.normal[axis]).sum();
                    // A window in its wall keeps its frame.
                    agree > 0.999 && edge.finish == other.finish
                };
                let hidden = run.iter().enumerate().any(|(at, other)| at != number && joined(other));
                if let (false, Some(primitive)) = (hidden, self.primitives.get_mut(edge.finish as usize)) {
                    primitive.outline.extend(edge.vertices);
                }
            }
        }
        edges.clear();
        self.edges = edges;
    }
}

/// Upright faces in the lower part of a single tree.
fn is_trunk(object: &CityObject, geometry: &Geometry, face: &Face, up: f64) -> bool {
    if up.abs() > TRUNK_UP || object.class.name() != "SolitaryVegetationObject" {
        return false;
    }
    let heights = || geometry.points.iter().map(|point| point[2]);
    let (low, high) = (heights().fold(f64::INFINITY, f64::min), heights().fold(f64::NEG_INFINITY, f64::max));
    let top = geometry.face_rings(face).flatten().map(|point| point[2]).fold(f64::NEG_INFINITY, f64::max);
    top < low + TRUNK_SHARE * (high - low)
}

/// The points of a face, whose rings lie one after another, and the index of the first.
fn corners<'a>(geometry: &Geometry, placed: &'a [[f64; 3]], face: &Face) -> (u32, &'a [[f64; 3]]) {
    let ring_end =
        |ring: Option<u32>| ring.and_then(|ring| geometry.ring_ends.get(ring as usize)).copied().unwrap_or(0);
    let start = ring_end(face.first_ring.checked_sub(1));
    let end = ring_end(face.first_ring.saturating_add(face.ring_count).checked_sub(1));
    (start, placed.get(start as usize..end as usize).unwrap_or(&[]))
}

/// Unit normal of a ring; upwards in doubt.
fn newell(ring: &[[f64; 3]]) -> [f64; 3] {
    let mut sum = [0.0f64; 3];
    let Some(&last) = ring.last() else { return [0.0, 1.0, 0.0] };
    let origin = last;
    let mut before = [0.0; 3];
    for point in ring {
        let point = [point[0] - origin[0], point[1] - origin[1], point[2] - origin[2]];
        sum[0] += before[1] * point[2] - before[2] * point[1];
        sum[1] += before[2] * point[0] - before[0] * point[2];
        sum[2] += before[0] * point[1] - before[1] * point[0];
        before = point;
    }
    let length = (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]).sqrt();
    if length > 0.0 && length.is_finite() { sum.map(|value| value / length) } else { [0.0, 1.0, 0.0] }
}
