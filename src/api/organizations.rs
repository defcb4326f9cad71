//! `GET /organizations` and `GET /organizations/{id}`: who plans, and where.

use askama::Template;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::html::{self, Frame};
use super::links::{Links, link, segment};
use super::negotiate::{Language, Media};
use super::params::{DEFAULT_LIMIT, MAX_LIMIT, shortened};
use super::projection::{Direction, compute, with_transformer};
use super::schemas::{array_of, reference};
use super::table::{Table, TablePage, cell, linked};
use stadtwin_model::{Footprint, Organization, OrganizationKind, Page};

/// Digits after the point of degrees: a centimetre.
const DEGREES: f64 = 1e7;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let after = call.query.integer("after").unwrap_or(0);
    let page = call.state.store.organizations(after, limit as u32).await?;
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, list_page(&call, &page).render()?));
    }
    let mut links = call.own_links();
    if let Some(next) = page.next {
        links.push(link("next", &call.base.to(&next_path(&call, next)), call.media, "the next page"));
    }
    let organizations: Vec<_> = page.items.iter().map(|one| describe(&call, one)).collect();
    Ok(Answer::json(Media::Json, &json!({ "links": links, "organizations": organizations })))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let id = call.segment("organizationId");
    let found = call.state.store.organization(id).await?;
    let found = found.ok_or_else(|| ApiError::NotFound(format!("no organization `{}`", shortened(id))))?;
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, page(&call, &found).render()?));
    }
    let mut properties = describe(&call, &found);
    let links = properties.as_object_mut().and_then(|members| members.remove("links"));
    let mut all = call.own_links();
    all.extend(
        links.iter().flat_map(Value::as_array).flatten().filter(|link| link["rel"] != "item").cloned(),
    );
    let geometry = match (found.boundary, call.state.store.storage_crs().await?) {
        (Some(boundary), Some(storage)) => {
            compute(move || {
                let geometry = with_transformer(&storage, Direction::ToLonLat, |to| geometry(boundary, to))?;
                Ok(geometry?)
            })
            .await?
        }
        _ => Value::Null,
    };
    let document = json!({
        "type": "Feature",
        "id": found.id,
        "geometry": geometry,
        "properties": properties,
        "links": all,
    });
    Ok(Answer::json(Media::GeoJson, &document))
}

/// Of both answers.
pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let optional = json!({ "type": "string", "nullable": true });
    let kinds = OrganizationKind::ALL.map(OrganizationKind::name);
    let properties = json!({
        "id": text, "name": text, "parent": optional,
        "kind": { "type": "string", "enum": kinds },
        "ags": { "type": "string", "nullable": true, "description": "Amtlicher Gemeindeschlüssel" },
    });
    let mut listed = properties.clone();
    listed["links"] = array_of(reference("link"));
    json!({
        "organizations": {
            "type": "object",
            "required": ["links", "organizations"],
            "properties": {
                "links": array_of(reference("link")),
                "organizations": array_of(json!({
                    "type": "object", "required": ["id", "name", "kind", "links"], "properties": listed,
                })),
            },
        },
        "organizationGeoJSON": {
            "type": "object",
            "required": ["type", "id", "geometry", "properties", "links"],
            "properties": {
                "type": { "type": "string", "enum": ["Feature"] },
                "id": text,
                "geometry": { "type": "object", "nullable": true, "description": "a MultiPolygon of GeoJSON; null: the area is not known" },
                "properties": { "type": "object", "required": ["id", "name", "kind"], "properties": properties },
                "links": array_of(reference("link")),
            },
        },
    })
}

fn geometry(
    mut boundary: Footprint,
    to_lonlat: &stadtwin_crs::Transformer,
) -> Result<Value, stadtwin_crs::CrsError> {
    for ring in boundary.iter_mut().flatten() {
        to_lonlat.convert_2d(ring)?;
        for number in ring.iter_mut().flatten() {
            *number = (*number * DEGREES).round() / DEGREES;
        }
    }
    Ok(json!({ "type": "MultiPolygon", "coordinates": boundary }))
}

fn path(id: &str) -> String {
    format!("/organizations/{}", segment(id))
}

fn next_path(call: &Call, next: i64) -> String {
    let next = next.to_string();
    let query = call.query.with(&[("after", Some(&next)), ("f", Some(call.media.format()))]);
    format!("{}{query}", call.path)
}

