//! City objects as tuples of binary COPY; pure, for worker threads.

use std::collections::BTreeMap;

use serde_json::Value;

use super::copy_field::{
    FLOAT8, INT2, INT4, push_array, push_attributes, push_bytes, push_clean_json, push_f64, push_i16,
    push_i32, push_i64, push_json, push_lines, push_null, push_option, push_sized, push_text,
    push_text_array,
};
use super::surface_details::DetailsOf;
use super::{ewkb, look, template};
use stadtwin_model::{
    Attributes, BoundarySurface, CityObject, Envelope, Geometry, ImplicitGeometry, Measures, NO_SURFACE,
    Place as Outline,
};

/// Rows as the import writes them: tuples without header and trailer.
#[derive(Debug, Default)]
pub struct CopyRows {
    pub objects: Vec<u8>,
    pub geometries: Vec<u8>,
    /// Tuples of prototypes by their hash.
    pub templates: BTreeMap<[u8; 16], Vec<u8>>,
    /// EPSG code of the storage CRS.
    pub srid: u32,
    /// What objects measure; `None`: the columns stay empty.
    measure: Option<fn(&CityObject) -> Measures>,
}

impl CopyRows {
    pub fn new(srid: u32) -> CopyRows {
        CopyRows { srid, ..CopyRows::default() }
    }

    /// Rows with the measures that `measure` gives: the store computes none.
    pub fn measured_by(self, measure: fn(&CityObject) -> Measures) -> CopyRows {
        CopyRows { measure: Some(measure), ..self }
    }

    /// With room for this much of objects and of geometries together [bytes].
    pub fn with_room(srid: u32, bytes: usize) -> CopyRows {
        // An object's own row takes about a third.
        let objects = Vec::with_capacity(bytes / 3);
        CopyRows { srid, objects, geometries: Vec::with_capacity(bytes - bytes / 3), ..CopyRows::default() }
    }

    /// Adds further rows of the same import.
    pub fn append(&mut self, mut rows: CopyRows) {
        self.objects.extend_from_slice(&rows.objects);
        self.geometries.extend_from_slice(&rows.geometries);
        self.templates.append(&mut rows.templates);
    }

    pub fn len(&self) -> usize {
        let templates: usize = self.templates.values().map(Vec::len).sum();
        self.objects.len() + self.geometries.len() + templates
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the rows written so far end.
    pub fn ends(&self) -> RowEnds {
        RowEnds { objects: self.objects.len(), geometries: self.geometries.len() }
    }

    /// Appends the rows of `other` between two ends.
    pub fn extend_from(&mut self, other: &CopyRows, from: RowEnds, to: RowEnds) {
        self.objects.extend_from_slice(other.objects.get(from.objects..to.objects).unwrap_or(&[]));
        self.geometries
            .extend_from_slice(other.geometries.get(from.geometries..to.geometries).unwrap_or(&[]));
    }

    /// Appends the rows of one top-level object of `other`, which gets another gml:id.
    pub fn extend_renamed(&mut self, other: &CopyRows, from: RowEnds, to: RowEnds, uid: &str) {
        // The top-level object's row comes first; its uid behind the number of columns, the collection and the key.
        const BEFORE: usize = 2 + (4 + 4) + (4 + 8);
        let row = other.objects.get(from.objects..to.objects).unwrap_or(&[]);
        let (Some(before), Some(rest)) = (row.get(..BEFORE), row.get(BEFORE..)) else { return };
        let Some(length) = rest.first_chunk().map(|length| u32::from_be_bytes(*length) as usize) else {
            return;
        };
        self.objects.extend_from_slice(before);
        push_text(&mut self.objects, uid);
        self.objects.extend_from_slice(rest.get(4 + length..).unwrap_or(&[]));
        self.geometries
            .extend_from_slice(other.geometries.get(from.geometries..to.geometries).unwrap_or(&[]));
    }
}

/// What a top-level object is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashes {
    /// Over its content.
    pub content: [u8; 16],
    /// Over the bytes that it came as, and what reading them depended on.
    pub source: Option<[u8; 16]>,
}

impl From<[u8; 16]> for Hashes {
    fn from(content: [u8; 16]) -> Hashes {
        Hashes { content, source: None }
    }
}

/// A place between two objects' rows in `CopyRows` [bytes].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowEnds {
    objects: usize,
    geometries: usize,
}

