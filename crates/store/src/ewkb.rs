//! EWKB, PostGIS's own binary form of a geometry, from and to the model's flat arrays.

use stadtwin_model::{Face, Geometry, GeometryKind, NO_SURFACE, Place};

const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_LINE_STRING: u32 = 5;
const MULTI_POLYGON: u32 = 6;
const POLYHEDRAL_SURFACE: u32 = 15;
const TIN: u32 = 16;
const TRIANGLE: u32 = 17;
const HAS_Z: u32 = 0x8000_0000;
const HAS_SRID: u32 = 0x2000_0000;

/// Polygons of closed rings `[east, north]`, exterior first.
pub type Footprint = Vec<Vec<Vec<[f64; 2]>>>;

fn push_u32(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&(value as u32).to_le_bytes());
}

fn push_type(out: &mut Vec<u8>, kind: u32) {
    out.push(1);
    out.extend_from_slice(&kind.to_le_bytes());
}

fn push_point<const N: usize>(out: &mut Vec<u8>, point: &[f64; N]) {
    for value in point {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn push_head(out: &mut Vec<u8>, kind: u32, srid: u32, count: usize) {
    push_type(out, kind | HAS_SRID);
    out.extend_from_slice(&srid.to_le_bytes());
    push_u32(out, count);
}

/// A MultiPolygon without heights; rings are closed where they are not.
pub fn write_footprint(out: &mut Vec<u8>, footprint: &[Vec<Vec<[f64; 2]>>], srid: u32) {
    push_head(out, MULTI_POLYGON, srid, footprint.len());
    for polygon in footprint {
        push_type(out, POLYGON);
        let rings = || polygon.iter().filter(|ring| !ring.is_empty());
        push_u32(out, rings().count());
        for ring in rings() {
            push_closed(out, ring, ring.first() == ring.last() && ring.len() > 1);
        }
    }
}

/// A MultiLineString or MultiPoint without heights; nothing for nothing.
pub fn write_place(out: &mut Vec<u8>, place: &Place, srid: u32) {
    match place {
        Place::Nothing => {}
        Place::Lines(lines) => {
            push_head(out, MULTI_LINE_STRING, srid, lines.len());
            for line in lines {
                push_type(out, LINE_STRING);
                push_u32(out, line.len());
                line.iter().for_each(|point| push_point(out, point));
            }
        }
        Place::Points(points) => {
            push_head(out, MULTI_POINT, srid, points.len());
            for point in points {
                push_type(out, POINT);
                push_point(out, point);
            }
        }
    }
}

/// PostGIS refuses rings of fewer than four points: one that is too short is filled up with its first point.
fn push_closed<const N: usize>(out: &mut Vec<u8>, ring: &[[f64; N]], is_closed: bool) {
    let Some(first) = ring.first() else { return };
    let count = (ring.len() + usize::from(!is_closed)).max(4);
    push_u32(out, count);
    for point in ring {
        push_point(out, point);
    }
    for _ in ring.len()..count {
        push_point(out, first);
    }
}

/// PolyhedralSurface for solids, Tin for triangles, else the Multi… of the kind; all with heights.
pub fn write_geometry(out: &mut Vec<u8>, geometry: &Geometry, srid: u32) {
    match geometry.kind {
        GeometryKind::Solid | GeometryKind::MultiSolid => {
            write_faces(out, geometry, srid, POLYHEDRAL_SURFACE, POLYGON)
        }
        GeometryKind::Tin if geometry.faces.iter().all(|face| is_triangle(geometry, face)) => {
            write_faces(out, geometry, srid, TIN, TRIANGLE);
        }
        GeometryKind::MultiSurface | GeometryKind::Tin => {
            write_faces(out, geometry, srid, MULTI_POLYGON, POLYGON)
        }
        GeometryKind::MultiCurve => write_lines(out, geometry, srid),
        GeometryKind::MultiPoint => write_points(out, geometry, srid),
    }
}

/// One point with height.
pub fn write_point(out: &mut Vec<u8>, point: &[f64; 3], srid: u32) {
    push_type(out, POINT | HAS_Z | HAS_SRID);
    out.extend_from_slice(&srid.to_le_bytes());
    push_point(out, point);
}

/// What `write_point` wrote.
pub fn read_point(bytes: &[u8]) -> Result<[f64; 3], EwkbError> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.kind()? != POINT {
        return reader.fail();
    }
    reader.point()
}

fn is_triangle(geometry: &Geometry, face: &Face) -> bool {
    face.ring_count == 1 && geometry.ring(face.first_ring).len() == 3
}

fn write_faces(out: &mut Vec<u8>, geometry: &Geometry, srid: u32, whole: u32, part: u32) {
    push_head(out, whole | HAS_Z, srid, geometry.faces.len());
    for face in &geometry.faces {
        push_type(out, part | HAS_Z);
        let rings = || geometry.face_rings(face).filter(|ring| !ring.is_empty());
        push_u32(out, rings().count());
        for ring in rings() {
            push_closed(out, ring, false);
        }
    }
}

fn write_lines(out: &mut Vec<u8>, geometry: &Geometry, srid: u32) {
    let rings = || {
        (0..geometry.ring_ends.len() as u32).map(|index| geometry.ring(index)).filter(|ring| !ring.is_empty())
    };
    push_head(out, MULTI_LINE_STRING | HAS_Z, srid, rings().count());
    for ring in rings() {
        push_type(out, LINE_STRING | HAS_Z);
        // A line has two points at least.
        push_u32(out, ring.len().max(2));
        for point in ring {
            push_point(out, point);
        }
        if let [only] = ring {
            push_point(out, only);
        }
    }
}

fn write_points(out: &mut Vec<u8>, geometry: &Geometry, srid: u32) {
    push_head(out, MULTI_POINT | HAS_Z, srid, geometry.points.len());
    for point in &geometry.points {
        push_type(out, POINT | HAS_Z);
        push_point(out, point);
    }
}

/// The bytes end early or hold a type that the store does not write.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("not EWKB as the store writes it, at byte {0}")]
pub struct EwkbError(usize);

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn fail<T>(&self) -> Result<T, EwkbError> {
        Err(EwkbError(self.at))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], EwkbError> {
        let Some(bytes) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>()) else {
            return self.fail();
        };
        self.at += N;
        Ok(*bytes)
    }

    fn u32(&mut self) -> Result<u32, EwkbError> {
        Ok(u32::from_le_bytes(self.take()?))
    }

    /// Type without flags; steps over the SRID.
    fn kind(&mut self) -> Result<u32, EwkbError> {
        if self.take::<1>()? != [1] {
            return self.fail();
        }
        let kind = self.u32()?;
        if kind & HAS_SRID != 0 {
            self.u32()?;
        }
        Ok(kind & 0xff)
    }

    fn point<const N: usize>(&mut self) -> Result<[f64; N], EwkbError> {
        let mut point = [0.0; N];
        for value in &mut point {
            *value = f64::from_le_bytes(self.take()?);
        }
        Ok(point)
    }

    fn points<const N: usize>(&mut self, out: &mut Vec<[f64; N]>) -> Result<(), EwkbError> {
        let count = self.u32()?;
        out.reserve((count as usize).min(65_536));
        for _ in 0..count {
            out.push(self.point()?);
        }
        Ok(())
    }
}

