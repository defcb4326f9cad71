//! What is read and sent back: in no form does it change anything, and what is changed in it is all that changes.

use serde_json::{Value, json};
use stadtwin::access::issue_token;
use stadtwin::store::NewToken;

use crate::http::{Answer, send};
use crate::images::{RED, building, model_of};
use crate::support::served::Served;

const HOUSE: &str = "/collections/buildings/items/H";
const CODES: &str = "<gml:Dictionary xmlns:gml='http://www.opengis.net/gml'><gml:name>Kind</gml:name><gml:dictionaryEntry><gml:Definition>\
    <gml:description>barn</gml:description><gml:name>2</gml:name></gml:Definition></gml:dictionaryEntry></gml:Dictionary>";

/// A house with texts beside codes, numbers of all kinds, an image, a part and an address.
async fn town() -> (Served, String) {
    let served = Served::start().await;
    served.write("town/Kind.xml", CODES);
    std::fs::write(served.folder.path().join("town/wall.png"), RED).unwrap();
    let attributes = "<gml:name>Hof</gml:name><creationDate>2020-03-04</creationDate>\
        <gen:doubleAttribute name='d' xmlns:gen='http://www.opengis.net/citygml/generics/2.0'><gen:value>2.0</gen:value></gen:doubleAttribute>\
        <gen:intAttribute name='revision' xmlns:gen='http://www.opengis.net/citygml/generics/2.0'><gen:value>7</gen:value></gen:intAttribute>\
        <gen:stringAttribute name='note' xmlns:gen='http://www.opengis.net/citygml/generics/2.0'><gen:value>a</gen:value></gen:stringAttribute>\
        <gen:stringAttribute name='note_text' xmlns:gen='http://www.opengis.net/citygml/generics/2.0'><gen:value>b</gen:value></gen:stringAttribute>\
        <bldg:class codeSpace='Kind.xml'>2</bldg:class><bldg:function>31001_1000</bldg:function>\
        <bldg:usage codeSpace='Kind.xml'>2</bldg:usage>\
        <bldg:yearOfConstruction>1985</bldg:yearOfConstruction><bldg:roofType>3100</bldg:roofType>\
        <bldg:measuredHeight uom='urn:adv:uom:m'>9.876543</bldg:measuredHeight><bldg:storeysAboveGround>2</bldg:storeysAboveGround>";
    let part = "<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id='P'><bldg:measuredHeight uom='m'>3.25</bldg:measuredHeight>\
        </bldg:BuildingPart></bldg:consistsOfBuildingPart></bldg:Building>";
    let house = building("H", &["wall.png"]);
    let house = house.replace("gml:id='H'>", &format!("gml:id='H'>{attributes}"));
    served.write("town/a.gml", &model_of(&house.replace("</bldg:Building>", part)));
    served.import("buildings", &served.folder.path().join("town")).await;
    let issued = issue_token().unwrap();
    let (prefix, hash, scopes) = (issued.prefix, issued.hash, vec!["write".to_owned()]);
    let token =
        NewToken { prefix, hash, name: "editor".into(), scopes, memberships: Vec::new(), expires_in_s: None };
    served.database.store.add_token(&token).await.unwrap();
    (served, format!("Bearer {}", issued.text))
}

async fn put(served: &Served, token: &str, kind: &str, read: &Answer, body: &str) -> Answer {
    let tag = read.header("etag").to_owned();
    let headers = [("authorization", token), ("if-match", &tag), ("content-type", kind)];
    send(&served.address, "PUT", HOUSE, &headers, body.as_bytes()).await
}

