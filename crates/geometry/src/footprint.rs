//! The outline of an object on the ground.

use std::sync::OnceLock;

use geo::algorithm::bool_ops::{BooleanOps, FillRule, unary_union};
use geo::{ConvexHull, Coord, LineString, MultiPoint};

use super::measure::{norm, ring_area_2d, ring_vector};
use stadtwin_model::{CityObject, ClassId, Face, Geometry, GeometryKind, Lod, class_by_name};

/// Closed rings `[east, north]`: the exterior counter-clockwise, then the holes clockwise.
pub type Polygon = Vec<Vec<[f64; 2]>>;

/// More faces than this are not united: the convex hull of their points stands for them.
const MAX_FACES: usize = 20_000;
/// Nor are larger ones: on the union's grid of whole numbers their details would fall together, and it would not end.
const MAX_EXTENT: f64 = 100_000.0;
/// Smaller pieces are left out [m²].
const MIN_AREA: f64 = 0.01;
/// A face whose plan is a smaller part of its area than this is a wall.
const MIN_FLATNESS: f64 = 0.02;
/// A corner at which a ring comes back nearer to itself than this is a flaw of the data [m].
const SPIKE_WIDTH: f64 = 0.005;
/// Longer rings are cleaned by the union at once instead of testing every pair of edges.
const MAX_SIMPLE_TEST: usize = 48;
/// Farther than any projected coordinate [m].
const MAX_COORDINATE: f64 = 1e9;

/// Footprint in the CRS of the object, a union without overlaps; empty when the object has no faces in plan.
///
/// The first of these that exists: GroundSurfaces of the object and its parts, at the highest LoD up to 3;
/// `lod0FootPrint` or other LoD0 faces; `lod0RoofEdge`; all faces that are not vertical, of the object and its parts,
/// else of all its children. Beyond 20,000 faces or 100 km the convex hull stands for the union.
pub fn footprint(object: &CityObject) -> Vec<Polygon> {
    let object = &*object.placed();
    let whole = object_and_parts(object);
    let choices: [fn(&Geometry) -> bool; 2] = [
        |geometry| geometry.lod.0 < 10 && geometry.role != "lod0RoofEdge",
        |geometry| geometry.role == "lod0RoofEdge",
    ];
    let grounds = whole.iter().flat_map(|part| ground_faces(part)).collect();
    let mut found = unite(grounds);
    for choice in choices {
        if found.is_empty() {
            found = unite(whole.iter().flat_map(|part| flat_faces(part, choice)).collect());
        }
    }
    if found.is_empty() {
        found = unite(whole.iter().flat_map(|part| best_flat_faces(part)).collect());
    }
    if found.is_empty() && !object.children.is_empty() {
        found = unite(object.walk().into_iter().flat_map(best_flat_faces).collect());
    }
    found
}

/// The object and the parts it is made of, but not its rooms and furniture.
pub fn object_and_parts(object: &CityObject) -> Vec<&CityObject> {
    let mut parts = vec![object];
    let mut next = 0;
    while let Some(part) = parts.get(next).copied() {
        parts.extend(part.children.iter().filter(|child| child.class.name().ends_with("Part")));
        next += 1;
    }
    parts
}

type FaceOf<'a> = (&'a Geometry, &'a Face);

/// GroundSurface faces of the geometry that has most of them at the highest LoD up to 3 (else at LoD4): the same
/// surfaces may come as a solid and once more as a multi-surface.
fn ground_faces(object: &CityObject) -> Vec<FaceOf<'_>> {
    static GROUND: OnceLock<Option<ClassId>> = OnceLock::new();
    let Some(ground) = *GROUND.get_or_init(|| class_by_name("GroundSurface")) else {
        return Vec::new();
    };
    let of = |geometry: &Geometry, face: &Face| {
        geometry.surface_of(face).is_some_and(|surface| surface.class == ground)
    };
    let count = |geometry: &Geometry| geometry.faces.iter().filter(|face| of(geometry, face)).count();
    let counted = object.geometries.iter().map(|geometry| (rank(geometry.lod), count(geometry), geometry));
    let best = counted.filter(|(_, count, _)| *count > 0).max_by_key(|(rank, count, _)| (*rank, *count));
    let Some((_, _, geometry)) = best else {
        return Vec::new();
    };
    geometry.faces.iter().filter(|face| of(geometry, face)).map(|face| (geometry, face)).collect()
}

/// Higher is better: LoD3.x … LoD0, then LoD4, which brings the inside along.
fn rank(lod: Lod) -> u8 {
    if lod.0 < 40 { lod.0 + 1 } else { 0 }
}

fn flat_faces(object: &CityObject, choice: fn(&Geometry) -> bool) -> Vec<FaceOf<'_>> {
    let chosen = object.geometries.iter().filter(|geometry| choice(geometry));
    chosen.flat_map(|geometry| geometry.faces.iter().map(move |face| (geometry, face))).collect()
}

