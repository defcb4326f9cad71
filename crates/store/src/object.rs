//! Whole objects with their parts and geometries, and what a tile plan needs of each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::FromRow;
use sqlx::types::Json;

use super::copy::IMPLICIT;
use super::ewkb::{self, Footprint};
use super::feature::{read_hash, read_outline};
use super::look::{self, AppearanceRow};
use super::surface_details::AllDetails;
use super::{Store, StoreError};
use stadtwin_model::{
    Attributes, BoundarySurface, CityObject, ClassId, Collection, Geometry, GeometryKind, ImplicitGeometry,
    Lod, NO_SURFACE, Page, Template, class_by_name,
};

/// Things up to this size stand on the ground at one height [m].
const GROUND_SMALL_M: f64 = 60.0;
/// Classes that lie on the ground.
const GROUND_DRAPED: [&str; 12] = [
    "LandUse",
    "Road",
    "Railway",
    "Square",
    "Track",
    "Waterway",
    "WaterBody",
    "TransportationComplex",
    "ReliefFeature",
    "TINRelief",
    "MassPointRelief",
    "BreaklineRelief",
];
/// Most vertices of large things that are read; the simplest things come first.
const GROUND_VERTICES: i64 = 200_000;
/// `$1` cells, `$2` size of small things, `$3` draped classes, `$4` most vertices.
const GROUND_SQL: &str = "
    WITH live AS MATERIALIZED (
        SELECT o.collection, o.id, o.face_count, o.class, o.z_min AS z,
            ST_XMin(o.footprint) AS x_min, ST_YMin(o.footprint) AS y_min,
            ST_XMax(o.footprint) AS x_max, ST_YMax(o.footprint) AS y_max
        FROM city_object AS o JOIN collection AS c ON c.key = o.collection
        WHERE o.parent IS NULL AND o.scenario IS NULL AND o.z_min IS NOT NULL AND NOT ST_IsEmpty(o.footprint)
            AND o.rev_from <= c.head AND (o.rev_to IS NULL OR o.rev_to > c.head)
    ), draped AS (
        SELECT * FROM live WHERE class = ANY($3) AND greatest(x_max - x_min, y_max - y_min) > $2
        ORDER BY face_count, id LIMIT $4
    ), vertex AS (
        SELECT class, (ST_DumpPoints(geom)).geom AS point
        FROM (SELECT d.class, g.geom FROM draped AS d
            JOIN object_geometry AS g ON g.collection = d.collection AND g.root = d.id
            ORDER BY d.face_count, d.id) AS shapes
        LIMIT $4
    ), sample AS (
        SELECT (x_min + x_max) / 2 AS x, (y_min + y_max) / 2 AS y, z, class = 'WaterBody' AS wet FROM live
        WHERE greatest(x_max - x_min, y_max - y_min) <= $2 OR class LIKE 'Building%'
        UNION ALL
        SELECT ST_X(point), ST_Y(point), ST_Z(point), class = 'WaterBody' FROM vertex WHERE NOT ST_IsEmpty(point)
    ), grid AS (
        SELECT min(x) AS x0, min(y) AS y0,
            greatest(sqrt((max(x) - min(x)) * (max(y) - min(y)) / greatest($1, 1)),
                greatest(max(x) - min(x), max(y) - min(y)) / greatest($1, 1), 1) AS cell
        FROM sample
    )
    SELECT avg(x), avg(y), coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY z) FILTER (WHERE wet),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY z))
    FROM sample, grid WHERE z IS NOT NULL GROUP BY floor((x - x0) / cell), floor((y - y0) / cell) LIMIT $1 * 2";

/// Key, the object with children and geometries (storage CRS), footprint, and `[lowest, highest]` [m].
pub type StoredObject = (i64, CityObject, Footprint, [f64; 2]);

/// Rows of `plan_page`.
const PLAN_PAGE: i64 = 20_000;

