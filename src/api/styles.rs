//! Styles for MapLibre and its like: the map tiles of a collection, or of all, with colours by class.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::landing;
use super::map_tiles;
use super::negotiate::Media;
use std::sync::Arc;

use stadtwin_model::Collection;

/// The only grid that MapLibre knows.
const GRID: &str = "WebMercatorQuad";
/// Beyond this clients enlarge: as the TileJSON says.
const CLOSEST: f64 = 17.0;
const PAPER: &str = "#f4f1ea";

/// How a class is drawn; what lies on the ground comes first and so below the rest.
struct Look {
    class: &'static str,
    fill: &'static str,
    line: &'static str,
}

const fn look(class: &'static str, fill: &'static str, line: &'static str) -> Look {
    Look { class, fill, line }
}

static LOOKS: &[Look] = &[
    look("TINRelief", "#e4dcc6", "#b9ae92"),
    look("ReliefFeature", "#e4dcc6", "#b9ae92"),
    look("LandUse", "#ece5cf", "#c9bd98"),
    look("PlantCover", "#bfd6a4", "#7f9c62"),
    look("WaterBody", "#a6cbe3", "#5c8fb0"),
    look("Section", "#dcd8d0", "#a29d94"),
    look("Intersection", "#dcd8d0", "#a29d94"),
    look("Road", "#dcd8d0", "#a29d94"),
    look("Railway", "#c8c3bd", "#77726c"),
    look("Track", "#e3dccb", "#a79c80"),
    look("Square", "#e6e0d6", "#b0a898"),
    look("Waterway", "#a6cbe3", "#5c8fb0"),
    look("TransportationComplex", "#dcd8d0", "#a29d94"),
    look("Tunnel", "#b7b0ab", "#6b6560"),
    look("Bridge", "#c9c1b4", "#7d7466"),
    look("OtherConstruction", "#cdbfb2", "#86766a"),
    look("Building", "#d9b89f", "#8a5a3d"),
    look("BuildingPart", "#d9b89f", "#8a5a3d"),
    look("CityFurniture", "#8d7aa3", "#5c4a72"),
    look("GenericCityObject", "#c5b8d3", "#7f6f92"),
    look("SolitaryVegetationObject", "#6f9d57", "#44682f"),
];
/// Of classes that the table does not name.
static OTHER: Look = look("", "#cbbfb0", "#7d7060");

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let set = map_tiles::matrix_set_of(&call)?;
    if set.id != GRID {
        return Err(ApiError::NotFound(format!("styles are for the grid {GRID} alone")));
    }
    let mut collections = map_tiles::chosen(&call).await?;
    collections.sort_by_key(|collection| rank(collection));
    Ok(Answer::json(Media::MapStyle, &style(&call, &collections)))
}

/// Collections of what lies on the ground come first.
fn rank(collection: &Collection) -> usize {
    let most = collection.classes.iter().max_by_key(|(_, count)| *count).map(|(class, _)| class.as_str());
    let place = most.and_then(|class| LOOKS.iter().position(|look| look.class == plain(class)));
    place.unwrap_or(LOOKS.len())
}

/// Without the prefix of its module.
fn plain(class: &str) -> &str {
    class.rsplit_once(':').map_or(class, |(_, name)| name)
}

fn style(call: &Call, collections: &[Arc<Collection>]) -> Value {
    let is_labelled = call.query.get("labels") != Some("false");
    let chosen = call.query.with(&[("f", Some("tilejson")), ("labels", None)]);
    let tiles = call.base.to(&format!("{}/{GRID}{chosen}", map_tiles::tiles_path(call)));
    let mut source = json!({ "type": "vector", "url": tiles });
    if let Some(attribution) = &call.state.attribution {
        source["attribution"] = format!("© {}", escaped(attribution)).into();
    }
    let mut layers =
        vec![json!({ "id": "background", "type": "background", "paint": { "background-color": PAPER } })];
    layers.extend(collections.iter().flat_map(|collection| shapes(collection)));
    if is_labelled {
        layers.extend(collections.iter().filter_map(|collection| label(collection)));
    }
    let title = match collections {
        [one] if !call.segment("collectionId").is_empty() => &one.title,
        _ => &call.state.title,
    };
    let mut document =
        json!({ "version": 8, "name": title, "sources": { "twin": source }, "layers": layers });
    if let Some([west, south, east, north]) = landing::extent(collections) {
        document["center"] = json!([(west + east) / 2.0, (south + north) / 2.0]);
        let squeeze = ((south + north) / 2.0).to_radians().cos().max(0.01);
        let width_deg = (east - west).max((north - south) / squeeze).max(1e-6);
        // A map of 512 pixels shows the whole world at level 0.
        document["zoom"] = json!(((360.0 / width_deg).log2().clamp(0.0, CLOSEST) * 10.0).round() / 10.0);
    }
    document
}

