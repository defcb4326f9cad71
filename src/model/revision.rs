//! A published state of a collection, or one on its way.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionState {
    /// Being written; no reader sees it.
    Open,
    Published,
    /// Given up; its rows are removed by the next import.
    Abandoned,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    pub number: i64,
    pub collection: i32,
    pub state: RevisionState,
    /// RFC 3339.
    pub published: Option<String>,
}
