//! Key-value pairs of a request: names in any case, each at most once, all within bounds.

use super::super::params::shortened;
use super::exception::WfsError;

/// Longest query [bytes].
const MOST_BYTES: usize = 16 * 1024;
/// Pairs of a query.
const MOST_PAIRS: usize = 100;

#[derive(Debug, Default)]
pub struct Kvp {
    /// Names in lower case.
    pairs: Vec<(String, String)>,
}

impl Kvp {
    pub fn parse(raw: &str) -> Result<Kvp, WfsError> {
        if raw.len() > MOST_BYTES {
            return Err(WfsError::invalid("", format!("the query is longer than {MOST_BYTES} bytes")));
        }
        let mut kvp = Kvp::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()).take(MOST_PAIRS) {
            let name = name.to_ascii_lowercase();
            if value.contains('\0') {
                return Err(WfsError::invalid(&name, format!("`{name}` holds a NUL character")));
            }
            match kvp.get(&name) {
                // An empty parameter is one that is not there.
                None if value.is_empty() => {}
                None => kvp.pairs.push((name, value.into_owned())),
                Some(before) if before == value => {}
                Some(_) => {
                    return Err(WfsError::invalid(&name, format!("`{}` comes twice", shortened(&name))));
                }
            }
        }
        Ok(kvp)
    }

    /// `name` in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn needed(&self, name: &str) -> Result<&str, WfsError> {
        self.get(name).ok_or_else(|| WfsError::missing(name))
    }

    /// A whole number within bounds; a greater one means the greatest.
    pub fn number(&self, name: &str, most: u64) -> Result<Option<u64>, WfsError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let is_number =
            !text.is_empty() && text.len() <= 30 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            let message = format!("`{name}` must be a whole number from 0, not `{}`", shortened(text));
            return Err(WfsError::invalid(name, message));
        }
        Ok(Some(text.parse().unwrap_or(u64::MAX).min(most)))
    }

    /// The query with other values for these names (in lower case); `None` leaves one out.
    pub fn with(&self, changes: &[(&str, Option<String>)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        for (name, value) in self.pairs.iter().filter(|(name, _)| !is_changed(name)) {
            query.append_pair(name, value);
        }
        for (name, value) in changes {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}
