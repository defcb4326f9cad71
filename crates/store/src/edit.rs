//! What edits need besides what imports do: features as they are now, who edits, and answers kept for requests that come again.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::ewkb;
use super::{ImportSession, Store, StoreError};
use stadtwin_model::{Attributes, Collection, Place};

/// A feature at the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveFeature {
    pub key: i64,
    /// The revision that brought this state.
    pub revision: i64,
}

/// The answer to a request with a key, kept for a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// Whose key it is: the prefix of a token.
    pub owner: String,
    pub key: String,
    /// blake3 of the request.
    pub request: [u8; 32],
    pub answer: Value,
}

impl ImportSession {
    /// Those of the permanent names that live at the head.
    pub async fn live_features(&self, ids: &[String]) -> Result<HashMap<String, LiveFeature>, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT uid, id, rev_from FROM city_object
             WHERE collection = $1 AND uid = ANY($2) AND parent IS NULL AND scenario IS NULL
                AND rev_from <= $3 AND rev_to IS NULL",
        )
        .bind(self.collection.key)
        .bind(ids)
        .bind(self.collection.head)
        .fetch_all(&mut *self.session.lock().await)
        .await?;
        Ok(rows.into_iter().map(|(id, key, revision)| (id, LiveFeature { key, revision })).collect())
    }

    /// Those of the names that parts of features have at the head.
    pub async fn live_parts(&self, ids: &[String]) -> Result<HashSet<String>, StoreError> {
        let found: Vec<String> = sqlx::query_scalar(
            "SELECT uid FROM city_object
             WHERE collection = $1 AND uid = ANY($2) AND parent IS NOT NULL AND scenario IS NULL
                AND rev_from <= $3 AND rev_to IS NULL",
        )
        .bind(self.collection.key)
        .bind(ids)
        .bind(self.collection.head)
        .fetch_all(&mut *self.session.lock().await)
        .await?;
        Ok(found.into_iter().collect())
    }

    /// Notes in the revision whose edit it is.
    pub async fn set_editor(&self, name: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE revision SET edited_by = $2 WHERE number = $1")
            .bind(self.revision)
            .bind(name.replace('\0', ""))
            .execute(&mut *self.session.lock().await)
            .await?;
        Ok(())
    }

    /// Kept by the transaction that publishes: either both hold or none.
    pub fn keep_receipt(&mut self, receipt: Receipt) {
        self.receipt = Some(receipt);
    }

    /// Findings of these objects other than of these codes go on holding, although new versions of them begin: only what
    /// the codes stand for was looked for again.
    pub fn keep_findings(&mut self, objects: Vec<String>, looked_for: Vec<String>) {
        self.kept_findings = (objects, looked_for);
    }
}

impl Store {
    /// What was answered to a request with this key in the last 24 hours.
    pub async fn receipt(
        &self,
        collection: &Collection,
        owner: &str,
        key: &str,
    ) -> Result<Option<Receipt>, StoreError> {
        let found: Option<(Vec<u8>, Json<Value>)> = sqlx::query_as(
            "SELECT request, answer FROM edit_receipt
             WHERE collection = $1 AND owner = $2 AND key = $3 AND made > now() - interval '24 hours'",
        )
        .bind(collection.key)
        .bind(owner)
        .bind(key)
        .fetch_optional(&self.pool)
        .await?;
        let Some((request, Json(answer))) = found else { return Ok(None) };
        let request = request.try_into().map_err(|_| StoreError::Damaged {
            what: "a receipt",
            detail: "its hash has another length than 32 bytes".into(),
        })?;
        Ok(Some(Receipt { owner: owner.to_owned(), key: key.to_owned(), request, answer }))
    }

    /// For an edit that changed nothing and so publishes nothing; the import lock is held.
    pub async fn add_receipt(&self, collection: &Collection, receipt: &Receipt) -> Result<(), StoreError> {
        write_receipt(&mut *self.pool.acquire().await?, collection.key, receipt).await
    }

    /// Whether some feature of the class is or was in the collection.
    pub async fn has_had_class(&self, collection: &Collection, class: &str) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM city_object
                WHERE collection = $1 AND class = $2 AND parent IS NULL AND rev_from <= $3)",
        )
        .bind(collection.key)
        .bind(class)
        .bind(collection.head)
        .fetch_one(&self.pool)
        .await?;
        Ok(found)
    }

    /// What is said of attributes beside their values, as the first thousand features have it.
    pub async fn usual_qualifiers(&self, collection: &Collection) -> Result<Attributes, StoreError> {
        let said: Vec<(String, Json<Value>)> = sqlx::query_as(
            "SELECT DISTINCT ON (e.name) e.name, e.value FROM (
                SELECT qualifiers FROM city_object
                WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $2
                    AND (rev_to IS NULL OR rev_to > $2)
                LIMIT 1000
             ) AS sample, jsonb_each(sample.qualifiers) AS e (name, value)
             ORDER BY e.name",
        )
        .bind(collection.key)
        .bind(collection.head)
        .fetch_all(&self.pool)
        .await?;
        Ok(said.into_iter().map(|(name, Json(value))| (name, value)).collect())
    }

    /// The feature with heights nearest to a place within so many metres: its id and its lowest point.
    pub async fn nearest_height(
        &self,
        collection: &Collection,
        place: [f64; 2],
        within_m: f64,
    ) -> Result<Option<(String, f64)>, StoreError> {
        let mut point = Vec::new();
        ewkb::write_place(&mut point, &Place::Points(vec![place]), self.srid().await?);
        let found = sqlx::query_as(
            "SELECT uid, z_min FROM city_object
             WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $2 AND rev_to IS NULL
                AND z_min IS NOT NULL AND ST_DWithin(footprint, ST_GeomFromEWKB($3), $4)
             ORDER BY footprint <-> ST_GeomFromEWKB($3), id LIMIT 1",
        )
        .bind(collection.key)
        .bind(collection.head)
        .bind(point)
        .bind(within_m)
        .fetch_optional(&self.pool)
        .await?;
        Ok(found)
    }
}

/// Old ones go on the way.
pub(super) async fn write_receipt(
    connection: &mut PgConnection,
    collection: i32,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM edit_receipt WHERE made <= now() - interval '24 hours'")
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO edit_receipt (collection, owner, key, request, answer) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(collection)
    .bind(&receipt.owner)
    .bind(&receipt.key)
    .bind(receipt.request.as_slice())
    .bind(Json(&receipt.answer))
    .execute(connection)
    .await?;
    Ok(())
}
