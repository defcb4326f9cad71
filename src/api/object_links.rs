//! Links between objects as the API shows them, in both directions.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::ApiError;
use super::links::segment;
use super::negotiate::Language;
use super::table::{Cell, Table, cell, linked};
use stadtwin_model::{Collection, Feature};
use stadtwin_store::FollowedLink;

/// Links shown of one feature in each direction.
const SHOWN: i64 = 1_000;

/// What a feature links to, and what links to it.
pub struct Related {
    out: Vec<FollowedLink>,
    into: Vec<FollowedLink>,
}

impl Related {
    pub async fn of(call: &Call, collection: &Collection, feature: &Feature) -> Result<Related, ApiError> {
        let store = &call.state.store;
        if !store.catalogue().await?.has_links {
            return Ok(Related { out: Vec::new(), into: Vec::new() });
        }
        let (out, into) = tokio::try_join!(
            store.links_of(collection, feature, SHOWN),
            store.links_to(collection, feature, SHOWN)
        )?;
        Ok(Related { out, into })
    }

    pub fn is_empty(&self) -> bool {
        self.out.is_empty() && self.into.is_empty()
    }

    /// `href` stands where there is a feature at the other end; `link` is what the file says.
    pub fn to_json(&self, call: &Call) -> Value {
        let one = |link: &FollowedLink, direction: &str| {
            let mut document = Map::new();
            document.insert("direction".to_owned(), direction.into());
            document.insert("relation".to_owned(), link.relation.as_str().into());
            for (name, value) in [("role", &link.role), ("part", &link.part)] {
                if let Some(value) = value {
                    document.insert(name.to_owned(), value.as_str().into());
                }
            }
            document.insert("link".to_owned(), link.href.as_str().into());
            if let Some((collection, feature)) = target(link) {
                document.insert("collection".to_owned(), collection.into());
                document.insert("id".to_owned(), feature.into());
                document.insert("href".to_owned(), call.base.to(&path(collection, feature)).into());
            }
            Value::Object(document)
        };
        let all =
            self.out.iter().map(|link| one(link, "to")).chain(self.into.iter().map(|link| one(link, "from")));
        json!(all.collect::<Vec<_>>())
    }

    pub fn to_table(&self, call: &Call) -> Table {
        let german = call.language == Language::German;
        let word = |english: &'static str, other: &'static str| if german { other } else { english };
        let row = |link: &FollowedLink, direction: &str| -> Vec<Cell> {
            let relation = match &link.role {
                Some(role) => format!("{} ({role})", link.relation),
                None => link.relation.clone(),
            };
            let end = match target(link) {
                Some((collection, feature)) => {
                    linked(feature, format!("{}{}?f=html", call.base.prefix(), path(collection, feature)))
                }
                None => cell(&link.href),
            };
            vec![cell(direction), cell(relation), end]
        };
        let to = self.out.iter().map(|link| row(link, word("to", "zu")));
        let from = self.into.iter().map(|link| row(link, word("from", "von")));
        Table {
            caption: word("Related objects", "Verbundene Objekte"),
            columns: vec![
                word("Direction", "Richtung"),
                word("Relation", "Beziehung"),
                word("Object", "Objekt"),
            ],
            rows: to.chain(from).collect(),
        }
    }
}

fn target(link: &FollowedLink) -> Option<(&str, &str)> {
    link.collection.as_deref().zip(link.feature.as_deref())
}

fn path(collection: &str, feature: &str) -> String {
    format!("/collections/{}/items/{}", segment(collection), segment(feature))
}
