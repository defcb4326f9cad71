//! Blocks of heights, as packed bytes: read at a revision, written as tuples of binary COPY.

use std::ops::RangeInclusive;

use sqlx::FromRow;

use super::feature::read_hash;
use super::{Store, StoreError};
use stadtwin_model::{BLOCK_SIDE, BlockKey};

/// Columns and rows of blocks, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockColumns {
    pub columns: RangeInclusive<i32>,
    pub rows: RangeInclusive<i32>,
}

/// A block as the store has it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBlock {
    pub key: BlockKey,
    pub hash: [u8; 16],
    /// Packed heights.
    pub content: Vec<u8>,
}

/// A block to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBlock {
    pub key: BlockKey,
    pub hash: [u8; 16],
    /// First column, first row, last column, last row with a height, from 0 to 255.
    pub inner_nodes: [i16; 4],
    /// Lowest and highest height [m].
    pub heights_m: [f32; 2],
    pub sample_count: i32,
    /// Packed heights.
    pub content: Vec<u8>,
}

#[derive(FromRow)]
struct BlockRow {
    block_column: i32,
    block_row: i32,
    hash: Vec<u8>,
    content: Vec<u8>,
}

impl Store {
    /// Those of the blocks that a revision has.
    pub async fn terrain_blocks(
        &self,
        terrain: i32,
        revision: i64,
        keys: &[BlockKey],
    ) -> Result<Vec<StoredBlock>, StoreError> {
        let rows: Vec<BlockRow> = sqlx::query_as(
            "SELECT b.block_column, b.block_row, b.hash, b.content
             FROM unnest($3::integer[], $4::integer[]) AS asked (c, r)
             JOIN terrain_block AS b ON b.terrain = $1 AND b.block_row = asked.r AND b.block_column = asked.c
             WHERE b.rev_from <= $2 AND (b.rev_to IS NULL OR b.rev_to > $2)",
        )
        .bind(terrain)
        .bind(revision)
        .bind(keys.iter().map(|key| key.column).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.row).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        let block = |row: BlockRow| {
            let key = BlockKey { column: row.block_column, row: row.block_row };
            Ok(StoredBlock { key, hash: read_hash(&row.hash)?, content: row.content })
        };
        rows.into_iter().map(block).collect()
    }

    /// Hashes of a revision's blocks in a rectangle, by row and column.
    pub async fn terrain_block_hashes(
        &self,
        terrain: i32,
        revision: i64,
        within: &BlockColumns,
    ) -> Result<Vec<(BlockKey, [u8; 16])>, StoreError> {
        let rows: Vec<(i32, i32, Vec<u8>)> = sqlx::query_as(
            "SELECT block_column, block_row, hash FROM terrain_block
             WHERE terrain = $1 AND block_row BETWEEN $3 AND $4 AND block_column BETWEEN $5 AND $6
                AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)
             ORDER BY block_row, block_column",
        )
        .bind(terrain)
        .bind(revision)
        .bind(within.rows.start())
        .bind(within.rows.end())
        .bind(within.columns.start())
        .bind(within.columns.end())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(column, row, hash)| Ok((BlockKey { column, row }, read_hash(&hash)?)))
            .collect()
    }

    /// Hashes of a revision's blocks in a rectangle, by row and column, and whether all of its nodes have heights.
    pub async fn terrain_rectangle(
        &self,
        terrain: i32,
        revision: i64,
        within: &BlockColumns,
    ) -> Result<(Vec<[u8; 16]>, bool), StoreError> {
        let rows: Vec<(Vec<u8>, i32)> = sqlx::query_as(
            "SELECT hash, sample_count FROM terrain_block
             WHERE terrain = $1 AND block_row BETWEEN $3 AND $4 AND block_column BETWEEN $5 AND $6
                AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)
             ORDER BY block_row, block_column",
        )
        .bind(terrain)
        .bind(revision)
        .bind(within.rows.start())
        .bind(within.rows.end())
        .bind(within.columns.start())
        .bind(within.columns.end())
        .fetch_all(&self.pool)
        .await?;
        let asked = within.rows.clone().count() * within.columns.clone().count();
        let is_full =
            rows.len() == asked && rows.iter().all(|(_, count)| *count == (BLOCK_SIDE * BLOCK_SIDE) as i32);
        let hashes: Result<_, _> = rows.iter().map(|(hash, _)| read_hash(hash)).collect();
        Ok((hashes?, is_full))
    }
}

pub(super) const BLOCK_FIELDS: &str = "terrain, block_column, block_row, rev_from, hash, inner_nodes, low_m, high_m, \
     sample_count, content";

/// Appends a tuple of `BLOCK_FIELDS`.
pub(super) fn push_block(rows: &mut Vec<u8>, terrain: i32, revision: i64, block: &NewBlock) {
    rows.extend_from_slice(&10_i16.to_be_bytes());
    push(rows, &terrain.to_be_bytes());
    push(rows, &block.key.column.to_be_bytes());
    push(rows, &block.key.row.to_be_bytes());
    push(rows, &revision.to_be_bytes());
    push(rows, &block.hash);
    push(rows, &smallint_array(block.inner_nodes));
    push(rows, &block.heights_m[0].to_be_bytes());
    push(rows, &block.heights_m[1].to_be_bytes());
    push(rows, &block.sample_count.to_be_bytes());
    push(rows, &block.content);
}

pub(super) fn push(rows: &mut Vec<u8>, value: &[u8]) {
    rows.extend_from_slice(&(value.len() as i32).to_be_bytes());
    rows.extend_from_slice(value);
}

/// A one-dimensional array of `smallint` without nulls, as PostgreSQL's binary format has it.
fn smallint_array(values: [i16; 4]) -> Vec<u8> {
    const SMALLINT_OID: i32 = 21;
    let mut bytes = Vec::with_capacity(20 + 6 * values.len());
    for head in [1, 0, SMALLINT_OID, values.len() as i32, 1] {
        bytes.extend_from_slice(&i32::to_be_bytes(head));
    }
    for value in values {
        push(&mut bytes, &value.to_be_bytes());
    }
    bytes
}
