//! A batch of objects against what the collection holds: new, unchanged, changed, refused or twice in the input.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use anyhow::Context as _;
use twox_hash::XxHash3_64;

use stadtwin_geometry::footprint;
use stadtwin_model::{CityObject, Severity};
use stadtwin_store::CopyRows;

use super::check;
use super::diff::diff;
use super::findings::{duplicate_issue, error_issue};
use super::links::Links;
use super::pipeline::Done;
use super::prepare::{Content, Context, Prepared, encode};
use super::run::Run;
use super::{FileReport, Mode};

/// Rows sent to the store at once [bytes].
const SEND_BYTES: usize = 512 << 10;

impl Run<'_> {
    pub(super) async fn batch(
        &mut self,
        done: Done,
        context: &Context,
        report: &mut FileReport,
    ) -> anyhow::Result<()> {
        check::refuse_all(&done.issues)?;
        report.skipped += check::left_out(&done.issues);
        self.tally.merge(&done.tally);
        for issue in done.issues {
            self.count_issue(report, issue);
        }
        report.members += done.prepared.len() as u64;
        if let Some(error) = done.failed {
            return Err(error.into());
        }
        let rows = done.rows;
        let mut fresh = self.drop_duplicates(done.prepared, report);
        let mut ended = self.settle_renamed(&mut fresh).await?;
        let (mut changed, mut kept) = (Vec::new(), Vec::new());
        for prepared in fresh {
            match prepared.content {
                Content::New { .. } | Content::Whole(_) => {
                    report.inserted += 1;
                    if let Some(unknown) = &mut self.unknown {
                        unknown.note(&prepared);
                    }
                    self.take(prepared, &rows, context);
                }
                _ if self.import.mode == Mode::Append => {
                    report.skipped += 1;
                    let message =
                        "the collection holds this id already; left out, since the mode is `append`"
                            .to_string();
                    self.count_issue(report, error_issue(&prepared, "id_known", message));
                }
                Content::Unchanged(key) => {
                    report.unchanged += 1;
                    report.recognised += u64::from(prepared.is_recognised);
                    kept.push(key);
                }
                Content::Changed(key, _) => {
                    report.updated += 1;
                    changed.push((key, prepared));
                }
            }
        }
        ended.extend(changed.iter().map(|(key, _)| *key));
        self.compare(&changed).await?;
        if self.unknown.is_some() {
            self.note_batch(ended.iter().chain(&kept).copied().collect()).await?;
        }
        for (_, prepared) in changed {
            self.take(prepared, &rows, context);
        }
        self.buffer.templates.extend(rows.templates);
        let Some(session) = self.target.session() else {
            self.buffer = CopyRows::new(self.storage.horizontal);
            self.links = Links::default();
            return Ok(());
        };
        if !ended.is_empty() {
            session.end(&ended).await?;
        }
        if self.notes_unchanged && !kept.is_empty() {
            session.seen(&kept).await?;
        }
        self.links.send(session, false).await?;
        self.send(SEND_BYTES).await?;
        self.keep_issues(false).await
    }

    /// Tells what differs in objects that the store holds under these keys.
    async fn compare(&mut self, changed: &[(i64, Prepared)]) -> anyhow::Result<()> {
        let Some(collection) = self.target.collection().filter(|_| !changed.is_empty()) else {
            return Ok(());
        };
        let keys: Vec<_> = changed.iter().map(|(key, _)| *key).collect();
        let stored = self.store.objects(collection, &keys).await?;
        let mut stored: HashMap<i64, CityObject> =
            stored.into_iter().map(|(key, object, ..)| (key, object)).collect();
        for (key, prepared) in changed {
            if let (Some(old), Content::Changed(_, new)) = (stored.remove(key), &prepared.content) {
                self.report.changes.add(diff(&old, new));
            }
        }
        Ok(())
    }

    /// One object an id: what is the same twice is taken once, what differs gets an id of its own.
    fn drop_duplicates(&mut self, prepared: Vec<Prepared>, report: &mut FileReport) -> Vec<Prepared> {
        let mut fresh = Vec::with_capacity(prepared.len());
        for mut item in prepared {
            let known = match self.seen.entry(short_hash(&item.id)) {
                Entry::Vacant(entry) => {
                    entry.insert(half(&item.hash));
                    fresh.push(item);
                    continue;
                }
                Entry::Occupied(entry) => *entry.get(),
            };
            let renamed = format!("{}-{}", item.id, hex(&item.hash[..4]));
            let same = known == half(&item.hash) || self.seen.contains_key(&short_hash(&renamed));
            let issue = if same {
                report.skipped += 1;
                duplicate_issue(&item, "the same object came twice; taken once".into(), Severity::Info)
            } else {
                let message =
                    format!("the id stands for two different objects; the second was stored as `{renamed}`");
                duplicate_issue(&item, message, Severity::Warning)
            };
            self.count_issue(report, issue);
            if !same {
                self.seen.insert(short_hash(&renamed), half(&item.hash));
                item.id = renamed;
                item.is_renamed = true;
                fresh.push(item);
            }
        }
        fresh
    }

    /// Objects that got an id of their own are looked up again, by that. Gives the keys that they take the place of.
    async fn settle_renamed(&mut self, fresh: &mut [Prepared]) -> anyhow::Result<Vec<i64>> {
        let ids: Vec<String> =
            fresh.iter().filter(|item| item.is_renamed).map(|item| item.id.clone()).collect();
        let mut replaced = Vec::new();
        if ids.is_empty() || self.was_empty {
            return Ok(replaced);
        }
        let known = self.target.known(&ids).await?;
        for item in fresh.iter_mut().filter(|item| item.is_renamed) {
            let old = known.get(&item.id);
            if let Some(old) = old.filter(|old| old.hash == item.hash) {
                item.content = Content::Unchanged(old.key);
                continue;
            }
            replaced.extend(old.map(|old| old.key));
            item.content = match std::mem::replace(&mut item.content, Content::Unchanged(0)) {
                // The collection holds it under the id that stands for another object now.
                Content::Unchanged(key) => Content::Whole(Box::new(self.stored(key).await?)),
                Content::Changed(_, object) => Content::Whole(object),
                other => other,
            };
        }
        Ok(replaced)
    }

    async fn stored(&self, key: i64) -> anyhow::Result<CityObject> {
        let collection = self.target.collection().context("there is no collection to read from")?;
        let mut objects = self.store.objects(collection, &[key]).await?;
        let (_, object, ..) = objects.pop().context("an object has gone from the store")?;
        Ok(object)
    }

    /// `rows` are those of its batch.
    fn take(&mut self, mut prepared: Prepared, rows: &CopyRows, context: &Context) {
        if !prepared.links.is_empty() {
            self.links.push(prepared.id.clone(), std::mem::take(&mut prepared.links));
        }
        match prepared.content {
            Content::New { from, to } if prepared.is_renamed => {
                self.buffer.extend_renamed(rows, from, to, &prepared.id);
            }
            Content::New { from, to } => self.buffer.extend_from(rows, from, to),
            Content::Whole(mut object) | Content::Changed(_, mut object) => {
                object.id = prepared.id;
                let footprint = footprint(&object);
                encode(&mut self.buffer, context, &self.next_id, &object, &footprint, prepared.hash);
            }
            Content::Unchanged(_) => {}
        }
    }

    pub(super) async fn send(&mut self, threshold: usize) -> anyhow::Result<()> {
        if self.buffer.len() < threshold.max(1) {
            return Ok(());
        }
        if let (None, Some(session)) = (&self.writer, self.target.session()) {
            self.writer = Some(session.writer().await?);
        }
        if let Some(writer) = &mut self.writer {
            // A batch comes on top of what is just too little to be sent.
            let empty = CopyRows::with_room(self.storage.horizontal, SEND_BYTES + (256 << 10));
            writer.send(std::mem::replace(&mut self.buffer, empty)).await?;
        }
        Ok(())
    }
}

/// Two ids of ten million share one by a chance of one in a few hundred thousand; then an object gets another id.
fn short_hash(id: &str) -> u64 {
    XxHash3_64::oneshot(id.as_bytes())
}

fn half(hash: &[u8; 16]) -> u64 {
    u64::from_le_bytes(*hash.first_chunk().unwrap_or(&[0; 8]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
