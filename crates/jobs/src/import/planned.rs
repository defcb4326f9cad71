//! Files that hold planned versions of the city: what is there goes into the collection, what is planned is left to scenarios.

use std::collections::HashSet;

use serde_json::{Value, json};

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

    /// Whether the object is no plan. It loses what the form of such files adds.
    pub fn keeps(&self, object: &mut CityObject) -> bool {
        if self.left_out.is_empty() {
            return true;
        }
        forget_form(object);
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

/// Takes away what our files with versions say of an object besides what it said itself: an identifier that is no more than where
/// it is, and what CityGML 3.0 makes of properties that it does not have (a height of unknown references, a first of January).
pub(crate) fn forget_form(object: &mut CityObject) {
    if identified_collection(object).is_some()
        && object.attributes.get("identifier").and_then(Value::as_str) == Some(object.id.as_str())
    {
        forget(object, "identifier");
    }
    forget_made(object);
}

fn forget_made(object: &mut CityObject) {
    let said = |name: &str| object.attributes.get(name);
    let height = |value: &Value| {
        json!({
            "@type": "con:Height", "value": value, "status": "measured", "lowReference": "unknown",
            "highReference": "unknown",
        })
    };
    let is_made_height = said("measuredHeight").is_some_and(|value| said("height") == Some(&height(value)));
    let first_day = said("yearOfConstruction").and_then(Value::as_i64).map(|year| format!("{year:04}-01-01"));
    let is_made_date =
        first_day.is_some_and(|day| said("dateOfConstruction").and_then(Value::as_str) == Some(day.as_str()));
    if is_made_height {
        forget(object, "height");
    }
    if is_made_date {
        forget(object, "dateOfConstruction");
    }
    object.children.iter_mut().for_each(forget_made);
}

/// With all that is said of it.
fn forget(object: &mut CityObject, name: &str) {
    object.attributes.remove(name);
    let inside = format!("{name}/");
    object.qualifiers.retain(|said, _| said != name && !said.starts_with(&inside));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_form_adds_is_forgotten_and_nothing_else() {
        let height = |low: &str| json!({ "@type": "con:Height", "value": 9.5, "status": "measured", "lowReference": low, "highReference": "unknown" });
        for (attributes, left) in [
            (json!({ "measuredHeight": 9.5, "height": height("unknown") }), vec!["measuredHeight"]),
            (
                json!({ "measuredHeight": 9.5, "height": height("lowestRoofEdge") }),
                vec!["measuredHeight", "height"],
            ),
            (json!({ "measuredHeight": 8.0, "height": height("unknown") }), vec!["measuredHeight", "height"]),
            (
                json!({ "yearOfConstruction": 1990, "dateOfConstruction": "1990-01-01" }),
                vec!["yearOfConstruction"],
            ),
            (
                json!({ "yearOfConstruction": 1990, "dateOfConstruction": "1990-05-01" }),
                vec!["yearOfConstruction", "dateOfConstruction"],
            ),
            (json!({ "identifier": "B1" }), vec![]),
            (json!({ "identifier": "B2" }), vec!["identifier"]),
        ] {
            let mut object = CityObject { id: "B1".into(), ..CityObject::default() };
            object.attributes = attributes.as_object().cloned().unwrap_or_default();
            let code_space = json!({ "codeSpace": "https://twin.example/collections/buildings/items/" });
            object.qualifiers.insert("identifier".into(), code_space);
            forget_form(&mut object);
            assert_eq!(object.attributes.keys().collect::<Vec<_>>(), left, "{attributes}");
        }
    }
}
