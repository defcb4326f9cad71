//! Which faces, lines and points a geometry property holds, links followed; reads no face yet.

use super::member::Reader;
use super::tree::Element;
use super::words::Word;
use stadtwin_model::{Module, Severity};

/// A link may lead to a geometry with links, this deep.
const MAX_LINKS: usize = 16;

/// A polygon element, and whether an orientable surface turns it round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaceRef {
    pub node: u32,
    pub reversed: bool,
}

/// Everything below one geometry property.
#[derive(Default)]
pub struct Parts {
    /// Solids of shells of faces, the exterior shell first.
    pub solids: Vec<Vec<Vec<FaceRef>>>,
    pub faces: Vec<FaceRef>,
    /// Whether the loose faces are a triangulated surface.
    pub tin: bool,
    pub lines: Vec<Vec<[f64; 3]>>,
    pub points: Vec<[f64; 3]>,
    /// The first element that holds others, which is that around all where there is one.
    whole: Option<Word>,
}

impl Parts {
    /// Whether they are several solids that make one.
    pub fn is_composite_solid(&self) -> bool {
        self.whole == Some(Word::CompositeSolid) && self.solids.len() > 1
    }

    pub fn is_empty(&self) -> bool {
        self.solids.iter().flatten().all(Vec::is_empty)
            && self.faces.is_empty()
            && self.lines.is_empty()
            && self.points.is_empty()
    }
}

pub fn is_geometry(element: &Element) -> bool {
    element.is_in(Module::Gml) && element.word().is_geometry()
}

pub fn holds_geometry(element: &Element) -> bool {
    element.descendants().any(|below| is_geometry(&below))
}

/// Where the walk stands.
struct Walk {
    parts: Parts,
    /// Nodes that links led to, outermost first.
    links: Vec<u32>,
    /// Elements that may still be visited: links can make few bytes into many faces.
    budget: usize,
}

impl<'t, 'a> Reader<'t, 'a> {
    pub fn gather(&mut self, property: Element<'t, 'a>) -> Parts {
        let budget = self.tree.len().saturating_mul(4).saturating_add(10_000);
        let mut walk = Walk { parts: Parts::default(), links: Vec::new(), budget };
        self.inside(property, &mut walk, false, false);
        if walk.budget == 0 {
            let message =
                "links repeat the same geometry over and over; what goes beyond a bound is left out";
            self.tell(property, "geometry_too_large", Severity::Error, message.to_owned());
        }
        walk.parts
    }

    /// What a property holds: elements, or a link to one.
    fn inside(&mut self, property: Element<'t, 'a>, walk: &mut Walk, reversed: bool, in_shell: bool) {
        if property.first_child().is_some() {
            for child in property.children() {
                self.geometry(child, walk, reversed, in_shell);
            }
            return;
        }
        let Some(target) = self.follow(property) else {
            return;
        };
        if walk.links.contains(&target.index) || walk.links.len() >= MAX_LINKS {
            self.tell(
                property,
                "xlink_cycle",
                Severity::Error,
                "a link leads back to itself and is left out".to_owned(),
            );
            return;
        }
        walk.links.push(target.index);
        self.geometry(target, walk, reversed, in_shell);
        walk.links.pop();
    }

    fn geometry(&mut self, element: Element<'t, 'a>, walk: &mut Walk, reversed: bool, in_shell: bool) {
        walk.budget = walk.budget.saturating_sub(1);
        if walk.budget == 0 {
            return;
        }
        match element.word() {
            word if word.is_face() => face(element, walk, reversed, in_shell),
            Word::Solid => self.solid(element, walk, reversed),
            Word::OrientableSurface => {
                let turned =
                    element.raw_attribute(b"orientation").is_some_and(|sign| sign.trim_ascii() == b"-");
                if let Some(base) = element.child(b"baseSurface") {
                    self.inside(base, walk, reversed != turned, in_shell);
                }
            }
            Word::LineString | Word::Curve | Word::LinearRing | Word::Ring | Word::OrientableCurve => {
                let mut line = Vec::new();
                if self.positions(element, &mut line, 0) && !line.is_empty() {
                    walk.parts.lines.push(line);
                }
            }
            Word::Point => {
                let mut point = Vec::new();
                if self.positions(element, &mut point, 0) {
                    walk.parts.points.append(&mut point);
                }
            }
            Word::MetaDataProperty
            | Word::Description
            | Word::Name
            | Word::BoundedBy
            | Word::ControlPoint
            | Word::MaxLength => {}
            word => {
                walk.parts.whole.get_or_insert(word);
                walk.parts.tin |= matches!(word, Word::TriangulatedSurface | Word::Tin);
                self.inside(element, walk, reversed, in_shell);
            }
        }
    }

    fn solid(&mut self, solid: Element<'t, 'a>, walk: &mut Walk, reversed: bool) {
        walk.parts.solids.push(Vec::new());
        for boundary in
            solid.children().filter(|child| matches!(child.word(), Word::Exterior | Word::Interior))
        {
            if let Some(shells) = walk.parts.solids.last_mut() {
                shells.push(Vec::new());
            }
            self.inside(boundary, walk, reversed, true);
        }
    }
}

fn face(element: Element, walk: &mut Walk, reversed: bool, in_shell: bool) {
    let face = FaceRef { node: element.index, reversed };
    let shell = walk.parts.solids.last_mut().and_then(|shells| shells.last_mut()).filter(|_| in_shell);
    match shell {
        Some(shell) => shell.push(face),
        None => walk.parts.faces.push(face),
    }
}
