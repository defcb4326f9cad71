//! A scenario through 3D tiles and map tiles: its own where it touches the city, the city's everywhere else.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::refresh_tile_plan;
use stadtwin::sample::write_city;

use super::office::{Office, extrude, remove};

const TILES: &str = "/collections/buildings/3dtiles/";

/// Addresses of all contents of a tileset.
fn contents(tileset: &Value) -> BTreeSet<String> {
    fn add(node: &Value, names: &mut BTreeSet<String>) {
        names.extend(node["content"]["uri"].as_str().map(str::to_owned));
        node["children"].as_array().into_iter().flatten().for_each(|child| add(child, names));
    }
    let mut names = BTreeSet::new();
    add(&tileset["root"], &mut names);
    names
}

async fn plan_tiles(office: &Office) {
    let store = &office.served.database.store;
    let collection = store.collection("buildings").await.unwrap().unwrap();
    refresh_tile_plan(store, &collection, &HeightModel::Constant(45.5)).await.unwrap();
}

/// The names of objects that all contents of a tileset hold, of those asked for.
async fn shown(office: &Office, token: &str, query: &str, names: &[&str]) -> Vec<String> {
    let answer = office.get(token, &format!("{TILES}tileset.json?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let mut found = BTreeSet::new();
    for uri in contents(&answer.json()) {
        let tile = office.get(token, &format!("{TILES}{uri}")).await;
        assert_eq!(tile.status, 200, "{uri}: {}", tile.text());
        let holds = |name: &&&str| tile.body.windows(name.len()).any(|window| window == name.as_bytes());
        found.extend(names.iter().filter(holds).map(|name| (*name).to_owned()));
    }
    found.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tilesets_show_what_a_scenario_makes_of_the_city() {
    let office = Office::open().await;
    plan_tiles(&office).await;
    office.scenario("A", None).await;
    let mut late = extrude("House_late", [696760.0, 5347400.0, 10.0, 10.0], 9.0);
    late["validity"] = json!({ "from": "2030-01-01" });
    office
        .does("A", json!([remove("B1"), extrude("House_new", [696720.0, 5347400.0, 10.0, 10.0], 9.0), late]))
        .await;
    let names = ["B1_floor", "B2_floor", "House_new", "House_late"];
    for (query, expected) in [
        ("", vec!["B1_floor", "B2_floor"]),
        ("scenario=A", vec!["B2_floor", "House_late", "House_new"]),
        ("scenario=A&datetime=2029-12-31", vec!["B2_floor", "House_new"]),
        ("scenario=A&mode=delta", vec!["House_late", "House_new"]),
    ] {
        assert_eq!(shown(&office, &office.planner, query, &names).await, expected, "{query}");
    }
    // Drafts are nobody else's, neither by their tileset nor by the names of their tiles.
    let tileset = office.get(&office.planner, &format!("{TILES}tileset.json?scenario=A")).await;
    assert_eq!(tileset.header("cache-control"), "private, no-cache");
    let own: Vec<String> =
        contents(&tileset.json()).into_iter().filter(|uri| uri.contains("scenario=A")).collect();
    assert!(!own.is_empty());
    for token in ["", office.neighbour.as_str()] {
        assert_eq!(office.get(token, &format!("{TILES}tileset.json?scenario=A")).await.status, 404);
        for uri in &own {
            let bare = uri.split('?').next().unwrap();
            for uri in [uri.as_str(), bare] {
                assert_eq!(office.get(token, &format!("{TILES}{uri}")).await.status, 404, "{uri}");
            }
        }
    }
    let tile = office.get(&office.planner, &format!("{TILES}{}", own[0])).await;
    assert_eq!(tile.header("cache-control"), "private, max-age=31536000, immutable");
    // Once published, the others see the revision, and not what comes behind it.
    office.publish("A").await;
    office.go(&office.lead, "A", "return").await;
    office.does("A", json!([remove("B2")])).await;
    assert_eq!(shown(&office, "", "scenario=A", &names).await, ["B2_floor", "House_late", "House_new"]);
    let whole = office.get("", "/scenarios/A/3dtiles/tileset.json").await.json();
    assert_eq!(contents(&whole).len(), 1);
    assert!(
        contents(&whole)
            .iter()
            .all(|uri| uri.ends_with("/collections/buildings/3dtiles/tileset.json?scenario=A"))
    );
}

/// A plan leaves every tile that it does not touch to the city.
#[tokio::test(flavor = "multi_thread")]
async fn untouched_tiles_are_shared() {
    let office = Office::open().await;
    let mut text = Vec::new();
    write_city(&mut text, 3_000, 7).unwrap();
    let path = office.served.write("large.gml", &String::from_utf8(text).unwrap());
    office.served.import("buildings", &path).await;
    plan_tiles(&office).await;
    office.scenario("A", None).await;
    let (base, _) = tileset(&office, "").await;
    let ids = office.get("", "/collections/buildings/items?limit=5&f=json").await.json();
    let gone: Vec<Value> = ids["features"].as_array().unwrap()[2..]
        .iter()
        .map(|one| remove(one["id"].as_str().unwrap()))
        .collect();
    office.does("A", json!(gone)).await;
    let (mine, own) = tileset(&office, "scenario=A").await;
    // Three neighbours lie in a leaf or two, and are drawn as blocks in the nodes above these.
    assert!(!own.is_empty() && own.len() <= 2 * 8, "{own:?}");
    let shared = mine.intersection(&base).count();
    assert_eq!(shared, base.len() - own.len(), "{mine:?}");
    // Those that are its own hold nothing of what is gone.
    let first = ids["features"][2]["id"].as_str().unwrap();
    for uri in &own {
        let tile = office.get(&office.planner, &format!("{TILES}{uri}")).await;
        assert!(!tile.body.windows(first.len()).any(|window| window == first.as_bytes()), "{uri}");
    }
}

async fn tileset(office: &Office, query: &str) -> (BTreeSet<String>, Vec<String>) {
    let answer = office.get(&office.planner, &format!("{TILES}tileset.json?{query}")).await;
    let all = contents(&answer.json());
    let own = all.iter().filter(|uri| uri.contains("scenario=")).cloned().collect();
    (all, own)
}

/// The map tile with the plan in it shows the plan, to those who may see it.
#[tokio::test(flavor = "multi_thread")]
async fn map_tiles_show_the_plan() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    office
        .does("A", json!([remove("B1"), extrude("House_new", [696720.0, 5347400.0, 10.0, 10.0], 9.0)]))
        .await;
    // 11.6498° east, 48.2495° north at level 14: x = (11.6498 + 180) / 360 · 2^14, y by the Mercator formula.
    let target = |query: &str| {
        format!(
            "/collections/buildings/tiles/WebMercatorQuad/14/{}?properties=id{query}",
            row_and_column(11.6498, 48.2495, 14)
        )
    };
    let ids = async |token: &str, query: &str| {
        let answer = office.get(token, &target(query)).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let holds = |name: &&str| answer.body.windows(name.len()).any(|window| window == name.as_bytes());
        ["B1", "B2", "House_new"].into_iter().filter(holds).collect::<Vec<_>>()
    };
    assert_eq!(ids("", "").await, ["B1", "B2"]);
    assert_eq!(ids(&office.planner, "&scenario=A").await, ["B2", "House_new"]);
    assert_eq!(office.get("", &target("&scenario=A")).await.status, 404);
    assert_eq!(ids("", "").await, ["B1", "B2"]);
}

fn row_and_column(longitude: f64, latitude: f64, level: i32) -> String {
    let count = 2f64.powi(level);
    let x = ((longitude + 180.0) / 360.0 * count).floor();
    let (sine, cosine) = latitude.to_radians().sin_cos();
    let y = ((1.0 - ((sine + 1.0) / cosine).ln() / std::f64::consts::PI) / 2.0 * count).floor();
    format!("{y}/{x}")
}
