//! What outlives a request: import, export, tile planning. Answers no HTTP.

mod city_pen;
mod code_book;
mod code_lists;
mod export;
mod export_images;
mod import;
mod import_job;
mod pipe;
mod queue;
mod rollback;
mod spool;
mod tile_plan;
mod validate;
mod watch;
mod worker;

pub use crate::formats::Version;
pub use city_pen::{CityForm, write_objects};
pub use code_lists::{CodeListImport, CodeListReport, CodeListResult};
pub use export::{Export, ExportFormat, ExportReport};
pub use import::content_hash;
pub use import::{
    AttributeDiff, Change, Changes, Checks, FeatureDiff, FileReport, GeometryDiff, Import, ImportReport,
    Mode, OnError, Progress,
};
pub use import_job::ImportJob;
pub use queue::{Job, JobContext, Lease, Order, new_job, record};
pub use rollback::{Rollback, RollbackReport};
pub use spool::{Announced, Entry, Quota, Spool, SpoolError};
pub use tile_plan::{PlanReport, follow_publication, height_model, refresh_tile_plan};
pub use validate::{FileFindings, Validate, ValidationReport};
pub use watch::{Seen, Watch};
pub use worker::Worker;
