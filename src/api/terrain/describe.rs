//! `GET /terrain`, `/terrain/{id}` and `/terrain/{id}/layer.json`: what terrains there are and how they are read.

use askama::Template;
use serde_json::{Value, json};

use super::area::extent_deg;
use super::maps::STYLES;
use super::{carried, crs_uri, edits, named, path, vertical_uri, warnings};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections::CRS84_URI;
use crate::api::error::ApiError;
use crate::api::html::{self, Frame};
use crate::api::links::{Links, link, self_and_alternates};
use crate::api::negotiate::{Language, Media};
use crate::api::table::{Table, TablePage, cell, linked};
use stadtwin_model::Terrain;
use stadtwin_terrain::{available, max_level};

/// Clients of OGC API – Tiles look for it.
const MAP_TILESETS_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map";
const VECTOR_TILESETS_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
const DOCUMENT: &[Media] = &[Media::Json, Media::Html];

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let terrains = call.state.store.terrains().await?;
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, list_page(&call, &terrains).render()?));
    }
    let mut entries = Vec::with_capacity(terrains.len());
    for terrain in &terrains {
        entries.push(describe(&call, terrain).await?);
    }
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "terrains": entries })))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, page(&call, &terrain).await?.render()?));
    }
    Ok(Answer::json(Media::Json, &describe(&call, &terrain).await?))
}

/// Where viewers begin: quantized-mesh 1.0 with the tiles that there are, level by level.
pub async fn layer(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    super::super::tiles::check_heights(&call)?;
    // Refused here already, not by each tile.
    edits(&call, &terrain).await?;
    let extent = extent_deg(&terrain).await?;
    let finest = max_level(terrain.grid.cell_m);
    let has_water = call.state.store.water_state().await?.extent_deg.is_some();
    let document = json!({
        "tilejson": "2.1.0",
        "name": terrain.title,
        "description": format!(
            "heights above the ellipsoid, made with the height model {}; revision {}",
            call.state.heights.name(), terrain.head
        ),
        "version": "1.0.0",
        "format": "quantized-mesh-1.0",
        "scheme": "tms",
        "projection": "EPSG:4326",
        // No version in the address: a tile that an import did not touch keeps its address and its tag.
        "tiles": [format!("{{z}}/{{x}}/{{y}}.terrain{}", carried(&call))],
        "bounds": [-180.0, -90.0, 180.0, 90.0],
        "minzoom": 0,
        "maxzoom": finest,
        "available": available(extent, finest),
        // Not `metadata`: with a whole list of what is available it stops Cesium.
        "extensions": if has_water { &["octvertexnormals", "watermask"][..] } else { &["octvertexnormals"] },
    });
    Ok(Answer::json(Media::Json, &document))
}

async fn describe(call: &Call, terrain: &Terrain) -> Result<Value, ApiError> {
    let mut document = json!({
        "id": terrain.id,
        "title": terrain.title,
        "revision": terrain.head,
        "crs": crs_uri(terrain.crs.horizontal),
        "verticalCrs": vertical_uri(terrain),
        "heightModel": call.state.heights.name(),
        "warnings": warnings(&call.state.heights),
        "cell": terrain.grid.cell_m,
        "unit": "m",
        "sampleCount": terrain.sample_count,
        "levels": { "coarsest": 0, "finest": max_level(terrain.grid.cell_m) },
        "links": links(call, terrain),
    });
    if let Some(extent_m) = terrain.extent_m {
        document["extent"] = json!({ "spatial": { "bbox": [extent_deg(terrain).await?], "crs": CRS84_URI } });
        document["storageCrsBbox"] = json!(extent_m);
    }
    if let Some(heights_m) = terrain.heights_m {
        document["heightRange"] = json!(heights_m.map(|height| (height * 1000.0).round() / 1000.0));
    }
    if let Some(updated) = &terrain.updated {
        document["updated"] = json!(updated);
    }
    Ok(document)
}

fn links(call: &Call, terrain: &Terrain) -> Links {
    let url = call.base.to(&path(terrain));
    let mut links = self_and_alternates(&url, DOCUMENT, Media::Json, |format| format!("?f={format}"));
    links.push(link(
        "quantized-mesh",
        &format!("{url}/layer.json"),
        Media::Json,
        "the terrain for 3D viewers",
    ));
    links.push(link(
        "elevation",
        &format!("{url}/elevation"),
        Media::Json,
        "heights at points and along lines",
    ));
    links.push(link(
        "modifications",
        &format!("{url}/modifications"),
        Media::GeoJson,
        "what plans change of the ground",
    ));
    let lines = format!("{url}/tiles/WebMercatorQuad");
    links.push(link(VECTOR_TILESETS_REL, &lines, Media::Json, "lines of equal height as vector tiles"));
    links.push(link("contours", &format!("{url}/contours"), Media::GeoJson, "lines of equal height"));
    for style in STYLES {
        let tileset = format!("{url}/styles/{style}/map/tiles/WebMercatorQuad");
        links.push(link(MAP_TILESETS_REL, &tileset, Media::Json, style));
    }
    links
}

