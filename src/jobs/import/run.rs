//! The conductor: settle → open a revision → read, compare, write → publish → plan tiles.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::crs::parse_user_crs;
use crate::formats::{self, Input, expand};
use crate::jobs::{height_model, refresh_tile_plan};
use crate::model::{Crs, Issue, PropertySummary, Severity};
use crate::store::{CollectionSummary, CopyRows, FileFigures, ImportSession, Known, RowWriter, Store};

use super::pipeline::{Done, Pipeline};
use super::prepare::{Context, Prepared, Tally, crs_text};
use super::source_crs::{height_issue, settle};
use super::target::Target;
use super::{FileReport, Import, ImportReport, Mode, Progress};

/// Findings kept in the store of one kind in one file; the report counts them all.
const ISSUES_KEPT: u64 = 1_000;

/// Findings on whole objects that could not be used.
const LEFT_OUT: [&str; 2] = ["crs_unknown", "crs_area"];

/// Rows sent to the store at once [bytes].
const SEND_BYTES: usize = 1 << 20;

impl Import {
    /// Runs to the end; on an error, or when dropped, nothing of it is ever seen.
    pub async fn run(&self, store: &Store, progress: Arc<Progress>) -> anyhow::Result<ImportReport> {
        let started = Instant::now();
        let forced = self.crs.as_deref().map(parse_user_crs).transpose()?;
        let (inputs, not_found) = expand(&self.sources);
        if inputs.is_empty() {
            let reasons: Vec<_> = not_found.iter().map(|issue| issue.message.as_str()).collect();
            bail!(
                "nothing to import: {}",
                if reasons.is_empty() { "no file matches".into() } else { reasons.join("; ") }
            );
        }
        progress.bytes_expected.store(expected_bytes(&inputs), Ordering::Relaxed);
        progress.say("looking at the input");
        let storage = settle(store, forced, &inputs, self.dry_run).await?;
        let target = Target::open(self, store).await?;
        let mut run = Run::new(self, target, storage, forced, progress).await?;
        for issue in not_found {
            run.note(&self.collection, issue);
        }
        for input in inputs {
            run.file(input).await?;
        }
        let mut report = run.finish(store).await?;
        if report.revision.is_some() {
            let collection = store.collection(&self.collection).await?.context("the collection vanished")?;
            let heights = height_model(store, self.geoid_constant_m).await?;
            report.tiles = refresh_tile_plan(store, &collection, &heights).await?.tiles;
        }
        report.seconds = started.elapsed().as_secs_f64();
        report.objects_per_second = report.members as f64 / report.seconds.max(1e-9);
        Ok(report)
    }
}

/// Sum of what the files say of their size; 0 when one does not say.
fn expected_bytes(inputs: &[Input]) -> u64 {
    inputs.iter().map(Input::size_hint).sum::<Option<u64>>().unwrap_or(0)
}

struct Run<'a> {
    import: &'a Import,
    target: Target,
    writer: Option<RowWriter>,
    buffer: CopyRows,
    storage: Crs,
    forced: Option<Crs>,
    was_empty: bool,
    next_id: Arc<AtomicI64>,
    /// Of every id met in this run: its content. The one thing that grows with the input (32 bytes an object).
    seen: HashMap<[u8; 16], [u8; 16]>,
    tally: Tally,
    report: ImportReport,
    kept_issues: HashMap<(String, String), u64>,
    issues: Vec<(String, Issue)>,
    progress: Arc<Progress>,
}

