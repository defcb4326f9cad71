//! What lies below features over HTTP: parts, surfaces, and collections of one class. Expected numbers: `support/houses.rs`.

use serde_json::{Value, json};

use crate::http::request;
use crate::support::houses::{gable, in_parts, overhanging, with_window};
use crate::support::served::{Served, citygml};

const ITEMS: &str = "/collections/buildings/items";
const UTM: &str = "http://www.opengis.net/def/crs/EPSG/0/25832";

/// `G` looks east and west, `T` south and north; `P` is made of two parts, `W` has a window, `O` a wide roof.
async fn town() -> Served {
    let served = Served::start().await;
    let members = [
        gable("G", [696_000.0, 5_347_000.0], false),
        gable("T", [696_100.0, 5_347_000.0], true),
        in_parts("P", [696_200.0, 5_347_000.0]),
        with_window("W", [696_300.0, 5_347_000.0]),
        overhanging("O", [696_400.0, 5_347_000.0]),
    ];
    let file = served.write("town.gml", &citygml(&members.concat()));
    served.import("buildings", &file).await;
    served
}

fn target(path: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}

fn ids(page: &Value) -> Vec<&str> {
    page["features"].as_array().unwrap().iter().map(|feature| feature["id"].as_str().unwrap()).collect()
}

fn link<'a>(document: &'a Value, rel: &str) -> Option<&'a str> {
    let links = document["links"].as_array().unwrap();
    links.iter().find(|link| link["rel"] == rel)?["href"].as_str()
}

#[track_caller]
fn check_near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{found} is no number"));
    assert!((found - expected).abs() < 0.002, "{found} instead of {expected}");
}

