//! CesiumJS: terrain and tilesets in a script.

use super::Snippet;
use super::offer::{Offer, quoted};

pub fn snippets(offer: &Offer) -> Vec<Snippet> {
    vec![Snippet {
        file: "twin.js",
        media: "text/javascript",
        note: [
            "A module for a page with <div id=\"cesium\"></div> and the package `cesium`.",
            "Ein Modul für eine Seite mit <div id=\"cesium\"></div> und dem Paket `cesium`.",
        ],
        content: script(offer),
    }]
}

fn script(offer: &Offer) -> String {
    let mut lines = vec![
        "import { Cesium3DTileset, CesiumTerrainProvider, Rectangle, Viewer } from 'cesium';".to_owned(),
        String::new(),
        "const viewer = new Viewer('cesium', { baseLayer: false, baseLayerPicker: false, geocoder: false });"
            .to_owned(),
    ];
    for (index, ground) in offer.terrains.iter().enumerate() {
        // Only one can be shown; the others stand ready.
        let comment = if index == 0 { "" } else { "// " };
        lines.push(format!(
            "{comment}viewer.terrainProvider = await CesiumTerrainProvider.fromUrl({}, {{ requestVertexNormals: true }});",
            quoted(&ground.url)
        ));
    }
    for (_, tileset) in offer.solid() {
        lines.push(format!(
            "viewer.scene.primitives.add(await Cesium3DTileset.fromUrl({}));",
            quoted(tileset)
        ));
    }
    if let Some([west, south, east, north]) = offer.extent {
        lines.push(format!(
            "viewer.camera.flyTo({{ destination: Rectangle.fromDegrees({west}, {south}, {east}, {north}) }});"
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}