pub(super) const OBJECT_COLUMNS: i16 = 25;
pub(super) const OBJECT_FIELDS: &str = "collection, id, uid, class, source_class, parent, root, attributes, footprint, \
     z_min, z_max, valid_from, valid_to, rev_from, content_hash, lods, children, face_count, scenario, qualifiers, \
     extensions, source_hash, volume_m3, surface_m2, reach_m";
/// `object_geometry.kind` of a prototype at its place.
pub(super) const IMPLICIT: &str = "Implicit";
pub(super) const GEOMETRY_COLUMNS: i16 = 19;
pub(super) const GEOMETRY_FIELDS: &str = "collection, object, root, ordinal, rev_from, lod, kind, role, geom, \
     face_surface, surface_ids, surface_classes, surface_details, shells, solids, appearances, texture_coordinates, \
     template, matrix";
/// Signature, flags, length of the header's extension.
pub(super) const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
pub(super) const COPY_TRAILER: &[u8] = &[0xff, 0xff];

/// Where an object's rows go: collection, revision and the ids of the object and of those around it.
struct Place {
    collection: i32,
    revision: i64,
    root: i64,
    parent: Option<i64>,
    id: i64,
    srid: u32,
}

/// Appends the rows of `object` and all its children: ids go to parents first, level by level. Objects beyond the
/// last id are left out, so give as many as `object.walk().len()`.
pub fn encode_rows(
    rows: &mut CopyRows,
    collection: i32,
    revision: i64,
    ids: &mut impl Iterator<Item = i64>,
    object: &CityObject,
    footprint: &[Vec<Vec<[f64; 2]>>],
    hashes: impl Into<Hashes>,
) {
    let hashes = hashes.into();
    let Some(root) = ids.next() else { return };
    let mut level = vec![(object, None, root)];
    let srid = rows.srid;
    while !level.is_empty() {
        let mut below = Vec::new();
        for (object, parent, id) in level {
            let place = Place { collection, revision, root, parent, id, srid };
            let measures = rows.measure.map(|measure| measure(object));
            push_object(&mut rows.objects, &place, object, footprint, hashes, measures);
            for (ordinal, geometry) in object.geometries.iter().enumerate() {
                push_geometry(&mut rows.geometries, &place, ordinal, geometry);
            }
            for (ordinal, implicit) in object.implicit_geometries.iter().enumerate() {
                push_implicit(rows, &place, object.geometries.len() + ordinal, implicit);
            }
            below.extend(
                object.children.iter().zip(&mut *ids).map(|(child, child_id)| (child, Some(id), child_id)),
            );
        }
        level = below;
    }
}

fn push_object(
    out: &mut Vec<u8>,
    place: &Place,
    object: &CityObject,
    footprint: &[Vec<Vec<[f64; 2]>>],
    hashes: Hashes,
    measures: Option<Measures>,
) {
    let figures = Figures::of(object);
    let is_root = place.parent.is_none();
    out.extend_from_slice(&OBJECT_COLUMNS.to_be_bytes());
    push_i32(out, place.collection);
    push_i64(out, place.id);
    push_text(out, &object.id);
    push_text(out, object.class.name());
    push_option(out, object.source_class.as_deref(), push_text);
    push_option(out, place.parent, push_i64);
    push_i64(out, place.root);
    push_attributes(out, &object.attributes);
    push_outline(out, place, if is_root { Some(object) } else { None }, footprint);
    let heights = (!figures.envelope.is_empty()).then_some(figures.envelope);
    push_option(out, heights.map(|envelope| envelope.min[2]), push_f64);
    push_option(out, heights.map(|envelope| envelope.max[2]), push_f64);
    push_option(out, instant(&object.attributes, ["validFrom", "creationDate"]), push_i64);
    push_option(out, instant(&object.attributes, ["validTo", "terminationDate"]), push_i64);
    push_i64(out, place.revision);
    push_bytes(out, &hashes.content);
    push_array(out, INT2, figures.lods.iter().map(|lod| i16::from(*lod).to_be_bytes()));
    push_option(out, is_root.then(|| children(object)), |out, counts| push_json(out, &Value::Object(counts)));
    push_i32(out, figures.face_count);
    push_null(out);
    let qualifiers = (!object.qualifiers.is_empty()).then_some(&object.qualifiers);
    push_option(out, qualifiers, push_attributes);
    let extensions = (!object.extensions.is_empty()).then_some(object.extensions.iter());
    push_option(out, extensions, push_text_array);
    push_option(out, hashes.source.filter(|_| is_root), |out, hash| push_bytes(out, &hash));
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    push_option(out, finite(measures.and_then(|measures| measures.volume_m3)), push_f64);
    push_option(out, finite(measures.and_then(|measures| measures.surface_m2)), push_f64);
    let measured = measures.is_some() && is_root;
    push_option(out, measured.then(|| reach_m(&figures.envelope, footprint)), push_f64);
}

