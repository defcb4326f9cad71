//! A parsed object made ready for its rows: converted, measured, hashed, encoded. Pure work for worker threads.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::code_book::{CodeBook, CodeReader};
use stadtwin_crs::{CrsError, Transformer};
use stadtwin_formats::{Batch, Parsed, object_links};
use stadtwin_geometry::footprint;
use stadtwin_model::{
    CityObject, Crs, Footprint, Issue, Lod, ObjectLink, Place, PropertyType, Severity, VerticalCrs,
};
use stadtwin_store::{CopyRows, Hashes, Recognisable, RowEnds, StoreError, encode_rows};

use super::check::Gate;
use super::hash::content_hash;
use super::images::{Dresser, Images};
use super::known::Lookup;
use super::pipeline::Done;
use super::planned::Planned;
use super::recognise::{recognise, source_hash, stands_alone};
use super::source_crs::override_issue;
use super::{Checks, OnError};

/// What every worker of a file needs to know.
#[derive(Clone)]
pub(super) struct Context {
    pub collection: i32,
    pub revision: i64,
    /// CRS that the user names, in place of what the file says.
    pub forced: Option<Crs>,
    /// Whether it was told that the file says otherwise.
    pub told_override: Arc<AtomicBool>,
    pub storage: Crs,
    pub lookup: Lookup,
    /// Objects not found by id are looked for otherwise: the collector needs them whole.
    pub keeps_unknown: bool,
    /// What else an object depends on beside its bytes and their file: see `settings`.
    pub settings: [u8; 32],
    pub checks: Checks,
    pub on_error: OnError,
    pub images: Arc<Images>,
    pub codes: Arc<CodeBook>,
    pub planned: Arc<Planned>,
}

/// A top-level object, ready to be compared with the store.
pub(super) struct Prepared {
    pub id: String,
    pub hash: [u8; 16],
    pub content: Content,
    /// `id` is not what the file says, since that stands for another object too.
    pub is_renamed: bool,
    /// Told by its bytes, not read.
    pub is_recognised: bool,
    pub line: u64,
    /// To other objects; of most objects none.
    pub links: Vec<ObjectLink>,
}

/// What the collector gets of an object. The object itself is mostly gone: memory is best freed in the thread that took it.
pub(super) enum Content {
    /// New: its rows stand in the batch's, between these ends.
    New { from: RowEnds, to: RowEnds },
    /// New, its rows not made yet: an object that got another id, or may be known by something else.
    Whole(Box<CityObject>),
    /// The collection holds just this under this key.
    Unchanged(i64),
    /// The collection holds another state of it under this key.
    Changed(i64, Box<CityObject>),
}

/// An object checked, hashed and in the storage CRS.
pub(super) struct Ready {
    object: CityObject,
    hashes: Hashes,
    line: u64,
}

impl Ready {
    pub(super) fn into_parts(self) -> (CityObject, [u8; 16]) {
        (self.object, self.hashes.content)
    }

    fn prepared(self, content: impl FnOnce(CityObject) -> Content) -> Prepared {
        let Ready { object, hashes, line } = self;
        let links = object_links(&object);
        Prepared {
            id: object.id.clone(),
            hash: hashes.content,
            content: content(object),
            is_renamed: false,
            is_recognised: false,
            line,
            links,
        }
    }
}

/// Sums over objects read; kept per batch and merged.
#[derive(Default, Clone)]
pub(super) struct Tally {
    pub classes: BTreeMap<&'static str, u64>,
    /// Geometries.
    pub lods: BTreeMap<Lod, u64>,
    /// Top-level objects.
    pub object_lods: BTreeMap<Lod, u64>,
    pub faces: u64,
    pub polygon_elements: u64,
    /// `[min, max]` of footprints, storage CRS.
    bounds: Option<[[f64; 2]; 2]>,
    /// Attributes of top-level objects: type and count.
    pub properties: HashMap<String, (PropertyType, i64)>,
}

impl Tally {
    fn add(&mut self, object: &CityObject, polygon_elements: u64) {
        self.polygon_elements += polygon_elements;
        for (name, value) in &object.attributes {
            let Some(kind) = PropertyType::of(value) else { continue };
            match self.properties.get_mut(name) {
                Some((known, count)) => (*known, *count) = (known.merge(kind), *count + 1),
                None => drop(self.properties.insert(name.clone(), (kind, 1))),
            }
        }
        self.add_shapes(object);
        let mut lods = Vec::new();
        lods_of(object, &mut lods);
        lods.sort_unstable();
        lods.dedup();
        self.add_lods(&lods);
    }

