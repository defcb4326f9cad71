//! What outlives a request: import, tile planning. Answers no HTTP.

mod import;
mod rollback;
mod tile_plan;

pub use import::{FileReport, Import, ImportReport, Mode, Progress};
pub use rollback::{Rollback, RollbackReport};
pub use tile_plan::{PlanReport, follow_publication, height_model, refresh_tile_plan};
