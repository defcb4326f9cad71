//! Publication: what was written becomes what readers see, in one transaction.

use serde_json::json;
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};

use super::acting::What;
use super::revision::{lock_row, share_writer_lock};
use super::{ImportSession, StoreError, edit, figures, identity, settle};
use stadtwin_model::{Lod, PropertySummary};

/// What the import knows of the whole collection after it. `None` is found from the store, exactly, at the price of
/// reading the collection; an import into an empty collection has counted all of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CollectionSummary {
    /// CRS84 `[west, south, east, north]` [°], rounded outwards.
    pub extent: Option<[f64; 4]>,
    /// Number of geometries.
    pub lods: Option<Vec<(Lod, i64)>>,
    /// Number of objects, children included.
    pub classes: Option<Vec<(String, i64)>>,
    /// Attributes of top-level objects.
    pub properties: Option<Vec<PropertySummary>>,
    /// Whether all other figures are found from what begins and what ends, not counted: the price is that of the change.
    pub by_difference: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRevision {
    pub number: i64,
    /// Top-level objects that begin here.
    pub inserted_count: i64,
    /// Top-level objects that end here.
    pub ended_count: i64,
    /// Top-level objects at this revision.
    pub feature_count: i64,
}

impl ImportSession {
    /// Ends what is staged, moves the head and refreshes the collection's summary. Writers are finished before.
    pub async fn publish(self, summary: CollectionSummary) -> Result<PublishedRevision, StoreError> {
        self.publish_for(None, summary).await
    }

    /// The same for a job of the queue: either it was cancelled before, and nothing is published, or it cannot be
    /// cancelled any more.
    pub async fn publish_for(
        self,
        job: Option<i64>,
        summary: CollectionSummary,
    ) -> Result<PublishedRevision, StoreError> {
        let (collection, revision) = (self.collection.key, self.revision);
        let (store, mut session) = (self.store.clone(), self.session.into_inner());
        sqlx::raw_sql("ANALYZE import_end; ANALYZE import_seen").execute(&mut session).await?;
        let mut change = store.change_on(&mut session).await?;
        sqlx::query("SET LOCAL synchronous_commit = on").execute(&mut *change).await?;
        share_writer_lock(&mut change, collection).await?;
        lock_row(&mut change, collection).await?;
        let moved: Option<(Option<i64>, Option<String>)> = sqlx::query_as(
            "UPDATE revision SET state = 'published', published = now()
             WHERE number = $1 AND collection = $2 AND state = 'open' RETURNING restores, edited_by",
        )
        .bind(revision)
        .bind(collection)
        .fetch_optional(&mut *change)
        .await?;
        let (restores, edited) = moved.ok_or(StoreError::RevisionLost(revision))?;
        sqlx::query("SELECT join_collection_partitions($1)").bind(collection).execute(&mut *change).await?;
        let ended_count = end_staged(&mut change, collection, revision).await?;
        identity::settle(&mut change, &self.collection, revision).await?;
        let kept = settle::Kept { codes: &self.kept_codes, objects: &self.kept_findings };
        settle::end_findings(&mut change, collection, revision, revision, kept).await?;
        if restores.is_some() {
            settle::restore_findings(&mut change, collection, revision).await?;
        }
        let by_difference = summary.by_difference && self.collection.head > 0;
        let (inserted_count, feature_count) =
            figures::move_head(&mut change, collection, revision, by_difference).await?;
        summarize(&mut change, collection, &summary).await?;
        sqlx::query("UPDATE revision SET inserted_count = $2, ended_count = $3 WHERE number = $1")
            .bind(revision)
            .bind(inserted_count)
            .bind(ended_count)
            .execute(&mut *change)
            .await?;
        if let Some(receipt) = &self.receipt {
            edit::write_receipt(&mut change, collection, receipt).await?;
        }
        if let Some(job) = job {
            note_publication(&mut change, job, revision).await?;
        }
        let object = format!("/collections/{}", self.collection.id);
        let details = json!({
            "revision": revision, "inserted": inserted_count, "ended": ended_count, "restores": restores, "job": job,
        });
        let action = match (edited, restores) {
            (Some(_), _) => "collection.edited",
            (None, Some(_)) => "collection.restored",
            (None, None) => "collection.imported",
        };
        change.commit(What::of(action, object).with(details)).await?;
        store.forget_catalogue();
        // Waits for the server's goodbye, so that the lock is free for whoever comes next.
        session.close().await?;
        Ok(PublishedRevision { number: revision, inserted_count, ended_count, feature_count })
    }
}

/// Last in its transaction: the job's row is held for a moment only, since its signs of life are written there too.
pub(super) async fn note_publication(
    connection: &mut PgConnection,
    job: i64,
    revision: i64,
) -> Result<(), StoreError> {
    let noted = sqlx::query(
        "UPDATE job SET published = $2, heartbeat = now() WHERE id = $1 AND state <> 'dismissed'",
    )
    .bind(job)
    .bind(revision)
    .execute(connection)
    .await?;
    if noted.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Cancelled(job)) }
}

