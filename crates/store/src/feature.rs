//! Top-level objects as lists and one by one.

use sqlx::postgres::PgRow;
use std::collections::HashMap;

use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder, Row};

use super::bound::{Ewkb, JsonText};
use super::cell::push_cell;
use super::ewkb::{self, Footprint};
use super::filter::{Sql, push_filter};
use super::{Store, StoreError};
use stadtwin_model::{Attributes, Collection, Feature, Lod, Page, Place, RawFeature, class_by_name};
use stadtwin_query::{FeatureQuery, Interval, Overlay, Region};

/// Columns in the order of [`COLUMNS`].
pub(super) struct FeatureRow {
    id: i64,
    uid: String,
    class: String,
    source_class: Option<String>,
    attributes: JsonText,
    qualifiers: Option<JsonText>,
    footprint: Option<Ewkb>,
    z_min: Option<f64>,
    z_max: Option<f64>,
    lods: Vec<i16>,
    children: Option<Json<Attributes>>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    rev_from: i64,
    content_hash: Vec<u8>,
}

impl FromRow<'_, PgRow> for FeatureRow {
    /// By number: looking names up takes longer than reading.
    fn from_row(row: &PgRow) -> Result<FeatureRow, sqlx::Error> {
        Ok(FeatureRow {
            id: row.try_get(0)?,
            uid: row.try_get(1)?,
            class: row.try_get(2)?,
            source_class: row.try_get(3)?,
            attributes: row.try_get(4)?,
            qualifiers: row.try_get(5)?,
            footprint: row.try_get(6)?,
            z_min: row.try_get(7)?,
            z_max: row.try_get(8)?,
            lods: row.try_get(9)?,
            children: row.try_get(10)?,
            valid_from: row.try_get(11)?,
            valid_to: row.try_get(12)?,
            rev_from: row.try_get(13)?,
            content_hash: row.try_get(14)?,
        })
    }
}

impl FeatureRow {
    pub(super) fn into_raw(self) -> Result<RawFeature, StoreError> {
        let children = self.children.map_or_else(Attributes::new, |children| children.0);
        let (class, source_class) = match class_by_name(&self.class) {
            Some(class) => (class, self.source_class),
            None => (stadtwin_model::ClassId(0), Some(self.class)),
        };
        let (footprint, place) = read_outline(self.footprint.as_ref().map(|ewkb| ewkb.0.as_slice()))?;
        let feature = Feature {
            key: self.id,
            id: self.uid,
            class,
            source_class,
            attributes: Attributes::new(),
            qualifiers: Attributes::new(),
            footprint,
            place,
            heights_m: self.z_min.zip(self.z_max).map(|(min, max)| [min, max]),
            lods: self.lods.into_iter().map(|lod| Lod(lod as u8)).collect(),
            children: children
                .into_iter()
                .map(|(class, count)| (class, count.as_i64().unwrap_or(0)))
                .collect(),
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            revision: self.rev_from,
            content_hash: read_hash(&self.content_hash)?,
            ground: None,
            lineage: None,
        };
        let qualifiers = self.qualifiers.map(|qualifiers| qualifiers.0);
        Ok(RawFeature { feature, attributes: self.attributes.0, qualifiers })
    }
}

/// With its attributes.
pub(super) fn parsed(raw: RawFeature) -> Result<Feature, StoreError> {
    raw.parsed().map_err(|error| StoreError::Damaged { what: "attributes", detail: error.to_string() })
}

pub(super) fn read_outline(bytes: Option<&[u8]>) -> Result<(Footprint, Place), StoreError> {
    let Some(bytes) = bytes else {
        return Ok((Vec::new(), Place::Nothing));
    };
    ewkb::read_outline(bytes)
        .map_err(|error| StoreError::Damaged { what: "a footprint", detail: error.to_string() })
}

pub(super) fn read_hash(bytes: &[u8]) -> Result<[u8; 16], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged {
        what: "a content hash",
        detail: format!("{} bytes instead of 16", bytes.len()),
    })
}

/// What values make a filter fail at: numbers beyond all bounds, geometries that PostGIS cannot relate.
pub(super) fn of_question(query: &FeatureQuery, error: sqlx::Error) -> StoreError {
    let reason = error.as_database_error().filter(|_| query.filter.is_some()).and_then(|error| {
        let is_value = error.code().is_some_and(|code| code.starts_with("22"));
        let is_geometry = ["TopologyException", "GEOS", "IllegalArgumentException"]
            .into_iter()
            .any(|word| error.message().contains(word));
        (is_value || is_geometry).then(|| error.message().to_owned())
    });
    match reason {
        Some(reason) => StoreError::Filter(reason),
        None => StoreError::Database(error),
    }
}

/// The region's rings as a MultiPolygon.
pub(super) fn area(region: &Region, srid: u32) -> Vec<u8> {
    let polygons: Footprint = region.rings.iter().map(|ring| vec![ring.clone()]).collect();
    let mut bytes = Vec::new();
    ewkb::write_footprint(&mut bytes, &polygons, srid);
    bytes
}

