//! The ground in a collection: which relief there is, and its shapes one at a time.

use sqlx::FromRow;

use super::ewkb;
use super::{Store, StoreError};
use stadtwin_model::{Collection, Geometry, GeometryKind, Lod};

/// A shape of a component of relief; read by its key.
#[derive(Debug, Clone, PartialEq)]
pub struct ReliefShape {
    /// `city_object.id` of the feature, that of the component, and the place among its geometries.
    pub key: (i64, i64, i16),
    pub lod: Lod,
    /// `TINRelief`, `MassPointRelief` or `BreaklineRelief`.
    pub class: String,
    /// `[west, south, east, north]` in the storage CRS [m].
    pub extent_m: [f64; 4],
    pub point_count: i64,
}

#[derive(FromRow)]
struct ReliefRow {
    root: i64,
    object: i64,
    ordinal: i16,
    lod: i16,
    class: String,
    west: f64,
    south: f64,
    east: f64,
    north: f64,
    point_count: i64,
}

impl Store {
    /// Every shape of relief that the collection's head has, feature by feature.
    pub async fn relief_shapes(&self, collection: &Collection) -> Result<Vec<ReliefShape>, StoreError> {
        let rows: Vec<ReliefRow> = sqlx::query_as(
            "SELECT g.root, g.object, g.ordinal, g.lod, o.class, ST_XMin(g.geom) AS west, ST_YMin(g.geom) AS south,
                ST_XMax(g.geom) AS east, ST_YMax(g.geom) AS north, ST_NPoints(g.geom)::bigint AS point_count
             FROM city_object AS f
             JOIN city_object AS o ON o.collection = f.collection AND (o.id = f.id OR o.root = f.id)
             JOIN object_geometry AS g ON g.collection = f.collection AND g.root = f.id AND g.object = o.id
             WHERE f.collection = $1 AND f.parent IS NULL AND f.scenario IS NULL
                AND f.class IN ('ReliefFeature', 'TINRelief', 'MassPointRelief', 'BreaklineRelief')
                AND f.rev_from <= $2 AND (f.rev_to IS NULL OR f.rev_to > $2)
                AND o.class IN ('TINRelief', 'MassPointRelief', 'BreaklineRelief') AND NOT ST_IsEmpty(g.geom)
             ORDER BY g.root, g.object, g.ordinal",
        )
        .bind(collection.key)
        .bind(collection.head)
        .fetch_all(&self.pool)
        .await?;
        let shape = |row: ReliefRow| ReliefShape {
            key: (row.root, row.object, row.ordinal),
            lod: Lod(row.lod.clamp(0, 255) as u8),
            class: row.class,
            extent_m: [row.west, row.south, row.east, row.north],
            point_count: row.point_count,
        };
        Ok(rows.into_iter().map(shape).collect())
    }

    /// A shape without its looks and meanings; `None` when it went meanwhile.
    pub async fn relief_geometry(
        &self,
        collection: &Collection,
        shape: &ReliefShape,
    ) -> Result<Option<Geometry>, StoreError> {
        let row: Option<(String, Vec<u8>)> = sqlx::query_as(
            "SELECT kind, ST_AsEWKB(geom) FROM object_geometry
             WHERE collection = $1 AND root = $2 AND object = $3 AND ordinal = $4",
        )
        .bind(collection.key)
        .bind(shape.key.0)
        .bind(shape.key.1)
        .bind(shape.key.2)
        .fetch_optional(&self.pool)
        .await?;
        let Some((kind, bytes)) = row else { return Ok(None) };
        let damaged = |detail: String| StoreError::Damaged { what: "a geometry", detail };
        let kind = GeometryKind::from_name(&kind).ok_or_else(|| damaged(format!("kind `{kind}`")))?;
        let mut geometry = Geometry::new(shape.lod, kind);
        ewkb::read_geometry(&bytes, &mut geometry).map_err(|error| damaged(error.to_string()))?;
        Ok(Some(geometry))
    }
}
