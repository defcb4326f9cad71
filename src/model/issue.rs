//! A finding about data; travels beside the result.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Warning,
    /// Something was left out or cannot be used.
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Issue {
    /// gml:id of the object concerned; empty for the file itself.
    pub object: String,
    /// Line in the (unpacked) file, from 1; 0 when unknown.
    pub line: u64,
    /// Short stable code: `ring_unclosed`, `xlink_unresolved`, `id_duplicate`, `crs_unknown`, …
    pub code: String,
    pub severity: Severity,
    /// What is wrong and what was done, one sentence.
    pub message: String,
}
