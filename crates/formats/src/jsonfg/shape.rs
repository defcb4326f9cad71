//! Geometries of `place`, as JSON-FG writes them.

use std::io::Write;

use super::frame::PlaceFrame;
use stadtwin_model::Footprint;

/// Closed rings `[east, north, up]`, the exterior first.
pub type Polygon3 = Vec<Vec<[f64; 3]>>;
/// Shells, the exterior one first; faces look away from the matter of the solid.
pub type Solid = Vec<Vec<Polygon3>>;

/// A base that is drawn upwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Prism {
    /// Closed rings, exteriors counter-clockwise.
    pub base: Footprint,
    /// In the height system of `place` [m].
    pub lower: f64,
    pub upper: f64,
}

/// What stands for a feature in space.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Shape {
    #[default]
    Nothing,
    Solids(Vec<Solid>),
    Prisms(Vec<Prism>),
    Faces(Vec<Polygon3>),
    Lines(Vec<Vec<[f64; 3]>>),
    Points(Vec<[f64; 3]>),
    /// Where heights cannot be named.
    Outline(Footprint),
}

impl Shape {
    /// 0 of points, 1 of lines, 2 of areas, 3 of solids.
    pub fn dimension(&self) -> Option<u8> {
        match self {
            Shape::Nothing => None,
            Shape::Points(_) => Some(0),
            Shape::Lines(_) => Some(1),
            Shape::Faces(_) | Shape::Outline(_) => Some(2),
            Shape::Solids(_) | Shape::Prisms(_) => Some(3),
        }
    }

    /// Whether it is no more than GeoJSON knows.
    pub(super) fn is_simple(&self) -> bool {
        !matches!(self, Shape::Solids(_) | Shape::Prisms(_))
    }

    /// Calls `convert` with every run of points. A prism stays upright: its heights go where those of its first corner
    /// go.
    pub fn convert<E>(&mut self, mut convert: impl FnMut(&mut [[f64; 3]]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Shape::Nothing => Ok(()),
            Shape::Outline(footprint) => flat(footprint, &mut convert),
            Shape::Prisms(prisms) => prisms.iter_mut().try_for_each(|prism| {
                if let Some([x, y]) = prism.base.iter().flatten().flatten().next() {
                    let mut heights = [[*x, *y, prism.lower], [*x, *y, prism.upper]];
                    convert(&mut heights)?;
                    [prism.lower, prism.upper] = heights.map(|[_, _, height]| height);
                }
                flat(&mut prism.base, &mut convert)
            }),
            Shape::Solids(solids) => {
                solids.iter_mut().flatten().flatten().flatten().try_for_each(|ring| convert(ring))
            }
            Shape::Faces(faces) => faces.iter_mut().flatten().try_for_each(|ring| convert(ring)),
            Shape::Lines(lines) => lines.iter_mut().try_for_each(|line| convert(line)),
            Shape::Points(points) => convert(points),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>, frame: &PlaceFrame) {
        let point = |out: &mut Vec<u8>, point: &[f64; 3]| write_point(out, point, frame);
        let ring = |out: &mut Vec<u8>, ring: &Vec<[f64; 3]>| write_list(out, ring, point);
        let polygon = |out: &mut Vec<u8>, polygon: &Polygon3| write_list(out, polygon, ring);
        let solid = |out: &mut Vec<u8>, solid: &Solid| {
            write_list(out, solid, |out, shell| write_list(out, shell, polygon));
        };
        match self {
            Shape::Nothing => out.extend_from_slice(b"null"),
            Shape::Solids(solids) => match solids.as_slice() {
                [single] => write_typed(out, "Polyhedron", |out| solid(out, single)),
                several => write_typed(out, "MultiPolyhedron", |out| write_list(out, several, solid)),
            },
            Shape::Prisms(prisms) => match prisms.as_slice() {
                [single] => write_prism(out, single, frame),
                several => {
                    out.extend_from_slice(b"{\"type\":\"MultiPrism\",\"prisms\":");
                    write_list(out, several, |out, prism| write_prism(out, prism, frame));
                    out.push(b'}');
                }
            },
            Shape::Faces(faces) => write_typed(out, "MultiPolygon", |out| write_list(out, faces, polygon)),
            Shape::Lines(lines) => write_typed(out, "MultiLineString", |out| write_list(out, lines, ring)),
            Shape::Points(points) => write_typed(out, "MultiPoint", |out| write_list(out, points, point)),
            Shape::Outline(footprint) => write_footprint(out, footprint, frame),
        }
    }
}

fn flat<E>(
    footprint: &mut Footprint,
    convert: &mut impl FnMut(&mut [[f64; 3]]) -> Result<(), E>,
) -> Result<(), E> {
    footprint.iter_mut().flatten().try_for_each(|ring| {
        let mut points: Vec<_> = ring.iter().map(|[x, y]| [*x, *y, 0.0]).collect();
        convert(&mut points)?;
        ring.iter_mut().zip(points).for_each(|(old, [x, y, _])| *old = [x, y]);
        Ok(())
    })
}

fn write_typed(out: &mut Vec<u8>, name: &str, coordinates: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\",\"coordinates\":");
    coordinates(out);
    out.push(b'}');
}

fn write_prism(out: &mut Vec<u8>, prism: &Prism, frame: &PlaceFrame) {
    out.extend_from_slice(b"{\"type\":\"Prism\",\"base\":");
    write_footprint(out, &prism.base, frame);
    out.extend_from_slice(b",\"lower\":");
    write_number(out, prism.lower, 3);
    out.extend_from_slice(b",\"upper\":");
    write_number(out, prism.upper, 3);
    out.push(b'}');
}

fn write_footprint(out: &mut Vec<u8>, footprint: &Footprint, frame: &PlaceFrame) {
    let flat = PlaceFrame { has_heights: false, ..frame.clone() };
    let point = |out: &mut Vec<u8>, [x, y]: &[f64; 2]| write_point(out, &[*x, *y, 0.0], &flat);
    let polygon = |out: &mut Vec<u8>, rings: &Vec<Vec<[f64; 2]>>| {
        write_list(out, rings, |out, ring| write_list(out, ring, point));
    };
    match footprint.as_slice() {
        [single] => write_typed(out, "Polygon", |out| polygon(out, single)),
        several => write_typed(out, "MultiPolygon", |out| write_list(out, several, polygon)),
    }
}

fn write_point(out: &mut Vec<u8>, [x, y, z]: &[f64; 3], frame: &PlaceFrame) {
    out.push(b'[');
    write_number(out, *x, frame.decimals);
    out.push(b',');
    write_number(out, *y, frame.decimals);
    if frame.has_heights {
        out.push(b',');
        write_number(out, *z, 3);
    }
    out.push(b']');
}

fn write_list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// Without zeros at the end, and without `-0`.
fn write_number(out: &mut Vec<u8>, value: f64, decimals: usize) {
    let start = out.len();
    // Writing into a vector cannot fail.
    let _ = write!(out, "{value:.decimals$}");
    while out.last() == Some(&b'0') {
        out.pop();
    }
    if out.last() == Some(&b'.') {
        out.pop();
    }
    if out.get(start..) == Some(b"-0") {
        out.remove(start);
    }
}
