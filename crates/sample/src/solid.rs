//! Closed solids of buildings in whole millimetres; knows walls, roofs and grounds, not towns.

/// Easting, northing, height in millimetres.
pub type Point = [i64; 3];

/// What a surface of a building is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ground,
    Wall,
    Roof,
    Ceiling,
}

impl Kind {
    /// The CityGML 2.0 class name.
    pub fn class(self) -> &'static str {
        match self {
            Kind::Ground => "GroundSurface",
            Kind::Wall => "WallSurface",
            Kind::Roof => "RoofSurface",
            Kind::Ceiling => "OuterCeilingSurface",
        }
    }
}

/// A door or window lying flush in its wall; open ring, counter-clockwise from outside.
#[derive(Clone, Debug)]
pub struct Opening {
    pub door: bool,
    pub ring: Vec<Point>,
}

/// One planar polygon; open rings, the first counter-clockwise from outside, holes clockwise.
#[derive(Clone, Debug)]
pub struct Surface {
    pub kind: Kind,
    pub rings: Vec<Vec<Point>>,
    pub openings: Vec<Opening>,
}

impl Surface {
    /// A surface without openings.
    pub fn new(kind: Kind, rings: Vec<Vec<Point>>) -> Surface {
        Surface { kind, rings, openings: Vec::new() }
    }

    /// Unit normal and area in m² (Newell), holes taken off.
    pub fn normal_area(&self) -> ([f64; 3], f64) {
        let mut sum = [0.0; 3];
        for ring in &self.rings {
            let part = newell(ring);
            for axis in 0..3 {
                sum[axis] += part[axis];
            }
        }
        let length = (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]).sqrt();
        if length == 0.0 {
            return ([0.0; 3], 0.0);
        }
        (sum.map(|part| part / length), length / 2.0)
    }

    /// Lowest and highest point in millimetres.
    pub fn z_range(&self) -> (i64, i64) {
        let heights = || self.rings.iter().flatten().map(|point| point[2]);
        (heights().min().unwrap_or(0), heights().max().unwrap_or(0))
    }
}

fn newell(ring: &[Point]) -> [f64; 3] {
    let Some(first) = ring.first() else {
        return [0.0; 3];
    };
    let local = |point: &Point| [0, 1, 2].map(|axis| (point[axis] - first[axis]) as f64 / 1000.0);
    let mut sum = [0.0; 3];
    for (index, point) in ring.iter().enumerate() {
        let (a, b) = (local(point), local(&ring[(index + 1) % ring.len()]));
        sum[0] += (a[1] - b[1]) * (a[2] + b[2]);
        sum[1] += (a[2] - b[2]) * (a[0] + b[0]);
        sum[2] += (a[0] - b[0]) * (a[1] + b[1]);
    }
    sum
}

/// A closed outer shell.
#[derive(Clone, Debug, Default)]
pub struct Solid {
    pub surfaces: Vec<Surface>,
}

impl Solid {
    /// Enclosed volume in m³ by the divergence theorem; positive when the surfaces look outward.
    pub fn volume_m3(&self) -> f64 {
        let Some(base) = self.surfaces.first().and_then(|surface| surface.rings.first()?.first()) else {
            return 0.0;
        };
        let shifted = |ring: &Vec<Point>| {
            ring.iter().map(|p| [p[0] - base[0], p[1] - base[1], p[2] - base[2]]).collect::<Vec<_>>()
        };
        let mut six = 0.0;
        let openings =
            self.surfaces.iter().flat_map(|surface| surface.openings.iter().map(|opening| &opening.ring));
        for ring in self.surfaces.iter().flat_map(|surface| &surface.rings).chain(openings) {
            let ring = shifted(ring);
            let (normal, at) = (newell(&ring), ring.first().copied().unwrap_or_default());
            six += (0..3).map(|axis| normal[axis] * at[axis] as f64 / 1000.0).sum::<f64>();
        }
        six / 6.0
    }

