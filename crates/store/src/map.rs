//! Features for flat map tiles: those that are large enough to be seen.

use sqlx::QueryBuilder;

use super::feature::{COLUMNS, FeatureRow, of_question, push_asked};
use super::filter::Sql;
use super::{Store, StoreError};
use stadtwin_model::RawFeature;
use stadtwin_query::FeatureQuery;

/// How often the least size is raised before a tile is given up as too full.
const RAISES: u32 = 8;
/// Attributes picked one by one; where more are wanted, all are read.
const MOST_PICKED: usize = 20;

/// What stands before the attributes and behind them, in the order of [`COLUMNS`].
const BEFORE: &str = "id, uid, class, source_class";
const BEHIND: &str = ", NULL::jsonb AS qualifiers, footprint, z_min, z_max, lods, children, valid_from, valid_to, rev_from, content_hash";

/// Features with a place that are large enough, one more than the question's limit.
fn push_large(sql: &mut Sql, query: &FeatureQuery, srid: u32, least_m: f64) {
    push_asked(sql, query, srid);
    sql.push(
        " AND footprint IS NOT NULL AND (ST_Dimension(footprint) < 2
            OR greatest(ST_XMax(footprint) - ST_XMin(footprint), ST_YMax(footprint) - ST_YMin(footprint)) >= ",
    );
    sql.push_bind(least_m).push(") ORDER BY id LIMIT ").push_bind(i64::from(query.limit) + 1);
}

/// All attributes, or those picked: it takes the database longer to write them as text than to find them.
fn push_attributes(sql: &mut Sql, picked: Option<&[String]>) {
    let Some(names) = picked else {
        sql.push(", attributes");
        return;
    };
    sql.push(", jsonb_build_object(");
    // `gen_` stands before the names of attributes that are called as one of our own properties, and of others by chance.
    let attributes = names.iter().flat_map(|name| [Some(name.as_str()), name.strip_prefix("gen_")]).flatten();
    for (index, attribute) in attributes.enumerate() {
        sql.push(if index > 0 { ", " } else { "" }).push_bind(attribute.to_owned());
        sql.push("::text, attributes -> ").push_bind(attribute.to_owned()).push("::text");
    }
    sql.push(") AS attributes");
}

impl Store {
    /// Features asked for whose outline is `least_m` across (the longer side of its box, in the storage CRS), or that
    /// have no area; without those that have no place. Where they are more than the query's limit, only larger ones.
    /// With `names` (as in GeoJSON) they have no other attributes than those, `null` where they have none. They come without
    /// qualifiers and without their ground.
    pub async fn features_on_map(
        &self,
        query: &FeatureQuery,
        least_m: f64,
        names: Option<&[String]>,
    ) -> Result<Vec<RawFeature>, StoreError> {
        let srid = self.srid().await?;
        let mut least_m = least_m;
        let mut rows: Vec<FeatureRow> = Vec::new();
        for _ in 0..RAISES {
            let mut sql: Sql = QueryBuilder::new("WITH found AS (SELECT ");
            sql.push(COLUMNS);
            push_large(&mut sql, query, srid, least_m);
            sql.push(") SELECT ").push(BEFORE);
            push_attributes(&mut sql, names.filter(|names| names.len() <= MOST_PICKED));
            sql.push(BEHIND).push(" FROM found ORDER BY id");
            let found = sql.build_query_as().fetch_all(&self.pool).await;
            rows = found.map_err(|error| of_question(query, error))?;
            if rows.len() <= query.limit as usize {
                break;
            }
            least_m = (least_m * 2.0).max(1.0);
        }
        rows.truncate(query.limit as usize);
        rows.into_iter().map(FeatureRow::into_raw).collect()
    }
}
