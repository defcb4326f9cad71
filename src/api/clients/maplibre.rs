//! MapLibre GL JS: a page with the server's own style.

use super::Snippet;
use super::offer::{Offer, quoted};

pub fn snippets(offer: &Offer) -> Vec<Snippet> {
    let content = format!(
        "import {{ Map }} from 'maplibre-gl';\nimport 'maplibre-gl/dist/maplibre-gl.css';\n\n\
         const map = new Map({{ container: 'map', style: {style}, hash: true }});\n\
         map.on('click', ({{ point }}) => {{\n  const [feature] = map.queryRenderedFeatures(point);\n  \
         if (feature) console.log({collections} + '/' + feature.sourceLayer + '/items/' + encodeURIComponent(feature.properties.id));\n}});\n",
        style = quoted(&offer.style(true)),
        collections = quoted(&format!("{}/collections", offer.base)),
    );
    vec![Snippet {
        file: "map.js",
        media: "text/javascript",
        note: [
            "A module for a page with <div id=\"map\"></div> and the package `maplibre-gl` from 5.11 on: the style has no glyphs, letters come from the reader's fonts. Without labels: ?labels=false.",
            "Ein Modul für eine Seite mit <div id=\"map\"></div> und dem Paket `maplibre-gl` ab 5.11: der Stil hat keine Glyphen, Buchstaben kommen aus den Schriften des Lesers. Ohne Beschriftung: ?labels=false.",
        ],
        content,
    }]
}
