//! Which new objects are known ones under another gml:id: matched by external reference, then by footprint, in temporary
//! tables of the import's connection. Only objects that were not found by id are looked at.

use sqlx::types::Json;
use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;

use super::ewkb::{self, Footprint};
use super::{ImportSession, Store, StoreError};
use stadtwin_model::{Collection, IdentityMatch, Succession};

/// A top-level object that was not found by id.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// gml:id.
    pub id: String,
    /// CityGML class name.
    pub class: &'static str,
    /// Attribute `externalReferences`; null without.
    pub references: serde_json::Value,
    /// Storage CRS.
    pub footprint: Footprint,
}

/// How matches are sought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchRule {
    /// Common part of two footprints as a share of the larger one from which they are the same thing, above 0 up to 1;
    /// `None`: footprints are not compared.
    pub least_overlap: Option<f64>,
    /// Whether whatever the input does not hold ends.
    pub is_replaced: bool,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matches {
    pub by_reference: u64,
    pub by_overlap: u64,
    /// Old objects that end because others stand in their place.
    pub superseded: u64,
    /// The first of them.
    pub kept: Vec<IdentityMatch>,
    pub successions: Vec<Succession>,
}

/// Matches listed one by one.
const LISTED: i64 = 1_000;

/// The temporary tables of a dry run, which go with its connection.
#[derive(Debug)]
pub struct DryMatching {
    session: Mutex<PgConnection>,
    collection: Collection,
    srid: u32,
}

impl Store {
    /// Matching against the head, without an import.
    pub async fn begin_matching(&self, collection: &Collection) -> Result<DryMatching, StoreError> {
        let srid = self.storage_crs().await?.ok_or(StoreError::NoCrs)?.horizontal;
        let mut session = self.bulk_connection().await?;
        prepare(&mut session).await?;
        Ok(DryMatching { session: Mutex::new(session), collection: collection.clone(), srid })
    }
}

impl DryMatching {
    pub async fn add(&self, fresh: &[Fresh], met: &[i64]) -> Result<(), StoreError> {
        add(&mut *self.session.lock().await, self.srid, fresh, met).await
    }

    pub async fn matches(&self, rule: MatchRule) -> Result<Matches, StoreError> {
        matches(&mut *self.session.lock().await, &self.collection, rule).await
    }
}

impl ImportSession {
    /// To be called before the first object.
    pub async fn begin_matching(&self) -> Result<(), StoreError> {
        prepare(&mut *self.session.lock().await).await
    }

    /// Notes objects not found by id, and the keys of those that were.
    pub async fn add_for_matching(&self, fresh: &[Fresh], met: &[i64]) -> Result<(), StoreError> {
        add(&mut *self.session.lock().await, self.srid, fresh, met).await
    }

    /// Matches all that was noted; publication then gives matched objects their permanent names. What they stand in
    /// place of is staged to end.
    pub async fn match_objects(&self, rule: MatchRule) -> Result<Matches, StoreError> {
        let mut session = self.session.lock().await;
        let found = matches(&mut session, &self.collection, rule).await?;
        sqlx::query("INSERT INTO import_end SELECT key FROM match_ended ON CONFLICT DO NOTHING")
            .execute(&mut *session)
            .await?;
        Ok(found)
    }
}

async fn prepare(session: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::raw_sql(
        "CREATE TEMPORARY TABLE match_fresh (uid text COLLATE \"C\" PRIMARY KEY, class text COLLATE \"C\" NOT NULL,
            refs jsonb, footprint geometry);
         CREATE TEMPORARY TABLE match_met (key bigint PRIMARY KEY);
         CREATE TEMPORARY TABLE match_pair (uid text COLLATE \"C\" NOT NULL, key bigint NOT NULL, method text NOT NULL,
            overlap double precision, of_old double precision, is_same boolean NOT NULL, PRIMARY KEY (uid, key));
         CREATE TEMPORARY TABLE match_ended (key bigint PRIMARY KEY);
         CREATE TEMPORARY TABLE match_line (predecessor text COLLATE \"C\" NOT NULL, successor text COLLATE \"C\" NOT NULL,
            method text NOT NULL, overlap double precision, PRIMARY KEY (predecessor, successor))",
    )
    .execute(session)
    .await?;
    Ok(())
}

