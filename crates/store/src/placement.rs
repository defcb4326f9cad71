//! Where features are, for a directory in memory, and features by their keys.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Row};

use super::feature::{COLUMNS, of_question, push_state};
use super::filter::{Sql, Writer, push_filter};
use super::{Store, StoreError};
use stadtwin_directory::{Place, Placement};
use stadtwin_model::{Collection, RawFeature};
use stadtwin_query::{FeatureQuery, Term};

/// Read by number.
const PLACEMENT: &str = "SELECT id, uid, footprint IS NULL, ST_XMin(footprint), ST_YMin(footprint), ST_XMax(footprint), ST_YMax(footprint)";

/// Rows read in one go.
const AT_A_TIME: i64 = 20_000;

/// Longer texts are no values that filters are made for [characters].
const LONGEST_VALUE: usize = 200;

fn placement(row: &sqlx::postgres::PgRow) -> Result<Placement, sqlx::Error> {
    let bound = |at: usize| row.try_get::<Option<f64>, _>(at);
    let place = match (row.try_get(2)?, bound(3)?, bound(4)?, bound(5)?, bound(6)?) {
        (true, ..) => Place::Everywhere,
        (false, Some(west), Some(south), Some(east), Some(north)) => {
            Place::Within([west, south, east, north])
        }
        (false, ..) => Place::Nowhere,
    };
    Ok(Placement { key: row.try_get(0)?, id: row.try_get(1)?, place })
}

impl Store {
    /// Where all top-level objects of the collection's head are.
    pub async fn placements(&self, collection: &Collection) -> Result<Vec<Placement>, StoreError> {
        self.begun_since(collection, 0).await
    }

    /// What ended behind a revision up to the head, by key, and where what began is.
    pub async fn placements_since(
        &self,
        collection: &Collection,
        revision: i64,
    ) -> Result<(Vec<i64>, Vec<Placement>), StoreError> {
        let mut ended: Sql = QueryBuilder::new("SELECT id FROM city_object_");
        ended.push(collection.key).push(" WHERE collection = ").push_bind(collection.key);
        ended.push(" AND parent IS NULL AND scenario IS NULL AND rev_to > ").push_bind(revision);
        ended.push(" AND rev_to <= ").push_bind(collection.head);
        let ended = ended.build_query_scalar().fetch_all(&self.pool).await?;
        Ok((ended, self.begun_since(collection, revision).await?))
    }

    /// Objects of the head that began behind a revision, a bounded number of rows at a time.
    async fn begun_since(
        &self,
        collection: &Collection,
        revision: i64,
    ) -> Result<Vec<Placement>, StoreError> {
        let mut found: Vec<Placement> = Vec::new();
        loop {
            let mut sql: Sql = QueryBuilder::new(PLACEMENT);
            push_state(&mut sql, collection, collection.head);
            if revision > 0 {
                sql.push(" AND rev_from > ").push_bind(revision);
            }
            sql.push(" AND id > ").push_bind(found.last().map_or(0, |last| last.key));
            sql.push(" ORDER BY id LIMIT ").push_bind(AT_A_TIME);
            let rows = sql.build().fetch_all(&self.pool).await?;
            for row in &rows {
                found.push(placement(row)?);
            }
            if (rows.len() as i64) < AT_A_TIME {
                return Ok(found);
            }
        }
    }

    /// Features by their keys, in no order, whatever revision they are of; without those that are not there. Their
    /// attributes are text.
    pub async fn features_by_key(
        &self,
        collection: &Collection,
        keys: Vec<i64>,
    ) -> Result<Vec<RawFeature>, StoreError> {
        let mut sql: Sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM city_object_").push(collection.key).push(" WHERE collection = ");
        sql.push_bind(collection.key).push(" AND id = ANY(").push_bind(keys.clone()).push(")");
        let mut found = self.read_raw(collection, sql).await?;
        if found.len() < keys.len() {
            // Keys are those of one row in the whole twin: what is not in the collection may be planned for it.
            let mut sql: Sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM city_object WHERE collection = ").push(collection.planned_key());
            sql.push(" AND id = ANY(").push_bind(keys).push(")");
            found.extend(self.read_raw(collection, sql).await?);
        }
        Ok(found)
    }

    /// Those of the keys whose features the question's filter selects, ascending; nothing else of the question counts.
    pub async fn filtered_keys(&self, query: &FeatureQuery, keys: Vec<i64>) -> Result<Vec<i64>, StoreError> {
        let Some(filter) = &query.filter else { return Ok(keys) };
        let mut sql: Sql = QueryBuilder::new("SELECT id");
        push_state(&mut sql, &query.collection, query.revision);
        sql.push(" AND id = ANY(").push_bind(keys).push(")");
        push_filter(&mut sql, filter, self.srid().await?);
        sql.push(" ORDER BY id");
        sql.build_query_scalar().fetch_all(&self.pool).await.map_err(|error| of_question(query, error))
    }

    /// What a term comes to for top-level objects of the collection's head, as text, by key, without nulls: for those of the
    /// keys, or for all. `None` where a value is too long or all together are more than `most_bytes`.
    pub async fn values(
        &self,
        collection: &Collection,
        term: &Term,
        keys: Option<&[i64]>,
        most_bytes: usize,
    ) -> Result<Option<HashMap<i64, String>>, StoreError> {
        let (mut found, mut bytes, mut last) = (HashMap::new(), 0, 0);
        loop {
            let mut sql = self.values_behind(collection, term, keys, last).await?;
            sql.push(" ORDER BY id LIMIT ").push_bind(AT_A_TIME);
            let rows: Vec<(i64, Option<String>)> = sql.build_query_as().fetch_all(&self.pool).await?;
            let is_last = (rows.len() as i64) < AT_A_TIME;
            last = rows.last().map_or(last, |(key, _)| *key);
            for (key, value) in rows {
                let Some(value) = value else { continue };
                bytes += value.len();
                if value.chars().count() > LONGEST_VALUE || bytes > most_bytes {
                    return Ok(None);
                }
                found.insert(key, value);
            }
            if is_last {
                return Ok(Some(found));
            }
        }
    }

    async fn values_behind(
        &self,
        collection: &Collection,
        term: &Term,
        keys: Option<&[i64]>,
        key: i64,
    ) -> Result<Sql, StoreError> {
        let mut sql: Sql = QueryBuilder::new("SELECT id, left((");
        Writer::new(&mut sql, self.srid().await?).term(term);
        sql.push(")::text, ").push(LONGEST_VALUE + 1).push(") FROM city_object_").push(collection.key);
        sql.push(" AS city_object WHERE collection = ").push_bind(collection.key);
        sql.push(" AND parent IS NULL AND scenario IS NULL AND rev_from <= ").push_bind(collection.head);
        sql.push(" AND (rev_to IS NULL OR rev_to > ").push_bind(collection.head).push(")");
        if let Some(keys) = keys {
            sql.push(" AND id = ANY(").push_bind(keys.to_vec()).push(")");
        }
        sql.push(" AND id > ").push_bind(key);
        Ok(sql)
    }
}
