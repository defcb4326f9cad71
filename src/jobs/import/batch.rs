//! A batch of objects against what the collection holds: new, unchanged, changed, refused or twice in the input.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::geometry::footprint;
use crate::model::{CityObject, Severity};
use crate::store::{CopyRows, Known};

use super::check;
use super::diff::diff;
use super::findings::{duplicate_issue, error_issue};
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
        report.skipped += check::quarantined(&done.issues);
        self.tally.merge(&done.tally);
        for issue in done.issues {
            self.count_issue(report, issue);
        }
        report.members += done.prepared.len() as u64;
        let (fresh, rows) = (self.drop_duplicates(done.prepared, report), done.rows);
        let known = self.known(&fresh).await?;
        let mut changed = Vec::new();
        let mut kept = Vec::new();
        for prepared in fresh {
            match known.get(&prepared.id) {
                None => {
                    report.inserted += 1;
                    self.take(prepared, &rows, context);
                }
                Some(_) if self.import.mode == Mode::Append => {
                    report.skipped += 1;
                    let message =
                        "the collection holds this id already; left out, since the mode is `append`"
                            .to_string();
                    self.count_issue(report, error_issue(&prepared, "id_known", message));
                }
                Some(old) if old.hash == prepared.hash => {
                    report.unchanged += 1;
                    kept.push(old.key);
                }
                Some(old) => {
                    report.updated += 1;
                    changed.push((old.key, prepared));
                }
            }
        }
        let ended: Vec<_> = changed.iter().map(|(key, _)| *key).collect();
        self.compare(&changed).await?;
        for (_, prepared) in changed {
            self.take(prepared, &rows, context);
        }
        self.buffer.templates.extend(rows.templates);
        let Some(session) = self.target.session() else {
            self.buffer = CopyRows::new(self.storage.horizontal);
            return Ok(());
        };
        if !ended.is_empty() {
            session.end(&ended).await?;
        }
        if self.notes_unchanged && !kept.is_empty() {
            session.seen(&kept).await?;
        }
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
            if let (Some(old), Content::Object(new)) = (stored.remove(key), &prepared.content) {
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
                    entry.insert(item.hash);
                    fresh.push(item);
                    continue;
                }
                Entry::Occupied(entry) => *entry.get(),
            };
            let renamed = format!("{}-{}", item.id, hex(&item.hash[..4]));
            let same = known == item.hash || self.seen.contains_key(&short_hash(&renamed));
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
                self.seen.insert(short_hash(&renamed), item.hash);
                item.id = renamed;
                item.is_renamed = true;
                fresh.push(item);
            }
        }
        fresh
    }

    async fn known(&self, fresh: &[Prepared]) -> anyhow::Result<HashMap<String, Known>> {
        if self.was_empty || fresh.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<String> = fresh.iter().map(|prepared| prepared.id.clone()).collect();
        self.target.known(&ids).await
    }

    /// `rows` are those of its batch.
    fn take(&mut self, prepared: Prepared, rows: &CopyRows, context: &Context) {
        match prepared.content {
            Content::Rows { from, to } if prepared.is_renamed => {
                self.buffer.extend_renamed(rows, from, to, &prepared.id);
            }
            Content::Rows { from, to } => self.buffer.extend_from(rows, from, to),
            Content::Object(mut object) => {
                object.id = prepared.id;
                let footprint = footprint(&object);
                encode(&mut self.buffer, context, &self.next_id, &object, &footprint, prepared.hash);
            }
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
            writer.send(std::mem::replace(&mut self.buffer, CopyRows::new(self.storage.horizontal))).await?;
        }
        Ok(())
    }
}

fn short_hash(text: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    short
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
