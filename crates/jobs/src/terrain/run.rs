//! The conductor: open → settle → open a revision → draw, compare, write → lattice → publish.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, bail};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::import::crs_text;
use crate::{Progress, follow_publication, height_model};
use stadtwin_crs::{CRS84, HeightModel, Transformer, parse_user_crs};
use stadtwin_model::{BlockKey, HeightGrid, Issue, Severity, Terrain};
use stadtwin_store::{NewBlock, NewTerrain, Store, TerrainSession};

use super::fill::{Filled, Filler, Work, parts};
use super::layer::layers;
use super::settle::{Settled, check_size, choose_grid, settle, vertical_text};
use super::sources::{self, Sources};
use super::{TerrainFile, TerrainImport, TerrainMode, TerrainReport, lattice};

/// Super-blocks on their way to the store.
const WAITING: usize = 2;

/// The input looked at and everything decided.
struct Plan {
    settled: Settled,
    grid: HeightGrid,
    files: Vec<TerrainFile>,
    filler: Filler,
    issues: Vec<Issue>,
}

impl TerrainImport {
    /// Runs to the end; on an error, or when dropped, nothing of it is ever seen.
    pub async fn run(&self, store: &Store, progress: Arc<Progress>) -> anyhow::Result<TerrainReport> {
        let started = Instant::now();
        // Unpacked archives and text formats lie here; it goes with the last thread that reads from it.
        let spool = tempfile::tempdir().context("there is no place for temporary files")?;
        progress.say("looking at the input");
        let known = self.known(store).await?;
        let plan = self.plan(store, &progress, spool.path().to_owned(), known.as_ref()).await?;
        let mut report = self.report(&plan);
        if self.dry_run {
            self.compare(plan.filler, &mut report).await?;
        } else {
            self.write(store, &progress, plan, &mut report).await?;
        }
        let heights = height_model(store, self.geoid_constant_m).await?;
        report.height_model = heights.name().to_owned();
        report.issues.extend(geoid_issue(&heights));
        report.seconds = started.elapsed().as_secs_f64();
        report.samples_per_second = report.samples as f64 / report.seconds.max(1e-9);
        Ok(report)
    }

    /// The terrain as it is published; what a first import left that died goes.
    async fn known(&self, store: &Store) -> anyhow::Result<Option<Terrain>> {
        match store.terrain(&self.terrain).await? {
            Some(terrain) if terrain.head == 0 && !self.dry_run => {
                store.begin_terrain(&terrain).await?.abandon().await?;
                Ok(None)
            }
            known => Ok(known.filter(|terrain| terrain.head > 0)),
        }
    }

    async fn plan(
        &self,
        store: &Store,
        progress: &Arc<Progress>,
        spool: PathBuf,
        known: Option<&Terrain>,
    ) -> anyhow::Result<Plan> {
        let forced = self.crs.as_deref().map(parse_user_crs).transpose()?;
        let stored = store.storage_crs().await?;
        let (import, known) = (self.clone(), known.cloned());
        let (store, runtime, progress) = (store.clone(), Handle::current(), progress.clone());
        tokio::task::spawn_blocking(move || {
            if let Some(crs) = &forced {
                // A code that PROJ does not know is told before anything is read.
                Transformer::new(crs, &CRS84)?;
            }
            let cell_m = import.cell_m.or(known.as_ref().map(|terrain| terrain.grid.cell_m));
            let sources = match &import.relief {
                Some(relief) => relief.open(&store, &runtime, forced.as_ref(), &spool, cell_m)?,
                None => sources::open(&import.sources, &spool, cell_m, import.jobs)?,
            };
            let settled = settle(forced, &sources.files, stored)?;
            let grid = import.grid(known.as_ref(), &sources, &settled)?;
            let files = sources.files.iter().map(described).collect();
            let Sources { files: opened, pool, issues } = sources;
            let layers = layers(&opened, &settled.source, &settled.storage, &grid);
            let to_storage = (settled.source.horizontal != settled.storage.horizontal)
                .then(|| Transformer::new(&settled.source, &settled.storage))
                .transpose()?;
            let targets = layers
                .iter()
                .map(|layer| layer.targets(&grid, to_storage.as_ref()))
                .collect::<anyhow::Result<Vec<_>>>()?;
            let nodes: f64 =
                targets.iter().flatten().map(|window| window.columns as f64 * window.rows as f64).sum();
            check_size(&opened, nodes)?;
            progress.bytes_expected.store((nodes * 4.0) as u64, Ordering::Relaxed);
            let filler = Filler {
                grid,
                source: settled.source,
                storage: settled.storage,
                parts: parts(&targets),
                layers,
                pool,
                targets,
                store,
                runtime,
                head: known.map(|terrain| (terrain.key, terrain.head)),
                keeps_head: import.mode == TerrainMode::Update,
                next: AtomicUsize::new(0),
                progress,
            };
            Ok(Plan { settled, grid, files, filler, issues })
        })
        .await?
    }

