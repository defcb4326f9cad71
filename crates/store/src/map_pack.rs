//! What flat map tiles show, kept together by place: packs, whose bytes others write and read.

use sqlx::{Connection, PgConnection, QueryBuilder};
use tokio::sync::Mutex;

use super::bound::Ewkb;
use super::feature::{COLUMNS, FeatureRow, area, push_state};
use super::filter::Sql;
use super::{Store, StoreError};
use stadtwin_model::{Collection, MapCell, RawFeature};
use stadtwin_query::Region;

/// First half of the session lock of whoever packs a collection; the second is the collection.
const PACK_LOCK: i32 = 0x5354_0009;

/// A pack that is at hand, without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapPackKey {
    pub cell: MapCell,
    /// The revision that it was made of.
    pub revision: i64,
    /// Of its content; 0: it has none, its features are too many.
    pub size_bytes: i32,
}

/// The packs of one collection being brought up to its head. Ends with its connection.
pub struct Packing {
    connection: Mutex<PgConnection>,
    store: Store,
    collection: Collection,
    /// What the packs show so far; `None`: there are none of the present format.
    shown: Option<i64>,
    format: i16,
}

type KeyRow = (Option<i16>, Option<i32>, Option<i32>, Option<i64>, Option<i32>);

impl Store {
    /// All packs of the collection's head in one piece; `None` where they show another revision or have another format, or
    /// are more than `most`.
    pub async fn map_packs(
        &self,
        collection: &Collection,
        format: i16,
        most: usize,
    ) -> Result<Option<Vec<MapPackKey>>, StoreError> {
        let rows: Vec<KeyRow> = sqlx::query_as(
            "SELECT p.level, p.x, p.y, p.revision, coalesce(octet_length(p.content), 0) FROM collection AS c
             LEFT JOIN map_pack AS p ON p.collection = c.key AND p.revision <= c.map_revision
             WHERE c.key = $1 AND c.map_revision = $2 AND c.map_format = $3 LIMIT $4",
        )
        .bind(collection.key)
        .bind(collection.head)
        .bind(format)
        .bind(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(&self.pool)
        .await?;
        if rows.is_empty() || rows.len() > most {
            return Ok(None);
        }
        let key = |(level, x, y, revision, size_bytes): KeyRow| {
            let cell = MapCell { level: level? as u8, x: x?, y: y? };
            Some(MapPackKey { cell, revision: revision?, size_bytes: size_bytes? })
        };
        Ok(Some(rows.into_iter().filter_map(key).collect()))
    }

    /// Contents of packs in no order; without those that are there no more.
    pub async fn map_pack_contents(
        &self,
        collection: &Collection,
        keys: &[MapPackKey],
    ) -> Result<Vec<(MapPackKey, Vec<u8>)>, StoreError> {
        let rows: Vec<(i16, i32, i32, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT p.level, p.x, p.y, p.revision, p.content
             FROM unnest($2::smallint[], $3::integer[], $4::integer[], $5::bigint[]) AS k (level, x, y, revision)
             JOIN map_pack AS p ON p.collection = $1 AND p.level = k.level AND p.x = k.x AND p.y = k.y
                AND p.revision = k.revision
             WHERE p.content IS NOT NULL",
        )
        .bind(collection.key)
        .bind(keys.iter().map(|key| i16::from(key.cell.level)).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.cell.x).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.cell.y).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.revision).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        let content = |(level, x, y, revision, content): (i16, i32, i32, i64, Vec<u8>)| {
            let cell = MapCell { level: level as u8, x, y };
            let size_bytes = i32::try_from(content.len()).unwrap_or(i32::MAX);
            (MapPackKey { cell, revision, size_bytes }, content)
        };
        Ok(rows.into_iter().map(content).collect())
    }

    /// Collections, by key, whose packs do not show their head, with the head.
    pub async fn unpacked(&self, format: i16) -> Result<Vec<(i32, i64)>, StoreError> {
        let heads = sqlx::query_as(
            "SELECT key, head FROM collection
             WHERE head > 0 AND (map_revision, map_format) IS DISTINCT FROM (head, $1) ORDER BY key",
        )
        .bind(format)
        .fetch_all(&self.pool)
        .await?;
        Ok(heads)
    }

    /// Begins to pack what the collection's head differs in from what the packs show; `None` when they show it, or another
    /// process is at it.
    pub async fn begin_packing(
        &self,
        collection: &Collection,
        format: i16,
    ) -> Result<Option<Packing>, StoreError> {
        let state: Option<(Option<i64>, Option<i16>)> =
            sqlx::query_as("SELECT map_revision, map_format FROM collection WHERE key = $1")
                .bind(collection.key)
                .fetch_optional(&self.pool)
                .await?;
        if state.is_none_or(|state| state == (Some(collection.head), Some(format))) {
            return Ok(None);
        }
        let mut connection = self.bulk_connection().await?;
        let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
            .bind(PACK_LOCK)
            .bind(collection.key)
            .fetch_one(&mut connection)
            .await?;
        if !is_ours {
            return Ok(None);
        }
        // Asked again, now that nobody else can change it.
        let shown: Option<i64> =
            sqlx::query_scalar("SELECT map_revision FROM collection WHERE key = $1 AND map_format = $2")
                .bind(collection.key)
                .bind(format)
                .fetch_optional(&mut connection)
                .await?
                .flatten();
        if shown.is_some_and(|shown| shown >= collection.head) {
            return Ok(None);
        }
        clear_unshown(&mut connection, collection.key, shown).await?;
        let connection = Mutex::new(connection);
        Ok(Some(Packing { connection, store: self.clone(), collection: collection.clone(), shown, format }))
    }
}

