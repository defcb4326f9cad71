//! A record as GeoJSON: what it is of, who is behind it, and where the resource is found.

use serde_json::{Value, json};

use super::record::{Record, Subject};
use super::{CATALOGUE, ITEMS};
use crate::api::call::Call;
use crate::api::links::{Links, link, segment};
use crate::api::negotiate::Media;
use crate::api::{collections, geovolumes};
use stadtwin_model::{Collection, Terrain};

pub const RECORD_PROFILE: &str = "http://www.opengis.net/def/profile/OGC/0/ogc-record";
pub const CATALOGUE_PROFILE: &str = "http://www.opengis.net/def/profile/OGC/0/ogc-catalog";
const INSPIRE: &str = "http://inspire.ec.europa.eu/theme";
const REL: &str = "http://www.opengis.net/def/rel/ogc/1.0";

/// `own` are the links of the document that the record is; in a list it links to itself alone.
pub fn record(call: &Call, record: &Record, created: Option<&str>, own: Links) -> Value {
    let url = call.base.to(&format!("{ITEMS}/{}", segment(&record.id)));
    let mut links = if own.is_empty() {
        vec![
            link("self", &format!("{url}?f=json"), Media::GeoJson, &record.title),
            link("alternate", &format!("{url}?f=html"), Media::Html, &record.title),
        ]
    } else {
        own
    };
    let catalogue = call.base.to(&format!("/collections/{CATALOGUE}"));
    links.push(link("collection", &catalogue, Media::Catalogue, "the catalogue"));
    let (mut distributions, templates, formats) = distributions(call, record);
    links.append(&mut distributions);
    let mut document = json!({
        "id": record.id,
        "type": "Feature",
        "time": time(record),
        "geometry": geometry(record),
        "properties": properties(call, record, created, formats),
        "links": links,
    });
    if !templates.is_empty() {
        document["linkTemplates"] = templates.into();
    }
    document
}

fn properties(call: &Call, record: &Record, created: Option<&str>, formats: Vec<Value>) -> Value {
    let (scheme, value) = &record.external;
    let mut properties = json!({
        "type": record.kind,
        "title": record.title,
        "language": { "code": "en", "name": "English", "dir": "ltr" },
        "externalIds": [{ "scheme": scheme, "value": value }],
        "contacts": contacts(call),
    });
    for (name, text) in [("created", created), ("updated", record.updated.as_deref())] {
        if let Some(text) = text {
            properties[name] = text.into();
        }
    }
    if !record.description.is_empty() {
        properties["description"] = record.description.as_str().into();
    }
    if !record.keywords.is_empty() {
        properties["keywords"] = json!(record.keywords);
    }
    if !record.themes.is_empty() {
        let concepts: Vec<_> = record.themes.iter().map(|theme| json!({ "id": theme })).collect();
        properties["themes"] = json!([{ "concepts": concepts, "scheme": INSPIRE }]);
    }
    if !formats.is_empty() {
        properties["formats"] = formats.into();
    }
    if let Some(attribution) = &call.state.attribution {
        properties["rights"] = format!("© {attribution}").into();
    }
    properties
}

/// Who the data are from as far as the server was told, else the name of the twin.
pub fn contacts(call: &Call) -> Value {
    let organization = call.state.attribution.as_ref().unwrap_or(&call.state.title);
    let mut contact = json!({ "organization": organization, "roles": ["publisher"] });
    if let Some(url) = &call.state.imprint_url {
        contact["links"] = json!([{ "rel": "about", "type": Media::Html.name(), "href": url }]);
    }
    json!([contact])
}

/// Open ends are two dots.
pub fn time(record: &Record) -> Value {
    match &record.interval {
        [None, None] => Value::Null,
        range => json!({ "interval": range.each_ref().map(|end| end.as_deref().unwrap_or("..")) }),
    }
}

fn geometry(record: &Record) -> Value {
    let Some([west, south, east, north]) = record.extent else { return Value::Null };
    let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    json!({ "type": "Polygon", "coordinates": [ring] })
}

