//! What outlives a request: import, tile planning. Answers no HTTP.

mod import;
mod rollback;
mod tile_plan;

pub use import::{
    AttributeDiff, Change, Changes, FeatureDiff, FileReport, GeometryDiff, Import, ImportReport, Mode,
    Progress,
};
pub use rollback::{Rollback, RollbackReport};
pub use tile_plan::{PlanReport, height_model, refresh_tile_plan};
