//! The two ways to write a filter.

use super::{Expression, FilterError, parse_json, parse_text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterLanguage {
    /// `cql2-text`.
    Text,
    /// `cql2-json`.
    Json,
}

impl FilterLanguage {
    pub fn parse(self, filter: &str) -> Result<Expression, FilterError> {
        match self {
            FilterLanguage::Text => parse_text(filter),
            FilterLanguage::Json => parse_json(filter),
        }
    }
}
