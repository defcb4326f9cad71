//! Batches of operations on a scenario: all of a batch, or nothing.
//!
//! `run` conducts: bodies are read, `gather` brings what the operations touch and what was done to it before, `settle`
//! works out what becomes of each object, `write` sends it as the scenario's next version.

mod act;
mod bodies;
mod differ;
mod entry;
mod envelopes;
mod export;
mod fault;
mod file;
mod gather;
mod import;
mod model;
mod phases;
mod pieces;
mod rebase;
mod report;
mod run;
mod settle;
mod tiles;
mod versions;
mod wanted;
mod write;

pub(crate) use act::rfc3339;
pub use differ::{DiffSide, Difference, MOST_COMPARED, difference};
pub use export::{PlanContent, PlanExport, PlanPart};
pub use fault::{PlanError, PlanFault, PlanFaultKind};
pub use file::{PlanFile, PlanFileError, PlannedFile};
pub use import::{ImportContent, MOST_IMPORTED, PlanCommit, PlanImport, Proposal, ProposedObject};
pub use model::PlacedModel;
pub use phases::rephase;
pub use rebase::{Rebase, RebasedObject, rebase};
pub use report::{PlanIssue, PlanReport, PlanResult};
pub use run::kept_report;
pub use tiles::{ComposedPlan, compose};
pub use versions::PlanTold;

use serde_json::{Map, Value};

use stadtwin_formats::Shape;
use stadtwin_model::{Crs, Scenario, Span};
use stadtwin_scenario::{BuildingField, Extrusion, RuleSet, Transform};

use crate::edit::{Content, ReceiptKey};

/// Operations in one batch.
pub const MOST_PLAN_OPERATIONS: usize = 1_000;

/// All there is to say about a batch.
#[derive(Debug, Clone)]
pub struct PlanBatch {
    /// As it was read by the one who sends the batch.
    pub scenario: Scenario,
    pub operations: Vec<PlanOperation>,
    /// What coordinates are in; `None`: CRS84 in GeoJSON, what they say in city models.
    pub crs: Option<Crs>,
    /// Subject.
    pub author: String,
    pub receipt: Option<ReceiptKey>,
    /// It is worked out and told, and not written.
    pub is_tried: bool,
    /// The draft was begun for it, and is made with it.
    pub is_first: bool,
    /// Number of the import that it does.
    pub import: Option<i32>,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct PlanOperation {
    /// Id of the collection that it is about; of an `Undo` nothing.
    pub collection: String,
    pub act: PlanAct,
    pub span: Span,
    /// Label of the phase whose span that is.
    pub phase: Option<String>,
    pub comment: Option<String>,
    /// What is kept of it as it was sent.
    pub body: Value,
}

/// What an operation does.
#[derive(Debug, Clone)]
pub enum PlanAct {
    Add {
        contents: Vec<Content>,
    },
    Remove {
        target: String,
    },
    Replace {
        targets: Vec<String>,
        contents: Vec<Content>,
    },
    /// A merge patch on the properties (RFC 7396).
    Modify {
        target: String,
        properties: Map<String, Value>,
    },
    Transform {
        target: String,
        movement: Transform,
        /// Whether objects of the city as it is may be moved.
        stock: bool,
    },
    /// Draws a building: an outline with heights.
    Extrude {
        drawing: Box<Drawing>,
    },
    /// Takes back an operation of the same scenario, or all that came with it.
    Undo {
        seq: i64,
        whole_batch: bool,
    },
}

/// What is drawn, its outline in the axes that it came in.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub id: Option<String>,
    pub outline: Shape,
    pub base: Base,
    /// Without outline and base.
    pub form: Extrusion,
    /// Further attributes.
    pub properties: Map<String, Value>,
}

/// A building field of a development plan, its outline in the storage CRS.
#[derive(Debug, Clone)]
struct FieldOutline {
    id: String,
    outline: Shape,
    /// Without outline.
    field: BuildingField,
    rules: RuleSet,
}

/// What a drawn building stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Base {
    /// In the storage height system [m].
    Height(f64),
    /// The lowest ground below the outline.
    LowestGround,
    /// The mean of the ground below its corners.
    MeanGround,
}

impl PlanAct {
    fn kind(&self) -> &'static str {
        match self {
            PlanAct::Add { .. } => "add",
            PlanAct::Remove { .. } => "remove",
            PlanAct::Replace { .. } => "replace",
            PlanAct::Modify { .. } => "modify",
            PlanAct::Transform { .. } => "transform",
            PlanAct::Extrude { .. } => "extrude",
            PlanAct::Undo { .. } => "undo",
        }
    }

    /// Names of the objects that it is done to.
    fn targets(&self) -> &[String] {
        match self {
            PlanAct::Add { .. } | PlanAct::Extrude { .. } | PlanAct::Undo { .. } => &[],
            PlanAct::Remove { target }
            | PlanAct::Modify { target, .. }
            | PlanAct::Transform { target, .. } => std::slice::from_ref(target),
            PlanAct::Replace { targets, .. } => targets,
        }
    }

    /// Takes what it brings out of it.
    fn take_contents(&mut self) -> Vec<Content> {
        match self {
            PlanAct::Add { contents } | PlanAct::Replace { contents, .. } => std::mem::take(contents),
            _ => Vec::new(),
        }
    }
}

impl PlanOperation {
    /// Stands in the scenario's list of operations.
    fn is_recorded(&self) -> bool {
        !matches!(self.act, PlanAct::Undo { .. })
    }
}
