//! The parameters of features' order and content: `sortby`, `properties`, `skipGeometry`.

use super::call::Call;
use super::error::ApiError;
use super::params::shortened;
use stadtwin_formats::Selection;
use stadtwin_query::{Queryable, Queryables, SortKey};

/// More names than any collection has.
const MOST_NAMES: usize = 1_000;

/// What features are sorted by; empty when the client does not say.
pub fn sort_keys(call: &Call, queryables: &Queryables) -> Result<Vec<SortKey>, ApiError> {
    let Some(text) = call.query.get("sortby") else { return Ok(Vec::new()) };
    queryables.sort_keys(text).map_err(|error| ApiError::BadRequest(format!("`sortby` is wrong: {error}")))
}

/// What of features is shown; 400 for a name that none has.
pub fn of(call: &Call, queryables: &Queryables) -> Result<Selection, ApiError> {
    let skips_geometry = call.query.get("skipGeometry") == Some("true");
    let Some(text) = call.query.get("properties") else {
        return Ok(Selection { properties: None, skips_geometry });
    };
    let mut names = Vec::new();
    // Nothing between commas is no name: `properties=` shows none.
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()).take(MOST_NAMES) {
        if !queryables.returns(name) {
            return Err(unknown(name, queryables.returnables()));
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(Selection { properties: Some(names), skips_geometry })
}

/// 400 for a name that is none of those.
pub fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a Queryable>) -> ApiError {
    let known: Vec<_> = known.map(|found| found.name.as_str()).collect();
    ApiError::BadRequest(format!(
        "`properties` is wrong: there is no `{}`; there are: {}",
        shortened(name),
        known.join(", ")
    ))
}
