//! A few objects made ready as imports do it, one by one: for edits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};

use tokio::runtime::Handle;

use crate::city_pen::CityForm;
use crate::code_book::CodeBook;
use stadtwin_formats::{CityModelFile, Declared, Input, Parsed, Pending, Version, open, resolve};
use stadtwin_geometry::validate::{Checker, Tolerances};
use stadtwin_model::{CityObject, Crs, Issue, Severity};
use stadtwin_store::Store;

use super::hash::content_hash;
use super::images::Images;
use super::known::Lookup;
use super::prepare::{Context, Preparer, Tally};
use super::recognise::settings;
use super::source_crs::height_issue;
use super::target::check_codes;
use super::{Checks, OnError};

/// Bytes in one of the formats that city models come in.
pub(crate) struct Body {
    pub bytes: Vec<u8>,
    /// In place of what the bytes say.
    pub forced: Option<Crs>,
    pub storage: Crs,
    pub store: Store,
    /// What registered extensions declare.
    pub declared: Arc<Declared>,
}

/// An object in the storage CRS with all that its rows need.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub object: CityObject,
    pub hash: [u8; 16],
}

/// What a body holds.
pub(crate) struct ReadBody {
    pub objects: Vec<Checked>,
    pub issues: Vec<Issue>,
    /// What it is written as.
    pub form: CityForm,
}

/// Codes of findings that checks of geometry and attributes give.
pub(crate) fn checked_codes() -> Vec<String> {
    check_codes()
}

/// Every object of the bytes, or what is wrong with them: nothing is left out. Blocks; not for the runtime's threads.
pub(crate) fn read_body(body: Body, runtime: &Handle) -> Result<ReadBody, String> {
    let input = Input::memory("the body", body.bytes.as_slice());
    let mut file = open(input.clone()).map_err(|error| error.to_string())?;
    file.declare(body.declared.clone());
    let mut issues = Vec::new();
    let (srs_name, form) = (file.header().srs_name.clone(), form(&file));
    let crs = body.forced.or_else(|| stadtwin_crs::parse_srs_name(srs_name.as_deref()?).ok());
    if let Some(crs) = crs {
        issues.extend(height_issue(&crs, &body.storage)?);
    }
    let mut preparer = preparer(&body, &input, runtime);
    let mut tally = Tally::default();
    let mut made = Vec::new();
    let mut pending = Pending::default();
    let mut take = |parsed: Vec<Parsed>, issues: &mut Vec<Issue>| {
        let ready = parsed.into_iter().filter_map(|parsed| preparer.ready(parsed, &mut tally, issues));
        made.extend(ready.map(|ready| ready.into_parts()).map(|(object, hash)| Checked { object, hash }));
    };
    while let Some(batch) = file.next_batch().map_err(|error| error.to_string())? {
        let result = batch.parse();
        issues.extend(result.issues);
        pending.extend(result.unresolved).map_err(|error| error.to_string())?;
        take(result.objects, &mut issues);
    }
    while !pending.is_empty() {
        let parsed = resolve(&input, &mut pending).map_err(|error| error.to_string())?;
        take(parsed, &mut issues);
    }
    issues.extend(file.issues());
    let checked = check_codes();
    match issues.iter().find(|issue| issue.severity == Severity::Error && !checked.contains(&issue.code)) {
        Some(issue) if issue.object.is_empty() => Err(issue.message.clone()),
        Some(issue) => Err(format!("object `{}`: {}", issue.object, issue.message)),
        None => Ok(ReadBody { objects: made, issues, form }),
    }
}

/// The one that answers have for it: versions before 2.0 of CityGML are read alone.
fn form(file: &CityModelFile) -> CityForm {
    match file {
        CityModelFile::CityJson(_) => CityForm::Document,
        CityModelFile::CityGml(file) if file.header().version.starts_with('3') => CityForm::Gml(Version::V3),
        CityModelFile::CityGml(_) => CityForm::Gml(Version::V2),
    }
}

fn preparer(body: &Body, input: &Input, runtime: &Handle) -> Preparer {
    let kept = Some((body.store.clone(), runtime.clone()));
    let context = Context {
        collection: 0,
        revision: 0,
        forced: body.forced,
        told_override: Arc::new(AtomicBool::new(true)),
        storage: body.storage,
        lookup: Lookup::nothing(body.store.clone(), runtime.clone()),
        keeps_unknown: true,
        settings: settings(body.forced, Checks::All),
        checks: Checks::All,
        on_error: OnError::Keep,
        codes: Arc::new(CodeBook::new(input, kept.clone(), true)),
        images: Arc::new(Images::new(input, kept)),
        planned: Arc::default(),
    };
    Preparer::new(context, Arc::new(AtomicI64::new(0)))
}

/// Objects in the storage CRS, checked and hashed. Blocks.
pub(crate) fn check_objects(objects: Vec<CityObject>, storage: &Crs) -> (Vec<Checked>, Vec<Issue>) {
    let mut checker = Checker::new(Tolerances::default());
    let mut issues = Vec::new();
    let mut checked = |object: CityObject| {
        checker.check(&object, &mut issues);
        Checked { hash: content_hash(&object, storage), object }
    };
    let objects = objects.into_iter().map(&mut checked).collect();
    (objects, issues)
}

/// CRS84 `[west, south, east, north]` [°] around bounds `[min, max]` of the storage CRS, rounded outwards. Blocks.
pub(crate) fn extent_deg(bounds: [[f64; 2]; 2], storage: &Crs) -> anyhow::Result<Option<[f64; 4]>> {
    Ok(Tally::of_bounds(Some(bounds)).extent_deg(storage)?)
}
