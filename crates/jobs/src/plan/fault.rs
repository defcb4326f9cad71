//! Why a batch cannot be.

use stadtwin_scenario::Measured;
use stadtwin_store::StoreError;

use super::import::MOST_IMPORTED;

/// What is wrong with an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFault {
    /// Of the operation in its batch, from 0.
    pub index: usize,
    /// Of the object, where one is meant.
    pub id: Option<String>,
    pub kind: PlanFaultKind,
    pub detail: String,
    pub measured: Option<Measured>,
}

/// Which rule an operation breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanFaultKind {
    /// It cannot be read, or what it brings cannot be.
    Unusable,
    /// There is no such object, collection or operation.
    Unknown,
    /// The name stands for another object already.
    Taken,
    /// Another operation of the scenario changes the same object in the same time.
    Twice,
    /// It needs to be said that an object of the city as it is shall be moved.
    Stock,
    /// It lies outside of the municipalities that plan, and of those of the partners.
    Outside,
}

impl PlanFaultKind {
    /// Name of the rule, for machines.
    pub fn rule(self) -> &'static str {
        match self {
            PlanFaultKind::Unusable => "unusable",
            PlanFaultKind::Unknown => "unknown-target",
            PlanFaultKind::Taken => "id-taken",
            PlanFaultKind::Twice => "one-structural-operation",
            PlanFaultKind::Stock => "stock-not-moved",
            PlanFaultKind::Outside => "outside-municipality",
        }
    }
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("{}", told(.0))]
    Faults(Vec<PlanFault>),
    /// Somebody changed the scenario meanwhile, or it is no draft any more.
    #[error("the scenario was changed meanwhile: read it again")]
    Changed,
    /// Phases that operations name could not be put in the place of those before.
    #[error("nothing was done: {0}")]
    Phases(String),
    #[error("the twin has no coordinate reference system yet: import a file first")]
    NoCrs,
    /// Objects of a file.
    #[error("the file holds {0} objects; an import has at most {MOST_IMPORTED}: send it in parts")]
    TooMany(usize),
    #[error("this Idempotency-Key came before with another request: take a new key for a new request")]
    KeyReused,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

fn told(faults: &[PlanFault]) -> String {
    let first = faults.first().map(|fault| (fault.index, fault.detail.as_str())).unwrap_or_default();
    match faults.len() {
        0 | 1 => format!("nothing was done; `operations[{}]`: {}", first.0, first.1),
        count => {
            format!("nothing was done; `operations[{}]`: {}; {} more", first.0, first.1, count - 1)
        }
    }
}

impl PlanFault {
    pub(super) fn new(
        index: usize,
        id: Option<&str>,
        kind: PlanFaultKind,
        detail: impl Into<String>,
    ) -> PlanFault {
        PlanFault { index, id: id.map(str::to_owned), kind, detail: detail.into(), measured: None }
    }
}
