//! What outlives a request: import, tile planning. Answers no HTTP.

mod import;
mod rollback;
mod tile_plan;
mod validate;

pub use import::{Checks, FileReport, Import, ImportReport, Mode, OnError, Progress};
pub use rollback::{Rollback, RollbackReport};
pub use tile_plan::{PlanReport, height_model, refresh_tile_plan};
pub use validate::{FileFindings, Validate, ValidationReport};
