//! ArcGIS Maps SDK for JavaScript; ArcGIS Pro takes the same addresses.

use super::Snippet;
use super::offer::{Offer, quoted};

pub fn snippets(offer: &Offer) -> Vec<Snippet> {
    vec![Snippet {
        file: "layers.js",
        media: "text/javascript",
        note: [
            "Layers for a map or scene (package `@arcgis/core`, 4.29 or later). In ArcGIS Pro: Insert > Connections > OGC API with the first address, Add Data From Path with a tileset.",
            "Ebenen für eine Karte oder Szene (Paket `@arcgis/core`, ab 4.29). In ArcGIS Pro: Einfügen > Verbindungen > OGC API mit der ersten Adresse, Daten aus Pfad hinzufügen mit einem Tileset.",
        ],
        content: script(offer),
    }]
}

fn script(offer: &Offer) -> String {
    let mut lines = vec![
        "import OGCFeatureLayer from '@arcgis/core/layers/OGCFeatureLayer.js';".to_owned(),
        "import VectorTileLayer from '@arcgis/core/layers/VectorTileLayer.js';".to_owned(),
        "import IntegratedMesh3DTilesLayer from '@arcgis/core/layers/IntegratedMesh3DTilesLayer.js';"
            .to_owned(),
        String::new(),
        "export const features = [".to_owned(),
    ];
    for layer in offer.placed() {
        lines.push(format!(
            "  new OGCFeatureLayer({{ url: {}, collectionId: {}, title: {} }}),",
            quoted(&offer.base),
            quoted(&layer.id),
            quoted(&layer.title)
        ));
    }
    lines.push("];".to_owned());
    lines.push("export const solids = [".to_owned());
    for (layer, tileset) in offer.solid() {
        lines.push(format!(
            "  new IntegratedMesh3DTilesLayer({{ url: {}, title: {} }}),",
            quoted(tileset),
            quoted(&layer.title)
        ));
    }
    lines.push("];".to_owned());
    if offer.placed().next().is_some() {
        lines.push(format!(
            "export const map = new VectorTileLayer({{ url: {}, title: {} }});",
            quoted(&offer.style(false)),
            quoted(&offer.title)
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}