fn word(call: &Call, english: &'static str, german: &'static str) -> &'static str {
    if call.language == Language::German { german } else { english }
}

fn list_page(call: &Call, terrains: &[Terrain]) -> TablePage {
    let row = |terrain: &Terrain| {
        let url = format!("{}{}?f=html", call.base.prefix(), path(terrain));
        vec![
            linked(terrain.title.clone(), url),
            cell(terrain.grid.cell_m.to_string()),
            cell(range(terrain)),
            cell(terrain.sample_count.to_string()),
            cell(terrain.updated.clone().unwrap_or_default()),
        ]
    };
    let title = word(call, "Terrain", "Gelände");
    TablePage {
        frame: Frame::of(call, title, Vec::new()),
        lead: if terrains.is_empty() { call.language.texts().empty.to_owned() } else { String::new() },
        facts: Vec::new(),
        tables: vec![Table {
            caption: title,
            columns: vec![
                word(call, "Terrain", "Gelände"),
                word(call, "Cell [m]", "Rasterweite [m]"),
                word(call, "Heights [m]", "Höhen [m]"),
                word(call, "Samples", "Stützpunkte"),
                call.language.texts().updated,
            ],
            rows: terrains.iter().map(row).collect(),
        }],
        next_url: String::new(),
    }
}

async fn page(call: &Call, terrain: &Terrain) -> Result<TablePage, ApiError> {
    let crumb =
        (word(call, "Terrain", "Gelände").to_owned(), format!("{}/terrain?f=html", call.base.prefix()));
    let mut facts = vec![
        (call.language.texts().heights, range(terrain)),
        (word(call, "Cell [m]", "Rasterweite [m]"), terrain.grid.cell_m.to_string()),
        (word(call, "Samples", "Stützpunkte"), terrain.sample_count.to_string()),
        (call.language.texts().crs, format!("EPSG:{}", terrain.crs.horizontal)),
        (word(call, "Height system", "Höhensystem"), vertical_uri(terrain)),
        (word(call, "Height model", "Höhenmodell"), call.state.heights.name().to_owned()),
        (word(call, "Revision", "Fassung"), terrain.head.to_string()),
    ];
    // Heights are asked for somewhere: the link shows how, at the middle.
    let mut example = String::new();
    if terrain.extent_m.is_some() {
        let [west, south, east, north] = extent_deg(terrain).await?;
        let degrees = [west, south, east, north].map(|degrees| format!("{degrees:.6}")).join(", ");
        facts.push((call.language.texts().extent, degrees));
        example = format!("?point={:.6},{:.6}", (west + east) / 2.0, (south + north) / 2.0);
    }
    if let Some(updated) = &terrain.updated {
        facts.push((call.language.texts().updated, updated.clone()));
    }
    let url = format!("{}{}", call.base.prefix(), path(terrain));
    let offers = [
        (
            "layer.json",
            format!("{url}/layer.json"),
            word(call, "for 3D viewers (quantized-mesh 1.0)", "für 3D-Ansichten (quantized-mesh 1.0)"),
        ),
        (
            "elevation",
            format!("{url}/elevation{example}"),
            word(call, "heights at points and along lines", "Höhen an Punkten und entlang von Linien"),
        ),
        ("contours", format!("{url}/contours"), word(call, "lines of equal height", "Höhenlinien")),
    ];
    let styles = STYLES.iter().map(|style| {
        let url = format!("{url}/styles/{style}/map/tiles/WebMercatorQuad");
        vec![linked(*style, url), cell(word(call, "pictures for maps", "Bilder für Karten"))]
    });
    let rows = offers.into_iter().map(|(name, url, what)| vec![linked(name, url), cell(what)]).chain(styles);
    Ok(TablePage {
        frame: Frame::of(call, &terrain.title, vec![crumb]),
        lead: warnings(&call.state.heights).join("; "),
        facts,
        tables: vec![Table {
            caption: word(call, "Ways to read it", "Zugänge"),
            columns: vec![word(call, "Resource", "Ressource"), word(call, "What it is", "Was es ist")],
            rows: rows.collect(),
        }],
        next_url: String::new(),
    })
}

fn range(terrain: &Terrain) -> String {
    terrain.heights_m.map_or_else(String::new, |[low, high]| format!("{low:.2} – {high:.2}"))
}
