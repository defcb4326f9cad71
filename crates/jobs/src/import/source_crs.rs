//! Which CRS the input is in and which one the store will keep; settled before the first row.

use anyhow::{Context, bail};

use stadtwin_crs::{parse_srs_name, storage_crs_for};
use stadtwin_formats::Input;
use stadtwin_model::{CityObject, Crs, Envelope, Geometry, Issue, Severity, VerticalCrs};
use stadtwin_store::Store;

use super::prepare::crs_text;

/// Batches looked at for a first srsName and point where the header has none.
const BATCHES_PROBED: usize = 4;

/// The storage CRS: the store's, or for a new store the one that suits the first usable file (kept unless `dry_run`).
pub(super) async fn settle(
    store: &Store,
    forced: Option<Crs>,
    inputs: &[Input],
    dry_run: bool,
) -> anyhow::Result<Crs> {
    if let Some(crs) = store.storage_crs().await? {
        return Ok(crs);
    }
    let candidates = inputs.to_vec();
    let storage = tokio::task::spawn_blocking(move || first_usable(forced, &candidates)).await??;
    if !dry_run {
        store.set_storage_crs(&storage).await?;
    }
    Ok(storage)
}

fn first_usable(forced: Option<Crs>, inputs: &[Input]) -> anyhow::Result<Crs> {
    let mut last_problem = None;
    for input in inputs {
        match probe(forced, input) {
            Ok(Some(crs)) => return Ok(crs),
            Ok(None) => {}
            Err(error) => last_problem = Some(error.context(input.name.clone())),
        }
    }
    Err(last_problem.unwrap_or_else(|| anyhow::anyhow!("no object with coordinates was found")))
        .context("the coordinate reference system to store in could not be settled: give `--crs` (for example `--crs 25832+7837`)")
}

/// The CRS that suits this file's first point.
fn probe(forced: Option<Crs>, input: &Input) -> anyhow::Result<Option<Crs>> {
    let mut file = stadtwin_formats::open_plain(input.clone())?;
    let header_name = file.header().srs_name.clone();
    for _ in 0..BATCHES_PROBED {
        let Some(batch) = file.next_batch()? else { break };
        for parsed in batch.parse().objects {
            let Some(point) = first_point(&parsed.object) else { continue };
            let source = match (forced, parsed.srs_name.as_deref().or(header_name.as_deref())) {
                (Some(crs), _) => crs,
                (None, Some(name)) => parse_srs_name(name)?,
                (None, None) => bail!("the file names no coordinate reference system"),
            };
            let point = if source.north_first { [point[1], point[0], point[2]] } else { point };
            stadtwin_crs::check_area(&source, point)?;
            return Ok(Some(storage_crs_for(&source, point)?));
        }
    }
    Ok(None)
}

fn first_point(object: &CityObject) -> Option<[f64; 3]> {
    let corner = |part: &CityObject| {
        let mut envelopes = part.geometries.iter().map(Geometry::envelope);
        let envelope = envelopes.find(|envelope: &Envelope| !envelope.is_empty());
        let implicit = part.implicit_geometries.first();
        envelope.map(|envelope| envelope.min).or_else(|| implicit.map(|implicit| implicit.reference_point))
    };
    object.walk().into_iter().find_map(corner)
}

/// A finding when the file names another system than the user; `line` is where it does, 0 for its header.
pub(super) fn override_issue(forced: &Crs, srs_name: Option<&str>, line: u64) -> Option<Issue> {
    let name = srs_name?;
    let named = parse_srs_name(name).ok()?;
    let is_other = match (named.vertical, forced.vertical) {
        // Who says nothing of heights does not contradict.
        (VerticalCrs::Unknown, _) | (_, VerticalCrs::Unknown) => named.horizontal != forced.horizontal,
        (a, b) => a != b || named.horizontal != forced.horizontal,
    };
    is_other.then(|| Issue {
        line,
        code: "crs_overridden".into(),
        severity: Severity::Warning,
        message: format!(
            "the file names EPSG:{} (`{name}`), but was read as EPSG:{}, as `--crs` says",
            crs_text(&named),
            crs_text(forced)
        ),
        ..Issue::default()
    })
}

/// A finding when the file's heights are not certainly the store's.
pub(crate) fn height_issue(source: &Crs, storage: &Crs) -> Result<Option<Issue>, String> {
    let finding = |code: &str, message: String| {
        Some(Issue {
            object: String::new(),
            line: 0,
            code: code.into(),
            severity: Severity::Warning,
            message,
            ..Issue::default()
        })
    };
    match (source.vertical, storage.vertical) {
        (a, b) if a == b => Ok(None),
        (VerticalCrs::Unknown, VerticalCrs::Epsg(kept)) => Ok(finding(
            "height_system_assumed",
            format!("the file does not say which height system it uses; taken as EPSG:{kept}, the store's (say otherwise with `--crs`)"),
        )),
        (VerticalCrs::Epsg(given), VerticalCrs::Epsg(kept)) => Ok(finding(
            "height_system_differs",
            format!("heights are in EPSG:{given}, the store keeps EPSG:{kept}; they were taken over unchanged, which may be off by centimetres"),
        )),
        (VerticalCrs::Epsg(given), VerticalCrs::Unknown) => Ok(finding(
            "height_system_differs",
            format!("heights are in EPSG:{given}, the store's height system is not known; they were taken over unchanged"),
        )),
        (VerticalCrs::Unknown, _) => Ok(finding(
            "height_system_assumed",
            "the file does not say which height system it uses; taken as the store's".into(),
        )),
        (VerticalCrs::Ellipsoidal, _) => Err(
            "heights above the ellipsoid cannot go into a store of heights above sea level: they differ by tens of metres; convert the file first".into(),
        ),
        (_, VerticalCrs::Ellipsoidal) => Err(
            "heights above sea level cannot go into a store of heights above the ellipsoid: they differ by tens of metres; convert the file first".into(),
        ),
    }
}