/// Links, link templates and formats.
pub fn distributions(call: &Call, record: &Record) -> (Links, Vec<Value>, Vec<Value>) {
    match &record.subject {
        Subject::Collection(collection) => of_collection(call, collection),
        Subject::Terrain(terrain) => of_terrain(call, terrain),
        Subject::Twin => (of_twin(call), Vec::new(), Vec::new()),
        Subject::Service(service) => {
            let href = call.base.to(service.path);
            let own =
                json!({ "rel": "service", "type": service.media, "href": href, "title": service.title });
            let definition = call.base.to("/api?f=json");
            let links = vec![
                own,
                link("service-desc", &definition, Media::OpenApi, "the definition of this API"),
                link("service-doc", &call.base.to("/api?f=html"), Media::Html, "the API for people"),
            ];
            (links, Vec::new(), Vec::new())
        }
    }
}

fn of_twin(call: &Call) -> Links {
    let to = |path: &str| call.base.to(path);
    vec![
        link("describedby", &to("/?f=json"), Media::Json, "what this server offers"),
        link("data", &to("/collections"), Media::Json, "the collections of features"),
        link("service-desc", &to("/api?f=json"), Media::OpenApi, "the definition of this API"),
        link("preview", &to("/viewer/"), Media::Html, "the 3D view"),
    ]
}

fn template(href: String, media: Media, title: &str) -> Value {
    json!({
        "rel": "item",
        "type": media.name(),
        "uriTemplate": href,
        "title": title,
        "variables": {
            "tileMatrix": { "type": "string" }, "tileRow": { "type": "integer" }, "tileCol": { "type": "integer" },
        },
    })
}

fn format(name: &str, media: Media) -> Value {
    json!({ "name": name, "mediaType": media.name() })
}

fn of_collection(call: &Call, collection: &Collection) -> (Links, Vec<Value>, Vec<Value>) {
    let url = call.base.to(&collections::path(collection));
    let mut links = vec![
        link("describedby", &format!("{url}?f=json"), Media::Json, "the collection"),
        link("items", &format!("{url}/items"), Media::GeoJson, "the features as GeoJSON"),
        link(
            &format!("{REL}/schema"),
            &format!("{url}/schema"),
            Media::Schema,
            "what properties features have",
        ),
        link("preview", &format!("{url}?f=html"), Media::Html, "the collection for people"),
    ];
    let mut formats = vec![
        format("GeoJSON", Media::GeoJson),
        format("CityJSON", Media::CityJson),
        format("CityGML 3.0", Media::CityGml3),
        format("CSV", Media::Csv),
    ];
    let mut templates = Vec::new();
    if collection.has_faces {
        links.extend(geovolumes::tileset_links(call, collection));
        formats.push(format("3D Tiles 1.1", Media::Tiles3d));
    }
    if collection.extent.is_some() {
        let tiles = format!("{url}/tiles");
        let style = format!("{tiles}/WebMercatorQuad/style.json");
        links.push(link(
            &format!("{REL}/tilesets-vector"),
            &tiles,
            Media::Json,
            "the features as vector tiles",
        ));
        links.push(link("stylesheet", &style, Media::MapStyle, "a style for MapLibre"));
        let href = format!("{tiles}/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}");
        templates.push(template(href, Media::VectorTile, "vector tiles"));
        formats.push(format("Mapbox Vector Tiles", Media::VectorTile));
    }
    (links, templates, formats)
}

fn of_terrain(call: &Call, terrain: &Terrain) -> (Links, Vec<Value>, Vec<Value>) {
    let url = call.base.to(&format!("/terrain/{}", segment(&terrain.id)));
    let hillshade = format!("{url}/styles/hillshade/map/tiles/WebMercatorQuad");
    let links = vec![
        link("describedby", &format!("{url}?f=json"), Media::Json, "the terrain"),
        link("item", &format!("{url}/layer.json"), Media::Json, "the terrain for 3D viewers"),
        link(&format!("{REL}/tilesets-map"), &hillshade, Media::Json, "the ground as pictures"),
        link("preview", &format!("{url}?f=html"), Media::Html, "the terrain for people"),
    ];
    let template =
        template(format!("{hillshade}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"), Media::Png, "hillshade");
    let formats = vec![format("quantized-mesh 1.0", Media::QuantizedMesh), format("PNG", Media::Png)];
    (links, vec![template], formats)
}
