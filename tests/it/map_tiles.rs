//! OGC API – Tiles over HTTP: lists, tilesets, tiles as a client reads them.

use std::collections::BTreeSet;

use crate::http::{City, FEATURES};

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = bytes.split_first().expect("a varint ends");
        *bytes = rest;
        value |= u64::from(first & 0x7F) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    value
}

/// The parts of a message that have the number; protocol buffers by hand, so that nothing of the server's own writer is
/// needed to read it.
pub fn parts(mut bytes: &[u8], number: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let length = match key & 7 {
            0 => {
                varint(&mut bytes);
                continue;
            }
            1 => 8,
            2 => varint(&mut bytes) as usize,
            other => panic!("wire type {other}"),
        };
        let (value, rest) = bytes.split_at(length);
        bytes = rest;
        if key >> 3 == number {
            found.push(value);
        }
    }
    found
}

pub fn packed(mut bytes: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        numbers.push(varint(&mut bytes));
    }
    numbers
}

/// Of each feature of a tile: its layer, its attributes' names, its id, and the place of its first point [units].
fn read(tile: &[u8]) -> Vec<(String, Vec<String>, String, [i64; 2])> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut features = Vec::new();
    for layer in parts(tile, 3) {
        let name = text(parts(layer, 1)[0]);
        let (keys, values) = (parts(layer, 3), parts(layer, 4));
        for feature in parts(layer, 2) {
            let tags = packed(parts(feature, 2)[0]);
            let names: Vec<_> = tags.chunks(2).map(|tag| text(keys[tag[0] as usize])).collect();
            let id = tags.chunks(2).find(|tag| keys[tag[0] as usize] == b"id").unwrap();
            let id = text(parts(values[id[1] as usize], 1)[0]);
            let commands = packed(parts(feature, 4)[0]);
            let signed = |value: u64| (value >> 1) as i64 ^ -((value & 1) as i64);
            features.push((name.clone(), names, id, [signed(commands[1]), signed(commands[2])]));
        }
    }
    features
}