    fn add_lods(&mut self, lods: &[Lod]) {
        lods.iter().for_each(|lod| *self.object_lods.entry(*lod).or_default() += 1);
    }

    fn extend(&mut self, [low, high]: [[f64; 2]; 2]) {
        let [min, max] = self.bounds.get_or_insert([low, high]);
        for axis in 0..2 {
            min[axis] = min[axis].min(low[axis]);
            max[axis] = max[axis].max(high[axis]);
        }
    }

    /// Bounds that were found elsewhere, `[min, max]` in the storage CRS.
    pub fn of_bounds(bounds: Option<[[f64; 2]; 2]>) -> Tally {
        Tally { bounds, ..Tally::default() }
    }

    /// CRS84 `[west, south, east, north]` [°] around all footprints, rounded outwards.
    pub fn extent_deg(&self, storage: &Crs) -> Result<Option<[f64; 4]>, CrsError> {
        let Some([min, max]) = self.bounds else { return Ok(None) };
        // Sides of a box in one CRS bend in the other: points along them bound it well enough, with room to spare.
        let along = |t: f64, axis: usize| min[axis] + (max[axis] - min[axis]) * t;
        let mut points: Vec<[f64; 2]> = (0..=16)
            .map(|step| f64::from(step) / 16.0)
            .flat_map(|t| {
                [[along(t, 0), min[1]], [along(t, 0), max[1]], [min[0], along(t, 1)], [max[0], along(t, 1)]]
            })
            .collect();
        Transformer::new(storage, &stadtwin_crs::CRS84)?.convert_2d(&mut points)?;
        let least = |axis: usize| points.iter().map(|point| point[axis]).fold(f64::INFINITY, f64::min);
        let most = |axis: usize| points.iter().map(|point| point[axis]).fold(f64::NEG_INFINITY, f64::max);
        let down = |value: f64| ((value - 2e-6) * 1e6).floor() / 1e6;
        let up = |value: f64| ((value + 2e-6) * 1e6).ceil() / 1e6;
        Ok(Some([down(least(0)), down(least(1)), up(most(0)), up(most(1))]))
    }

    /// An object that was not read.
    pub fn add_known(&mut self, known: &Recognisable) {
        let own = known.class.map(|class| (class, 1));
        for (class, count) in own.iter().chain(&known.children) {
            *self.classes.entry(class.name()).or_default() += count;
        }
        self.add_lods(&known.lods);
        self.faces += known.face_count;
        // Only objects without a finding are known by their bytes.
        self.polygon_elements += known.face_count;
    }

    fn add_shapes(&mut self, object: &CityObject) {
        *self.classes.entry(object.class.name()).or_default() += 1;
        for geometry in &object.geometries {
            *self.lods.entry(geometry.lod).or_default() += 1;
            self.faces += geometry.faces.len() as u64;
        }
        for implicit in &object.implicit_geometries {
            *self.lods.entry(implicit.lod).or_default() += 1;
            let shape = implicit.template.geometry.as_ref();
            self.faces += shape.map_or(0, |shape| shape.faces.len() as u64);
        }
        for child in &object.children {
            self.add_shapes(child);
        }
    }

    pub fn merge(&mut self, other: &Tally) {
        for (name, count) in &other.classes {
            *self.classes.entry(name).or_default() += count;
        }
        for (lod, count) in &other.lods {
            *self.lods.entry(*lod).or_default() += count;
        }
        for (lod, count) in &other.object_lods {
            *self.object_lods.entry(*lod).or_default() += count;
        }
        self.faces += other.faces;
        self.polygon_elements += other.polygon_elements;
        if let Some(bounds) = other.bounds {
            self.extend(bounds);
        }
        for (name, (kind, count)) in &other.properties {
            match self.properties.get_mut(name) {
                Some((known, sum)) => (*known, *sum) = (known.merge(*kind), *sum + count),
                None => drop(self.properties.insert(name.clone(), (*kind, *count))),
            }
        }
    }
}

