//! What was and what changed: versions, states of one feature in time, pages of changes and their feed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use stadtwin::api::{AppState, Feeds};
use stadtwin::crs::HeightModel;
use stadtwin::store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::editing::desk::{Desk, building, corner, item, square};
use crate::http::{City, ENDED, request};
use crate::support::served::start;

const CHANGES: &str = "/collections/buildings/changes";

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_tells_all_its_versions() {
    let desk = Desk::with(3).await;
    let (id, first) = (desk.ids().await[0].clone(), desk.head().await);
    for (name, from) in [("A", "2001-01-01"), ("B", "2011-01-01"), ("C", "2021-01-01")] {
        let patch = json!({ "properties": { "name": name, "validFrom": from } });
        assert_eq!(desk.patch(&id, &patch).await.status, 200);
    }
    let path = format!("{}/versions", item(&id));
    let versions = desk.served.json(&path).await;
    let list = versions["versions"].as_array().unwrap();
    let spans: Vec<_> = list.iter().map(|v| (v["revision"].as_i64().unwrap(), v["until"].as_i64())).collect();
    assert_eq!(spans.len(), 4);
    assert_eq!((spans[3].0, spans[0].1), (first, None));
    assert!(spans.windows(2).all(|pair| pair[1].1 == Some(pair[0].0)), "{spans:?}");
    assert_eq!(list[0]["validFrom"], "2021-01-01T00:00:00Z");
    assert!(list[0]["published"].is_string() && list[0]["ended"].is_null() && list[1]["ended"].is_string());
    // Each link leads to the state as it was.
    for (version, name) in list.iter().zip([json!("C"), json!("B"), json!("A")]) {
        let href = version["links"][0]["href"].as_str().unwrap();
        let then = request(&desk.served.address, "GET", href, &[]).await;
        assert_eq!((then.status, &then.json()["properties"]["name"]), (200, &name), "{href}");
        let whole = request(&desk.served.address, "GET", &href.replace("f=json", "f=cityjson"), &[]).await;
        assert_eq!(whole.json()["CityObjects"][&id]["attributes"]["name"], name);
    }
    // Page by page.
    let mut target = format!("{path}?limit=1");
    let mut met = Vec::new();
    loop {
        let page = desk.served.json(&target).await;
        met.extend(page["versions"].as_array().unwrap().iter().map(|v| v["revision"].as_i64().unwrap()));
        let links = page["links"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["rel"] == "next") else { break };
        target = next["href"]
            .as_str()
            .unwrap()
            .trim_start_matches(&format!("http://{}", desk.served.address))
            .into();
    }
    assert_eq!(met, spans.iter().map(|span| span.0).collect::<Vec<_>>());
    let page = desk.served.html(&format!("{path}?lang=de")).await;
    assert!(
        page.contains("Stände") && page.contains(&format!("?revision={first}&#38;f=html"))
            || page.contains("?revision="),
        "{page}"
    );

    // In the real world: the newest state that was valid then.
    for (then, name) in
        [("2005-06-01", "A"), ("2015-06-01", "B"), ("2025-06-01", "C"), ("2005-01-01/2015-01-01", "B")]
    {
        let state = desk.served.json(&format!("{}?datetime={then}", item(&id))).await;
        assert_eq!(state["properties"]["name"], name, "{then}");
    }
    let pinned = format!("{}?revision={}&datetime=2005-06-01", item(&id), spans[1].0);
    assert_eq!(desk.get(&pinned).await.status, 404, "in that revision it is valid from 2011 on");
    for (query, status, part) in [
        ("revision=99999", 400, "at most"),
        ("revision=0", 400, "from 1"),
        ("datetime=yesterday", 400, "RFC 3339"),
    ] {
        let answer = desk.get(&format!("{}?{query}", item(&id))).await;
        assert_eq!(answer.status, status, "{query}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{}", answer.text());
    }

    // Before it came, while it was, after it went.
    let (longitude, latitude) = corner(&desk.read(&id).await.0);
    let made = desk.post(&building(square(longitude, latitude), "kurz")).await.json();
    let (new, came) =
        (made["results"][0]["id"].as_str().unwrap().to_owned(), made["revision"].as_i64().unwrap());
    assert_eq!(desk.delete(&new).await.status, 204);
    let went = desk.head().await;
    let early = desk.get(&format!("{}?revision={first}", item(&new))).await;
    assert_eq!(early.status, 404);
    assert!(early.json()["detail"].as_str().unwrap().contains(&format!("came with revision {came}")));
    assert_eq!(desk.get(&format!("{}?revision={came}", item(&new))).await.status, 200);
    let gone = desk.get(&item(&new)).await;
    let problem = gone.json();
    assert_eq!((gone.status, &problem["revision"], &problem["successors"]), (410, &json!(went), &json!([])));
    let versions =
        request(&desk.served.address, "GET", problem["versions"].as_str().unwrap(), &[]).await.json();
    assert_eq!(
        (&versions["versions"][0]["revision"], &versions["versions"][0]["until"]),
        (&json!(came), &json!(went))
    );
    assert_eq!(desk.get(&format!("{}/versions", item("never"))).await.status, 404);
    desk.served.database.close().await;
}

