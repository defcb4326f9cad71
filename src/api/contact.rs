//! `GET /collections/{c}/ground`: how the buildings of a collection stand on the terrain they were compared with.

use askama::Template;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::html::{self, Frame};
use super::links::{link, segment};
use super::negotiate::{Language, Media};
use super::table::{Cell, Table, TablePage, cell, linked};
use stadtwin_model::Collection;
use stadtwin_store::Comparison;
use stadtwin_terrain::ContactHint;

/// Objects in each list.
const WORST: i64 = 20;

/// A comparison with the objects that it found worst and how many differences no longer hold.
struct Found {
    comparison: Comparison,
    worst: [Vec<(String, f64)>; 2],
    stale_count: i64,
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let found = find(&call, &collection).await?;
    if html::wanted(&call) {
        return html_page(&call, &collection, &found);
    }
    Ok(Answer::json(Media::Json, &document(&call, &collection, &found)))
}

async fn find(call: &Call, collection: &Collection) -> Result<Found, ApiError> {
    let store = &call.state.store;
    let comparison = store.comparison(collection).await?.ok_or_else(|| {
        ApiError::NotFound(format!(
            "collection `{0}` was not compared with a terrain yet: `stadtwin terrain compare {0}` does it",
            collection.id
        ))
    })?;
    let terrain = store.terrain(&comparison.terrain).await?;
    let terrain = terrain.ok_or_else(|| ApiError::internal("a comparison without its terrain"))?;
    let is_fresh =
        (comparison.collection_revision, comparison.terrain_revision) == (collection.head, terrain.head);
    let stale_count = if is_fresh { 0 } else { store.uncompared_count(collection, &terrain).await? };
    let worst = store.worst_contacts(collection, terrain.key, comparison.limits_m, WORST).await?;
    Ok(Found { comparison, worst, stale_count })
}

fn hint(comparison: &Comparison) -> Option<ContactHint> {
    ContactHint::ALL.into_iter().find(|hint| Some(hint.code()) == comparison.hint.as_deref())
}

/// To the millimetre.
fn rounded(metres: f64) -> f64 {
    (metres * 1000.0).round() / 1000.0
}

fn document(call: &Call, collection: &Collection, found: &Found) -> Value {
    let Found { comparison, worst: [floating, sunken], stale_count } = found;
    let url = call.base.to(&collections::path(collection));
    let figures = &comparison.figures;
    let list = |limit_m: f64, count: i64, objects: &[(String, f64)]| {
        let object = |(id, difference_m): &(String, f64)| json!({ "id": id, "difference": rounded(*difference_m), "href": format!("{url}/items/{}", segment(id)) });
        json!({ "limit": limit_m, "count": count, "worst": objects.iter().map(object).collect::<Vec<_>>() })
    };
    let terrain_url = call.base.to(&format!("/terrain/{}", segment(&comparison.terrain)));
    let mut links = call.own_links();
    links.push(link("collection", &format!("{url}?f=json"), Media::Json, &collection.title));
    links.push(link("related", &format!("{terrain_url}?f=json"), Media::Json, "the terrain"));
    links.push(link("related", &format!("{url}/report"), Media::Html, "the quality report"));
    links.push(link("related", &format!("{url}/issues?f=json"), Media::GeoJson, "all findings"));
    json!({
        "collection": collection.id,
        "revision": comparison.collection_revision,
        "terrain": comparison.terrain,
        "terrainRevision": comparison.terrain_revision,
        "compared": comparison.compared,
        "unit": "m",
        "method": "height of the ground surface above the terrain at its corners and at samples within, about 2 m apart",
        "objects": figures.object_count,
        "withoutGroundSurface": figures.groundless_count,
        "outsideTerrain": figures.unknown_count,
        "stale": stale_count,
        "median": figures.median_m.map(rounded),
        "p95": figures.p95_m.map(rounded),
        "floating": list(comparison.limits_m[0], figures.floating_count, floating),
        "sunken": list(comparison.limits_m[1], figures.sunken_count, sunken),
        "hint": hint(comparison).map(|hint| json!({ "code": hint.code(), "description": hint.sentence() })),
        "links": links,
    })
}

/// The words of the page.
struct Words {
    title: &'static str,
    report: &'static str,
    objects: &'static str,
    groundless: &'static str,
    outside: &'static str,
    stale: &'static str,
    median: &'static str,
    p95: &'static str,
    terrain: &'static str,
    compared: &'static str,
    floating: &'static str,
    sunken: &'static str,
    object: &'static str,
    lowest: &'static str,
    highest: &'static str,
    none: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            title: "Buildings against the ground",
            report: "Quality report",
            objects: "Buildings compared",
            groundless: "Without a ground surface",
            outside: "Where the terrain is not known",
            stale: "To be compared again: they or the ground have changed",
            median: "Ground surface above the terrain, median [m]",
            p95: "95 of 100 are no farther off [m]",
            terrain: "Terrain",
            compared: "Compared",
            floating: "Floating",
            sunken: "Sunken",
            object: "Object",
            lowest: "Lowest height above the terrain [m]",
            highest: "Greatest height above the terrain [m]",
            none: "All buildings stand on the ground.",
        },
        Language::German => Words {
            title: "Gebäude gegen das Gelände",
            report: "Qualitätsbericht",
            objects: "Verglichene Gebäude",
            groundless: "Ohne Grundfläche",
            outside: "Wo das Gelände nicht bekannt ist",
            stale: "Neu zu vergleichen: sie oder das Gelände haben sich geändert",
            median: "Grundfläche über dem Gelände, Median [m]",
            p95: "95 von 100 liegen nicht weiter daneben [m]",
            terrain: "Gelände",
            compared: "Verglichen",
            floating: "Schwebend",
            sunken: "Versunken",
            object: "Objekt",
            lowest: "Kleinste Höhe über dem Gelände [m]",
            highest: "Größte Höhe über dem Gelände [m]",
            none: "Alle Gebäude stehen auf dem Gelände.",
        },
    }
}

