//! How clients find the twin: data in space, styles, snippets for other programs, the list of declared classes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stadtwin::jobs::TerrainImport;

use crate::http::City;
use crate::support::geotiff::Raster;
use crate::support::served::{Served, building, citygml};

/// A triangle of 10 m at 500 m over a plane of 480 m.
async fn town() -> Served {
    let served = Served::start().await;
    let file = served.write("a.gml", &citygml(&building("A", "<gml:name>Rathaus</gml:name>")));
    served.import("houses", &file).await;
    let raster = served.folder.path().join("ground.tif");
    Raster::square([689_900.0, 5_334_100.0], 200).write(&raster, |_| 480.0);
    let import = TerrainImport {
        sources: vec![raster.display().to_string()],
        terrain: "ground".into(),
        geoid_constant_m: Some(45.5),
        jobs: 1,
        ..TerrainImport::default()
    };
    import.run(&served.database.store, std::sync::Arc::default()).await.unwrap();
    served
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn links<'a>(document: &'a Value, rel: &str) -> Vec<&'a Value> {
    document["links"].as_array().unwrap().iter().filter(|link| link["rel"] == rel).collect()
}

const VOLUMES_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/3d-geovolumes";

#[tokio::test(flavor = "multi_thread")]
async fn collections_have_a_box_in_space() {
    let served = town().await;
    let containers = served.json("/3dcontainers").await;
    let container = &containers["collections"][0];
    assert_eq!((&container["id"], &container["collectionType"]), (&json!("houses"), &json!("3d-container")));
    let spatial = &container["extent"]["spatial"];
    assert_eq!(spatial["crs"], "http://www.opengis.net/def/crs/OGC/0/CRS84h");
    let volume = numbers(&spatial["bbox"][0]);
    // gdaltransform, EPSG:25832 to 4326: 690000 5334000 is 11.553627° E 48.130870° N, 10 m on 11.553765° E 48.130957° N;
    // 500 m and a stated geoid of 45.5 m.
    let [west, south, low, east, north, high] = volume[..] else { panic!("{volume:?}") };
    for (found, expected) in [(west, 11.553627), (south, 48.130870), (east, 11.553765), (north, 48.130957)] {
        assert!((found - expected).abs() < 1e-5, "{volume:?}");
    }
    assert_eq!([low, high], [545.5, 545.5]);
    assert_eq!(*container, served.json("/3dcontainers/houses").await);

    // The tileset by both media types of the draft, the terrain below; all of it is there.
    let types: BTreeSet<_> =
        links(container, VOLUMES_REL).iter().map(|link| link["type"].as_str().unwrap()).collect();
    assert_eq!(types, BTreeSet::from(["application/3dtiles+json", "application/json+3dtiles"]));
    let content = container["content"].as_array().unwrap();
    let rels: Vec<_> = content.iter().map(|part| part["rel"].as_str().unwrap()).collect();
    assert_eq!(rels, ["original", "terrain"]);
    for part in content {
        let found = served.json(part["href"].as_str().unwrap()).await;
        assert!(found["asset"]["version"] == "1.1" || found["format"] == "quantized-mesh-1.0", "{found}");
    }

    // The box of the tileset itself lies within [rad, rad, …, m, m].
    let tileset = served.json(content[0]["href"].as_str().unwrap()).await;
    let region = numbers(&tileset["root"]["boundingVolume"]["region"]);
    let degrees: Vec<_> = region[..4].iter().map(|radians| radians.to_degrees()).collect();
    assert!(degrees[0] >= west - 1e-6 && degrees[1] >= south - 1e-6, "{degrees:?} {volume:?}");
    assert!(degrees[2] <= east + 1e-6 && degrees[3] <= north + 1e-6, "{degrees:?} {volume:?}");
    assert!(region[4] >= low - 0.05 && region[5] <= high + 0.05, "{region:?}");

    for (bbox, expected) in [
        ("11,48,12,49".to_owned(), 1),
        ("11,48,546,12,49,600".to_owned(), 0),
        ("11,48,500,12,49,545.5".to_owned(), 1),
        ("12,48,13,49".to_owned(), 0),
        (format!("{west},{south},{low},{east},{north},{high}"), 1),
    ] {
        let found = served.json(&format!("/3dcontainers?bbox={bbox}")).await;
        assert_eq!(found["collections"].as_array().unwrap().len(), expected, "{bbox}");
    }
    assert_eq!(served.get("/3dcontainers?bbox=1,2,3").await.status, 400);
    assert_eq!(served.get("/3dcontainers/nowhere").await.status, 404);

    // Collections say the same; their first box has four numbers for clients that know no others.
    let collection = served.json("/collections/houses").await;
    let boxes = collection["extent"]["spatial"]["bbox"].as_array().unwrap();
    assert_eq!((boxes[0].as_array().unwrap().len(), &boxes[1]), (4, &spatial["bbox"][0]));
    assert_eq!(
        (&collection["collectionType"], links(&collection, VOLUMES_REL).len()),
        (&json!("3d-container"), 2)
    );
    let page = served.html("/3dcontainers?lang=de").await;
    assert!(
        page.contains("Daten im Raum") && page.contains("545,5") && page.contains("tileset.json"),
        "{page}"
    );
    assert_eq!(links(&served.json("/?f=json").await, VOLUMES_REL).len(), 1);
}

