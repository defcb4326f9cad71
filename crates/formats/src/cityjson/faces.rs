//! Boundaries with what each face means and how it looks, as a flat geometry.

use super::appearance::Looks;
use super::findings::Findings;
use super::nested::Nested;
use stadtwin_model::{Appearance, Geometry, NO_LOOK, NO_SURFACE};
use std::collections::HashMap;

/// What a list of values says of one place in the boundaries.
#[derive(Clone, Copy)]
pub enum Pick<'a> {
    /// The same for all below.
    All(u32),
    Each(&'a Nested),
    Nothing,
}

impl<'a> Pick<'a> {
    fn at(self, index: usize) -> Pick<'a> {
        match self {
            Pick::Each(values) => values.list().get(index).map_or(Pick::Nothing, Pick::Each),
            other => other,
        }
    }

    fn index(self) -> Option<u32> {
        match self {
            Pick::All(index) => Some(index),
            Pick::Each(value) => value.index(),
            Pick::Nothing => None,
        }
    }
}

/// Semantics, and materials and textures theme by theme.
#[derive(Clone)]
pub struct Values<'a> {
    pub semantic: Pick<'a>,
    /// In the order of `Builder::themes`: material, texture.
    pub looks: Vec<[Pick<'a>; 2]>,
}

impl<'a> Values<'a> {
    pub fn at(&self, index: usize) -> Values<'a> {
        Values {
            semantic: self.semantic.at(index),
            looks: self
                .looks
                .iter()
                .map(|[material, texture]| [material.at(index), texture.at(index)])
                .collect(),
        }
    }
}

/// One theme on its way.
struct Theme {
    appearance: Appearance,
    /// Index in the document to index in the appearance.
    materials: HashMap<u32, u32>,
    textures: HashMap<u32, u32>,
}

pub struct Builder<'a> {
    pub geometry: Geometry,
    pub findings: &'a mut Findings,
    /// Faces met, those left out included.
    pub face_count: u64,
    vertices: &'a [[f64; 3]],
    looks: &'a Looks,
    themes: Vec<Theme>,
}

impl<'a> Builder<'a> {
    pub fn new(
        geometry: Geometry,
        vertices: &'a [[f64; 3]],
        looks: &'a Looks,
        themes: &[&str],
        findings: &'a mut Findings,
    ) -> Builder<'a> {
        let theme = |name: &&str| Theme {
            appearance: Appearance { theme: (*name).to_owned(), ..Appearance::default() },
            materials: HashMap::new(),
            textures: HashMap::new(),
        };
        let themes = themes.iter().map(theme).collect();
        Builder { geometry, findings, face_count: 0, vertices, looks, themes }
    }

    /// One solid of shells; `told` says whether where they begin is written down.
    pub fn solid(&mut self, shells: &Nested, values: &Values, told: bool) {
        for (index, shell) in shells.list().iter().enumerate() {
            let first = self.geometry.faces.len();
            self.faces(shell, &values.at(index));
            // A shell without faces is none.
            if told && self.geometry.faces.len() > first {
                self.geometry.shells.push(first as u32);
            }
        }
    }

    pub fn faces(&mut self, faces: &Nested, values: &Values) {
        for (index, face) in faces.list().iter().enumerate() {
            self.face_count += 1;
            self.face(face, &values.at(index));
        }
    }

    /// Points or lines: each a ring of its own.
    pub fn line(&mut self, indices: &[Nested]) {
        match self.points(indices) {
            Some(points) => self.geometry.push_ring(&points),
            None => self
                .findings
                .error("vertex_missing", "a point or line has vertices that do not exist and is left out"),
        }
    }

    fn face(&mut self, face: &Nested, values: &Values) {
        let mut rings: Vec<Vec<[f64; 3]>> = Vec::with_capacity(1);
        // Ring of the file for each ring kept.
        let mut origins: Vec<(usize, usize)> = Vec::with_capacity(1);
        for (index, ring) in face.list().iter().enumerate() {
            match self.ring(ring.list()) {
                Ok(points) => {
                    origins.push((index, ring.list().len()));
                    rings.push(points);
                }
                Err(reason) if index == 0 => {
                    let message = format!("{reason}; the face is left out");
                    return self.findings.error("face_dropped", message);
                }
                Err(reason) => self.findings.error("ring_dropped", format!("{reason}; the hole is left out")),
            }
        }
        if rings.is_empty() {
            return self.findings.error("face_dropped", "a face has no ring and is left out");
        }
        let surface = self.surface(values.semantic);
        self.geometry.push_face(rings.iter().map(Vec::as_slice), surface);
        let (looks, findings, geometry) = (self.looks, &mut *self.findings, &self.geometry);
        for (theme, [material, texture]) in self.themes.iter_mut().zip(&values.looks) {
            theme.material(*material, looks, geometry, findings);
            theme.texture(*texture, &origins, looks, geometry, findings);
        }
    }

    fn surface(&mut self, semantic: Pick) -> u32 {
        let Some(index) = semantic.index() else {
            if matches!(semantic, Pick::Each(Nested::Bad)) {
                self.findings
                    .warning("semantics_invalid", "a value of semantics is no index and is left out");
            }
            return NO_SURFACE;
        };
        if (index as usize) < self.geometry.surfaces.len() {
            return index;
        }
        let message = format!("semantics name surface {index}, which does not exist");
        self.findings.warning("semantics_invalid", message);
        NO_SURFACE
    }

    /// The points of an open ring with three different ones at least.
    fn ring(&self, indices: &[Nested]) -> Result<Vec<[f64; 3]>, String> {
        let Some(mut points) = self.points(indices) else {
            let bad = indices.iter().find(|index| self.point(index).is_none());
            return Err(match bad {
                Some(Nested::Index(index)) => {
                    format!(
                        "a ring has vertex {index}, which is not among the {} usable ones",
                        self.vertices.len()
                    )
                }
                _ => "a ring holds something else than vertex indices".to_owned(),
            });
        };
        if points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        let first = points.first();
        let second = points.iter().find(|point| Some(*point) != first);
        let third = points.iter().find(|point| Some(*point) != first && Some(*point) != second);
        match (second, third) {
            (Some(_), Some(_)) => Ok(points),
            _ => Err(format!("a ring has {} points and fewer than 3 different ones", points.len())),
        }
    }

    fn points(&self, indices: &[Nested]) -> Option<Vec<[f64; 3]>> {
        indices.iter().map(|index| self.point(index)).collect()
    }

    pub fn point(&self, index: &Nested) -> Option<[f64; 3]> {
        let point = self.vertices.get(index.index()? as usize)?;
        (!point[0].is_nan()).then_some(*point)
    }

    /// The geometry with its appearances, those that say nothing left out.
    pub fn finish(mut self) -> Geometry {
        for theme in self.themes {
            let mut appearance = theme.appearance;
            pad(&mut appearance.face_materials, self.geometry.faces.len(), NO_LOOK);
            pad(&mut appearance.face_textures, self.geometry.faces.len(), NO_LOOK);
            pad(&mut appearance.texture_coordinates, self.geometry.points.len(), [f64::NAN; 2]);
            if !appearance.materials.is_empty() || !appearance.textures.is_empty() {
                self.geometry.appearances.push(appearance);
            }
        }
        self.geometry
    }
}

