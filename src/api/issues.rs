//! `GET /collections/{c}/issues` and `/report`: what imports found wrong, as features and as a page to keep.

use askama::Template;
use axum::http::header;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::collections::{self, CRS84_URI};
use super::error::ApiError;
use super::html::Frame;
use super::links::{link, segment};
use super::negotiate::{Language, Media};
use super::params::{DEFAULT_LIMIT, MAX_LIMIT, shortened};
use super::projection::{Direction, compute, with_transformer};
use super::region;
use super::table::{Table, TablePage, cell, linked};
use stadtwin_model::{Collection, Crs, Page};
use stadtwin_store::{Held, IssueFilter, StoredIssue};

/// Objects in the report.
const WORST: i64 = 20;
/// Findings on the report's map.
const ON_MAP: i64 = 5_000;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let storage = call.state.store.storage_crs().await?;
    let bounds = bounds(&call, &collection, storage).await?;
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let filter = IssueFilter {
        held: held(&call)?,
        code: call.query.get("code"),
        severity: call.query.get("severity"),
        object: call.query.get("object"),
        bounds,
    };
    let after = call.query.integer("after");
    let page = call.state.store.issues(&collection, after, limit, filter).await?;
    let places = places(&page, storage).await?;
    let next = page.next.map(|next| next_path(&call, next));
    if call.media == Media::Html {
        return html_page(&call, &collection, &page, next);
    }
    let mut links = call.own_links();
    if let Some(next) = &next {
        links.push(link("next", &call.base.to(next), call.media, "the next page"));
    }
    let url = call.base.to(&collections::path(&collection));
    links.push(link("collection", &format!("{url}?f=json"), Media::Json, &collection.title));
    let features = page.items.iter().zip(&places).map(|(found, place)| feature(found, *place));
    let document = json!({
        "type": "FeatureCollection",
        "numberReturned": page.items.len(),
        "links": links,
        "features": features.collect::<Vec<_>>(),
    });
    Ok(Answer::json(Media::GeoJson, &document)
        .with(header::HeaderName::from_static("content-crs"), &format!("<{CRS84_URI}>")))
}

fn held(call: &Call) -> Result<Held, ApiError> {
    let Some(text) = call.query.get("revision") else { return Ok(Held::Now) };
    Held::from_text(text).ok_or_else(|| {
        ApiError::BadRequest(format!(
            "`revision` is the number of a revision or `all`, not `{}`",
            shortened(text)
        ))
    })
}

fn next_path(call: &Call, next: i64) -> String {
    let next = next.to_string();
    let query = call.query.with(&[("after", Some(&next)), ("f", Some(call.media.format()))]);
    format!("{}{query}", call.path)
}

/// Around the box in the storage CRS; a box beside the data holds nothing.
async fn bounds(
    call: &Call,
    collection: &Collection,
    storage: Option<Crs>,
) -> Result<Option<[f64; 4]>, ApiError> {
    let Some(text) = call.query.get("bbox") else { return Ok(None) };
    let bbox = region::parse(text)?;
    let nothing = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let Some(storage) = storage else { return Ok(Some(nothing)) };
    let (extent, heights) = (collection.extent, call.state.heights.clone());
    let region = compute(move || region::region(&bbox, extent, &storage, &heights)).await?;
    let bounds = region
        .rings
        .iter()
        .flatten()
        .fold(nothing, |[w, s, e, n], [x, y]| [w.min(*x), s.min(*y), e.max(*x), n.max(*y)]);
    Ok(Some(bounds))
}

/// Longitude and latitude [°] of each finding that has a place.
async fn places(page: &Page<StoredIssue>, storage: Option<Crs>) -> Result<Vec<Option<[f64; 2]>>, ApiError> {
    let found: Vec<_> = page.items.iter().map(|item| item.issue.position.map(|[x, y, _]| [x, y])).collect();
    let Some(storage) = storage else { return Ok(vec![None; found.len()]) };
    compute(move || {
        let mut points: Vec<[f64; 2]> = found.iter().flatten().copied().collect();
        with_transformer(&storage, Direction::ToLonLat, |transformer| transformer.convert_2d(&mut points))??;
        let mut points = points.into_iter();
        Ok(found.into_iter().map(|place| place.and_then(|_| points.next())).collect())
    })
    .await
}

fn feature(found: &StoredIssue, place: Option<[f64; 2]>) -> Value {
    let issue = &found.issue;
    let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
    json!({
        "type": "Feature",
        "id": found.key,
        "geometry": place.map(|point| json!({ "type": "Point", "coordinates": point.map(rounded) })),
        "properties": {
            "object": issue.object,
            "code": issue.code,
            "severity": issue.severity.name(),
            "message": issue.message,
            "face": issue.face,
            "value": issue.value,
            "height": issue.position.map(|[.., up]| (up * 1000.0).round() / 1000.0),
            "file": found.file,
            "line": issue.line,
            "revision": found.revision,
        },
    })
}