/// Lives in one worker thread: holds a transformer for each CRS met (PROJ's are not shared between threads).
pub(super) struct Preparer {
    context: Context,
    transformers: HashMap<Crs, Transformer>,
    parsed_names: HashMap<String, Result<Crs, String>>,
    next_id: Arc<AtomicI64>,
    gate: Gate,
    dresser: Dresser,
    codes: CodeReader,
}

impl Preparer {
    pub fn new(context: Context, next_id: Arc<AtomicI64>) -> Preparer {
        let gate = Gate::new(context.checks, context.on_error);
        let dresser = Dresser::new(context.images.clone());
        let codes = CodeReader::new(context.codes.clone());
        Preparer {
            context,
            transformers: HashMap::new(),
            parsed_names: HashMap::new(),
            next_id,
            gate,
            dresser,
            codes,
        }
    }

    /// See `recognise`.
    pub fn recognise(&self, batch: &Batch, done: &mut Done) -> Result<Vec<usize>, StoreError> {
        recognise(batch, &self.context.lookup, &self.context.settings, done)
    }

    /// Objects ready for the store, compared with what it holds. What cannot be used is left out, and `done` says why.
    pub fn prepare(&mut self, parsed: Vec<Parsed>, done: &mut Done) -> Result<(), StoreError> {
        let mut waiting = Vec::new();
        for object in parsed {
            let Some(ready) = self.ready(object, &mut done.tally, &mut done.issues) else { continue };
            match self.context.lookup.all_new() {
                true => {
                    let prepared = self.new_rows(ready, &mut done.tally, &mut done.rows);
                    done.prepared.push(prepared);
                }
                false => waiting.push(ready),
            }
        }
        self.compare(waiting, done)
    }

    fn compare(&mut self, waiting: Vec<Ready>, done: &mut Done) -> Result<(), StoreError> {
        let ids: Vec<String> = waiting.iter().map(|ready| ready.object.id.clone()).collect();
        let known = self.context.lookup.known(&ids)?;
        for ready in waiting {
            let prepared = match known.get(&ready.object.id) {
                None if self.context.keeps_unknown => {
                    ready.prepared(|object| Content::Whole(Box::new(object)))
                }
                None => self.new_rows(ready, &mut done.tally, &mut done.rows),
                Some(old) if old.hash == ready.hashes.content => {
                    ready.prepared(|_| Content::Unchanged(old.key))
                }
                Some(old) => ready.prepared(|object| Content::Changed(old.key, Box::new(object))),
            };
            done.prepared.push(prepared);
        }
        Ok(())
    }

    /// Makes the rows of an object that the collection does not hold.
    fn new_rows(&mut self, ready: Ready, tally: &mut Tally, rows: &mut CopyRows) -> Prepared {
        let footprint = footprint(&ready.object);
        let place = if footprint.is_empty() { Place::of(&ready.object) } else { Place::Nothing };
        for point in footprint.iter().flatten().flatten().chain(place.runs().flatten()) {
            tally.extend([*point, *point]);
        }
        let from = rows.ends();
        encode(rows, &self.context, &self.next_id, &ready.object, &footprint, ready.hashes);
        let content = Content::New { from, to: rows.ends() };
        ready.prepared(|_| content)
    }

    /// `None` when the object cannot be used; `issues` then says why.
    pub(super) fn ready(
        &mut self,
        parsed: Parsed,
        tally: &mut Tally,
        issues: &mut Vec<Issue>,
    ) -> Option<Ready> {
        let Parsed { mut object, srs_name, line, polygon_count, issues: findings, fingerprint } = parsed;
        if !self.context.planned.keeps(&mut object) {
            return None;
        }
        let findings_from = issues.len();
        issues.extend(findings);
        let refused = |message: String, code: &str| Issue {
            object: object.id.clone(),
            line,
            code: code.into(),
            severity: Severity::Error,
            message,
            ..Issue::default()
        };
        if let Some(forced) = self.context.forced
            && let Some(finding) = override_issue(&forced, srs_name.as_deref(), line)
            && !self.context.told_override.swap(true, Ordering::Relaxed)
        {
            issues.push(finding);
        }
        let crs = match self.crs_of(srs_name.as_deref()) {
            Ok(crs) => crs,
            // What has no coordinates needs no system for them.
            Err(_) if object.walk().into_iter().find_map(first_point).is_none() => self.context.storage,
            Err(message) => {
                issues.push(refused(message, "crs_unknown"));
                return None;
            }
        };
        // Before the hash: a new image makes the object another one.
        self.dresser.dress(&mut object, line, issues);
        self.codes.read(&object, line, self.context.checks == Checks::All, issues);
        let hash = content_hash(&object, &crs);
        if let Err(error) = self.convert(&mut object, &crs) {
            let message = format!("{error}; the object was left out");
            issues.push(Issue {
                object: object.id,
                line,
                code: "crs_area".into(),
                severity: Severity::Error,
                message,
                ..Issue::default()
            });
            return None;
        }
        if !self.gate.lets_pass(&object, line, findings_from, issues) {
            return None;
        }
        tally.add(&object, polygon_count);
        let is_clean = issues.len() == findings_from && stands_alone(&object);
        let source =
            fingerprint.filter(|_| is_clean).map(|print| source_hash(&self.context.settings, &print));
        Some(Ready { object, hashes: Hashes { content: hash, source }, line })
    }