/// How far the envelope sticks out of the box around the outline, in plan [m]; an outline of lines or points has all.
pub(super) fn reach_m(envelope: &Envelope, footprint: &[Vec<Vec<[f64; 2]>>]) -> f64 {
    let corners = footprint.iter().flatten().flatten();
    let [mut low, mut high] = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
    for corner in corners {
        for axis in 0..2 {
            (low[axis], high[axis]) = (low[axis].min(corner[axis]), high[axis].max(corner[axis]));
        }
    }
    let beyond = |axis: usize| (low[axis] - envelope.min[axis]).max(envelope.max[axis] - high[axis]);
    let reach = beyond(0).max(beyond(1));
    if reach.is_finite() { reach.max(0.0) } else { 0.0 }
}

/// Where an object has no faces, its lines or points stand for the footprint.
fn push_outline(
    out: &mut Vec<u8>,
    place: &Place,
    root: Option<&CityObject>,
    footprint: &[Vec<Vec<[f64; 2]>>],
) {
    let Some(root) = root else { return push_null(out) };
    if !footprint.is_empty() {
        return push_sized(out, |out| ewkb::write_footprint(out, footprint, place.srid));
    }
    match Outline::of(root) {
        Outline::Nothing => push_null(out),
        outline => push_sized(out, |out| ewkb::write_place(out, &outline, place.srid)),
    }
}

/// What the rows tell of an object's geometries, children included.
struct Figures {
    envelope: Envelope,
    lods: Vec<u8>,
    face_count: i32,
}

impl Figures {
    fn of(object: &CityObject) -> Figures {
        let mut figures = Figures { envelope: Envelope::EMPTY, lods: Vec::new(), face_count: 0 };
        for part in object.walk() {
            part.geometries.iter().for_each(|geometry| figures.add(geometry));
            part.implicit_geometries.iter().for_each(|implicit| figures.add(&implicit.placed()));
        }
        figures.lods.sort_unstable();
        figures.lods.dedup();
        figures
    }

    fn add(&mut self, geometry: &Geometry) {
        self.envelope.union(&geometry.envelope());
        self.lods.push(geometry.lod.0);
        self.face_count = self.face_count.saturating_add(geometry.faces.len() as i32);
    }
}

fn children(object: &CityObject) -> Attributes {
    let mut counts = Attributes::new();
    for child in object.walk().into_iter().skip(1) {
        let count = counts.get(child.class.name()).and_then(Value::as_i64).unwrap_or(0);
        counts.insert(child.class.name().to_owned(), Value::from(count + 1));
    }
    counts
}

fn push_geometry(out: &mut Vec<u8>, place: &Place, ordinal: usize, geometry: &Geometry) {
    push_geometry_head(out, place, ordinal, geometry.lod.0, geometry.kind.name(), &geometry.role);
    push_shape(out, geometry, place.srid);
    push_null(out);
    push_null(out);
}

/// The prototype's place; the prototype itself becomes a row of its own.
fn push_implicit(rows: &mut CopyRows, place: &Place, ordinal: usize, implicit: &ImplicitGeometry) {
    let (hash, tuple) = template::encode(place.collection, &implicit.template);
    rows.templates.entry(hash).or_insert(tuple);
    let out = &mut rows.geometries;
    push_geometry_head(out, place, ordinal, implicit.lod.0, IMPLICIT, ImplicitGeometry::ROLE);
    push_sized(out, |out| ewkb::write_point(out, &implicit.reference_point, place.srid));
    push_null(out);
    push_surfaces(out, &implicit.surfaces);
    (0..4).for_each(|_| push_null(out));
    push_bytes(out, &hash);
    push_array(out, FLOAT8, implicit.matrix.iter().map(|value| value.to_be_bytes()));
}

