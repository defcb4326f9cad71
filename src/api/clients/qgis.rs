//! QGIS: files of connections, one for each kind, as its data source manager loads them.

use super::Snippet;
use super::offer::Offer;

const LOAD: [&str; 2] = [
    "Save the file; in Layer > Data Source Manager choose this kind of source, then Load… and the file.",
    "Die Datei speichern; in Layer > Datenquellenverwaltung diese Art von Quelle wählen, dann Laden… und die Datei.",
];

pub fn snippets(offer: &Offer) -> Vec<Snippet> {
    let file = |file, content| Snippet { file, media: "application/xml", note: LOAD, content };
    vec![
        file("ogc-api-features.xml", features(offer)),
        file("3d-tiles.xml", tiled_scenes(offer)),
        file("vector-tiles.xml", vector_tiles(offer)),
        file("hillshade.xml", hillshade(offer)),
    ]
}

/// The element around connections.
fn document(root: &str, version: &str, connections: &str) -> String {
    format!("<!DOCTYPE connections>\n<{root} version=\"{version}\">\n{connections}</{root}>\n")
}

fn element(name: &str, attributes: &[(&str, &str)]) -> String {
    let attributes: String =
        attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
    format!("  <{name}{attributes}/>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn features(offer: &Offer) -> String {
    let connection = [
        ("name", offer.title.as_str()),
        ("url", &offer.base),
        ("version", "OGC_API_FEATURES"),
        ("pagingenabled", "enabled"),
        ("pagesize", "1000"),
        ("maxnumfeatures", ""),
        ("ignoreAxisOrientation", "0"),
        ("invertAxisOrientation", "0"),
        ("username", ""),
        ("password", ""),
    ];
    document("qgsWFSConnections", "1.1", &element("wfs", &connection))
}

fn tiled_scenes(offer: &Offer) -> String {
    let connection = |title: &str, url: &str| {
        element(
            "tiledscene",
            &[
                ("name", title),
                ("provider", "cesiumtiles"),
                ("url", url),
                ("authcfg", ""),
                ("username", ""),
                ("password", ""),
            ],
        )
    };
    let all: String = offer.solid().map(|(layer, tileset)| connection(&layer.title, tileset)).collect();
    document("qgsTiledSceneConnections", "1.0", &all)
}

fn vector_tiles(offer: &Offer) -> String {
    let connection = |title: &str, tiles: &str, style: &str| {
        let url = format!("{tiles}/{{z}}/{{y}}/{{x}}");
        element(
            "vectortile",
            &[
                ("name", title),
                ("url", &url),
                ("zmin", "0"),
                ("zmax", "18"),
                ("serviceType", ""),
                ("authcfg", ""),
                ("username", ""),
                ("password", ""),
                ("styleUrl", style),
            ],
        )
    };
    let whole = format!("{}/tiles/WebMercatorQuad", offer.base);
    let each = offer.placed().map(|layer| {
        let tiles = format!("{}/tiles/WebMercatorQuad", layer.url);
        connection(&layer.title, &tiles, &format!("{tiles}/style.json"))
    });
    let all = offer.placed().next().map(|_| connection(&offer.title, &whole, &offer.style(true)));
    document("qgsVectorTileConnections", "1.0", &all.into_iter().chain(each).collect::<String>())
}

fn hillshade(offer: &Offer) -> String {
    let connections = offer.terrains.iter().map(|ground| {
        let url = format!("{}/styles/hillshade/map/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}", ground.url);
        element(
            "xyztiles",
            &[
                ("name", ground.title.as_str()),
                ("url", &url),
                ("zmin", "0"),
                ("zmax", "18"),
                ("authcfg", ""),
                ("username", ""),
                ("password", ""),
                ("tilePixelRatio", "0"),
            ],
        )
    });
    document("qgsXYZTilesConnections", "1.0", &connections.collect::<String>())
}
