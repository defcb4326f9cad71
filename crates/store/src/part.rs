//! Objects below the top level, and the top-level objects that hold what a class of parts or surfaces asks for.

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, FromRow, Postgres, QueryBuilder};

use super::feature::{area, of_question};
use super::filter::push_filter;
use super::{Store, StoreError};
use stadtwin_model::{Collection, Page};
use stadtwin_query::FeatureQuery;

/// A part in the list of its class.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PartRow {
    pub key: i64,
    /// `Feature::key` of the top-level object.
    pub root: i64,
    pub uid: String,
}

/// Objects of a revision that may have something in a region: `$1` collection, `$2` revision, `$3` area as EWKB, `$4` and
/// `$5` heights. Parts have no outline of their own: that of the whole stands for it, as far as things stick out of it.
macro_rules! near {
    ($outline:literal) => {
        concat!(
            " AND scenario IS NULL AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)
              AND ($3::bytea IS NULL OR ", $outline, ")
              AND ($4::double precision IS NULL OR z_max >= $4) AND ($5::double precision IS NULL OR z_min <= $5)"
        )
    };
}

/// Those without the hidden wholes `$6`, and the planned wholes `$7` of `$8` wherever they are: they are few. `$root` is the
/// column with the key of the whole.
macro_rules! planned {
    ($columns:literal, $kind:literal, $root:literal, $near:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM (SELECT * FROM city_object WHERE collection = $1 AND ",
            $kind,
            $near,
            " AND ",
            $root,
            " <> ALL($6::bigint[])
              UNION ALL SELECT * FROM city_object WHERE collection = $8 AND ",
            $kind,
            " AND ",
            $root,
            " = ANY($7::bigint[])) AS city_object WHERE true"
        )
    };
}
macro_rules! near_whole {
    () => {
        near!(
            "EXISTS (SELECT FROM city_object AS whole WHERE whole.collection = $1 AND whole.id = city_object.root
                AND whole.footprint && ST_Expand(ST_GeomFromEWKB($3),
                    (SELECT coalesce(reach_m, 1000000) FROM collection WHERE key = $1)))"
        )
    };
}
macro_rules! near_itself {
    () => {
        near!(
            "footprint && ST_Expand(ST_GeomFromEWKB($3),
                (SELECT coalesce(reach_m, 1000000) FROM collection WHERE key = $1))"
        )
    };
}

