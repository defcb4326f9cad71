//! A published state of a collection, or one on its way.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionState {
    /// Being written; no reader sees it.
    Open,
    Published,
    /// Given up; its rows are removed by the next import.
    Abandoned,
}

impl RevisionState {
    pub fn name(self) -> &'static str {
        match self {
            RevisionState::Open => "open",
            RevisionState::Published => "published",
            RevisionState::Abandoned => "abandoned",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    pub number: i64,
    pub collection: i32,
    pub state: RevisionState,
    /// RFC 3339: when its import began.
    pub started: String,
    /// RFC 3339.
    pub published: Option<String>,
    /// Top-level objects that begin with it.
    pub inserted_count: Option<i64>,
    /// Top-level objects that end with it.
    pub ended_count: Option<i64>,
    /// The earlier revision whose state it brought back.
    pub restores: Option<i64>,
}