/// Removes what a run that came to nothing left behind, and all packs where none are of the present format.
async fn clear_unshown(
    connection: &mut PgConnection,
    collection: i32,
    shown: Option<i64>,
) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await?;
    if shown.is_none() {
        // Nobody takes what is missing for empty.
        sqlx::query("UPDATE collection SET map_revision = NULL, map_format = NULL WHERE key = $1")
            .bind(collection)
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query("DELETE FROM map_pack WHERE collection = $1 AND revision > $2")
        .bind(collection)
        .bind(shown.unwrap_or(-1))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

impl Packing {
    /// The cells in which something differs from what the packs show; all where there are none.
    pub async fn cells(&self) -> Result<Vec<MapCell>, StoreError> {
        let mut sql: Sql = QueryBuilder::new("SELECT DISTINCT map_cell(footprint)");
        match self.shown {
            None => push_state(&mut sql, &self.collection, self.collection.head),
            Some(shown) => {
                sql.push(" FROM city_object_").push(self.collection.key).push(" WHERE collection = ");
                sql.push_bind(self.collection.key).push(" AND parent IS NULL AND scenario IS NULL");
                // Whatever began and ended in between counts in vain.
                sql.push(" AND (rev_from > ").push_bind(shown);
                sql.push(" AND rev_from <= ").push_bind(self.collection.head);
                sql.push(" OR rev_to > ").push_bind(shown);
                sql.push(" AND rev_to <= ").push_bind(self.collection.head).push(")");
            }
        }
        sql.push(" AND NOT ST_IsEmpty(footprint)");
        let mut connection = self.connection.lock().await;
        let cells: Vec<Vec<i32>> = sql.build_query_scalar().fetch_all(&mut *connection).await?;
        let cell = |place: Vec<i32>| match place[..] {
            [level, x, y] => Some(MapCell { level: level as u8, x, y }),
            _ => None,
        };
        Ok(cells.into_iter().filter_map(cell).collect())
    }

    /// Features of a cell at the collection's head by their keys, at most as many as `limit`: without qualifiers and ground.
    pub async fn features(&self, cell: MapCell, limit: u32) -> Result<Vec<RawFeature>, StoreError> {
        let srid = self.store.srid().await?;
        let mut sql: Sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS);
        push_state(&mut sql, &self.collection, self.collection.head);
        if let Some([west, south, east, north]) = cell.reach() {
            let ring = vec![[west, south], [east, south], [east, north], [west, north], [west, south]];
            let region = Region { rings: vec![ring], heights_m: None };
            sql.push(" AND footprint && ").push_bind(Ewkb(area(&region, srid)));
        }
        sql.push(" AND NOT ST_IsEmpty(footprint) AND map_cell(footprint) = ");
        sql.push_bind(vec![i32::from(cell.level), cell.x, cell.y]);
        sql.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
        let mut connection = self.connection.lock().await;
        let rows: Vec<FeatureRow> = sql.build_query_as().fetch_all(&mut *connection).await?;
        rows.into_iter().map(FeatureRow::into_raw).collect()
    }

    /// Keeps packs of the head, which nobody sees yet.
    pub async fn write(&self, packs: &[(MapCell, Option<Vec<u8>>)]) -> Result<(), StoreError> {
        let cells = packs.iter().map(|(cell, _)| *cell);
        sqlx::query(
            "INSERT INTO map_pack (collection, level, x, y, revision, content)
             SELECT $1, level, x, y, $2, content
             FROM unnest($3::smallint[], $4::integer[], $5::integer[], $6::bytea[]) AS made (level, x, y, content)",
        )
        .bind(self.collection.key)
        .bind(self.collection.head)
        .bind(cells.clone().map(|cell| i16::from(cell.level)).collect::<Vec<_>>())
        .bind(cells.clone().map(|cell| cell.x).collect::<Vec<_>>())
        .bind(cells.map(|cell| cell.y).collect::<Vec<_>>())
        .bind(packs.iter().map(|(_, content)| content.as_deref()).collect::<Vec<_>>())
        .execute(&mut *self.connection.lock().await)
        .await?;
        Ok(())
    }

    /// Shows what was written, in place of the former packs of these cells, or of all where there were none of this format.
    pub async fn show(self, cells: &[MapCell]) -> Result<(), StoreError> {
        let mut connection = self.connection.into_inner();
        let mut transaction = connection.begin().await?;
        sqlx::query(
            "DELETE FROM map_pack AS p USING unnest($3::smallint[], $4::integer[], $5::integer[]) AS c (level, x, y)
             WHERE p.collection = $1 AND p.level = c.level AND p.x = c.x AND p.y = c.y AND p.revision < $2",
        )
        .bind(self.collection.key)
        .bind(self.collection.head)
        .bind(cells.iter().map(|cell| i16::from(cell.level)).collect::<Vec<_>>())
        .bind(cells.iter().map(|cell| cell.x).collect::<Vec<_>>())
        .bind(cells.iter().map(|cell| cell.y).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
        sqlx::query("UPDATE collection SET map_revision = $2, map_format = $3 WHERE key = $1")
            .bind(self.collection.key)
            .bind(self.collection.head)
            .bind(self.format)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        connection.close().await?;
        Ok(())
    }
}