    /// Lowest and highest point in millimetres.
    pub fn z_range(&self) -> (i64, i64) {
        let ranges = || self.surfaces.iter().map(Surface::z_range);
        (ranges().map(|range| range.0).min().unwrap_or(0), ranges().map(|range| range.1).max().unwrap_or(0))
    }
}

/// A local plan frame in metres: u along, v to the left of u.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    origin: [f64; 2],
    cos: f64,
    sin: f64,
}

impl Frame {
    /// A frame at a world position (m) turned by an angle (rad, counter-clockwise from east).
    pub fn new(origin: [f64; 2], angle: f64) -> Frame {
        Frame { origin, cos: angle.cos(), sin: angle.sin() }
    }

    /// World position in metres.
    pub fn at(&self, u: f64, v: f64) -> [f64; 2] {
        [self.origin[0] + self.cos * u - self.sin * v, self.origin[1] + self.sin * u + self.cos * v]
    }

    /// World point in millimetres.
    pub fn point(&self, u: f64, v: f64, z: f64) -> Point {
        let [x, y] = self.at(u, v);
        [millimetres(x), millimetres(y), millimetres(z)]
    }

    /// The same frame with another origin, given in its own coordinates.
    pub fn moved(&self, u: f64, v: f64) -> Frame {
        Frame { origin: self.at(u, v), ..*self }
    }

    /// Quarter turn for a `width` wide rectangle: its depth becomes the new u.
    pub fn turned(&self, width: f64) -> Frame {
        Frame { origin: self.at(width, 0.0), cos: -self.sin, sin: self.cos }
    }
}

/// Metres to whole millimetres.
pub fn millimetres(metres: f64) -> i64 {
    (metres * 1000.0).round() as i64
}

/// Rings of (u, v, z) in metres, counter-clockwise from above, the first being the outer one.
pub type RoofFace = Vec<Vec<[f64; 3]>>;

/// Sets a roof on walls over a plan: outer ring counter-clockwise, holes clockwise, all in frame metres.
pub fn stand(frame: &Frame, rings: &[Vec<[f64; 2]>], roof: &[RoofFace], base: f64) -> Solid {
    let ground =
        rings.iter().map(|ring| ring.iter().rev().map(|p| frame.point(p[0], p[1], base)).collect()).collect();
    let mut surfaces = vec![Surface::new(Kind::Ground, ground)];
    for ring in rings {
        for (index, from) in ring.iter().enumerate() {
            let to = ring[(index + 1) % ring.len()];
            surfaces.push(wall(frame, *from, to, roof, base));
        }
    }
    for face in roof {
        let rings =
            face.iter().map(|ring| ring.iter().map(|p| frame.point(p[0], p[1], p[2])).collect()).collect();
        surfaces.push(Surface::new(Kind::Roof, rings));
    }
    Solid { surfaces }
}

/// The wall under every roof corner that lies above the plan edge.
fn wall(frame: &Frame, from: [f64; 2], to: [f64; 2], roof: &[RoofFace], base: f64) -> Surface {
    let (du, dv) = (to[0] - from[0], to[1] - from[1]);
    let length = du.hypot(dv);
    let mut top: Vec<(f64, Point)> = Vec::new();
    for corner in roof.iter().flatten().flatten() {
        let (u, v) = (corner[0] - from[0], corner[1] - from[1]);
        let along = (u * du + v * dv) / length;
        let aside = (u * dv - v * du) / length;
        if aside.abs() < 1e-6 && (-1e-6..=length + 1e-6).contains(&along) {
            top.push((along, frame.point(corner[0], corner[1], corner[2])));
        }
    }
    top.sort_by(|a, b| b.0.total_cmp(&a.0));
    top.dedup_by_key(|corner| corner.1);
    let mut ring = vec![frame.point(from[0], from[1], base), frame.point(to[0], to[1], base)];
    ring.extend(top.into_iter().map(|corner| corner.1));
    Surface::new(Kind::Wall, vec![ring])
}