fn push_geometry_head(out: &mut Vec<u8>, place: &Place, ordinal: usize, lod: u8, kind: &str, role: &str) {
    out.extend_from_slice(&GEOMETRY_COLUMNS.to_be_bytes());
    push_i32(out, place.collection);
    push_i64(out, place.id);
    push_i64(out, place.root);
    push_i16(out, i16::try_from(ordinal).unwrap_or(i16::MAX));
    push_i64(out, place.revision);
    push_i16(out, i16::from(lod));
    push_text(out, kind);
    push_text(out, role);
}

/// The fields from `geom` to `texture_coordinates`, the same in `object_geometry` and `template`.
pub(super) fn push_shape(out: &mut Vec<u8>, geometry: &Geometry, srid: u32) {
    push_sized(out, |out| ewkb::write_geometry(out, geometry, srid));
    let has_surfaces = !geometry.surfaces.is_empty();
    push_option(out, has_surfaces.then_some(&geometry.faces), |out, faces| {
        let index = |surface: u32| {
            if surface == NO_SURFACE { -1 } else { surface as i32 }
        };
        let in_order = faces.iter().enumerate().all(|(at, face)| face.surface as usize == at);
        let said = if in_order { &[][..] } else { faces };
        push_array(out, INT4, said.iter().map(|face| index(face.surface).to_be_bytes()));
    });
    push_surfaces(out, &geometry.surfaces);
    for starts in [&geometry.shells, &geometry.solids] {
        push_option(out, (!starts.is_empty()).then_some(starts), |out, starts| {
            push_array(out, INT4, starts.iter().map(|start| (*start as i32).to_be_bytes()));
        });
    }
    let appearances = (!geometry.appearances.is_empty()).then_some(&geometry.appearances);
    push_option(out, appearances, |out, appearances| push_clean_json(out, &look::rows(appearances)));
    let textured = appearances.filter(|all| all.iter().any(|one| !one.texture_coordinates.is_empty()));
    push_option(out, textured, |out, appearances| {
        push_sized(out, |out| look::coordinates(appearances).for_each(|bytes| out.extend_from_slice(&bytes)));
    });
}

/// Ids and classes as lines of a text: PostgreSQL takes those in at a fraction of the price of arrays and JSON.
fn push_surfaces(out: &mut Vec<u8>, surfaces: &[BoundarySurface]) {
    if surfaces.is_empty() {
        return (0..3).for_each(|_| push_null(out));
    }
    push_lines(out, surfaces.iter().map(|surface| surface.id.as_str()));
    push_lines(out, surfaces.iter().map(|surface| surface.class.name()));
    push_option(out, DetailsOf::new(surfaces), |out, details| push_clean_json(out, &details));
}

/// Microseconds since 2000-01-01 UTC of the first of `names` that is a date or a time; times without zone count as UTC.
fn instant(attributes: &Attributes, names: [&str; 2]) -> Option<i64> {
    const EPOCH_2000_US: i64 = 946_684_800_000_000;
    let text = names.iter().find_map(|name| attributes.get(*name)?.as_str())?.trim();
    let utc = |time: jiff::civil::DateTime| Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    let timestamp = text.parse::<jiff::Timestamp>().ok().or_else(|| utc(text.parse().ok()?));
    timestamp.map(|timestamp| timestamp.as_microsecond() - EPOCH_2000_US)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dates_and_times_become_microseconds_since_2000() {
        let cases = [
            (json!({"creationDate": "2000-01-01"}), Some(0)),
            (json!({"creationDate": "2000-01-02T00:00:00Z"}), Some(86_400_000_000)),
            (json!({"creationDate": "2000-01-01T01:00:00+01:00"}), Some(0)),
            (json!({"creationDate": "2000-01-01T00:00:01"}), Some(1_000_000)),
            (json!({"validFrom": "1999-12-31", "creationDate": "2000-01-01"}), Some(-86_400_000_000)),
            (json!({"creationDate": "yesterday"}), None),
            (json!({"creationDate": 2000}), None),
        ];
        for (attributes, expected) in cases {
            let Value::Object(attributes) = attributes else {
                continue;
            };
            assert_eq!(instant(&attributes, ["validFrom", "creationDate"]), expected, "{attributes:?}");
        }
    }
}
