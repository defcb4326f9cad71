//! Top-level objects as lists and one by one.

use sqlx::postgres::PgArguments;
use sqlx::types::Json;
use sqlx::{Arguments, FromRow, Postgres, QueryBuilder};

use super::cell::push_cell;
use super::ewkb::{self, Footprint};
use super::filter::push_filter;
use super::{Store, StoreError};
use stadtwin_model::{Attributes, Collection, Feature, Lod, Page, Place, class_by_name};
use stadtwin_query::{FeatureQuery, Interval, Region};

#[derive(FromRow)]
pub(super) struct FeatureRow {
    id: i64,
    uid: String,
    class: String,
    source_class: Option<String>,
    attributes: Json<Attributes>,
    qualifiers: Option<Json<Attributes>>,
    footprint: Option<Vec<u8>>,
    z_min: Option<f64>,
    z_max: Option<f64>,
    lods: Vec<i16>,
    children: Option<Json<Attributes>>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    rev_from: i64,
    content_hash: Vec<u8>,
}

impl FeatureRow {
    pub(super) fn into_feature(self) -> Result<Feature, StoreError> {
        let children = self.children.map_or_else(Attributes::new, |children| children.0);
        let (class, source_class) = match class_by_name(&self.class) {
            Some(class) => (class, self.source_class),
            None => (stadtwin_model::ClassId(0), Some(self.class)),
        };
        let (footprint, place) = read_outline(self.footprint.as_deref())?;
        Ok(Feature {
            key: self.id,
            id: self.uid,
            class,
            source_class,
            attributes: self.attributes.0,
            qualifiers: self.qualifiers.map_or_else(Attributes::new, |qualifiers| qualifiers.0),
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
        })
    }
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

/// The question's parts as the statements bind them; `None` leaves a filter out.
struct Filters {
    /// EWKB; footprints meet it or are missing.
    area: Option<Vec<u8>>,
    only_unplaced: bool,
    heights_m: [Option<f64>; 2],
    since: Option<String>,
    until: Option<String>,
}

impl Filters {
    fn of(query: &FeatureQuery, srid: u32) -> Filters {
        let heights_m = query.region.as_ref().and_then(|region| region.heights_m);
        let interval = query.datetime.clone().unwrap_or(Interval { start: None, end: None });
        Filters {
            area: query
                .region
                .as_ref()
                .filter(|region| !region.rings.is_empty())
                .map(|region| area(region, srid)),
            only_unplaced: query.region.as_ref().is_some_and(|region| region.rings.is_empty()),
            heights_m: [heights_m.map(|heights| heights[0]), heights_m.map(|heights| heights[1])],
            since: interval.start,
            until: interval.end,
        }
    }
}

/// The region's rings as a MultiPolygon.
pub(super) fn area(region: &Region, srid: u32) -> Vec<u8> {
    let polygons: Footprint = region.rings.iter().map(|ring| vec![ring.clone()]).collect();
    let mut bytes = Vec::new();
    ewkb::write_footprint(&mut bytes, &polygons, srid);
    bytes
}

/// Columns and the revision's condition, shared by the statements below.
macro_rules! select_features {
    ($rest:literal) => {
        concat!(
            "SELECT id, uid, class, source_class, attributes, qualifiers, ST_AsEWKB(footprint) AS footprint, z_min, z_max, lods,
                children, to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS valid_from,
                to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS valid_to,
                rev_from, content_hash
             FROM city_object
             WHERE collection = $1 AND parent IS NULL AND scenario IS NULL
                AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)",
            $rest
        )
    };
}

/// Absent filters are null and fold away when the statement is planned. A feature without footprint, height or dates
/// lies in every region, range and interval (OGC API Features, 7.15.3 and 7.15.4).
macro_rules! filters {
    () => {
        "
        AND ($3::bytea IS NULL OR (
            (footprint && ST_GeomFromEWKB($3) OR footprint IS NULL)
            AND ST_Intersects(footprint, ST_GeomFromEWKB($3)) IS NOT FALSE))
        AND (NOT $4::boolean OR footprint IS NULL)
        AND ($5::double precision IS NULL OR z_max IS NULL OR z_max >= $5)
        AND ($6::double precision IS NULL OR z_min IS NULL OR z_min <= $6)
        AND ($7::text IS NULL OR valid_to IS NULL OR valid_to >= $7::text::timestamptz)
        AND ($8::text IS NULL OR valid_from IS NULL OR valid_from <= $8::text::timestamptz)"
    };
}

pub(super) const FEATURES: &str = concat!(select_features!(""), filters!());

const KEYS: &str = concat!(
    "SELECT id, face_count FROM city_object
     WHERE collection = $1 AND parent IS NULL AND scenario IS NULL
        AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)",
    filters!()
);