/// What a tile plan needs of a feature; coordinates in the storage CRS.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRow {
    pub key: i64,
    /// `[east, north]`, the middle of `bounds`.
    pub centroid: [f64; 2],
    /// `[min east, min north, max east, max north]`.
    pub bounds: [f64; 4],
    /// `[lowest, highest]` [m].
    pub heights_m: [f64; 2],
    pub face_count: u32,
    pub content_hash: [u8; 16],
}

/// Statements that read whole objects: key by key, and in one go from the first key to the last, which is a fraction of
/// the price where most between them are wanted. `+ 0` keeps the planner from going key by key all the same.
macro_rules! objects_where {
    ($id:literal, $root:literal) => {
        concat!(
            "SELECT id, parent, uid, class, source_class, attributes, ST_AsEWKB(footprint) AS footprint, z_min, z_max,
                qualifiers, extensions
             FROM city_object WHERE collection = $1 AND parent IS NULL AND ", $id,
            " UNION ALL
             SELECT id, parent, uid, class, source_class, attributes, NULL, z_min, z_max, qualifiers, extensions
             FROM city_object WHERE collection = $1 AND parent IS NOT NULL AND ", $root
        )
    };
}
macro_rules! geometries_where {
    ($root:literal) => {
        concat!(
            "SELECT object, lod, kind, role, template, matrix, ST_AsEWKB(geom) AS geom, face_surface, surface_ids,
                surface_classes, surface_details, shells, solids, appearances, texture_coordinates
             FROM object_geometry WHERE collection = $1 AND ", $root, " ORDER BY object, ordinal"
        )
    };
}
const OBJECTS: &str = objects_where!("id = ANY($2)", "root = ANY($2)");
const OBJECTS_NEAR: &str = objects_where!(
    "id BETWEEN $3 AND $4 AND id + 0 = ANY($2)",
    "root BETWEEN $3 AND $4 AND root + 0 = ANY($2)"
);
const GEOMETRIES: &str = geometries_where!("root = ANY($2)");
const GEOMETRIES_NEAR: &str = geometries_where!("root BETWEEN $3 AND $4 AND root + 0 = ANY($2)");

/// Keys further apart on average are read one by one: parts have keys too, and so have former versions.
const NEAR: u64 = 3;

/// First and last of keys that lie close together.
fn near(keys: &[i64]) -> Option<[i64; 2]> {
    let (first, last) = (*keys.iter().min()?, *keys.iter().max()?);
    (last.abs_diff(first) < NEAR * keys.len() as u64).then_some([first, last])
}

#[derive(FromRow)]
struct ObjectRow {
    id: i64,
    parent: Option<i64>,
    uid: String,
    class: String,
    source_class: Option<String>,
    attributes: Json<Attributes>,
    footprint: Option<Vec<u8>>,
    z_min: Option<f64>,
    z_max: Option<f64>,
    qualifiers: Option<Json<Attributes>>,
    extensions: Option<Vec<String>>,
}

#[derive(FromRow)]
struct GeometryRow {
    object: i64,
    lod: i16,
    kind: String,
    role: String,
    template: Option<Vec<u8>>,
    matrix: Option<Vec<f64>>,
    #[sqlx(flatten)]
    shape: ShapeRow,
}

/// The fields that `object_geometry` and `template` have in common.
#[derive(FromRow)]
pub(super) struct ShapeRow {
    geom: Option<Vec<u8>>,
    face_surface: Option<Vec<i32>>,
    #[sqlx(flatten)]
    surfaces: SurfaceRows,
    shells: Option<Vec<i32>>,
    solids: Option<Vec<i32>>,
    appearances: Option<Json<Vec<AppearanceRow>>>,
    texture_coordinates: Option<Vec<u8>>,
}

/// Boundary surfaces side by side: a line for the id of each, one for its class, and what few have.
#[derive(FromRow)]
struct SurfaceRows {
    surface_ids: Option<String>,
    surface_classes: Option<String>,
    surface_details: Option<Json<AllDetails>>,
}

#[derive(FromRow)]
struct PlanSqlRow {
    id: i64,
    x_min: Option<f64>,
    y_min: Option<f64>,
    x_max: Option<f64>,
    y_max: Option<f64>,
    z_min: Option<f64>,
    z_max: Option<f64>,
    face_count: i32,
    content_hash: Vec<u8>,
}

