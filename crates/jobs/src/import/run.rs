//! The conductor: settle → open a revision → read, compare, write → publish → plan tiles.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Instant;

use anyhow::bail;

use crate::code_book::CodeBook;
use crate::{Along, Checks, compare_after_publication, follow_publication};
use stadtwin_crs::{CRS84, Transformer, parse_user_crs};
use stadtwin_formats::{Declared, Input, expand};
use stadtwin_model::{Crs, Issue};
use stadtwin_store::{CopyRows, ImportSession, RowWriter, Store};

use super::finish::figures;
use super::identity::{MatchBy, Unknown};
use super::images::Images;
use super::known::Lookup;
use super::links::Links;
use super::pipeline::Pipeline;
use super::planned::Planned;
use super::prepare::{Context, Tally, crs_text};
use super::recognise::settings;
use super::source_crs::{height_issue, override_issue, settle};
use super::target::Target;
use super::{FileReport, Import, ImportReport, Mode, Progress};

impl Import {
    /// Runs to the end; on an error, or when dropped, nothing of it is ever seen.
    pub async fn run(&self, store: &Store, progress: Arc<Progress>) -> anyhow::Result<ImportReport> {
        self.run_with(store, progress, Along::default()).await
    }

    /// The same; sources found in `names` go by those in everything that people read, and images that are not where
    /// files look for them are taken from `images`.
    pub async fn run_with(
        &self,
        store: &Store,
        progress: Arc<Progress>,
        along: Along,
    ) -> anyhow::Result<ImportReport> {
        let started = Instant::now();
        let forced = self.crs.as_deref().map(parse_user_crs).transpose()?;
        if let Some(crs) = &forced {
            // A code that PROJ does not know is told before anything is read.
            Transformer::new(crs, &CRS84)?;
        }
        self.check_matching()?;
        let Along { names, images, issues } = along;
        let (mut inputs, mut not_found) = expand(&self.sources);
        for (source, name) in &names {
            inputs.iter_mut().for_each(|input| rename(&mut input.name, source, name));
            not_found.iter_mut().for_each(|issue| issue.message = issue.message.replace(source, name));
        }
        if !images.is_empty() {
            let images = Arc::new(images);
            inputs.iter_mut().for_each(|input| input.loose = Some(images.clone()));
        }
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
        let run_progress = progress.clone();
        let mut run = Run::new(self, store, target, storage, forced, progress).await?;
        for issue in not_found.into_iter().chain(issues) {
            run.note(&self.collection, issue);
        }
        for input in inputs {
            run.file(input).await?;
        }
        let mut report = run.finish(store).await?;
        if !self.dry_run {
            report.tiles = follow_publication(store, &self.collection, self.geoid_constant_m).await?.tiles;
            if self.checks == Checks::All {
                report.ground =
                    compare_after_publication(store, &self.collection, self.jobs, &run_progress).await;
            }
        }
        report.seconds = started.elapsed().as_secs_f64();
        report.objects_per_second = report.members as f64 / report.seconds.max(1e-9);
        Ok(report)
    }
}

/// Puts `to` in place of the source's path, where the name is that path or lies in it.
fn rename(name: &mut String, source: &str, to: &str) {
    let inside = name.strip_prefix(source).filter(|rest| rest.is_empty() || rest.starts_with(['!', '/']));
    if let Some(rest) = inside {
        *name = format!("{to}{rest}");
    }
}

/// Sum of what the files say of their size; 0 when one does not say.
fn expected_bytes(inputs: &[Input]) -> u64 {
    inputs.iter().map(Input::size_hint).sum::<Option<u64>>().unwrap_or(0)
}

/// An import on its way.
pub(super) struct Run<'a> {
    pub(super) import: &'a Import,
    pub(super) store: Store,
    pub(super) target: Target,
    pub(super) writer: Option<RowWriter>,
    pub(super) buffer: CopyRows,
    pub(super) storage: Crs,
    pub(super) forced: Option<Crs>,
    pub(super) was_empty: bool,
    /// Whether objects that have not changed are told to the store one by one.
    pub(super) notes_unchanged: bool,
    pub(super) next_id: Arc<AtomicI64>,
    /// Of every id met in this run: its content. The one thing that grows with the input (16 bytes an object).
    pub(super) seen: HashMap<u64, u64>,
    pub(super) links: Links,
    /// What registered extensions declare.
    declared: Arc<Declared>,
    pub(super) tally: Tally,
    pub(super) report: ImportReport,
    pub(super) kept_issues: HashMap<(String, String), u64>,
    pub(super) issues: Vec<(String, Issue)>,
    pub(super) progress: Arc<Progress>,
    /// What was not found by id, where that is looked for otherwise.
    pub(super) unknown: Option<Unknown>,
}