/// Attributions are HTML in MapLibre.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The colour for each class of a collection.
fn colour(collection: &Collection, of: fn(&Look) -> &'static str) -> Value {
    let known = |class: &str| LOOKS.iter().find(|look| look.class == plain(class));
    let mut cases: Vec<(&str, &str)> = collection
        .classes
        .iter()
        .filter_map(|(class, _)| Some((class.as_str(), of(known(class)?))))
        .collect();
    cases.sort_unstable();
    cases.dedup_by_key(|(class, _)| *class);
    if cases.is_empty() {
        return of(&OTHER).into();
    }
    let mut expression = vec![json!("match"), json!(["get", "class"])];
    expression.extend(cases.into_iter().flat_map(|(class, colour)| [json!(class), json!(colour)]));
    expression.push(of(&OTHER).into());
    expression.into()
}

fn shapes(collection: &Collection) -> [Value; 4] {
    let id = &collection.id;
    let layer = |name: &str, kind: &str, geometry: &str, paint: Value| {
        json!({
            "id": format!("{id}.{name}"),
            "type": kind,
            "source": "twin",
            "source-layer": id,
            "filter": ["==", "$type", geometry],
            "paint": paint,
        })
    };
    let fill = || colour(collection, |look| look.fill);
    let line = || colour(collection, |look| look.line);
    let thin = json!(["interpolate", ["linear"], ["zoom"], 13, 0.2, 16, 0.8, 19, 1.6]);
    let thick = json!(["interpolate", ["linear"], ["zoom"], 10, 0.5, 16, 2, 19, 4]);
    let dot = json!(["interpolate", ["linear"], ["zoom"], 12, 1, 16, 3, 19, 7]);
    let circle = json!({
        "circle-color": fill(), "circle-radius": dot, "circle-stroke-color": line(), "circle-stroke-width": 0.6,
    });
    [
        layer("fill", "fill", "Polygon", json!({ "fill-color": fill(), "fill-opacity": 0.9 })),
        layer("outline", "line", "Polygon", json!({ "line-color": line(), "line-width": thin })),
        layer("line", "line", "LineString", json!({ "line-color": line(), "line-width": thick })),
        layer("point", "circle", "Point", circle),
    ]
}

/// Names, where features have any. No `glyphs`: clients draw the letters with fonts of their own, and no other host is asked.
fn label(collection: &Collection) -> Option<Value> {
    collection.properties.iter().find(|property| property.name == "name")?;
    Some(json!({
        "id": format!("{}.label", collection.id),
        "type": "symbol",
        "source": "twin",
        "source-layer": collection.id,
        "minzoom": 16,
        "filter": ["has", "name"],
        "layout": { "text-field": ["get", "name"], "text-size": 11, "text-max-width": 8 },
        "paint": { "text-color": "#3a2a20", "text-halo-color": "#ffffff", "text-halo-width": 1.2 },
    }))
}

/// Of the API's definition.
pub fn schemas() -> Value {
    json!({ "mapStyle": {
        "type": "object",
        "required": ["version", "sources", "layers"],
        "properties": {
            "version": { "type": "integer" },
            "name": { "type": "string" },
            "sources": { "type": "object" },
            "layers": { "type": "array", "items": { "type": "object" } },
        },
    } })
}