#[tokio::test(flavor = "multi_thread")]
async fn tilesets_say_what_a_client_needs() {
    let city = City::start().await;
    let landing = city.get("/?f=json").await.json();
    let rel = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
    assert!(landing["links"].as_array().unwrap().iter().any(|link| link["rel"] == rel));
    for base in ["/tiles", "/collections/buildings/tiles"] {
        let list = city.get(&format!("{base}?f=json")).await.json();
        let ids: Vec<_> =
            list["tilesets"].as_array().unwrap().iter().map(|set| &set["tileMatrixSetId"]).collect();
        assert_eq!(ids, ["WebMercatorQuad", "WorldCRS84Quad", "AdV_25832", "AdV_25833", "EU_25832"]);
        let document = city.get(&format!("{base}/WebMercatorQuad")).await.json();
        assert_eq!(
            document["tileMatrixSetURI"],
            "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
        );
        let item = document["links"].as_array().unwrap().iter().find(|link| link["rel"] == "item").unwrap();
        assert_eq!(item["templated"], true);
        assert!(
            item["href"]
                .as_str()
                .unwrap()
                .ends_with(&format!("{base}/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"))
        );
        // The city is 0.8 km long near 48.25° N 11.65° E: level 14, x 8721 and 8722, y 5678 (hand, from the usual formula
        // for 11.6402° to 11.6507° and 48.2459°).
        let limits = &document["tileMatrixSetLimits"][14];
        assert_eq!(
            (&limits["tileMatrix"], &limits["minTileRow"], &limits["maxTileRow"]),
            (&"14".into(), &5678.into(), &5678.into())
        );
        let tilejson = city.get(&format!("{base}/WebMercatorQuad?f=tilejson")).await;
        assert_eq!(tilejson.header("content-type"), "application/vnd.mapbox.tile+json");
        let tilejson = tilejson.json();
        assert!(
            tilejson["tiles"][0]
                .as_str()
                .unwrap()
                .ends_with(&format!("{base}/WebMercatorQuad/{{z}}/{{y}}/{{x}}"))
        );
        assert_eq!(tilejson["vector_layers"][0]["id"], "buildings");
    }
    assert_eq!(city.get("/collections/buildings/tiles/AdV_25832?f=tilejson").await.status, 406);
    let grid = city.get("/tileMatrixSets/EU_25832").await.json();
    assert_eq!(
        (&grid["tileMatrices"][0]["matrixWidth"], &grid["tileMatrices"][0]["matrixHeight"]),
        (&6.into(), &5.into())
    );
    assert_eq!(city.get("/tileMatrixSets").await.json()["tileMatrixSets"].as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feature_is_in_the_tiles_of_every_grid() {
    let city = City::start().await;
    for (grid, level) in [
        ("WebMercatorQuad", "15"),
        ("WorldCRS84Quad", "15"),
        ("AdV_25832", "10"),
        ("AdV_25833", "10"),
        ("EU_25832", "10"),
    ] {
        let base = format!("/collections/buildings/tiles/{grid}");
        let document = city.get(&base).await.json();
        let limits = document["tileMatrixSetLimits"].as_array().unwrap();
        let limits = limits.iter().find(|limits| limits["tileMatrix"] == level).unwrap();
        let range = |min: &str, max: &str| limits[min].as_u64().unwrap()..=limits[max].as_u64().unwrap();
        let mut ids = BTreeSet::new();
        for row in range("minTileRow", "maxTileRow") {
            for column in range("minTileCol", "maxTileCol") {
                let tile = city.get(&format!("{base}/{level}/{row}/{column}")).await;
                if tile.status == 204 {
                    continue;
                }
                assert_eq!(
                    (tile.status, tile.header("content-type")),
                    (200, "application/vnd.mapbox-vector-tile")
                );
                ids.extend(read(&tile.body).into_iter().map(|(_, _, id, _)| id));
            }
        }
        assert_eq!(ids.len(), FEATURES, "{grid}");
        let row = limits["maxTileRow"].as_u64().unwrap() + 1;
        let beyond = city.get(&format!("{base}/{level}/{row}/{}", limits["minTileCol"])).await;
        assert_eq!(beyond.status, 404, "{grid}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn features_lie_where_they_should_with_what_was_asked_for() {
    let city = City::start().await;
    // Hand, from (696000, 5347000) in EPSG:25832 = 48.2458860° N 11.6401787° E by gdaltransform: tile 14/5678/8721.
    let base = "/collections/buildings/tiles/WebMercatorQuad/14/5678/8721";
    let tile = city.get(&format!("{base}?properties=measuredHeight")).await;
    let features = read(&tile.body);
    let (layer, names, _, at) = features.iter().find(|(_, _, id, _)| id == "B_0").unwrap();
    assert_eq!(
        (layer.as_str(), names.as_slice()),
        ("buildings", ["id", "measuredHeight"].map(str::to_owned).as_slice())
    );
    let world = f64::from(4096 << 14);
    let x = (11.640_178_713 + 180.0) / 360.0 * world - 8721.0 * 4096.0;
    let y = (0.5 - 48.245_886_033_f64.to_radians().tan().asinh() / std::f64::consts::TAU) * world
        - 5678.0 * 4096.0;
    // A box of 10 m is some 25 units wide here: its first point is one of its corners.
    assert!((at[0] as f64 - x).abs() < 28.0 && (at[1] as f64 - y).abs() < 28.0, "{at:?} {x} {y}");

    let high = city.get(&format!("{base}?filter=measuredHeight%3E9.75")).await;
    assert!(read(&high.body).iter().all(|(_, _, id, _)| id == "B_38" || id == "B_39"));
    for (names, expected) in [("", vec!["id"]), ("id", vec!["id"]), ("class,id", vec!["id", "class"])] {
        let tile = city.get(&format!("{base}?properties={names}")).await;
        assert!(read(&tile.body).iter().all(|(_, names, _, _)| *names == expected), "{names}");
    }
    let both = city.get("/tiles/WebMercatorQuad/14/5678/8721?collections=buildings").await;
    assert_eq!(read(&both.body).len(), features.len());
    let tag = tile.header("etag").to_owned();
    let again = city.get_with(&format!("{base}?properties=measuredHeight"), &[("if-none-match", &tag)]).await;
    assert_eq!(again.status, 304);
    for (path, status, part) in [
        ("/collections/buildings/tiles/Nowhere/1/0/0", 404, "no tile matrix set `Nowhere`"),
        ("/collections/buildings/tiles/WebMercatorQuad/99/0/0", 404, "beyond the grid"),
        ("/collections/buildings/tiles/WebMercatorQuad/14/0/0", 404, "rows run from 5678 to 5678"),
        ("/collections/buildings/tiles/WebMercatorQuad/x/0/0", 404, "whole number"),
        ("/collections/nothing/tiles/WebMercatorQuad/0/0/0", 404, "no collection `nothing`"),
        ("/tiles/WebMercatorQuad/0/0/0?collections=buildings,nothing", 404, "no collection `nothing`"),
        ("/collections/buildings/tiles/WebMercatorQuad/0/0/0?filter=x", 400, "x"),
        (
            "/collections/buildings/tiles/WebMercatorQuad/14/5678/8721?properties=measuredHeight,hieght",
            400,
            "`properties` is wrong: there is no `hieght`",
        ),
        (
            "/tiles/WebMercatorQuad/14/5678/8721?properties=hieght",
            400,
            "`properties` is wrong: there is no `hieght`",
        ),
        // Tiles without a filter are kept: a refusal on the way there stays one.
        (
            "/collections/buildings/tiles/WebMercatorQuad/14/5678/8721?filter-crs=",
            400,
            "`filter-crs` is wrong",
        ),
    ] {
        let answer = city.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{path}: {}", answer.text());
    }
}
