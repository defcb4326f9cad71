//! Phases put in the place of those of a draft: operations that name one follow its dates.

use std::collections::{BTreeSet, HashMap, HashSet};

use stadtwin_model::{Collection, Scenario, Span};
use stadtwin_scenario::Fault;
use stadtwin_store::{Batch, Phase, Store, StoredOperation};

use super::PlanError;
use super::gather::{Name, Subjects, gather};
use super::settle::settle;
use super::write::rows;

/// Faults in one message.
const MOST_TOLD: usize = 5;

/// Makes the next version of a draft with these phases, and works out again what the operations do whose dates they
/// change. Gives the version: the present one where nothing changes.
pub async fn rephase(
    store: &Store,
    scenario: &Scenario,
    author: &str,
    phases: Vec<Phase>,
) -> Result<i64, PlanError> {
    if store.phases((scenario.key, scenario.version)).await? == phases {
        return Ok(scenario.version);
    }
    let chain = store.chain(scenario.key, scenario.version).await?;
    let operations = store.operations(&chain).await?;
    let own: Vec<_> = operations.iter().filter(|held| held.scenario == scenario.key).collect();
    let dated = dated(&own, &phases)?;
    let mut batch = Batch { author: author.to_owned(), phases: Some(phases), ..Batch::default() };
    if !dated.is_empty() {
        let storage = store.storage_crs().await?.ok_or(PlanError::NoCrs)?;
        let collections: HashMap<i32, Collection> =
            store.collections().await?.into_iter().map(|collection| (collection.key, collection)).collect();
        let names = names(&own, &dated);
        let mut subjects = gather(store, &chain, &collections, &names, &HashSet::new()).await?;
        date(&mut subjects, &dated);
        let settled = tokio::task::spawn_blocking(move || settle(&subjects, &storage)).await;
        let settled = settled.map_err(anyhow::Error::from)?;
        let mut settled = settled.map_err(|faults| {
            let told: Vec<String> =
                faults.iter().take(MOST_TOLD).map(|(name, fault)| told(name, fault)).collect();
            PlanError::Phases(told.join("; "))
        })?;
        batch.rows = rows(store, &storage, &collections, &mut [], &mut settled).await?;
        batch.touched = settled.touched;
        batch.effects = settled.effects;
        batch.dated = dated.into_iter().collect();
    }
    store.commit_batch(scenario, batch).await?.ok_or(PlanError::Changed)
}

/// Operations whose dates become others, with these.
fn dated(own: &[&StoredOperation], phases: &[Phase]) -> Result<HashMap<i64, Span>, PlanError> {
    let mut dated = HashMap::new();
    for operation in own {
        let Some(label) = &operation.phase else { continue };
        let Some(phase) = phases.iter().find(|phase| phase.label == *label) else {
            let naming = own.iter().filter(|one| one.phase.as_ref() == Some(label));
            let naming: Vec<String> = naming.map(|one| one.seq.to_string()).collect();
            return Err(PlanError::Phases(format!(
                "the phase `{label}` is named by the operations {}: keep it, or undo them first",
                naming.join(", ")
            )));
        };
        if phase.span != operation.span {
            dated.insert(operation.seq, phase.span);
        }
    }
    Ok(dated)
}

fn names(own: &[&StoredOperation], dated: &HashMap<i64, Span>) -> BTreeSet<Name> {
    let changed = own.iter().filter(|operation| dated.contains_key(&operation.seq));
    changed
        .flat_map(|held| held.targets.iter().chain(&held.made).map(|uid| (held.collection, uid.clone())))
        .collect()
}

fn date(subjects: &mut Subjects, dated: &HashMap<i64, Span>) {
    let steps = subjects.all.values_mut().flat_map(|subject| &mut subject.steps);
    for step in steps.filter(|step| step.is_own) {
        if let Some(span) = dated.get(&step.operation) {
            step.span = *span;
        }
    }
}

fn told((_, uid): &Name, fault: &Fault<String>) -> String {
    match fault {
        Fault::Twice { operation, earlier } => format!(
            "with these dates the operations {earlier} and {operation} would both move, replace or remove `{uid}` in the same time"
        ),
        Fault::Nothing { operation } => format!(
            "with these dates operation {operation} would be done to `{uid}` at a time in which there is none"
        ),
        Fault::Taken { operation } => {
            format!(
                "with these dates operation {operation} would bring `{uid}` at a time in which there is one"
            )
        }
        Fault::Change { operation, cause } => format!("operation {operation} on `{uid}`: {cause}"),
    }
}
