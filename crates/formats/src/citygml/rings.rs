//! Coordinates: position lists of every spelling, and the rings of a face.

use super::gather::FaceRef;
use super::member::Reader;
use super::tree::Element;
use super::words::Word;
use crate::numbers::numbers;
use stadtwin_model::Severity;

/// The rings of one face, one after another.
#[derive(Default)]
pub struct FaceRings {
    points: Vec<[f64; 3]>,
    /// Where each ring ends among the points.
    ends: Vec<usize>,
    /// The element of each ring.
    pub elements: Vec<u32>,
}

impl FaceRings {
    fn clear(&mut self) {
        self.points.clear();
        self.ends.clear();
        self.elements.clear();
    }

    pub fn rings(&self) -> impl Iterator<Item = &[[f64; 3]]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.points.get(start..*end).unwrap_or_default())
    }
}

impl<'t, 'a> Reader<'t, 'a> {
    /// Puts the rings of a polygon into `into`, exterior first, each open; `false` when there is no exterior to use.
    pub fn rings(&mut self, face: FaceRef, into: &mut FaceRings) -> bool {
        into.clear();
        let Some(polygon) = self.tree.element(face.node) else { return false };
        if polygon.is_own() {
            self.polygons_read.insert(face.node);
        }
        for boundary in polygon.children() {
            let exterior = match boundary.word() {
                Word::Exterior | Word::OuterBoundaryIs => true,
                Word::Interior | Word::InnerBoundaryIs => false,
                _ => continue,
            };
            for ring in boundary.children() {
                let start = into.points.len();
                if self.ring(ring, &mut into.points) {
                    if face.reversed {
                        into.points.get_mut(start..).unwrap_or_default().reverse();
                    }
                    into.ends.push(into.points.len());
                    into.elements.push(ring.index);
                } else if exterior {
                    let message = "the exterior ring of a polygon cannot be used; the polygon is left out";
                    self.tell(polygon, "face_dropped", Severity::Error, message.to_owned());
                    return false;
                } else {
                    into.points.truncate(start);
                }
            }
        }
        if into.ends.is_empty() {
            let message = "a polygon has no ring and is left out";
            self.tell(polygon, "face_dropped", Severity::Error, message.to_owned());
        }
        !into.ends.is_empty()
    }

    /// Appends the points of a ring; `false` (with an issue) when it cannot be used.
    fn ring(&mut self, ring: Element<'t, 'a>, out: &mut Vec<[f64; 3]>) -> bool {
        let start = out.len();
        if !self.positions(ring, out, 0) {
            return false;
        }
        let points = out.get(start..).unwrap_or_default();
        let closed = points.len() > 1 && points.first() == points.last();
        if closed {
            // Rings come closed in GML and are open in the model.
            out.pop();
        }
        let points = out.get(start..).unwrap_or_default();
        if !has_three_different(points) {
            let message =
                format!("a ring has {} points and fewer than 3 different ones; it is left out", points.len());
            self.tell(ring, "ring_too_short", Severity::Error, message);
            return false;
        }
        if !closed {
            let message = "the last point of a ring is not its first; the ring is closed by a straight line";
            self.tell(ring, "ring_unclosed", Severity::Warning, message.to_owned());
        }
        true
    }

    /// Appends all positions below the element in order; `false` (with an issue) when one cannot be read.
    pub fn positions(&mut self, element: Element<'t, 'a>, out: &mut Vec<[f64; 3]>, depth: usize) -> bool {
        let start = out.len();
        match element.word() {
            Word::PosList | Word::Coordinates | Word::Pos => return self.position_list(element, out),
            Word::Coord => return self.old_coordinate(element, out),
            Word::Arc
            | Word::ArcString
            | Word::Circle
            | Word::ArcByBulge
            | Word::ArcStringByBulge
            | Word::CubicSpline
            | Word::BSpline
            | Word::Bezier => {
                let message = "a bent curve is taken as straight lines between its control points";
                self.tell(element, "curve_straightened", Severity::Warning, message.to_owned());
            }
            _ => {}
        }
        if element.first_child().is_none() && element.raw_attribute(b"href").is_some() && depth < 16 {
            return match self.follow(element) {
                Some(target) => self.positions(target, out, depth + 1),
                None => false,
            };
        }
        for child in element
            .children()
            .filter(|child| !matches!(child.word(), Word::Name | Word::Description | Word::MetaDataProperty))
        {
            let joint = out.len();
            if !self.positions(child, out, depth) {
                return false;
            }
            // Where one curve ends the next begins.
            let repeated = joint > start
                && matches!(child.word(), Word::CurveMember | Word::LineStringSegment)
                && out.get(joint - 1) == out.get(joint);
            if repeated {
                out.remove(joint);
            }
        }
        let turned = element.word() == Word::OrientableCurve
            && element.raw_attribute(b"orientation").is_some_and(|sign| sign == b"-");
        if turned {
            out.get_mut(start..).unwrap_or_default().reverse();
        }
        true
    }

