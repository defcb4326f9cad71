//! Whether terrains are whole, and what to do where one is not.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{height_model, with_causes};
use stadtwin_crs::{CRS84, HeightModel, Transformer};
use stadtwin_model::{Crs, Severity, Terrain, TileKey};
use stadtwin_store::{Store, TerrainState, WaterState};
use stadtwin_terrain::{Extensions, base_level, decode_block, decode_quantized_mesh, parent_key, tile_block};

use super::edits::TerrainEdits;
use super::lattice;
use super::reader::{KeptHeights, TerrainReader};
use super::settle::vertical_text;
use super::tile::{Surroundings, TileMaker};

/// Unpacked blocks [bytes].
const MEMORY_BYTES: u64 = 32 * 1024 * 1024;
/// Missing tiles looked for at most: one is enough to act.
const MOST_MISSING: usize = 32;

/// What was found of one terrain; `Info` is good news.
#[derive(Debug, Clone, PartialEq)]
pub struct TerrainHealth {
    pub terrain: String,
    pub findings: Vec<(Severity, String)>,
}

/// Looks at all terrains, also at those that were never published.
pub async fn terrain_health(
    store: &Store,
    geoid_constant_m: Option<f64>,
) -> anyhow::Result<Vec<TerrainHealth>> {
    let heights = Arc::new(height_model(store, geoid_constant_m).await?);
    let mut all = Vec::new();
    for state in store.terrain_states().await? {
        let mut findings = revisions(&state);
        if let Some(terrain) = store.terrain(&state.id).await?.filter(|terrain| terrain.head > 0) {
            findings.push(geoid(&terrain, &heights, geoid_constant_m).await?);
            findings.extend(height_system(&terrain, store.storage_crs().await?));
            findings.push(root_tiles(store, &terrain, &heights).await?);
            findings.push(overview(store, &terrain).await?);
        }
        all.push(TerrainHealth { terrain: state.id, findings });
    }
    Ok(all)
}

fn revisions(state: &TerrainState) -> Vec<(Severity, String)> {
    let id = &state.id;
    let mut findings = Vec::new();
    if state.head == 0 && !state.is_importing {
        findings.push((
            Severity::Warning,
            format!(
                "was never published, its first import died: import it again, or remove it by `stadtwin terrain delete --terrain {id}`"
            ),
        ));
    } else if state.is_importing {
        findings.push((Severity::Info, "an import is running".to_owned()));
    } else if state.unfinished_count > 0 {
        findings.push((
            Severity::Warning,
            format!(
                "{} unfinished revisions of dead imports, seen by nobody: the next import into it removes them",
                state.unfinished_count
            ),
        ));
    }
    if state.head > 0 {
        findings.push((
            Severity::Info,
            format!(
                "{} blocks in revision {}, {} of earlier states ({} revisions)",
                state.block_count, state.head, state.former_block_count, state.revision_count
            ),
        ));
    }
    // An import ends blocks before it publishes; the head still has them then.
    if state.head > 0 && state.sample_count != state.noted_sample_count {
        findings.push((
            Severity::Error,
            format!(
                "{} heights are there, {} were published: {}",
                state.sample_count,
                state.noted_sample_count,
                begin_anew(id)
            ),
        ));
    }
    findings
}

/// The geoid that suits the terrain's place against the one that all tiles are made with.
async fn geoid(
    terrain: &Terrain,
    heights: &HeightModel,
    constant_m: Option<f64>,
) -> anyhow::Result<(Severity, String)> {
    let used = heights.name();
    if matches!(heights, HeightModel::None) {
        let advice = "tiles cannot be made: put `de_bkg_gcg2016.tif` into ~/.local/share/proj, or `apt install proj-data`";
        return Ok((Severity::Error, format!("no geoid model, {advice}")));
    }
    let Some(place) = middle(terrain).await? else { return Ok((Severity::Info, format!("geoid {used}"))) };
    if heights.undulation_m(place[0], place[1]).is_none() {
        return Ok((
            Severity::Error,
            format!(
                "the geoid model {used}, which the collections go by, ends before this terrain: its tiles would lie at heights without meaning; serve it from a database of its own, or give `--geoid-constant`"
            ),
        ));
    }
    let own = match constant_m {
        Some(_) => used.to_owned(),
        None => {
            let detect = move || HeightModel::detect_at(place[0], place[1]).name().to_owned();
            tokio::task::spawn_blocking(detect).await?
        }
    };
    if own == used || matches!(heights, HeightModel::Constant(_)) {
        return Ok((Severity::Info, format!("geoid {used}, the same as for the collections")));
    }
    Ok((
        Severity::Warning,
        format!(
            "geoid {used}, as for the collections, although {own} covers the place of this terrain: it stands as the buildings do, off by their error"
        ),
    ))
}