/// A statement on a revision, and the same on what a scenario makes of it.
type Statements = [&'static str; 2];
const PARTS: Statements = [
    concat!(
        "SELECT id AS key, root, uid FROM city_object WHERE collection = $1 AND parent IS NOT NULL",
        near_whole!()
    ),
    planned!("id AS key, root, uid", "parent IS NOT NULL", "root", near_whole!()),
];
const COUNT: Statements = [
    concat!("SELECT count(*) FROM city_object WHERE collection = $1 AND parent IS NOT NULL", near!("false")),
    planned!("count(*)", "parent IS NOT NULL", "root", near!("false")),
];
const WHOLES: Statements = [
    concat!(
        "SELECT id, face_count FROM city_object WHERE collection = $1 AND parent IS NULL AND face_count > 0",
        near_itself!()
    ),
    planned!("id, face_count", "parent IS NULL AND face_count > 0", "id", near_itself!()),
];

impl Store {
    /// The key of the top-level object that holds a part with this gml:id in a revision.
    pub async fn part_root(
        &self,
        collection: &Collection,
        revision: i64,
        uid: &str,
    ) -> Result<Option<i64>, StoreError> {
        let root = sqlx::query_scalar(
            "SELECT root FROM city_object WHERE collection = $1 AND uid = $2 AND parent IS NOT NULL AND scenario IS NULL
                AND rev_from <= $3 AND (rev_to IS NULL OR rev_to > $3)
             ORDER BY id LIMIT 1",
        )
        .bind(collection.key)
        .bind(uid)
        .bind(revision)
        .fetch_optional(&self.pool)
        .await?;
        Ok(root)
    }

    /// The same among the parts of planned objects, by the keys of their wholes.
    pub async fn planned_part_root(
        &self,
        collection: &Collection,
        planned: &[i64],
        uid: &str,
    ) -> Result<Option<i64>, StoreError> {
        let root = sqlx::query_scalar(
            "SELECT root FROM city_object WHERE collection = $1 AND root = ANY($2) AND uid = $3 AND parent IS NOT NULL
             ORDER BY id LIMIT 1",
        )
        .bind(collection.planned_key())
        .bind(planned)
        .bind(uid)
        .fetch_optional(&self.pool)
        .await?;
        Ok(root)
    }

    /// Parts of a class, by key; with a region those whose whole is near to it.
    pub async fn parts(&self, query: &FeatureQuery, class: &str) -> Result<Page<PartRow>, StoreError> {
        let mut sql = asked(PARTS, query, self.srid().await?)?;
        sql.push(" AND class = ").push_bind(class.to_owned());
        self.push_filter_of(&mut sql, query).await?;
        push_page(&mut sql, query);
        let rows = sql.build_query_as().fetch_all(&self.pool).await;
        let rows: Vec<PartRow> = rows.map_err(|error| of_question(query, error))?;
        Ok(cut(rows, query.limit, |row| row.key))
    }

    /// How many parts of a class match, whatever the page; the region does not count.
    pub async fn part_count(&self, query: &FeatureQuery, class: &str) -> Result<i64, StoreError> {
        let everywhere = FeatureQuery { region: None, ..query.clone() };
        let mut sql = asked(COUNT, &everywhere, self.srid().await?)?;
        sql.push(" AND class = ").push_bind(class.to_owned());
        self.push_filter_of(&mut sql, query).await?;
        sql.build_query_scalar().fetch_one(&self.pool).await.map_err(|error| of_question(query, error))
    }

    /// Keys of top-level objects with faces, each with the number of them; the filter does not count.
    pub async fn faced_keys(&self, query: &FeatureQuery) -> Result<Page<(i64, i32)>, StoreError> {
        let mut sql = asked(WHOLES, query, self.srid().await?)?;
        push_page(&mut sql, query);
        let rows: Vec<(i64, i32)> = sql.build_query_as().fetch_all(&self.pool).await?;
        Ok(cut(rows, query.limit, |(key, _)| *key))
    }

    async fn push_filter_of(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        query: &FeatureQuery,
    ) -> Result<(), StoreError> {
        if let Some(filter) = &query.filter {
            push_filter(sql, filter, self.srid().await?);
        }
        Ok(())
    }
}

fn asked(
    [plain, planned]: Statements,
    query: &FeatureQuery,
    srid: u32,
) -> Result<QueryBuilder<Postgres>, StoreError> {
    let region = query.region.as_ref();
    let heights_m = region.and_then(|region| region.heights_m);
    let mut arguments = PgArguments::default();
    let bound = arguments
        .add(query.collection.key)
        .and_then(|()| arguments.add(query.revision))
        .and_then(|()| arguments.add(region.map(|region| area(region, srid))))
        .and_then(|()| arguments.add(heights_m.map(|heights| heights[0])))
        .and_then(|()| arguments.add(heights_m.map(|heights| heights[1])));
    bound.map_err(sqlx::Error::Encode)?;
    let Some(overlay) = &query.overlay else { return Ok(QueryBuilder::with_arguments(plain, arguments)) };
    let bound = arguments
        .add(&overlay.hidden)
        .and_then(|()| arguments.add(overlay.planned_keys()))
        .and_then(|()| arguments.add(query.collection.planned_key()));
    bound.map_err(sqlx::Error::Encode)?;
    Ok(QueryBuilder::with_arguments(planned, arguments))
}

/// One more than asked for, which tells whether there is a next page.
fn push_page(sql: &mut QueryBuilder<Postgres>, query: &FeatureQuery) {
    sql.push(" AND id > ").push_bind(query.after.unwrap_or(0));
    sql.push(" ORDER BY id LIMIT ").push_bind(i64::from(query.limit) + 1);
}

fn cut<T>(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> i64) -> Page<T> {
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| has_more).map(key);
    Page { items, next }
}