/// Parameters and the ids that they find.
type Case = (&'static [(&'static str, &'static str)], &'static [&'static str]);

#[tokio::test]
async fn surfaces_of_a_house_have_area_tilt_and_azimuth() {
    let served = town().await;
    let page = served.json(&format!("{ITEMS}/G/surfaces")).await;
    assert_eq!((&page["numberMatched"], &page["numberReturned"]), (&json!(7), &json!(7)));
    let cases = [
        ("G_floor", "GroundSurface", 120.0, 180.0, None),
        ("G_front", "WallSurface", 85.0, 90.0, Some(180.0)),
        ("G_back", "WallSurface", 85.0, 90.0, Some(0.0)),
        ("G_right", "WallSurface", 72.0, 90.0, Some(90.0)),
        ("G_left", "WallSurface", 72.0, 90.0, Some(270.0)),
        ("G_a", "RoofSurface", 84.853, 45.0, Some(90.0)),
        ("G_b", "RoofSurface", 84.853, 45.0, Some(270.0)),
    ];
    for (id, class, area, tilt, azimuth) in cases {
        let found = page["features"].as_array().unwrap().iter().find(|feature| feature["id"] == id).unwrap();
        let properties = &found["properties"];
        assert_eq!((&properties["class"], &properties["lod"]), (&json!(class), &json!("2")), "{id}");
        assert_eq!((&properties["feature"], &properties["object"]), (&json!("G"), &json!("G")));
        check_near(&properties["area"], area);
        check_near(&properties["tilt"], tilt);
        match azimuth {
            Some(azimuth) => check_near(&properties["azimuth"], azimuth),
            None => assert!(properties["azimuth"].is_null(), "{id}"),
        }
    }
    let totals = &page["totals"];
    assert_eq!(totals["WallSurface"]["count"], 4);
    check_near(&totals["WallSurface"]["area"], 314.0);
    check_near(&totals["RoofSurface"]["area"], 169.706);
    // Where it lies, in the storage CRS. A system without heights makes it flat.
    let page = served
        .json(&target(&format!("{ITEMS}/G/surfaces"), &[("class", "GroundSurface"), ("crs", UTM)]))
        .await;
    let ring = [[0.0, 0.0], [0.0, 12.0], [10.0, 12.0], [10.0, 0.0], [0.0, 0.0]];
    let ring = ring.map(|[x, y]| [696_000.0 + x, 5_347_000.0 + y]);
    let floor = &page["features"][0];
    assert_eq!(floor["geometry"], json!({ "type": "MultiPolygon", "coordinates": [[ring]] }));
    let flat = served.json(&format!("{ITEMS}/G/surfaces?skipGeometry=true&limit=2")).await;
    assert!(flat["features"][0]["geometry"].is_null() && flat["numberMatched"] == 7);
    let rest = served.json(link(&flat, "next").unwrap()).await;
    assert_eq!(ids(&rest).len(), 2);
    assert_ne!(ids(&rest)[0], ids(&flat)[0]);
    let html = served.html(&format!("{ITEMS}/G/surfaces?lang=de")).await;
    assert!(html.contains("84,85") && html.contains("Neigung") && html.contains("G_a"), "{html}");
}

/// The wall of 10 × 3 m has a window of 2 × 1 m in a hole of it: 28 and 2 m².
#[tokio::test]
async fn openings_stand_under_their_surface() {
    let served = town().await;
    let page = served.json(&format!("{ITEMS}/W/surfaces")).await;
    let wall = page["features"].as_array().unwrap().iter().find(|feature| feature["id"] == "W_wall").unwrap();
    check_near(&wall["properties"]["area"], 28.0);
    check_near(&wall["properties"]["azimuth"], 180.0);
    let openings = wall["properties"]["openings"].as_array().unwrap();
    assert_eq!(
        (openings.len(), &openings[0]["id"], &openings[0]["class"]),
        (1, &json!("W_window"), &json!("Window"))
    );
    check_near(&openings[0]["area"], 2.0);
    assert_eq!(openings[0]["geometry"]["type"], "MultiPolygon");
    assert_eq!(
        (&page["totals"]["Window"]["count"], &page["totals"]["WallSurface"]["count"]),
        (&json!(1), &json!(1))
    );
    assert!(!ids(&page).contains(&"W_window"));
    // The roof is there in LoD2 alone.
    let page = served.json(&format!("{ITEMS}/W/surfaces?lod=2")).await;
    let roof = page["features"].as_array().unwrap().iter().find(|feature| feature["id"] == "W_roof").unwrap();
    check_near(&roof["properties"]["area"], 50.0);
    for (query, part) in [("lod=high", "`lod` is wrong"), ("class=Fenster", "`Fenster`"), ("lod=9", "")] {
        let answer = served.get(&format!("{ITEMS}/W/surfaces?{query}")).await;
        let expected = if part.is_empty() { 200 } else { 400 };
        assert!(answer.status == expected && answer.text().contains(part), "{query}: {}", answer.text());
    }
    let windows = served.json("/collections/buildings:Window/items").await;
    assert_eq!(ids(&windows), ["W~W_window"]);
}

#[tokio::test]
async fn parts_are_found_below_their_building_and_by_themselves() {
    let served = town().await;
    let page = served.json(&target(&format!("{ITEMS}/P/children"), &[("crs", UTM)])).await;
    assert_eq!((ids(&page), &page["numberMatched"]), (vec!["P_1", "P_2"], &json!(2)));
    let first = &page["features"][0];
    let properties = &first["properties"];
    for (name, value) in [
        ("class", json!("BuildingPart")),
        ("parent", json!("P")),
        ("feature", json!("P")),
        ("measuredHeight", json!(6.0)),
        ("zMin", json!(480.0)),
        ("zMax", json!(488.0)),
        ("children", json!({ "BuildingInstallation": 1 })),
        ("lods", json!(["2"])),
    ] {
        assert_eq!(properties[name], value, "{name}");
    }
    // The footprint of 10 × 8 m.
    let mut corners: Vec<_> = first["geometry"]["coordinates"][0][0].as_array().unwrap().clone();
    corners.dedup();
    assert!(
        corners.contains(&json!([696_210, 5_347_008])) || corners.contains(&json!([696_210.0, 5_347_008.0])),
        "{first}"
    );
    let deep = served.json(&format!("{ITEMS}/P/children?depth=5")).await;
    assert_eq!(ids(&deep), ["P_1", "P_2", "P_1_i"]);
    assert_eq!(deep["features"][2]["properties"]["parent"], "P_1");
    let installations = served.json(&format!("{ITEMS}/P/children?depth=5&class=BuildingInstallation")).await;
    assert_eq!(ids(&installations), ["P_1_i"]);
    let first_page = served.json(&format!("{ITEMS}/P/children?limit=1")).await;
    assert_eq!(ids(&served.json(link(&first_page, "next").unwrap()).await), ["P_2"]);
    // By itself, and from there on.
    let part = served.json(&format!("{ITEMS}/P_1")).await;
    assert_eq!((&part["id"], &part["properties"]["feature"]), (&json!("P_1"), &json!("P")));
    let building = served.json(link(&part, "up").unwrap()).await;
    assert_eq!(building["id"], "P");
    let below = served.json(&format!("{ITEMS}/P_1/children")).await;
    assert_eq!(ids(&below), ["P_1_i"]);
    assert_eq!(ids(&served.json(&format!("{ITEMS}/P_2/children")).await), [""; 0]);
    let whole = served.get(&format!("{ITEMS}/P_1?f=cityjson")).await;
    assert!(whole.status == 406 && whole.text().contains("items/P?f=cityjson"), "{}", whole.text());
    assert_eq!(served.get(&format!("{ITEMS}/P_9")).await.status, 404);
    assert_eq!(served.get(&format!("{ITEMS}/P_9/children")).await.status, 404);
    let html = served.html(&format!("{ITEMS}/P/children")).await;
    assert!(html.contains("/items/P_2?f=html"), "{html}");
    assert!(served.html(&format!("{ITEMS}/P_1")).await.contains("/items/P?f=html"));
    assert!(served.html(&format!("{ITEMS}/P")).await.contains("/items/P/children?f=html"));
}

async fn found(served: &Served, path: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let page = served.json(&target(path, parameters)).await;
    ids(&page).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_class_of_surfaces_is_a_collection() {
    let served = town().await;
    let roofs = "/collections/buildings:RoofSurface/items";
    let all = ["G~G_a", "G~G_b", "T~T_a", "T~T_b", "W~W_roof", "O~O_roof"];
    let with_window = ["G~G_a", "G~G_b", "T~T_a", "T~T_b", "O~O_roof"];
    let whole = found(&served, roofs, &[]).await;
    // The building with a window has its roof in LoD2 and is shown in LoD3.
    assert!(whole == all || whole == with_window, "{whole:?}");
    let south = "tilt > 30 AND azimuth BETWEEN 135 AND 225";
    assert_eq!(found(&served, roofs, &[("filter", south)]).await, ["T~T_a"]);
    let json = r#"{"op":"and","args":[{"op":"<","args":[{"property":"tilt"},5]},{"op":">","args":[{"property":"area"},100]}]}"#;
    assert_eq!(found(&served, roofs, &[("filter", json), ("filter-lang", "cql2-json")]).await, ["O~O_roof"]);
    assert_eq!(found(&served, roofs, &[("filter", "feature = 'G' AND id LIKE '%_b'")]).await, ["G~G_b"]);
    // The western slope reaches to 5 m, the eastern one begins there; nothing of it lies below 6 m.
    let bbox = |text: &'static str| [("bbox", text), ("bbox-crs", UTM)];
    assert_eq!(found(&served, roofs, &bbox("696001,5347001,696002,5347002")).await, ["G~G_b"]);
    assert_eq!(found(&served, roofs, &bbox("696004,5347001,696006,5347002")).await, ["G~G_a", "G~G_b"]);
    // Beside the floor, below the roof that sticks out.
    assert_eq!(found(&served, roofs, &bbox("696411,5347011,696420,5347020")).await, ["O~O_roof"]);
    assert_eq!(found(&served, roofs, &bbox("696500,5347000,696600,5347100")).await, [""; 0]);
    // Pages of one add up, in the middle of a house too.
    let mut paged = Vec::new();
    let mut page = served.json(&format!("{roofs}?limit=1")).await;
    loop {
        paged.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = link(&page, "next").map(str::to_owned) else { break };
        page = served.json(&next).await;
    }
    assert_eq!(paged, whole);
    let one = served.json(&format!("{roofs}/T~T_a")).await;
    check_near(&one["properties"]["azimuth"], 180.0);
    assert_eq!(served.json(link(&one, "up").unwrap()).await["id"], "T");
    assert_eq!(served.get(&format!("{roofs}/T~T_floor")).await.status, 404);
    let html = served.html(&target(roofs, &[("filter", south), ("lang", "en")])).await;
    assert!(html.contains("T_a") && !html.contains("T_b") && html.contains("180.0"), "{html}");
}

#[tokio::test]
async fn a_class_of_parts_is_a_collection() {
    let served = town().await;
    let parts = "/collections/buildings:BuildingPart/items";
    let page = served.json(parts).await;
    assert_eq!((ids(&page), &page["numberMatched"]), (vec!["P_1", "P_2"], &json!(2)));
    let cases: [Case; 6] = [
        (&[("filter", "id = 'P_2'")], &["P_2"]),
        (&[("filter", "volume() > 100")], &["P_1"]),
        (&[("filter", "height() < 3")], &["P_2"]),
        (&[("bbox", "696220,5347000,696230,5347010"), ("bbox-crs", UTM)], &["P_2"]),
        (&[("bbox", "696000,5347000,696100,5347010"), ("bbox-crs", UTM)], &[]),
        (&[("limit", "1")], &["P_1"]),
    ];
    for (parameters, expected) in cases {
        assert_eq!(found(&served, parts, parameters).await, expected, "{parameters:?}");
    }
    let first = served.json(&format!("{parts}?limit=1")).await;
    assert_eq!(ids(&served.json(link(&first, "next").unwrap()).await), ["P_2"]);
    assert_eq!(served.json(&format!("{parts}/P_2")).await["properties"]["parent"], "P");
    assert_eq!(served.get(&format!("{parts}/P_1_i")).await.status, 404);
    assert!(served.html(parts).await.contains("/items/P_2?f=html"));
}

#[tokio::test]
async fn collections_of_a_class_tell_what_they_are_and_what_they_cannot() {
    let served = town().await;
    let whole = served.json("/collections/buildings").await;
    let template = whole["linkTemplates"][0]["uriTemplate"].as_str().unwrap();
    let roofs = template.replace("{class}", "RoofSurface");
    let document = served.json(&roofs).await;
    assert_eq!(document["id"], "buildings:RoofSurface");
    assert!(link(&document, "items").unwrap().ends_with("/collections/buildings:RoofSurface/items"));
    let queryables = served.json("/collections/buildings:RoofSurface/queryables").await;
    for (name, unit) in [("area", "m2"), ("tilt", "deg"), ("azimuth", "deg")] {
        let found = &queryables["properties"][name];
        assert_eq!((&found["type"], &found["x-ogc-unit"]), (&json!("number"), &json!(unit)), "{name}");
    }
    let queryables = served.json("/collections/buildings:BuildingPart/queryables").await;
    assert!(queryables["properties"]["class"].is_object() && queryables["properties"]["geometry"].is_null());
    assert!(served.html("/collections/buildings:RoofSurface").await.contains("buildings:RoofSurface/items"));
    let items = "/collections/buildings:RoofSurface/items";
    for (path, status, part) in [
        ("/collections/buildings:Dach", 404, "no class `Dach`"),
        ("/collections/nothing:RoofSurface/items", 404, "no collection"),
        ("/collections/buildings:RoofSurface/tiles", 404, "no collection"),
        (&format!("{items}?sortby=area"), 400, "sortby"),
        (&format!("{items}?f=csv"), 406, "f=json"),
        (&format!("{items}?filter=height()%3E3"), 400, "numbers and texts"),
        (&format!("{items}?filter=roofType%3D1"), 400, "no property `roofType`; known: id, class, feature"),
    ] {
        let answer = served.get(path).await;
        assert!(answer.status == status && answer.text().contains(part), "{path}: {}", answer.text());
    }
}

/// What a collection of one class is: read alone, with schemas of its own.
#[tokio::test]
async fn collections_of_a_class_say_what_they_are() {
    let served = town().await;
    let cases: [(&str, &[&str]); 2] = [
        ("RoofSurface", &["id", "geometry", "feature", "object", "lod", "area", "tilt", "azimuth"]),
        ("BuildingPart", &["id", "geometry", "feature", "parent", "class", "zMin", "lods"]),
    ];
    for (class, names) in cases {
        let id = format!("/collections/buildings:{class}");
        let document = served.json(&id).await;
        for name in ["schema", "sortables", "queryables"] {
            let found = link(&document, &format!("http://www.opengis.net/def/rel/ogc/1.0/{name}")).unwrap();
            assert!(found.ends_with(&format!("{id}/{name}")), "{found}");
            let schema = served.get(found).await;
            assert_eq!(
                (schema.status, schema.header("content-type")),
                (200, "application/schema+json"),
                "{found}"
            );
            assert_eq!(schema.json()["$id"], found);
        }
        let schema = served.json(&format!("{id}/schema")).await;
        let properties = schema["properties"].as_object().unwrap();
        for name in names {
            assert!(properties.contains_key(*name), "{class} {name}: {schema}");
        }
        assert_eq!(properties["id"]["x-ogc-role"], "id");
        // What items show is what the schema lists, or it says that there may be more.
        assert_eq!(schema["additionalProperties"], true);
        // They cannot be sorted.
        let sortables = served.json(&format!("{id}/sortables")).await;
        assert_eq!(sortables["properties"], json!({}));
        assert_eq!(served.get(&format!("{id}/items?sortby=class")).await.status, 400);
        for (method, path) in
            [("POST", "items"), ("PUT", "items/x"), ("PATCH", "items/x"), ("DELETE", "items/x")]
        {
            let target = format!("{id}/{path}");
            let refused = request(&served.address, method, &target, &[]).await;
            assert_eq!(
                (refused.status, refused.header("allow")),
                (405, "GET, HEAD, OPTIONS"),
                "{method} {target}"
            );
            let asked = request(&served.address, "OPTIONS", &target, &[]).await;
            assert_eq!((asked.status, asked.header("allow")), (204, "GET, HEAD, OPTIONS"), "{target}");
        }
    }
    for path in ["", "/items", "/schema", "/queryables", "/sortables"] {
        let unknown = served.get(&format!("/collections/buildings:Dach{path}")).await;
        let detail = unknown.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            unknown.status == 404 && detail.contains("`Dach`") && detail.contains("RoofSurface"),
            "{detail}"
        );
        assert!(detail.contains("BuildingPart"), "{detail}");
    }
}
