//! The coarse tiles of the geographic lattice, as packed bytes.

use sqlx::FromRow;

use super::feature::read_hash;
use super::{Store, StoreError, TerrainSession};
use stadtwin_model::TileKey;

/// A tile of the lattice.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredLattice {
    pub key: TileKey,
    /// Over the content.
    pub hash: [u8; 16],
    /// Packed heights.
    pub content: Vec<u8>,
}

#[derive(FromRow)]
struct LatticeRow {
    level: i16,
    x: i64,
    y: i64,
    hash: Vec<u8>,
    content: Vec<u8>,
}

impl LatticeRow {
    fn key(&self) -> TileKey {
        TileKey { level: self.level as u8, x: self.x as u32, y: self.y as u32 }
    }
}

impl Store {
    /// Those of the tiles that a revision has.
    pub async fn terrain_lattice(
        &self,
        terrain: i32,
        revision: i64,
        keys: &[TileKey],
    ) -> Result<Vec<StoredLattice>, StoreError> {
        let rows: Vec<LatticeRow> = sqlx::query_as(
            "SELECT l.level, l.x, l.y, l.hash, l.content
             FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) AS asked (level, x, y)
             JOIN terrain_lattice AS l
                ON l.terrain = $1 AND l.level = asked.level AND l.x = asked.x AND l.y = asked.y
             WHERE l.rev_from <= $2 AND (l.rev_to IS NULL OR l.rev_to > $2)",
        )
        .bind(terrain)
        .bind(revision)
        .bind(keys.iter().map(|key| i16::from(key.level)).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| i64::from(key.x)).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| i64::from(key.y)).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        let tile = |row: LatticeRow| {
            Ok(StoredLattice { key: row.key(), hash: read_hash(&row.hash)?, content: row.content })
        };
        rows.into_iter().map(tile).collect()
    }

    /// Hashes of those of the tiles that a revision has, in the order of level, y, x.
    pub async fn terrain_lattice_hashes(
        &self,
        terrain: i32,
        revision: i64,
        keys: &[TileKey],
    ) -> Result<Vec<(TileKey, [u8; 16])>, StoreError> {
        let rows: Vec<(i16, i64, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT l.level, l.x, l.y, l.hash
             FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) AS asked (level, x, y)
             JOIN terrain_lattice AS l
                ON l.terrain = $1 AND l.level = asked.level AND l.x = asked.x AND l.y = asked.y
             WHERE l.rev_from <= $2 AND (l.rev_to IS NULL OR l.rev_to > $2)
             ORDER BY l.level, l.y, l.x",
        )
        .bind(terrain)
        .bind(revision)
        .bind(keys.iter().map(|key| i16::from(key.level)).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| i64::from(key.x)).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| i64::from(key.y)).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        let tile = |(level, x, y, hash): (i16, i64, i64, Vec<u8>)| {
            Ok((TileKey { level: level as u8, x: x as u32, y: y as u32 }, read_hash(&hash)?))
        };
        rows.into_iter().map(tile).collect()
    }

    /// The tiles of a level that a revision has, by y and x.
    pub async fn terrain_lattice_keys(
        &self,
        terrain: i32,
        revision: i64,
        level: u8,
    ) -> Result<Vec<TileKey>, StoreError> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT x, y FROM terrain_lattice
             WHERE terrain = $1 AND level = $3 AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)
             ORDER BY y, x",
        )
        .bind(terrain)
        .bind(revision)
        .bind(i16::from(level))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(x, y)| TileKey { level, x: x as u32, y: y as u32 }).collect())
    }
}

impl TerrainSession {
    /// Puts tiles in the place of those that the head has; `gone` have nothing in their place.
    pub async fn replace_lattice(&self, tiles: &[StoredLattice], gone: &[TileKey]) -> Result<(), StoreError> {
        let keys: Vec<TileKey> = tiles.iter().map(|tile| tile.key).chain(gone.iter().copied()).collect();
        let mut transaction = self.store.pool.begin().await?;
        super::terrain_revision::share_writer_lock(&mut transaction, self.terrain.key).await?;
        sqlx::query(
            "UPDATE terrain_lattice AS l SET rev_to = $2
             FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) AS asked (level, x, y)
             WHERE l.terrain = $1 AND l.level = asked.level AND l.x = asked.x AND l.y = asked.y
                AND l.rev_from < $2 AND l.rev_to IS NULL",
        )
        .bind(self.terrain.key)
        .bind(self.revision)
        .bind(keys.iter().map(|key| i16::from(key.level)).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| i64::from(key.x)).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| i64::from(key.y)).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO terrain_lattice (terrain, level, x, y, rev_from, hash, content)
             SELECT $1, level, x, y, $2, hash, content
             FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bytea[])
                AS made (level, x, y, hash, content)",
        )
        .bind(self.terrain.key)
        .bind(self.revision)
        .bind(tiles.iter().map(|tile| i16::from(tile.key.level)).collect::<Vec<_>>())
        .bind(tiles.iter().map(|tile| i64::from(tile.key.x)).collect::<Vec<_>>())
        .bind(tiles.iter().map(|tile| i64::from(tile.key.y)).collect::<Vec<_>>())
        .bind(tiles.iter().map(|tile| tile.hash.as_slice()).collect::<Vec<_>>())
        .bind(tiles.iter().map(|tile| tile.content.as_slice()).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}