/// What `write_footprint` or `write_place` wrote.
pub fn read_outline(bytes: &[u8]) -> Result<(Footprint, Place), EwkbError> {
    let mut reader = Reader { bytes, at: 0 };
    let kind = reader.kind()?;
    let count = reader.u32()?;
    Ok(match kind {
        MULTI_POLYGON => (read_footprint(&mut reader, count)?, Place::Nothing),
        MULTI_LINE_STRING => {
            let mut lines = Vec::new();
            for _ in 0..count {
                reader.kind()?;
                let mut line = Vec::new();
                reader.points(&mut line)?;
                lines.push(line);
            }
            (Vec::new(), Place::Lines(lines))
        }
        MULTI_POINT => {
            let mut points = Vec::new();
            for _ in 0..count {
                reader.kind()?;
                points.push(reader.point()?);
            }
            (Vec::new(), Place::Points(points))
        }
        _ => return reader.fail(),
    })
}

fn read_footprint(reader: &mut Reader<'_>, count: u32) -> Result<Footprint, EwkbError> {
    let mut footprint = Vec::with_capacity((count as usize).min(1024));
    for _ in 0..count {
        if reader.kind()? != POLYGON {
            return reader.fail();
        }
        let mut polygon = Vec::new();
        for _ in 0..reader.u32()? {
            let mut ring = Vec::new();
            reader.points(&mut ring)?;
            polygon.push(ring);
        }
        footprint.push(polygon);
    }
    Ok(footprint)
}

/// Fills `points`, `ring_ends` and `faces` (all `NO_SURFACE`); the kind decides how.
pub fn read_geometry(bytes: &[u8], geometry: &mut Geometry) -> Result<(), EwkbError> {
    let mut reader = Reader { bytes, at: 0 };
    let whole = reader.kind()?;
    let is_known = match whole {
        MULTI_POLYGON | POLYHEDRAL_SURFACE | TIN => geometry.kind.has_faces(),
        MULTI_LINE_STRING => geometry.kind == GeometryKind::MultiCurve,
        MULTI_POINT => geometry.kind == GeometryKind::MultiPoint,
        _ => false,
    };
    if !is_known {
        return reader.fail();
    }
    for _ in 0..reader.u32()? {
        match reader.kind()? {
            POLYGON | TRIANGLE => read_face(&mut reader, geometry)?,
            LINE_STRING => {
                reader.points(&mut geometry.points)?;
                geometry.ring_ends.push(geometry.points.len() as u32);
            }
            POINT => {
                let point = reader.point()?;
                geometry.push_ring(&[point]);
            }
            _ => return reader.fail(),
        }
    }
    Ok(())
}

