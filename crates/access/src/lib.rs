//! Who may do what: roles, scopes and grants lead to a decision. Knows no HTTP and no database.

mod caller;
mod plan;
mod token;

pub use caller::{Caller, Membership, Role};
pub use plan::{
    Action, Decision, Grant, GrantLevel, Grantee, PlanStanding, Visibility, decide, still_to_agree,
};
pub use token::{IssuedToken, is_same_hash, issue_token, random_hex, read_token};

use std::fmt;
use std::str::FromStr;

use stadtwin_model::Target;

/// What a token allows. Reading the city needs none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What jobs say of files and people.
    Read,
    /// Everything that writes.
    Write,
    /// Imports into one collection, and the jobs of that.
    Import(String),
    /// Imports into one terrain, and the jobs of that.
    Terrain(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Read => f.write_str("read"),
            Scope::Write => f.write_str("write"),
            Scope::Import(collection) => write!(f, "import:{collection}"),
            Scope::Terrain(terrain) => write!(f, "terrain:{terrain}"),
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
            Some(("terrain", terrain)) if is_collection_id(terrain) => Ok(Scope::Terrain(terrain.to_owned())),
            _ => Err(format!(
                "`{text}` is no scope: use read, write, import:<collection> or terrain:<terrain>"
            )),
        }
    }
}

/// Up to 60 of `a-z`, `0-9`, `-` and `_`: what collections and terrains are called.
pub fn is_collection_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    !text.is_empty() && text.len() <= 60 && text.bytes().all(allowed)
}

/// Whether the scopes allow imports into the target, and to cancel its jobs. `None`: a job of no target.
pub fn may_import(scopes: &[Scope], target: Option<&Target>) -> bool {
    scopes.iter().any(|scope| match scope {
        Scope::Read => false,
        Scope::Write => true,
        Scope::Import(allowed) => target.and_then(Target::collection) == Some(allowed),
        Scope::Terrain(allowed) => target.and_then(Target::terrain) == Some(allowed),
    })
}

/// Whether the scopes allow to read what jobs of the target say of files and people.
pub fn may_read_jobs(scopes: &[Scope], target: Option<&Target>) -> bool {
    scopes.contains(&Scope::Read) || may_import(scopes, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_allow_what_they_say() {
        let collection = |id: &str| Some(Target::Collection(id.to_owned()));
        let terrain = |id: &str| Some(Target::Terrain(id.to_owned()));
        for (scopes, target, expected) in [
            ("write", collection("trees"), true),
            ("write", terrain("trees"), true),
            ("write", None, true),
            ("read", collection("trees"), false),
            ("import:trees", collection("trees"), true),
            ("import:trees", collection("trees2"), false),
            ("import:trees", terrain("trees"), false),
            ("import:trees", None, false),
            ("terrain:trees", terrain("trees"), true),
            ("terrain:trees", terrain("trees2"), false),
            ("terrain:trees", collection("trees"), false),
            ("read import:a import:trees", collection("trees"), true),
            ("", collection("trees"), false),
        ] {
            let parsed: Vec<Scope> = scopes.split_whitespace().map(|scope| scope.parse().unwrap()).collect();
            assert_eq!(may_import(&parsed, target.as_ref()), expected, "{scopes} {target:?}");
            let reads = expected || scopes.contains("read");
            assert_eq!(may_read_jobs(&parsed, target.as_ref()), reads, "{scopes} {target:?}");
            let shown: Vec<_> = parsed.iter().map(Scope::to_string).collect();
            assert_eq!(shown.join(" "), scopes);
        }
        for wrong in [
            "",
            "admin",
            "import",
            "import:",
            "import:A",
            "import:a/b",
            "write:trees",
            "terrain:",
            "terrain:A",
        ] {
            assert!(wrong.parse::<Scope>().is_err(), "{wrong}");
        }
    }
}
