//! What a modification moves, reckoned block by block against the ground as surveyed.

use std::sync::Arc;

use stadtwin_crs::CrsError;
use stadtwin_model::{
    BLOCK_SIDE, BlockKey, CutFill, EditFigures, GroundEdit, HeightGrid, Heights, Terrain, TerrainModification,
};
use stadtwin_store::{NewModification, Store, Written};
use stadtwin_terrain::{EditGround, blocks_within, cut_fill};

use super::super::edits::TerrainEdits;
use super::super::reader::{KeptHeights, TerrainReader};
use super::{MOST, MOST_NODES, ModificationError};

/// Blocks in memory at a time: before and after 8 MiB.
const AT_ONCE: usize = 16;

/// Checks what is new against the terrain and reckons what it moves.
async fn prepared(
    store: &Store,
    kept: &KeptHeights,
    terrain: &Terrain,
    new: NewModification,
) -> Result<NewModification, ModificationError> {
    let figures = figures(store, kept, terrain, &new.edit).await?;
    Ok(NewModification { figures: Some((terrain.head, figures)), ..new })
}

/// Adds a modification.
pub async fn add_modification(
    store: &Store,
    kept: &KeptHeights,
    terrain: &Terrain,
    new: NewModification,
) -> Result<TerrainModification, ModificationError> {
    let new = prepared(store, kept, terrain, new).await?;
    match store.add_terrain_modification(terrain.key, &new, MOST).await? {
        Written::Done(modification) => Ok(modification),
        Written::Full(count) => Err(ModificationError::Full { terrain: terrain.id.clone(), count }),
        Written::Missing | Written::Changed(_) => {
            Err(ModificationError::Failed(anyhow::anyhow!("terrain `{}` is no more", terrain.id)))
        }
    }
}

/// Puts another in the place of one, if that still has the `expected` revision.
pub async fn replace_modification(
    store: &Store,
    kept: &KeptHeights,
    terrain: &Terrain,
    (id, expected): (i64, Option<i64>),
    new: NewModification,
) -> Result<Written<TerrainModification>, ModificationError> {
    let new = prepared(store, kept, terrain, new).await?;
    match store.replace_terrain_modification(terrain.key, id, expected, &new, MOST).await? {
        Written::Full(count) => Err(ModificationError::Full { terrain: terrain.id.clone(), count }),
        written => Ok(written),
    }
}

/// Those kept, or new ones where the terrain has been surveyed again since; these are kept then.
pub async fn figures_now(
    store: &Store,
    kept: &KeptHeights,
    terrain: &Terrain,
    modification: &TerrainModification,
) -> Result<EditFigures, ModificationError> {
    match modification.figures {
        Some((revision, figures)) if revision == terrain.head => Ok(figures),
        _ => {
            let nothing = EditFigures { earth: CutFill::default(), extent_m: None };
            // The ground may have gone from under it.
            let figures = match figures(store, kept, terrain, &modification.edit).await {
                Err(ModificationError::Outside) => nothing,
                found => found?,
            };
            if let Err(error) = store.keep_edit_figures(modification, terrain.head, &figures).await {
                tracing::warn!(modification.id, cause = %error, "Could not keep the figures of a modification");
            }
            Ok(figures)
        }
    }
}

async fn figures(
    store: &Store,
    kept: &KeptHeights,
    terrain: &Terrain,
    edit: &GroundEdit,
) -> Result<EditFigures, ModificationError> {
    edit.check()?;
    let extent_m = checked_extent(terrain, edit)?;
    let edits = {
        let (terrain, edits) = (terrain.clone(), vec![edit.clone()]);
        tokio::task::spawn_blocking(move || TerrainEdits::new(&terrain, edits)).await?
    };
    let edits = edits.map_err(|_: CrsError| ModificationError::Crs)?;
    let surveyed = TerrainReader {
        store: store.clone(),
        kept: kept.clone(),
        terrain: terrain.clone(),
        edits: TerrainEdits::default(),
    };
    let (grid, mut sums) = (terrain.grid, EditFigures { earth: CutFill::default(), extent_m: None });
    let keys: Vec<_> = blocks_within(&grid, extent_m).collect();
    for some in keys.chunks(AT_ONCE) {
        let mosaic = surveyed.mosaic(some).await?;
        let (some, edits) = (some.to_vec(), edits.clone());
        let parts = tokio::task::spawn_blocking(move || {
            let of = |key: &BlockKey| {
                let before = mosaic.blocks.get(key).cloned();
                let after = edits.apply(&grid, *key, before.as_deref());
                let before = before.unwrap_or_else(|| Arc::new(unknown_like(&after)));
                let earth = cut_fill(&before, &after, &grid);
                EditFigures { earth, extent_m: changed_extent(&before, &after, &grid) }
            };
            some.iter().map(of).collect::<Vec<_>>()
        });
        parts.await?.iter().for_each(|part| add(&mut sums, part));
    }
    Ok(sums)
}

/// Of all that the edit may change; refused where it is too large or lies beside the terrain.
fn checked_extent(terrain: &Terrain, edit: &GroundEdit) -> Result<[f64; 4], ModificationError> {
    let (Some(ground_m), Some([west, south, east, north])) = (terrain.heights_m, terrain.extent_m) else {
        return Err(ModificationError::Outside);
    };
    let extent_m = edit.extent_m(ground_m);
    let [width, height] = [extent_m[2] - extent_m[0], extent_m[3] - extent_m[1]];
    let nodes = (width / terrain.grid.cell_m + 1.0) * (height / terrain.grid.cell_m + 1.0);
    if nodes.is_nan() || nodes > MOST_NODES {
        return Err(ModificationError::Area { area_m2: width * height, nodes });
    }
    let is_beside = extent_m[2] < west || east < extent_m[0] || extent_m[3] < south || north < extent_m[1];
    if is_beside { Err(ModificationError::Outside) } else { Ok(extent_m) }
}

fn unknown_like(like: &Heights) -> Heights {
    Heights { window: like.window, heights_m: vec![f32::NAN; BLOCK_SIDE * BLOCK_SIDE] }
}

/// Box around the nodes that differ.
fn changed_extent(before: &Heights, after: &Heights, grid: &HeightGrid) -> Option<[f64; 4]> {
    let pairs = before.heights_m.iter().zip(&after.heights_m).enumerate();
    let changed = pairs.filter(|(_, (old, new))| *old != *new && !(old.is_nan() && new.is_nan()));
    let place = |node: usize| {
        let at = [node % before.window.columns, node / before.window.columns].map(|at| at as i64);
        grid.place([before.window.first[0] + at[0], before.window.first[1] + at[1]])
    };
    changed.map(|(node, _)| place(node)).map(|[x, y]| [x, y, x, y]).reduce(joined)
}

fn joined(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn add(sums: &mut EditFigures, part: &EditFigures) {
    sums.earth.cut_m3 += part.earth.cut_m3;
    sums.earth.fill_m3 += part.earth.fill_m3;
    sums.earth.cut_m2 += part.earth.cut_m2;
    sums.earth.fill_m2 += part.earth.fill_m2;
    sums.earth.unknown_nodes += part.earth.unknown_nodes;
    sums.extent_m = match (sums.extent_m, part.extent_m) {
        (Some(a), Some(b)) => Some(joined(a, b)),
        (a, b) => a.or(b),
    };
}
