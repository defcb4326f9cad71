//! What becomes of each object that is touched: effects, and the versions that have to be written for them.

use std::collections::HashMap;

use stadtwin_model::{CityObject, Crs};
use stadtwin_scenario::{Fault, resolve};
use stadtwin_store::NewEffect;

use super::act::{apply, date};
use super::gather::{Name, Subject, Subjects};
use crate::import::content_hash;

/// A planned version that is not in the store yet.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// `Collection::key`.
    pub collection: i32,
    pub object: CityObject,
    pub hash: [u8; 16],
    /// Effects that show it, as places in the list of effects.
    pub shown_by: Vec<usize>,
}

/// Everything that comes of the subjects.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub effects: Vec<NewEffect>,
    pub drafts: Vec<Draft>,
    pub touched: Vec<Name>,
}

/// Blocks. What cannot be is told with the objects that it happened to.
pub(super) fn settle(subjects: &Subjects, storage: &Crs) -> Result<Settled, Vec<(Name, Fault<String>)>> {
    let mut settled = Settled::default();
    let mut faults = Vec::new();
    for (name, subject) in &subjects.all {
        settled.touched.push(name.clone());
        if let Err(fault) = settle_one(name, subject, subjects, storage, &mut settled) {
            faults.push((name.clone(), fault));
        }
    }
    if faults.is_empty() { Ok(settled) } else { Err(faults) }
}

fn settle_one(
    name: &Name,
    subject: &Subject,
    subjects: &Subjects,
    storage: &Crs,
    settled: &mut Settled,
) -> Result<(), Fault<String>> {
    // What no operation of this scenario touches any more is left to those that it builds on.
    if !subject.steps.iter().any(|step| step.is_own) {
        return Ok(());
    }
    let (collection, uid) = name;
    let mut drafts: HashMap<[u8; 16], usize> = HashMap::new();
    for outcome in resolve(subject.base.as_ref().map(|(_, object)| object), &subject.steps, apply)? {
        let mut planned = None;
        let mut draft_at = None;
        if let Some(mut object) = outcome.state {
            date(&mut object, &outcome.span);
            let hash = content_hash(&object, storage);
            planned = subjects.known.get(&(*collection, hash.to_vec())).copied();
            if planned.is_none() {
                let at = *drafts.entry(hash).or_insert_with(|| {
                    let draft = Draft { collection: *collection, object, hash, shown_by: Vec::new() };
                    settled.drafts.push(draft);
                    settled.drafts.len() - 1
                });
                draft_at = Some(at);
            }
        }
        if let Some(draft) = draft_at.and_then(|at| settled.drafts.get_mut(at)) {
            draft.shown_by.push(settled.effects.len());
        }
        settled.effects.push(NewEffect {
            collection: *collection,
            uid: uid.clone(),
            span: outcome.span,
            base: subject.base.as_ref().map(|(key, _)| *key),
            planned,
            operations: outcome.operations,
        });
    }
    Ok(())
}
