//! Who may do what: scopes of tokens lead to a decision. Knows no HTTP and no database.

mod token;

pub use token::{IssuedToken, is_same_hash, issue_token, random_hex, read_token};

use std::fmt;
use std::str::FromStr;

/// What a token allows. Reading the city needs none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What jobs say of files and people.
    Read,
    /// Everything that writes.
    Write,
    /// Imports into one collection, and the jobs of that.
    Import(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Read => f.write_str("read"),
            Scope::Write => f.write_str("write"),
            Scope::Import(collection) => write!(f, "import:{collection}"),
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Scope, String> {
        match text.split_once(':') {
            None if text == "read" => Ok(Scope::Read),
            None if text == "write" => Ok(Scope::Write),
            Some(("import", collection)) if is_collection_id(collection) => {
                Ok(Scope::Import(collection.to_owned()))
            }
            _ => Err(format!("`{text}` is no scope: use read, write or import:<collection>")),
        }
    }
}

/// Up to 60 of `a-z`, `0-9`, `-` and `_`.
pub fn is_collection_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    !text.is_empty() && text.len() <= 60 && text.bytes().all(allowed)
}

/// Whether the scopes allow imports into the collection, and to cancel its jobs. `None`: a job of no collection.
pub fn may_import(scopes: &[Scope], collection: Option<&str>) -> bool {
    scopes.iter().any(|scope| match scope {
        Scope::Read => false,
        Scope::Write => true,
        Scope::Import(allowed) => Some(allowed.as_str()) == collection,
    })
}

/// Whether the scopes allow to read what jobs of the collection say of files and people.
pub fn may_read_jobs(scopes: &[Scope], collection: Option<&str>) -> bool {
    scopes.contains(&Scope::Read) || may_import(scopes, collection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_allow_what_they_say() {
        for (scopes, collection, expected) in [
            ("write", Some("trees"), true),
            ("write", None, true),
            ("read", Some("trees"), false),
            ("import:trees", Some("trees"), true),
            ("import:trees", Some("trees2"), false),
            ("import:trees", None, false),
            ("read import:a import:trees", Some("trees"), true),
            ("", Some("trees"), false),
        ] {
            let parsed: Vec<Scope> = scopes.split_whitespace().map(|scope| scope.parse().unwrap()).collect();
            assert_eq!(may_import(&parsed, collection), expected, "{scopes} {collection:?}");
            let reads = expected || scopes.contains("read");
            assert_eq!(may_read_jobs(&parsed, collection), reads, "{scopes} {collection:?}");
            let shown: Vec<_> = parsed.iter().map(Scope::to_string).collect();
            assert_eq!(shown.join(" "), scopes);
        }
        for wrong in ["", "admin", "import", "import:", "import:A", "import:a/b", "write:trees"] {
            assert!(wrong.parse::<Scope>().is_err(), "{wrong}");
        }
    }
}