impl<'a> Run<'a> {
    async fn new(
        import: &'a Import,
        target: Target,
        storage: Crs,
        forced: Option<Crs>,
        progress: Arc<Progress>,
    ) -> anyhow::Result<Run<'a>> {
        let first = target.reserve_ids().await?;
        let was_empty = target.collection().is_none_or(|collection| collection.feature_count == 0);
        let report = ImportReport {
            collection: import.collection.clone(),
            dry_run: import.dry_run,
            storage_crs: storage.horizontal.to_string(),
            heights: match storage.vertical {
                crate::model::VerticalCrs::Epsg(code) => format!("EPSG:{code}"),
                crate::model::VerticalCrs::Ellipsoidal => "above the ellipsoid".into(),
                crate::model::VerticalCrs::Unknown => "of an unknown system".into(),
            },
            ..ImportReport::default()
        };
        Ok(Run {
            import,
            target,
            writer: None,
            buffer: CopyRows::new(storage.horizontal),
            storage,
            forced,
            was_empty,
            next_id: Arc::new(AtomicI64::new(first)),
            seen: HashMap::new(),
            tally: Tally::default(),
            report,
            kept_issues: HashMap::new(),
            issues: Vec::new(),
            progress,
        })
    }

    async fn file(&mut self, input: Input) -> anyhow::Result<()> {
        self.progress.say(input.name.clone());
        let mut report = FileReport { file: input.name.clone(), ..FileReport::default() };
        let opening = input.clone();
        let file = match tokio::task::spawn_blocking(move || formats::open(opening)).await? {
            Ok(file) => file,
            Err(error) => {
                self.refuse_file(&mut report, "file_unreadable", format!("{error}; the file was left out"));
                self.close_file(report);
                return Ok(());
            }
        };
        report.version = file.header().version.clone();
        if let Err(message) = self.settle_heights(&mut report, file.header().srs_name.as_deref()) {
            self.refuse_file(
                &mut report,
                "height_system_refused",
                format!("{message}; the file was left out"),
            );
            self.close_file(report);
            return Ok(());
        }
        let context = Context {
            collection: self.target.collection().map_or(0, |collection| collection.key),
            revision: self.target.session().map_or(0, ImportSession::revision),
            forced: self.forced,
            storage: self.storage,
            all_new: self.was_empty,
        };
        let before = self.progress.bytes.load(Ordering::Relaxed);
        let mut pipeline = Pipeline::start(
            file,
            input.clone(),
            context.clone(),
            self.next_id.clone(),
            self.import.jobs.max(1),
            self.progress.clone(),
        );
        loop {
            match pipeline.next().await {
                Ok(Some(done)) => self.batch(done, &context, &mut report).await?,
                Ok(None) => break,
                Err(error) => {
                    self.refuse_file(
                        &mut report,
                        "file_broken",
                        format!("{error}; what came before was kept"),
                    );
                    break;
                }
            }
        }
        report.bytes = self.progress.bytes.load(Ordering::Relaxed) - before;
        if let Some(session) = self.target.session() {
            session.add_file(&figures(&report)?).await?;
        }
        self.close_file(report);
        self.keep_issues(true).await
    }

    fn settle_heights(&mut self, report: &mut FileReport, srs_name: Option<&str>) -> Result<(), String> {
        let crs = match (self.forced, srs_name) {
            (Some(crs), _) => Some(crs),
            (None, Some(name)) => crate::crs::parse_srs_name(name).ok(),
            (None, None) => None,
        };
        let Some(crs) = crs else {
            report.crs = "not named in the header".into();
            return Ok(());
        };
        report.crs = crs_text(&crs);
        if let Some(issue) = height_issue(&crs, &self.storage)? {
            self.count_issue(report, issue);
        }
        Ok(())
    }

    async fn batch(&mut self, done: Done, context: &Context, report: &mut FileReport) -> anyhow::Result<()> {
        self.tally.merge(&done.tally);
        for issue in done.issues {
            self.count_issue(report, issue);
        }
        report.members += done.prepared.len() as u64;
        let fresh = self.drop_duplicates(done.prepared, report);
        let known = self.known(&fresh).await?;
        let mut ended = Vec::new();
        let mut kept = Vec::new();
        for prepared in fresh {
            match known.get(&prepared.object.id) {
                None => {
                    report.inserted += 1;
                    self.take(prepared.into_rows(context, &self.next_id));
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
                    ended.push(old.key);
                    self.take(prepared.into_rows(context, &self.next_id));
                }
            }
        }
        let Some(session) = self.target.session() else {
            self.buffer = CopyRows::new(self.storage.horizontal);
            return Ok(());
        };
        if !ended.is_empty() {
            session.end(&ended).await?;
        }
        if self.import.mode == Mode::Replace && !kept.is_empty() {
            session.seen(&kept).await?;
        }
        self.send(SEND_BYTES).await?;
        self.keep_issues(false).await
    }

    /// One object an id: what is the same twice is taken once, what differs gets an id of its own.
    fn drop_duplicates(&mut self, prepared: Vec<Prepared>, report: &mut FileReport) -> Vec<Prepared> {
        let mut fresh = Vec::with_capacity(prepared.len());
        for mut item in prepared {
            let known = match self.seen.entry(short_hash(&item.object.id)) {
                Entry::Vacant(entry) => {
                    entry.insert(item.hash);
                    fresh.push(item);
                    continue;
                }
                Entry::Occupied(entry) => *entry.get(),
            };
            let renamed = format!("{}-{}", item.object.id, hex(&item.hash[..4]));
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
                item.object.id = renamed;
                item.rows = None;
                fresh.push(item);
            }
        }
        fresh
    }

    async fn known(&self, fresh: &[Prepared]) -> anyhow::Result<HashMap<String, Known>> {
        if self.was_empty || fresh.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<String> = fresh.iter().map(|prepared| prepared.object.id.clone()).collect();
        self.target.known(&ids).await
    }

    fn take(&mut self, rows: CopyRows) {
        self.buffer.objects.extend_from_slice(&rows.objects);
        self.buffer.geometries.extend_from_slice(&rows.geometries);
    }

    async fn send(&mut self, threshold: usize) -> anyhow::Result<()> {
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

    fn refuse_file(&mut self, report: &mut FileReport, code: &str, message: String) {
        let issue = Issue {
            object: String::new(),
            line: 0,
            code: code.into(),
            severity: Severity::Error,
            message,
            ..Issue::default()
        };
        self.count_issue(report, issue);
    }

    fn note(&mut self, file: &str, issue: Issue) {
        self.report.is_incomplete |= issue.severity == Severity::Error;
        self.keep_example(file, &issue);
        *self.report.issues.entry(issue.code.clone()).or_default() += 1;
        self.issues.push((file.to_string(), issue));
    }

    fn keep_example(&mut self, file: &str, issue: &Issue) {
        if !self.report.examples.contains_key(&issue.code) {
            let example = match issue.line {
                0 => format!("{file}: {}", issue.message),
                line => format!("{file}:{line}: {}", issue.message),
            };
            self.report.examples.insert(issue.code.clone(), example);
        }
    }

    fn count_issue(&mut self, report: &mut FileReport, issue: Issue) {
        report.is_incomplete |= loses_objects(&issue);
        self.keep_example(&report.file, &issue);
        *report.issues.entry(issue.code.clone()).or_default() += 1;
        let kept = self.kept_issues.entry((report.file.clone(), issue.code.clone())).or_default();
        *kept += 1;
        if *kept <= ISSUES_KEPT {
            self.issues.push((report.file.clone(), issue));
        }
    }

    async fn keep_issues(&mut self, all: bool) -> anyhow::Result<()> {
        if !self.issues.is_empty() && (all || self.issues.len() > 5_000) {
            let issues = std::mem::take(&mut self.issues);
            if let Some(session) = self.target.session() {
                session.add_issues(&issues).await?;
            }
        }
        Ok(())
    }

    fn close_file(&mut self, report: FileReport) {
        let sum = &mut self.report;
        sum.members += report.members;
        sum.inserted += report.inserted;
        sum.updated += report.updated;
        sum.unchanged += report.unchanged;
        sum.skipped += report.skipped;
        sum.bytes += report.bytes;
        sum.is_incomplete |= report.is_incomplete;
        for (code, count) in &report.issues {
            *sum.issues.entry(code.clone()).or_default() += count;
        }
        self.report.files.push(report);
    }

    async fn finish(mut self, store: &Store) -> anyhow::Result<ImportReport> {
        self.keep_issues(true).await?;
        self.send(1).await?;
        if let Some(writer) = self.writer.take() {
            self.progress.say("writing the last rows");
            writer.finish().await?;
        }
        let mut report = self.report;
        report.classes = self.tally.classes.iter().map(|(name, count)| (name.to_string(), *count)).collect();
        report.lods = self.tally.lods.iter().map(|(lod, count)| (lod.to_string(), *count)).collect();
        report.faces = self.tally.faces;
        report.polygon_elements = self.tally.polygon_elements;
        if self.import.mode == Mode::Replace
            && let Err(error) = self.target.end_missing(&mut report).await
        {
            self.target.abandon(store).await?;
            return Err(error);
        }
        let changed = report.inserted + report.updated + report.ended > 0;
        let session = match self.target {
            Target::Written(session) if changed => session,
            unchanged => {
                unchanged.abandon(store).await?;
                return Ok(report);
            }
        };
        self.progress.say("publishing");
        let counted = self.was_empty && report.skipped == 0;
        let summary =
            if counted { summary(&self.tally, &self.storage)? } else { CollectionSummary::default() };
        let published = session.publish(summary).await?;
        report.revision = Some(published.number);
        Ok(report)
    }
}

/// Whether objects of the file may be missing that nobody can name.
fn loses_objects(issue: &Issue) -> bool {
    let codes = [
        "file_unreadable",
        "file_broken",
        "height_system_refused",
        "xml_malformed",
        "json_malformed",
        "internal",
    ];
    issue.severity == Severity::Error
        && (codes.contains(&issue.code.as_str()) || LEFT_OUT.contains(&issue.code.as_str()))
}

fn figures(report: &FileReport) -> anyhow::Result<FileFigures> {
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
    })
}

fn error_issue(prepared: &Prepared, code: &str, message: String) -> Issue {
    Issue {
        object: prepared.object.id.clone(),
        line: prepared.line,
        code: code.into(),
        severity: Severity::Error,
        message,
        ..Issue::default()
    }
}

fn duplicate_issue(prepared: &Prepared, message: String, severity: Severity) -> Issue {
    Issue {
        object: prepared.object.id.clone(),
        line: prepared.line,
        code: "id_duplicate".into(),
        severity,
        message,
        ..Issue::default()
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