async fn add(session: &mut PgConnection, srid: u32, fresh: &[Fresh], met: &[i64]) -> Result<(), StoreError> {
    if !met.is_empty() {
        sqlx::query("INSERT INTO match_met SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING")
            .bind(met)
            .execute(&mut *session)
            .await?;
    }
    if fresh.is_empty() {
        return Ok(());
    }
    let shape = |fresh: &Fresh| {
        let mut bytes = Vec::new();
        ewkb::write_footprint(&mut bytes, &fresh.footprint, srid);
        (!fresh.footprint.is_empty()).then_some(bytes)
    };
    sqlx::query(
        "INSERT INTO match_fresh SELECT uid, class, refs, plain_area(ST_GeomFromEWKB(footprint))
         FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::bytea[]) AS f (uid, class, refs, footprint)
         ON CONFLICT DO NOTHING",
    )
    .bind(fresh.iter().map(|fresh| fresh.id.replace('\0', "")).collect::<Vec<_>>())
    .bind(fresh.iter().map(|fresh| fresh.class).collect::<Vec<_>>())
    .bind(
        fresh.iter().map(|fresh| Json(super::copy_field::without_nul(&fresh.references))).collect::<Vec<_>>(),
    )
    .bind(fresh.iter().map(shape).collect::<Vec<_>>())
    .execute(session)
    .await?;
    Ok(())
}

async fn matches(
    session: &mut PgConnection,
    collection: &Collection,
    rule: MatchRule,
) -> Result<Matches, StoreError> {
    let mut transaction = session.begin().await?;
    let has_fresh: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM match_fresh)").fetch_one(&mut *transaction).await?;
    if !has_fresh {
        return Ok(Matches::default());
    }
    sqlx::query("ANALYZE match_fresh").execute(&mut *transaction).await?;
    sqlx::query("ANALYZE match_met").execute(&mut *transaction).await?;
    sqlx::query(REFERENCES).bind(collection.key).bind(collection.head).execute(&mut *transaction).await?;
    if let Some(least) = rule.least_overlap {
        sqlx::query(OVERLAPS)
            .bind(collection.key)
            .bind(collection.head)
            .bind(least)
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(ENDED).bind(rule.least_overlap).execute(&mut *transaction).await?;
    sqlx::query(LINES).bind(collection.key).bind(rule.is_replaced).execute(&mut *transaction).await?;
    let found = read(&mut transaction, collection.key).await?;
    transaction.commit().await?;
    Ok(found)
}

async fn read(connection: &mut PgConnection, collection: i32) -> Result<Matches, StoreError> {
    let (by_reference, by_overlap, superseded): (i64, i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE is_same AND method = 'reference'),
            count(*) FILTER (WHERE is_same AND method = 'overlap'),
            (SELECT count(*) FROM match_ended AS e
                WHERE NOT EXISTS (SELECT FROM match_pair AS p WHERE p.key = e.key AND p.is_same))
         FROM match_pair",
    )
    .fetch_one(&mut *connection)
    .await?;
    let kept: Vec<(String, String, String, Option<f64>)> = sqlx::query_as(
        "SELECT p.uid, o.uid, p.method, p.overlap FROM match_pair AS p
         JOIN city_object AS o ON o.collection = $1 AND o.id = p.key
         WHERE p.is_same ORDER BY p.uid LIMIT $2",
    )
    .bind(collection)
    .bind(LISTED)
    .fetch_all(&mut *connection)
    .await?;
    let lines: Vec<(String, String, String, Option<f64>)> = sqlx::query_as(
        "SELECT predecessor, successor, method, overlap FROM match_line ORDER BY predecessor, successor LIMIT $1",
    )
    .bind(LISTED)
    .fetch_all(connection)
    .await?;
    let kept = kept.into_iter().map(|(id, uid, by, overlap)| IdentityMatch { id, uid, by, overlap });
    let successions = lines.into_iter().map(|(predecessor, successor, by, overlap)| Succession {
        predecessor,
        successor,
        by,
        overlap,
    });
    Ok(Matches {
        by_reference: by_reference.unsigned_abs(),
        by_overlap: by_overlap.unsigned_abs(),
        superseded: superseded.unsigned_abs(),
        kept: kept.collect(),
        successions: successions.collect(),
    })
}

