//! What an edit did, and what keeps one from being done.

use serde::{Deserialize, Serialize};

use super::types::Mistyped;
use stadtwin_model::Issue;

/// What an edit did; also kept for a request that comes again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditReport {
    /// The revision published; `None` when nothing differs from what was there.
    pub revision: Option<i64>,
    /// In the order of the operations; a body with many objects gives one each.
    pub results: Vec<EditResult>,
    /// What was found odd, up to 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

/// What became of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditResult {
    /// Of the operation, from 0.
    pub index: usize,
    /// Permanent name.
    pub id: String,
    pub action: EditAction,
    /// Which brought the feature as it is now, or ended it.
    #[serde(default)]
    pub revision: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EditAction {
    Inserted,
    Updated,
    Deleted,
    /// It is so already.
    Unchanged,
}

/// What is wrong with an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Of the operation, from 0.
    pub index: usize,
    pub id: Option<String>,
    pub kind: FaultKind,
    /// One sentence.
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// There never was such a feature.
    Missing,
    /// It ended at this revision; these stand in its place.
    Gone { revision: i64, successors: Vec<String> },
    /// Its state is another one than asked for.
    Changed,
    /// It would be replaced whatever its state is.
    Unconditional,
    /// The name is taken.
    Taken,
    /// The content cannot be.
    Unusable,
    /// An attribute would change its type for all other features.
    Mistyped(Mistyped),
}

impl Fault {
    pub fn unusable(index: usize, id: Option<&str>, detail: impl Into<String>) -> Fault {
        Fault { index, id: id.map(str::to_owned), kind: FaultKind::Unusable, detail: detail.into() }
    }

    /// All of them in one sentence.
    pub fn told(faults: &[Fault]) -> String {
        match faults {
            [] => "nothing was edited".to_owned(),
            [only] => only.detail.clone(),
            [first, rest @ ..] => {
                let number = first.index;
                format!("nothing was edited; operation {number}: {}; {} more", first.detail, rest.len())
            }
        }
    }
}
