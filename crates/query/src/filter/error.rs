//! Why a filter is refused.

use super::Position;

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{at}: {fault}")]
pub struct FilterError {
    pub at: Position,
    pub fault: FilterFault,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FilterFault {
    /// Not CQL2.
    #[error("{0}")]
    Syntax(String),
    /// A name that is none of the collection's.
    #[error("no property `{name}`; {known}")]
    NoProperty { name: String, known: String },
    #[error("no function `{name}`; known: {known}")]
    NoFunction { name: String, known: String },
    /// Things that cannot be compared or combined.
    #[error("{0}")]
    Mismatch(String),
    /// A value that the property never has.
    #[error("`{property}` cannot be '{value}'; {known}")]
    NoValue { property: String, value: String, known: String },
    #[error("the filter is too large: more than {most} {what}")]
    TooLarge { most: usize, what: &'static str },
}

impl FilterError {
    pub(super) fn new(at: &Position, fault: FilterFault) -> FilterError {
        FilterError { at: at.clone(), fault }
    }

    pub(super) fn syntax(at: &Position, message: impl Into<String>) -> FilterError {
        FilterError::new(at, FilterFault::Syntax(message.into()))
    }

    pub(super) fn mismatch(at: &Position, message: impl Into<String>) -> FilterError {
        FilterError::new(at, FilterFault::Mismatch(message.into()))
    }
}

/// Text from outside, cut for messages.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The first names, and how many more there are.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 25;
    let names: Vec<_> = names.into_iter().collect();
    let shown: Vec<_> = names.iter().take(MOST).map(|name| shortened(name)).collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{}, … and {more} more", shown.join(", ")),
    }
}