/// Part of the publication: new rows of known objects get the permanent names, and what was found is written down.
pub(super) async fn settle(
    transaction: &mut PgConnection,
    collection: &Collection,
    revision: i64,
) -> Result<(), StoreError> {
    if collection.has_lineage {
        for statement in [ALIASES, ALIAS_SOURCES, ALIAS_TARGETS] {
            sqlx::query(statement).bind(collection.key).bind(revision).execute(&mut *transaction).await?;
        }
    }
    let has_matched: bool = sqlx::query_scalar("SELECT to_regclass('pg_temp.match_pair') IS NOT NULL")
        .fetch_one(&mut *transaction)
        .await?;
    if !has_matched {
        return Ok(());
    }
    for statement in [NAMES, NEW_ALIASES, NEW_LINES, ALIAS_SOURCES, ALIAS_TARGETS] {
        sqlx::query(statement).bind(collection.key).bind(revision).execute(&mut *transaction).await?;
    }
    sqlx::query(
        "UPDATE collection SET has_lineage = true
         WHERE key = $1 AND NOT has_lineage AND (EXISTS (SELECT FROM match_line)
            OR EXISTS (SELECT FROM match_pair WHERE is_same))",
    )
    .bind(collection.key)
    .execute(transaction)
    .await?;
    Ok(())
}

/// References that more things than one old or one new share name none of them: then they are left out, as are those
/// that an object found by id has too. One old and several new ones: a split; several old and one new one: a merge.
const REFERENCES: &str = "
    WITH fresh AS (SELECT f.uid, r AS ref FROM match_fresh AS f, external_references(f.refs) AS r),
    old AS (
        SELECT o.id AS key, r AS ref, NOT EXISTS (SELECT FROM match_met AS m WHERE m.key = o.id) AS is_left
        FROM city_object AS o, external_references(o.attributes -> 'externalReferences') AS r
        WHERE o.collection = $1 AND o.parent IS NULL AND o.scenario IS NULL AND o.rev_from <= $2 AND o.rev_to IS NULL
            AND r IN (SELECT ref FROM fresh)
    ), usable AS (
        SELECT ref FROM (SELECT ref, count(*) AS olds, bool_and(is_left) AS all_left FROM old GROUP BY ref) AS o
        JOIN (SELECT ref, count(*) AS news FROM fresh GROUP BY ref) AS f USING (ref)
        WHERE all_left AND least(olds, news) = 1 AND greatest(olds, news) <= 64
    ), pair AS (
        SELECT DISTINCT uid, key FROM usable JOIN fresh USING (ref) JOIN old USING (ref)
    ), counted AS (
        SELECT uid, key, count(*) OVER (PARTITION BY uid) AS olds, count(*) OVER (PARTITION BY key) AS news FROM pair
    )
    INSERT INTO match_pair SELECT uid, key, 'reference', NULL, NULL, olds = 1 AND news = 1 FROM counted
    WHERE least(olds, news) = 1";

/// Of one class. Each covering the other by the share asked for, and no third one doing so: the same object. Otherwise
/// the one that lies in the other by that share is a piece of it.
const OVERLAPS: &str = "
    WITH candidate AS (
        SELECT f.uid, o.id AS key, ST_Area(f.footprint) AS new_m2, ST_Area(o.footprint) AS old_m2,
            ST_Area(ST_Intersection(f.footprint, plain_area(o.footprint))) AS common_m2
        FROM match_fresh AS f JOIN city_object AS o ON o.footprint && f.footprint AND o.class = f.class
        WHERE o.collection = $1 AND o.parent IS NULL AND o.scenario IS NULL AND o.rev_from <= $2 AND o.rev_to IS NULL
            AND NOT EXISTS (SELECT FROM match_met AS m WHERE m.key = o.id)
            AND NOT EXISTS (SELECT FROM match_pair AS p WHERE p.key = o.id)
            AND NOT EXISTS (SELECT FROM match_pair AS p WHERE p.uid = f.uid)
    ), share AS (
        SELECT uid, key, common_m2 / new_m2 AS of_new, common_m2 / old_m2 AS of_old FROM candidate
        WHERE common_m2 > 0 AND new_m2 > 0 AND old_m2 > 0
    ), near AS (
        SELECT *, least(of_new, of_old) >= $3 AS is_mutual FROM share WHERE greatest(of_new, of_old) >= $3
    ), counted AS (
        SELECT *, count(*) FILTER (WHERE is_mutual) OVER (PARTITION BY uid) AS olds,
            count(*) FILTER (WHERE is_mutual) OVER (PARTITION BY key) AS news
        FROM near
    )
    INSERT INTO match_pair
    SELECT uid, key, 'overlap', least(of_new, of_old), of_old, is_mutual AND olds = 1 AND news = 1 FROM counted";