    fn crs_of(&mut self, srs_name: Option<&str>) -> Result<Crs, String> {
        if let Some(forced) = self.context.forced {
            return Ok(forced);
        }
        let name = srs_name.ok_or(
            "the file names no coordinate reference system: say which with `--crs`; the object was left out",
        )?;
        if let Some(known) = self.parsed_names.get(name) {
            return known.clone();
        }
        let crs =
            stadtwin_crs::parse_srs_name(name).map_err(|error| format!("{error}; the object was left out"));
        self.parsed_names.insert(name.to_string(), crs.clone());
        crs
    }

    fn convert(&mut self, object: &mut CityObject, crs: &Crs) -> Result<(), CrsError> {
        let storage = self.context.storage;
        let first = object.walk().into_iter().find_map(first_point);
        if let Some([x, y, z]) = first {
            stadtwin_crs::check_area(crs, if crs.north_first { [y, x, z] } else { [x, y, z] })?;
        }
        if crs.horizontal == storage.horizontal && !crs.north_first {
            return Ok(());
        }
        let transformer = match self.transformers.entry(*crs) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Transformer::new(crs, &storage)?)
            }
        };
        convert_object(object, crs.north_first, transformer)
    }
}

fn lods_of(object: &CityObject, lods: &mut Vec<Lod>) {
    lods.extend(object.geometries.iter().map(|geometry| geometry.lod));
    lods.extend(object.implicit_geometries.iter().map(|implicit| implicit.lod));
    object.children.iter().for_each(|child| lods_of(child, lods));
}

fn first_point(part: &CityObject) -> Option<[f64; 3]> {
    let point = part.geometries.iter().find_map(|geometry| geometry.points.first().copied());
    point.or_else(|| part.implicit_geometries.first().map(|implicit| implicit.reference_point))
}

fn convert_object(
    object: &mut CityObject,
    north_first: bool,
    transformer: &Transformer,
) -> Result<(), CrsError> {
    for geometry in &mut object.geometries {
        if north_first {
            for point in &mut geometry.points {
                point.swap(0, 1);
            }
        }
        transformer.convert(&mut geometry.points)?;
    }
    for implicit in &mut object.implicit_geometries {
        // A prototype's own axes are metres to the east, to the north and up, whatever comes first in degrees.
        if north_first {
            implicit.reference_point.swap(0, 1);
        }
        transformer.convert(std::slice::from_mut(&mut implicit.reference_point))?;
    }
    object.children.iter_mut().try_for_each(|child| convert_object(child, north_first, transformer))
}

/// Appends the rows of an object and its children, with ids of their own.
pub(super) fn encode(
    rows: &mut CopyRows,
    context: &Context,
    next_id: &AtomicI64,
    object: &CityObject,
    footprint: &Footprint,
    hashes: impl Into<Hashes>,
) {
    let mut ids = std::iter::repeat_with(|| next_id.fetch_add(1, Ordering::Relaxed));
    encode_rows(rows, context.collection, context.revision, &mut ids, object, footprint, hashes);
}

/// `25832+7837`, `25832`, `4326 (ellipsoidal)`.
pub(crate) fn crs_text(crs: &Crs) -> String {
    match crs.vertical {
        VerticalCrs::Epsg(code) => format!("{}+{code}", crs.horizontal),
        VerticalCrs::Ellipsoidal => format!("{} (ellipsoidal heights)", crs.horizontal),
        VerticalCrs::Unknown => crs.horizontal.to_string(),
    }
}
