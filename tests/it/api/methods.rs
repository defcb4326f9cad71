//! GET, HEAD and OPTIONS of every resource in the definition.

use serde_json::Value;

use super::refusals::Town;
use crate::http::{Answer, send};

const PREFLIGHT: [(&str, &str); 2] =
    [("origin", "https://elsewhere.example"), ("access-control-request-method", "POST")];

/// The methods that `Allow` names, in the order of the alphabet.
fn allowed(answer: &Answer) -> Vec<&str> {
    let mut all: Vec<_> = answer.header("allow").split(", ").collect();
    all.sort_unstable();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn options_and_head_are_answered_everywhere() {
    let town = Town::build(3).await;
    let address = &town.server.address;
    let definition = town.server.get("/api").await.json();
    let mut wrong = Vec::new();
    for (path, item) in definition["paths"].as_object().unwrap() {
        let target = town.sample(path);
        let is_read = item["get"].is_object();
        let mut expected: Vec<_> =
            item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        expected.push("OPTIONS".to_owned());
        expected.extend(is_read.then(|| "HEAD".to_owned()));
        expected.sort_unstable();
        let options = send(address, "OPTIONS", &target, &PREFLIGHT, b"").await;
        // Pages from elsewhere may do what the resource allows, with a token.
        let headers = options.header("access-control-allow-headers");
        let is_open = options.header("access-control-allow-origin") == "*"
            && options.header("access-control-allow-methods") == options.header("allow")
            && ["*", "authorization", "if-match"]
                .iter()
                .all(|name| headers.split(", ").any(|one| one == *name));
        if options.status != 204 || allowed(&options) != expected || !is_open {
            wrong.push(format!("OPTIONS {target}: {options:?}"));
        }
        if !is_read {
            continue;
        }
        let (get, head) = (town.server.get(&target).await, send(address, "HEAD", &target, &[], b"").await);
        let media = |answer: &Answer| answer.header("content-type").to_owned();
        if (head.status, media(&head)) != (get.status, media(&get)) || !head.body.is_empty() {
            wrong.push(format!("HEAD {target}: {} {} {}", head.status, get.status, head.text()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    town.close().await;
}

/// `geojson` is another name of `json` where that is GeoJSON.
#[tokio::test(flavor = "multi_thread")]
async fn geojson_goes_by_its_own_name_too() {
    let town = Town::build(3).await;
    let items = "/collections/buildings/items";
    let item = town.sample("/collections/{collectionId}/items/{featureId}");
    // All but the time; of the links one tells which of the two it is.
    let without = |answer: &Answer| -> Value {
        let mut document = answer.json();
        document.as_object_mut().unwrap().remove("timeStamp");
        for link in document["links"].as_array_mut().unwrap() {
            let href = link["href"].as_str().unwrap().replace("f=geojson", "f=json");
            link["href"] = href.into();
        }
        document
    };
    for target in [items.to_owned(), item.clone(), format!("{item}/surfaces"), format!("{item}/children")] {
        let answers = (
            town.server.get(&format!("{target}?f=geojson")).await,
            town.server.get(&format!("{target}?f=json")).await,
        );
        let media = answers.0.header("content-type");
        assert_eq!((answers.0.status, media), (200, "application/geo+json"), "{target}");
        let (named, plain) = (without(&answers.0), without(&answers.1));
        assert!(plain["links"].as_array().unwrap().len() > 1, "{target}: {plain}");
        assert_eq!(named, plain, "{target}");
    }
    assert_eq!(town.server.get("/collections?f=geojson").await.status, 400);
    town.close().await;
}

/// Pages of what is listed, by `limit` and `next`, hold all of it once.
#[tokio::test(flavor = "multi_thread")]
async fn lists_come_page_by_page() {
    let town = Town::build(3).await;
    // A second revision is the feature that ended; a job waits, another was dismissed.
    for (target, name, id, count) in [
        ("/collections/buildings/revisions", "revisions", "revision", 2),
        ("/processes", "processes", "id", 6),
        ("/jobs", "jobs", "jobID", 2),
    ] {
        let all = town.server.get(&format!("{target}?limit=1000")).await.json();
        let ids = |page: &Value| {
            page[name].as_array().unwrap().iter().map(|one| one[id].clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&all).len(), count, "{target}: {all}");
        let mut found = Vec::new();
        let mut next = Some(format!("{target}?limit=1"));
        while let Some(target) = next {
            let page = town.server.get(&target).await.json();
            assert_eq!(ids(&page).len(), 1, "{target}: {page}");
            found.extend(ids(&page));
            let links = page["links"].as_array().unwrap();
            next = links
                .iter()
                .find(|link| link["rel"] == "next")
                .map(|link| link["href"].as_str().unwrap().to_owned());
        }
        assert_eq!(found, ids(&all), "{target}");
        // The same for people.
        let (mut next, mut pages) = (Some(format!("{target}?f=html&limit=1")), 0);
        while let Some(target) = next {
            let page = town.server.get(&target).await.text();
            let rows = page.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
            assert_eq!(rows.matches("<tr>").count(), 1, "{target}: {page}");
            pages += 1;
            let button = page.split_once("rel=\"next\" href=\"").map(|(_, rest)| rest);
            next = button.map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&"));
        }
        assert_eq!(pages, count, "{target}");
    }
    town.close().await;
}
