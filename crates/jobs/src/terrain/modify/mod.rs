//! Changes of the ground: from GeoJSON to what is kept and back, what they move, and which of them apply.

mod figures;
mod read;
mod selection;
#[cfg(test)]
mod tests;
mod way;
mod write;

pub use figures::{add_modification, figures_now, replace_modification};
pub use read::parse_modification;
pub use selection::{Selection, selected_edits};
pub use write::feature as modification_feature;

use stadtwin_store::ModificationCount;
use stadtwin_terrain::EditError;

/// Modifications that one terrain may have.
pub const MOST_MODIFICATIONS: i64 = 1_000;
/// What one terrain may have: all of it is made ready at once.
pub const MOST: ModificationCount = ModificationCount { modifications: MOST_MODIFICATIONS, points: 500_000 };
/// Nodes in the extent of one modification, embankments included.
const MOST_NODES: f64 = (16 << 20) as f64;
/// Signs of a name.
const MOST_NAME: usize = 200;

/// Why a modification is refused.
#[derive(Debug, thiserror::Error)]
pub enum ModificationError {
    #[error("{0}")]
    Document(String),
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error(
        "the modification reaches over {area_m2:.0} m², {nodes:.0} nodes of the terrain; {MOST_NODES:.0} are allowed: split it"
    )]
    Area { area_m2: f64, nodes: f64 },
    #[error("the polygon lies outside of the terrain: is `crs` right?")]
    Outside,
    #[error("a coordinate lies where `crs` or the terrain's system does not hold: is `crs` right?")]
    Crs,
    #[error(
        "terrain `{terrain}` would have {} modifications with {} points and triangles; {} with {} are allowed: remove some",
        count.modifications, count.points, MOST.modifications, MOST.points
    )]
    Full { terrain: String, count: ModificationCount },
    #[error("{0}")]
    Selection(String),
    /// Nothing that the caller can act on.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

impl From<stadtwin_store::StoreError> for ModificationError {
    fn from(cause: stadtwin_store::StoreError) -> ModificationError {
        ModificationError::Failed(cause.into())
    }
}

impl From<tokio::task::JoinError> for ModificationError {
    fn from(cause: tokio::task::JoinError) -> ModificationError {
        ModificationError::Failed(cause.into())
    }
}
