//! Which features operations mean, and whether they are in the state that the operations ask for.

use std::collections::{HashMap, HashSet};

use stadtwin_model::Collection;
use stadtwin_store::{ImportSession, LiveFeature, Store, StoreError};

use super::make::is_part;
use super::report::{Fault, FaultKind};
use super::{Condition, Operation, States};

/// Names that PUT may give [bytes].
const LONGEST_ID: usize = 200;

/// The feature that an operation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// It gets a name of its own.
    New,
    /// There is none of this name.
    Absent(String),
    Live {
        id: String,
        feature: LiveFeature,
    },
}

impl Subject {
    pub fn live(&self) -> Option<(&str, LiveFeature)> {
        match self {
            Subject::Live { id, feature } => Some((id, *feature)),
            _ => None,
        }
    }
}

/// A subject for each operation, or all that is wrong with them.
pub(super) async fn resolve(
    store: &Store,
    session: &ImportSession,
    operations: &[Operation],
) -> Result<Result<Vec<Subject>, Vec<Fault>>, StoreError> {
    let asked: Vec<String> = operations.iter().filter_map(named).map(|(id, _)| id.to_owned()).collect();
    let mut live = session.live_features(&asked).await?;
    let names = permanent_names(store, session.collection(), &asked, &mut live, session).await?;
    let parts = session.live_parts(&asked).await?;
    let (mut subjects, mut faults, mut met) = (Vec::new(), Vec::new(), HashSet::new());
    for (index, operation) in operations.iter().enumerate() {
        let Some((asked, condition)) = named(operation) else {
            subjects.push(Subject::New);
            continue;
        };
        let id = names.get(asked).map_or(asked, String::as_str);
        if !met.insert(id.to_owned()) {
            faults.push(Fault::unusable(
                index,
                Some(id),
                "the feature comes twice in one edit: send one operation for each",
            ));
        }
        let subject = match live.get(id) {
            Some(feature) => Subject::Live { id: id.to_owned(), feature: *feature },
            None => Subject::Absent(id.to_owned()),
        };
        let fault = match (&subject, operation) {
            (Subject::Live { feature, .. }, _) => changed(*feature, condition).or_else(|| {
                let is_blind = condition.matches.is_none() && matches!(operation, Operation::Replace { .. });
                is_blind.then(|| (FaultKind::Unconditional, UNCONDITIONAL.to_owned()))
            }),
            // RFC 9110, 13.1.1: what is not there matches nothing, and is not made.
            (_, _) if condition.matches.is_some() => {
                let detail = format!("there is no feature `{id}` at present, so `If-Match` does not hold");
                Some((FaultKind::Changed, detail))
            }
            (_, Operation::Replace { .. }) if parts.contains(id) => Some((FaultKind::Taken, is_part(id))),
            (_, Operation::Replace { .. }) => name_fault(id).map(|detail| (FaultKind::Unusable, detail)),
            _ => Some(absent(store, session.collection(), id).await?),
        };
        if let Some((kind, detail)) = fault {
            faults.push(Fault { index, id: Some(id.to_owned()), kind, detail });
        }
        subjects.push(subject);
    }
    Ok(if faults.is_empty() { Ok(subjects) } else { Err(faults) })
}

const UNCONDITIONAL: &str = "replacing a feature needs `If-Match` with the ETag of what was read, so that nobody's change is lost; \
     `If-Match: *` replaces whatever is there";

fn named(operation: &Operation) -> Option<(&str, &Condition)> {
    match operation {
        Operation::Create { .. } => None,
        Operation::Replace { id, condition, .. }
        | Operation::Update { id, condition, .. }
        | Operation::Delete { id, condition } => Some((id, condition)),
    }
}

/// Asked name → permanent name, of those that files called otherwise later; `live` then knows these too.
async fn permanent_names(
    store: &Store,
    collection: &Collection,
    asked: &[String],
    live: &mut HashMap<String, LiveFeature>,
    session: &ImportSession,
) -> Result<HashMap<String, String>, StoreError> {
    let mut names = HashMap::new();
    if !collection.has_lineage {
        return Ok(names);
    }
    for id in asked.iter().filter(|id| !live.contains_key(*id)).cloned().collect::<Vec<_>>() {
        if let Some(permanent) = store.permanent_id(collection, &id).await? {
            live.extend(session.live_features(std::slice::from_ref(&permanent)).await?);
            names.insert(id, permanent);
        }
    }
    Ok(names)
}

fn changed(feature: LiveFeature, condition: &Condition) -> Option<(FaultKind, String)> {
    let revision = feature.revision;
    let is_met = |states: &Option<States>| states.as_ref().map(|states| states.hold(revision));
    let detail = match (is_met(&condition.matches), is_met(&condition.none_matches)) {
        (Some(false), _) => format!(
            "the feature was changed in revision {revision}, and `If-Match` names another state: read it again"
        ),
        (_, Some(true)) if condition.none_matches == Some(States::Any) => {
            "there is such a feature already, and `If-None-Match: *` asks that there be none".to_owned()
        }
        (_, Some(true)) => format!(
            "the feature is in the state that revision {revision} brought, which `If-None-Match` excludes"
        ),
        _ => return None,
    };
    Some((FaultKind::Changed, detail))
}

async fn absent(store: &Store, collection: &Collection, id: &str) -> Result<(FaultKind, String), StoreError> {
    let shown: String = id.chars().take(80).collect();
    let Some(revision) = store.feature_ended(collection, id).await? else {
        return Ok((FaultKind::Missing, format!("no feature `{shown}` in collection `{}`", collection.id)));
    };
    let successors = store.lineage(collection, id).await?.successors;
    Ok((
        FaultKind::Gone { revision, successors },
        format!("feature `{shown}` is no more since revision {revision}"),
    ))
}

/// Why a new feature cannot go by this name.
fn name_fault(id: &str) -> Option<String> {
    let is_plain = |sign: char| sign.is_alphanumeric() || "_-.:{}".contains(sign);
    (id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(is_plain)).then(|| {
        format!(
            "a new feature's id has up to {LONGEST_ID} letters, digits and `_`, `-`, `.`, `:`, `{{`, `}}`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_addresses() {
        for (id, is_good) in [
            ("DEBY_LOD2_4711", true),
            ("{0A1B-2}", true),
            ("Häuser.1:a", true),
            ("", false),
            ("a/b", false),
            ("a b", false),
            ("a?b", false),
            (&"x".repeat(201), false),
        ] {
            assert_eq!(name_fault(id).is_none(), is_good, "{id}");
        }
    }
}
