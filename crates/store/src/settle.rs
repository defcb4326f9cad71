//! Which findings hold: an import ends those of the objects and files that it looked at again, and adds its own.

use sqlx::{Connection, PgConnection};

use super::revision::{lock_row, share_writer_lock};
use super::{ImportSession, StoreError};

impl ImportSession {
    /// Whether earlier imports left findings that hold: only then need unchanged objects be noted as `seen`.
    pub async fn has_findings(&self) -> Result<bool, StoreError> {
        let any =
            "SELECT EXISTS (SELECT FROM issue WHERE collection = $1 AND until IS NULL AND revision <> $2)";
        Ok(sqlx::query_scalar(any)
            .bind(self.collection.key)
            .bind(self.revision)
            .fetch_one(&mut *self.session.lock().await)
            .await?)
    }

    /// Findings of unchanged objects with these codes go on holding: this import did not look for them.
    pub fn keep_codes(&mut self, codes: Vec<String>) {
        self.kept_codes = codes;
    }

    /// For an import that changes no object: what it found holds for the head from now on, and what it no longer found
    /// does not. Gives the revision up; of a collection that has no head it stays with its findings until the next import.
    pub async fn settle_and_abandon(self) -> Result<(), StoreError> {
        let (collection, head) = (self.collection.key, self.collection.head);
        if head > 0 {
            let mut session = self.session.lock().await;
            let mut transaction = session.begin().await?;
            share_writer_lock(&mut transaction, collection).await?;
            lock_row(&mut transaction, collection).await?;
            let kept = Kept { codes: &self.kept_codes, objects: &self.kept_findings };
            end_findings(&mut transaction, collection, self.revision, head, kept).await?;
            sqlx::query("UPDATE issue SET revision = $3 WHERE collection = $1 AND revision = $2")
                .bind(collection)
                .bind(self.revision)
                .bind(head)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
        } else {
            let session = self.session.into_inner();
            return keep_refused(session, collection, self.revision).await;
        }
        self.abandon().await
    }
}

/// Nobody sees the collection, but what was found wrong can be asked for. Where nothing was found either, nothing stays.
async fn keep_refused(mut session: PgConnection, collection: i32, revision: i64) -> Result<(), StoreError> {
    let kept = sqlx::query(
        "UPDATE revision SET state = 'abandoned'
         WHERE number = $1 AND state = 'open' AND EXISTS (SELECT FROM issue WHERE collection = $2 AND revision = $1)",
    )
    .bind(revision)
    .bind(collection)
    .execute(&mut session)
    .await?;
    if kept.rows_affected() == 0 {
        sqlx::query("DELETE FROM collection WHERE key = $1 AND head = 0")
            .bind(collection)
            .execute(&mut session)
            .await?;
    }
    session.close().await?;
    Ok(())
}

/// Ends earlier findings at `until`, seen from the open revision `revision`: those of object versions that end or begin
/// in it, those of objects that its import saw unchanged, and those of files read again about no object that lives.
pub(super) async fn end_findings(
    connection: &mut PgConnection,
    collection: i32,
    revision: i64,
    until: i64,
    kept: Kept<'_>,
) -> Result<(), StoreError> {
    sqlx::query(OWN_NAMES).bind(collection).bind(revision).execute(&mut *connection).await?;
    sqlx::query(END)
        .bind(collection)
        .bind(revision)
        .bind(until)
        .bind(kept.codes)
        .bind(&kept.objects.0)
        .bind(&kept.objects.1)
        .execute(connection)
        .await?;
    Ok(())
}

/// What goes on holding although its object was met again.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    /// Findings of unchanged objects with these codes.
    pub codes: &'a [String],
    /// Findings of these changed objects without these codes.
    pub objects: &'a (Vec<String>, Vec<String>),
}

/// Findings on objects that came under another gml:id go to the object's permanent name.
const OWN_NAMES: &str = "
    UPDATE issue AS i SET object = a.uid FROM object_alias AS a
    WHERE i.collection = $1 AND i.revision = $2 AND a.collection = $1 AND a.alias = i.object";

/// From the objects that the import touched to their findings: those of the others are not looked at. Lists, since the planner
/// cannot know how few they are and would read all findings.
const END: &str = "
    WITH files AS (
        SELECT file FROM import_file WHERE collection = $1 AND revision = $2
        UNION SELECT file FROM issue WHERE collection = $1 AND revision = $2
    ), other AS (
        SELECT uid FROM city_object WHERE collection = $1 AND scenario IS NULL AND rev_from = $2
        UNION SELECT o.uid FROM import_end AS e JOIN city_object AS o ON o.collection = $1 AND o.id = e.key
        WHERE o.scenario IS NULL AND o.rev_to = $2
        UNION SELECT o.uid FROM import_end AS e JOIN city_object AS o ON o.collection = $1 AND o.root = e.key
        WHERE o.parent IS NOT NULL AND o.scenario IS NULL AND o.rev_to = $2
    ), seen AS (
        SELECT o.uid FROM import_seen AS s JOIN city_object AS o ON o.collection = $1 AND o.id = s.key
        WHERE o.scenario IS NULL AND o.rev_to IS NULL
        UNION SELECT o.uid FROM import_seen AS s JOIN city_object AS o ON o.collection = $1 AND o.root = s.key
        WHERE o.parent IS NOT NULL AND o.scenario IS NULL AND o.rev_to IS NULL
    ), read AS MATERIALIZED (
        SELECT id, object FROM issue
        WHERE collection = $1 AND until IS NULL AND file = ANY(ARRAY(SELECT file FROM files)) AND revision <> $2
    ), past AS (
        SELECT id FROM issue
        WHERE collection = $1 AND until IS NULL AND object = ANY(ARRAY(SELECT uid FROM other)) AND object <> ''
            AND revision <> $2 AND NOT (object = ANY($5) AND code <> ALL($6))
        UNION SELECT id FROM issue
        WHERE collection = $1 AND until IS NULL AND object = ANY(ARRAY(SELECT uid FROM seen)) AND object <> ''
            AND revision <> $2 AND code <> ALL($4)
        UNION SELECT id FROM read LEFT JOIN LATERAL (SELECT true AS is_there FROM city_object AS o
            WHERE o.collection = $1 AND o.uid = read.object AND o.scenario IS NULL AND o.rev_from <= $2 AND o.rev_to IS NULL
            LIMIT 1) AS living ON true
        WHERE object = '' OR is_there IS NULL
    )
    UPDATE issue SET until = $3 WHERE id = ANY(ARRAY(SELECT id FROM past))";

/// Where the revision restores an earlier one: what held then of the objects that come back.
pub(super) async fn restore_findings(
    connection: &mut PgConnection,
    collection: i32,
    revision: i64,
) -> Result<(), StoreError> {
    sqlx::query(RESTORE).bind(collection).bind(revision).execute(connection).await?;
    Ok(())
}

const RESTORE: &str = "
    INSERT INTO issue (collection, revision, file, object, line, code, severity, message, face, value, position)
    SELECT i.collection, r.number, i.file, i.object, i.line, i.code, i.severity, i.message, i.face, i.value, i.position
    FROM revision AS r JOIN issue AS i ON i.collection = r.collection
    WHERE r.number = $2 AND i.collection = $1 AND i.object <> '' AND i.revision <= r.restores
        AND (i.until IS NULL OR i.until > r.restores)
        AND EXISTS (SELECT FROM city_object AS o
            WHERE o.collection = $1 AND o.uid = i.object AND o.rev_from = $2 AND o.scenario IS NULL)
    ORDER BY i.id";