impl Store {
    /// Whole objects by key, planned ones among them, in the order of the keys; keys that are none of the collection's
    /// are left out.
    pub async fn objects(
        &self,
        collection: &Collection,
        keys: &[i64],
    ) -> Result<Vec<StoredObject>, StoreError> {
        let mut found = self.objects_in(collection, keys).await?;
        if found.len() < keys.len() {
            // Keys are those of one row in the whole twin: what is not in the collection may be planned for it.
            found.extend(self.objects_in(&collection.planned(), keys).await?);
            let mut of_key: HashMap<i64, StoredObject> =
                found.into_iter().map(|object| (object.0, object)).collect();
            found = keys.iter().filter_map(|key| of_key.remove(key)).collect();
        }
        Ok(found)
    }

    async fn objects_in(
        &self,
        collection: &Collection,
        keys: &[i64],
    ) -> Result<Vec<StoredObject>, StoreError> {
        let near = near(keys);
        let (of_objects, of_geometries) =
            if near.is_some() { (OBJECTS_NEAR, GEOMETRIES_NEAR) } else { (OBJECTS, GEOMETRIES) };
        let mut rows = sqlx::query_as(of_objects).bind(collection.key).bind(keys);
        let mut geometries = sqlx::query_as(of_geometries).bind(collection.key).bind(keys);
        if let Some([first, last]) = near {
            rows = rows.bind(first).bind(last);
            geometries = geometries.bind(first).bind(last);
        }
        let rows: Vec<ObjectRow> = rows.fetch_all(&self.pool).await?;
        let geometries: Vec<GeometryRow> = geometries.fetch_all(&self.pool).await?;
        let hashes: HashSet<Vec<u8>> = geometries.iter().filter_map(|row| row.template.clone()).collect();
        let templates = self.templates(collection.key, hashes).await?;
        assemble(keys, rows, geometries, &templates)
    }

    /// Part of a revision's features with faces, in the order of their keys from behind `after` on.
    pub async fn plan_page(
        &self,
        collection: &Collection,
        revision: i64,
        after: i64,
    ) -> Result<Page<PlanRow>, StoreError> {
        let rows: Vec<PlanSqlRow> = sqlx::query_as(
            "WITH live AS (
                SELECT id, Box3D(footprint) AS shape, z_min, z_max, face_count, content_hash FROM city_object
                WHERE collection = $1 AND id > $3 AND parent IS NULL AND scenario IS NULL AND face_count > 0
                    AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)
                ORDER BY id LIMIT $4
             ), placed AS (
                SELECT * FROM live WHERE shape IS NOT NULL
                UNION ALL
                SELECT id, (SELECT ST_3DExtent(geom) FROM object_geometry WHERE collection = $1 AND root = live.id),
                    z_min, z_max, face_count, content_hash
                FROM live WHERE shape IS NULL
             )
             SELECT id, ST_XMin(shape) AS x_min, ST_YMin(shape) AS y_min, ST_XMax(shape) AS x_max,
                ST_YMax(shape) AS y_max, z_min, z_max, face_count, content_hash
             FROM placed ORDER BY id",
        )
        .bind(collection.key)
        .bind(revision)
        .bind(after)
        .bind(PLAN_PAGE)
        .fetch_all(&self.pool)
        .await?;
        let next = rows.last().filter(|_| rows.len() as i64 == PLAN_PAGE).map(|row| row.id);
        let items = rows.into_iter().filter_map(|row| row.into_plan_row().transpose());
        Ok(Page { items: items.collect::<Result<_, _>>()?, next })
    }

    /// What a tile plan needs of features by key, planned ones among them; those without faces are left out.
    pub async fn plan_rows(&self, collection: &Collection, keys: &[i64]) -> Result<Vec<PlanRow>, StoreError> {
        let rows: Vec<PlanSqlRow> = sqlx::query_as(
            "WITH live AS (
                SELECT collection, id, Box3D(footprint) AS shape, z_min, z_max, face_count, content_hash
                FROM city_object
                WHERE collection IN ($1, $2) AND id = ANY($3) AND parent IS NULL AND face_count > 0
             ), placed AS (
                SELECT id, coalesce(shape, (
                    SELECT ST_3DExtent(geom) FROM object_geometry AS g
                    WHERE g.collection = live.collection AND g.root = live.id
                )) AS shape, z_min, z_max, face_count, content_hash FROM live
             )
             SELECT id, ST_XMin(shape) AS x_min, ST_YMin(shape) AS y_min, ST_XMax(shape) AS x_max,
                ST_YMax(shape) AS y_max, z_min, z_max, face_count, content_hash
             FROM placed ORDER BY id",
        )
        .bind(collection.key)
        .bind(collection.planned_key())
        .bind(keys)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().filter_map(|row| row.into_plan_row().transpose()).collect()
    }

    /// `[east, north, height]` of the ground, thinned to about `limit` over the whole twin (storage CRS, m): of each
    /// cell of a grid the mean place and the median height of what lies there; water counts before all else.
    ///
    /// Small things and buildings stand with their lowest point on the ground; large draped things are the ground.
    pub async fn ground_samples(&self, limit: i64) -> Result<Vec<[f64; 3]>, StoreError> {
        let rows: Vec<(f64, f64, f64)> = sqlx::query_as(GROUND_SQL)
            .bind(limit)
            .bind(GROUND_SMALL_M)
            .bind(GROUND_DRAPED)
            .bind(GROUND_VERTICES)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|(east, north, height)| [east, north, height]).collect())
    }
}

