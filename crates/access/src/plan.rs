//! Rights on plans: what a project or scenario says of itself and who asks lead to a decision. The one place of the rules.
//!
//! Whether a grant has expired or was taken back, and which revision is meant, is settled before.

use std::fmt;
use std::str::FromStr;

use super::{Caller, Role};

/// Who may read what is published of a plan. Drafts are for those who work on it and those it is shared with, whatever
/// this says. Each holds those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Visibility {
    /// Those who may read the draft too.
    #[default]
    Private,
    /// Everybody in its owner organizations.
    Organization,
    /// Everybody in the project's partner organizations.
    Partners,
    /// Everybody who is signed in.
    Registered,
    /// Everybody.
    Public,
}

impl Visibility {
    pub const ALL: [Visibility; 5] = [
        Visibility::Private,
        Visibility::Organization,
        Visibility::Partners,
        Visibility::Registered,
        Visibility::Public,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Visibility::Private => "private",
            Visibility::Organization => "organization",
            Visibility::Partners => "partners",
            Visibility::Registered => "registered",
            Visibility::Public => "public",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Visibility {
    type Err = String;

    fn from_str(text: &str) -> Result<Visibility, String> {
        Visibility::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| {
            let names = Visibility::ALL.map(Visibility::name).join(", ");
            format!("`{text}` is no visibility: use one of {names}")
        })
    }
}

/// How much a grant gives; each level holds those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantLevel {
    Read,
    Comment,
    CoEdit,
}

impl GrantLevel {
    pub const ALL: [GrantLevel; 3] = [GrantLevel::Read, GrantLevel::Comment, GrantLevel::CoEdit];

    pub fn name(self) -> &'static str {
        match self {
            GrantLevel::Read => "read",
            GrantLevel::Comment => "comment",
            GrantLevel::CoEdit => "co-edit",
        }
    }
}

impl fmt::Display for GrantLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for GrantLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<GrantLevel, String> {
        GrantLevel::ALL.into_iter().find(|level| level.name() == text).ok_or_else(|| {
            let names = GrantLevel::ALL.map(GrantLevel::name).join(", ");
            format!("`{text}` is no level of a grant: use one of {names}")
        })
    }
}

/// Whom a plan is shared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// organization.id: everybody in it, each no further than their role there goes.
    Organization(String),
    /// `Caller::subject`.
    Person(String),
}

/// A grant that holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub to: Grantee,
    pub level: GrantLevel,
}

/// What rights depend on, of a project or a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanStanding {
    /// organization.id; a joint project has several.
    pub owners: Vec<String>,
    /// `Caller::subject` of the project's members; empty: everybody in the owner organizations.
    pub members: Vec<String>,
    /// organization.id: they read what is published for partners; drafts only where they have a grant.
    pub partners: Vec<String>,
    pub visibility: Visibility,
    /// The draft was handed in, or went further: authorities of its owners may read it.
    pub is_submitted: bool,
    /// There is a published revision.
    pub is_published: bool,
    pub grants: Vec<Grant>,
    /// Owners whose publishers have agreed to this publication.
    pub agreed: Vec<String>,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the plan as its owners work on it.
    ReadDraft,
    /// See a published revision.
    ReadPublished,
    EditDraft,
    /// Hand in, hand back, approve.
    Submit,
    Share,
    /// Agree, for one's own organization, to a publication.
    AgreeToPublish,
    /// Publish: allowed when publishers of all owners agree, this caller among them.
    Publish,
    /// Withdraw, put away or note as realized: what one owner no longer stands behind is no common plan.
    Withdraw,
    /// Set the stage of the procedure.
    SetStage,
    CommentInternal,
    /// Give a statement on a displayed revision.
    State,
    /// Have figures or an analysis made of what the caller may read. What they may read is a question of its own.
    RunAnalysis,
    /// Keep the project: members, owners, its end.
    Administer,
}

impl Action {
    pub const ALL: [Action; 13] = [
        Action::ReadDraft,
        Action::ReadPublished,
        Action::EditDraft,
        Action::Submit,
        Action::Share,
        Action::AgreeToPublish,
        Action::Publish,
        Action::Withdraw,
        Action::SetStage,
        Action::CommentInternal,
        Action::State,
        Action::RunAnalysis,
        Action::Administer,
    ];
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// They may know of it but not do this: 403; 401 where nobody has said who they are.
    Forbidden,
    /// It does not exist for them: 404.
    Invisible,
}

