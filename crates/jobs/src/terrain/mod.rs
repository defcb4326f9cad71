//! Terrain: heights from files into the store, in one revision, published in one stroke or not at all.

mod below;
mod compare;
mod compare_report;
mod edits;
mod fill;
mod health;
mod job;
mod lattice;
mod layer;
mod modify;
mod pool;
mod reader;
mod relief;
mod report;
mod run;
mod seed;
mod settle;
mod sources;
mod tile;
mod water;

pub use below::{compare_after_publication, terrain_below};
pub use compare::TerrainComparison;
pub use compare_report::{ComparisonReport, OddObject, ground_codes};
pub use edits::TerrainEdits;
pub use health::{TerrainHealth, terrain_health};
pub use job::TerrainImportJob;
pub use modify::{
    MOST_MODIFICATIONS, ModificationError, Selection, add_modification, figures_now, modification_feature,
    parse_modification, replace_modification, selected_edits,
};
pub use reader::{KeptHeights, TerrainReader};
pub use relief::ReliefSource;
pub use report::{TerrainFile, TerrainReport};
pub use seed::{SeedReport, TerrainSeed};
pub use tile::{Surroundings, TileMaker, TilePlan};

use serde::{Deserialize, Serialize};

/// What happens to heights that the terrain has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TerrainMode {
    /// They stay where the input knows nothing.
    #[default]
    Update,
    /// They go.
    Replace,
}

/// The parameters of an import of terrain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TerrainImport {
    /// Files, folders, patterns, archives; later ones lie above earlier ones.
    pub sources: Vec<String>,
    /// The relief of a collection in place of files.
    #[serde(default)]
    pub relief: Option<ReliefSource>,
    pub terrain: String,
    pub title: Option<String>,
    /// CRS in place of what the files say, with the height system: `25832+7837`.
    pub crs: Option<String>,
    #[serde(default)]
    pub mode: TerrainMode,
    /// Distance of the nodes of a new terrain, and of those that triangles are sampled at [m]; `None`: as the finest file.
    pub cell_m: Option<f64>,
    #[serde(default)]
    pub dry_run: bool,
    /// Height of the geoid above the ellipsoid [m] in place of a grid.
    #[serde(default)]
    pub geoid_constant_m: Option<f64>,
    /// Threads.
    pub jobs: usize,
}
