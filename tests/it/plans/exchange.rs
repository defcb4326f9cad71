//! Scenarios that go from one twin to another as CityGML 3.0 with versions.

use serde_json::{Value, json};
use stadtwin::access::Role;

use super::export::{elements, export, planned};
use super::office::{ITEMS, Office, token};
use crate::http::Answer;
use crate::support::served::Served;

const GML: (&str, &str) = ("content-type", "application/gml+xml");

async fn send(office: &Office, token: &str, query: &str, body: &[u8]) -> Answer {
    let target = format!("/projects/p/scenarios/import{query}");
    office.send(token, "POST", &target, &[GML], body).await
}

/// Features as anybody reads them, without what tells twins apart.
async fn features(office: &Office, query: &str) -> Vec<Value> {
    let answer = office.get(&office.planner, &format!("{ITEMS}?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let mut features = answer.json()["features"].as_array().unwrap().clone();
    for feature in &mut features {
        feature["properties"].as_object_mut().unwrap().remove("revision");
    }
    features.sort_by_key(|feature| feature["id"].as_str().unwrap().to_owned());
    features
}

/// The file without the address of its server and the times of its versions.
fn bare(office: &Office, answer: &Answer) -> String {
    let text = answer.text().replace(&format!("http://{}", office.served.address), "");
    let mut bare = String::new();
    for line in text.lines().filter(|line| !line.contains("<core:creationDate>")) {
        bare.push_str(line);
    }
    bare
}

/// Example 10: into an empty twin and out again, nothing differs: ids, attributes, versions, transition.
#[tokio::test]
async fn a_scenario_goes_from_one_twin_to_another() {
    let office = planned().await;
    let file = export(&office, &office.planner, "f=citygml3").await;
    let other = Office::set_up(Served::start().await).await;
    // Plans are of something: what is there comes first.
    assert_eq!(send(&other, &other.planner, "", &file.body).await.status, 422);
    let path = other.served.write("plan.gml", &file.text());
    other.served.import("buildings", &path).await;
    assert_eq!(other.ids("", "").await, ["B1", "B2"]);
    let answer = send(&other, &other.planner, "", &file.body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.header("location").ends_with("/scenarios/A"), "{:?}", answer.headers);
    let scenario = answer.json();
    assert_eq!(
        (&scenario["id"], &scenario["title"], &scenario["state"]),
        (&json!("A"), &json!("A"), &json!("draft"))
    );
    for query in ["", "scenario=A", "scenario=A&datetime=2027-12-31", "scenario=A&datetime=2028-01-01"] {
        let expected = features(&office, query).await;
        assert!(!expected.is_empty(), "{query}");
        assert_eq!(features(&other, query).await, expected, "{query}");
    }
    // Whole objects too, and what leads to them.
    for form in ["cityjson", "citygml3"] {
        let (one, two) = (
            export(&office, &office.planner, &format!("f={form}")).await,
            export(&other, &other.planner, &format!("f={form}")).await,
        );
        assert_eq!(bare(&other, &two), bare(&office, &one), "{form}");
    }
    let text = export(&other, &other.planner, "f=citygml3").await.text();
    assert_eq!(elements(&text, "vers:type"), ["planned", "delete", "replace", "insert"]);
}

/// Who may plan may bring plans; all of a file or nothing.
#[tokio::test]
async fn scenarios_from_files_are_drafts_of_their_planners() {
    let office = planned().await;
    let file = export(&office, &office.planner, "f=citygml3").await;
    let viewer = token(&office.served, "garching", Role::Viewer).await;
    for (token, query, status) in [
        ("", "?id=N", 401),
        (viewer.as_str(), "?id=N", 403),
        (office.neighbour.as_str(), "?id=N", 404),
        // The file names `A`.
        (office.planner.as_str(), "", 409),
        (office.planner.as_str(), "?id=not%20a%20name", 400),
        (office.planner.as_str(), "?id=N&collection=none", 404),
        (office.planner.as_str(), "?id=N&transition=none", 422),
        (office.planner.as_str(), "?id=N", 201),
        (office.planner.as_str(), "?id=N", 409),
    ] {
        let answer = send(&office, token, query, &file.body).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
    let comments: Vec<Value> =
        office.get(&office.planner, "/scenarios/N/operations").await.json()["operations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|operation| {
                json!([operation["op"], operation["targets"], operation["made"], operation["comment"]])
            })
            .collect();
    let reason = "Schleißheimer Straße: A";
    assert_eq!(
        comments,
        [
            json!(["remove", ["B1"], [], reason]),
            json!(["replace", ["B2"], ["B2"], reason]),
            json!(["add", [], ["H1"], reason])
        ]
    );
    // B1 is no more: nothing of the file is done, and no scenario is left.
    let text = file.text().replace("#B1\"", "#B9\"");
    let admin = token(&office.served, "garching", Role::Admin).await;
    let events = async || {
        let log = office.get(&admin, "/audit?limit=1000").await.json();
        log["events"].as_array().unwrap().iter().map(|event| event["action"].clone()).collect::<Vec<_>>()
    };
    let before = events().await;
    let answer = send(&office, &office.planner, "?id=M", text.as_bytes()).await;
    assert_eq!(events().await, before, "what is refused is no event");
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(answer.json()["errors"][0]["id"], "B9");
    assert_eq!(office.get(&office.planner, "/scenarios/M").await.status, 404);
    for (body, words) in [
        ("{}", "the body"),
        ("<a/>", "CityGML"),
        ("<CityModel xmlns='http://www.opengis.net/citygml/3.0'/>", "plans nothing"),
    ] {
        let answer = send(&office, &office.planner, "?id=M", body.as_bytes()).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(words), "{detail}");
    }
}

/// A file of somebody else: names of their own, two plans upon one city.
const FOREIGN: &str = r##"<CityModel xmlns="http://www.opengis.net/citygml/3.0" xmlns:gml="http://www.opengis.net/gml/3.2"
 xmlns:bldg="http://www.opengis.net/citygml/building/3.0" xmlns:vers="http://www.opengis.net/citygml/versioning/3.0" xmlns:xlink="http://www.w3.org/1999/xlink">
<gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837" srsDimension="3">
 <gml:lowerCorner>696700 5347400 480</gml:lowerCorner><gml:upperCorner>696800 5347500 490</gml:upperCorner></gml:Envelope></gml:boundedBy>
<cityObjectMember><bldg:Building gml:id="X1_2024"><gml:identifier codeSpace="https://other.example/">X1</gml:identifier><bldg:function>1000</bldg:function></bldg:Building></cityObjectMember>
<cityObjectMember><bldg:Building gml:id="X2_2024"><gml:identifier codeSpace="https://other.example/">X2</gml:identifier><lod0Point><gml:Point><gml:pos>696750 5347450 480</gml:pos></gml:Point></lod0Point></bldg:Building></cityObjectMember>
<cityObjectMember><bldg:Building gml:id="X1_2030"><gml:identifier codeSpace="https://other.example/">X1</gml:identifier><bldg:function>2000</bldg:function></bldg:Building></cityObjectMember>
<cityObjectMember><bldg:Building gml:id="X3_2030"><gml:identifier codeSpace="https://other.example/">X3</gml:identifier></bldg:Building></cityObjectMember>
<versionMember><vers:Version gml:id="now"><vers:versionMember xlink:href="#X1_2024"/><vers:versionMember xlink:href="#X2_2024"/></vers:Version></versionMember>
<versionMember><vers:Version gml:id="one"><gml:name>Plan one</gml:name></vers:Version></versionMember>
<versionMember><vers:Version gml:id="two"><vers:versionMember xlink:href="#X2_2024"/><vers:versionMember xlink:href="#X3_2030"/></vers:Version></versionMember>
<versionTransitionMember><vers:VersionTransition gml:id="to-one"><vers:clonePredecessor>true</vers:clonePredecessor><vers:type>planned</vers:type>
 <vers:from xlink:href="#now"/><vers:to xlink:href="#one"/><vers:transaction><vers:Transaction><vers:type>replace</vers:type>
 <vers:oldFeature xlink:href="#X1_2024"/><vers:newFeature xlink:href="#X1_2030"/></vers:Transaction></vers:transaction></vers:VersionTransition></versionTransitionMember>
<versionTransitionMember><vers:VersionTransition gml:id="to-two"><vers:reason>Abriss</vers:reason><vers:clonePredecessor>false</vers:clonePredecessor>
 <vers:type>planned</vers:type><vers:from xlink:href="#now"/><vers:to xlink:href="#two"/></vers:VersionTransition></versionTransitionMember>
</CityModel>"##;

#[tokio::test]
async fn files_of_others_keep_their_names() {
    let office = Office::set_up(Served::start().await).await;
    let path = office.served.write("foreign.gml", FOREIGN);
    office.served.import("buildings", &path).await;
    // What is planned, and the versions themselves, are no part of the city.
    assert_eq!(office.ids("", "").await, ["X1_2024", "X2_2024"]);
    let answer = send(&office, &office.planner, "", FOREIGN.as_bytes()).await;
    assert_eq!(answer.status, 422);
    assert!(answer.json()["detail"].as_str().unwrap().contains("to-one, to-two"), "{}", answer.text());
    for (transition, title, expected) in
        [("to-one", "Plan one", ["X1_2024", "X2_2024"]), ("to-two", "Abriss", ["X2_2024", "X3"])]
    {
        let query = format!("?transition={transition}&id={transition}");
        let answer = send(&office, &office.planner, &query, FOREIGN.as_bytes()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.json()["title"], title);
        assert_eq!(office.ids(&office.planner, &format!("scenario={transition}")).await, expected);
    }
    // Another version of the same object goes by its name.
    let one = office.get(&office.planner, &format!("{ITEMS}/X1_2024?scenario=to-one")).await.json();
    assert_eq!(one["properties"]["function"], "2000");
    assert_eq!(one["properties"]["identifier"], "X1");
}
