//! What an object was called besides, what it came from and what it became.

use serde::{Deserialize, Serialize};

/// Relatives of one object, by their permanent names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Further gml:ids of the object itself, the latest first.
    pub aliases: Vec<String>,
    /// Objects that it was split off from or merged of.
    pub predecessors: Vec<String>,
    /// Objects that stand in its place.
    pub successors: Vec<String>,
}

/// An object that was found to be a known one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdentityMatch {
    /// gml:id in the input.
    pub id: String,
    /// The permanent name that it keeps.
    pub uid: String,
    /// `reference` or `overlap`.
    pub by: String,
    /// Common part of the footprints as a share of the larger one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<f64>,
}

/// An object in whose place another one stands, after a split or a merge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Succession {
    /// Permanent name.
    pub predecessor: String,
    /// Permanent name.
    pub successor: String,
    /// `reference` or `overlap`.
    pub by: String,
    /// Common part of the footprints as a share of the larger one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<f64>,
}
