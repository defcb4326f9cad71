//! OGC API – 3D GeoVolumes: which collections are to be had in space, in which box, and how they are read.
//!
//! The draft of 2026 asks for boxes in space and a link to the tileset; clients of the pilot of 2020 look for
//! `collectionType`, `content` and `/3dcontainers`. Both are served.

mod boxes;

pub use boxes::{Volume, reaches, touches};

use askama::Template;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::html::{self, Frame};
use super::links::{Links, link, segment, self_and_alternates};
use super::negotiate::{Language, Media};
use super::region;
use super::table::{Table, TablePage, cell, linked};
use super::terrain;
use stadtwin_model::{Collection, Terrain};

pub const CRS84H_URI: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84h";
const VOLUMES_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/3d-geovolumes";
/// As the draft's class "3D Tiles" writes it, and as its core does.
const TILESET_TYPES: [&str; 2] = ["application/3dtiles+json", "application/json+3dtiles"];
const DOCUMENT: &[Media] = &[Media::Json, Media::Html];

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let asked = call.query.get("bbox").map(region::parse).transpose()?;
    let collections = collections::published(&call).await?;
    let volumes: Vec<_> = collections
        .iter()
        .filter_map(|collection| Some((collection, Volume::of(collection, &call.state.heights)?)))
        .filter(|(_, volume)| asked.as_ref().is_none_or(|asked| reaches(asked, volume)))
        .collect();
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, page(&call, &volumes).render()?));
    }
    let grounds = grounds(&call).await?;
    let entries: Vec<_> =
        volumes.iter().map(|(collection, volume)| describe(&call, collection, volume, &grounds)).collect();
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "collections": entries })))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let volume = Volume::of(&collection, &call.state.heights).ok_or_else(|| {
        ApiError::NotFound(format!("collection `{}` has nothing that stands in space", collection.id))
    })?;
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, page(&call, &[(&*collection, volume)]).render()?));
    }
    let grounds = grounds(&call).await?;
    Ok(Answer::json(Media::Json, &describe(&call, &collection, &volume, &grounds)))
}

/// What the document of a collection says besides, where it has a place in space.
pub fn members(call: &Call, collection: &Collection) -> Option<(Volume, Value)> {
    let volume = Volume::of(collection, &call.state.heights)?;
    let members = json!({
        "collectionType": "3d-container",
        "contentExtent": { "bbox": volume.numbers(), "crs": CRS84H_URI },
        "content": content(call, collection),
    });
    Some((volume, members))
}

/// The tileset under both media types that the draft names.
pub fn tileset_links(call: &Call, collection: &Collection) -> Links {
    let href = tileset(call, collection);
    let link = |kind| json!({ "rel": VOLUMES_REL, "type": kind, "href": href, "title": "the features as 3D Tiles 1.1" });
    TILESET_TYPES.map(link).to_vec()
}

fn tileset(call: &Call, collection: &Collection) -> String {
    call.base.to(&format!("{}/3dtiles/tileset.json", collections::path(collection)))
}

fn content(call: &Call, collection: &Collection) -> Value {
    json!([{
        "rel": "original",
        "type": TILESET_TYPES[1],
        "href": tileset(call, collection),
        "title": collection.title,
        "collectionType": "3d-container",
    }])
}

/// Terrains with the boxes around them [°].
async fn grounds(call: &Call) -> Result<Vec<(Terrain, [f64; 4])>, ApiError> {
    let mut found = Vec::new();
    for terrain in call.state.store.terrains().await? {
        if terrain.head > 0 && terrain.extent_m.is_some() {
            let extent = terrain::extent_deg(&terrain).await?;
            found.push((terrain, extent));
        }
    }
    Ok(found)
}

fn describe(call: &Call, collection: &Collection, volume: &Volume, grounds: &[(Terrain, [f64; 4])]) -> Value {
    let url = call.base.to(&format!("/3dcontainers/{}", segment(&collection.id)));
    let below = grounds.iter().filter(|(_, extent)| volume.lies_over(*extent)).map(|(terrain, _)| terrain);
    let ground = |terrain: &Terrain| {
        let href = call.base.to(&format!("/terrain/{}/layer.json", segment(&terrain.id)));
        json!({ "rel": "terrain", "type": "application/json", "href": href, "title": terrain.title })
    };
    let grounds: Vec<_> = below.map(ground).collect();
    let mut content = content(call, collection);
    if let Some(content) = content.as_array_mut() {
        content.extend(grounds.iter().cloned());
    }
    let data = call.base.to(&collections::path(collection));
    let mut links = self_and_alternates(&url, DOCUMENT, Media::Json, |format| format!("?f={format}"));
    links.extend(tileset_links(call, collection));
    links.extend(grounds);
    links.push(link("related", &format!("{data}?f=json"), Media::Json, "the collection"));
    links.push(link("items", &format!("{data}/items"), Media::GeoJson, "the features as GeoJSON"));
    json!({
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "collectionType": "3d-container",
        "itemType": "feature",
        "crs": [CRS84H_URI],
        "extent": {
            "spatial": { "bbox": [volume.numbers()], "crs": CRS84H_URI },
            "temporal": { "interval": [collection.valid_range] },
        },
        "contentExtent": { "bbox": volume.numbers(), "crs": CRS84H_URI },
        "content": content,
        "links": links,
    })
}

fn page(call: &Call, volumes: &[(&Collection, Volume)]) -> TablePage {
    let word = |english, german| if call.language == Language::German { german } else { english };
    let title = word("Data in space", "Daten im Raum");
    let row = |(collection, volume): &(&Collection, Volume)| {
        let url = format!("{}{}", call.base.prefix(), collections::path(collection));
        let numbers = volume.numbers().map(|number| call.language.number(number));
        vec![
            linked(collection.title.clone(), format!("{url}?f=html")),
            cell(numbers.join("; ")),
            linked("tileset.json", format!("{url}/3dtiles/tileset.json")),
        ]
    };
    TablePage {
        frame: Frame::of(call, title, Vec::new()),
        lead: if volumes.is_empty() { call.language.texts().empty.to_owned() } else { String::new() },
        facts: Vec::new(),
        tables: vec![Table {
            caption: title,
            columns: vec![
                word("Collection", "Sammlung"),
                word(
                    "Box (west, south, lowest, east, north, highest; ellipsoidal metres)",
                    "Kasten (West, Süd, unten, Ost, Nord, oben; Meter über dem Ellipsoid)",
                ),
                "3D Tiles",
            ],
            rows: volumes.iter().map(row).collect(),
        }],
        next_url: String::new(),
    }
}

/// Of the API's definition.
pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let links = json!({ "type": "array", "items": { "$ref": "#/components/schemas/link" } });
    json!({
        "geoVolume": {
            "type": "object",
            "required": ["id", "links", "extent"],
            "properties": {
                "id": text, "title": text, "description": text, "collectionType": text, "itemType": text,
                "crs": { "type": "array", "items": text },
                "extent": { "$ref": "#/components/schemas/extent" },
                "contentExtent": { "type": "object" },
                "content": links, "links": links,
            },
        },
        "geoVolumes": {
            "type": "object",
            "required": ["links", "collections"],
            "properties": {
                "links": links,
                "collections": { "type": "array", "items": { "$ref": "#/components/schemas/geoVolume" } },
            },
        },
    })
}