/// Whether `caller` may do it; `None`: nobody has said who they are.
pub fn decide(caller: Option<&Caller>, action: Action, plan: &PlanStanding) -> Decision {
    let sees_draft = caller.is_some_and(|caller| reads_draft(caller, plan));
    let sees_published = reads_published(caller, plan);
    let one_of = |roles: &[Role]| caller.is_some_and(|caller| is_one_of(caller, roles, plan));
    let granted = caller.and_then(|caller| granted(caller, plan));
    let allowed = match action {
        Action::ReadDraft if !sees_draft => return Decision::Invisible,
        Action::ReadPublished | Action::State if !sees_published => return Decision::Invisible,
        Action::ReadDraft | Action::ReadPublished | Action::State | Action::RunAnalysis => {
            sees_draft || sees_published
        }
        Action::EditDraft => {
            sees_draft && (one_of(&[Role::Planner, Role::Lead]) || granted >= Some(GrantLevel::CoEdit))
        }
        Action::Submit | Action::Share => one_of(&[Role::Lead, Role::Publisher]),
        Action::AgreeToPublish | Action::Withdraw | Action::SetStage => one_of(&[Role::Publisher]),
        Action::Publish => one_of(&[Role::Publisher]) && still_to_agree(caller, plan).is_empty(),
        Action::CommentInternal => {
            sees_draft
                && (one_of(&[Role::Viewer, Role::Planner, Role::Lead, Role::Publisher])
                    || granted >= Some(GrantLevel::Comment))
        }
        Action::Administer => one_of(&[]),
    };
    match allowed {
        _ if !sees_draft && !sees_published => Decision::Invisible,
        true => Decision::Allowed,
        false => Decision::Forbidden,
    }
}

/// The owners whose publishers have not agreed yet; `caller` agrees for those that they are publisher of.
pub fn still_to_agree<'a>(caller: Option<&Caller>, plan: &'a PlanStanding) -> Vec<&'a str> {
    let agrees = |owner: &String| {
        plan.agreed.contains(owner)
            || caller.is_some_and(|caller| caller.has_one_of(&[Role::Publisher], owner))
    };
    plan.owners.iter().filter(|owner| !agrees(owner)).map(String::as_str).collect()
}

/// Has one of the roles in an owner.
fn is_one_of(caller: &Caller, roles: &[Role], plan: &PlanStanding) -> bool {
    plan.owners.iter().any(|owner| caller.has_one_of(roles, owner))
}

fn reads_draft(caller: &Caller, plan: &PlanStanding) -> bool {
    let is_member = plan.members.is_empty() || plan.members.contains(&caller.subject);
    is_one_of(caller, &[Role::Planner, Role::Lead, Role::Publisher], plan)
        || (is_member && is_one_of(caller, &[Role::Viewer], plan))
        || (plan.is_submitted && is_one_of(caller, &[Role::Authority], plan))
        || granted(caller, plan).is_some()
}

fn reads_published(caller: Option<&Caller>, plan: &PlanStanding) -> bool {
    let belongs_to_one = |caller: &Caller, organizations: &[String]| {
        organizations.iter().any(|organization| caller.belongs_to(organization))
    };
    let is_for_them = match caller {
        None => plan.visibility == Visibility::Public,
        Some(caller) => {
            plan.visibility >= Visibility::Registered
                || (plan.visibility >= Visibility::Partners && belongs_to_one(caller, &plan.partners))
                || (plan.visibility >= Visibility::Organization && belongs_to_one(caller, &plan.owners))
                // Also authorities: what is published was submitted before.
                || reads_draft(caller, plan)
        }
    };
    plan.is_published && is_for_them
}

/// The most that grants give the caller.
fn granted(caller: &Caller, plan: &PlanStanding) -> Option<GrantLevel> {
    plan.grants.iter().filter_map(|grant| reach(caller, grant)).max()
}

/// What one grant gives the caller: an organization's members get no more than they may do at home.
fn reach(caller: &Caller, grant: &Grant) -> Option<GrantLevel> {
    match &grant.to {
        Grantee::Person(subject) => (*subject == caller.subject).then_some(grant.level),
        Grantee::Organization(id) if caller.has_one_of(&[Role::Planner, Role::Lead], id) => Some(grant.level),
        Grantee::Organization(id) => caller.belongs_to(id).then_some(grant.level.min(GrantLevel::Comment)),
    }
}

#[cfg(test)]
mod tests;
