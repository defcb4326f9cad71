//! What a collection says of its top-level objects as it moves to a new head: counted, or found from what changed.

use sqlx::PgConnection;

use super::StoreError;

/// Gives the number of objects that begin and of all at the revision. What ends is staged and ended before; with
/// `by_difference` the figures of the head before are right.
pub(super) async fn move_head(
    connection: &mut PgConnection,
    collection: i32,
    revision: i64,
    by_difference: bool,
) -> Result<(i64, i64), StoreError> {
    let statement = if by_difference { MOVED } else { COUNTED };
    let counts = sqlx::query_as(statement).bind(collection).bind(revision).fetch_one(connection).await?;
    Ok(counts)
}

const COUNTED: &str = "
    WITH figures AS (
        SELECT count(*) FILTER (WHERE rev_from = $2) AS inserted, count(*) AS features,
            count(*) FILTER (WHERE footprint IS NULL) AS unplaced, min(z_min) AS low, max(z_max) AS high,
            coalesce(bool_or(face_count > 0), false) AS has_faces,
            CASE WHEN count(reach_m) = count(*) THEN coalesce(max(reach_m), 0) END AS reach, min(valid_from) AS first,
            CASE WHEN count(valid_to) = count(*) THEN max(valid_to) END AS last
        FROM city_object
        WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $2 AND rev_to IS NULL
    )
    UPDATE collection SET head = $2, updated = now(), feature_count = features, unplaced_count = unplaced,
        height_range = CASE WHEN low IS NOT NULL THEN ARRAY[low, high] END, has_faces = figures.has_faces,
        valid_from = figures.first, valid_to = figures.last,
        reach_m = CASE WHEN head = 0 THEN reach WHEN reach_m IS NOT NULL AND reach IS NOT NULL THEN greatest(reach_m, reach) END
    FROM figures WHERE key = $1
    RETURNING inserted, features";

/// Objects at the new head.
macro_rules! live {
    ($of:literal, $condition:literal) => {
        concat!(
            "(SELECT ",
            $of,
            " FROM city_object WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $2
                AND rev_to IS NULL",
            $condition,
            ")"
        )
    };
}

/// The objects are looked at again only where what ended may have been the lowest, the highest, the first, the last or the
/// only one of its kind, and nothing that begins takes its place.
const MOVED: &str = concat!(
    "WITH begun AS (
        SELECT count(*) AS n, count(*) FILTER (WHERE footprint IS NULL) AS unplaced, min(z_min) AS low, max(z_max) AS high,
            coalesce(bool_or(face_count > 0), false) AS has_faces, count(reach_m) = count(*) AS is_measured,
            max(reach_m) AS reach, min(valid_from) AS first, max(valid_to) AS last, count(valid_to) < count(*) AS is_open
        FROM city_object
        WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from = $2 AND rev_to IS NULL
    ), ended AS (
        SELECT count(*) AS n, count(*) FILTER (WHERE footprint IS NULL) AS unplaced, min(z_min) AS low, max(z_max) AS high,
            coalesce(bool_or(face_count > 0), false) AS has_faces, min(valid_from) AS first, max(valid_to) AS last,
            count(valid_to) < count(*) AS is_open
        FROM import_end AS e JOIN city_object AS o ON o.collection = $1 AND o.id = e.key
        WHERE o.parent IS NULL AND o.scenario IS NULL AND o.rev_to = $2
    ), heights AS (
        SELECT CASE WHEN begun.low <= c.height_range[1] THEN begun.low
                WHEN ended.low IS NULL OR ended.low > c.height_range[1] THEN coalesce(c.height_range[1], begun.low)
                ELSE ",
    live!("min(z_min)", ""),
    " END AS low,
            CASE WHEN begun.high >= c.height_range[2] THEN begun.high
                WHEN ended.high IS NULL OR ended.high < c.height_range[2] THEN coalesce(c.height_range[2], begun.high)
                ELSE ",
    live!("max(z_max)", ""),
    " END AS high
        FROM begun, ended, collection AS c WHERE c.key = $1
    ), times AS (
        SELECT CASE WHEN begun.first <= c.valid_from THEN begun.first
                WHEN ended.first IS NULL OR ended.first > c.valid_from THEN coalesce(c.valid_from, begun.first)
                WHEN EXISTS ",
    live!("", " AND valid_from = c.valid_from"),
    " THEN c.valid_from
                ELSE ",
    live!("min(valid_from)", ""),
    " END AS first,
            CASE WHEN begun.is_open THEN NULL
                WHEN c.feature_count = 0 THEN begun.last
                WHEN c.valid_to IS NULL AND NOT ended.is_open THEN NULL
                WHEN c.valid_to IS NULL AND EXISTS ",
    live!("", " AND valid_to IS NULL"),
    " THEN NULL
                WHEN begun.last >= c.valid_to THEN begun.last
                WHEN c.valid_to IS NOT NULL AND (ended.last IS NULL OR ended.last < c.valid_to) THEN c.valid_to
                ELSE ",
    live!("max(valid_to)", ""),
    " END AS last
        FROM begun, ended, collection AS c WHERE c.key = $1
    )
    UPDATE collection AS c SET head = $2, updated = now(), feature_count = c.feature_count + begun.n - ended.n,
        unplaced_count = c.unplaced_count + begun.unplaced - ended.unplaced,
        height_range = CASE WHEN heights.low IS NOT NULL THEN ARRAY[heights.low, heights.high] END,
        has_faces = begun.has_faces OR CASE WHEN ended.has_faces THEN EXISTS ",
    live!("", " AND face_count > 0"),
    " ELSE c.has_faces END,
        valid_from = times.first, valid_to = times.last,
        reach_m = CASE WHEN c.reach_m IS NOT NULL AND begun.is_measured THEN greatest(c.reach_m, begun.reach) END
    FROM begun, ended, heights, times WHERE c.key = $1
    RETURNING begun.n, c.feature_count"
);
