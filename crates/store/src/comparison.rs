//! Comparisons of collections with terrains: what they found as a whole, and the findings that follow.

use sqlx::{FromRow, PgConnection};

use super::contact::with_contacts;
use super::{ContactFigures, Store, StoreError};
use stadtwin_model::{Collection, Issue, Terrain};

/// The last comparison of a collection with a terrain.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Id of the terrain.
    pub terrain: String,
    pub terrain_key: i32,
    /// The states that were compared.
    pub collection_revision: i64,
    pub terrain_revision: i64,
    /// RFC 3339 time of its end.
    pub compared: String,
    /// `[floating, sunken]` [m].
    pub limits_m: [f64; 2],
    /// Without `surface_m`.
    pub figures: ContactFigures,
    /// Code of the finding about the whole collection.
    pub hint: Option<String>,
}

#[derive(FromRow)]
struct ComparisonRow {
    id: String,
    terrain: i32,
    collection_revision: i64,
    terrain_revision: i64,
    compared: String,
    floating_m: f64,
    sunken_m: f64,
    hint: Option<String>,
    #[sqlx(flatten)]
    figures: ContactFigures,
}

/// What findings of a comparison say.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactFindings {
    /// Of objects that float and objects that have sunk; their object, value and position come from the rows.
    pub floating: Issue,
    pub sunken: Issue,
    /// Of the whole collection; then objects have none of their own.
    pub whole: Option<Issue>,
    /// All codes that comparisons give.
    pub codes: Vec<String>,
}

impl Store {
    /// The last comparison of a collection, with the terrain that it was compared with last.
    pub async fn comparison(&self, collection: &Collection) -> Result<Option<Comparison>, StoreError> {
        let Some(terrain) = collection.ground_terrain else { return Ok(None) };
        let row: Option<ComparisonRow> = sqlx::query_as(
            "SELECT t.id, c.terrain, c.collection_revision, c.terrain_revision, utc_text(c.compared) AS compared, c.floating_m,
                c.sunken_m, c.hint, c.object_count, c.groundless_count, c.unknown_count, c.median_m, c.p95_m,
                NULL::double precision AS surface_m, c.floating_count, c.sunken_count
             FROM ground_comparison AS c JOIN terrain AS t ON t.key = c.terrain
             WHERE c.collection = $1 AND c.terrain = $2 AND c.compared IS NOT NULL",
        )
        .bind(collection.key)
        .bind(terrain)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Comparison {
            terrain: row.id,
            terrain_key: row.terrain,
            collection_revision: row.collection_revision,
            terrain_revision: row.terrain_revision,
            compared: row.compared,
            limits_m: [row.floating_m, row.sunken_m],
            figures: row.figures,
            hint: row.hint,
        }))
    }

    /// Ids of collections that were compared with a terrain last.
    pub async fn compared_with(&self, terrain: &Terrain) -> Result<Vec<String>, StoreError> {
        let ids = sqlx::query_scalar("SELECT id FROM collection WHERE ground_terrain = $1 ORDER BY key")
            .bind(terrain.key)
            .fetch_all(&self.pool)
            .await?;
        Ok(ids)
    }

    /// Writes down what a comparison of the collection's head with the terrain's head found, makes it the collection's last
    /// one and brings its findings up to date, in one transaction. `false`: the collection has another head meanwhile, and
    /// nothing was written.
    pub async fn finish_comparison(
        &self,
        collection: &Collection,
        terrain: &Terrain,
        limits_m: [f64; 2],
        figures: &ContactFigures,
        findings: &ContactFindings,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        // Held until the end: a publication that comes now waits, and ends those findings that it has to end.
        let moved = sqlx::query(
            "UPDATE collection SET ground_terrain = $2, ground_run = ground_run + 1 WHERE key = $1 AND head = $3",
        )
        .bind(collection.key)
        .bind(terrain.key)
        .bind(collection.head)
        .execute(&mut *transaction)
        .await?;
        if moved.rows_affected() != 1 {
            return Ok(false);
        }
        sqlx::query(
            "UPDATE ground_comparison SET collection_revision = $3, terrain_revision = $4, compared = now(), floating_m = $5,
                sunken_m = $6, object_count = $7, groundless_count = $8, unknown_count = $9, median_m = $10, p95_m = $11,
                floating_count = $12, sunken_count = $13, hint = $14
             WHERE collection = $1 AND terrain = $2",
        )
        .bind(collection.key)
        .bind(terrain.key)
        .bind(collection.head)
        .bind(terrain.head)
        .bind(limits_m[0])
        .bind(limits_m[1])
        .bind(figures.object_count)
        .bind(figures.groundless_count)
        .bind(figures.unknown_count)
        .bind(figures.median_m)
        .bind(figures.p95_m)
        .bind(figures.floating_count)
        .bind(figures.sunken_count)
        .bind(findings.whole.as_ref().map(|issue| issue.code.as_str()))
        .execute(&mut *transaction)
        .await?;
        tidy(&mut transaction, collection, terrain).await?;
        settle(&mut transaction, collection, terrain, limits_m, findings).await?;
        transaction.commit().await?;
        self.forget_catalogue();
        Ok(true)
    }
}