/// The middles of footprints' boxes, up to the bracket that closes them.
pub(super) const MIDDLES: &str = concat!(
    "WITH middle AS (
     SELECT (ST_XMin(footprint) + ST_XMax(footprint)) / 2 AS x, (ST_YMin(footprint) + ST_YMax(footprint)) / 2 AS y
     FROM city_object
     WHERE collection = $1 AND parent IS NULL AND scenario IS NULL
        AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)",
    filters!()
);

const COUNT: &str = concat!(
    "SELECT count(*) FROM city_object
     WHERE collection = $1 AND parent IS NULL AND scenario IS NULL
        AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)",
    filters!()
);

/// A statement of `filters!` with the question's conditions bound.
pub(super) fn asked(
    statement: &'static str,
    query: &FeatureQuery,
    srid: u32,
) -> Result<QueryBuilder<Postgres>, StoreError> {
    let filters = Filters::of(query, srid);
    let mut arguments = PgArguments::default();
    let bound = arguments
        .add(query.collection.key)
        .and_then(|()| arguments.add(query.revision))
        .and_then(|()| arguments.add(filters.area))
        .and_then(|()| arguments.add(filters.only_unplaced))
        .and_then(|()| arguments.add(filters.heights_m[0]))
        .and_then(|()| arguments.add(filters.heights_m[1]))
        .and_then(|()| arguments.add(filters.since))
        .and_then(|()| arguments.add(filters.until));
    bound.map_err(sqlx::Error::Encode)?;
    let mut sql = QueryBuilder::with_arguments(statement, arguments);
    if let Some(cell) = &query.cell {
        push_cell(&mut sql, cell, srid);
    }
    if let Some(filter) = &query.filter {
        push_filter(&mut sql, filter, srid);
    }
    Ok(sql)
}

impl Store {
    /// The same for one page.
    async fn asked_page(
        &self,
        statement: &'static str,
        query: &FeatureQuery,
    ) -> Result<QueryBuilder<Postgres>, StoreError> {
        let srid = self.srid().await?;
        let mut sql = asked(statement, query, srid)?;
        self.push_page(&mut sql, query, srid).await?;
        Ok(sql)
    }

    /// One page of the features asked for, in the order asked for, else by key.
    pub async fn features(&self, query: &FeatureQuery) -> Result<Page<Feature>, StoreError> {
        let mut sql = self.asked_page(FEATURES, query).await?;
        let rows = sql.build_query_as().fetch_all(&self.pool).await;
        let mut rows: Vec<FeatureRow> = rows.map_err(|error| of_question(query, error))?;
        let has_more = rows.len() > query.limit as usize;
        rows.truncate(query.limit as usize);
        let next = rows.last().filter(|_| has_more).map(|row| row.id);
        let mut items = rows.into_iter().map(FeatureRow::into_feature).collect::<Result<Vec<_>, _>>()?;
        self.add_ground(&query.collection, &mut items).await?;
        Ok(Page { items, next })
    }

    /// The same page as keys alone, each with the number of faces behind it.
    pub async fn feature_keys(&self, query: &FeatureQuery) -> Result<Page<(i64, i32)>, StoreError> {
        let mut sql = self.asked_page(KEYS, query).await?;
        let rows = sql.build_query_as().fetch_all(&self.pool).await;
        let mut items: Vec<(i64, i32)> = rows.map_err(|error| of_question(query, error))?;
        let has_more = items.len() > query.limit as usize;
        items.truncate(query.limit as usize);
        let next = items.last().filter(|_| has_more).map(|(key, _)| *key);
        Ok(Page { items, next })
    }

    /// How many features match, whatever the page; exact.
    pub async fn count(&self, query: &FeatureQuery) -> Result<i64, StoreError> {
        let is_whole = query.region.is_none() && query.datetime.is_none() && query.filter.is_none();
        if is_whole && query.revision == query.collection.head {
            return Ok(query.collection.feature_count);
        }
        let mut sql = asked(COUNT, query, self.srid().await?)?;
        sql.build_query_scalar().fetch_one(&self.pool).await.map_err(|error| of_question(query, error))
    }

    /// The feature with this gml:id in a revision.
    pub async fn feature(
        &self,
        collection: &Collection,
        revision: i64,
        id: &str,
    ) -> Result<Option<Feature>, StoreError> {
        let row: Option<FeatureRow> = sqlx::query_as(select_features!(" AND uid = $3 ORDER BY id LIMIT 1"))
            .bind(collection.key)
            .bind(revision)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        let mut feature = row.map(FeatureRow::into_feature).transpose()?;
        self.add_ground(collection, feature.as_mut_slice()).await?;
        Ok(feature)
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
