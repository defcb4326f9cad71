//! Each writing request on the city and its ground leaves one event in the log, in the name of who sent it; a refused one
//! leaves none.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use stadtwin::jobs::Rollback;
use stadtwin::store::{Actor, AuditScope, StoredEvent};

use crate::api::refusals::Town;
use crate::editing::desk::{building, square};
use crate::jobs::{FORM, JSON, form};
use crate::support::geotiff::Raster;
use crate::support::houses::gable;
use crate::support::served::{Served, citygml};

/// They write nothing into the store: files on their way, and a question in a body.
const UNNOTED: [&str; 5] =
    ["createUpload", "continueUpload", "createTerrainUpload", "continueTerrainUpload", "getElevations"];

const GEOJSON: (&str, &str) = ("content-type", "application/geo+json");
const PATCH: (&str, &str) = ("content-type", "application/merge-patch+json");

/// Operation, way, path, type of the body, body, status, action.
type Row<'a> = (&'a str, &'a str, &'a str, (&'a str, &'a str), Vec<u8>, u16, &'a str);

/// A square of about 20 m within the ground of the town.
fn change_of_the_ground(target: f64) -> Vec<u8> {
    let ring = json!([
        [11.6473, 48.2505],
        [11.6475, 48.2505],
        [11.6475, 48.2507],
        [11.6473, 48.2507],
        [11.6473, 48.2505]
    ]);
    let feature = json!({
        "type": "Feature", "geometry": { "type": "Polygon", "coordinates": [ring] },
        "properties": { "target": { "type": "level", "height": target } },
    });
    feature.to_string().into_bytes()
}