/// All faces at the best LoD. Of a solid the downward ones do when they cover as much as the upward ones.
fn best_flat_faces(object: &CityObject) -> Vec<FaceOf<'_>> {
    let with_faces = || object.geometries.iter().filter(|geometry| !geometry.faces.is_empty());
    let Some(best) = with_faces().map(|geometry| rank(geometry.lod)).max() else {
        return Vec::new();
    };
    with_faces().filter(|geometry| rank(geometry.lod) == best).flat_map(one_side).collect()
}

fn one_side(geometry: &Geometry) -> Vec<FaceOf<'_>> {
    let all = || geometry.faces.iter().map(|face| (geometry, face)).collect();
    if geometry.kind != GeometryKind::Solid {
        return all();
    }
    let plan = |face: &&Face| ring_vector(geometry.ring(face.first_ring))[2];
    let (mut up, mut down) = (0.0, 0.0);
    for face in &geometry.faces {
        let area = plan(&face);
        *if area > 0.0 { &mut up } else { &mut down } += area;
    }
    if up > 0.0 && (up + down).abs() <= 1e-6 * up {
        return geometry.faces.iter().filter(|face| plan(face) < 0.0).map(|face| (geometry, face)).collect();
    }
    all()
}

fn unite(faces: Vec<FaceOf<'_>>) -> Vec<Polygon> {
    if faces.len() > MAX_FACES {
        return hull(&faces);
    }
    let polygons: Vec<Polygon> =
        faces.into_iter().filter_map(|(geometry, face)| plan(geometry, face)).collect();
    let simple = polygons.iter().all(is_simple);
    if simple && boxes_are_apart(&polygons) {
        return polygons;
    }
    if extent(&polygons) > MAX_EXTENT {
        return hull_of(polygons.iter().flatten().flatten().copied());
    }
    union(&polygons)
}

/// A face seen from above; `None` for walls, slivers and points that are no numbers.
fn plan(geometry: &Geometry, face: &Face) -> Option<Polygon> {
    let vector = ring_vector(geometry.ring(face.first_ring));
    // Not-a-number fails both comparisons.
    if !(vector[2].abs() >= MIN_AREA && vector[2].abs() >= MIN_FLATNESS * norm(vector)) {
        return None;
    }
    let mut polygon = Vec::with_capacity(face.ring_count as usize);
    for (index, ring) in geometry.face_rings(face).enumerate() {
        let mut closed: Vec<[f64; 2]> = Vec::with_capacity(ring.len() + 1);
        closed.extend(ring.iter().map(|point| [point[0], point[1]]));
        closed.dedup();
        if !closed.iter().flatten().all(|value| value.abs() <= MAX_COORDINATE) {
            return None;
        }
        match closed.first().copied() {
            Some(first) if closed.len() >= 3 => {
                if closed.last() != Some(&first) {
                    closed.push(first);
                }
            }
            _ if index == 0 => return None,
            _ => continue,
        }
        orient(&mut closed, index == 0);
        polygon.push(closed);
    }
    Some(polygon)
}

fn orient(ring: &mut [[f64; 2]], counter_clockwise: bool) {
    if (ring_area_2d(ring) > 0.0) != counter_clockwise {
        ring.reverse();
    }
}

/// No edge of a ring meets another one but at the corner they share. Rings are not compared with each other.
fn is_simple(polygon: &Polygon) -> bool {
    polygon.iter().all(|ring| ring.len() <= MAX_SIMPLE_TEST && ring_is_simple(ring))
}

fn ring_is_simple(ring: &[[f64; 2]]) -> bool {
    let edges: Vec<_> = ring.windows(2).map(|pair| (pair[0], pair[1])).collect();
    for (i, first) in edges.iter().enumerate() {
        for (j, second) in edges.iter().enumerate().skip(i + 1) {
            let neighbours = j == i + 1 || (i == 0 && j + 1 == edges.len());
            if if neighbours { folds_back(*first, *second) } else { meet(*first, *second) } {
                return false;
            }
        }
    }
    true
}

type Edge = ([f64; 2], [f64; 2]);

fn side(edge: Edge, point: [f64; 2]) -> f64 {
    let (a, b) = edge;
    (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
}

/// Neighbours on one line running back over each other.
fn folds_back(first: Edge, second: Edge) -> bool {
    let (a, b) = if first.1 == second.0 { (first, second) } else { (second, first) };
    let forward = (a.1[0] - a.0[0]) * (b.1[0] - b.0[0]) + (a.1[1] - a.0[1]) * (b.1[1] - b.0[1]);
    side(a, b.1) == 0.0 && forward < 0.0
}

fn meet(first: Edge, second: Edge) -> bool {
    for axis in 0..2 {
        let (a, b) = (first.0[axis].min(first.1[axis]), first.0[axis].max(first.1[axis]));
        let (c, d) = (second.0[axis].min(second.1[axis]), second.0[axis].max(second.1[axis]));
        if b < c || d < a {
            return false;
        }
    }
    side(first, second.0) * side(first, second.1) <= 0.0
        && side(second, first.0) * side(second, first.1) <= 0.0
}

fn boxes_are_apart(polygons: &[Polygon]) -> bool {
    if polygons.len() > MAX_SIMPLE_TEST {
        return false;
    }
    let boxes: Vec<[f64; 4]> = polygons.iter().map(bounds).collect();
    boxes.iter().enumerate().all(|(index, a)| {
        boxes.iter().skip(index + 1).all(|b| a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1])
    })
}

