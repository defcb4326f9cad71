//! `GET /collections` and `GET /collections/{c}`: what there is, with links to features and 3D Tiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::http::header::LINK;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::geovolumes;
use super::history;
use super::html::{self, Format, Frame};
use super::links::{Links, link, segment, self_and_alternates};
use super::negotiate::{Language, Media};
use super::parts;
use super::records;
use super::reference;
use stadtwin_model::{Collection, Crs, VerticalCrs};
use stadtwin_store::{Catalogue, PropertyDescription, StoreError};

pub const CRS84_URI: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
pub const QUERYABLES_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
pub const SORTABLES_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/sortables";
pub const SCHEMA_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";
const TILESET_REL: &str = "http://www.opengis.net/def/rel/ogc/0.0/tileset-3dtiles";

/// Of features, as people call them, with the value of `f`.
pub const ITEM_FORMATS: [(&str, &str); 9] = [
    ("GeoJSON", "json"),
    ("JSON-FG", "jsonfg"),
    ("CityJSON", "cityjson"),
    ("CityJSONSeq", "cityjsonseq"),
    ("CityGML 3.0", "citygml"),
    ("CityGML 2.0", "citygml-2.0"),
    ("CSV", "csv"),
    ("FlatGeobuf", "fgb"),
    ("GeoParquet", "parquet"),
];

#[derive(Template)]
#[template(path = "collections.html")]
struct ListPage {
    frame: Frame,
    collections: Vec<Collection>,
}

#[derive(Template)]
#[template(path = "collection.html")]
struct CollectionPage {
    frame: Frame,
    collection: Collection,
    storage_crs: String,
    /// West, south, east, north with their signs of degree; empty without extent.
    extent: String,
    /// First and last day; empty where neither is known.
    valid: String,
    /// From and to [m]; empty without heights.
    heights: String,
    /// What they are measured from; empty where nothing says so.
    height_system: String,
    /// Of properties that extensions declare.
    descriptions: BTreeMap<String, String>,
    formats: Vec<Format>,
    wfs_url: String,
}

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collections = call.state.store.collections().await?;
    if html::wanted(&call) {
        let frame = Frame::of(&call, call.language.texts().collections, Vec::new());
        return Ok(Answer::new(Media::Html, ListPage { frame, collections }.render()?));
    }
    let storage = call.state.store.storage_crs().await?;
    let mut entries: Vec<_> =
        collections.iter().map(|collection| describe(&call, collection, storage.as_ref())).collect();
    // Last: clients that open the first collection open features.
    entries.push(records::describe(&call, &collections, Media::Json));
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "collections": entries })))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    if let Some(view) = parts::view(&call).await? {
        return parts::describe(&call, &view).await;
    }
    let collection = named(&call).await?;
    let storage = call.state.store.storage_crs().await?;
    let names: Vec<_> = collection.properties.iter().map(|property| property.name.as_str()).collect();
    let declared = call.state.store.property_descriptions(&names).await?;
    if html::wanted(&call) {
        let frame = Frame::of(&call, &collection.title, vec![Frame::collections_crumb(&call)]);
        let storage_crs = storage.as_ref().map(|crs| format!("EPSG:{}", crs.horizontal)).unwrap_or_default();
        let descriptions = declared.into_iter().map(|found| (found.name, found.description)).collect();
        let degrees = |extent: [f64; 4]| extent.map(|degrees| format!("{}°", call.language.number(degrees)));
        let extent = collection.extent.map(|extent| degrees(extent).join("; ")).unwrap_or_default();
        let metres = |range: [f64; 2]| range.map(|height_m| call.language.rounded(height_m, 2));
        let heights = collection.height_range.map(|range| metres(range).join(" – ")).unwrap_or_default();
        let height_system = match storage.as_ref().map(|crs| crs.vertical) {
            Some(vertical) if !heights.is_empty() => height_system(vertical, call.language),
            _ => String::new(),
        };
        let date = |time: &str| call.language.date(time);
        let texts = call.language.texts();
        let valid = match &collection.valid_range {
            [None, None] => String::new(),
            [Some(from), None] => format!("{} {}", texts.since, date(from)),
            [None, Some(to)] => format!("{} {}", texts.until, date(to)),
            [Some(from), Some(to)] => format!("{} – {}", date(from), date(to)),
        };
        let items = format!("{}{}/items", call.base.prefix(), path(&collection));
        let formats = ITEM_FORMATS.map(|(name, f)| Format { name, url: format!("{items}?f={f}") }).into();
        let page = CollectionPage {
            frame,
            collection: collection.as_ref().clone(),
            storage_crs,
            extent,
            valid,
            heights,
            height_system,
            descriptions,
            formats,
            wfs_url: call.base.to("/wfs"),
        };
        return Ok(Answer::new(Media::Html, page.render()?));
    }
    // The link stands in the body too: clients look for it at either place (OGC API – Features 3, 6.3).
    let queryables = call.base.to(&format!("{}/queryables", path(&collection)));
    let mut document = describe(&call, &collection, storage.as_ref());
    for found in declared {
        let all = document["properties"].as_array_mut().into_iter().flatten();
        if let Some(property) = all.into_iter().find(|property| property["name"] == found.name.as_str()) {
            declare(property, &found);
        }
    }
    Ok(Answer::json(Media::Json, &document).with(LINK, &format!("<{queryables}>; rel=\"{QUERYABLES_REL}\"")))
}

