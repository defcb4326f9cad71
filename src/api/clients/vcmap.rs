//! VC Map: one module with its layers.

use serde_json::{Value, json};

use super::Snippet;
use super::offer::{Offer, pretty};

pub fn snippets(offer: &Offer) -> Vec<Snippet> {
    vec![Snippet {
        file: "module.json",
        media: "application/json",
        note: [
            "Save as a module and name it in app.config.json, or add the layers to a module of your own.",
            "Als Modul speichern und in app.config.json nennen, oder die Ebenen in ein eigenes Modul aufnehmen.",
        ],
        content: pretty(&module(offer)),
    }]
}

fn module(offer: &Offer) -> Value {
    let named = |kind: &str, id: String, title: &str| {
        let mut properties = json!({ "title": title });
        if let Some(provider) = &offer.attribution {
            properties["attributions"] = json!({ "provider": provider, "url": offer.base });
        }
        json!({ "type": kind, "name": id, "properties": properties })
    };
    let grounds = offer.terrains.iter().enumerate().map(|(index, ground)| {
        let mut layer = named("TerrainLayer", format!("terrain_{}", ground.id), &ground.title);
        layer["url"] = ground.url.as_str().into();
        layer["requestVertexNormals"] = true.into();
        layer["exclusiveGroups"] = json!(["terrain"]);
        layer["activeOnStartup"] = (index == 0).into();
        layer
    });
    let solids = offer.solid().map(|(solid, tileset)| {
        let mut layer = named("CesiumTilesetLayer", solid.id.clone(), &solid.title);
        layer["url"] = tileset.as_str().into();
        layer["activeOnStartup"] = true.into();
        layer["screenSpaceError"] = 16.into();
        layer
    });
    let flat = offer.placed().map(|flat| {
        let mut layer = named("VectorTileLayer", format!("{}_map", flat.id), &flat.title);
        layer["tileProvider"] = json!({
            "type": "MVTTileProvider",
            "url": format!("{}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}", flat.url),
            "idProperty": "id",
            "baseLevels": [14, 16],
        });
        if let Some([west, south, east, north]) = offer.extent {
            layer["extent"] =
                json!({ "coordinates": [west, south, east, north], "projection": { "epsg": 4326 } });
        }
        layer["mapNames"] = json!([]);
        layer["activeOnStartup"] = false.into();
        layer
    });
    let layers: Vec<_> = grounds.chain(solids).chain(flat).collect();
    let [longitude_deg, latitude_deg] = offer.middle();
    json!({
        "name": "stadtwin",
        "layers": layers,
        "startingViewpointName": "twin",
        "viewpoints": [{
            "type": "Viewpoint",
            "name": "twin",
            "groundPosition": [longitude_deg, latitude_deg],
            "distance": 1500,
            "heading": 0,
            "pitch": -45,
            "properties": { "title": offer.title },
        }],
    })
}