    /// The terrain's own, else the one that suits the files.
    fn grid(
        &self,
        known: Option<&Terrain>,
        sources: &Sources,
        settled: &Settled,
    ) -> anyhow::Result<HeightGrid> {
        let Some(known) = known else { return choose_grid(&sources.files, settled, self.cell_m) };
        if let Some(cell_m) = self.cell_m.filter(|cell_m| *cell_m != known.grid.cell_m) {
            bail!(
                "terrain `{}` has cells of {} m, not {cell_m} m: leave `--cell` out, or import into another terrain",
                known.id,
                known.grid.cell_m
            );
        }
        Ok(known.grid)
    }

    fn report(&self, plan: &Plan) -> TerrainReport {
        let samples = plan.files.iter().map(|file| file.columns as u64 * file.rows as u64).sum();
        let issues = plan.issues.iter().chain(&plan.settled.issues).cloned().collect();
        TerrainReport {
            terrain: self.terrain.clone(),
            dry_run: self.dry_run,
            files: plan.files.clone(),
            samples,
            storage_crs: plan.settled.storage.horizontal.to_string(),
            vertical_crs: vertical_text(plan.settled.storage.vertical),
            cell_m: plan.grid.cell_m,
            issues,
            ..TerrainReport::default()
        }
    }

    /// A dry run: the same work, and nothing is written.
    async fn compare(&self, filler: Filler, report: &mut TerrainReport) -> anyhow::Result<()> {
        // Super-blocks: nobody waits for them.
        let (sender, mut receiver) = mpsc::channel(WAITING);
        let drain = async { while receiver.recv().await.is_some() {} };
        let (drawn, ()) = tokio::join!(draw(filler, self.jobs, sender, Arc::default()), drain);
        let drawn = drawn?;
        (report.blocks_new, report.blocks_unchanged) = (drawn.new.len() as u64, drawn.unchanged.len() as u64);
        if report.blocks_new + report.blocks_unchanged == 0 {
            bail!("{NO_HEIGHTS}");
        }
        Ok(())
    }

    async fn write(
        &self,
        store: &Store,
        progress: &Arc<Progress>,
        plan: Plan,
        report: &mut TerrainReport,
    ) -> anyhow::Result<()> {
        if store.storage_crs().await?.is_none() {
            store.set_storage_crs(&plan.settled.storage).await?;
        }
        let session = self.begin(store, &plan).await?;
        match self.fill(&session, store, progress, plan.filler, report).await {
            Ok(true) => {
                progress.say("publishing");
                let told = serde_json::to_value(&*report)?;
                let published = session.publish(progress.job.get().copied(), &told).await?;
                report.revision = Some(published.revision);
                report.blocks_ended = published.ended_count as u64;
                (report.extent_m, report.heights_m) =
                    (published.terrain.extent_m, published.terrain.heights_m);
                report.stale_comparisons = stale_comparisons(store, &published.terrain).await?;
                for collection in store.clamped_on(&published.terrain).await? {
                    progress.say("planning tiles");
                    follow_publication(store, &collection, self.geoid_constant_m).await?;
                    report.replanned.push(collection);
                }
                Ok(())
            }
            Ok(false) => {
                let terrain = session.terrain();
                (report.extent_m, report.heights_m) = (terrain.extent_m, terrain.heights_m);
                Ok(session.abandon().await?)
            }
            Err(error) => {
                session.abandon().await?;
                Err(error)
            }
        }
    }

    async fn begin(&self, store: &Store, plan: &Plan) -> anyhow::Result<TerrainSession> {
        let new = NewTerrain {
            id: self.terrain.clone(),
            title: self.title.clone().unwrap_or_default(),
            crs: plan.settled.storage,
            grid: plan.grid,
        };
        let terrain = store.create_terrain(&new).await?;
        let session = store.begin_terrain(&terrain).await?;
        let is_as_planned = session.terrain().grid == plan.grid
            && plan.filler.head.map_or(0, |(_, head)| head) == session.terrain().head;
        if !is_as_planned {
            bail!("terrain `{}` was changed by another import meanwhile: try again", self.terrain);
        }
        Ok(session)
    }