/// What heights are measured from, for people.
fn height_system(vertical: VerticalCrs, language: Language) -> String {
    let german = language == Language::German;
    match vertical {
        // EPSG's names.
        VerticalCrs::Epsg(7837) => "DHHN2016 (EPSG:7837)".to_owned(),
        VerticalCrs::Epsg(5783) => "DHHN92 (EPSG:5783)".to_owned(),
        VerticalCrs::Epsg(code) => format!("EPSG:{code}"),
        VerticalCrs::Ellipsoidal if german => "über dem Ellipsoid".to_owned(),
        VerticalCrs::Ellipsoidal => "above the ellipsoid".to_owned(),
        VerticalCrs::Unknown => String::new(),
    }
}

/// What the schema of an extension says of a property.
fn declare(property: &mut Value, found: &PropertyDescription) {
    property["title"] = words_of(&found.name).into();
    property["namespace"] = found.namespace.as_str().into();
    property["declaredType"] = found.kind.as_str().into();
    let more = [
        ("description", Some(&found.description).filter(|text| !text.is_empty())),
        ("unit", found.unit.as_ref()),
        ("codeSpace", found.code_space.as_ref()),
    ];
    for (name, text) in more {
        if let Some(text) = text {
            property[name] = text.as_str().into();
        }
    }
}

/// `energy performance class` of `energyPerformanceClass`; runs of capitals stay together.
fn words_of(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    let mut before_is_small = false;
    for sign in name.chars() {
        if sign.is_uppercase() && before_is_small {
            words.push(' ');
            words.extend(sign.to_lowercase());
        } else {
            words.push(sign);
        }
        before_is_small = sign.is_lowercase() || sign.is_ascii_digit();
    }
    words
}

/// The collection in the path, or 404.
pub async fn named(call: &Call) -> Result<Arc<Collection>, ApiError> {
    let (id, store) = (call.segment("collectionId"), &call.state.store);
    // Nobody sees a first import before it is published.
    let published =
        |catalogue: &Catalogue| catalogue.collection(id).filter(|collection| collection.head > 0).cloned();
    let mut found = published(store.catalogue().await?.as_ref());
    // Somebody told the client of a revision that another process published a moment ago.
    let asked = ["revision", "since"].iter().filter_map(|name| call.query.integer(name)).max();
    if found.as_ref().is_some_and(|found| asked.is_some_and(|asked| asked > found.head)) {
        found = published(store.newest_catalogue().await?.as_ref());
    }
    found.ok_or_else(|| ApiError::no_collection(id))
}

/// A published collection by its id.
pub async fn by_id(call: &Call, id: &str) -> Result<Arc<Collection>, ApiError> {
    let catalogue = call.state.store.catalogue().await?;
    let found = catalogue.collection(id).filter(|collection| collection.head > 0).cloned();
    found.ok_or_else(|| ApiError::no_collection(&super::params::shortened(id)))
}

/// All that have been published, as the catalogue has them.
pub async fn published(call: &Call) -> Result<Vec<Collection>, StoreError> {
    let catalogue = call.state.store.catalogue().await?;
    Ok(catalogue.collections().map(|collection| collection.as_ref().clone()).collect())
}

/// Path of a collection, without the base.
pub fn path(collection: &Collection) -> String {
    format!("/collections/{}", segment(&collection.id))
}