/// Geometry rows have no end of their own: they are read through their object.
async fn end_staged(
    connection: &mut PgConnection,
    collection: i32,
    revision: i64,
) -> Result<i64, StoreError> {
    let roots = sqlx::query(
        "UPDATE city_object AS o SET rev_to = $2 FROM import_end AS e
         WHERE o.collection = $1 AND o.id = e.key AND o.parent IS NULL AND o.rev_from < $2 AND o.rev_to IS NULL",
    )
    .bind(collection)
    .bind(revision)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE city_object AS o SET rev_to = $2 FROM import_end AS e
         WHERE o.collection = $1 AND o.root = e.key AND o.parent IS NOT NULL AND o.rev_from < $2
            AND o.rev_to IS NULL",
    )
    .bind(collection)
    .bind(revision)
    .execute(&mut *connection)
    .await?;
    Ok(roots.rows_affected() as i64)
}

async fn summarize(
    connection: &mut PgConnection,
    collection: i32,
    summary: &CollectionSummary,
) -> Result<(), StoreError> {
    let lods =
        summary.lods.as_ref().map(|lods| lods.iter().map(|(lod, count)| (lod.0, *count)).collect::<Vec<_>>());
    for (statement, value) in [
        (EXTENT, summary.extent.map(|extent| serde_json::json!(extent))),
        (LODS, lods.map(|lods| serde_json::json!(lods))),
        (CLASSES, summary.classes.as_ref().map(|classes| serde_json::json!(classes))),
        (PROPERTIES, summary.properties.as_ref().map(|properties| serde_json::json!(properties))),
    ] {
        sqlx::query(statement).bind(collection).bind(value.map(Json)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The box of all footprints, its edges followed in small steps: they are curves in degrees.
const EXTENT: &str = "
    WITH box AS (
        SELECT ST_Extent(footprint)::geometry AS planar, (SELECT horizontal_epsg FROM twin) AS srid FROM city_object
        WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_to IS NULL AND $2::jsonb IS NULL
    ), degrees AS (
        SELECT ST_Transform(ST_SetSRID(ST_Segmentize(ST_Expand(planar, 0.01),
            greatest(ST_XMax(planar) - ST_XMin(planar), ST_YMax(planar) - ST_YMin(planar), 1) / 16), srid), 4326) AS g
        FROM box WHERE planar IS NOT NULL
    )
    UPDATE collection SET extent = CASE WHEN $2::jsonb IS NULL THEN (
            SELECT ARRAY[floor(ST_XMin(g) * 1e6) / 1e6, floor(ST_YMin(g) * 1e6) / 1e6,
                ceil(ST_XMax(g) * 1e6) / 1e6, ceil(ST_YMax(g) * 1e6) / 1e6] FROM degrees)
        ELSE (SELECT array_agg(v::double precision ORDER BY n) FROM jsonb_array_elements_text($2) WITH ORDINALITY AS e (v, n))
        END
    WHERE key = $1";

const LODS: &str = "
    UPDATE collection SET lods = coalesce($2::jsonb, (
        SELECT jsonb_agg(jsonb_build_array(lod, n) ORDER BY lod) FROM (
            SELECT g.lod, count(*) AS n FROM object_geometry AS g
            JOIN city_object AS o ON o.collection = g.collection AND o.id = g.object
            WHERE g.collection = $1 AND o.scenario IS NULL AND o.rev_to IS NULL GROUP BY g.lod
        ) AS counts), '[]')
    WHERE key = $1";

const CLASSES: &str = "
    UPDATE collection SET classes = coalesce($2::jsonb, (
        SELECT jsonb_agg(jsonb_build_array(class, n) ORDER BY n DESC, class) FROM (
            SELECT class, count(*) AS n FROM city_object
            WHERE collection = $1 AND scenario IS NULL AND rev_to IS NULL GROUP BY class
        ) AS counts), '[]')
    WHERE key = $1";

/// The narrowest type of each attribute, by the rules of `PropertyType::merge`.
const PROPERTIES: &str = r#"
    UPDATE collection SET properties = coalesce($2::jsonb, (
        SELECT jsonb_agg(jsonb_build_object('name', name, 'count', n, 'type', CASE
            WHEN json > 0 THEN 'json'
            WHEN boolean = n THEN 'boolean'
            WHEN integer = n THEN 'integer'
            WHEN integer + number = n THEN 'number'
            WHEN day = n THEN 'date'
            WHEN day + time = n THEN 'date-time'
            ELSE 'string' END) ORDER BY name)
        FROM (
            SELECT name, count(*) AS n,
                count(*) FILTER (WHERE kind IN ('array', 'object')) AS json,
                count(*) FILTER (WHERE kind = 'boolean') AS boolean,
                count(*) FILTER (WHERE kind = 'number' AND value::text !~ '[.eE]') AS integer,
                count(*) FILTER (WHERE kind = 'number' AND value::text ~ '[.eE]') AS number,
                count(*) FILTER (WHERE kind = 'string' AND value::text ~ '^"\d{4}-\d\d-\d\d"$') AS day,
                count(*) FILTER (WHERE kind = 'string' AND value::text ~ '^"\d{4}-\d\d-\d\dT\d\d') AS time
            FROM city_object AS o, jsonb_each(o.attributes) AS a (name, value), jsonb_typeof(value) AS kind
            WHERE o.collection = $1 AND o.parent IS NULL AND o.scenario IS NULL AND o.rev_to IS NULL
                AND kind <> 'null' AND $2::jsonb IS NULL
            GROUP BY name
        ) AS counts), '[]')
    WHERE key = $1"#;