    /// Whether there is anything to publish.
    async fn fill(
        &self,
        session: &TerrainSession,
        store: &Store,
        progress: &Arc<Progress>,
        filler: Filler,
        report: &mut TerrainReport,
    ) -> anyhow::Result<bool> {
        progress.say("reading heights");
        let (sender, receiver) = mpsc::channel(WAITING);
        let failed = Arc::new(AtomicBool::new(false));
        let seen = failed.clone();
        let (drawn, written) = tokio::join!(
            draw(filler, self.jobs, sender, failed),
            session.write_blocks(receiver, move || !seen.load(Ordering::Acquire))
        );
        let drawn = drawn?;
        written?;
        (report.blocks_new, report.blocks_unchanged) = (drawn.new.len() as u64, drawn.unchanged.len() as u64);
        if report.blocks_new + report.blocks_unchanged == 0 {
            bail!("{NO_HEIGHTS}");
        }
        let kept = (self.mode == TerrainMode::Replace).then_some(drawn.unchanged);
        let kept = kept.map(|kept| [kept, drawn.new.clone()].concat());
        let gone = session.end_blocks(kept.as_deref()).await?;
        if drawn.new.is_empty() && gone.is_empty() {
            return Ok(false);
        }
        progress.say("drawing far views");
        let changed = [drawn.new, gone].concat();
        report.lattice_tiles = lattice::refresh(session, store, changed, self.jobs).await?;
        Ok(true)
    }
}

const NO_HEIGHTS: &str = "the input holds no heights: all its nodes are marked as unknown";

/// Keys of what was drawn: eight bytes for 65,536 nodes.
#[derive(Default)]
struct Drawn {
    new: Vec<BlockKey>,
    unchanged: Vec<BlockKey>,
}

/// Draws all blocks in several threads; new ones go to the sender. On an error `failed` is set before the sender ends.
async fn draw(
    filler: Filler,
    threads: usize,
    sender: mpsc::Sender<Vec<NewBlock>>,
    failed: Arc<AtomicBool>,
) -> anyhow::Result<Drawn> {
    let filler = Arc::new(filler);
    let mut workers = JoinSet::new();
    for _ in 0..threads.max(1) {
        let (filler, sender, failed) = (filler.clone(), sender.clone(), failed.clone());
        workers.spawn_blocking(move || {
            let outcome = work(&filler, &sender, &failed);
            if outcome.is_err() {
                failed.store(true, Ordering::Release);
            }
            outcome
        });
    }
    drop(sender);
    let mut all = Drawn::default();
    let mut problem = None;
    while let Some(ended) = workers.join_next().await {
        match ended.map_err(anyhow::Error::new).and_then(|outcome| outcome) {
            Ok(drawn) => {
                all.new.extend(drawn.new);
                all.unchanged.extend(drawn.unchanged);
            }
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    problem.map_or(Ok(all), Err)
}

fn work(filler: &Filler, sender: &mpsc::Sender<Vec<NewBlock>>, failed: &AtomicBool) -> anyhow::Result<Drawn> {
    let mut work = Work::new(filler)?;
    let mut drawn = Drawn::default();
    while !failed.load(Ordering::Acquire)
        && let Some(Filled { new, unchanged }) = filler.next(&mut work)?
    {
        drawn.new.extend(new.iter().map(|block| block.key));
        drawn.unchanged.extend(unchanged);
        // Nobody takes them when the store has failed: it says so itself.
        if !new.is_empty() && sender.blocking_send(new).is_err() {
            break;
        }
    }
    Ok(drawn)
}

fn described(source: &sources::Source) -> TerrainFile {
    TerrainFile {
        file: source.name.clone(),
        crs: source.frame.crs.as_ref().map(crs_text).unwrap_or_default(),
        columns: source.frame.columns,
        rows: source.frame.rows,
        cell: source.frame.cell,
    }
}

/// Collections compared with the terrain, with how many buildings stand on ground that differs since.
async fn stale_comparisons(store: &Store, terrain: &Terrain) -> anyhow::Result<Vec<(String, i64)>> {
    let mut stale = Vec::new();
    for id in store.compared_with(terrain).await? {
        let Some(collection) = store.collection(&id).await? else { continue };
        let count = store.uncompared_count(&collection, terrain).await?;
        if count > 0 {
            stale.push((id, count));
        }
    }
    Ok(stale)
}

/// What the heights of tiles are worth.
fn geoid_issue(heights: &HeightModel) -> Option<Issue> {
    let (code, message) = match heights {
        HeightModel::Egm96(_) => (
            "geoid_approximate",
            "no grid of the GCG2016 geoid is found: tiles are made with EGM96, off by up to 0.15 m in Germany (`stadtwin doctor` says what to do)",
        ),
        HeightModel::None => (
            "geoid_missing",
            "no geoid grid is found: tiles cannot be made (`stadtwin doctor` says what to do)",
        ),
        _ => return None,
    };
    Some(Issue {
        code: code.into(),
        severity: Severity::Warning,
        message: message.into(),
        ..Issue::default()
    })
}
