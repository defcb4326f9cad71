//! A page together with the number of all features that match.

use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder, Row};

use super::feature::{COLUMNS, FeatureRow, of_question, push_asked};
use super::filter::Sql;
use super::{Store, StoreError};
use stadtwin_model::{Matched, Page, RawFeature};
use stadtwin_query::FeatureQuery;

/// Features counted for an answer; of more the number is estimated.
const MOST_COUNTED: i64 = 10_000;

impl Store {
    /// One page of the features asked for with the number of all: one statement as a rule.
    pub async fn counted_features(
        &self,
        query: &FeatureQuery,
    ) -> Result<(Page<RawFeature>, Matched), StoreError> {
        if query.is_whole() {
            let page = self.raw_features(query).await?;
            return Ok((page, Matched::Exactly(query.collection.feature_count)));
        }
        if !query.sort.is_empty() {
            return tokio::try_join!(self.raw_features(query), self.matched(query));
        }
        let (rows, counted) = self.counted_rows(query).await?;
        match counted {
            Some(count) if count <= MOST_COUNTED => {
                Ok((self.page_of(query, rows).await?, Matched::Exactly(count)))
            }
            // Behind the last one, or too many: where hits are frequent, a page is soon full by key.
            _ => tokio::try_join!(self.raw_features(query), self.matched(query)),
        }
    }

    /// The rows of a page, found among all that match; no count where there is no row to carry it.
    async fn counted_rows(&self, query: &FeatureQuery) -> Result<(Vec<FeatureRow>, Option<i64>), StoreError> {
        let srid = self.srid().await?;
        let mut sql: Sql = QueryBuilder::new("WITH hit AS MATERIALIZED (SELECT id");
        push_asked(&mut sql, query, srid);
        sql.push(" LIMIT ").push_bind(MOST_COUNTED + 1).push(") SELECT ").push(COLUMNS);
        sql.push(", (SELECT count(*) FROM hit) AS hits FROM city_object WHERE collection IN (");
        sql.push(query.collection.key);
        if query.overlay.is_some() {
            sql.push(", ").push(query.collection.planned_key());
        }
        sql.push(") AND id = ANY(ARRAY(SELECT id FROM hit WHERE id > ");
        sql.push_bind(query.after.unwrap_or(0)).push(" ORDER BY id LIMIT ");
        sql.push_bind(i64::from(query.limit) + 1).push(")) ORDER BY id");
        let rows = sql.build().fetch_all(&self.pool).await;
        let rows = rows.map_err(|error| of_question(query, error))?;
        let counted = rows.first().map(|row| row.try_get("hits")).transpose()?;
        let is_empty = counted.is_none() && query.after.is_none();
        let rows = rows.iter().map(FeatureRow::from_row).collect::<Result<_, _>>()?;
        Ok((rows, if is_empty { Some(0) } else { counted }))
    }

    /// How many features match, whatever the page; beyond a bound what the planner expects.
    pub async fn matched(&self, query: &FeatureQuery) -> Result<Matched, StoreError> {
        if query.is_whole() {
            return Ok(Matched::Exactly(query.collection.feature_count));
        }
        let srid = self.srid().await?;
        let mut sql: Sql = QueryBuilder::new("SELECT count(*) FROM (SELECT");
        push_asked(&mut sql, query, srid);
        sql.push(" LIMIT ").push_bind(MOST_COUNTED + 1).push(") AS hit");
        let counted: Result<i64, _> = sql.build_query_scalar().fetch_one(&self.pool).await;
        match counted.map_err(|error| of_question(query, error))? {
            count if count <= MOST_COUNTED => Ok(Matched::Exactly(count)),
            _ => Ok(Matched::About(self.expected(query, srid).await?)),
        }
    }

    async fn expected(&self, query: &FeatureQuery, srid: u32) -> Result<i64, StoreError> {
        let mut sql: Sql = QueryBuilder::new("EXPLAIN (FORMAT JSON) SELECT id");
        push_asked(&mut sql, query, srid);
        let Json(plan): Json<serde_json::Value> = sql.build_query_scalar().fetch_one(&self.pool).await?;
        let rows = plan[0]["Plan"]["Plan Rows"].as_i64().unwrap_or_default();
        // At least so many were counted.
        Ok(rows.max(MOST_COUNTED + 1))
    }
}
