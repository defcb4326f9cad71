//! What lies between the buildings: roads, land use, the river; draped on the ground in small pieces.

use geo::{BooleanOps, Coord, LineString, MultiPolygon, Polygon, Rect};

use super::landscape::{HALF, RIVER_HALF, height, river_x, road_height, water_level, world};
use super::layout::{Street, Use};
use super::plane::{Spot, between};
use super::random::Random;
use super::solid::{Kind, Point, Surface, millimetres};
use super::town::Towns;

/// Land use has no smaller part, in m²: what streets leave of a field's corner belongs to nobody.
const LEAST_M2: f64 = 40.0;
/// Edge of the squares that land use is cut into, in metres.
const PIECE: f64 = 25.0;
/// Land use has no smaller face, in m².
const MIN_AREA_M2: f64 = 0.02;

/// Land of one use: ALKIS object type, name, usage code and its draped pieces.
pub struct Land {
    pub function: &'static str,
    pub usage: &'static str,
    pub name: &'static str,
    pub pieces: Vec<Vec<Point>>,
}

/// Point at a local position and height, in world millimetres.
pub fn point(spot: Spot, z: f64) -> Point {
    let [x, y] = world(spot);
    [millimetres(x), millimetres(y), millimetres(z)]
}

/// A strip along a street between two offsets from its axis (left positive, metres).
pub fn strip(street: &Street, right: f64, left: f64, lift: f64) -> Vec<Vec<Point>> {
    let points: Vec<Spot> = street
        .line
        .points
        .iter()
        .copied()
        .filter(|p| p[0].abs() <= HALF[0] && p[1].abs() <= HALF[1])
        .collect();
    let edge = |index: usize, offset: f64| {
        let (a, b) = (points[index.saturating_sub(1)], points[(index + 1).min(points.len() - 1)]);
        let length = (b[0] - a[0]).hypot(b[1] - a[1]).max(1e-9);
        let spot = points[index];
        let at = [spot[0] - (b[1] - a[1]) / length * offset, spot[1] + (b[0] - a[0]) / length * offset];
        point(at, road_height(at) + lift)
    };
    let quads =
        (1..points.len()).map(|i| vec![edge(i - 1, right), edge(i, right), edge(i, left), edge(i - 1, left)]);
    quads.flat_map(flatten).collect()
}

/// A quadrilateral as it is where it is plane within 2 mm, else as two triangles.
fn flatten(quad: Vec<Point>) -> Vec<Vec<Point>> {
    let (normal, _) = Surface::new(Kind::Ground, vec![quad.clone()]).normal_area();
    let away =
        |p: &Point| (0..3).map(|axis| normal[axis] * (p[axis] - quad[0][axis]) as f64).sum::<f64>().abs();
    if quad.iter().all(|p| away(p) <= 2.0) {
        return vec![quad];
    }
    vec![vec![quad[0], quad[1], quad[2]], vec![quad[0], quad[2], quad[3]]]
}

/// The river's surface, in strips that lie level from bank to bank.
pub fn water() -> Vec<Vec<Point>> {
    let rows: Vec<f64> = (0..=128).map(|row| -HALF[1] + f64::from(row) * HALF[1] / 64.0).collect();
    let bank = |y: f64, side: f64| point([river_x(y) + side * (RIVER_HALF + 1.2), y], water_level(y));
    rows.windows(2)
        .map(|y| vec![bank(y[0], -1.0), bank(y[0], 1.0), bank(y[1], 1.0), bank(y[1], -1.0)])
        .collect()
}

/// Land use over the whole area: town blocks, fields, forest, the river's meadows; nothing under water.
pub fn land(towns: &Towns, seed: u64) -> Vec<Land> {
    let wet = MultiPolygon::new(vec![river_band(RIVER_HALF + 1.0)]);
    let mut lands = Vec::new();
    let mut built = MultiPolygon::new(Vec::new());
    for block in &towns.blocks {
        let shape = MultiPolygon::new(vec![polygon(&block.ring)]);
        let (function, usage, name) = land_use(block.usage);
        lands.push(Land { function, usage, name, pieces: drape(&shape.difference(&wet)) });
        built = built.union(&shape);
    }
    let forest = MultiPolygon::new(vec![polygon(&forest_ring())]).difference(&built).difference(&wet);
    let meadow =
        MultiPolygon::new(vec![river_band(34.0)]).difference(&wet).difference(&built).difference(&forest);
    lands.push(Land {
        function: "43001",
        usage: "1020",
        name: "Auwiesen am Lohbach",
        pieces: drape(&clip(&meadow)),
    });
    lands.push(Land { function: "43002", usage: "1200", name: "Lohholz", pieces: drape(&clip(&forest)) });
    let used = built.union(&forest).union(&MultiPolygon::new(vec![river_band(34.0)]));
    let mut random = Random::new(seed, 2);
    for field in fields(&mut random) {
        let shape = clip(&MultiPolygon::new(vec![field]).difference(&used));
        let (usage, name) =
            random.pick(&[("1010", "Ackerland"), ("1010", "Ackerland"), ("1020", "Grünland")]);
        let pieces = drape(&shape);
        if !pieces.is_empty() {
            lands.push(Land { function: "43001", usage, name, pieces });
        }
    }
    lands
}

/// The forest's edge, local metres.
pub fn forest_ring() -> Vec<Spot> {
    vec![
        [-150.0, 640.0],
        [-185.0, 560.0],
        [-160.0, 470.0],
        [-105.0, 425.0],
        [-60.0, 440.0],
        [-42.0, 520.0],
        [-38.0, 640.0],
    ]
    .into_iter()
    .rev()
    .collect()
}

