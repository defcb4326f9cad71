//! Files that hold planned versions of the city: what is there goes into the collection, what is planned is left to scenarios.

use std::collections::HashSet;

use stadtwin_formats::{FormatError, Input, PlannedTransition, planned_transitions};
use stadtwin_model::{CityObject, Issue, Severity};

/// What of a file is planned.
#[derive(Debug, Default)]
pub(super) struct Planned {
    /// Ids of planned versions of objects, of versions of the city, and of what is between these.
    left_out: HashSet<String>,
    /// Of objects.
    count: usize,
    transitions: Vec<String>,
}

impl Planned {
    /// Blocks.
    pub fn of(input: Input) -> Result<Planned, FormatError> {
        let mut planned = Planned::default();
        for PlannedTransition { id, from, to, is_from_history, transactions, .. } in
            planned_transitions(input)?
        {
            let new = transactions.into_iter().filter_map(|transaction| transaction.new);
            planned.left_out.extend(new);
            planned.transitions.push(id);
            planned.count = planned.left_out.len();
            planned.transitions.extend([to].into_iter().chain((!is_from_history).then_some(from)));
        }
        planned.left_out.extend(planned.transitions.iter().cloned());
        Ok(planned)
    }

    /// Whether the object is no plan. It loses the name that files with versions know it by, where it is its own.
    pub fn keeps(&self, object: &mut CityObject) -> bool {
        if self.left_out.is_empty() {
            return true;
        }
        forget_identifier(object);
        !self.left_out.contains(&object.id)
    }

    /// What happened to the rest.
    pub fn issue(&self) -> Option<Issue> {
        let name = self.transitions.first()?;
        let count = self.count;
        Some(Issue {
            code: "planned_left_out".into(),
            severity: Severity::Info,
            message: format!(
                "the file plans ({name}): {count} planned versions of objects are left out; `POST /projects/{{projectId}}/scenarios/import` makes a \
                 scenario of them"
            ),
            ..Issue::default()
        })
    }
}

/// The collection that the object's identifier says it is of: `https://twin.example/collections/buildings/items/`.
pub(crate) fn identified_collection(object: &CityObject) -> Option<String> {
    let code_space = object.qualifiers.get("identifier")?.get("codeSpace")?.as_str()?;
    let (_, rest) = code_space.rsplit_once("/collections/")?;
    let collection = rest.strip_suffix("/items/")?;
    (!collection.contains('/')).then(|| collection.to_owned())
}

/// Takes an identifier away that says no more than where the object is.
pub(crate) fn forget_identifier(object: &mut CityObject) {
    if identified_collection(object).is_some()
        && object.attributes.get("identifier").and_then(|name| name.as_str()) == Some(object.id.as_str())
    {
        object.attributes.remove("identifier");
        object.qualifiers.remove("identifier");
    }
}