/// What a feature is made of.
pub(super) const COLUMNS: &str = "id, uid, class, source_class, attributes, qualifiers, footprint, z_min, z_max, lods, children,
    to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS valid_from,
    to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS valid_to, rev_from, content_hash";

/// Appends ` FROM … WHERE …` for the features asked for. The collection is `$1`, the revision `$2`: nothing is bound
/// before. A feature without footprint, height or dates lies in every region, range and interval (OGC API Features,
/// 7.15.3 and 7.15.4).
pub(super) fn push_asked(sql: &mut Sql, query: &FeatureQuery, srid: u32) {
    let collection = &query.collection;
    match &query.overlay {
        Some(overlay) => push_planned_state(sql, collection, query.revision, overlay),
        None => push_state(sql, collection, query.revision),
    }
    let may_be_unplaced =
        collection.has_unplaced || query.revision != collection.head || query.overlay.is_some();
    match &query.region {
        Some(region) if region.rings.is_empty() => drop(sql.push(" AND footprint IS NULL")),
        Some(region) => push_area(sql, area(region, srid), may_be_unplaced),
        None => {}
    }
    if let Some([low, high]) = query.region.as_ref().and_then(|region| region.heights_m) {
        sql.push(" AND (z_max IS NULL OR z_max >= ").push_bind(low);
        sql.push(") AND (z_min IS NULL OR z_min <= ").push_bind(high).push(")");
    }
    if let Some(Interval { start, end }) = &query.datetime {
        if let Some(start) = start {
            sql.push(" AND (valid_to IS NULL OR valid_to >= ").push_bind(start.clone());
            sql.push("::text::timestamptz)");
        }
        if let Some(end) = end {
            sql.push(" AND (valid_from IS NULL OR valid_from <= ").push_bind(end.clone());
            sql.push("::text::timestamptz)");
        }
    }
    if let Some(cell) = &query.cell {
        push_cell(sql, cell, srid);
    }
    if let Some(filter) = &query.filter {
        push_filter(sql, filter, srid);
    }
}

/// Top-level objects of one state of a collection. Its partition is named, so that nothing is planned for the others.
pub(super) fn push_state(sql: &mut Sql, collection: &Collection, revision: i64) {
    sql.push(" FROM city_object_").push(collection.key).push(" AS city_object WHERE collection = ");
    sql.push_bind(collection.key).push(" AND parent IS NULL AND scenario IS NULL AND rev_from <= ");
    sql.push_bind(revision).push(" AND (rev_to IS NULL OR rev_to > $2)");
}

/// The same as a plan makes it. Both parts are read by their own indexes.
fn push_planned_state(sql: &mut Sql, collection: &Collection, revision: i64, overlay: &Overlay) {
    sql.push(" FROM (SELECT * FROM city_object WHERE collection = ").push_bind(collection.key);
    sql.push(" AND parent IS NULL AND scenario IS NULL AND rev_from <= ").push_bind(revision);
    sql.push(" AND (rev_to IS NULL OR rev_to > $2) AND id <> ALL(").push_bind(overlay.hidden.clone());
    sql.push(") UNION ALL SELECT * FROM city_object WHERE collection = ").push(collection.planned_key());
    sql.push(" AND parent IS NULL AND id = ANY(").push_bind(overlay.planned_keys());
    sql.push(")) AS city_object WHERE true");
}

fn push_area(sql: &mut Sql, area: Vec<u8>, may_be_unplaced: bool) {
    if may_be_unplaced {
        sql.push(" AND (footprint && ").push_bind(Ewkb(area.clone()));
        sql.push(" OR footprint IS NULL) AND ST_Intersects(footprint, ").push_bind(Ewkb(area));
        sql.push(") IS NOT FALSE");
    } else {
        sql.push(" AND ST_Intersects(footprint, ").push_bind(Ewkb(area)).push(")");
    }
}

/// A statement that asks for `columns` of the features of a question.
pub(super) fn asked(columns: &'static str, query: &FeatureQuery, srid: u32) -> Sql {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(columns);
    push_asked(&mut sql, query, srid);
    sql
}

impl Store {
    /// The end of a page.
    async fn asked_page(&self, columns: &'static str, query: &FeatureQuery) -> Result<Sql, StoreError> {
        let srid = self.srid().await?;
        let mut sql = asked(columns, query, srid);
        self.push_page(&mut sql, query, srid).await?;
        Ok(sql)
    }

    /// One page of the features asked for, in the order asked for, else by key.
    pub async fn features(&self, query: &FeatureQuery) -> Result<Page<Feature>, StoreError> {
        let Page { items, next } = self.raw_features(query).await?;
        Ok(Page { items: items.into_iter().map(parsed).collect::<Result<_, _>>()?, next })
    }

