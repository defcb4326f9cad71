//! Plans: projects, scenarios, and the spans of time in which something holds.

use super::Collection;

/// Numbers of the plans' partitions are those of their collections and this.
const PLANNED: i32 = 1_000_000_000;

impl Collection {
    /// The collection's planned objects: the same, but for the partition that its rows are in. All of them are of
    /// revision 0, whatever scenario they belong to.
    pub fn planned(&self) -> Collection {
        Collection { key: self.planned_key(), ..self.clone() }
    }

    /// The partition of its planned objects.
    pub fn planned_key(&self) -> i32 {
        self.key.saturating_add(PLANNED)
    }
}

/// Where a scenario stands in its editing; only drafts take operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditState {
    Draft,
    Submitted,
    Approved,
    Published,
    Archived,
    Withdrawn,
    Realized,
}

impl EditState {
    pub const ALL: [EditState; 7] = [
        EditState::Draft,
        EditState::Submitted,
        EditState::Approved,
        EditState::Published,
        EditState::Archived,
        EditState::Withdrawn,
        EditState::Realized,
    ];

    pub fn name(self) -> &'static str {
        match self {
            EditState::Draft => "draft",
            EditState::Submitted => "submitted",
            EditState::Approved => "approved",
            EditState::Published => "published",
            EditState::Archived => "archived",
            EditState::Withdrawn => "withdrawn",
            EditState::Realized => "realized",
        }
    }

    pub fn of_name(name: &str) -> Option<EditState> {
        EditState::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A planning undertaking of one or several organizations.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    pub key: i64,
    pub id: String,
    pub title: String,
    pub description: String,
    pub plan_number: Option<String>,
    /// Ids of organizations.
    pub owners: Vec<String>,
    pub partners: Vec<String>,
    /// Subjects who see drafts; empty: all of the owners.
    pub members: Vec<String>,
    /// Polygons of closed rings `[east, north]` in the storage CRS; empty where none is set.
    pub area: Vec<Vec<Vec<[f64; 2]>>>,
    /// XPlanung `BP_Rechtsstand`.
    pub stage: Option<i32>,
    pub version: i64,
    /// RFC 3339.
    pub created: String,
    pub created_by: String,
    pub updated: String,
}

/// A variant of the city.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub key: i64,
    pub id: String,
    /// Id of the project, and its number.
    pub project: String,
    pub project_key: i64,
    /// Id of the scenario that it builds on.
    pub parent: Option<String>,
    pub title: String,
    pub description: String,
    pub tags: Vec<String>,
    pub state: EditState,
    pub visibility: String,
    /// Names its newest state; grows with each change.
    pub version: i64,
    /// Number of its next operation.
    pub next_seq: i64,
    /// Number of the revision that others see.
    pub published_revision: Option<i32>,
    /// Ids of the owners that have agreed to publish it as it is.
    pub agreed: Vec<String>,
    /// RFC 3339.
    pub created: String,
    pub created_by: String,
    pub updated: String,
}

/// From a moment up to another that does not belong to it; microseconds since 1970 in UTC, `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Span {
    pub const ALWAYS: Span = Span { from: None, to: None };

    /// `None`: after all that has an end.
    pub fn contains(&self, moment: Option<i64>) -> bool {
        match moment {
            None => self.to.is_none(),
            Some(moment) => {
                self.from.is_none_or(|from| from <= moment) && self.to.is_none_or(|to| moment < to)
            }
        }
    }

    /// Whether some moment belongs to both.
    pub fn overlaps(&self, other: &Span) -> bool {
        let ends_behind = |a: &Span, b: &Span| match (a.to, b.from) {
            (Some(to), Some(from)) => to > from,
            _ => true,
        };
        ends_behind(self, other) && ends_behind(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_hold_their_begin_and_not_their_end() {
        let span = |from, to| Span { from, to };
        for (a, b, expected) in [
            (span(Some(1), Some(5)), span(Some(5), Some(9)), false),
            (span(Some(1), Some(5)), span(Some(4), Some(9)), true),
            (span(None, Some(5)), span(Some(4), None), true),
            (span(None, Some(5)), span(Some(5), None), false),
            (Span::ALWAYS, span(Some(1), Some(2)), true),
            (Span::ALWAYS, Span::ALWAYS, true),
        ] {
            assert_eq!((a.overlaps(&b), b.overlaps(&a)), (expected, expected), "{a:?} {b:?}");
        }
        for (span, moment, expected) in [
            (span(Some(1), Some(5)), Some(1), true),
            (span(Some(1), Some(5)), Some(5), false),
            (span(Some(1), Some(5)), None, false),
            (span(Some(1), None), None, true),
            (Span::ALWAYS, Some(i64::MIN), true),
        ] {
            assert_eq!(span.contains(moment), expected, "{span:?} {moment:?}");
        }
    }
}
