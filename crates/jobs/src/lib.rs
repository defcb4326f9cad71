//! What outlives a request: import, export, tile planning. Answers no HTTP.

mod ade;
mod boundary;
mod catalog;
mod change_detection;
mod city_pen;
mod clamp;
mod code_book;
mod code_lists;
mod delivery;
mod downloads;
mod edit;
mod export;
mod export_archive;
mod export_images;
mod export_job;
mod export_options;
mod export_tiles;
mod feature_tables;
mod fetch;
mod filter_place;
mod geopackage;
mod import;
mod import_job;
mod jsonfg;
mod map_pack;
mod measure;
mod oidc;
mod pipe;
mod plan;
mod queue;
mod reproject;
mod results;
mod rollback;
mod spool;
mod terrain;
mod tile_mend;
mod tile_plan;
mod told;
mod validate;
mod validate_job;
mod watch;
mod webhooks;
mod worker;

pub use ade::{AdeResult, register_ades};
pub use boundary::read_boundary;
pub use catalog::Catalog;
pub use change_detection::ChangeDetection;
pub use city_pen::{CityForm, write_objects};
pub use clamp::{Clamp, drop_terrain};
pub use code_lists::{CodeListImport, CodeListReport, CodeListResult};
pub use delivery::{Along, Supply, is_address};
pub use edit::{
    Condition, Content, Edit, EditAction, EditError, EditReport, EditResult, EditTools, Fault, FaultKind,
    GivenPlace, Mistyped, Operation, Patch, Plain, ReceiptKey, States,
};
pub use export::{Export, ExportFormat, ExportReport};
pub use export_job::ExportJob;
pub use export_options::WrittenFilter;
pub use feature_tables::{TableForm, TableStyle, feature_table};
pub use fetch::{Address, AllowList, Fetch};
pub use filter_place::{lower_filter, place_filter};
pub use import::content_hash;
pub use import::{
    AttributeDiff, Change, Changes, Checks, FeatureDiff, FileReport, GeometryDiff, IdentityReport, Import,
    ImportReport, MatchBy, Mode, OnError, Progress,
};
pub use import_job::ImportJob;
pub use jsonfg::{JsonFgFeatures, JsonFgStyle, jsonfg_features};
pub use map_pack::{PackReport, keep_packed, pack_map};
pub use measure::measure_missing;
pub use oidc::{Issuers, TokenError, check_issuer_url, configuration_url, issuer_origin};
pub use plan::{
    Base, ComposedPlan, DiffSide, Difference, Drawing, ImportContent, MOST_COMPARED, MOST_IMPORTED,
    MOST_PLAN_OPERATIONS, PlacedModel, PlanAct, PlanBatch, PlanCommit, PlanContent, PlanError, PlanExport,
    PlanFault, PlanFaultKind, PlanFile, PlanFileError, PlanImport, PlanIssue, PlanOperation, PlanPart,
    PlanReport as BatchReport, PlanResult, PlanTold, PlannedFile, Proposal, ProposedObject, Rebase,
    RebasedObject, compose, difference, kept_report, rebase, rephase,
};
pub use queue::{Asked, Job, JobContext, Lease, Order, new_job, record};
pub use results::{ResultBounds, ResultFile, Results};
pub use rollback::{Rollback, RollbackReport};
pub use spool::{Announced, Entry, Quota, Spool, SpoolError};
pub use stadtwin_formats::Version;
pub use stadtwin_query::FilterLanguage;
pub use terrain::{
    ComparisonReport, KeptHeights, MOST_MODIFICATIONS, ModificationError, OddObject, ReliefSource,
    SeedReport, Selection, Surroundings, TerrainComparison, TerrainEdits, TerrainFile, TerrainHealth,
    TerrainImport, TerrainImportJob, TerrainMode, TerrainReader, TerrainReport, TerrainSeed, TileMaker,
    TilePlan, add_modification, compare_after_publication, figures_now, ground_codes, modification_feature,
    parse_modification, replace_modification, selected_edits, terrain_below, terrain_health,
};
pub use tile_mend::follow_edit;
pub use tile_plan::{PlanReport, follow_publication, height_model, is_planned, refresh_tile_plan};
pub use told::with_causes;
pub use validate::{FileFindings, Validate, ValidationReport};
pub use validate_job::{Limits, ValidateJob};
pub use watch::{Seen, Watch, WatchedImport};
pub use webhooks::{WebhookSender, signature};
pub use worker::Worker;
