//! A finding about data; travels beside the result.

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    #[default]
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

#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Issue {
    /// gml:id of the object concerned; empty for the file itself.
    pub object: String,
    /// Line in the (unpacked) file, from 1; 0 when unknown.
    pub line: u64,
    /// Short stable code: `ring_unclosed`, `xlink_unresolved`, `id_duplicate`, `crs_unknown`, …; findings of geometry
    /// checks carry val3dity's number, `203`
    pub code: String,
    pub severity: Severity,
    /// What is wrong and what was done, one sentence.
    pub message: String,
    /// Index of the face concerned in the object's geometry, from 0; `None` when the finding is not about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face: Option<u32>,
    /// The value found, with its unit: `distance 0.12 m`; for messages of machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where, `[east, north, up]` in the storage CRS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<[f64; 3]>,
}
