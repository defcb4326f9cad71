//! Polygons with holes, lines and points over flat arrays; each polygon knows the surface it belongs to.

use super::{Appearance, Attributes, ClassId, Envelope};

/// Level of detail as CityGML and CityJSON write it: `"0"` … `"4"`, CityJSON also `"2.2"`. Held as tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Lod(pub u8);

impl Lod {
    /// `Lod::whole(2)` is LoD2.
    pub const fn whole(level: u8) -> Lod {
        Lod(level * 10)
    }
}

impl std::fmt::Display for Lod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "{}", self.0 / 10),
            minor => write!(f, "{}.{minor}", self.0 / 10),
        }
    }
}

/// As `Display` writes it.
impl std::str::FromStr for Lod {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Lod, Self::Err> {
        let (whole, minor) = text.split_once('.').unwrap_or((text, "0"));
        let digit = |text: &str| match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(digit - b'0'),
            _ => None,
        };
        let (whole, minor) = digit(whole).zip(digit(minor)).ok_or("a LoD is written as 2 or 2.2")?;
        Ok(Lod(whole * 10 + minor))
    }
}

impl TryFrom<String> for Lod {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Lod, Self::Error> {
        text.parse()
    }
}

impl From<Lod> for String {
    fn from(lod: Lod) -> String {
        lod.to_string()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GeometryKind {
    /// One exterior shell, then inner shells: `shells` holds where each begins.
    Solid,
    /// Several solids; `shells` as for `Solid`, each solid's exterior first (`solids` says where).
    MultiSolid,
    MultiSurface,
    /// Faces are triangles of a surface model (TIN, TriangulatedSurface).
    Tin,
    MultiCurve,
    MultiPoint,
}

impl GeometryKind {
    pub fn name(self) -> &'static str {
        match self {
            GeometryKind::Solid => "Solid",
            GeometryKind::MultiSolid => "MultiSolid",
            GeometryKind::MultiSurface => "MultiSurface",
            GeometryKind::Tin => "Tin",
            GeometryKind::MultiCurve => "MultiCurve",
            GeometryKind::MultiPoint => "MultiPoint",
        }
    }

    pub fn from_name(name: &str) -> Option<GeometryKind> {
        [Self::Solid, Self::MultiSolid, Self::MultiSurface, Self::Tin, Self::MultiCurve, Self::MultiPoint]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    pub fn has_faces(self) -> bool {
        !matches!(self, GeometryKind::MultiCurve | GeometryKind::MultiPoint)
    }
}

/// `Face::surface` of a face that belongs to no boundary surface.
pub const NO_SURFACE: u32 = u32::MAX;

/// A polygon: rings `first_ring .. first_ring + ring_count` of its geometry; the first is the exterior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Face {
    pub first_ring: u32,
    pub ring_count: u32,
    /// Index into `Geometry::surfaces`, or `NO_SURFACE`.
    pub surface: u32,
}

/// A thematic surface or an opening: what a face means (CityGML *AbstractThematicSurface*, CityJSON *semantics*).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BoundarySurface {
    /// gml:id; empty when the file gives none.
    pub id: String,
    pub class: ClassId,
    /// Index of the surface that this one fills (a window in its wall).
    pub parent: Option<u32>,
    pub attributes: Attributes,
    /// As for `CityObject`.
    pub qualifiers: Attributes,
    /// As for `CityObject`.
    pub extensions: Vec<String>,
}

/// One shape of one object at one level of detail.
///
/// Flat on purpose: `points` [east, north, up] holds the rings one after another, each ring open (the closing
/// point is dropped) and `ring_ends[i]` is where ring `i` ends. For curves a "ring" is an open line; for points
/// every point is a ring of one; both leave `faces` empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    pub lod: Lod,
    pub kind: GeometryKind,
    /// The property as the file has it where the LoD does not say it all: `lod0FootPrint`, `lod0RoofEdge`,
    /// `lod2TerrainIntersection`, `tin`; or how its parts join: `CompositeSolid`, `CompositeSurface`. Empty otherwise.
    pub role: String,
    pub points: Vec<[f64; 3]>,
    pub ring_ends: Vec<u32>,
    pub faces: Vec<Face>,
    /// Index of the first face of each shell; empty unless `Solid` has inner shells or `MultiSolid`.
    pub shells: Vec<u32>,
    /// Index into `shells` of the exterior shell of each solid; empty unless `MultiSolid`.
    pub solids: Vec<u32>,
    pub surfaces: Vec<BoundarySurface>,
    /// One for each theme and side that says something of these faces.
    pub appearances: Vec<Appearance>,
}

impl Geometry {
    /// `role` of solids that make one: they share faces and do not overlap (ISO 19107).
    pub const COMPOSITE_SOLID: &str = "CompositeSolid";
    /// `role` of faces that make one surface.
    pub const COMPOSITE_SURFACE: &str = "CompositeSurface";

    /// Whether LoD and kind say all of the property that holds it.
    pub fn is_plain(&self) -> bool {
        ["", Self::COMPOSITE_SOLID, Self::COMPOSITE_SURFACE].contains(&self.role.as_str())
    }

    pub fn new(lod: Lod, kind: GeometryKind) -> Geometry {
        Geometry {
            lod,
            kind,
            role: String::new(),
            points: Vec::new(),
            ring_ends: Vec::new(),
            faces: Vec::new(),
            shells: Vec::new(),
            solids: Vec::new(),
            surfaces: Vec::new(),
            appearances: Vec::new(),
        }
    }

    /// The points of ring `index`; empty when there is no such ring.
    pub fn ring(&self, index: u32) -> &[[f64; 3]] {
        let index = index as usize;
        let start = if index == 0 { 0 } else { self.ring_ends.get(index - 1).copied().unwrap_or(0) as usize };
        let end = self.ring_ends.get(index).copied().unwrap_or(0) as usize;
        self.points.get(start..end).unwrap_or(&[])
    }

    /// Exterior first, then the holes.
    pub fn face_rings<'a>(&'a self, face: &Face) -> impl Iterator<Item = &'a [[f64; 3]]> + 'a {
        (face.first_ring..face.first_ring.saturating_add(face.ring_count)).map(|ring| self.ring(ring))
    }

    pub fn push_ring(&mut self, points: &[[f64; 3]]) {
        self.points.extend_from_slice(points);
        self.ring_ends.push(self.points.len() as u32);
    }

    /// Adds a polygon from its rings (exterior first).
    pub fn push_face<'a>(&mut self, rings: impl IntoIterator<Item = &'a [[f64; 3]]>, surface: u32) {
        let first_ring = self.ring_ends.len() as u32;
        for ring in rings {
            self.push_ring(ring);
        }
        let ring_count = self.ring_ends.len() as u32 - first_ring;
        self.faces.push(Face { first_ring, ring_count, surface });
    }

    pub fn surface_of(&self, face: &Face) -> Option<&BoundarySurface> {
        self.surfaces.get(face.surface as usize)
    }

    pub fn envelope(&self) -> Envelope {
        Envelope::of(&self.points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lods_are_whole_or_have_one_decimal() {
        let cases = [("2", Some(Lod(20))), ("2.2", Some(Lod(22))), ("0.3", Some(Lod(3)))];
        for (text, expected) in
            cases.into_iter().chain(["", "x", "2.22", "-1", "12", "2."].map(|text| (text, None)))
        {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
