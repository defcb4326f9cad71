//! What differs between two revisions of a collection, as a file of one entry an object.

use std::io::Write;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::import::diff;
use super::pipe::{Batches, Pipe};
use super::queue::{Job, JobContext};
use super::results::{ResultFile, of_job, write_whole};
use stadtwin_model::{CityObject, Collection, RevisionState, Target};
use stadtwin_store::{ObjectChange, Store};

/// Changes read in one statement.
const PAGE: i64 = 20_000;
/// Objects compared at a time, old and new.
const BATCH: usize = 100;

/// The parameters of a comparison of two revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ChangeDetection {
    pub collection: String,
    /// The earlier revision; `None`: the one published before `to`.
    pub from: Option<i64>,
    /// The later revision; `None`: the head when it is ordered.
    pub to: Option<i64>,
}

/// A change with the object before and after it.
type Pair = (ObjectChange, Option<CityObject>, Option<CityObject>);

impl Job for ChangeDetection {
    const KIND: &'static str = "change-detection";

    fn target(&self) -> Target {
        Target::Collection(self.collection.clone())
    }

    async fn run(&self, context: &JobContext) -> anyhow::Result<Value> {
        let (results, job) = of_job(context)?;
        let store = &context.store;
        let (collection, [from, to]) = self.settle(store).await?;
        let counts = store.change_counts(&collection, from, to).await?;
        let summary = json!({ "added": counts.added, "removed": counts.removed, "changed": counts.changed });
        let head = json!({ "collection": collection.id, "from": from, "to": to, "summary": summary });
        let name = format!("{}-{from}-{to}.json", collection.id);
        context.progress.say(format!("comparing revisions {from} and {to}"));
        let document = head.clone();
        let write = |path: std::path::PathBuf| async move {
            let pipe =
                Pipe::start(move |pairs| write_whole(&path, |out| write_changes(out, &document, pairs)));
            walk(store, &collection, [from, to], &pipe).await?;
            pipe.finish().await
        };
        let ((), bytes) = results.make(job, &name, write).await?;
        let mut report = head;
        report["result"] = json!(ResultFile { name, media_type: "application/json".to_owned(), bytes });
        Ok(report)
    }
}

impl ChangeDetection {
    /// The collection and the two revisions, both published and in order.
    pub async fn settle(&self, store: &Store) -> anyhow::Result<(Collection, [i64; 2])> {
        let collection = store.collection(&self.collection).await?.filter(|collection| collection.head > 0);
        let collection = collection.with_context(|| format!("no collection `{}`", self.collection))?;
        let revisions = store.revisions(&collection).await?;
        let published: Vec<i64> = revisions
            .iter()
            .filter(|revision| revision.state == RevisionState::Published)
            .map(|revision| revision.number)
            .collect();
        let to = self.to.unwrap_or(collection.head);
        let from = self.from.or_else(|| published.iter().copied().find(|number| *number < to));
        let Some(from) = from else {
            bail!("`{}` has no revision before {to}: there is nothing to compare with", collection.id)
        };
        for number in [from, to] {
            if !published.contains(&number) {
                bail!(
                    "`{0}` has no published revision {number}; `/collections/{0}/revisions` lists them",
                    collection.id
                );
            }
        }
        if from >= to {
            bail!("`from` must be an earlier revision than `to`, not {from} and {to}");
        }
        Ok((collection, [from, to]))
    }
}

/// Hands on every change with its objects.
async fn walk(
    store: &Store,
    collection: &Collection,
    [from, to]: [i64; 2],
    pipe: &Pipe<Pair, ()>,
) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let changes = store.changes(collection, from, to, &after, PAGE).await?;
        let Some(last) = changes.last() else { return Ok(()) };
        after = last.id.clone();
        for batch in changes.chunks(BATCH) {
            if !pipe.send(pairs(store, collection, batch).await?).await {
                return Ok(());
            }
        }
    }
}

async fn pairs(
    store: &Store,
    collection: &Collection,
    changes: &[ObjectChange],
) -> anyhow::Result<Vec<Pair>> {
    let both = changes.iter().filter_map(|change| Some([change.before?, change.after?]));
    let keys: Vec<i64> = both.flatten().collect();
    let objects = store.objects(collection, &keys).await?;
    let mut by_key: std::collections::HashMap<i64, CityObject> =
        objects.into_iter().map(|(key, object, ..)| (key, object)).collect();
    let mut take = |key: Option<i64>| key.and_then(|key| by_key.remove(&key));
    Ok(changes.iter().map(|change| (change.clone(), take(change.before), take(change.after))).collect())
}

fn write_changes(out: &mut impl Write, head: &Value, mut pairs: Batches<Pair>) -> anyhow::Result<()> {
    let head = head.to_string();
    out.write_all(head.strip_suffix('}').unwrap_or(&head).as_bytes())?;
    out.write_all(b",\"changes\":[")?;
    let mut is_first = true;
    while let Some(batch) = pairs.next()? {
        for (change, before, after) in batch {
            out.write_all(if is_first { b"\n" } else { b",\n" })?;
            is_first = false;
            serde_json::to_writer(&mut *out, &describe(&change, before, after)?)?;
        }
    }
    out.write_all(b"\n]}\n")?;
    Ok(())
}

fn describe(
    change: &ObjectChange,
    before: Option<CityObject>,
    after: Option<CityObject>,
) -> serde_json::Result<Value> {
    let kind = match (change.before, change.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let mut document = json!({ "id": change.id, "class": change.class, "change": kind });
    if let (Some(before), Some(after)) = (before, after) {
        let found = serde_json::to_value(diff(&before, &after))?;
        for (name, value) in found.as_object().into_iter().flatten().filter(|(name, _)| *name != "id") {
            document[name] = value.clone();
        }
    }
    Ok(document)
}
