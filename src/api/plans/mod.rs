//! Plans over HTTP: projects, their scenarios, what is done in them, and the city as a scenario shows it.

mod access;
pub mod audit;
mod body;
mod combined;
mod comments;
mod compare;
mod compared;
mod conflict_table;
mod conflicts;
mod coordination;
mod coordination_documents;
mod coordination_table;
mod detection;
mod diff;
mod documents;
mod export;
pub mod german;
mod grants;
mod import;
mod import_body;
mod import_preview;
mod import_settings;
mod import_table;
mod imports;
mod nightly;
mod notices;
mod operation_body;
mod operations;
mod overlay;
mod pages;
mod paging;
mod phases;
mod procedure_schemas;
mod projects;
mod rebase;
mod revisions;
mod rooms;
mod rule_sets;
mod scenarios;
mod schemas;
mod session;
mod stages;
mod states;
mod table;
mod tiles;

use crate::api::params::Parameter;

pub use combined::{COMBINED, ON_CONFLICT, conflicts as combined_conflicts};
pub use comments::{
    create as create_comment, list as comments, moderate as moderate_statement, state as make_statement,
    statements,
};
pub use compare::{AREA, F_COMPARE, PLOT_AREA, RULE_SET, SCENARIOS, show as compare};
pub use conflict_table::WRITES as CONFLICT_WRITES;
pub use conflicts::{
    IN_STATE as CONFLICT_STATE, OF_ORGANIZATION as CONFLICT_ORGANIZATION, OF_SCENARIO as CONFLICT_SCENARIO,
    list as conflicts, show as conflict,
};
pub use coordination::{
    BOX as COORDINATION_BOX, list as coordination_requests, record as coordination_record,
    show as coordination_request,
};
pub use coordination_table::WRITES as COORDINATION_WRITES;
pub use diff::{F_DIFF, WITH, show as diff};
pub use export::{CONTENT as EXPORT_CONTENT, F_EXPORT, show as export};
pub use grants::{create as create_share, list as shares, remove as remove_share};
pub use import::{IMPORT_COLLECTION, IMPORTED_ID, TRANSITION, create as import_scenario};
pub use import_table::WRITES as IMPORT_WRITES;
pub use imports::{items as import_items, list as imports, show as import};
pub use nightly::{look_after_plans, look_at_plans};
pub use notices::{create_webhook, list as notifications, remove_webhook, webhooks};
pub use operations::{create as add_operations, list as operations, remove as remove_operation};
pub use overlay::{Overlays, SCENARIO, Shown, hidden, of as overlay, shown};
pub use phases::{list as phases, replace as replace_phases};
pub use projects::{
    create as create_project, list as projects, remove as remove_project, show as project,
    update as update_project,
};
pub use rebase::{preview as preview_rebase, write as rebase};
pub use revisions::list as revisions;
pub use rule_sets::{
    OF_ORGANIZATION as RULE_SET_ORGANIZATION, RULE_SET_VERSION, list as rule_sets, show as rule_set,
};
pub use scenarios::{
    all as scenarios, copy as copy_scenario, create as create_scenario, list as project_scenarios,
    remove as remove_scenario, show as scenario, update as update_scenario,
};
pub use schemas::schemas;
pub use stages::{create as enter_stage, list as stages};
pub use states::accepted;
pub use table::WRITES;
pub use tiles::{MODE, PlanTiles, VERSION, content as tile_content, tileset, whole as scenario_tileset};

static DRY_RUNS: [&Parameter; 1] = [&operations::DRY_RUN];
static OF_IMPORTS: [&Parameter; 7] = [
    &import_settings::COLLECTION,
    &import_settings::PHASE,
    &import_settings::COMMENT,
    &import_settings::ORIGIN,
    &import_settings::ROTATION,
    &import_settings::SCALE,
    &import_settings::ID,
];

/// Query parameters that a write has besides those of its resource.
pub fn parameters_of(operation_id: &str) -> &'static [&'static Parameter] {
    match operation_id {
        "addOperations" => &DRY_RUNS,
        "createScenarioImport" => &OF_IMPORTS,
        _ => &[],
    }
}
