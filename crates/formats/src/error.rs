//! What can keep a file from being read at all; odd data inside a file is an `Issue` instead.

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    #[error("cannot read `{name}`: {source}")]
    Io { name: String, source: std::io::Error },
    #[error("`{name}` is not XML: {reason}")]
    NotXml { name: String, reason: String },
    #[error("`{name}` is not CityGML: its root element is `{root}`")]
    NotCityGml { name: String, root: String },
    #[error("`{name}` cannot be read as CityJSON: {reason}")]
    NotCityJson { name: String, reason: String },
    #[error("`{name}` cannot be read as heights: {reason}")]
    NotHeights { name: String, reason: String },
    #[error("`{name}` is not well-formed at line {line}: {reason}")]
    Malformed { name: String, line: u64, reason: String },
}