/// What others stand in place of: as a whole by reference, by footprint as far as the share asked for.
const ENDED: &str = "
    INSERT INTO match_ended
    SELECT key FROM match_pair GROUP BY key
    HAVING bool_or(is_same) OR bool_or(method = 'reference') OR sum(of_old) >= $1::double precision";

/// Pairs of different objects, by their permanent names, where the old one ends.
const LINES: &str = "
    INSERT INTO match_line
    SELECT old.uid, coalesce(kept.uid, p.uid), min(p.method), max(p.overlap) FROM match_pair AS p
    JOIN city_object AS old ON old.collection = $1 AND old.id = p.key
    LEFT JOIN match_pair AS own ON own.uid = p.uid AND own.is_same
    LEFT JOIN city_object AS kept ON kept.collection = $1 AND kept.id = own.key
    WHERE NOT p.is_same AND old.uid <> coalesce(kept.uid, p.uid)
        AND ($2 OR EXISTS (SELECT FROM match_ended AS e WHERE e.key = p.key))
    GROUP BY 1, 2";

/// Objects that came under a name known from an earlier import, unless another one has the permanent name now.
const ALIASES: &str = "
    UPDATE city_object AS o SET uid = a.uid FROM object_alias AS a
    WHERE a.collection = $1 AND o.collection = $1 AND o.uid = a.alias AND o.rev_from = $2 AND o.parent IS NULL
        AND o.scenario IS NULL
        AND NOT EXISTS (SELECT FROM city_object AS other WHERE other.collection = $1 AND other.uid = a.uid
            AND other.parent IS NULL AND other.scenario IS NULL AND other.rev_to IS NULL)";

const NAMES: &str = "
    UPDATE city_object AS o SET uid = old.uid
    FROM match_pair AS p JOIN city_object AS old ON old.collection = $1 AND old.id = p.key
    WHERE p.is_same AND o.collection = $1 AND o.uid = p.uid AND o.rev_from = $2 AND o.parent IS NULL
        AND o.scenario IS NULL";

/// Links of objects that have their permanent names now.
const ALIAS_SOURCES: &str = "
    UPDATE object_link AS l SET source = a.uid FROM object_alias AS a
    WHERE a.collection = $1 AND l.collection = $1 AND l.rev_from = $2 AND l.source = a.alias
        AND NOT EXISTS (SELECT FROM city_object AS o WHERE o.collection = $1 AND o.uid = l.source AND o.rev_from = $2
            AND o.parent IS NULL)";

/// `href` keeps what the file says.
const ALIAS_TARGETS: &str = "
    UPDATE object_link AS l SET target = a.uid FROM object_alias AS a
    WHERE a.collection = $1 AND l.collection = $1 AND l.rev_from = $2 AND l.target = a.alias
        AND NOT EXISTS (SELECT FROM city_object AS o WHERE o.collection = $1 AND o.uid = l.target AND o.rev_to IS NULL)";

const NEW_ALIASES: &str = "
    INSERT INTO object_alias
    SELECT $1, p.uid, old.uid, $2 FROM match_pair AS p
    JOIN city_object AS old ON old.collection = $1 AND old.id = p.key
    WHERE p.is_same AND p.uid <> old.uid
    ON CONFLICT (collection, alias) DO UPDATE SET uid = excluded.uid, revision = excluded.revision";

const NEW_LINES: &str = "
    INSERT INTO object_lineage
    SELECT $1, predecessor, successor, $2, method, overlap FROM match_line ON CONFLICT DO NOTHING";