impl PlanSqlRow {
    /// `None` for what has no place.
    fn into_plan_row(self) -> Result<Option<PlanRow>, StoreError> {
        let (Some(x_min), Some(y_min), Some(x_max), Some(y_max)) =
            (self.x_min, self.y_min, self.x_max, self.y_max)
        else {
            return Ok(None);
        };
        let Some(heights_m) = self.z_min.zip(self.z_max).map(|(low, high)| [low, high]) else {
            return Ok(None);
        };
        Ok(Some(PlanRow {
            key: self.id,
            centroid: [(x_min + x_max) / 2.0, (y_min + y_max) / 2.0],
            bounds: [x_min, y_min, x_max, y_max],
            heights_m,
            face_count: self.face_count.max(0) as u32,
            content_hash: read_hash(&self.content_hash)?,
        }))
    }
}

type Shapes = (Vec<Geometry>, Vec<ImplicitGeometry>);

/// Joins rows to trees.
fn assemble(
    keys: &[i64],
    mut rows: Vec<ObjectRow>,
    geometries: Vec<GeometryRow>,
    templates: &HashMap<Vec<u8>, Arc<Template>>,
) -> Result<Vec<StoredObject>, StoreError> {
    let mut shapes_of: HashMap<i64, Shapes> = HashMap::new();
    for row in geometries {
        let (geometries, implicit) = shapes_of.entry(row.object).or_default();
        match row.kind == IMPLICIT {
            true => implicit.push(row.into_implicit(templates)?),
            false => geometries.push(row.shape.into_geometry(Lod(row.lod as u8), &row.kind, row.role)?),
        }
    }
    // Ids grow from parents to children: backwards, every object is complete before its parent takes it.
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    let mut children_of: HashMap<i64, Vec<CityObject>> = HashMap::new();
    let mut roots: HashMap<i64, StoredObject> = HashMap::new();
    for row in rows {
        let mut children = children_of.remove(&row.id).unwrap_or_default();
        children.reverse();
        let (footprint, _) = read_outline(row.footprint.as_deref())?;
        let heights_m = [row.z_min.unwrap_or(0.0), row.z_max.unwrap_or(0.0)];
        let (id, parent) = (row.id, row.parent);
        let object = row.into_object(shapes_of.remove(&id).unwrap_or_default(), children);
        match parent {
            Some(parent) => children_of.entry(parent).or_default().push(object),
            None => drop(roots.insert(id, (id, object, footprint, heights_m))),
        }
    }
    Ok(keys.iter().filter_map(|key| roots.remove(key)).collect())
}

