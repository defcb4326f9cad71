//! The end of a file and of a run: sums, publication, the summary of the collection.

use stadtwin_model::{Crs, PropertySummary};
use stadtwin_store::{CollectionSummary, FileFigures, Store};

use super::prepare::Tally;
use super::run::Run;
use super::target::Target;
use super::{FileReport, ImportReport, Mode};

impl Run<'_> {
    pub(super) fn close_file(&mut self, report: FileReport) {
        let sum = &mut self.report;
        sum.members += report.members;
        sum.inserted += report.inserted;
        sum.updated += report.updated;
        sum.unchanged += report.unchanged;
        sum.recognised += report.recognised;
        sum.skipped += report.skipped;
        sum.bytes += report.bytes;
        sum.is_incomplete |= report.is_incomplete;
        for (code, count) in &report.issues {
            *sum.issues.entry(code.clone()).or_default() += count;
        }
        self.report.files.push(report);
    }

    pub(super) async fn finish(mut self, store: &Store) -> anyhow::Result<ImportReport> {
        self.keep_issues(true).await?;
        self.send(1).await?;
        if let Some(writer) = self.writer.take() {
            self.progress.say("writing the last rows");
            writer.finish().await?;
            if let Some(session) = self.target.session() {
                session.join_rows().await?;
            }
        }
        if let Err(error) = self.recognise().await {
            self.target.abandon(store).await?;
            return Err(error);
        }
        let mut report = self.report;
        report.classes = self.tally.classes.iter().map(|(name, count)| (name.to_string(), *count)).collect();
        report.lods = self.tally.object_lods.iter().map(|(lod, count)| (lod.to_string(), *count)).collect();
        report.faces = self.tally.faces;
        report.polygon_elements = self.tally.polygon_elements;
        if self.import.mode == Mode::Replace
            && let Err(error) = self.target.end_missing(&mut report).await
        {
            self.target.refuse(store).await?;
            return Err(error);
        }
        let changed = report.inserted + report.updated + report.ended > 0;
        if let Some(session) = self.target.session().filter(|_| changed) {
            self.links.settle(session, &mut report).await?;
        }
        let session = match self.target {
            Target::Written(session) if changed => session,
            unchanged => {
                unchanged.settle().await?;
                return Ok(report);
            }
        };
        self.progress.say("publishing");
        let counted = self.was_empty && report.skipped == 0;
        let summary =
            if counted { summary(&self.tally, &self.storage)? } else { CollectionSummary::default() };
        let published = session.publish_for(self.progress.job.get().copied(), summary).await?;
        report.revision = Some(published.number);
        Ok(report)
    }
}

pub(super) fn figures(report: &FileReport) -> anyhow::Result<FileFigures> {
    Ok(FileFigures {
        file: report.file.clone(),
        member_count: report.members as i64,
        inserted_count: report.inserted as i64,
        updated_count: report.updated as i64,
        unchanged_count: report.unchanged as i64,
        issue_count: report.issues.values().sum::<u64>() as i64,
        size_bytes: report.bytes as i64,
        report: serde_json::to_value(report)?,
    })
}

/// What the store would otherwise have to count again.
fn summary(tally: &Tally, storage: &Crs) -> anyhow::Result<CollectionSummary> {
    let mut properties: Vec<_> = tally
        .properties
        .iter()
        .map(|(name, (kind, count))| PropertySummary { name: name.clone(), kind: *kind, count: *count })
        .collect();
    properties.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    Ok(CollectionSummary {
        properties: Some(properties),
        classes: Some(tally.classes.iter().map(|(name, count)| (name.to_string(), *count as i64)).collect()),
        lods: Some(tally.lods.iter().map(|(lod, count)| (*lod, *count as i64)).collect()),
        extent: tally.extent_deg(storage)?,
        by_difference: false,
    })
}
