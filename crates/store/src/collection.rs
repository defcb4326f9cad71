//! Collections: what there is to read.

use serde_json::json;
use sqlx::FromRow;
use sqlx::types::Json;

use super::acting::What;
use super::{Store, StoreError};
use stadtwin_model::{Collection, Lod, PropertySummary};

#[derive(FromRow)]
struct CollectionRow {
    key: i32,
    id: String,
    title: String,
    description: String,
    head: i64,
    feature_count: i64,
    extent: Option<Vec<f64>>,
    height_range: Option<Vec<f64>>,
    lods: Json<Vec<(u8, i64)>>,
    classes: Json<Vec<(String, i64)>>,
    properties: Json<Vec<PropertySummary>>,
    has_faces: bool,
    has_unplaced: bool,
    has_lineage: bool,
    ground_terrain: Option<i32>,
    ground_run: i64,
    clamp_terrain: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    updated: Option<String>,
}

impl From<CollectionRow> for Collection {
    fn from(row: CollectionRow) -> Collection {
        Collection {
            key: row.key,
            id: row.id,
            title: row.title,
            description: row.description,
            head: row.head,
            feature_count: row.feature_count,
            extent: row.extent.and_then(|extent| extent.try_into().ok()),
            height_range: row.height_range.and_then(|range| range.try_into().ok()),
            lods: row.lods.0.into_iter().map(|(lod, count)| (Lod(lod), count)).collect(),
            classes: row.classes.0,
            properties: row.properties.0,
            updated: row.updated,
            has_faces: row.has_faces,
            has_unplaced: row.has_unplaced,
            has_lineage: row.has_lineage,
            ground_terrain: row.ground_terrain,
            ground_run: row.ground_run,
            clamp_terrain: row.clamp_terrain,
            valid_range: [row.valid_from, row.valid_to],
        }
    }
}

/// Collections with all that is known of them.
macro_rules! collections {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, title, description, head, feature_count, extent, height_range, lods, classes, properties,
                has_faces, unplaced_count > 0 AS has_unplaced, has_lineage, ground_terrain, ground_run,
                (SELECT t.id FROM terrain AS t WHERE t.key = collection.clamp_terrain) AS clamp_terrain,
                to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS valid_from,
                to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS valid_to,
                to_char(updated AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS updated
             FROM collection ",
            $rest
        )
    };
}

impl Store {
    /// All collections that have been published, in the order of their making.
    pub async fn collections(&self) -> Result<Vec<Collection>, StoreError> {
        let all = self.all_collections().await?;
        Ok(all.into_iter().filter(|collection| collection.head > 0).collect())
    }

    pub(super) async fn all_collections(&self) -> Result<Vec<Collection>, StoreError> {
        let rows: Vec<CollectionRow> =
            sqlx::query_as(collections!("ORDER BY key")).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(Collection::from).collect())
    }

    pub async fn collection(&self, id: &str) -> Result<Option<Collection>, StoreError> {
        let row: Option<CollectionRow> =
            sqlx::query_as(collections!("WHERE id = $1")).bind(id).fetch_optional(&self.pool).await?;
        Ok(row.map(Collection::from))
    }

    /// Attributes with the one unit that the files give for them, by a thousand features.
    pub async fn attribute_units(
        &self,
        collection: &Collection,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let units = sqlx::query_as(
            "SELECT name, min(uom) FROM (
                SELECT e.name, e.value ->> 'uom' AS uom
                FROM (
                    SELECT qualifiers FROM city_object
                    WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $2
                        AND (rev_to IS NULL OR rev_to > $2)
                    LIMIT 1000
                ) AS sample, jsonb_each(sample.qualifiers) AS e (name, value)
                WHERE jsonb_typeof(e.value) = 'object'
             ) AS units
             WHERE uom IS NOT NULL GROUP BY name HAVING count(DISTINCT uom) = 1",
        )
        .bind(collection.key)
        .bind(collection.head)
        .fetch_all(&self.pool)
        .await?;
        Ok(units)
    }

    /// Attributes with the one codeSpace that the files give for their codes, by a thousand features.
    pub async fn attribute_code_spaces(
        &self,
        collection: &Collection,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let spaces = sqlx::query_as(
            "SELECT name, min(space) FROM (
                SELECT e.name, e.value ->> 'codeSpace' AS space
                FROM (
                    SELECT qualifiers FROM city_object
                    WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $2
                        AND (rev_to IS NULL OR rev_to > $2)
                    LIMIT 1000
                ) AS sample, jsonb_each(sample.qualifiers) AS e (name, value)
                WHERE jsonb_typeof(e.value) = 'object'
             ) AS spaces
             WHERE space IS NOT NULL GROUP BY name HAVING count(DISTINCT space) = 1",
        )
        .bind(collection.key)
        .bind(collection.head)
        .fetch_all(&self.pool)
        .await?;
        Ok(spaces)
    }

    /// Makes the collection; its partitions come with its first revision. Where it exists, only a title or description that is not empty
    /// replaces the old one.
    pub async fn create_collection(
        &self,
        id: &str,
        title: &str,
        description: &str,
    ) -> Result<Collection, StoreError> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if id.is_empty() || !id.bytes().all(is_name) {
            return Err(StoreError::CollectionName(id.to_owned()));
        }
        // Nobody waits who has nothing to change: the row is held while somebody publishes.
        let made = sqlx::query(
            "INSERT INTO collection (id, title, description) VALUES ($1, coalesce(nullif($2, ''), $1), $3)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(title)
        .bind(description)
        .execute(&self.pool)
        .await?;
        if made.rows_affected() == 0 {
            let mut change = self.change().await?;
            let told = sqlx::query(
                "UPDATE collection SET title = coalesce(nullif($2, ''), title), description = coalesce(nullif($3, ''), description)
                 WHERE id = $1 AND ($2 NOT IN ('', title) OR $3 NOT IN ('', description))",
            )
            .bind(id)
            .bind(title)
            .bind(description)
            .execute(&mut *change)
            .await?;
            if told.rows_affected() == 1 {
                let details = json!({ "title": title, "description": description });
                change
                    .commit(What::of("collection.described", format!("/collections/{id}")).with(details))
                    .await?;
            }
        }
        self.forget_catalogue();
        self.collection(id).await?.ok_or_else(|| StoreError::NoCollection(id.to_owned()))
    }

    /// Refreshes what the planner knows of the collection's rows; to be called after many were written.
    pub async fn analyze_collection(&self, collection: &Collection) -> Result<(), StoreError> {
        sqlx::query("SELECT analyze_collection($1)").bind(collection.key).execute(&self.pool).await?;
        Ok(())
    }

    /// Removes the collection with everything in it; refused while an import into it runs.
    pub async fn drop_collection(&self, id: &str) -> Result<(), StoreError> {
        let collection = self.collection(id).await?.ok_or_else(|| StoreError::NoCollection(id.to_owned()))?;
        let mut connection = self.lock_collection(&collection).await?;
        let mut change = self.change_on(&mut connection).await?;
        sqlx::query("SELECT drop_collection_partitions($1)")
            .bind(collection.key)
            .execute(&mut *change)
            .await?;
        sqlx::query("DELETE FROM collection WHERE key = $1")
            .bind(collection.key)
            .execute(&mut *change)
            .await?;
        match collection.head {
            // Nobody has ever seen it.
            0 => change.commit_unseen().await?,
            _ => change.commit(What::of("collection.removed", format!("/collections/{id}"))).await?,
        }
        self.forget_catalogue();
        Ok(())
    }
}
