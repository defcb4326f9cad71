//! Features for flat map tiles: those that are large enough to be seen.

use super::feature::{FEATURES, FeatureRow, asked, of_question};
use super::{Store, StoreError};
use stadtwin_model::Feature;
use stadtwin_query::FeatureQuery;

/// How often the least size is raised before a tile is given up as too full.
const RAISES: u32 = 8;

impl Store {
    /// Features asked for whose outline is `least_m` across (the longer side of its box, in the storage CRS), or that
    /// have no area. Where they are more than the query's limit, only larger ones.
    pub async fn features_on_map(
        &self,
        query: &FeatureQuery,
        least_m: f64,
    ) -> Result<Vec<Feature>, StoreError> {
        let srid = self.srid().await?;
        let mut least_m = least_m;
        let mut rows: Vec<FeatureRow> = Vec::new();
        for _ in 0..RAISES {
            let mut sql = asked(FEATURES, query, srid)?;
            sql.push(
                " AND (ST_Dimension(footprint) < 2 OR greatest(ST_XMax(footprint) - ST_XMin(footprint),
                    ST_YMax(footprint) - ST_YMin(footprint)) >= ",
            )
            .push_bind(least_m);
            sql.push(") ORDER BY id LIMIT ").push_bind(i64::from(query.limit) + 1);
            let found = sql.build_query_as().fetch_all(&self.pool).await;
            rows = found.map_err(|error| of_question(query, error))?;
            if rows.len() <= query.limit as usize {
                break;
            }
            least_m = (least_m * 2.0).max(1.0);
        }
        rows.truncate(query.limit as usize);
        rows.into_iter().map(FeatureRow::into_feature).collect()
    }
}