fn read_face(reader: &mut Reader, geometry: &mut Geometry) -> Result<(), EwkbError> {
    let ring_count = reader.u32()?;
    let first_ring = geometry.ring_ends.len() as u32;
    for _ in 0..ring_count {
        let start = geometry.points.len();
        reader.points(&mut geometry.points)?;
        // Rings are closed in EWKB and open in the model.
        if geometry.points.len() > start {
            geometry.points.pop();
        }
        geometry.ring_ends.push(geometry.points.len() as u32);
    }
    geometry.faces.push(Face { first_ring, ring_count, surface: NO_SURFACE });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use stadtwin_model::Lod;

    fn point() -> impl Strategy<Value = [f64; 3]> {
        [-1e7..1e7, -1e7..1e7, -500.0..9000.0]
    }

    fn faces(kind: GeometryKind) -> impl Strategy<Value = Geometry> {
        let longest = if kind == GeometryKind::Tin { 3 } else { 9 };
        let holes = if kind == GeometryKind::Tin { 1 } else { 3 };
        let ring = prop::collection::vec(point(), 3..=longest);
        let face = prop::collection::vec(ring, 1..=holes);
        prop::collection::vec(face, 0..6).prop_map(move |faces| {
            let mut geometry = Geometry::new(Lod::whole(2), kind);
            for rings in &faces {
                geometry.push_face(rings.iter().map(Vec::as_slice), NO_SURFACE);
            }
            geometry
        })
    }

    fn lines(kind: GeometryKind) -> impl Strategy<Value = Geometry> {
        let length = if kind == GeometryKind::MultiPoint { 1..=1 } else { 2..=5 };
        prop::collection::vec(prop::collection::vec(point(), length), 0..6).prop_map(move |rings| {
            let mut geometry = Geometry::new(Lod::whole(0), kind);
            for ring in &rings {
                geometry.push_ring(ring);
            }
            geometry
        })
    }

    fn any_geometry() -> impl Strategy<Value = Geometry> {
        prop_oneof![
            faces(GeometryKind::Solid),
            faces(GeometryKind::MultiSolid),
            faces(GeometryKind::MultiSurface),
            faces(GeometryKind::Tin),
            lines(GeometryKind::MultiCurve),
            lines(GeometryKind::MultiPoint),
        ]
    }

    proptest! {
        #[test]
        fn geometry_comes_back_as_it_went(geometry in any_geometry()) {
            let mut bytes = Vec::new();
            write_geometry(&mut bytes, &geometry, 25832);
            let mut back = Geometry::new(geometry.lod, geometry.kind);
            read_geometry(&bytes, &mut back).unwrap();
            prop_assert_eq!(back, geometry);
        }

        #[test]
        fn cut_or_foreign_bytes_are_an_error_not_a_crash(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::Solid);
            let _ = read_geometry(&bytes, &mut geometry);
            let _ = read_outline(&bytes);
        }
    }

    #[test]
    fn a_footprint_is_the_bytes_that_postgis_prints() {
        // SELECT encode(ST_AsEWKB('SRID=25832;MULTIPOLYGON(((1 2,3 2,3 4,1 2)))'::geometry), 'hex')
        let expected = "0106000020e8640000010000000103000000010000000400000\
            0000000000000f03f0000000000000040000000000000084000000000000000400000000000000840\
            0000000000001040000000000000f03f0000000000000040";
        let footprint = vec![vec![vec![[1.0, 2.0], [3.0, 2.0], [3.0, 4.0], [1.0, 2.0]]]];
        let mut bytes = Vec::new();
        write_footprint(&mut bytes, &footprint, 25832);
        assert_eq!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), expected);
        assert_eq!(read_outline(&bytes), Ok((footprint, Place::Nothing)));
    }

    #[test]
    fn lines_and_points_come_back_as_they_went() {
        for place in
            [Place::Lines(vec![vec![[1.0, 2.0], [3.0, 4.0]]]), Place::Points(vec![[1.0, 2.0], [5.0, 6.0]])]
        {
            let mut bytes = Vec::new();
            write_place(&mut bytes, &place, 25832);
            assert_eq!(read_outline(&bytes), Ok((Vec::new(), place)));
        }
    }

    #[test]
    fn rings_too_short_for_postgis_are_filled_up() {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        geometry.push_face([[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]].as_slice()], NO_SURFACE);
        let mut bytes = Vec::new();
        write_geometry(&mut bytes, &geometry, 25832);
        // 13 bytes of head, 9 of polygon, 4 of ring, 4 points of 24.
        assert_eq!(bytes.len(), 13 + 9 + 4 + 4 * 24);
    }
}