/// Form, its media type, and a change within its text.
const FORMS: [(&str, &str, [&str; 2]); 9] = [
    ("f=json", "application/geo+json", [r#""name":"Hof""#, r#""name":"Neu""#]),
    ("f=json&lang=de", "application/geo+json", [r#""name":"Hof""#, r#""name":"Neu""#]),
    ("f=jsonfg", "application/geo+json", [r#""name":"Hof""#, r#""name":"Neu""#]),
    ("f=jsonfg&profile=jsonfg", "application/fg+json", [r#""name":"Hof""#, r#""name":"Neu""#]),
    (
        "f=jsonfg&crs=http://www.opengis.net/def/crs/OGC/0/CRS84h",
        "application/geo+json",
        [r#""name":"Hof""#, r#""name":"Neu""#],
    ),
    (
        "f=jsonfg&crs=http://www.opengis.net/def/crs/EPSG/0/25832",
        "application/geo+json",
        [r#""name":"Hof""#, r#""name":"Neu""#],
    ),
    ("f=cityjson", "application/city+json", [r#""name":"Hof""#, r#""name":"Neu""#]),
    ("f=citygml-2.0", "application/gml+xml", [">Hof<", ">Neu<"]),
    ("f=citygml", "application/gml+xml", [">Hof<", ">Neu<"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_put_back_without_a_revision() {
    let (served, token) = town().await;
    let properties = async || served.json(HOUSE).await["properties"].clone();
    let first = properties().await;
    assert_eq!((&first["gen_class_text"], &first["note_text"]), (&json!("barn"), &json!("b")), "{first}");
    for (form, kind, [before, after]) in FORMS {
        let target = format!("{HOUSE}?{form}");
        let read = served.get(&target).await;
        assert_eq!(read.status, 200, "{form}: {}", read.text());
        let same = put(&served, &token, kind, &read, &read.text()).await;
        assert_eq!(same.status, 200, "{form}: {}", same.text());
        let report = same.json();
        assert_eq!(
            (&report["results"][0]["action"], &report["revision"]),
            (&json!("unchanged"), &Value::Null),
            "{form}: {report}"
        );

        // One name is another one: it is all that changes, and no image is lost.
        let changed = read.text().replace(before, after);
        assert_ne!(changed, read.text(), "{form}");
        let put_changed = put(&served, &token, kind, &read, &changed).await;
        assert_eq!(put_changed.status, 200, "{form}: {}", put_changed.text());
        assert!(!put_changed.text().contains("image_"), "{form}: {}", put_changed.text());
        let mut expected = first.clone();
        expected["name"] = json!("Neu");
        let mut now = properties().await;
        expected["revision"] = now["revision"].take();
        now["revision"] = expected["revision"].clone();
        assert_eq!(now, expected, "{form}");
        let whole = served.json(&format!("{HOUSE}?f=cityjson")).await;
        let image = whole["appearance"]["textures"][0]["image"].clone();
        assert_eq!(image, json!("wall.png"), "{form}");
        let patch = json!({ "properties": { "name": "Hof" } }).to_string();
        let headers = [("authorization", token.as_str()), ("content-type", "application/merge-patch+json")];
        assert_eq!(send(&served.address, "PATCH", HOUSE, &headers, patch.as_bytes()).await.status, 200);
    }
    assert_eq!(hashes(&served).await, 1, "the image is there");
    served.database.close().await;
}

/// Textures of live objects that have their image.
async fn hashes(served: &Served) -> i64 {
    use sqlx::Connection;
    let mut database = sqlx::PgConnection::connect(&served.database.url).await.unwrap();
    sqlx::query_scalar(
        "SELECT count(*) FROM object_geometry AS g JOIN city_object AS o ON o.collection = g.collection AND o.id = g.object
         WHERE o.rev_to IS NULL AND g.appearances::text ~ '[0-9a-f]{32}'",
    )
    .fetch_one(&mut database)
    .await
    .unwrap()
}

/// What was deleted comes back from its last answer: texts of codes are no attributes of it.
#[tokio::test(flavor = "multi_thread")]
async fn texts_of_codes_are_no_attributes() {
    let (served, token) = town().await;
    // Another one, so that the collection knows what codes are.
    let read = served.get(&format!("{HOUSE}?lang=de")).await;
    let body = json!({ "type": "Feature", "id": "N", "geometry": read.json()["geometry"], "properties": read.json()["properties"] });
    let headers = [("authorization", token.as_str()), ("content-type", "application/geo+json")];
    let target = "/collections/buildings/items/N";
    let made = send(&served.address, "PUT", target, &headers, body.to_string().as_bytes()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let whole = served.json(&format!("{target}?f=cityjson")).await;
    let attributes = whole["CityObjects"]["N"]["attributes"].clone();
    let names: Vec<_> =
        attributes.as_object().unwrap().keys().filter(|name| name.ends_with("_text")).collect();
    assert_eq!(names, ["note_text"], "{attributes}");
    // 1 and 1.0 are the same number.
    let same =
        json!({ "properties": { "d": 2, "storeysAboveGround": 2.0, "gen_revision": 7.0 } }).to_string();
    let headers = [("authorization", token.as_str()), ("content-type", "application/merge-patch+json")];
    let patched = send(&served.address, "PATCH", HOUSE, &headers, same.as_bytes()).await;
    assert_eq!(patched.json()["results"][0]["action"], "unchanged", "{}", patched.text());
    served.database.close().await;
}
