//! Which operations the objects of a file ask for: new ones come, known ones are replaced.

use std::collections::{BTreeSet, HashMap, HashSet};

use stadtwin_model::{Scenario, Span};
use stadtwin_scenario::{Act, resolve};
use stadtwin_store::Store;

use super::act::apply;
use super::fault::{PlanError, PlanFault, PlanFaultKind};
use super::gather::{Name, Subject, Subjects, gather};
use super::pieces::Piece;

/// What is to be done.
pub(super) struct Wanted {
    /// Objects that go, and the places of the pieces that come for them; without any that go they are new.
    pub groups: Vec<(Vec<String>, Vec<usize>)>,
    /// Numbers of earlier operations of the scenario that this takes the place of.
    pub undone: Vec<i64>,
}

/// An object whose id is there in that time is replaced, and so is what it names. Where an earlier operation of the
/// scenario replaced or moved it, that one is taken back, if nothing else hangs on it.
pub(super) async fn wanted(
    store: &Store,
    (scenario, collection): (&Scenario, &str),
    span: Span,
    pieces: &[Piece],
) -> Result<Wanted, PlanError> {
    let collections = store.collections().await?;
    let Some(collection) = collections.iter().find(|known| known.id == collection).cloned() else {
        let shown: String = collection.chars().take(60).collect();
        let detail = format!("no collection `{shown}`");
        return Err(PlanError::Faults(vec![PlanFault::new(0, None, PlanFaultKind::Unknown, detail)]));
    };
    let chain = store.chain(scenario.key, scenario.version).await?;
    let key = collection.key;
    let collections = HashMap::from([(key, collection.clone())]);
    let ids: HashSet<&str> = pieces.iter().filter_map(|piece| piece.id.as_deref()).collect();
    let replaced = pieces.iter().flat_map(|piece| &piece.replaces);
    let uids: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).chain(replaced.cloned()).collect();
    let names: BTreeSet<Name> = uids.iter().map(|uid| (key, uid.clone())).collect();
    let mut subjects = gather(store, &chain, &collections, &names, &HashSet::new()).await?;
    let mut undone = BTreeSet::new();
    let in_the_way = in_the_way(&subjects, &span);
    if !in_the_way.is_empty() {
        let uids: Vec<String> = uids.iter().cloned().collect();
        for held in store.operations_on(&chain, &collection, &uids).await? {
            let is_all_here = held.made.iter().all(|id| ids.contains(id.as_str()))
                && held.targets.iter().all(|target| uids.binary_search(target).is_ok());
            if held.scenario == scenario.key && in_the_way.contains(&held.seq) && is_all_here {
                undone.insert(held.seq);
            }
        }
        subjects = gather(store, &chain, &collections, &names, &undone.iter().copied().collect()).await?;
    }
    let is_there =
        |uid: &String| subjects.all.get(&(key, uid.clone())).is_some_and(|subject| is_there(subject, &span));
    let targets = pieces.iter().map(|piece| {
        let own = piece.id.iter().filter(|id| is_there(id) && !piece.replaces.contains(id));
        piece.replaces.iter().chain(own).cloned().collect()
    });
    Ok(Wanted { groups: grouped(targets.collect()), undone: undone.into_iter().collect() })
}

/// Operations of the scenario itself beside which no other may replace the same object.
fn in_the_way(subjects: &Subjects, span: &Span) -> HashSet<i64> {
    let steps = subjects.all.values().flat_map(|subject| &subject.steps);
    let own = steps.filter(|step| step.is_own && step.span.overlaps(span));
    own.filter(|step| matches!(step.act, Act::Replace | Act::Transform(_)))
        .map(|step| step.operation)
        .collect()
}

/// Whether the object stands there at some moment of the span.
fn is_there(subject: &Subject, span: &Span) -> bool {
    let base = subject.base.as_ref().map(|(_, object)| object);
    match resolve(base, &subject.steps, apply) {
        Ok(outcomes) => {
            let mut touched = outcomes.iter().filter(|outcome| outcome.span.overlaps(span)).peekable();
            match touched.peek() {
                None => base.is_some(),
                Some(_) => touched.any(|outcome| outcome.state.is_some()),
            }
        }
        // The batch will tell why.
        Err(_) => true,
    }
}

/// Pieces that share an object that goes come together. In the order of the first piece of each.
fn grouped(targets: Vec<Vec<String>>) -> Vec<(Vec<String>, Vec<usize>)> {
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    let mut owners: HashMap<String, usize> = HashMap::new();
    for (piece, targets) in targets.into_iter().enumerate() {
        let known: BTreeSet<usize> =
            targets.iter().filter_map(|target| owners.get(target).copied()).collect();
        let mut known = known.into_iter();
        let group = known.next().unwrap_or_else(|| {
            groups.push((Vec::new(), Vec::new()));
            groups.len() - 1
        });
        for other in known {
            let (targets, members) = std::mem::take(&mut groups[other]);
            owners.extend(targets.iter().map(|target| (target.clone(), group)));
            groups[group].0.extend(targets);
            groups[group].1.extend(members);
        }
        for target in targets {
            if owners.insert(target.clone(), group).is_none() {
                groups[group].0.push(target);
            }
        }
        groups[group].1.push(piece);
    }
    groups.retain(|(_, members)| !members.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each piece takes away, by letters; the groups as `letters:places`.
    #[test]
    fn pieces_that_share_what_goes_come_together() {
        for (pieces, expected) in [
            (["", "", ""], ":0 :1 :2"),
            (["a", "b", ""], "a:0 b:1 :2"),
            (["a", "ba", ""], "ab:01 :2"),
            // The third brings the first two together.
            (["a", "b", "bca"], "abc:012"),
        ] {
            let targets = pieces.map(|letters| letters.chars().map(String::from).collect());
            let told = |(targets, members): &(Vec<String>, Vec<usize>)| {
                let members: String = members.iter().map(usize::to_string).collect();
                format!("{}:{members}", targets.concat())
            };
            let found: Vec<String> = grouped(targets.to_vec()).iter().map(told).collect();
            assert_eq!(found.join(" "), expected, "{pieces:?}");
        }
    }
}
