//! The catalogue over HTTP, by OGC API – Records 1.0.

use serde_json::{Value, json};
use stadtwin::jobs::TerrainImport;

use crate::http::{City, request};
use crate::support::geotiff::Raster;
use crate::support::served::Served;

const CATALOGUE: &str = "/collections/twin.records";
const ITEMS: &str = "/collections/twin.records/items";
const SERVICES: [&str; 9] = [
    "service.features",
    "service.geovolumes",
    "service.map",
    "service.processes",
    "service.records",
    "service.terrain",
    "service.tiles",
    "service.viewer",
    "service.wfs",
];

/// Houses at 11.56° E 48.13° N that were valid from 2001 on, and the ground 100 km north of them.
async fn town() -> Served {
    let served = Served::start().await;
    let text = json!({
        "type": "CityJSON",
        "version": "2.0",
        "transform": { "scale": [0.001, 0.001, 0.001], "translate": [690_000, 5_334_000, 500] },
        "metadata": { "referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25832" },
        "CityObjects": { "A": {
            "type": "Building",
            "attributes": { "validFrom": "2001-05-01" },
            "geometry": [{ "type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2]]] }],
        } },
        "vertices": [[0, 0, 0], [10_000, 0, 0], [0, 10_000, 0]],
    });
    let file = served.write("a.city.json", &text.to_string());
    served.import("houses", &file).await;
    let raster = served.folder.path().join("ground.tif");
    Raster::square([690_000.0, 5_434_000.0], 100).write(&raster, |_| 400.0);
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

fn ids(page: &Value) -> Vec<&str> {
    page["features"].as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap()).collect()
}

fn links<'a>(document: &'a Value, rel: &str) -> Vec<&'a Value> {
    document["links"].as_array().unwrap().iter().filter(|link| link["rel"] == rel).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_a_collection_of_records() {
    let served = town().await;
    for (accept, media) in [
        ("*/*", "application/ogc-catalog+json"),
        ("application/ogc-catalog+json", "application/ogc-catalog+json"),
        ("application/json", "application/json"),
        ("text/html", "text/html; charset=utf-8"),
    ] {
        let answer = request(&served.address, "GET", CATALOGUE, &[("accept", accept)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media), "{accept}");
    }
    let catalogue = served.json(CATALOGUE).await;
    for (member, value) in [("id", "twin.records"), ("itemType", "record"), ("type", "Collection")] {
        assert_eq!(catalogue[member], value);
    }
    assert!(catalogue["title"].is_string() && catalogue["extent"]["spatial"]["bbox"][0].is_array());
    assert_eq!((links(&catalogue, "self").len(), links(&catalogue, "items").len()), (1, 2));
    assert_eq!(links(&catalogue, "alternate").len(), 2);

    // Last of the collections, and found from the landing page and its HTML.
    let collections = served.json("/collections").await;
    let last = collections["collections"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["id"], &last["itemType"]), (&json!("twin.records"), &json!("record")));
    let rel = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog";
    let landing = served.json("/?f=json").await;
    let found = links(&landing, rel)[0]["href"].as_str().unwrap();
    assert!(found.ends_with(ITEMS) && served.get(found).await.status == 200);
    assert!(served.html("/?f=html").await.contains(&format!("rel=\"{rel}\"")));

    // No collection of features can take its place.
    let refused = served.database.store.create_collection("twin.records", "Mine", "").await;
    assert!(refused.is_err(), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_say_what_is_where() {
    let served = town().await;
    let page = served.json(&format!("{ITEMS}?limit=100")).await;
    let mut expected: Vec<_> =
        ["collection.houses", "terrain.ground", "twin"].into_iter().chain(SERVICES).collect();
    expected.sort_unstable();
    assert_eq!(ids(&page), expected);
    assert_eq!((&page["numberMatched"], &page["numberReturned"]), (&json!(12), &json!(12)));
    for record in page["features"].as_array().unwrap() {
        let id = record["id"].as_str().unwrap();
        assert_eq!(record["type"], "Feature");
        let properties = &record["properties"];
        assert!(
            properties["title"].is_string() && properties["contacts"][0]["organization"].is_string(),
            "{record}"
        );
        assert!(["dataset", "service"].contains(&properties["type"].as_str().unwrap()), "{record}");
        assert_eq!(links(record, "collection").len(), 1, "{id}");
        let own = served.json(&format!("{ITEMS}/{id}")).await;
        assert_eq!((&own["properties"], &own["geometry"]), (properties, &record["geometry"]), "{id}");
        for (rel, count) in [("self", 1), ("alternate", 1), ("collection", 1), ("profile", 1)] {
            assert_eq!(links(&own, rel).len(), count, "{id} {rel}");
        }
        for link in own["links"].as_array().unwrap().iter().filter(|link| link["rel"] != "profile") {
            let href = link["href"].as_str().unwrap();
            assert_eq!(served.get(href).await.status, 200, "{id} {href}");
        }
        let html = served.html(&format!("{ITEMS}/{id}?lang=de")).await;
        assert!(html.contains("Wo es zu finden ist") && html.contains(id), "{html}");
    }
    let houses = served.json(&format!("{ITEMS}/collection.houses")).await;
    assert_eq!(houses["properties"]["externalIds"], json!([{ "scheme": "collection", "value": "houses" }]));
    assert_eq!(houses["properties"]["keywords"], json!(["Building", "LoD1"]));
    assert_eq!(houses["properties"]["themes"][0]["concepts"], json!([{ "id": "bu" }]));
    let (created, updated) = (&houses["properties"]["created"], &houses["properties"]["updated"]);
    assert!(created.as_str().unwrap().ends_with('Z') && updated.as_str() >= created.as_str(), "{houses}");
    let ring = houses["geometry"]["coordinates"][0].as_array().unwrap();
    assert!(ring.len() == 5 && ring[0] == ring[4], "{ring:?}");
    // Where the tiles are: a template with its variables.
    let template = &houses["linkTemplates"][0];
    let address = template["uriTemplate"].as_str().unwrap();
    let variables: Vec<_> = template["variables"].as_object().unwrap().keys().collect();
    assert!(variables.iter().all(|name| address.contains(&format!("{{{name}}}"))), "{template}");
    let service = served.json(&format!("{ITEMS}/service.features")).await;
    assert_eq!((&service["geometry"], &service["time"]), (&Value::Null, &Value::Null));
    // The project as a whole is around all that it holds, and leads to where it begins.
    let twin = served.json(&format!("{ITEMS}/twin")).await;
    assert_eq!(links(&twin, "describedby")[0]["href"], format!("http://{}/?f=json", served.address));
    let north = |record: &Value| record["geometry"]["coordinates"][0][2][1].as_f64().unwrap();
    let ground = served.json(&format!("{ITEMS}/terrain.ground")).await;
    assert!(north(&twin) == north(&ground) && north(&twin) > north(&houses), "{twin}");
    assert_eq!(served.get(&format!("{ITEMS}/nothing")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_by_what_is_asked() {
    let served = town().await;
    let services: Vec<_> = SERVICES.to_vec();
    let with = |others: &[&'static str]| {
        let mut all: Vec<_> = others.iter().copied().chain(SERVICES).collect();
        all.sort_unstable();
        all
    };
    let cases: Vec<(&str, Vec<&str>)> = vec![
        ("q=building", vec!["collection.houses"]),
        ("q=QUANTIZED-mesh", vec!["service.terrain", "terrain.ground"]),
        // Words of a term stand one after the other, in this order.
        ("q=OGC%20API%20-%20Records", vec!["service.records"]),
        ("q=Records%20OGC", vec![]),
        // One of several terms is enough.
        ("q=Building,Mapbox", vec!["collection.houses", "service.tiles"]),
        ("type=service", services.clone()),
        ("type=dataset,model", vec!["collection.houses", "terrain.ground", "twin"]),
        ("ids=terrain.ground,service.map,nothing", vec!["service.map", "terrain.ground"]),
        ("externalIds=houses", vec!["collection.houses"]),
        ("externalIds=collection:houses", vec!["collection.houses"]),
        ("externalIds=terrain:houses", vec![]),
        ("externalIds=terrain:", vec!["terrain.ground"]),
        ("q=Web%20Feature%20Service", vec!["service.wfs"]),
        ("q=Processes", vec!["service.processes"]),
        ("externalIds=twin:", vec!["twin"]),
        // What has no place is everywhere.
        ("bbox=11,48,12,48.5", with(&["collection.houses", "twin"])),
        ("bbox=11,48.9,12,49.2", with(&["terrain.ground", "twin"])),
        ("bbox=11,48,0,12,48.5,9000&type=dataset", vec!["collection.houses", "twin"]),
        ("bbox=170,48,-170,49&type=dataset", vec![]),
        ("datetime=../2000-01-01&type=dataset", vec!["terrain.ground"]),
        ("datetime=2001-05-01T12:00:00Z&type=dataset", vec!["collection.houses", "terrain.ground", "twin"]),
        ("q=building&type=service", vec![]),
    ];
    for (query, expected) in cases {
        let page = served.json(&format!("{ITEMS}?limit=100&{query}")).await;
        assert_eq!(ids(&page), expected, "{query}");
        assert_eq!(page["numberMatched"], expected.len(), "{query}");
    }
    for query in ["bbox=1,2", "datetime=yesterday", "limit=0", "sortby=title", "f=xml"] {
        assert_eq!(served.get(&format!("{ITEMS}?{query}")).await.status, 400, "{query}");
    }
    let page = served.html(&format!("{ITEMS}?lang=de&limit=2")).await;
    assert!(page.contains("Katalog") && page.contains("after="), "{page}");
}

#[tokio::test]
async fn pages_of_records_add_up() {
    let city = City::start().await;
    let mut target = format!("{ITEMS}?limit=2&type=dataset,service");
    let mut seen = Vec::new();
    loop {
        let page = city.get(&target).await.json();
        assert_eq!((page["numberMatched"].as_u64(), ids(&page).len() <= 2), (Some(12), true));
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        match links(&page, "next").first() {
            Some(next) => target = next["href"].as_str().unwrap().to_owned(),
            None => break,
        }
    }
    let mut expected: Vec<_> =
        ["collection.buildings", "collection.trees", "twin"].into_iter().chain(SERVICES).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected);
}

/// The contact is who the server was told that the data are from.
#[tokio::test]
async fn records_name_who_is_behind_them() {
    let city = City::start_as(stadtwin::crs::HeightModel::Constant(45.5), |state| {
        state.attribution = Some("City of X".to_owned());
        state.imprint_url = Some("https://x.example/imprint".to_owned());
    })
    .await;
    let record = city.get(&format!("{ITEMS}/collection.buildings")).await.json();
    assert_eq!(
        record["properties"]["contacts"],
        json!([{
            "organization": "City of X",
            "roles": ["publisher"],
            "links": [{ "rel": "about", "type": "text/html", "href": "https://x.example/imprint" }],
        }])
    );
    assert_eq!(record["properties"]["rights"], "© City of X");
}