fn describe(call: &Call, organization: &Organization) -> Value {
    let own = call.base.to(&path(&organization.id));
    let mut links: Links = vec![link("item", &own, Media::GeoJson, &organization.name)];
    if let Some(parent) = &organization.parent {
        links.push(link("up", &call.base.to(&path(parent)), Media::GeoJson, "what it belongs to"));
    }
    json!({
        "id": organization.id,
        "name": organization.name,
        "kind": organization.kind.name(),
        "ags": organization.ags,
        "parent": organization.parent,
        "links": links,
    })
}

fn word(call: &Call, english: &'static str, german: &'static str) -> &'static str {
    if call.language == Language::German { german } else { english }
}

fn kind(call: &Call, kind: OrganizationKind) -> &'static str {
    match kind {
        OrganizationKind::Municipality => word(call, "municipality", "Gemeinde"),
        OrganizationKind::Association => word(call, "association of municipalities", "Verband von Gemeinden"),
        OrganizationKind::County => word(call, "county", "Landkreis"),
        OrganizationKind::Authority => word(call, "public body", "Träger öffentlicher Belange"),
        OrganizationKind::Office => word(call, "planning office", "Planungsbüro"),
    }
}

fn title(call: &Call) -> &'static str {
    word(call, "Organizations", "Organisationen")
}

fn ags_word(call: &Call) -> &'static str {
    word(call, "Municipality key (AGS)", "Gemeindeschlüssel (AGS)")
}

fn list_page(call: &Call, page: &Page<Organization>) -> TablePage {
    let prefix = call.base.prefix();
    let row = |one: &Organization| {
        vec![
            linked(&one.name, format!("{prefix}{}?f=html", path(&one.id))),
            cell(kind(call, one.kind)),
            cell(one.ags.clone().unwrap_or_default()),
        ]
    };
    let title = title(call);
    let columns = vec![word(call, "Name", "Name"), word(call, "Kind", "Art"), ags_word(call)];
    TablePage {
        frame: Frame::of(call, title, Vec::new()),
        lead: word(call, "Who plans in this twin.", "Wer in diesem Zwilling plant.").to_owned(),
        facts: Vec::new(),
        tables: vec![Table { caption: title, columns, rows: page.items.iter().map(row).collect() }],
        next_url: page.next.map(|next| format!("{prefix}{}", next_path(call, next))).unwrap_or_default(),
    }
}

fn page(call: &Call, organization: &Organization) -> TablePage {
    let crumbs = vec![(title(call).to_owned(), format!("{}/organizations?f=html", call.base.prefix()))];
    let mut facts = vec![
        (word(call, "Id", "Kennung"), organization.id.clone()),
        (word(call, "Kind", "Art"), kind(call, organization.kind).to_owned()),
    ];
    facts.extend(organization.ags.clone().map(|ags| (ags_word(call), ags)));
    facts.extend(organization.parent.clone().map(|parent| (word(call, "Belongs to", "Gehört zu"), parent)));
    let area = match &organization.boundary {
        Some(boundary) => word_of_area(call, boundary),
        None => word(call, "unknown", "unbekannt").to_owned(),
    };
    facts.push((word(call, "Boundary", "Gebiet"), area));
    TablePage {
        frame: Frame::of(call, &organization.name, crumbs),
        lead: String::new(),
        facts,
        tables: Vec::new(),
        next_url: String::new(),
    }
}

fn word_of_area(call: &Call, boundary: &Footprint) -> String {
    let area_m2: f64 = boundary.iter().map(|polygon| area_m2(polygon)).sum();
    // Rings wind either way: what counts is the exterior's size less that of the holes.
    let (area, unit) =
        (area_m2 / 1e6, word(call, "km² (in the storage CRS)", "km² (im Speicher-Bezugssystem)"));
    match call.language {
        Language::German => format!("{area:.2} {unit}").replacen('.', ",", 1),
        _ => format!("{area:.2} {unit}"),
    }
}

fn area_m2(polygon: &[Vec<[f64; 2]>]) -> f64 {
    let mut areas = polygon.iter().map(|ring| stadtwin_geometry::ring_area_2d(ring).abs());
    areas.next().unwrap_or_default() - areas.sum::<f64>()
}
