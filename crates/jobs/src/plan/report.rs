//! What a batch did, as it is answered and kept.

use serde::{Deserialize, Serialize};

use stadtwin_model::Issue;

/// Findings that the answer tells.
const MOST_ISSUES: usize = 100;

/// What a batch did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanReport {
    /// The scenario's version since then.
    pub version: i64,
    pub results: Vec<PlanResult>,
    pub issues: Vec<PlanIssue>,
}

/// A finding about what was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanIssue {
    pub object: String,
    pub code: String,
    pub severity: String,
    pub message: String,
}

/// What an operation of the batch did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanResult {
    pub index: usize,
    pub op: String,
    /// Its number in the scenario; operations that undo others have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    pub targets: Vec<String>,
    pub made: Vec<String>,
    /// Numbers of the operations that it took back.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub undone: Vec<i64>,
}

pub(super) fn told(issues: &[Issue]) -> Vec<PlanIssue> {
    let told = |issue: &Issue| PlanIssue {
        object: issue.object.clone(),
        code: issue.code.clone(),
        severity: issue.severity.name().to_owned(),
        message: issue.message.clone(),
    };
    issues.iter().take(MOST_ISSUES).map(told).collect()
}
