//! Where an object without faces is.

use super::{CityObject, GeometryKind};

/// What stands for an object that has no area: lines before points, `[east, north]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Place {
    #[default]
    Nothing,
    Lines(Vec<Vec<[f64; 2]>>),
    Points(Vec<[f64; 2]>),
}

impl Place {
    /// Of an object and all below it; nothing where there are faces. Places of addresses do not count.
    pub fn of(object: &CityObject) -> Place {
        let object = &*object.placed();
        let geometries = || object.walk().into_iter().flat_map(|part| &part.geometries);
        if geometries().any(|geometry| !geometry.faces.is_empty()) {
            return Place::Nothing;
        }
        let (mut lines, mut points) = (Vec::new(), Vec::new());
        for geometry in geometries().filter(|geometry| !geometry.role.starts_with("address")) {
            let flat = |points: &[[f64; 3]]| points.iter().map(|[east, north, _]| [*east, *north]).collect();
            match geometry.kind {
                GeometryKind::MultiCurve => {
                    let rings = (0..geometry.ring_ends.len() as u32).map(|index| geometry.ring(index));
                    lines.extend(rings.filter(|line| line.len() > 1).map(flat));
                }
                GeometryKind::MultiPoint => points.extend(flat(&geometry.points)),
                _ => {}
            }
        }
        match (lines.is_empty(), points.is_empty()) {
            (false, _) => Place::Lines(lines),
            (true, false) => Place::Points(points),
            (true, true) => Place::Nothing,
        }
    }

    /// All runs of points.
    pub fn runs(&self) -> impl Iterator<Item = &[[f64; 2]]> {
        let (lines, points): (&[Vec<_>], &[_]) = match self {
            Place::Nothing => (&[], &[]),
            Place::Lines(lines) => (lines, &[]),
            Place::Points(points) => (&[], points),
        };
        lines.iter().map(Vec::as_slice).chain(std::iter::once(points))
    }

    pub fn runs_mut(&mut self) -> impl Iterator<Item = &mut [[f64; 2]]> {
        let (lines, points): (&mut [Vec<_>], &mut [_]) = match self {
            Place::Nothing => (&mut [], &mut []),
            Place::Lines(lines) => (lines, &mut []),
            Place::Points(points) => (&mut [], points),
        };
        lines.iter_mut().map(Vec::as_mut_slice).chain(std::iter::once(points))
    }
}
