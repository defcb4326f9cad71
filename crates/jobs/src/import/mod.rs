//! Files into a collection: one revision, published in one stroke or not at all.

mod batch;
mod check;
mod diff;
mod findings;
mod finish;
mod hash;
mod identity;
pub(super) mod images;
mod known;
mod links;
mod pipeline;
mod planned;
mod prepare;
mod progress;
mod recognise;
mod report;
mod run;
mod single;
mod source_crs;
mod target;

pub(crate) use diff::diff;
pub use diff::{AttributeDiff, Change, FeatureDiff, GeometryDiff};
pub use hash::content_hash;
pub use identity::{IdentityReport, MatchBy};
pub(super) use links::loose_link;
pub(super) use planned::{forget_form, identified_collection};
pub(super) use prepare::crs_text;
pub use progress::Progress;
pub use report::{Changes, FileReport, ImportReport};
pub(super) use single::{Body, Checked, ReadBody, check_objects, checked_codes, extent_deg, read_body};
pub(super) use source_crs::height_issue;

use serde::{Deserialize, Serialize};

/// What happens to objects that the collection holds already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Known objects are compared by content and renewed where they differ.
    #[default]
    Update,
    /// Known ids are refused.
    Append,
    /// As `Update`; what the input no longer holds ends.
    Replace,
}

/// Which checks objects go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checks {
    /// Geometry after ISO 19107, and attributes against geometry.
    #[default]
    All,
    None,
}

/// What happens to an object with a finding of severity `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// It is stored; the finding tells.
    #[default]
    Keep,
    /// It is left out, with a finding of its own.
    Quarantine,
    /// The import ends and nothing is published.
    Fail,
}

/// The parameters of an import: all there is to say about it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Import {
    /// Files, folders, globs, archives, `-` for standard input.
    pub sources: Vec<String>,
    pub collection: String,
    /// Taken for a new collection, and over the old title when given.
    pub title: Option<String>,
    /// CRS in place of what the files say, `25832+7837`.
    pub crs: Option<String>,
    pub mode: Mode,
    pub dry_run: bool,
    /// Height of the geoid above the ellipsoid [m] in place of a grid.
    pub geoid_constant_m: Option<f64>,
    /// Which checks objects go through on their way.
    #[serde(default)]
    pub checks: Checks,
    /// What happens to objects with findings of severity `error`.
    #[serde(default)]
    pub on_error: OnError,
    /// By what objects are recognised that are there already.
    #[serde(default)]
    pub match_by: MatchBy,
    /// Common part of two footprints as a share of the larger one from which they are the same thing; `None`: 0.5.
    #[serde(default)]
    pub match_overlap: Option<f64>,
    /// Whether the rest of a delivery is taken when files of it are missing or other ones.
    #[serde(default)]
    pub partial_delivery: bool,
    /// Parsing threads.
    pub jobs: usize,
}
