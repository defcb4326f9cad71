//! Conflicts of plans, and the rule sets that figures count by.

use super::plans::{JSON, TOLD_AFTER, TOLD_LIMIT, written};
use super::{Needs, Route};
use crate::api::params::F_JSON;
use crate::api::plans::{
    self, CONFLICT_ORGANIZATION, CONFLICT_SCENARIO, CONFLICT_STATE, RULE_SET_ORGANIZATION, RULE_SET_VERSION,
};

pub static ROUTES: &[Route] = &[
    Route {
        path: "/conflicts",
        operation_id: "getConflicts",
        tag: "Plans",
        summary: "Conflicts of plans, where the caller sees both sides",
        parameters: &[
            &CONFLICT_SCENARIO,
            &CONFLICT_ORGANIZATION,
            &CONFLICT_STATE,
            &TOLD_LIMIT,
            &TOLD_AFTER,
            &F_JSON,
        ],
        open_query: false,
        produces: JSON,
        schema: "conflicts",
        failures: &[400, 401, 404, 500],
        classes: &[],
        needs: Needs::Caller,
        handler: |call| Box::pin(plans::conflicts(call)),
    },
    Route {
        path: "/conflicts/{conflictId}",
        operation_id: "getConflict",
        tag: "Plans",
        summary: "A conflict",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "conflict",
        failures: &[400, 401, 404, 500],
        classes: &[],
        needs: Needs::Visible,
        handler: |call| Box::pin(plans::conflict(call)),
    },
    written("/scenarios/{scenarioId}/conflicts", "Where conflicts of a scenario are looked for"),
    Route {
        path: "/rulesets",
        operation_id: "getRuleSets",
        tag: "Plans",
        summary: "What municipalities count key figures by, the newest version of each",
        parameters: &[&RULE_SET_ORGANIZATION, &F_JSON],
        open_query: false,
        produces: JSON,
        schema: "ruleSets",
        failures: &[400, 500],
        classes: &[],
        needs: Needs::Visible,
        handler: |call| Box::pin(plans::rule_sets(call)),
    },
    Route {
        path: "/rulesets/{ruleSetId}",
        operation_id: "getRuleSet",
        tag: "Plans",
        summary: "A rule set",
        parameters: &[&RULE_SET_VERSION, &F_JSON],
        open_query: false,
        produces: JSON,
        schema: "ruleSet",
        failures: &[400, 404, 500],
        classes: &[],
        needs: Needs::Visible,
        handler: |call| Box::pin(plans::rule_set(call)),
    },
];
