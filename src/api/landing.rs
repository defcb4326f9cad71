//! `GET /`: what there is and where.

use std::borrow::Borrow;

use askama::Template;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::collections;
use super::conformance;
use super::error::ApiError;
use super::html::{self, Frame};
use super::links::{Links, link};
use super::map::{self, Map};
use super::negotiate::Media;
use super::records;
use stadtwin_model::Collection;

#[derive(Template)]
#[template(path = "landing.html")]
struct Page {
    frame: Frame,
    collection_count: usize,
    feature_count: i64,
    terrain_count: usize,
    /// Where the collections lie.
    map: Option<Map>,
    /// Families of standards, as people call them.
    standards: Vec<&'static str>,
    wfs_url: String,
    features_url: String,
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collections = call.state.store.collections().await?;
    if html::wanted(&call) {
        let prefix = call.base.prefix();
        let boxes = collections.iter().filter_map(|collection| {
            let url = format!("{prefix}{}?f=html", collections::path(collection));
            Some((collection.title.clone(), url, collection.extent?))
        });
        let terrains = call.state.store.terrains().await?;
        let page = Page {
            map: map::draw_boxes(&boxes.collect::<Vec<_>>(), call.language),
            terrain_count: terrains.iter().filter(|terrain| terrain.head > 0).count(),
            standards: conformance::families(),
            wfs_url: call.base.to("/wfs"),
            features_url: call.base.to("/"),
            frame: Frame::of(&call, &call.state.title, Vec::new()),
            collection_count: collections.len(),
            feature_count: collections.iter().map(|collection| collection.feature_count).sum(),
        };
        return Ok(Answer::new(Media::Html, page.render()?));
    }
    let mut document = json!({
        "title": call.state.title,
        "description": "a digital twin: features by OGC API, 3D Tiles and a view in three dimensions",
        "links": links(&call),
    });
    if let Some(extent) = extent(&collections) {
        document["extent"] = json!({ "spatial": { "bbox": [extent] } });
    }
    Ok(Answer::json(Media::Json, &document))
}

fn links(call: &Call) -> Links {
    const REL: &str = "http://www.opengis.net/def/rel/ogc/1.0";
    let to = |path: &str| call.base.to(path);
    let mut links = call.own_links();
    links.push(link("service-desc", &to("/api?f=json"), Media::OpenApi, "the definition of this API"));
    links.push(link("service-doc", &to("/api?f=html"), Media::Html, "the API for people"));
    // Clients of Features know the short names, those of Common and Processes the long ones.
    for rel in ["conformance", &format!("{REL}/conformance")] {
        links.push(link(rel, &to("/conformance"), Media::Json, "the standards that this server meets"));
    }
    for rel in ["data", &format!("{REL}/data")] {
        links.push(link(rel, &to("/collections"), Media::Json, "the collections of features"));
    }
    let (vector, schemes) = (format!("{REL}/tilesets-vector"), format!("{REL}/tiling-schemes"));
    links.push(link(&vector, &to("/tiles"), Media::Json, "all collections as vector tiles"));
    links.push(link(&schemes, &to("/tileMatrixSets"), Media::Json, "the grids of map tiles"));
    let processes = "what can be asked for as a job";
    links.push(link(&format!("{REL}/processes"), &to("/processes"), Media::Json, processes));
    links.push(link(&format!("{REL}/job-list"), &to("/jobs"), Media::Json, "what is being done"));
    links.push(link("related", &to("/organizations"), Media::Json, "who plans in this twin"));
    links.push(link("related", &to("/projects"), Media::Json, "what is being planned"));
    links.push(link("related", &to("/scenarios"), Media::Json, "variants of the city"));
    links.push(link("terrain", &to("/terrain"), Media::Json, "the models of the ground"));
    let wfs = to("/wfs?service=WFS&request=GetCapabilities");
    links.push(
        json!({ "rel": "service", "type": "application/xml", "href": wfs, "title": "WFS 2.0 for other GIS" }),
    );
    let volumes = format!("{REL}/3d-geovolumes");
    links.push(link(&volumes, &to("/3dcontainers"), Media::Json, "the collections that stand in space"));
    let style = to("/tiles/WebMercatorQuad/style.json");
    links.push(link("stylesheet", &style, Media::MapStyle, "all collections as a map for MapLibre"));
    links.push(link("related", &to("/clients"), Media::Json, "configuration for other programs"));
    links.push(link("preview", &to("/viewer/map.html"), Media::Html, "the map"));
    links.extend(records::links(call));
    links.push(link("preview", &to("/viewer/"), Media::Html, "the 3D view"));
    links.push(link("status", &to("/health"), Media::Json, "the state of the server"));
    links
}

/// CRS84 box around all collections [°].
pub fn extent<C: Borrow<Collection>>(collections: &[C]) -> Option<[f64; 4]> {
    collections
        .iter()
        .filter_map(|collection| collection.borrow().extent)
        .reduce(|[w, s, e, n], other| [w.min(other[0]), s.min(other[1]), e.max(other[2]), n.max(other[3])])
}
