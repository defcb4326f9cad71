//! Pages whose features are large or many: they end early, and say where they go on.

use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::editing::desk::{Desk, ITEMS, building, corner, square};

const FEATURES: &str = "/wfs?service=WFS&version=2.0.0&request=GetFeature&typeNames=st:buildings";

async fn run(desk: &Desk, statement: &'static str) {
    let mut database = PgConnection::connect(&desk.served.database.url).await.unwrap();
    sqlx::query(statement).execute(&mut database).await.unwrap();
}

/// What a link with `rel="next"` says.
fn next(link: &str) -> Option<String> {
    let (address, rest) = link.strip_prefix('<')?.split_once('>')?;
    rest.contains("rel=\"next\"").then(|| address.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_whole_objects_are_bounded_by_their_faces() {
    let desk = Desk::with(7).await;
    run(&desk, "UPDATE city_object SET face_count = 80000 WHERE parent IS NULL").await;
    // Two have 160,000 faces, three 240,000.
    for (format, member) in [("cityjson", "CityObjects"), ("citygml-2.0", "")] {
        let (mut target, mut returned) = (Some(format!("{ITEMS}?f={format}&limit=5")), Vec::new());
        while let Some(at) = target {
            let answer = desk.get(&at).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            returned.push(answer.header("ogc-numberreturned").to_owned());
            if !member.is_empty() {
                let objects = answer.json()[member].as_object().unwrap().clone();
                assert_eq!(
                    objects.values().filter(|object| object["parents"].is_null()).count().to_string(),
                    returned[returned.len() - 1]
                );
            }
            target = next(answer.header("link"));
        }
        assert_eq!(returned, ["2", "2", "2", "1"], "{format}");
    }
    let (mut target, mut ids) = (Some(format!("{ITEMS}?f=jsonfg&limit=5")), Vec::new());
    while let Some(at) = target {
        let page = desk.served.json(&at).await;
        let features = page["features"].as_array().unwrap();
        assert!(features.len() <= 2 && page["numberReturned"] == features.len());
        ids.extend(features.iter().map(|feature| feature["id"].as_str().unwrap().to_owned()));
        let links = page["links"].as_array().unwrap();
        target = links
            .iter()
            .find(|link| link["rel"] == "next")
            .map(|link| link["href"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids, desk.ids().await);
    // GeoJSON holds no faces.
    assert_eq!(desk.served.json(&format!("{ITEMS}?limit=5")).await["numberReturned"], 5);

    let page = desk.get(&format!("{FEATURES}&outputFormat=citygml-2.0&count=5")).await;
    assert_eq!(page.header("ogc-numberreturned"), "2", "{}", page.text());
    let page = desk.get(&next(page.header("link")).unwrap()).await;
    assert_eq!(page.header("ogc-numberreturned"), "2");
    let all: Vec<_> = ids.iter().map(|id| format!("buildings.{id}")).collect();
    let refused =
        desk.get(&format!("{FEATURES}&outputFormat=citygml-2.0&resourceId={}", all.join(","))).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("ask for 2 at a time"), "{}", refused.text());
    desk.served.database.close().await;
}

fn attribute(text: &str, name: &str) -> String {
    let (_, after) = text.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{text}"));
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn wfs_counts_many_only_when_that_is_the_question() {
    let desk = Desk::with(10_050).await;
    let count = desk.collection().await.feature_count;
    let around = format!("{FEATURES}&bbox=-180,-90,180,90,urn:ogc:def:crs:OGC:1.3:CRS84&count=3");
    let page = desk.get(&around).await.text();
    assert_eq!(
        (attribute(&page, "numberMatched"), attribute(&page, "numberReturned")),
        ("unknown".into(), "3".into())
    );
    let hits = desk.get(&format!("{around}&resultType=hits")).await.text();
    assert_eq!(attribute(&hits, "numberMatched"), count.to_string());
    let json: Value = desk.served.json(&format!("{around}&outputFormat=application/json")).await;
    assert_eq!((&json["numberMatched"], &json["numberReturned"]), (&Value::Null, &3.into()));

    // An id with a comma is one id in a filter.
    let ids = desk.ids().await;
    run(&desk, "UPDATE city_object SET uid = 'A,B' WHERE id = (SELECT min(id) FROM city_object)").await;
    let filter = |id: &str| format!("%3CResourceId%20rid=%22buildings.{id}%22/%3E");
    let asked = format!(
        "{FEATURES}&filter=%3CFilter%3E{}{}{}%3C/Filter%3E",
        filter(&ids[7]),
        filter("A,B"),
        filter(&ids[7])
    );
    let found = desk.get(&asked).await.text();
    assert_eq!(attribute(&found, "numberReturned"), "2", "{found}");
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wfs_cuts_boxes_to_the_state_that_is_asked_for() {
    let desk = Desk::with(12).await;
    let (longitude, latitude) = corner(&desk.read(&desk.ids().await[0]).await.0);
    let (west, south) = (longitude + 0.2, latitude);
    let made = desk.post(&building(square(west, south), "Weit weg")).await.json();
    let revision = made["revision"].as_i64().unwrap();
    let id = made["results"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.delete(&id).await.status, 204);
    let (east, north) = (west + 0.01, south + 0.01);
    let around = format!("bbox={},{},{east},{north}", west - 0.01, south - 0.01);
    let crs = "urn:ogc:def:crs:OGC:1.3:CRS84";
    for (asked, expected) in [(format!("&revision={revision}"), "1"), (String::new(), "0")] {
        let answer = desk.get(&format!("{FEATURES}&{around},{crs}{asked}")).await.text();
        assert_eq!(attribute(&answer, "numberReturned"), expected, "{answer}");
    }
    let items = desk.served.json(&format!("{ITEMS}?{around}&revision={revision}")).await;
    assert_eq!(items["features"][0]["id"], id.as_str());
    desk.served.database.close().await;
}
