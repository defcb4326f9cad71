//! Whole objects as CityJSON and CityGML.

use serde_json::{Value, json};

use super::desk::{Desk, ITEMS, item};
use crate::support::served::{building, citygml};

const CITYJSON: (&str, &str) = ("content-type", "application/city+json");
const GML: (&str, &str) = ("content-type", "application/gml+xml; version=3.2");

#[tokio::test(flavor = "multi_thread")]
async fn whole_objects_are_replaced_and_made() {
    let desk = Desk::with(4).await;
    let id = desk.ids().await[1].clone();
    let (_, tag) = desk.read(&id).await;
    let mut whole = desk.served.json(&format!("{}?f=cityjson", item(&id))).await;
    whole["CityObjects"][&id]["attributes"]["measuredHeight"] = json!(99.5);
    let headers = [CITYJSON, ("if-match", tag.as_str())];
    let put = desk.send("PUT", &item(&id), &headers, whole.to_string().as_bytes()).await;
    assert_eq!(put.status, 200, "{}", put.text());
    let (feature, tag) = desk.read(&id).await;
    assert_eq!(feature["properties"]["measuredHeight"], 99.5);
    assert_eq!(feature["properties"]["lods"], json!(["2"]));
    // The same through CityGML, whose header names the CRS.
    let gml = desk.get(&format!("{}?f=citygml", item(&id))).await.text();
    let raised = gml.replace(">99.5<", ">98.25<");
    assert_ne!(gml, raised);
    let put = desk.send("PUT", &item(&id), &[GML, ("if-match", tag.as_str())], raised.as_bytes()).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(desk.read(&id).await.0["properties"]["measuredHeight"], 98.25);
    let again = desk.get(&format!("{}?f=citygml", item(&id))).await.text();
    assert_eq!(again, raised, "nothing is lost on the way");

    // A sequence with two new objects; a name that is taken refuses all of it.
    let sequence = desk.get(&format!("{ITEMS}?f=cityjsonseq&limit=2")).await.text();
    let taken =
        desk.send("POST", ITEMS, &[("content-type", "application/city+json-seq")], sequence.as_bytes()).await;
    assert_eq!(taken.status, 409, "{}", taken.text());
    let ids = desk.ids().await;
    let renamed = sequence.replace(&ids[0], "NEW_0").replace(&ids[1], "NEW_1");
    let made =
        desk.send("POST", ITEMS, &[("content-type", "application/city+json-seq")], renamed.as_bytes()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let results = made.json()["results"].clone();
    let made: Vec<_> = results.as_array().unwrap().iter().map(|result| result["id"].clone()).collect();
    assert_eq!(made, ["NEW_0", "NEW_1"]);
    let copy = desk.served.json(&format!("{}?f=cityjson", item("NEW_0"))).await;
    let original = desk.served.json(&format!("{}?f=cityjson", item(&ids[0]))).await;
    assert_eq!(copy["vertices"], original["vertices"]);

    // Geometry that is wrong is kept and told, as imports do it.
    let flat = citygml(&building("T_1", ""));
    let made = desk.send("POST", ITEMS, &[GML], flat.as_bytes()).await;
    assert_eq!(
        (made.status, made.header("location").ends_with("/items/T_1")),
        (201, true),
        "{}",
        made.text()
    );
    desk.check_counts().await;
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_cannot_be_are_refused_with_their_reason() {
    let desk = Desk::with(2).await;
    let (id, head) = (desk.ids().await[0].clone(), desk.head().await);
    let whole = desk.served.json(&format!("{}?f=cityjson", item(&id))).await;
    let mut nowhere = whole.clone();
    nowhere["metadata"].as_object_mut().unwrap().remove("referenceSystem");
    let mut both = desk.get(&format!("{ITEMS}?f=cityjson")).await.json();
    both["metadata"]["title"] = json!("two");
    let mut ellipsoidal = whole.clone();
    ellipsoidal["metadata"]["referenceSystem"] = json!("https://www.opengis.net/def/crs/EPSG/0/4979");
    let text = Value::to_string;
    type Case<'a> = (&'a str, (&'a str, &'a str), String, u16, &'a str);
    let cases: [Case<'_>; 10] = [
        ("PUT", CITYJSON, text(&both), 422, "must hold one object"),
        ("PUT", CITYJSON, text(&nowhere), 422, "coordinate reference system"),
        ("PUT", CITYJSON, text(&ellipsoidal), 422, "above the ellipsoid"),
        ("PUT", CITYJSON, text(&whole).replace(&id, "OTHER"), 422, "ids cannot be changed"),
        ("PUT", CITYJSON, "{\"type\":\"CityJSON\"".into(), 422, ""),
        ("PUT", GML, "<a/>".into(), 422, "not CityGML"),
        ("PUT", GML, citygml(""), 422, "must hold one object"),
        ("POST", GML, citygml(""), 422, "holds no object"),
        ("POST", GML, "\u{1f}\u{8b}".into(), 422, ""),
        ("POST", CITYJSON, "PK\u{3}\u{4}".into(), 415, "packed"),
    ];
    for (method, kind, body, status, part) in cases {
        let target = if method == "POST" { ITEMS.to_owned() } else { item(&id) };
        let answer = desk
            .send(
                method,
                &target,
                &[kind, ("if-match", "*")][..if method == "POST" { 1 } else { 2 }],
                body.as_bytes(),
            )
            .await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.status, status, "{method} {shown}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{shown}: {}", answer.text());
    }
    assert_eq!(desk.head().await, head);
    desk.served.database.close().await;
}
