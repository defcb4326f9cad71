//! Organizations: kept by command, read over HTTP; tokens that make somebody of them.

use serde_json::json;

use super::command::stadtwin;
use crate::http::send;
use crate::support::served::{Served, building, citygml};

const SQUARE: &str = r#"{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":
    [[[11.62,48.24],[11.68,48.24],[11.68,48.27],[11.62,48.27],[11.62,48.24]]]}}"#;

async fn served() -> Served {
    let served = Served::start().await;
    let file = served.write("a.gml", &citygml(&building("A", "")));
    served.import("buildings", &file).await;
    served
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_are_kept_and_shown() {
    let served = served().await;
    let url = &served.database.url;
    let square = served.write("square.geojson", SQUARE).display().to_string();
    // The same square in metres, reckoned by the server itself: the corner by Karney (2011), as in `boundary.rs`.
    let metres = served.write(
        "metres.json",
        r#"{"type":"MultiPolygon","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::25832"}},
            "coordinates":[[[[696713.261,5347482.341],[697713,5347482],[697713,5348482],[696713.261,5347482.341]]]]}"#,
    );
    let metres = metres.display().to_string();
    let add = |arguments: &[&str]| stadtwin(url, &[&["organization", "add"], arguments].concat());
    assert_eq!(
        add(&["nordallianz", "--name", "NordAllianz", "--kind", "association"]).unwrap(),
        "added nordallianz"
    );
    let garching = ["garching", "--name", "Garching", "--ags", "09184119", "--parent", "nordallianz"];
    assert_eq!(add(&garching).unwrap(), "added garching");
    assert_eq!(add(&[&garching[..], &["--boundary", &square]].concat()).unwrap(), "changed garching");
    add(&["ismaning", "--name", "Ismaning <b>", "--boundary", &metres]).unwrap();
    assert_eq!(
        stadtwin(url, &["organization", "list"]).unwrap().lines().collect::<Vec<_>>(),
        [
            "nordallianz\tassociation\t-\t-\tNordAllianz",
            "garching\tmunicipality\t09184119\tnordallianz\tGarching",
            "ismaning\tmunicipality\t-\t-\tIsmaning <b>"
        ]
    );

    let first = served.json("/organizations?limit=2").await;
    let ids = |page: &serde_json::Value| {
        let all = page["organizations"].as_array().unwrap();
        all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), ["nordallianz", "garching"]);
    let next = first["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next").unwrap();
    let last = served.json(next["href"].as_str().unwrap()).await;
    assert_eq!(ids(&last), ["ismaning"]);
    assert!(last["links"].as_array().unwrap().iter().all(|link| link["rel"] != "next"));

    let shown = served.json("/organizations/garching").await;
    assert_eq!(
        shown["properties"],
        json!({"id": "garching", "name": "Garching", "kind": "municipality", "ags": "09184119", "parent": "nordallianz"})
    );
    let corner = &shown["geometry"]["coordinates"][0][0][2];
    let near = |value: &serde_json::Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 1e-6;
    assert!(near(&corner[0], 11.68) && near(&corner[1], 48.27), "{corner}");
    let corner = &served.json("/organizations/ismaning").await["geometry"]["coordinates"][0][0][0];
    assert!(near(&corner[0], 11.65) && near(&corner[1], 48.25), "{corner}");
    assert!(served.json("/organizations/nordallianz").await["geometry"].is_null());
    assert_eq!(served.get("/organizations/nosuch").await.status, 404);

    let page = served.html("/organizations?lang=de").await;
    assert!(page.contains("Organisationen") && page.contains("Verband von Gemeinden"), "{page}");
    assert!(page.contains("Ismaning &#60;b&#62;") && !page.contains("Ismaning <b>"), "{page}");
    // Hand: 0.06° · 111.41 km · cos 48.255° · 0.03° · 111.2 km = 14.85 km².
    let page = served.html("/organizations/garching?lang=de").await;
    assert!(page.contains("14,8") && page.contains("09184119") && page.contains("Gemeinde"), "{page}");

    assert!(stadtwin(url, &["organization", "remove", "nordallianz"]).unwrap_err().contains("organization"));
    assert_eq!(stadtwin(url, &["organization", "remove", "ismaning"]).unwrap(), "removed ismaning");
    assert!(stadtwin(url, &["organization", "remove", "ismaning"]).unwrap_err().contains("no organization"));
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_organization_is_refused() {
    let empty = Served::start().await;
    let square = empty.write("square.geojson", SQUARE).display().to_string();
    let early = ["organization", "add", "a", "--name", "A", "--boundary", &square];
    assert!(stadtwin(&empty.database.url, &early).unwrap_err().contains("first import"));
    empty.database.close().await;

    let served = served().await;
    let url = &served.database.url;
    // A figure of eight; where it crosses, by hand: (11.65, 48.25).
    let eight = r#"{"type":"Polygon","coordinates":[[[11.64,48.24],[11.66,48.26],[11.66,48.24],[11.64,48.26],[11.64,48.24]]]}"#;
    let apart = r#"{"type":"Polygon","coordinates":[[[5,48],[6,48],[6,49],[5,48]]]}"#;
    let open =
        r#"{"type":"Polygon","coordinates":[[[11.64,48.24],[11.66,48.26],[11.66,48.24],[11.64,48.26]]]}"#;
    stadtwin(url, &["organization", "add", "above", "--name", "Above"]).unwrap();
    stadtwin(url, &["organization", "add", "below", "--name", "Below", "--parent", "above"]).unwrap();
    for (content, arguments, part) in [
        (eight, &["x"][..], "Self-intersection"),
        (open, &["x"], "not closed"),
        ("{", &["x"], "no GeoJSON"),
        (r#"{"type":"Point","coordinates":[11.6,48.2]}"#, &["x"], "polygons"),
        (apart, &["x", "--crs", "EPSG:25832"], "far outside"),
        (SQUARE, &["x", "--parent", "nosuch"], "no organization `nosuch`"),
        (SQUARE, &["above", "--parent", "below"], "cannot belong"),
        (SQUARE, &["X"], "a to z"),
        (SQUARE, &["x", "--ags", "9a"], "digits"),
        (SQUARE, &["x", "--kind", "club"], "municipality"),
    ] {
        let file = served.write("one.json", content).display().to_string();
        let add = [&["organization", "add"], arguments, &["--name", "N", "--boundary", &file]].concat();
        let error = stadtwin(url, &add).unwrap_err();
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
    let list = stadtwin(url, &["organization", "list"]).unwrap();
    assert_eq!(list.lines().count(), 2, "{list}");
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_make_somebody_of_an_organization() {
    let served = served().await;
    let url = &served.database.url;
    stadtwin(url, &["organization", "add", "garching", "--name", "Garching"]).unwrap();
    let token =
        |arguments: &[&str]| stadtwin(url, &[&["token", "create", "--name", "office"], arguments].concat());
    assert!(token(&[]).unwrap_err().contains("--scope"));
    assert!(token(&["--organization", "garching"]).unwrap_err().contains("--role"));
    assert!(token(&["--organization", "garching", "--role", "chief"]).unwrap_err().contains("planner"));
    assert!(token(&["--organization", "nosuch", "--role", "planner"]).unwrap_err().contains("nosuch"));
    let text = token(&["--organization", "garching", "--role", "planner", "--role", "publisher"]).unwrap();
    let list = stadtwin(url, &["token", "list"]).unwrap();
    assert_eq!(list.lines().count(), 1, "{list}");
    assert!(list.contains("holds\tplanner@garching publisher@garching\texpires"), "{list}");

    // A role is no scope: nothing may be imported with it, and it says so.
    let bearer = format!("Bearer {text}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = send(&served.address, "POST", "/collections/buildings/imports", &headers, b"{}").await;
    assert_eq!(answer.status, 403, "{}", answer.text());
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail, "this token allows no writing; this needs `import:buildings` or `write`");

    // Whoever was somebody of it is nobody once it is gone.
    stadtwin(url, &["organization", "remove", "garching"]).unwrap();
    let list = stadtwin(url, &["token", "list"]).unwrap();
    assert!(list.contains("holds\t\texpires"), "{list}");
    served.database.close().await;
}
