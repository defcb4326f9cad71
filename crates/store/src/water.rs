//! Where there is water: outlines of water bodies in a box, as coarse as they are shown.

use super::ewkb::{self, Footprint};
use super::{Store, StoreError};

/// Most water bodies in one answer, the largest ones.
const MOST_SHAPES: i64 = 2_000;

/// What water the published collections hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WaterState {
    /// Key and head of each collection with water bodies.
    pub heads: Vec<(i32, i64)>,
    /// Around those collections, CRS84 `[west, south, east, north]` [°]; `None` where there is no water.
    pub extent_deg: Option<[f64; 4]>,
}

/// Of which water is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaterBox {
    /// `[west, south, east, north]` in the storage CRS [m].
    pub bounds_m: [f64; 4],
    /// How far outlines may be from the true ones; what is smaller is left out [m].
    pub tolerance_m: f64,
}

impl Store {
    /// Which collections hold water, at which revision.
    pub async fn water_state(&self) -> Result<WaterState, StoreError> {
        let rows: Vec<(i32, i64, Option<Vec<f64>>)> = sqlx::query_as(
            r#"SELECT key, head, extent FROM collection WHERE head > 0 AND classes @> '[["WaterBody"]]' ORDER BY key"#,
        )
        .fetch_all(&self.pool)
        .await?;
        let extents = rows.iter().filter_map(|(_, _, extent)| <[f64; 4]>::try_from(extent.clone()?).ok());
        let joined =
            |a: [f64; 4], b: [f64; 4]| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])];
        let extent_deg = extents.reduce(joined);
        Ok(WaterState { heads: rows.iter().map(|(key, head, _)| (*key, *head)).collect(), extent_deg })
    }

    /// Outlines `[east, north]` of the water bodies of all published collections, cut at the box and simplified.
    pub async fn water_in(&self, asked: &WaterBox) -> Result<Vec<Footprint>, StoreError> {
        let [west, south, east, north] = asked.bounds_m;
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(
            "WITH asked AS (SELECT ST_MakeEnvelope($1, $2, $3, $4, $5) AS box)
             SELECT ST_AsEWKB(shape) FROM (
                SELECT o.collection, o.id, ST_Multi(ST_CollectionExtract(
                    ST_Simplify(ST_ClipByBox2D(o.footprint, asked.box::box2d), $6, true), 3)) AS shape
                FROM asked, city_object AS o JOIN collection AS c ON c.key = o.collection
                WHERE c.head > 0 AND c.classes @> '[[\"WaterBody\"]]' AND o.class = 'WaterBody' AND o.parent IS NULL
                    AND o.scenario IS NULL AND o.rev_from <= c.head AND (o.rev_to IS NULL OR o.rev_to > c.head)
                    AND o.footprint && asked.box AND ST_Dimension(o.footprint) = 2
                    AND greatest(ST_XMax(o.footprint) - ST_XMin(o.footprint),
                        ST_YMax(o.footprint) - ST_YMin(o.footprint)) >= $6
                ORDER BY ST_Area(o.footprint) DESC, o.collection, o.id LIMIT $7
             ) AS water
             WHERE NOT ST_IsEmpty(shape) ORDER BY collection, id",
        )
        .bind(west)
        .bind(south)
        .bind(east)
        .bind(north)
        .bind(self.srid().await? as i32)
        .bind(asked.tolerance_m)
        .bind(MOST_SHAPES)
        .fetch_all(&self.pool)
        .await?;
        let damaged = |detail: String| StoreError::Damaged { what: "a water body", detail };
        let outline = |bytes: &Vec<u8>| match ewkb::read_outline(bytes) {
            Ok((footprint, _)) => Ok(footprint),
            Err(error) => Err(damaged(error.to_string())),
        };
        rows.iter().map(outline).collect()
    }
}