/// Fills up a list that has begun.
fn pad<T: Clone>(list: &mut Vec<T>, length: usize, value: T) {
    if !list.is_empty() {
        list.resize(length, value);
    }
}

impl Theme {
    fn material(&mut self, pick: Pick, looks: &Looks, geometry: &Geometry, findings: &mut Findings) {
        let Some(index) = pick.index() else { return };
        let index = looks.first_materials.get(index as usize).copied().unwrap_or(index);
        let Some(material) = looks.materials.get(index as usize) else {
            let message = format!("a face has material {index}, which does not exist");
            return findings.warning("appearance_invalid", message);
        };
        let list = &mut self.appearance.materials;
        let own = *self.materials.entry(index).or_insert_with(|| {
            list.push(material.clone());
            list.len() as u32 - 1
        });
        self.appearance.face_materials.resize(geometry.faces.len() - 1, NO_LOOK);
        self.appearance.face_materials.push(own);
    }

    /// `pick` holds a list for each ring: texture, then a coordinate for each vertex.
    fn texture(
        &mut self,
        pick: Pick,
        origins: &[(usize, usize)],
        looks: &Looks,
        geometry: &Geometry,
        findings: &mut Findings,
    ) {
        let Pick::Each(rings) = pick else { return };
        let first = origins.first().and_then(|(origin, _)| rings.list().get(*origin));
        let Some(index) = first.and_then(|ring| ring.list().first()?.index()) else { return };
        let index = looks.first_textures.get(index as usize).copied().unwrap_or(index);
        let Some(texture) = looks.textures.get(index as usize) else {
            let message = format!("a face has texture {index}, which does not exist");
            return findings.warning("appearance_invalid", message);
        };
        let Some(coordinates) = coordinates(rings, origins, looks, geometry, findings) else { return };
        let list = &mut self.appearance.textures;
        let own = *self.textures.entry(index).or_insert_with(|| {
            list.push(texture.clone());
            list.len() as u32 - 1
        });
        self.appearance.face_textures.resize(geometry.faces.len() - 1, NO_LOOK);
        self.appearance.face_textures.push(own);
        let all = &mut self.appearance.texture_coordinates;
        all.resize(geometry.points.len() - coordinates.len(), [f64::NAN; 2]);
        all.extend(coordinates);
    }
}

/// A texture coordinate for each point of the last face; `None` where the exterior has none to use.
fn coordinates(
    rings: &Nested,
    origins: &[(usize, usize)],
    looks: &Looks,
    geometry: &Geometry,
    findings: &mut Findings,
) -> Option<Vec<[f64; 2]>> {
    let face = geometry.faces.last()?;
    let mut found = Vec::new();
    for (ring, (origin, vertex_count)) in (face.first_ring..).zip(origins) {
        let values = rings.list().get(*origin).and_then(|ring| ring.list().get(1..)).unwrap_or_default();
        let of = |value: &Nested| looks.coordinates.get(value.index()? as usize).copied();
        let pairs: Option<Vec<[f64; 2]>> = values.iter().map(of).collect();
        let pairs =
            pairs.filter(|pairs| pairs.len() == *vertex_count && pairs.iter().all(|pair| !pair[0].is_nan()));
        let length = geometry.ring(ring).len();
        match pairs {
            // A closing vertex is not kept, nor is its coordinate.
            Some(pairs) => found.extend(pairs.into_iter().take(length)),
            None => {
                let message = format!(
                    "a ring of {vertex_count} vertices has not as many texture coordinates; it goes without"
                );
                findings.warning("appearance_invalid", message);
                if found.is_empty() {
                    return None;
                }
                found.resize(found.len() + length, [f64::NAN; 2]);
            }
        }
    }
    Some(found)
}
