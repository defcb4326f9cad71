//! Published scenarios in a catalogue outside: domain example 9.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use sqlx::Connection;
use stadtwin::api::AppState;
use stadtwin::crs::HeightModel;
use stadtwin::jobs::Catalog;

use super::office::{Office, extrude};
use crate::http::request;
use crate::support::served::start;

const PUBLIC: &str = "https://twin.example";
const JSON: (&str, &str) = ("content-type", "application/json");

/// How the catalogue behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Away,
    /// Does what it is asked and does not say so.
    Mute,
    Well,
}

/// What CKAN does with packages, as far as its documentation tells: names are unique, the SDDI schema's fields are required.
struct Ckan {
    mood: Mood,
    packages: Vec<Value>,
}

type Shared = Arc<Mutex<Ckan>>;

async fn ckan() -> (String, Shared) {
    let shared: Shared = Arc::new(Mutex::new(Ckan { mood: Mood::Well, packages: Vec::new() }));
    let router = Router::new().route("/api/3/action/{action}", post(act)).with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, shared)
}

async fn act(
    State(shared): State<Shared>,
    Path(action): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let mut ckan = shared.lock().unwrap();
    if ckan.mood == Mood::Away {
        return (StatusCode::SERVICE_UNAVAILABLE, "maintenance".to_owned());
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let (status, result) = match headers.get("authorization").is_some_and(|token| token == "ckan-token") {
        false => (StatusCode::FORBIDDEN, json!({ "__type": "Authorization Error" })),
        true => ckan.act(&action, body),
    };
    if ckan.mood == Mood::Mute && action != "package_show" {
        return (StatusCode::BAD_GATEWAY, String::new());
    }
    let success = status == StatusCode::OK;
    let member = if success { "result" } else { "error" };
    (status, json!({ "success": success, member: result }).to_string())
}

impl Ckan {
    fn act(&mut self, action: &str, body: Value) -> (StatusCode, Value) {
        let id = body["id"].as_str().or(body["name"].as_str()).unwrap().to_owned();
        let found = self.packages.iter().position(|one| one["id"] == id || one["name"] == id);
        match (action, found) {
            ("package_show", Some(at)) => (StatusCode::OK, self.packages[at].clone()),
            ("package_create", None) => self.keep(None, body),
            ("package_update", Some(at)) => self.keep(Some(at), body),
            ("package_delete", Some(at)) => {
                self.packages.remove(at);
                (StatusCode::OK, Value::Null)
            }
            ("package_create", Some(_)) => (StatusCode::CONFLICT, json!({ "name": ["in use"] })),
            (_, None) => (StatusCode::NOT_FOUND, json!({ "message": "Not found" })),
            _ => (StatusCode::BAD_REQUEST, Value::Null),
        }
    }

    fn keep(&mut self, at: Option<usize>, mut body: Value) -> (StatusCode, Value) {
        let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-_".contains(sign);
        let text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
        let has_tags = body["tags"].as_array().is_some_and(|tags| !tags.is_empty());
        let has_name = body["name"].as_str().unwrap().chars().all(is_sign);
        let has_levels = body["resources"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["format"].is_string() && one["restricted_level"].is_string());
        let agrees = body["licence_agreement"] == json!(["licence_agreement_check"]);
        let has_all = ["title", "notes", "license_id", "owner_org"].iter().all(|name| text(name));
        if !(has_tags && has_name && has_levels && agrees && has_all) {
            return (StatusCode::CONFLICT, json!({ "__type": "Validation Error", "sent": body }));
        }
        match at {
            Some(at) => self.packages[at] = body.clone(),
            None => {
                body["id"] = format!("id-{}", body["name"].as_str().unwrap()).into();
                self.packages.push(body.clone());
            }
        }
        (StatusCode::OK, body)
    }
}

struct Desk {
    office: Office,
    catalog: Catalog,
    ckan: Shared,
    /// Of a server that has a catalogue.
    address: String,
}

impl Desk {
    async fn open() -> Desk {
        let office = Office::open().await;
        let (url, ckan) = ckan().await;
        let state = AppState {
            has_catalog: true,
            ..AppState::new(office.served.database.store.clone(), HeightModel::Constant(45.5))
        };
        let address = start(state).await;
        let catalog = Catalog::new(&url, "ckan-token", PUBLIC, "CC-BY-4.0", None).unwrap();
        Desk { office, catalog, ckan, address }
    }

    /// In this mood, at the time of the next try: how many entries arrive, how many there are, and how it stands.
    async fn check(&self, mood: Mood, arriving: usize, count: usize, standing: (&str, i64)) {
        self.ckan.lock().unwrap().mood = mood;
        let database = &self.office.served.database;
        let mut connection = sqlx::PgConnection::connect(&database.url).await.unwrap();
        sqlx::query("UPDATE catalog_entry SET next_try = now()").execute(&mut connection).await.unwrap();
        assert_eq!(self.catalog.deliver(&database.store).await.unwrap(), arriving, "{mood:?}");
        assert_eq!(self.ckan.lock().unwrap().packages.len(), count, "{mood:?}");
        let health = request(&self.address, "GET", "/health", &[]).await;
        let told = &health.json()["catalog"];
        assert_eq!(
            (health.status, told["status"].as_str(), told["waiting"].as_i64()),
            (200, Some(standing.0), Some(standing.1))
        );
    }

    fn entry(&self) -> Value {
        self.ckan.lock().unwrap().packages[0].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_that_is_away_hinders_nothing_and_learns_it_once() {
    let desk = Desk::open().await;
    let office = &desk.office;
    let area = json!({ "area": { "type": "Polygon", "coordinates": [[[11.65, 48.24], [11.66, 48.24], [11.66, 48.25], [11.65, 48.24]]] } });
    let patched =
        office.send(&office.planner, "PATCH", "/projects/p", &[JSON], area.to_string().as_bytes()).await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    office.scenario("Variante_A", None).await;
    office.does("Variante_A", json!([extrude("H1", [696720.0, 5347400.0, 10.0, 12.0], 9.0)])).await;
    // A draft is nobody's business.
    desk.check(Mood::Well, 0, 0, ("ok", 0)).await;

    office.publish("Variante_A").await;
    desk.check(Mood::Away, 0, 0, ("degraded", 1)).await;
    desk.check(Mood::Mute, 0, 1, ("degraded", 1)).await;
    desk.check(Mood::Well, 1, 1, ("ok", 0)).await;
    desk.check(Mood::Well, 0, 1, ("ok", 0)).await;

    let entry = desk.entry();
    assert!(entry["name"].as_str().unwrap().starts_with("variante_a-"), "{entry}");
    assert_eq!(entry["title"], "Schleißheimer Straße: Variante_A");
    assert_eq!(entry["extras"][0]["value"], format!("{PUBLIC}/scenarios/Variante_A"));
    // Revision 1 is the one that was handed in.
    assert_eq!(
        (&entry["owner_org"], &entry["private"], &entry["version"]),
        (&json!("garching"), &json!(false), &json!("2"))
    );
    let authors: Value = serde_json::from_str(entry["author"].as_str().unwrap()).unwrap();
    assert_eq!(authors[0]["author_name"], "garching");
    assert_eq!(entry["begin_collection_date"].as_str().map(str::len), Some(10));
    let spatial: Value = serde_json::from_str(entry["spatial"].as_str().unwrap()).unwrap();
    let corner = &spatial["coordinates"][0][0][0];
    let near = |index: usize, degrees: f64| (corner[index].as_f64().unwrap() - degrees).abs() < 1e-6;
    assert!(spatial["type"] == "MultiPolygon" && near(0, 11.65) && near(1, 48.24), "{spatial}");

    let patch = json!({ "title": "Vier Geschosse", "tags": ["Wohnen", "a", "§ 34"] }).to_string();
    let target = "/scenarios/Variante_A";
    let patched = office.send(&office.planner, "PATCH", target, &[JSON], patch.as_bytes()).await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    desk.check(Mood::Away, 0, 1, ("degraded", 1)).await;
    desk.check(Mood::Well, 1, 1, ("ok", 0)).await;
    let changed = desk.entry();
    assert_eq!(
        (&changed["id"], &changed["title"]),
        (&entry["id"], &json!("Schleißheimer Straße: Vier Geschosse"))
    );
    let tags: Vec<_> =
        changed["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(tags, ["Planung", "3D", "Wohnen", "34"]);

    assert_eq!(office.go(&office.publisher, "Variante_A", "withdraw").await.status, 200);
    desk.check(Mood::Away, 0, 1, ("degraded", 1)).await;
    desk.check(Mood::Mute, 0, 0, ("degraded", 1)).await;
    desk.check(Mood::Well, 1, 0, ("ok", 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_catalogue_says_is_told() {
    let desk = Desk::open().await;
    desk.office.scenario("A", None).await;
    desk.office.publish("A").await;
    let store = &desk.office.served.database.store;
    let (url, _) = ckan().await;
    let stranger = Catalog::new(&url, "wrong", PUBLIC, "CC-BY-4.0", None).unwrap();
    assert_eq!(stranger.deliver(store).await.unwrap(), 0);
    let standing = store.catalog_standing().await.unwrap();
    let told = standing.last_error.unwrap();
    assert_eq!(told, "`package_show` was answered with 403: {\"__type\":\"Authorization Error\"}");
    assert!(Catalog::new("no address", "t", PUBLIC, "x", None).is_err());
    assert!(Catalog::new(&url, " ", PUBLIC, "x", None).is_err());
}
