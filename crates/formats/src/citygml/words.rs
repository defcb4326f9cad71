//! Local names that the reader asks for, as numbers: a name is looked up once, then only compared.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

macro_rules! words {
    ($($word:ident = $local:literal,)*) => {
        /// A local name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Word {
            /// Every name that is not in the list.
            Other,
            $($word,)*
        }

        const WORDS: &[(&[u8], Word)] = &[$(($local, Word::$word),)*];
    };
}

words! {
    Address = b"Address",
    AddressProperty = b"address",
    Appearance = b"Appearance",
    AppearanceMember = b"appearanceMember",
    AppearanceProperty = b"appearance",
    Arc = b"Arc",
    ArcByBulge = b"ArcByBulge",
    ArcString = b"ArcString",
    ArcStringByBulge = b"ArcStringByBulge",
    BSpline = b"BSpline",
    Bezier = b"Bezier",
    Boundary = b"boundary",
    BoundedBy = b"boundedBy",
    Circle = b"Circle",
    CompositeCurve = b"CompositeCurve",
    CompositeSolid = b"CompositeSolid",
    CompositeSurface = b"CompositeSurface",
    ControlPoint = b"controlPoint",
    Coord = b"coord",
    Coordinates = b"coordinates",
    CubicSpline = b"CubicSpline",
    Curve = b"Curve",
    CurveMember = b"curveMember",
    Description = b"description",
    Envelope = b"Envelope",
    Exterior = b"exterior",
    ExternalReference = b"externalReference",
    Filling = b"filling",
    FillingSurface = b"fillingSurface",
    GeneralizesTo = b"generalizesTo",
    GeometricComplex = b"GeometricComplex",
    ImplicitGeometry = b"ImplicitGeometry",
    InnerBoundaryIs = b"innerBoundaryIs",
    Interior = b"interior",
    LineString = b"LineString",
    LineStringSegment = b"LineStringSegment",
    LinearRing = b"LinearRing",
    MaxLength = b"maxLength",
    MeasuredHeight = b"measuredHeight",
    MetaDataProperty = b"metaDataProperty",
    MultiCurve = b"MultiCurve",
    MultiGeometry = b"MultiGeometry",
    MultiLineString = b"MultiLineString",
    MultiPoint = b"MultiPoint",
    MultiPolygon = b"MultiPolygon",
    MultiSolid = b"MultiSolid",
    MultiSurface = b"MultiSurface",
    Name = b"name",
    Null = b"Null",
    Opening = b"opening",
    OrientableCurve = b"OrientableCurve",
    OrientableSurface = b"OrientableSurface",
    OuterBoundaryIs = b"outerBoundaryIs",
    Point = b"Point",
    Polygon = b"Polygon",
    PolygonPatch = b"PolygonPatch",
    PolyhedralSurface = b"PolyhedralSurface",
    Pos = b"pos",
    PosList = b"posList",
    Rectangle = b"Rectangle",
    Ring = b"Ring",
    Shell = b"Shell",
    Solid = b"Solid",
    Surface = b"Surface",
    TexturedSurface = b"TexturedSurface",
    Tin = b"Tin",
    Triangle = b"Triangle",
    TriangulatedSurface = b"TriangulatedSurface",
    Value = b"value",
}

impl Word {
    /// Whether elements of the name are geometry that a property may hold.
    pub fn is_geometry(self) -> bool {
        use Word::*;
        let is_surface = matches!(
            self,
            MultiSurface
                | CompositeSurface
                | Surface
                | OrientableSurface
                | PolyhedralSurface
                | TriangulatedSurface
                | Tin
                | Polygon
                | Triangle
                | Rectangle
                | MultiPolygon
        );
        let is_solid = matches!(self, Solid | MultiSolid | CompositeSolid | Shell);
        let is_line = matches!(
            self,
            MultiLineString
                | MultiCurve
                | CompositeCurve
                | Curve
                | OrientableCurve
                | LineString
                | LinearRing
                | Ring
        );
        is_surface
            || is_solid
            || is_line
            || matches!(self, MultiGeometry | GeometricComplex | MultiPoint | Point)
    }

    /// Whether elements of the name are one face each.
    pub fn is_face(self) -> bool {
        matches!(self, Word::Polygon | Word::Triangle | Word::Rectangle | Word::PolygonPatch)
    }

    pub fn of(local: &[u8]) -> Word {
        static BY_LOCAL: LazyLock<FxHashMap<&'static [u8], Word>> =
            LazyLock::new(|| WORDS.iter().copied().collect());
        BY_LOCAL.get(local).copied().unwrap_or(Word::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_stands_once() {
        for (local, word) in WORDS {
            assert_eq!(Word::of(local), *word);
            assert_eq!(WORDS.iter().filter(|(other, _)| other == local).count(), 1);
        }
        assert_eq!(Word::of(b"Poslist"), Word::Other);
    }
}