/// The words of both pages.
struct Words {
    findings: &'static str,
    report: &'static str,
    object: &'static str,
    code: &'static str,
    severity: &'static str,
    message: &'static str,
    count: &'static str,
    worst: &'static str,
    by_code: &'static str,
    none: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            findings: "Findings",
            report: "Quality report",
            object: "Object",
            code: "Code",
            severity: "Severity",
            message: "What is wrong",
            count: "Count",
            worst: "The twenty worst objects",
            by_code: "Findings by code",
            none: "Nothing was found wrong.",
        },
        Language::German => Words {
            findings: "Befunde",
            report: "Qualitätsbericht",
            object: "Objekt",
            code: "Code",
            severity: "Schwere",
            message: "Was nicht stimmt",
            count: "Anzahl",
            worst: "Die zwanzig schlechtesten Objekte",
            by_code: "Befunde nach Code",
            none: "Es wurde nichts gefunden, was nicht stimmt.",
        },
    }
}

fn severity(language: Language, name: &str) -> &str {
    match (language, name) {
        (Language::German, "error") => "Fehler",
        (Language::German, "warning") => "Warnung",
        (Language::German, "info") => "Hinweis",
        _ => name,
    }
}

fn frame(call: &Call, collection: &Collection, title: &str) -> Frame {
    let url = format!("{}{}?f=html", call.base.prefix(), collections::path(collection));
    let crumbs = vec![Frame::collections_crumb(call), (collection.title.clone(), url)];
    Frame::of(call, &format!("{} – {title}", collection.title), crumbs)
}

fn item_url(call: &Call, collection: &Collection, object: &str) -> String {
    format!("{}{}/items/{}?f=html", call.base.prefix(), collections::path(collection), segment(object))
}

fn html_page(
    call: &Call,
    collection: &Collection,
    page: &Page<StoredIssue>,
    next: Option<String>,
) -> Result<Answer, ApiError> {
    let words = words(call.language);
    let rows = page.items.iter().map(|found| {
        let issue = &found.issue;
        let value = issue.value.as_deref().map(|value| format!(" ({value})")).unwrap_or_default();
        vec![
            linked(issue.object.clone(), item_url(call, collection, &issue.object)),
            cell(issue.code.clone()),
            cell(severity(call.language, issue.severity.name())),
            cell(format!("{}{value}", issue.message)),
        ]
    });
    let columns = vec![words.object, words.code, words.severity, words.message];
    let page = TablePage {
        lead: if page.items.is_empty() { words.none.to_owned() } else { String::new() },
        facts: Vec::new(),
        tables: vec![Table { caption: words.findings, columns, rows: rows.collect() }],
        next_url: next.map(|next| format!("{}{next}", call.base.prefix())).unwrap_or_default(),
        frame: frame(call, collection, words.findings),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    words: Words,
    /// Of the comparison with a terrain; empty where there is none.
    ground_url: String,
    total: i64,
    codes: Vec<Vec<String>>,
    /// Name, address, severity, count.
    worst: Vec<[String; 4]>,
    /// `x y` in the drawing, and severity.
    points: Vec<(String, String, String)>,
}

pub async fn report(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let store = &call.state.store;
    let storage = store.storage_crs().await?;
    let codes = store.issue_codes(&collection).await?;
    let worst = store.worst_objects(&collection, WORST).await?;
    let shown = store.issues(&collection, None, ON_MAP, IssueFilter::default()).await?;
    let places = places(&shown, storage).await?;
    let words = words(call.language);
    let path = format!("{}{}", call.base.prefix(), collections::path(&collection));
    let ground_url = collection.ground_terrain.map(|_| format!("{path}/ground?f=html")).unwrap_or_default();
    let page = ReportPage {
        frame: frame(&call, &collection, words.report),
        words,
        ground_url,
        total: codes.iter().map(|code| code.count).sum(),
        codes: codes
            .iter()
            .map(|code| {
                vec![
                    code.name.clone(),
                    severity(call.language, &code.severity).to_owned(),
                    call.language.count(code.count),
                ]
            })
            .collect(),
        worst: worst
            .iter()
            .map(|object| {
                let url = item_url(&call, &collection, &object.name);
                [
                    object.name.clone(),
                    url,
                    severity(call.language, &object.severity).to_owned(),
                    call.language.count(object.count),
                ]
            })
            .collect(),
        points: drawn(&shown, &places),
    };
    let name = format!("inline; filename=\"{}-report.html\"", collection.id);
    Ok(Answer::new(Media::Html, page.render()?).with(header::CONTENT_DISPOSITION, &name))
}

/// Places in a drawing 800 wide, north up, as `(x, y, code)`.
fn drawn(page: &Page<StoredIssue>, places: &[Option<[f64; 2]>]) -> Vec<(String, String, String)> {
    let known = || places.iter().flatten();
    let [mut west, mut south, mut east, mut north] =
        [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for [x, y] in known() {
        (west, south, east, north) = (west.min(*x), south.min(*y), east.max(*x), north.max(*y));
    }
    let squeeze = ((south + north) / 2.0).to_radians().cos().max(0.01);
    let scale = 780.0 / ((east - west) * squeeze).max(north - south).max(1e-6);
    let all = page.items.iter().zip(places).filter_map(|(found, place)| place.map(|place| (found, place)));
    all.map(|(found, [x, y])| {
        let (x, y) = (10.0 + (x - west) * squeeze * scale, 10.0 + (north - y) * scale);
        (format!("{x:.1}"), format!("{y:.1}"), format!("{} {}", found.issue.code, found.issue.object))
    })
    .collect()
}