impl<'a> Run<'a> {
    async fn new(
        import: &'a Import,
        store: &Store,
        mut target: Target,
        storage: Crs,
        forced: Option<Crs>,
        progress: Arc<Progress>,
    ) -> anyhow::Result<Run<'a>> {
        let first = target.reserve_ids().await?;
        let notes_unchanged = import.mode == Mode::Replace || target.has_findings().await?;
        let was_empty = target.collection().is_none_or(|collection| collection.feature_count == 0);
        let unknown = (import.match_by != MatchBy::Id && !was_empty).then(Unknown::default);
        if unknown.is_some() {
            target.begin_matching().await?;
        }
        let report = ImportReport {
            collection: import.collection.clone(),
            dry_run: import.dry_run,
            storage_crs: storage.horizontal.to_string(),
            heights: match storage.vertical {
                stadtwin_model::VerticalCrs::Epsg(code) => format!("EPSG:{code}"),
                stadtwin_model::VerticalCrs::Ellipsoidal => "above the ellipsoid".into(),
                stadtwin_model::VerticalCrs::Unknown => "of an unknown system".into(),
            },
            ..ImportReport::default()
        };
        Ok(Run {
            import,
            store: store.clone(),
            target,
            writer: None,
            buffer: CopyRows::new(storage.horizontal),
            storage,
            forced,
            was_empty,
            notes_unchanged,
            next_id: Arc::new(AtomicI64::new(first)),
            seen: HashMap::new(),
            links: Links::default(),
            declared: Arc::new(Declared::new(&store.ade_schemas().await?)),
            tally: Tally::default(),
            report,
            kept_issues: HashMap::new(),
            issues: Vec::new(),
            progress,
            unknown,
        })
    }

    async fn file(&mut self, input: Input) -> anyhow::Result<()> {
        self.progress.say(input.name.clone());
        let mut report = FileReport { file: input.name.clone(), ..FileReport::default() };
        let opening = input.clone();
        let mut file = match tokio::task::spawn_blocking(move || stadtwin_formats::open(opening)).await? {
            Ok(file) => file,
            Err(error) => {
                self.refuse_file(&mut report, "file_unreadable", format!("{error}; the file was left out"));
                self.close_file(report);
                return Ok(());
            }
        };
        if !self.declared.is_empty() {
            file.declare(self.declared.clone());
        }
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
        let overridden =
            self.forced.and_then(|forced| override_issue(&forced, file.header().srs_name.as_deref(), 0));
        let told_override = overridden.is_some();
        if let Some(issue) = overridden {
            self.count_issue(&mut report, issue);
        }
        let planned = self.planned(&input, &mut report).await?;
        let context = Context {
            planned: Arc::new(planned),
            collection: self.target.collection().map_or(0, |collection| collection.key),
            revision: self.target.session().map_or(0, ImportSession::revision),
            forced: self.forced,
            told_override: Arc::new(AtomicBool::new(told_override)),
            storage: self.storage,
            lookup: Lookup::new(
                self.store.clone(),
                self.target.collection().filter(|_| !self.was_empty).cloned(),
            ),
            keeps_unknown: self.unknown.is_some(),
            settings: settings(self.forced, self.import.checks),
            checks: self.import.checks,
            on_error: self.import.on_error,
            codes: Arc::new(CodeBook::new(
                &input,
                Some((self.store.clone(), tokio::runtime::Handle::current())),
                self.target.session().is_some(),
            )),
            images: Arc::new(Images::new(
                &input,
                self.target.session().map(|_| (self.store.clone(), tokio::runtime::Handle::current())),
            )),
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

    /// Versions of the city are known to CityGML 3.0 alone.
    async fn planned(&mut self, input: &Input, report: &mut FileReport) -> anyhow::Result<Planned> {
        if !report.version.starts_with('3') {
            return Ok(Planned::default());
        }
        let input = input.clone();
        // What cannot be read is told when the file is.
        let planned = tokio::task::spawn_blocking(move || Planned::of(input)).await?.unwrap_or_default();
        if let Some(issue) = planned.issue() {
            self.count_issue(report, issue);
        }
        Ok(planned)
    }

    fn settle_heights(&mut self, report: &mut FileReport, srs_name: Option<&str>) -> Result<(), String> {
        let crs = match (self.forced, srs_name) {
            (Some(crs), _) => Some(crs),
            (None, Some(name)) => stadtwin_crs::parse_srs_name(name).ok(),
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
}
