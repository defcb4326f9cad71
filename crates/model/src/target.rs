//! What imports go into.

use std::fmt;

/// A collection or a terrain by its id. Both may go by the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    Collection(String),
    Terrain(String),
}

impl Target {
    pub fn collection(&self) -> Option<&str> {
        match self {
            Target::Collection(id) => Some(id),
            Target::Terrain(_) => None,
        }
    }

    pub fn terrain(&self) -> Option<&str> {
        match self {
            Target::Collection(_) => None,
            Target::Terrain(id) => Some(id),
        }
    }
}

/// `buildings`, `terrain/ground`: no id holds a slash.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Collection(id) => f.write_str(id),
            Target::Terrain(id) => write!(f, "terrain/{id}"),
        }
    }
}
