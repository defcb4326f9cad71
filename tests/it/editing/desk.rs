//! A small city on a server, and a client that may write to it.

use std::sync::Arc;

use serde_json::{Value, json};
use stadtwin::access::issue_token;
use stadtwin::jobs::{Import, Progress, Rollback};
use stadtwin::model::Collection;
use stadtwin::sample::write_city;
use stadtwin::store::{CollectionSummary, NewToken};

use crate::http::{Answer, send};
use crate::support::served::Served;

pub const ITEMS: &str = "/collections/buildings/items";
pub const GEOJSON: (&str, &str) = ("content-type", "application/geo+json");
pub const JSON: (&str, &str) = ("content-type", "application/json");
pub const PATCH: (&str, &str) = ("content-type", "application/merge-patch+json");

pub struct Desk {
    pub served: Served,
    token: String,
}

impl Desk {
    /// With so many buildings of LoD2 in `buildings`.
    pub async fn with(count: u64) -> Desk {
        let served = Served::start().await;
        let mut text = Vec::new();
        write_city(&mut text, count, 7).unwrap();
        let path = served.write("city.gml", &String::from_utf8(text).unwrap());
        served.import("buildings", &path).await;
        let desk = Desk { token: String::new(), served };
        let token = desk.token("import:buildings", "editor").await;
        Desk { token, ..desk }
    }

    pub async fn token(&self, scope: &str, name: &str) -> String {
        let issued = issue_token().unwrap();
        let scopes = vec![scope.to_owned()];
        let (prefix, hash) = (issued.prefix, issued.hash);
        let token =
            NewToken { prefix, hash, name: name.into(), scopes, memberships: Vec::new(), expires_in_s: None };
        self.served.database.store.add_token(&token).await.unwrap();
        issued.text
    }

    pub async fn send_as(
        &self,
        token: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        send(&self.served.address, method, target, &all, body).await
    }

    pub async fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send_as(&self.token, method, target, headers, body).await
    }

    pub async fn post(&self, body: &Value) -> Answer {
        self.send("POST", ITEMS, &[GEOJSON], body.to_string().as_bytes()).await
    }

    pub async fn batch(&self, operations: &Value, headers: &[(&str, &str)]) -> Answer {
        let body = json!({ "operations": operations }).to_string();
        let mut all = vec![JSON];
        all.extend_from_slice(headers);
        self.send("POST", ITEMS, &all, body.as_bytes()).await
    }

    pub async fn patch(&self, id: &str, patch: &Value) -> Answer {
        self.send("PATCH", &item(id), &[PATCH], patch.to_string().as_bytes()).await
    }

    /// With the ETag of what was read.
    pub async fn put(&self, id: &str, tag: &str, feature: &Value) -> Answer {
        let headers = [GEOJSON, ("if-match", tag)];
        self.send("PUT", &item(id), &headers, feature.to_string().as_bytes()).await
    }

    pub async fn delete(&self, id: &str) -> Answer {
        self.send("DELETE", &item(id), &[], b"").await
    }

    pub async fn get(&self, target: &str) -> Answer {
        self.served.get(target).await
    }

    /// A feature as it is, and its ETag.
    pub async fn read(&self, id: &str) -> (Value, String) {
        let answer = self.get(&item(id)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer.json(), answer.header("etag").to_owned())
    }

    pub async fn ids(&self) -> Vec<String> {
        let list = self.served.json(&format!("{ITEMS}?limit=1000")).await;
        let features = list["features"].as_array().unwrap();
        features.iter().map(|feature| feature["id"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn collection(&self) -> Collection {
        self.served.database.store.collection("buildings").await.unwrap().unwrap()
    }

    pub async fn head(&self) -> i64 {
        self.collection().await.head
    }

    pub async fn rollback(&self, to: i64) {
        let rollback = Rollback { collection: "buildings".into(), to, geoid_constant_m: Some(45.5) };
        rollback.run(&self.served.database.store, Arc::new(Progress::default())).await.unwrap();
    }

    pub async fn import_again(&self) -> stadtwin::jobs::ImportReport {
        let path = self.served.folder.path().join("city.gml");
        self.served.import_with("buildings", &path, Import::default()).await
    }

    /// After rows were changed behind the server's back.
    pub async fn check_counts_after_counting(&self) {
        let store = &self.served.database.store;
        let summary = CollectionSummary::default();
        store.begin_import(&self.collection().await).await.unwrap().publish(summary).await.unwrap();
        self.check_counts().await;
    }

    /// What an edit reckons is what the store counts when nothing is reckoned.
    pub async fn check_counts(&self) {
        let reckoned = self.collection().await;
        let store = &self.served.database.store;
        store.begin_import(&reckoned).await.unwrap().publish(CollectionSummary::default()).await.unwrap();
        let counted = self.collection().await;
        let sorted = |collection: &Collection| {
            let (mut classes, mut lods, mut names) =
                (collection.classes.clone(), collection.lods.clone(), Vec::new());
            classes.sort();
            lods.sort();
            names
                .extend(collection.properties.iter().map(|property| (property.name.clone(), property.count)));
            names.sort();
            let figures = (
                collection.feature_count,
                collection.has_unplaced,
                collection.height_range,
                collection.has_faces,
                collection.valid_range.clone(),
            );
            (classes, lods, names, figures)
        };
        assert_eq!(sorted(&reckoned), sorted(&counted));
        // What is reckoned is the closer one: the store's count is the box around a box that is askew in degrees.
        let (reckoned, counted) = (reckoned.extent.unwrap(), counted.extent.unwrap());
        for side in 0..4 {
            let outwards =
                if side < 2 { reckoned[side] - counted[side] } else { counted[side] - reckoned[side] };
            assert!(outwards > -2e-5, "{reckoned:?} {counted:?}");
        }
        for feature in self.served.json(&format!("{ITEMS}?limit=1000")).await["features"].as_array().unwrap()
        {
            let mut numbers = Vec::new();
            flatten(&feature["geometry"]["coordinates"], &mut numbers);
            for position in numbers.chunks(2) {
                let within = |axis: usize| (reckoned[axis]..=reckoned[axis + 2]).contains(&position[axis]);
                assert!(within(0) && within(1), "{position:?} {reckoned:?}");
            }
        }
    }
}

fn flatten(value: &Value, numbers: &mut Vec<f64>) {
    numbers.extend(value.as_f64());
    value.as_array().into_iter().flatten().for_each(|value| flatten(value, numbers));
}

pub fn item(id: &str) -> String {
    format!("{ITEMS}/{id}")
}

/// A square of about 11 m × 7 m with this corner [°].
pub fn square(longitude: f64, latitude: f64) -> Value {
    let (east, north) = (longitude + 0.0001, latitude + 0.0001);
    json!({ "type": "Polygon", "coordinates": [[
        [longitude, latitude], [east, latitude], [east, north], [longitude, north], [longitude, latitude],
    ]] })
}

pub fn building(geometry: Value, name: &str) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": { "class": "Building", "name": name } })
}

/// The first position of a feature's outline [°].
pub fn corner(feature: &Value) -> (f64, f64) {
    let position = &feature["geometry"]["coordinates"][0][0][0];
    (position[0].as_f64().unwrap(), position[1].as_f64().unwrap())
}