fn lead(language: Language, found: &Found) -> &'static str {
    let figures = &found.comparison.figures;
    match (hint(&found.comparison), language) {
        (Some(hint), Language::English) => hint.sentence(),
        (Some(ContactHint::EllipsoidalBuildings), Language::German) => {
            "Die ganze Sammlung steht um etwa die Höhe des Geoids über dem Gelände: ellipsoidische Höhen?"
        }
        (Some(ContactHint::EllipsoidalTerrain), Language::German) => {
            "Die ganze Sammlung liegt um etwa die Höhe des Geoids unter dem Gelände: hat das Gelände ellipsoidische Höhen?"
        }
        (Some(ContactHint::HeightsFromZero), Language::German) => {
            "Die ganze Sammlung steht bei Höhe 0, das Gelände nicht: fehlen die Höhen?"
        }
        (None, language) if figures.floating_count + figures.sunken_count == 0 => words(language).none,
        (None, _) => "",
    }
}

fn html_page(call: &Call, collection: &Collection, found: &Found) -> Result<Answer, ApiError> {
    let (language, words) = (call.language, words(call.language));
    let comparison = &found.comparison;
    let figures = &comparison.figures;
    let url = format!("{}{}", call.base.prefix(), collections::path(collection));
    let crumbs = vec![
        Frame::collections_crumb(call),
        (collection.title.clone(), format!("{url}?f=html")),
        (words.report.to_owned(), format!("{url}/report")),
    ];
    let metres = |metres: Option<f64>| metres.map(|m| language.rounded(m, 2)).unwrap_or_default();
    let facts = vec![
        (words.terrain, comparison.terrain.clone()),
        (words.compared, language.date(&comparison.compared)),
        (words.objects, language.count(figures.object_count)),
        (words.median, metres(figures.median_m)),
        (words.p95, metres(figures.p95_m)),
        (words.floating, language.count(figures.floating_count)),
        (words.sunken, language.count(figures.sunken_count)),
        (words.groundless, language.count(figures.groundless_count)),
        (words.outside, language.count(figures.unknown_count)),
        (words.stale, language.count(found.stale_count)),
    ];
    let row = |(id, difference_m): &(String, f64)| -> Vec<Cell> {
        let item = format!("{url}/items/{}?f=html", segment(id));
        vec![linked(id.clone(), item), cell(language.rounded(*difference_m, 2))]
    };
    let table = |caption, column, objects: &[(String, f64)]| Table {
        caption,
        columns: vec![words.object, column],
        rows: objects.iter().map(row).collect(),
    };
    let [floating, sunken] = &found.worst;
    let page = TablePage {
        lead: lead(language, found).to_owned(),
        facts,
        tables: vec![
            table(words.floating, words.lowest, floating),
            table(words.sunken, words.highest, sunken),
        ],
        next_url: String::new(),
        frame: Frame::of(call, &format!("{} – {}", collection.title, words.title), crumbs),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}

/// Of the API's definition; heights are those of ground surfaces above the terrain.
pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let count = json!({ "type": "integer", "minimum": 0 });
    let metres = json!({ "type": "number", "nullable": true, "description": "metres" });
    let list = json!({
        "type": "object",
        "properties": {
            "limit": metres, "count": count,
            "worst": json!({ "type": "array", "items": {
                "type": "object",
                "properties": { "id": text, "difference": metres, "href": text },
            } }),
        },
    });
    json!({ "groundComparison": {
        "type": "object",
        "required": ["collection", "terrain", "unit"],
        "properties": {
            "collection": text, "revision": { "type": "integer" },
            "terrain": text, "terrainRevision": { "type": "integer" },
            "compared": { "type": "string", "format": "date-time" },
            "unit": text, "method": text,
            "objects": count, "withoutGroundSurface": count, "outsideTerrain": count,
            "stale": { "type": "integer", "description": "buildings that have changed since, or the ground below them" },
            "median": metres, "p95": metres, "floating": list, "sunken": list,
            "hint": {
                "type": "object", "nullable": true,
                "properties": { "code": text, "description": text },
            },
            "links": { "type": "array", "items": { "$ref": "#/components/schemas/link" } },
        },
    } })
}
