//! Which terrain a collection's things are set on when tiles are made, and where those things stand.

use serde_json::json;
use sqlx::FromRow;

use super::acting::What;
use super::{Store, StoreError};
use stadtwin_model::{Collection, Terrain};

/// What may be moved: names of classes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClampClasses {
    /// At any level of detail.
    pub movable: Vec<&'static str>,
    /// At none.
    pub fixed: Vec<&'static str>,
    /// Of the others only what is no larger than this across; buildings of any size [m].
    pub largest_m: u32,
}

#[derive(FromRow)]
struct AnchorRow {
    id: i64,
    east: Option<f64>,
    north: Option<f64>,
    up: Option<f64>,
}

impl Store {
    /// `None`: everything stays at its height.
    pub async fn set_clamp(
        &self,
        collection: &Collection,
        terrain: Option<&Terrain>,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query("UPDATE collection SET clamp_terrain = $2, updated = now() WHERE key = $1")
            .bind(collection.key)
            .bind(terrain.map(|terrain| terrain.key))
            .execute(&mut *change)
            .await?;
        let details = json!({ "terrain": terrain.map(|terrain| &terrain.id) });
        change
            .commit(What::of("collection.clamped", format!("/collections/{}", collection.id)).with(details))
            .await?;
        self.forget_catalogue();
        Ok(())
    }

    /// Ids of collections whose things are set on a terrain.
    pub async fn clamped_on(&self, terrain: &Terrain) -> Result<Vec<String>, StoreError> {
        let ids = sqlx::query_scalar("SELECT id FROM collection WHERE clamp_terrain = $1 ORDER BY key")
            .bind(terrain.key)
            .fetch_all(&self.pool)
            .await?;
        Ok(ids)
    }

    /// Of those of the features that are to stand on the ground: key and `[east, north, up]` of the place that is set on it.
    /// That is the reference point of the first implicit geometry, else the lowest height at the middle of the footprint's box.
    /// What has a geometry from LoD2 on was surveyed and is left out, unless its class is movable, and so is what says itself
    /// that it lies over or under the ground.
    pub async fn clamp_anchors(
        &self,
        collection: &Collection,
        keys: &[i64],
        classes: &ClampClasses,
    ) -> Result<Vec<(i64, [f64; 3])>, StoreError> {
        let rows: Vec<AnchorRow> = sqlx::query_as(
            "SELECT o.id, coalesce(ST_X(p.geom), (ST_XMin(o.footprint) + ST_XMax(o.footprint)) / 2) AS east,
                coalesce(ST_Y(p.geom), (ST_YMin(o.footprint) + ST_YMax(o.footprint)) / 2) AS north,
                coalesce(ST_Z(p.geom), o.z_min) AS up
             FROM city_object AS o LEFT JOIN LATERAL (
                SELECT g.geom FROM object_geometry AS g
                WHERE g.collection = $1 AND g.root = o.id AND g.kind = 'Implicit' ORDER BY g.object, g.ordinal LIMIT 1
             ) AS p ON true
             WHERE o.collection = $1 AND o.id = ANY($2) AND o.parent IS NULL AND NOT o.class = ANY($4)
                AND (o.class = ANY($3) OR (SELECT bool_and(lod < 20) FROM unnest(o.lods) AS lod))
                AND (o.class LIKE 'Building%' OR ST_IsEmpty(o.footprint) IS NOT FALSE
                    OR greatest(ST_XMax(o.footprint) - ST_XMin(o.footprint), ST_YMax(o.footprint) - ST_YMin(o.footprint)) <= $5)
                AND coalesce(o.attributes ->> 'relativeToTerrain', '') <> ALL (ARRAY['entirelyAboveTerrain',
                    'substantiallyAboveTerrain', 'substantiallyBelowTerrain', 'entirelyBelowTerrain'])",
        )
        .bind(collection.key)
        .bind(keys)
        .bind(&classes.movable)
        .bind(&classes.fixed)
        .bind(f64::from(classes.largest_m))
        .fetch_all(&self.pool)
        .await?;
        let anchor = |row: AnchorRow| Some((row.id, [row.east?, row.north?, row.up?]));
        Ok(rows.into_iter().filter_map(anchor).collect())
    }
}