impl ObjectRow {
    fn into_object(self, shapes: Shapes, children: Vec<CityObject>) -> CityObject {
        let (geometries, implicit_geometries) = shapes;
        let known = class_by_name(&self.class);
        CityObject {
            id: self.uid,
            class: known.unwrap_or(ClassId(0)),
            source_class: if known.is_some() { self.source_class } else { Some(self.class) },
            attributes: self.attributes.0,
            qualifiers: self.qualifiers.map_or_else(Attributes::new, |qualifiers| qualifiers.0),
            extensions: self.extensions.unwrap_or_default(),
            geometries,
            implicit_geometries,
            children,
        }
    }
}

fn damaged(detail: String) -> StoreError {
    StoreError::Damaged { what: "a geometry", detail }
}

impl GeometryRow {
    fn into_implicit(
        self,
        templates: &HashMap<Vec<u8>, Arc<Template>>,
    ) -> Result<ImplicitGeometry, StoreError> {
        let template = self.template.as_ref().and_then(|hash| templates.get(hash));
        let matrix = self.matrix.and_then(|matrix| matrix.try_into().ok());
        let (Some(template), Some(matrix), Some(geom)) = (template, matrix, self.shape.geom) else {
            return Err(damaged("an implicit geometry without template, matrix or place".into()));
        };
        Ok(ImplicitGeometry {
            lod: Lod(self.lod as u8),
            template: template.clone(),
            matrix,
            reference_point: ewkb::read_point(&geom).map_err(|error| damaged(error.to_string()))?,
            surfaces: self.shape.surfaces.into_surfaces(),
        })
    }
}

impl ShapeRow {
    pub(super) fn into_geometry(self, lod: Lod, kind: &str, role: String) -> Result<Geometry, StoreError> {
        let kind = GeometryKind::from_name(kind).ok_or_else(|| damaged(format!("kind `{kind}`")))?;
        let mut geometry = Geometry::new(lod, kind);
        let geom = self.geom.unwrap_or_default();
        ewkb::read_geometry(&geom, &mut geometry).map_err(|error| damaged(error.to_string()))?;
        geometry.role = role;
        read_face_surfaces(&mut geometry, self.face_surface);
        let numbers =
            |numbers: Option<Vec<i32>>| numbers.unwrap_or_default().into_iter().map(|n| n as u32).collect();
        geometry.shells = numbers(self.shells);
        geometry.solids = numbers(self.solids);
        geometry.surfaces = self.surfaces.into_surfaces();
        if let Some(appearances) = self.appearances {
            let coordinates = self.texture_coordinates.unwrap_or_default();
            geometry.appearances = look::read(appearances.0, &coordinates, geometry.points.len());
        }
        Ok(geometry)
    }
}

/// An empty list stands for faces in the order of their surfaces.
fn read_face_surfaces(geometry: &mut Geometry, said: Option<Vec<i32>>) {
    let Some(said) = said else { return };
    for (at, face) in geometry.faces.iter_mut().enumerate() {
        let surface = if said.is_empty() { at as i32 } else { said.get(at).copied().unwrap_or(-1) };
        face.surface = u32::try_from(surface).unwrap_or(NO_SURFACE);
    }
}

impl SurfaceRows {
    fn into_surfaces(self) -> Vec<BoundarySurface> {
        let (Some(ids), Some(classes)) = (self.surface_ids, self.surface_classes) else { return Vec::new() };
        let details = self.surface_details.map_or_else(AllDetails::default, |details| details.0).into_iter();
        let rows = ids.split('\n').zip(classes.split('\n')).zip(details);
        rows.map(|((id, class), details)| BoundarySurface {
            id: id.to_owned(),
            class: class_by_name(class)
                .or_else(|| class_by_name("GenericThematicSurface"))
                .unwrap_or(ClassId(1)),
            parent: details.parent,
            attributes: details.attributes,
            qualifiers: details.qualifiers,
            extensions: details.extensions,
        })
        .collect()
    }
}