    fn position_list(&mut self, element: Element<'t, 'a>, out: &mut Vec<[f64; 3]>) -> bool {
        let text = element.plain_text();
        let mut values = std::mem::take(&mut self.numbers);
        values.clear();
        let is_read = self.number_list(element, &text, &mut values, out);
        self.numbers = values;
        is_read
    }

    fn number_list(
        &mut self,
        element: Element<'t, 'a>,
        text: &[u8],
        values: &mut Vec<f64>,
        out: &mut Vec<[f64; 3]>,
    ) -> bool {
        if let Err(token) = numbers(text, element.word() == Word::Coordinates, values) {
            let shown: String = String::from_utf8_lossy(token).chars().take(40).collect();
            self.tell(
                element,
                "coordinate_invalid",
                Severity::Error,
                format!("`{shown}` is no finite number"),
            );
            return false;
        }
        let said = if self.says_dimension { dimension(element) } else { None };
        let dimension = if element.word() == Word::Coordinates { tuple_size(text) } else { said };
        match tuples(values, dimension) {
            Some(3) => out.extend(values.as_chunks::<3>().0),
            Some(2) => {
                self.tell_flat(element);
                out.extend(values.as_chunks::<2>().0.iter().map(|[x, y]| [*x, *y, 0.0]));
            }
            _ => {
                let message = format!("{} numbers make no whole points", values.len());
                self.tell(element, "coordinate_invalid", Severity::Error, message);
                return false;
            }
        }
        true
    }

    /// GML 2: `<coord><X/><Y/><Z/></coord>`.
    fn old_coordinate(&mut self, element: Element<'t, 'a>, out: &mut Vec<[f64; 3]>) -> bool {
        let axis = |name: &[u8]| {
            element.child(name).and_then(|value| crate::numbers::number(value.text().as_bytes()))
        };
        match (axis(b"X"), axis(b"Y"), axis(b"Z")) {
            (Some(x), Some(y), z) => {
                out.push([x, y, z.unwrap_or(0.0)]);
                true
            }
            _ => {
                self.tell(
                    element,
                    "coordinate_invalid",
                    Severity::Error,
                    "a coordinate lacks X or Y".to_owned(),
                );
                false
            }
        }
    }

    fn tell_flat(&mut self, element: Element<'t, 'a>) {
        if !std::mem::replace(&mut self.told_flat, true) {
            let message = "coordinates have no height; 0 is taken";
            self.tell(element, "coordinates_flat", Severity::Warning, message.to_owned());
        }
    }
}

/// What the element or the nearest one around it says.
fn dimension(element: Element) -> Option<usize> {
    let said = std::iter::once(element).chain(element.ancestors());
    let found =
        said.filter(Element::has_attributes).find_map(|element| element.raw_attribute(b"srsDimension"));
    std::str::from_utf8(found?).ok()?.trim().parse().ok()
}

/// Of `x,y,z x,y,z`.
fn tuple_size(text: &[u8]) -> Option<usize> {
    let first = text.trim_ascii().split(u8::is_ascii_whitespace).next()?;
    Some(first.iter().filter(|byte| **byte == b',').count() + 1).filter(|size| *size > 1)
}

/// 2 or 3 numbers a point: as said, if that divides the list; else 3, unless only 2 makes a closed ring or whole
/// points at all.
fn tuples(values: &[f64], said: Option<usize>) -> Option<usize> {
    let divides = |size: usize| values.len().is_multiple_of(size);
    let closed = |size: usize| {
        divides(size) && values.len() >= 2 * size && values.get(..size) == values.get(values.len() - size..)
    };
    match said {
        Some(size @ (2 | 3)) if divides(size) => Some(size),
        _ if closed(3) => Some(3),
        _ if closed(2) => Some(2),
        _ if divides(3) => Some(3),
        _ if divides(2) => Some(2),
        _ => None,
    }
}

fn has_three_different(points: &[[f64; 3]]) -> bool {
    let Some(first) = points.first() else {
        return false;
    };
    let Some(second) = points.iter().find(|point| *point != first) else {
        return false;
    };
    points.iter().any(|point| point != first && point != second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_points_is_found() {
        let cases: [(&[f64], Option<usize>, Option<usize>); 7] = [
            (&[1.0, 2.0, 3.0], None, Some(3)),
            (&[1.0, 2.0], None, Some(2)),
            (&[1.0, 2.0, 3.0, 4.0], Some(3), Some(2)),
            (&[0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 9.0, 9.0, 9.0, 0.0, 0.0, 0.0], None, Some(2)),
            (&[0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 9.0, 9.0, 9.0, 0.0, 0.0, 1.0], None, Some(3)),
            (&[1.0; 6], Some(2), Some(2)),
            (&[1.0], None, None),
        ];
        for (values, said, expected) in cases {
            assert_eq!(tuples(values, said), expected, "{values:?}");
        }
    }
}
