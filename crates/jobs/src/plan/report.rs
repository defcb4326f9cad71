//! What a batch did, as it is answered and kept.

use serde::{Deserialize, Serialize};

use stadtwin_model::{Issue, Severity};
use stadtwin_scenario::{Finding, Measured};

/// Findings that the answer tells.
const MOST_ISSUES: usize = 100;

/// What a batch did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanReport {
    /// The scenario's version since then.
    pub version: i64,
    pub results: Vec<PlanResult>,
    /// Those that weigh most.
    pub issues: Vec<PlanIssue>,
    /// Of all findings.
    #[serde(default)]
    pub issue_count: usize,
}

/// A finding about what was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanIssue {
    /// Of the operation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<usize>,
    pub object: String,
    pub code: String,
    pub severity: Severity,
    pub message: String,
    /// `value` and `unit`.
    #[serde(flatten, skip_serializing_if = "Option::is_none", default)]
    pub measured: Option<Measured>,
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

impl PlanIssue {
    pub(super) fn of(finding: Finding) -> PlanIssue {
        PlanIssue {
            index: Some(finding.index),
            object: finding.id,
            code: finding.rule,
            severity: finding.severity,
            message: finding.message,
            measured: finding.measured.map(Measured::rounded),
        }
    }

    pub(super) fn read(index: usize, issue: Issue) -> PlanIssue {
        PlanIssue {
            index: Some(index),
            object: issue.object,
            code: issue.code,
            severity: issue.severity,
            message: issue.message,
            measured: None,
        }
    }
}

/// As many as an answer tells, those that weigh most first.
pub(super) fn told(mut issues: Vec<PlanIssue>) -> Vec<PlanIssue> {
    issues.sort_by_key(|issue| (std::cmp::Reverse(issue.severity), issue.index));
    issues.truncate(MOST_ISSUES);
    issues
}