    /// The same with attributes as text.
    pub async fn raw_features(&self, query: &FeatureQuery) -> Result<Page<RawFeature>, StoreError> {
        let mut sql = self.asked_page(COLUMNS, query).await?;
        let rows = sql.build_query_as().fetch_all(&self.pool).await;
        self.page_of(query, rows.map_err(|error| of_question(query, error))?).await
    }

    /// A page of rows, of which there is one more where another page follows.
    pub(super) async fn page_of(
        &self,
        query: &FeatureQuery,
        mut rows: Vec<FeatureRow>,
    ) -> Result<Page<RawFeature>, StoreError> {
        let has_more = rows.len() > query.limit as usize;
        rows.truncate(query.limit as usize);
        let next = rows.last().filter(|_| has_more).map(|row| row.id);
        let mut items = rows.into_iter().map(FeatureRow::into_raw).collect::<Result<Vec<_>, _>>()?;
        self.add_ground(&query.collection, items.iter_mut().map(|raw| &mut raw.feature)).await?;
        Ok(Page { items, next })
    }

    /// The same page as keys alone, each with the number of faces behind it.
    pub async fn feature_keys(&self, query: &FeatureQuery) -> Result<Page<(i64, i32)>, StoreError> {
        let mut sql = self.asked_page("id, face_count", query).await?;
        let rows = sql.build_query_as().fetch_all(&self.pool).await;
        let mut items: Vec<(i64, i32)> = rows.map_err(|error| of_question(query, error))?;
        let has_more = items.len() > query.limit as usize;
        items.truncate(query.limit as usize);
        let next = items.last().filter(|_| has_more).map(|(key, _)| *key);
        Ok(Page { items, next })
    }

    /// How many features match, whatever the page; exact.
    pub async fn count(&self, query: &FeatureQuery) -> Result<i64, StoreError> {
        if query.is_whole() {
            return Ok(query.collection.feature_count);
        }
        let mut sql = asked("count(*)", query, self.srid().await?);
        sql.build_query_scalar().fetch_one(&self.pool).await.map_err(|error| of_question(query, error))
    }

    /// The feature with this gml:id in a revision.
    pub async fn feature(
        &self,
        collection: &Collection,
        revision: i64,
        id: &str,
    ) -> Result<Option<Feature>, StoreError> {
        self.raw_feature(collection, revision, id).await?.map(parsed).transpose()
    }

    /// The same with attributes as text.
    pub async fn raw_feature(
        &self,
        collection: &Collection,
        revision: i64,
        id: &str,
    ) -> Result<Option<RawFeature>, StoreError> {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS);
        push_state(&mut sql, collection, revision);
        sql.push(" AND uid = ").push_bind(id.to_owned()).push(" ORDER BY id LIMIT 1");
        Ok(self.read_raw(collection, sql).await?.pop())
    }

    /// The features with these gml:ids in a revision, in no order.
    pub async fn features_by_id(
        &self,
        collection: &Collection,
        revision: i64,
        ids: &[String],
    ) -> Result<Vec<Feature>, StoreError> {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS);
        push_state(&mut sql, collection, revision);
        sql.push(" AND uid = ANY(").push_bind(ids.to_vec()).push(")");
        self.read_raw(collection, sql).await?.into_iter().map(parsed).collect()
    }

    /// The rows of a statement whose columns are [`COLUMNS`], with their ground.
    pub(super) async fn read_raw(
        &self,
        collection: &Collection,
        mut sql: Sql,
    ) -> Result<Vec<RawFeature>, StoreError> {
        let rows: Vec<FeatureRow> = sql.build_query_as().fetch_all(&self.pool).await?;
        let mut features = rows.into_iter().map(FeatureRow::into_raw).collect::<Result<Vec<_>, _>>()?;
        self.add_ground(collection, features.iter_mut().map(|raw| &mut raw.feature)).await?;
        Ok(features)
    }

    /// Numbers of faces behind features, parts included, by their keys.
    pub async fn face_counts(
        &self,
        collection: &Collection,
        keys: &[i64],
    ) -> Result<HashMap<i64, i32>, StoreError> {
        let counts: Vec<(i64, i32)> = sqlx::query_as(
            "SELECT id, face_count FROM city_object WHERE collection IN ($1, $3) AND id = ANY($2)",
        )
        .bind(collection.key)
        .bind(keys)
        .bind(collection.planned_key())
        .fetch_all(&self.pool)
        .await?;
        Ok(counts.into_iter().collect())
    }

    /// The revision at which a feature that once was vanished; `None` when it lives or never was.
    pub async fn feature_ended(&self, collection: &Collection, id: &str) -> Result<Option<i64>, StoreError> {
        let ended = sqlx::query_scalar(
            "SELECT max(rev_to) FROM city_object
             WHERE collection = $1 AND uid = $2 AND parent IS NULL AND scenario IS NULL AND rev_from <= $3
             HAVING bool_and(coalesce(rev_to <= $3, false))",
        )
        .bind(collection.key)
        .bind(id)
        .bind(collection.head)
        .fetch_optional(&self.pool)
        .await?;
        Ok(ended.flatten())
    }
}