fn bounds(polygon: &Polygon) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    polygon
        .iter()
        .flatten()
        .fold(start, |b, p| [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])])
}

/// The longer side of the box around all [m].
fn extent(polygons: &[Polygon]) -> f64 {
    let all = polygons
        .iter()
        .map(bounds)
        .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    all.map_or(0.0, |[west, south, east, north]| (east - west).max(north - south))
}

fn union(polygons: &[Polygon]) -> Vec<Polygon> {
    let Some(&origin) = polygons.first().and_then(|polygon| polygon.first()?.first()) else {
        return Vec::new();
    };
    let shapes: Vec<geo::Polygon> = polygons.iter().flat_map(|polygon| to_geo(polygon, origin)).collect();
    unary_union(&shapes).iter().filter_map(|polygon| from_geo(polygon, origin)).collect()
}

/// Near the origin the grid on which the union computes is finest. Crossed rings come out as several simple ones.
fn to_geo(polygon: &Polygon, origin: [f64; 2]) -> Vec<geo::Polygon> {
    let local = |ring: &Vec<[f64; 2]>| {
        LineString::from_iter(ring.iter().map(|p| (p[0] - origin[0], p[1] - origin[1])))
    };
    let mut rings = polygon.iter().map(local);
    let Some(exterior) = rings.next() else {
        return Vec::new();
    };
    let shape = geo::Polygon::new(exterior, rings.collect());
    if is_simple(polygon) {
        return vec![shape];
    }
    // Even-odd: what a crossed ring encloses once, whichever way round.
    shape.union_with_fill_rule(&geo::MultiPolygon::new(Vec::new()), FillRule::EvenOdd).0
}

fn from_geo(polygon: &geo::Polygon, origin: [f64; 2]) -> Option<Polygon> {
    let ring = |line: &LineString, exterior: bool| {
        let mut ring: Vec<_> = line.coords().map(|at| [at.x, at.y]).collect();
        drop_spikes(&mut ring);
        ring.iter_mut().for_each(|at| *at = [at[0] + origin[0], at[1] + origin[1]]);
        orient(&mut ring, exterior);
        (ring.len() >= 4 && ring_area_2d(&ring).abs() >= MIN_AREA).then_some(ring)
    };
    let exterior = ring(polygon.exterior(), true)?;
    let holes = polygon.interiors().iter().filter_map(|hole| ring(hole, false));
    Some(std::iter::once(exterior).chain(holes).collect())
}

/// Takes out corners of a closed ring at which it runs back along itself: where parts touch along edges that differ by
/// a rounded millimetre, the union leaves such cracks.
fn drop_spikes(ring: &mut Vec<[f64; 2]>) {
    ring.pop();
    let mut index = 0;
    let mut unchanged = 0;
    while ring.len() > 3 && unchanged < ring.len() {
        index %= ring.len();
        let (before, after) = ((index + ring.len() - 1) % ring.len(), (index + 1) % ring.len());
        if is_spike(ring[before], ring[index], ring[after]) {
            ring.remove(index);
            // The corner before may have become one.
            index = index.saturating_sub(2);
            unchanged = 0;
        } else {
            index += 1;
            unchanged += 1;
        }
    }
    ring.extend(ring.first().copied());
}

/// Whether the way from `a` over `b` to `c` turns back with less than `SPIKE_WIDTH` between there and back.
fn is_spike(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> bool {
    let there = [b[0] - a[0], b[1] - a[1]];
    let back = [c[0] - b[0], c[1] - b[1]];
    let longer = there[0].hypot(there[1]).max(back[0].hypot(back[1]));
    let forward = there[0] * back[0] + there[1] * back[1];
    forward < 0.0 && (there[0] * back[1] - there[1] * back[0]).abs() < SPIKE_WIDTH * longer
}

fn hull(faces: &[FaceOf<'_>]) -> Vec<Polygon> {
    let points = faces.iter().flat_map(|(geometry, face)| geometry.ring(face.first_ring));
    let usable = points.filter(|point| point[0].abs() <= MAX_COORDINATE && point[1].abs() <= MAX_COORDINATE);
    hull_of(usable.map(|point| [point[0], point[1]]))
}

fn hull_of(points: impl Iterator<Item = [f64; 2]>) -> Vec<Polygon> {
    let points: MultiPoint = points.map(|[x, y]| geo::Point::from(Coord { x, y })).collect();
    from_geo(&points.convex_hull(), [0.0, 0.0]).into_iter().collect()
}

#[cfg(test)]
#[path = "footprint_tests.rs"]
mod tests;
