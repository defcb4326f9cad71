//! Cells of a grid over a collection.

use sqlx::{Postgres, QueryBuilder};

use super::feature::{of_question, push_asked};
use super::filter::Sql;
use super::{Store, StoreError};
use stadtwin_query::{Cell, FeatureQuery};

/// Appends ` AND …`; `srid` is the storage CRS's EPSG code.
pub(super) fn push_cell(sql: &mut QueryBuilder<Postgres>, cell: &Cell, srid: u32) {
    let Cell::Square { size_m, east, north } = *cell else {
        sql.push(" AND footprint IS NULL");
        return;
    };
    let corner = |index: i64| index as f64 * size_m;
    // The box finds the candidates by index; the middle decides.
    sql.push(" AND footprint && ST_MakeEnvelope(")
        .push_bind(corner(east))
        .push(", ")
        .push_bind(corner(north));
    sql.push(", ").push_bind(corner(east + 1)).push(", ").push_bind(corner(north + 1));
    sql.push(", ").push_bind(srid as i32).push(")");
    sql.push(" AND floor((ST_XMin(footprint) + ST_XMax(footprint)) / 2 / ").push_bind(size_m);
    sql.push(") = ").push_bind(east as f64);
    sql.push(" AND floor((ST_YMin(footprint) + ST_YMax(footprint)) / 2 / ").push_bind(size_m);
    sql.push(") = ").push_bind(north as f64);
}

/// The middles of footprints' boxes, up to where they come from.
const MIDDLES: &str = "WITH middle AS (
    SELECT (ST_XMin(footprint) + ST_XMax(footprint)) / 2 AS x, (ST_YMin(footprint) + ST_YMax(footprint)) / 2 AS y";

impl Store {
    /// The cells that hold what is asked for, from west to east and south to north, features without place at the end.
    pub async fn cells(&self, query: &FeatureQuery, size_m: f64) -> Result<Vec<Cell>, StoreError> {
        let mut sql: Sql = QueryBuilder::new(MIDDLES);
        push_asked(&mut sql, query, self.srid().await?);
        sql.push(") SELECT floor(x / ").push_bind(size_m).push("), floor(y / ").push_bind(size_m);
        sql.push(") FROM middle GROUP BY 1, 2 ORDER BY 1, 2");
        let rows: Result<Vec<(Option<f64>, Option<f64>)>, _> =
            sql.build_query_as().fetch_all(&self.pool).await;
        let rows = rows.map_err(|error| of_question(query, error))?;
        Ok(rows
            .into_iter()
            .map(|(east, north)| match east.zip(north) {
                Some((east, north)) => Cell::Square { size_m, east: east as i64, north: north as i64 },
                None => Cell::Unplaced,
            })
            .collect())
    }
}