/// Walks pages of so many features; gives each revision's inserted, updated and deleted.
async fn walk(address: &str, limit: usize) -> Vec<(i64, [Vec<Value>; 3])> {
    let mut all: Vec<(i64, [Vec<Value>; 3])> = Vec::new();
    let mut target = format!("{CHANGES}?limit={limit}");
    for _ in 0..1000 {
        let answer = request(address, "GET", &target, &[]).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        let page = answer.json();
        let mut count = 0;
        for revision in page["revisions"].as_array().unwrap() {
            let number = revision["revision"].as_i64().unwrap();
            if all.last().is_none_or(|last| last.0 != number) {
                all.push((number, Default::default()));
            }
            let lists = &mut all.last_mut().unwrap().1;
            for (list, name) in lists.iter_mut().zip(["inserted", "updated", "deleted"]) {
                let ids = revision[name].as_array().unwrap();
                count += ids.len();
                list.extend(ids.iter().cloned());
            }
        }
        assert!(count <= limit, "{count}");
        let links = page["links"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["rel"] == "next") else { return all };
        target = next["href"].as_str().unwrap().to_owned();
    }
    panic!("the pages have no end");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_come_page_by_page() {
    let city = City::start().await;
    let whole = walk(&city.address, 1000).await;
    // Hand: the first revision brings 41 boxes, the second ends one.
    assert_eq!(whole.len(), 2);
    assert_eq!(whole[0].1.each_ref().map(Vec::len), [41, 0, 0]);
    assert_eq!(whole[1].1, [vec![], vec![], vec![json!(ENDED)]]);
    for limit in [1, 7, 41, 42] {
        assert_eq!(walk(&city.address, limit).await, whole, "{limit}");
    }
    let head = city.get(CHANGES).await.json()["head"].as_i64().unwrap();
    let none = city.get(&format!("{CHANGES}?since={head}")).await.json();
    assert_eq!(
        (&none["revisions"], none["links"].as_array().unwrap().iter().any(|l| l["rel"] == "next")),
        (&json!([]), false)
    );
    let second = city.get(&format!("{CHANGES}?since={}", whole[0].0)).await.json();
    let revision = &second["revisions"][0];
    assert_eq!((&revision["cause"], &revision["isComplete"]), (&json!("import"), &json!(true)));
    // Hand: the last box begins 800 m east of 696,000 5,347,000 (EPSG:25832), near 11.65° E 48.25° N.
    let bbox: Vec<f64> = revision["bbox"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
    assert!(bbox[0] > 11.64 && bbox[2] < 11.67 && bbox[1] > 48.24 && bbox[3] < 48.26, "{bbox:?}");
    assert!(revision["tiles"]["keys"].as_array().unwrap().contains(&json!("0/0/0")));
    for (query, part) in
        [("since=99999", "at most"), ("since=-1", "from 0"), ("limit=0", "from 1"), ("before=1", "unknown")]
    {
        let answer = city.get(&format!("{CHANGES}?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{}", answer.text());
    }
    assert_eq!(city.get("/collections/nowhere/changes").await.status, 404);
}

/// One who listens.
struct Ear {
    stream: TcpStream,
    heard: String,
}

impl Ear {
    async fn open(address: &str, query: &str, headers: &str) -> Ear {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "GET {CHANGES}{query} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Ear { stream, heard: String::new() }
    }

    /// Until it was said; panics after half a minute.
    async fn hear(&mut self, text: &str) -> &str {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        let mut bytes = [0; 4096];
        while !self.heard.contains(text) {
            let read = tokio::time::timeout_at(deadline, self.stream.read(&mut bytes)).await;
            let count = read.unwrap_or_else(|_| panic!("`{text}` did not come: {}", self.heard)).unwrap();
            assert!(count > 0, "the line ended before `{text}`: {}", self.heard);
            self.heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        &self.heard
    }

    /// The data of the event with this id.
    fn data(&self, id: i64) -> Value {
        let event = self.heard.split_once(&format!("id: {id}\nevent: revision\ndata: ")).unwrap().1;
        serde_json::from_str(event.split_once("\n\n").unwrap().0).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_as_they_happen() {
    let desk = Desk::with(3).await;
    let (address, first) = (desk.served.address.clone(), desk.head().await);
    let ids = desk.ids().await;
    let mut now = Ear::open(&address, "", "").await;
    let head = now.hear("retry: 2000\n\n").await.to_lowercase();
    assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/event-stream"), "{head}");
    assert!(head.contains("cache-control: no-cache") && !head.contains("content-encoding"), "{head}");
    assert_eq!(desk.patch(&ids[0], &json!({ "properties": { "name": "laut" } })).await.status, 200);
    let second = desk.head().await;
    now.hear(&format!("id: {second}\n")).await;
    now.hear("\"revision\":").await;
    now.hear("}\n\n").await;
    assert!(!now.heard.contains(&format!("id: {first}\n")), "only what came since: {}", now.heard);
    assert_eq!(now.data(second)["updated"], json!([ids[0]]));
    // What another process publishes is told too.
    desk.rollback(first).await;
    let third = desk.head().await;
    now.hear(&format!("id: {third}\n")).await;
    now.hear("\"cause\":\"rollback\"").await;
    // Who was cut off goes on where it was; who begins at 0 hears all.
    let mut resumed = Ear::open(&address, "", &format!("last-event-id: {first}\r\n")).await;
    resumed.hear(&format!("id: {third}\n")).await;
    resumed.hear("\"cause\":\"rollback\"").await;
    assert!(
        resumed.heard.contains(&format!("id: {second}\n"))
            && !resumed.heard.contains(&format!("id: {first}\n"))
    );
    let mut all = Ear::open(&address, "?since=0&f=events", "").await;
    all.hear(&format!("id: {third}\n")).await;
    all.hear("\"cause\":\"rollback\"").await;
    assert_eq!(all.data(first)["inserted"].as_array().unwrap().len(), 3);
    let wrong =
        request(&address, "GET", CHANGES, &[("accept", "text/event-stream"), ("last-event-id", "x")]).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    desk.served.database.close().await;
}

/// The names of all 3D tiles.
async fn contents(desk: &Desk) -> Vec<Value> {
    let tileset = desk.served.json("/collections/buildings/3dtiles/tileset.json").await;
    let (mut names, mut rest) = (Vec::new(), vec![&tileset["root"]]);
    while let Some(node) = rest.pop() {
        names.extend(node["content"]["uri"].as_str().map(|uri| json!(uri.trim_start_matches("content/"))));
        rest.extend(node["children"].as_array().into_iter().flatten());
    }
    names
}

/// What an event names is there, and is all that is new: also where something ended.
#[tokio::test(flavor = "multi_thread")]
async fn events_name_the_tiles_that_take_the_place_of_others() {
    let desk = Desk::with(900).await;
    let ids = desk.ids().await;
    let mut ear = Ear::open(&desk.served.address, "", "").await;
    ear.hear("retry: 2000\n\n").await;
    let mut before = contents(&desk).await;
    for round in 0..4 {
        let id = &ids[100 + round];
        let answer = match round % 2 {
            0 => desk.patch(id, &json!({ "properties": { "name": "neu" } })).await,
            _ => desk.delete(id).await,
        };
        assert!(answer.status < 300, "{}", answer.text());
        let revision = desk.head().await;
        ear.hear(&format!("id: {revision}\n")).await;
        ear.hear(&format!("\"revision\":{revision},")).await;
        ear.hear("}\n\n").await;
        let told = ear.data(revision)["contents"].as_array().unwrap().clone();
        let now = contents(&desk).await;
        let fresh: Vec<_> = now.iter().filter(|name| !before.contains(name)).collect();
        assert!(!fresh.is_empty() && fresh.iter().all(|name| told.contains(name)), "{fresh:?} {told:?}");
        assert!(told.iter().all(|name| now.contains(name)), "{told:?}");
        assert!(told.len() < now.len(), "{} of {}", told.len(), now.len());
        before = now;
    }
    desk.served.database.close().await;
}

/// Feeds have an end, and those that listen for long make room: clients come again and miss nothing.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens_for_ever() {
    let mut desk = Desk::with(1).await;
    let store = desk.served.database.store.clone();
    let serve = async |life, least| {
        let feeds = Arc::new(Feeds::lasting(life, least));
        start(AppState { feeds, ..AppState::new(store.clone(), HeightModel::Constant(45.5)) }).await
    };
    let head = desk.head().await;
    let short = serve(Duration::from_millis(300), Duration::from_secs(30)).await;
    let mut ear = Ear::open(&short, "", "").await;
    ear.hear(&format!("id: {head}\n\n")).await;
    // RFC 9112, 7.1: the last chunk.
    ear.hear("\r\n0\r\n\r\n").await;

    desk.served.address = serve(Duration::from_secs(600), Duration::ZERO).await;
    let mut ears = Vec::new();
    for _ in 0..200 {
        ears.push(Ear::open(&desk.served.address, "", "").await);
    }
    for ear in &mut ears {
        ear.hear("retry:").await;
    }
    let mut late = Ear::open(&desk.served.address, "", "").await;
    late.hear("retry:").await;
    assert!(late.heard.starts_with("HTTP/1.1 200"), "{}", late.heard);
    // One of the first had to go, with the place where it goes on.
    let mut ended = 0;
    for ear in &mut ears {
        let mut bytes = [0; 4096];
        let read = tokio::time::timeout(Duration::from_millis(50), ear.stream.read(&mut bytes)).await;
        if let Ok(Ok(count)) = read {
            assert!(String::from_utf8_lossy(&bytes[..count]).contains(&format!("id: {head}\n\n")));
            ended += 1;
        }
    }
    assert_eq!(ended, 1);
    desk.served.database.close().await;
}

/// Two servers over one database, one of which may know for an hour what it read once: what the other published it
/// answers all the same when it is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_published_is_there_when_asked_for() {
    let desk = Desk::with(2).await;
    let store = Store::connect(&desk.served.database.url).await.unwrap();
    let store = store.with_catalogue_age(Duration::from_secs(3600));
    let other = start(AppState::new(store, HeightModel::Constant(45.5))).await;
    let id = desk.ids().await[0].clone();
    let known = request(&other, "GET", CHANGES, &[]).await.json()["head"].as_i64().unwrap();
    assert_eq!(desk.patch(&id, &json!({ "properties": { "name": "A" } })).await.status, 200);
    let second = desk.head().await;
    assert!(second > known);
    let pinned = request(&other, "GET", &format!("{}?revision={second}", item(&id)), &[]).await;
    assert_eq!(pinned.status, 200, "{}", pinned.text());
    assert_eq!(desk.patch(&id, &json!({ "properties": { "name": "B" } })).await.status, 200);
    let third = desk.head().await;
    let since = request(&other, "GET", &format!("{CHANGES}?since={third}"), &[]).await;
    assert_eq!((since.status, &since.json()["head"]), (200, &json!(third)), "{}", since.text());
    let beyond = request(&other, "GET", &format!("{CHANGES}?since={}", third + 1), &[]).await;
    assert_eq!(beyond.status, 400, "{}", beyond.text());
    // Who was told of a revision reads it.
    let mut ear = Ear::open(&other, "", "").await;
    ear.hear("retry:").await;
    assert_eq!(desk.patch(&id, &json!({ "properties": { "name": "C" } })).await.status, 200);
    ear.hear(&format!("id: {}\n", desk.head().await)).await;
    let read = request(&other, "GET", &item(&id), &[]).await.json();
    assert_eq!(read["properties"]["name"], "C");
    desk.served.database.close().await;
}

/// A server that ends does not wait for those who listen, and no more listen than may.
#[tokio::test(flavor = "multi_thread")]
async fn feeds_are_bounded_and_end_with_the_server() {
    let desk = Desk::with(1).await;
    let state = stadtwin::api::AppState::new(
        desk.served.database.store.clone(),
        stadtwin::crs::HeightModel::Constant(45.5),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(stadtwin::api::serve(state, listener, async move { drop(stopped.await) }));
    let mut ears = Vec::new();
    for _ in 0..200 {
        ears.push(Ear::open(&address, "", "").await);
    }
    for ear in &mut ears {
        ear.hear("retry:").await;
    }
    let refused = request(&address, "GET", CHANGES, &[("accept", "text/event-stream")]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "30"), "{}", refused.text());
    // Those who go make room.
    ears.truncate(100);
    let mut again = Ear::open(&address, "", "").await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while tokio::time::timeout(Duration::from_millis(500), again.hear("retry:")).await.is_err()
        || again.heard.contains(" 503 ")
    {
        assert!(tokio::time::Instant::now() < deadline, "{}", again.heard);
        again = Ear::open(&address, "", "").await;
    }
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(20), server).await.unwrap().unwrap();
    let mut rest = Vec::new();
    ears[0].stream.read_to_end(&mut rest).await.unwrap();
    desk.served.database.close().await;
}
