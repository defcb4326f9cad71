//! Edits: a few features made, replaced, changed or ended in one revision, all of them or none.
//!
//! `run` conducts: bodies are read, the collection's lock is taken, `resolve` finds what is meant and checks conditions,
//! `make` builds the new states, `write` sends rows and publishes through the machinery of imports.

mod beside;
mod echo;
pub(crate) mod heights;
mod make;
pub(crate) mod outline;
mod place;
pub(crate) mod properties;
mod replace;
mod report;
mod resolve;
mod run;
mod summary;
mod types;
mod values;
mod write;

pub use report::{EditAction, EditReport, EditResult, Fault, FaultKind};
pub use types::Mistyped;

use std::sync::Arc;

use serde_json::{Map, Value};

use stadtwin_crs::HeightModel;
use stadtwin_formats::Shape;
use stadtwin_model::{CityObject, Crs};
use stadtwin_store::StoreError;

use super::KeptHeights;

/// All there is to say about an edit.
#[derive(Debug, Clone)]
pub struct Edit {
    pub collection: String,
    pub operations: Vec<Operation>,
    /// What coordinates are in; `None`: CRS84 in GeoJSON, what they say in city models.
    pub crs: Option<Crs>,
    /// Name of the token.
    pub by: String,
    pub receipt: Option<ReceiptKey>,
}

/// One step of an edit.
#[derive(Debug, Clone)]
pub enum Operation {
    Create {
        content: Content,
    },
    /// Makes the feature where there is none, unless the condition forbids it.
    Replace {
        id: String,
        content: Content,
        condition: Condition,
    },
    Update {
        id: String,
        patch: Patch,
        condition: Condition,
    },
    Delete {
        id: String,
        condition: Condition,
    },
}

impl Operation {
    /// Of the feature that it names.
    fn id(&self) -> Option<&str> {
        match self {
            Operation::Create { .. } => None,
            Operation::Replace { id, .. } | Operation::Update { id, .. } | Operation::Delete { id, .. } => {
                Some(id)
            }
        }
    }
}

/// A feature as it shall be.
#[derive(Debug, Clone)]
pub enum Content {
    /// GeoJSON.
    Plain(Plain),
    /// CityJSON, CityJSONSeq or CityGML: one object, or for `Create` many.
    City(Arc<Vec<u8>>),
    /// Read already, in the storage CRS: of plans alone.
    Ready(Box<CityObject>),
}

/// A GeoJSON feature, its geometry in the axes that it came in.
#[derive(Debug, Clone)]
pub struct Plain {
    /// The member `id`, where there is one.
    pub id: Option<String>,
    pub shape: Option<Shape>,
    pub properties: Map<String, Value>,
    /// The member `place` of JSON-FG.
    pub place: Option<Box<GivenPlace>>,
    /// `shape` is in CRS84, whatever the CRS of the edit is.
    pub is_jsonfg: bool,
}

/// A shape in space as JSON-FG has it.
#[derive(Debug, Clone)]
pub struct GivenPlace {
    pub shape: Value,
    /// `coordRefSys`.
    pub crs: Option<Value>,
}

/// A JSON Merge Patch (RFC 7396) on a GeoJSON feature.
#[derive(Debug, Clone)]
pub struct Patch {
    pub id: Option<String>,
    /// Outer `None`: not spoken of; inner: null.
    pub shape: Option<Option<Shape>>,
    pub properties: Map<String, Value>,
}

/// What must hold of the feature before it is touched (RFC 9110, 13.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// It is in one of these states.
    pub matches: Option<States>,
    /// It is in none of these states.
    pub none_matches: Option<States>,
}

/// States of a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum States {
    /// Whatever is there.
    Any,
    /// Those that these revisions brought.
    Of(Vec<i64>),
}

impl States {
    /// Whether the state that the revision brought is one of them.
    fn hold(&self, revision: i64) -> bool {
        match self {
            States::Any => true,
            States::Of(revisions) => revisions.contains(&revision),
        }
    }
}

/// A request that may come again.
#[derive(Debug, Clone)]
pub struct ReceiptKey {
    /// Prefix of the token, whose key it is.
    pub owner: String,
    pub key: String,
    /// blake3 of the request.
    pub request: [u8; 32],
}

/// What edits may use besides the store.
#[derive(Debug, Clone)]
pub struct EditTools {
    pub heights: Arc<HeightModel>,
    pub kept: KeptHeights,
}

/// Why nothing was edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// What is wrong with which operation.
    #[error("{}", Fault::told(.0))]
    Faults(Vec<Fault>),
    #[error("{0}")]
    Busy(String),
    #[error("the twin has no coordinate reference system yet: import a file first")]
    NoCrs,
    #[error("this Idempotency-Key came before with another request: take a new key for a new request")]
    KeyReused,
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<StoreError> for EditError {
    fn from(cause: StoreError) -> EditError {
        match cause {
            // Which process of the database it is concerns nobody who edits.
            StoreError::ImportRunning { collection, since, .. } => {
                EditError::Busy(format!("another import into `{collection}` is running, since {since}"))
            }
            StoreError::NoCrs => EditError::NoCrs,
            cause => EditError::Store(cause),
        }
    }
}
