//! Masterportal: services in one file, the layers of a portal in another.

use serde_json::{Value, json};

use super::Snippet;
use super::offer::{Layer, Offer, pretty};

pub fn snippets(offer: &Offer) -> Vec<Snippet> {
    vec![
        Snippet {
            file: "services.json",
            media: "application/json",
            note: [
                "Add these entries to the list in services.json.",
                "Diese Einträge in die Liste von services.json aufnehmen.",
            ],
            content: pretty(&services(offer).into()),
        },
        Snippet {
            file: "config.json",
            media: "application/json",
            note: [
                "Add these elements to layerConfig.subjectlayer of the portal's config.json.",
                "Diese Elemente in layerConfig.subjectlayer der config.json des Portals aufnehmen.",
            ],
            content: pretty(&config(offer)),
        },
        Snippet {
            file: "style.json",
            media: "application/json",
            note: [
                "Add these entries to the list in style.json: the layers of features in config.json name them by styleId.",
                "Diese Einträge in die Liste von style.json aufnehmen: die Objektebenen in config.json nennen sie als styleId.",
            ],
            content: pretty(&styles(offer).into()),
        },
    ]
}

fn features_id(id: &str) -> String {
    format!("twin-{id}-features")
}

fn tileset_id(id: &str) -> String {
    format!("twin-{id}-3d")
}

fn ground_id(id: &str) -> String {
    format!("twin-terrain-{id}")
}

const MAP_ID: &str = "twin-map";

fn services(offer: &Offer) -> Vec<Value> {
    let attribution = offer.attribution.as_deref().unwrap_or("nicht vorhanden");
    let crs = offer.storage.map_or_else(
        || "http://www.opengis.net/def/crs/OGC/1.3/CRS84".to_owned(),
        |code| format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
    );
    let features = offer.placed().map(|layer| {
        json!({
            "id": features_id(&layer.id),
            "name": layer.title,
            "typ": "OAF",
            "url": offer.base,
            "collection": layer.id,
            "crs": crs,
            "bboxCrs": crs,
            "limit": 1000,
            "gfiAttributes": "showAll",
            "gfiTheme": "default",
            "layerAttribution": attribution,
            "legend": true,
            "datasets": false,
        })
    });
    let solids = offer.solid().map(|(layer, tileset)| {
        json!({
            "id": tileset_id(&layer.id),
            "name": layer.title,
            "typ": "TileSet3D",
            "url": tileset,
            "gfiAttributes": "showAll",
            "layerAttribution": attribution,
            "legend": false,
            "datasets": false,
            "cesium3DTilesetOptions": { "maximumScreenSpaceError": 6 },
        })
    });
    let grounds = offer.terrains.iter().map(|ground| {
        json!({
            "id": ground_id(&ground.id),
            "name": ground.title,
            "typ": "Terrain3D",
            "url": ground.url,
            "layerAttribution": attribution,
            "legend": false,
            "datasets": false,
            "cesiumTerrainProviderOptions": { "requestVertexNormals": true },
        })
    });
    let map = json!({
        "id": MAP_ID,
        "name": offer.title,
        "typ": "VectorTile",
        "epsg": "EPSG:3857",
        "url": format!("{}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}", offer.base),
        "gfiAttributes": "showAll",
        "gfiTheme": "default",
        "legend": false,
        "datasets": false,
        "vtStyles": [{
            "id": "twin-style", "name": offer.title, "url": offer.style(false), "defaultStyle": true,
        }],
    });
    let map = offer.placed().next().map(|_| map);
    grounds.chain(solids).chain(map).chain(features).collect()
}

/// Outlines, and lines and points of what has no faces.
fn styles(offer: &Offer) -> Vec<Value> {
    const EDGE: [f64; 4] = [90.0, 74.0, 58.0, 1.0];
    const FACE: [f64; 4] = [201.0, 165.0, 125.0, 0.6];
    let style = json!({
        "polygonFillColor": FACE,
        "polygonStrokeColor": EDGE,
        "polygonStrokeWidth": 1,
        "lineStrokeColor": EDGE,
        "lineStrokeWidth": 2,
        "type": "circle",
        "circleRadius": 5,
        "circleFillColor": FACE,
        "circleStrokeColor": EDGE,
        "circleStrokeWidth": 1,
    });
    let of = |layer: &Layer| json!({ "styleId": features_id(&layer.id), "rules": [{ "style": style }] });
    offer.placed().map(of).collect()
}

fn config(offer: &Offer) -> Value {
    let grounds =
        offer.terrains.iter().map(|ground| json!({ "id": ground_id(&ground.id), "visibility": true }));
    let solids = offer.solid().map(|(layer, _)| json!({ "id": tileset_id(&layer.id), "visibility": true }));
    let map = offer.placed().next().map(|_| json!({ "id": MAP_ID, "visibility": false }));
    let features = offer.placed().map(|layer| {
        json!({ "id": features_id(&layer.id), "visibility": false, "styleId": features_id(&layer.id) })
    });
    let elements: Vec<_> = grounds.chain(solids).chain(map).chain(features).collect();
    json!({ "layerConfig": { "subjectlayer": { "elements": elements } } })
}
