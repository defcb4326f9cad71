//! What outlives a request: import, export, tile planning. Answers no HTTP.

mod city_pen;
mod export;
mod export_options;
mod export_tiles;
mod filter_place;
mod geopackage;
mod import;
mod import_job;
mod pipe;
mod queue;
mod reproject;
mod rollback;
mod spool;
mod tile_plan;
mod validate;
mod watch;
mod worker;

pub use crate::query::FilterLanguage;
pub use city_pen::{CityForm, write_objects};
pub use export::{Export, ExportFormat, ExportReport};
pub use export_options::WrittenFilter;
pub use filter_place::place_filter;
pub use import::{
    AttributeDiff, Change, Changes, Checks, FeatureDiff, FileReport, GeometryDiff, Import, ImportReport,
    Mode, OnError, Progress,
};
pub use import_job::ImportJob;
pub use queue::{Job, JobContext, Order, new_job, record};
pub use rollback::{Rollback, RollbackReport};
pub use spool::{Announced, Entry, Spool};
pub use tile_plan::{PlanReport, follow_publication, height_model, refresh_tile_plan};
pub use validate::{FileFindings, Validate, ValidationReport};
pub use watch::{Seen, Watch};
pub use worker::{Lease, Worker};