#[tokio::test]
async fn what_stands_nowhere_is_no_container() {
    let city = City::start().await;
    let found = city.get("/3dcontainers").await.json();
    let found = found["collections"].as_array().unwrap();
    assert_eq!((found.len(), &found[0]["id"]), (1, &json!("buildings")));
    // Hand: from 480 m to 480 + 6 + 3.9 m, and a stated geoid of 45.5 m.
    let volume = numbers(&found[0]["contentExtent"]["bbox"]);
    assert_eq!((volume[2], volume[5]), (525.5, 535.4));
    assert_eq!(city.get("/3dcontainers/trees").await.status, 404);
    let trees = city.get("/collections/trees").await.json();
    assert!(trees.get("collectionType").is_none() && links(&trees, VOLUMES_REL).is_empty());
    // Without a height model nothing is known of heights above the ellipsoid.
    let flat = City::start_with(stadtwin::crs::HeightModel::None).await;
    assert_eq!(flat.get("/3dcontainers").await.json()["collections"], json!([]));
    let buildings = flat.get("/collections/buildings").await.json();
    assert_eq!(buildings["extent"]["spatial"]["bbox"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn styles_fit_the_tiles() {
    let served = town().await;
    for path in ["/tiles", "/collections/houses/tiles"] {
        let target = format!("{path}/WebMercatorQuad/style.json");
        let answer = served.get(&target).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/vnd.mapbox.style+json")
        );
        let style = answer.json();
        assert_eq!((&style["version"], style.get("glyphs"), style.get("sprite")), (&json!(8), None, None));
        let tiles = served.json(style["sources"]["twin"]["url"].as_str().unwrap()).await;
        let known: Vec<_> =
            tiles["vector_layers"].as_array().unwrap().iter().map(|layer| &layer["id"]).collect();
        let layers = style["layers"].as_array().unwrap();
        for layer in layers.iter().filter(|layer| layer["type"] != "background") {
            assert!(known.contains(&&layer["source-layer"]) && layer["source"] == "twin", "{layer}");
        }
        let ids: BTreeSet<_> = layers.iter().map(|layer| layer["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), layers.len());
        let fill = layers.iter().find(|layer| layer["id"] == "houses.fill").unwrap();
        assert_eq!(fill["paint"]["fill-color"][1], json!(["get", "class"]));
        assert_eq!(fill["paint"]["fill-color"][2], "Building");
        // The middle of the triangle's box, and close enough to see 10 m.
        let centre = numbers(&style["center"]);
        assert!((centre[0] - 11.5537).abs() < 1e-4 && (centre[1] - 48.1309).abs() < 1e-4);
        assert_eq!(style["zoom"], 17.0);
        // Nothing comes from elsewhere.
        let text = style.to_string();
        assert_eq!(text.matches("://").count(), text.matches(&format!("http://{}/", served.address)).count());
    }
    let plain = served.json("/tiles/WebMercatorQuad/style.json?labels=false&collections=houses").await;
    assert!(plain["layers"].as_array().unwrap().iter().all(|layer| layer["type"] != "symbol"));
    assert!(plain["sources"]["twin"]["url"].as_str().unwrap().contains("collections=houses"));
    assert_eq!(served.get("/tiles/AdV_25832/style.json").await.status, 404);
    assert_eq!(served.get("/tiles/nowhere/style.json").await.status, 404);
    assert_eq!(served.get("/collections/none/tiles/WebMercatorQuad/style.json").await.status, 404);
}

/// Addresses of the server in a text, with the tile at the middle of the town for templates.
fn addresses(text: &str, start: &str) -> BTreeSet<String> {
    let text = text.replace("&amp;", "&");
    let found = text.match_indices(start).map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(['"', '\'', '<', '\\', ' ', '\n']).unwrap_or(rest.len());
        // 11.55367° E 48.13090° N at level 15: x = (180 + 11.55367) / 360 · 2¹⁵ = 17435.64, y = 11372.80 from the usual formula.
        let address = rest[..end].replace("{z}", "15").replace("{x}", "17435").replace("{y}", "11372");
        if address == start { format!("{start}/") } else { address }
    });
    found.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_in_every_snippet_answers() {
    let served = town().await;
    let start = format!("http://{}", served.address);
    let clients = served.json("/clients").await;
    let ids: Vec<_> =
        clients["clients"].as_array().unwrap().iter().map(|client| client["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["masterportal", "vcmap", "cesium", "qgis", "maplibre", "arcgis"]);
    for id in ids {
        let client = served.json(&format!("/clients/{id}")).await;
        let mut used = BTreeSet::new();
        for snippet in client["snippets"].as_array().unwrap() {
            let content = snippet["content"].as_str().unwrap();
            let file = served.get(snippet["href"].as_str().unwrap()).await;
            assert_eq!((file.status, file.text().as_str()), (200, content), "{id}");
            assert!(
                file.header("content-disposition").contains(snippet["file"].as_str().unwrap()),
                "{file:?}"
            );
            if snippet["type"] == "application/json" {
                serde_json::from_str::<Value>(content).unwrap();
            }
            let found = addresses(content, &start);
            for address in &found {
                let answer = served.get(address).await;
                assert_eq!(answer.status, 200, "{id} {address}: {}", answer.text());
                if address.contains("/15/") {
                    assert!(!answer.body.is_empty(), "{address}");
                }
            }
            used.extend(found);
        }
        assert!(used.len() >= 2, "{id}: {used:?}");
        for (language, words) in [("de", "Ein Klick wählt"), ("en", "A click selects")] {
            let page = served.html(&format!("/clients/{id}?lang={language}")).await;
            assert!(page.contains(words) && page.contains(&start), "{id} {page}");
        }
    }
    assert!(served.html("/clients?lang=de").await.contains("Fertige Stücke"));
    assert_eq!(served.get("/clients/word").await.status, 404);
    assert_eq!(served.get("/clients/qgis/passwd").await.status, 404);
}

/// What each client's own documentation asks for.
#[tokio::test(flavor = "multi_thread")]
async fn snippets_have_the_words_of_their_programs() {
    let served = town().await;
    let content =
        async |client: &str, file: &str| served.get(&format!("/clients/{client}/{file}")).await.text();
    let services: Value = serde_json::from_str(&content("masterportal", "services.json").await).unwrap();
    let kinds: Vec<_> =
        services.as_array().unwrap().iter().map(|service| service["typ"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Terrain3D", "TileSet3D", "VectorTile", "OAF"]);
    let config: Value = serde_json::from_str(&content("masterportal", "config.json").await).unwrap();
    let elements = config["layerConfig"]["subjectlayer"]["elements"].as_array().unwrap();
    let ids = |entries: &[Value]| entries.iter().map(|entry| entry["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(ids(elements), ids(services.as_array().unwrap()));
    // A style for each layer that names one.
    let styles: Value = serde_json::from_str(&content("masterportal", "style.json").await).unwrap();
    let styles = styles.as_array().unwrap();
    let named: Vec<_> = elements.iter().filter_map(|element| element.get("styleId")).collect();
    assert!(!named.is_empty());
    for id in named {
        let style = styles.iter().find(|style| style["styleId"] == *id).unwrap_or_else(|| panic!("no {id}"));
        assert!(style["rules"][0]["style"]["polygonFillColor"].is_array(), "{style}");
    }
    let module: Value = serde_json::from_str(&content("vcmap", "module.json").await).unwrap();
    let kinds: Vec<_> =
        module["layers"].as_array().unwrap().iter().map(|layer| layer["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["TerrainLayer", "CesiumTilesetLayer", "VectorTileLayer"]);
    for (file, root, element) in [
        ("ogc-api-features.xml", "<qgsWFSConnections version=\"1.1\">", "<wfs "),
        ("3d-tiles.xml", "<qgsTiledSceneConnections version=\"1.0\">", "<tiledscene "),
        ("vector-tiles.xml", "<qgsVectorTileConnections version=\"1.0\">", "<vectortile "),
        ("hillshade.xml", "<qgsXYZTilesConnections version=\"1.0\">", "<xyztiles "),
    ] {
        let text = content("qgis", file).await;
        assert!(text.contains(root) && text.contains(element), "{file}: {text}");
    }
}

/// Titles are text from outside: they neither end a script nor an attribute.
#[tokio::test]
async fn snippets_hold_any_title() {
    let city = City::start_as(stadtwin::crs::HeightModel::Constant(45.5), |state| {
        state.title = "A \"twin\" & </script><b>".to_owned();
        state.attribution = Some("<i>Us & Co</i>".to_owned());
    })
    .await;
    let file = async |target: &str| city.get(target).await.text();
    let qgis = file("/clients/qgis/ogc-api-features.xml").await;
    assert!(qgis.contains("name=\"A &quot;twin&quot; &amp; &lt;/script&gt;&lt;b&gt;\""), "{qgis}");
    let arcgis = file("/clients/arcgis/layers.js").await;
    assert!(arcgis.contains(r#""A \"twin\" & <\/script><b>""#), "{arcgis}");
    let style = city.get("/tiles/WebMercatorQuad/style.json").await.json();
    assert_eq!(style["sources"]["twin"]["attribution"], "© &lt;i&gt;Us &amp; Co&lt;/i&gt;");
    let page = city.get("/clients/arcgis?f=html").await.text();
    assert!(!page.contains("</script>") && !page.contains("<b>"), "{page}");
}

#[tokio::test]
async fn pages_lead_to_map_catalogue_and_clients() {
    let city = City::start().await;
    for (lang, words) in [
        ("de", [">Karte<", ">Katalog<", ">In anderen Programmen<"]),
        ("en", [">Map<", ">Catalogue<", ">In other programs<"]),
    ] {
        let page = city.get(&format!("/?f=html&lang={lang}")).await.text();
        assert!(words.iter().all(|word| page.contains(word)), "{page}");
        assert!(page.contains(&format!("/viewer/map.html?lang={lang}")), "{page}");
        let collection = city.get(&format!("/collections/buildings?f=html&lang={lang}")).await.text();
        assert!(collection.contains("/viewer/map.html?collection=buildings"), "{collection}");
        let trees = city.get(&format!("/collections/trees?f=html&lang={lang}")).await.text();
        assert!(!trees.contains("map.html?collection="), "nothing to see: {trees}");
    }
}

/// The document names the classes that the server declares, each with what shows that it holds.
#[tokio::test]
async fn the_list_of_classes_is_the_one_declared() {
    let city = City::start().await;
    let declared: BTreeSet<String> =
        serde_json::from_value(city.get("/conformance").await.json()["conformsTo"].clone()).unwrap();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut listed = BTreeSet::new();
    for row in text.lines().filter(|line| line.starts_with("| `http")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [class, shown] = cells[..] else { panic!("{row}") };
        assert!(!shown.is_empty(), "{row}: nothing shows that it holds");
        assert!(listed.insert(class.trim_matches('`').to_owned()), "{row}: twice");
        for file in shown.split('`').skip(1).step_by(2).filter(|name| name.contains('/')) {
            let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            assert!(file.exists(), "{row}: no such file");
        }
    }
    assert_eq!(listed, declared);
}