/// The same document in the list and on its own page.
fn describe(call: &Call, collection: &Collection, storage: Option<&Crs>) -> Value {
    let mut document = json!({
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "itemType": "feature",
        "supportsNonAutogeneratedResourceIds": true,
        "crs": reference::offered(storage),
        "links": links(call, collection),
        "linkTemplates": parts::template(call, collection),
        "featureCount": collection.feature_count,
    });
    let mut extent = json!({ "temporal": { "interval": [collection.valid_range] } });
    if let Some(bbox) = collection.extent {
        extent["spatial"] = json!({ "bbox": [rounded_outwards(bbox)], "crs": CRS84_URI });
    }
    if let Some((volume, members)) = geovolumes::members(call, collection) {
        // Many clients read the first box alone, and take four numbers only.
        if let Some(boxes) = extent["spatial"]["bbox"].as_array_mut() {
            boxes.push(json!(volume.numbers()));
        }
        if let (Some(document), Value::Object(members)) = (document.as_object_mut(), members) {
            document.extend(members);
        }
    }
    document["extent"] = extent;
    // Clients that know two dimensions alone (the test suite of OGC among them) fail at lists with other names.
    let in_space = reference::offered_in_space(storage, &call.state.heights);
    if !in_space.is_empty() {
        document["crs3d"] = json!(in_space);
    }
    if let Some(storage) = storage {
        document["storageCrs"] =
            format!("http://www.opengis.net/def/crs/EPSG/0/{}", storage.horizontal).into();
    }
    if let Some(heights_m) = collection.height_range {
        document["heightRange"] = json!(heights_m);
    }
    if let Some(updated) = &collection.updated {
        document["updated"] = json!(updated);
    }
    let lods = collection.lods.iter().map(|(lod, count)| (lod.to_string(), Value::from(*count)));
    document["lods"] = lods.collect::<serde_json::Map<_, _>>().into();
    let classes = collection.classes.iter().map(|(class, count)| (class.clone(), Value::from(*count)));
    document["classes"] = classes.collect::<serde_json::Map<_, _>>().into();
    document["clamp"] = collection.clamp_terrain.as_deref().unwrap_or("off").into();
    document["properties"] = json!(collection.properties);
    document
}

fn links(call: &Call, collection: &Collection) -> Links {
    const DOCUMENT: &[Media] = &[Media::Json, Media::Html];
    let url = call.base.to(&path(collection));
    let mut links = self_and_alternates(&url, DOCUMENT, Media::Json, |format| format!("?f={format}"));
    // No query here: clients cut it off and append the id.
    let items = format!("{url}/items");
    links.push(link("items", &items, Media::GeoJson, "the features as GeoJSON"));
    links.push(link("items", &format!("{items}?f=html"), Media::Html, "the features as HTML"));
    links.push(link(QUERYABLES_REL, &format!("{url}/queryables"), Media::Schema, "what filters may name"));
    let title = "what features can be sorted by";
    links.push(link(SORTABLES_REL, &format!("{url}/sortables"), Media::Schema, title));
    links.push(link(SCHEMA_REL, &format!("{url}/schema"), Media::Schema, "what properties features have"));
    if collection.ground_terrain.is_some() {
        let title = "how the buildings stand on the terrain";
        links.push(link("related", &format!("{url}/ground?f=json"), Media::Json, title));
    }
    if collection.has_faces {
        let tileset = format!("{url}/3dtiles/tileset.json");
        let title = "the features as 3D Tiles 1.1";
        links.extend(geovolumes::tileset_links(call, collection));
        links.push(link(TILESET_REL, &tileset, Media::Tiles3d, title));
    }
    if collection.extent.is_some() {
        let rel = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
        links.push(link(rel, &format!("{url}/tiles"), Media::Json, "the features as vector tiles"));
        let style = format!("{url}/tiles/WebMercatorQuad/style.json");
        links.push(link("stylesheet", &style, Media::MapStyle, "a style for MapLibre"));
        let map = call.base.to(&format!("/viewer/map.html?collection={}", segment(&collection.id)));
        links.push(link("preview", &map, Media::Html, "the features on a map"));
    }
    links.extend(history::links(call, collection, None));
    let wfs = call.base.to("/wfs?service=WFS&request=GetCapabilities");
    links.push(
        json!({ "rel": "service", "type": "application/xml", "href": wfs, "title": "WFS 2.0 for other GIS" }),
    );
    links.push(link("preview", &call.base.to("/viewer/"), Media::Html, "the 3D view"));
    links
}

/// To six decimals, so that no feature sticks out of a box that clients round to seven.
pub fn rounded_outwards([west, south, east, north]: [f64; 4]) -> [f64; 4] {
    let down = |degrees: f64| (degrees * 1e6).floor() / 1e6;
    let up = |degrees: f64| (degrees * 1e6).ceil() / 1e6;
    [down(west).max(-180.0), down(south).max(-90.0), up(east).min(180.0), up(north).min(90.0)]
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_become_words() {
        for (name, words) in
            [("ownerName", "owner name"), ("buildingLDenMax", "building lDen max"), ("x", "x")]
        {
            assert_eq!(super::words_of(name), words);
        }
    }

    #[test]
    fn extents_grow_when_rounded() {
        let rounded = super::rounded_outwards([11.12345678, -48.12345678, 180.0000001, 11.2]);
        assert_eq!(rounded, [11.123456, -48.123457, 180.0, 11.2]);
    }
}
