//! Who sends a request, and what they are in which organization.

use std::fmt;
use std::str::FromStr;

use stadtwin_model::Target;

use super::{Scope, may_import, may_read_jobs};

/// What somebody is in an organization. Each role allows what `decide` says, no more: a publisher is no planner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads drafts of their projects, comments.
    Viewer,
    /// Edits drafts.
    Planner,
    /// Edits, submits, approves and shares drafts.
    Lead,
    /// Publishes, and sets the stage of the procedure.
    Publisher,
    /// Keeps members and projects; holds every other role of the organization too.
    Admin,
    /// A public body that is heard: reads what is submitted, gives statements.
    Authority,
}

impl Role {
    pub const ALL: [Role; 6] =
        [Role::Viewer, Role::Planner, Role::Lead, Role::Publisher, Role::Admin, Role::Authority];

    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Planner => "planner",
            Role::Lead => "lead",
            Role::Publisher => "publisher",
            Role::Admin => "admin",
            Role::Authority => "authority",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Role, String> {
        Role::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| {
            let names = Role::ALL.map(Role::name).join(", ");
            format!("`{text}` is no role: use one of {names}")
        })
    }
}

/// A role in an organization. Who has several has several of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// organization.id.
    pub organization: String,
    pub role: Role,
}

/// Who sends a request, after their token was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Never changes and is nobody else's: `issuer|sub`, or `token:` and the token's prefix.
    pub subject: String,
    /// For people; several callers may have it.
    pub name: String,
    pub memberships: Vec<Membership>,
    /// What they may do with base data and jobs.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// Whether they have exactly this role in the organization.
    pub fn is(&self, role: Role, organization: &str) -> bool {
        self.memberships.iter().any(|own| own.role == role && own.organization == organization)
    }

    /// Whether they have one of the roles in the organization; an admin has every one.
    pub fn has_one_of(&self, roles: &[Role], organization: &str) -> bool {
        self.memberships.iter().any(|own| {
            own.organization == organization && (own.role == Role::Admin || roles.contains(&own.role))
        })
    }

    /// Whether they are anything in the organization.
    pub fn belongs_to(&self, organization: &str) -> bool {
        self.memberships.iter().any(|own| own.organization == organization)
    }

    /// Whether they are admin of any organization.
    pub fn is_admin_somewhere(&self) -> bool {
        self.memberships.iter().any(|own| own.role == Role::Admin)
    }

    /// Whether they may read the log and the report of the target's jobs.
    pub fn may_read_jobs(&self, target: Option<&Target>) -> bool {
        may_read_jobs(&self.scopes, target)
    }

    /// Whether they may import into the target; `None`: what belongs to none.
    pub fn may_import(&self, target: Option<&Target>) -> bool {
        may_import(&self.scopes, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_they_are_written() {
        let names: Vec<_> = Role::ALL.iter().map(Role::to_string).collect();
        assert_eq!(names, ["viewer", "planner", "lead", "publisher", "admin", "authority"]);
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        for wrong in ["", "Viewer", "public", "owner"] {
            assert!(wrong.parse::<Role>().is_err(), "{wrong}");
        }
    }
}