async fn events(town: &Town) -> Vec<StoredEvent> {
    let store = &town.server.database.store;
    store.audit_events(&AuditScope::All, None, 0, 10_000).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_of_the_city_leaves_one_event() {
    let town = Town::build(100).await;
    let (writer, stranger) =
        (town.server.token("write", None).await, town.server.token("import:elsewhere", None).await);
    let folder = town.server.folder.path();
    let heights = folder.join("b.tif");
    Raster::square([696_500.0, 5_347_600.0], 10).write(&heights, |_| 481.0);
    let heights = std::fs::read(&heights).unwrap();
    let feature = |name: &str| building(square(11.6474, 48.2506), name).to_string().into_bytes();
    let item = town.sample("/collections/buildings/items/{featureId}");
    let batch = json!({ "operations": [{ "op": "create", "feature": building(square(11.648, 48.2506), "a") },
        { "op": "create", "feature": building(square(11.649, 48.2506), "b") }] });
    let export = br#"{"inputs":{"collection":"buildings","format":"cityjson"}}"#.to_vec();
    let modifications = "/terrain/ground/modifications";
    let rows: Vec<Row<'_>> = vec![
        (
            "createFeatures",
            "POST",
            "/collections/buildings/items",
            GEOJSON,
            feature("neu"),
            201,
            "collection.edited",
        ),
        (
            "createFeatures",
            "POST",
            "/collections/buildings/items",
            JSON,
            batch.to_string().into_bytes(),
            201,
            "collection.edited",
        ),
        (
            "updateFeature",
            "PATCH",
            &item,
            PATCH,
            br#"{"properties":{"name":"x"}}"#.to_vec(),
            200,
            "collection.edited",
        ),
        ("replaceFeature", "PUT", "{made}", GEOJSON, feature("anders"), 200, "collection.edited"),
        ("deleteFeature", "DELETE", &item, JSON, Vec::new(), 204, "collection.edited"),
        (
            "startImport",
            "POST",
            "/collections/buildings/imports",
            FORM,
            form(&[], "a.gml", &crate::jobs::city(4)),
            201,
            "job.made",
        ),
        (
            "startTerrainImport",
            "POST",
            "/terrain/ground/imports",
            FORM,
            form(&[], "b.tif", &heights),
            201,
            "job.made",
        ),
        ("execute", "POST", "/processes/export/execution", JSON, export, 201, "job.made"),
        ("dismissJob", "DELETE", "/jobs/5", JSON, Vec::new(), 200, "job.dismissed"),
        (
            "createTerrainModification",
            "POST",
            modifications,
            GEOJSON,
            change_of_the_ground(470.0),
            201,
            "modification.added",
        ),
        (
            "replaceTerrainModification",
            "PUT",
            "/terrain/ground/modifications/1",
            GEOJSON,
            change_of_the_ground(471.0),
            200,
            "modification.changed",
        ),
        (
            "deleteTerrainModification",
            "DELETE",
            "/terrain/ground/modifications/1",
            JSON,
            Vec::new(),
            204,
            "modification.removed",
        ),
    ];
    let mut done: BTreeSet<String> = UNNOTED.iter().map(|id| (*id).to_owned()).collect();
    let mut made = String::new();
    for (id, method, target, content_type, body, status, action) in rows {
        let target = target.replace("{made}", &made);
        let target = target.as_str();
        let before = events(&town).await;
        let headers = [content_type, ("prefer", "respond-async"), ("if-match", "*")];
        // What is made has no state to match.
        let headers = if method == "POST" { &headers[..2] } else { &headers[..] };
        let refused = town.server.send(method, target, &stranger, headers, &body).await;
        assert_eq!(refused.status, 403, "{id}: {}", refused.text());
        assert_eq!(events(&town).await.len(), before.len(), "{id} was refused and left a trace");

        let answer = town.server.send(method, target, &writer, headers, &body).await;
        assert_eq!(answer.status, status, "{id}: {}", answer.text());
        if let Some(at) = answer.header("location").find("/collections/").filter(|_| made.is_empty()) {
            made = answer.header("location")[at..].to_owned();
        }
        let after = events(&town).await;
        let [new] = &after[before.len()..] else {
            panic!("{id} left {:?}", &after[before.len()..]);
        };
        assert!(
            writer.contains(new.event.by.subject.strip_prefix("token:").unwrap()),
            "{id}: {:?}",
            new.event.by
        );
        assert_eq!(
            (new.event.action.as_str(), new.event.object.as_str(), new.event.by.origin.as_str()),
            (action, target, "127.0.0.1"),
            "{id}"
        );
        done.insert(id.to_owned());
    }

    let definition = town.server.get("/api").await.json();
    let items = definition["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap());
    let writes: BTreeSet<String> = operations
        .filter(|(method, operation)| *method != "get" && operation["tags"] != json!(["Plans"]))
        .map(|(_, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(done, writes, "writes without a row here");

    // An edit that changes nothing is none.
    let before = events(&town).await;
    let target = "/terrain/ground/modifications/1";
    assert_eq!(town.server.send("DELETE", target, &writer, &[], b"").await.status, 404);
    assert_eq!(events(&town).await.len(), before.len());

    // What the queue does is noted as done for who asked for it.
    let work = town.server.work();
    town.server.ended("/jobs/3").await;
    town.server.ended("/jobs/4").await;
    work.abort();
    let done = events(&town).await.split_off(before.len());
    let told: Vec<_> = done
        .iter()
        .map(|stored| {
            let event = &stored.event;
            assert!(writer.contains(event.by.subject.strip_prefix("token:").unwrap()), "{:?}", event.by);
            (event.by.origin.as_str(), event.action.as_str(), event.object.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("job 3", "collection.imported", "/collections/buildings"),
            ("job 4", "terrain.imported", "/terrain/ground"),
        ]
    );
    town.close().await;
}

/// At the command line: what is published, restored and removed, and nothing for what was as it is.
#[tokio::test(flavor = "multi_thread")]
async fn commands_on_the_city_are_noted() {
    let served = Served::start().await;
    let store = &served.database.store;
    let one = served.write("one.gml", &citygml(&gable("A", [696_700.0, 5_347_400.0], false)));
    let two = served.write("two.gml", &citygml(&gable("B", [696_740.0, 5_347_400.0], false)));
    let first = served.import("buildings", &one).await.revision.unwrap();
    served.import("buildings", &one).await;
    served.import("buildings", &two).await;
    let rollback = Rollback { collection: "buildings".into(), to: first, geoid_constant_m: Some(45.5) };
    rollback.run(store, Arc::default()).await.unwrap();
    store.create_collection("buildings", "Häuser", "").await.unwrap();
    store.drop_collection("buildings").await.unwrap();
    let events = store.audit_events(&AuditScope::All, None, 0, 100).await.unwrap().items;
    let told: Vec<_> = events.iter().map(|stored| stored.event.action.as_str()).collect();
    assert_eq!(
        told,
        [
            "twin.crs",
            "collection.imported",
            "collection.imported",
            "collection.restored",
            "collection.described",
            "collection.removed",
        ]
    );
    assert!(events.iter().all(|stored| stored.event.by == Actor::command()));
    assert_eq!(events[1].event.details["inserted"], 1);
    served.database.close().await;
}
