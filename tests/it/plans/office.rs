//! Two municipalities, a city of two houses, and people in both.

use serde_json::{Value, json};
use stadtwin::access::{Role, issue_token};
use stadtwin::model::{Organization, OrganizationKind};
use stadtwin::store::NewToken;

use crate::http::{Answer, send};
use crate::support::houses;
use crate::support::served::{Served, citygml};

pub const ITEMS: &str = "/collections/buildings/items";
const JSON: (&str, &str) = ("content-type", "application/json");
/// Storage coordinates in bodies.
const GRID: (&str, &str) = ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/25832>");

/// South-west corners of the two houses of the city (`houses::gable`).
pub const B1: [f64; 2] = [696700.0, 5347400.0];
pub const B2: [f64; 2] = [696740.0, 5347400.0];

pub struct Office {
    pub served: Served,
    pub planner: String,
    pub lead: String,
    pub publisher: String,
    /// Of the other municipality.
    pub neighbour: String,
}

impl Office {
    pub async fn open() -> Office {
        let served = Served::start().await;
        let text = houses_of(&[houses::gable("B1", B1, false), houses::gable("B2", B2, false)]);
        let path = served.write("city.gml", &text);
        served.import("buildings", &path).await;
        Office::set_up(served).await
    }

    /// The same over whatever city there is.
    pub async fn set_up(served: Served) -> Office {
        for id in ["garching", "ismaning"] {
            let organization = Organization {
                id: id.to_owned(),
                name: id.to_owned(),
                kind: OrganizationKind::Municipality,
                ags: None,
                parent: None,
                boundary: None,
            };
            served.database.store.keep_organization(&organization).await.unwrap();
        }
        let planner = token(&served, "garching", Role::Planner).await;
        let lead = token(&served, "garching", Role::Lead).await;
        let publisher = token(&served, "garching", Role::Publisher).await;
        let neighbour = token(&served, "ismaning", Role::Lead).await;
        let office = Office { served, planner, lead, publisher, neighbour };
        let project = json!({ "id": "p", "title": "Schleißheimer Straße", "owners": ["garching"] });
        office.made(&office.planner, "/projects", &project).await;
        office
    }

    pub async fn send(
        &self,
        token: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut all = if token.is_empty() { Vec::new() } else { vec![("authorization", bearer.as_str())] };
        all.extend_from_slice(headers);
        send(&self.served.address, method, target, &all, body).await
    }

    pub async fn get(&self, token: &str, target: &str) -> Answer {
        self.send(token, "GET", target, &[], b"").await
    }

    /// Posts what is answered with 201.
    pub async fn made(&self, token: &str, target: &str, body: &Value) -> Value {
        let answer = self.send(token, "POST", target, &[JSON], body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 201, "{target}: {}", answer.text());
        answer.json()
    }

    /// A scenario of the project on the city as it is, or on another.
    pub async fn scenario(&self, id: &str, parent: Option<&str>) {
        let body = json!({ "id": id, "title": id, "visibility": "public", "parent": parent });
        self.made(&self.planner, "/projects/p/scenarios", &body).await;
    }

    /// The ETag of a scenario as the planner reads it.
    pub async fn tag(&self, id: &str) -> String {
        let answer = self.get(&self.planner, &format!("/scenarios/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("etag").to_owned()
    }

    /// A batch on the newest version, in storage coordinates.
    pub async fn batch(&self, id: &str, operations: Value) -> Answer {
        let tag = self.tag(id).await;
        self.batch_with(&self.planner, id, operations, &[("if-match", &tag)]).await
    }

    pub async fn batch_with(
        &self,
        token: &str,
        id: &str,
        operations: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = json!({ "operations": operations }).to_string();
        let mut all = vec![JSON, GRID];
        all.extend_from_slice(headers);
        self.send(token, "POST", &format!("/scenarios/{id}/operations"), &all, body.as_bytes()).await
    }

    /// A batch that goes through; the names of what it brought.
    pub async fn does(&self, id: &str, operations: Value) -> Vec<String> {
        let answer = self.batch(id, operations).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let report = answer.json();
        let results = report["results"].as_array().unwrap();
        let made = results.iter().flat_map(|result| result["made"].as_array().unwrap());
        made.map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    /// A way from one state into another.
    pub async fn go(&self, token: &str, id: &str, way: &str) -> Answer {
        self.send(token, "POST", &format!("/scenarios/{id}/{way}"), &[], b"").await
    }

    /// To the public.
    pub async fn publish(&self, id: &str) {
        for (token, way) in [(&self.lead, "submit"), (&self.lead, "approve"), (&self.publisher, "publish")] {
            let answer = self.go(token, id, way).await;
            assert_eq!(answer.status, 200, "{way}: {}", answer.text());
        }
    }

    /// Ids of the buildings with these query parameters, in order.
    pub async fn ids(&self, token: &str, query: &str) -> Vec<String> {
        let answer = self.get(token, &format!("{ITEMS}?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let document = answer.json();
        assert_eq!(document["numberMatched"], document["numberReturned"], "{query}");
        let mut ids: Vec<String> = document["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|feature| feature["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    }
}

/// A box `[west, south, width, depth]` of the storage CRS.
pub fn footprint([x, y, width, depth]: [f64; 4]) -> Value {
    let ring = [[x, y], [x + width, y], [x + width, y + depth], [x, y + depth], [x, y]];
    json!({ "type": "Polygon", "coordinates": [ring] })
}

/// A drawn building with a flat roof on 480 m.
pub fn extrude(id: &str, place: [f64; 4], height: f64) -> Value {
    json!({
        "op": "extrude", "collection": "buildings", "id": id, "footprint": footprint(place), "base": 480.0,
        "height": height,
    })
}

pub fn remove(id: &str) -> Value {
    json!({ "op": "remove", "collection": "buildings", "target": id })
}

pub fn modify(id: &str, properties: Value) -> Value {
    json!({ "op": "modify", "collection": "buildings", "target": id, "properties": properties })
}

pub fn houses_of(members: &[String]) -> String {
    citygml(&members.concat())
}

pub async fn token(served: &Served, organization: &str, role: Role) -> String {
    let issued = issue_token().unwrap();
    let new = NewToken {
        prefix: issued.prefix,
        hash: issued.hash,
        name: format!("{role} of {organization}"),
        scopes: Vec::new(),
        memberships: vec![(organization.to_owned(), role.to_string())],
        expires_in_s: None,
    };
    served.database.store.add_token(&new).await.unwrap();
    issued.text
}