fn land_use(usage: Use) -> (&'static str, &'static str, &'static str) {
    match usage {
        Use::Core | Use::Market | Use::Church => ("41006", "2100", "Ortskern"),
        Use::Detached | Use::Rows | Use::Flats => ("41001", "1000", "Wohnbaufläche"),
        Use::School => ("41007", "1120", "Schule"),
        Use::FireStation => ("41007", "1170", "Feuerwehr und Wohnen"),
        Use::Industry => ("41002", "1700", "Gewerbegebiet"),
        Use::Farm => ("41006", "2700", "Hofstellen"),
        Use::Park => ("41008", "4420", "Grünanlage"),
        Use::Orchard => ("43001", "1050", "Streuobstwiese"),
    }
}

fn river_band(half: f64) -> Polygon {
    let rows: Vec<f64> = (0..=128).map(|row| -HALF[1] + f64::from(row) * HALF[1] / 64.0).collect();
    let right = rows.iter().map(|&y| [river_x(y) + half, y]);
    let left = rows.iter().rev().map(|&y| [river_x(y) - half, y]);
    polygon(&right.chain(left).collect::<Vec<_>>())
}

/// Long parcels, bent like the streets, in bands of differing depth.
fn fields(random: &mut Random) -> Vec<Polygon> {
    let mut parcels = Vec::new();
    let mut y = -HALF[1] - 200.0;
    while y < HALF[1] + 200.0 {
        let depth = random.range(110.0, 190.0);
        let mut x = -HALF[0] - 160.0;
        while x < HALF[0] + 160.0 {
            let width = random.range(55.0, 150.0);
            let corners = [[x, y], [x + width, y], [x + width, y + depth], [x, y + depth]];
            let ring: Vec<Spot> = (0..4)
                .flat_map(|i| {
                    (0..6).map(move |step| between(corners[i], corners[(i + 1) % 4], f64::from(step) / 6.0))
                })
                .map(|[x, y]| super::landscape::bend([x + 0.14 * y, y - 0.1 * x]))
                .collect();
            parcels.push(polygon(&ring));
            x += width;
        }
        y += depth;
    }
    parcels
}

fn polygon(ring: &[Spot]) -> Polygon {
    Polygon::new(LineString::new(ring.iter().map(|p| Coord { x: p[0], y: p[1] }).collect()), Vec::new())
}

fn clip(shape: &MultiPolygon) -> MultiPolygon {
    let frame = Rect::new(Coord { x: -HALF[0], y: -HALF[1] }, Coord { x: HALF[0], y: HALF[1] });
    shape.intersection(&frame.to_polygon())
}

/// Cuts a shape into pieces that follow the ground, counter-clockwise from above.
fn drape(shape: &MultiPolygon) -> Vec<Vec<Point>> {
    use geo::{Area, BoundingRect};
    let whole =
        MultiPolygon::new(shape.iter().filter(|part| part.unsigned_area() >= LEAST_M2).cloned().collect());
    let Some(bounds) = whole.bounding_rect() else {
        return Vec::new();
    };
    let mut pieces = Vec::new();
    let first = |low: f64| (low / PIECE).floor() as i64;
    for row in first(bounds.min().y)..=first(bounds.max().y) {
        for column in first(bounds.min().x)..=first(bounds.max().x) {
            let low = Coord { x: column as f64 * PIECE, y: row as f64 * PIECE };
            let cell = Rect::new(low, Coord { x: low.x + PIECE, y: low.y + PIECE }).to_polygon();
            for part in whole.intersection(&cell) {
                triangles(&part, &mut pieces);
            }
        }
    }
    pieces.iter_mut().for_each(without_repeats);
    pieces.retain(|ring| is_face(ring));
    pieces
}

/// Points that millimetres make the same.
fn without_repeats(ring: &mut Vec<Point>) {
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
}

/// Slivers, that cutting leaves, are none.
fn is_face(ring: &[Point]) -> bool {
    ring.len() >= 3 && Surface::new(Kind::Ground, vec![ring.to_vec()]).normal_area().1 > MIN_AREA_M2
}

fn triangles(part: &Polygon, pieces: &mut Vec<Vec<Point>>) {
    let mut corners: Vec<Spot> = Vec::new();
    let mut holes: Vec<u32> = Vec::new();
    for ring in std::iter::once(part.exterior()).chain(part.interiors()) {
        if !corners.is_empty() {
            holes.push(corners.len() as u32);
        }
        let open = ring.0.len().saturating_sub(1);
        corners.extend(ring.0.iter().take(open).map(|c| [c.x, c.y]));
    }
    let placed: Vec<Point> = corners.iter().map(|&spot| point(spot, height(spot) + 0.02)).collect();
    if placed.len() == 4 && holes.is_empty() {
        let faces = flatten(upward(placed.clone()));
        // A hollow corner would turn one of two triangles over.
        if faces.iter().all(|face| upward(face.clone()) == *face) {
            pieces.extend(faces);
            return;
        }
    }
    let mut indices: Vec<u32> = Vec::new();
    earcut::Earcut::new().earcut(corners.iter().copied(), &holes, &mut indices);
    for three in indices.chunks_exact(3) {
        let ring: Vec<Point> =
            three.iter().filter_map(|&index| placed.get(index as usize).copied()).collect();
        pieces.push(upward(ring));
    }
}

fn upward(mut ring: Vec<Point>) -> Vec<Point> {
    if Surface::new(Kind::Ground, vec![ring.clone()]).normal_area().0[2] < 0.0 {
        ring.reverse();
    }
    ring
}