/// `[longitude, latitude]` [°] of a terrain's middle.
async fn middle(terrain: &Terrain) -> anyhow::Result<Option<[f64; 2]>> {
    let Some([west, south, east, north]) = terrain.extent_m else { return Ok(None) };
    let crs = terrain.crs;
    tokio::task::spawn_blocking(move || {
        let mut point = [[(west + east) / 2.0, (south + north) / 2.0]];
        Transformer::new(&crs, &CRS84)?.convert_2d(&mut point)?;
        Ok(Some(point[0]))
    })
    .await?
}

/// Buildings and ground are measured from the same zero, or cannot be compared.
fn height_system(terrain: &Terrain, storage: Option<Crs>) -> Option<(Severity, String)> {
    let storage = storage.filter(|storage| storage.vertical != terrain.crs.vertical)?;
    Some((
        Severity::Warning,
        format!(
            "{}, but the collections have {}: buildings may float or sink; import the one that is wrong again with `--crs`",
            vertical_text(terrain.crs.vertical),
            vertical_text(storage.vertical)
        ),
    ))
}

/// The two tiles of level 0, without which no viewer begins, drawn anew.
async fn root_tiles(
    store: &Store,
    terrain: &Terrain,
    heights: &Arc<HeightModel>,
) -> anyhow::Result<(Severity, String)> {
    let draw = async {
        let kept = KeptHeights::new(MEMORY_BYTES);
        let reader = TerrainReader {
            store: store.clone(),
            kept,
            terrain: terrain.clone(),
            edits: TerrainEdits::default(),
        };
        let Some(surroundings) = Surroundings::of(&reader).await? else { return Ok(false) };
        let (surroundings, water) = (Arc::new(surroundings), WaterState::default());
        let maker = TileMaker { reader, heights: heights.clone(), surroundings, water };
        for x in [0, 1] {
            let plan = maker.plan(TileKey { level: 0, x, y: 0 }, Extensions::default()).await?;
            let mut bytes = Vec::new();
            let packed = maker.make(plan).await?;
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut bytes)?;
            decode_quantized_mesh(&bytes)?;
        }
        anyhow::Ok(true)
    };
    Ok(match draw.await {
        Ok(true) => (Severity::Info, "both tiles of level 0 can be drawn".to_owned()),
        Ok(false) => (Severity::Warning, format!("it has no heights: {}", begin_anew(&terrain.id))),
        Err(error) => (
            Severity::Error,
            format!(
                "the tiles of level 0 cannot be drawn, so viewers show nothing ({}): {}",
                with_causes(&error),
                begin_anew(&terrain.id)
            ),
        ),
    })
}

/// Far views are drawn from coarse levels; each must hang on the one below, the lowest on the blocks.
async fn overview(store: &Store, terrain: &Terrain) -> anyhow::Result<(Severity, String)> {
    let mut missing = lattice::missing_base(store, terrain, MOST_MISSING).await?;
    let (mut level, mut count) = (base_level(terrain.grid.cell_m), 0);
    let mut keys = store.terrain_lattice_keys(terrain.key, terrain.head, level).await?;
    while level > 0 {
        count += keys.len();
        level -= 1;
        let parents = store.terrain_lattice_keys(terrain.key, terrain.head, level).await?;
        let known: BTreeSet<TileKey> = parents.iter().copied().collect();
        let orphans =
            keys.into_iter().filter(|key| parent_key(*key).is_some_and(|key| !known.contains(&key)));
        for orphan in orphans.take(MOST_MISSING) {
            if missing.len() < MOST_MISSING && is_seen_from_above(store, terrain, orphan).await? {
                missing.extend(parent_key(orphan));
            }
        }
        keys = parents;
    }
    count += keys.len();
    let Some(first) = missing.first() else {
        return Ok((Severity::Info, format!("{count} tiles of far views, none missing")));
    };
    Ok((
        Severity::Error,
        format!(
            "{} tiles of far views are missing, the first is {}/{}/{}: from afar the ground has holes; {}",
            missing.len(),
            first.level,
            first.x,
            first.y,
            begin_anew(&terrain.id)
        ),
    ))
}

/// Whether the tile knows a node that the level above has too.
async fn is_seen_from_above(store: &Store, terrain: &Terrain, key: TileKey) -> anyhow::Result<bool> {
    let stored = store.terrain_lattice(terrain.key, terrain.head, &[key]).await?;
    let block = tile_block(key);
    let [column, row] = block.window().first;
    for tile in stored {
        let heights = decode_block(block, &tile.content)?;
        let nodes = (0..256).step_by(2).flat_map(|y| (0..256).step_by(2).map(move |x| [column + x, row + y]));
        if nodes.into_iter().any(|node| heights.at(node).is_finite()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn begin_anew(id: &str) -> String {
    format!("remove it by `stadtwin terrain delete --terrain {id}` and import its files again")
}
