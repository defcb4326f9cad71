//! (next)
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {}
pub struct Embedded;