/// Versions that are no more lose their rows; the others were looked at and hold for the terrain's head.
async fn tidy(
    connection: &mut PgConnection,
    collection: &Collection,
    terrain: &Terrain,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM ground_contact AS g WHERE g.collection = $1 AND g.terrain = $2 AND NOT EXISTS (
            SELECT FROM city_object AS o WHERE o.collection = $1 AND o.id = g.object AND (o.rev_to IS NULL OR o.rev_to > $3))",
    )
    .bind(collection.key)
    .bind(terrain.key)
    .bind(collection.head)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE ground_contact SET terrain_revision = $3
         WHERE collection = $1 AND terrain = $2 AND terrain_revision < $3",
    )
    .bind(collection.key)
    .bind(terrain.key)
    .bind(terrain.head)
    .execute(connection)
    .await?;
    Ok(())
}

/// Findings that hold no longer end, new ones begin, those that are as they were stay.
async fn settle(
    connection: &mut PgConnection,
    collection: &Collection,
    terrain: &Terrain,
    limits_m: [f64; 2],
    findings: &ContactFindings,
) -> Result<(), StoreError> {
    let whole = findings.whole.clone();
    sqlx::query(SETTLE)
        .bind(collection.key)
        .bind(terrain.key)
        .bind(collection.head)
        .bind(limits_m[0])
        .bind(limits_m[1])
        .bind(&findings.codes)
        .bind(format!("terrain {}", terrain.id))
        .bind(&findings.floating.code)
        .bind(&findings.floating.message)
        .bind(&findings.sunken.code)
        .bind(&findings.sunken.message)
        .bind(findings.floating.severity.name())
        .bind(whole.as_ref().map(|issue| issue.code.as_str()))
        .bind(whole.as_ref().map(|issue| issue.message.as_str()))
        .bind(whole.as_ref().and_then(|issue| issue.value.as_deref()))
        .bind(whole.as_ref().map(|issue| issue.severity.name()))
        .execute(connection)
        .await?;
    Ok(())
}

const SETTLE: &str = with_contacts!(
    ", wanted AS (
        SELECT uid AS object, CASE WHEN floats THEN $8 ELSE $10 END AS code, CASE WHEN floats THEN $9 ELSE $11 END AS message,
            $12 AS severity, 'difference ' || round((CASE WHEN floats THEN min_m ELSE max_m END)::numeric, 2) || ' m' AS value,
            CASE WHEN NOT ST_IsEmpty(footprint) THEN ARRAY[(ST_XMin(footprint) + ST_XMax(footprint)) / 2,
                (ST_YMin(footprint) + ST_YMax(footprint)) / 2, surface_m] END AS position
        FROM contact WHERE (floats OR is_sunken) AND $13::text IS NULL
        UNION ALL
        SELECT '', $13, $14, $16, $15, NULL WHERE $13::text IS NOT NULL
    ), held AS (
        SELECT id, object, code, value, file FROM issue WHERE collection = $1 AND until IS NULL AND code = ANY($6)
    ), ended AS (
        UPDATE issue SET until = $3 FROM held
        WHERE issue.id = held.id AND NOT EXISTS (SELECT FROM wanted AS w
            WHERE w.object = held.object AND w.code = held.code AND w.value IS NOT DISTINCT FROM held.value AND held.file = $7)
    )
    INSERT INTO issue (collection, revision, file, object, line, code, severity, message, value, position)
    SELECT $1, $3, $7, w.object, 0, w.code, w.severity, w.message, w.value, w.position
    FROM wanted AS w
    WHERE NOT EXISTS (SELECT FROM held
        WHERE w.object = held.object AND w.code = held.code AND w.value IS NOT DISTINCT FROM held.value AND held.file = $7)
    ORDER BY w.code, w.object"
);
