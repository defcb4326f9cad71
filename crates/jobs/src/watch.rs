//! A watched folder: what is put there is queued for import once it no longer grows, and again only when it changes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use tracing::{info, warn};

use stadtwin_formats::is_metalink_name;
use stadtwin_store::{NewJob, Store, WatchedFile};

use super::delivery::read_metalink_file;
use super::queue::{Order, new_job};
use super::{Import, ImportJob, Supply, TerrainImport, TerrainImportJob};

/// Endings of files that are taken; whoever copies slowly uses another one until the file is whole.
const CITY_ENDINGS: &[&str] = &[".gml", ".xml", ".citygml", ".json", ".jsonl", ".zip", ".gz", ".meta4"];
const HEIGHT_ENDINGS: &[&str] = &[
    ".tif", ".tiff", ".asc", ".dem", ".grd", ".agr", ".xyz", ".landxml", ".xml", ".txt", ".csv", ".zip",
    ".gz", ".meta4",
];

pub struct Watch {
    pub store: Store,
    pub folder: PathBuf,
    pub import: WatchedImport,
    /// The spool of the workers that see this folder.
    pub place: Option<String>,
    /// Where files of deliveries come from that are not in the folder.
    pub supply: Arc<Supply>,
    /// Between two looks: a file must keep its size for one.
    pub pause: Duration,
}

/// How files are imported; the sources are set for each.
#[derive(Debug, Clone)]
pub enum WatchedImport {
    City(Import),
    Terrain { import: TerrainImport, partial_delivery: bool },
}

impl WatchedImport {
    fn endings(&self) -> &'static [&'static str] {
        match self {
            WatchedImport::City(_) => CITY_ENDINGS,
            WatchedImport::Terrain { .. } => HEIGHT_ENDINGS,
        }
    }

    fn job(&self, source: &str, name: &str, order: Order) -> anyhow::Result<NewJob> {
        let (sources, names) =
            (vec![source.to_owned()], BTreeMap::from([(source.to_owned(), name.to_owned())]));
        match self {
            WatchedImport::City(import) => {
                let import = Import { sources, ..import.clone() };
                new_job(&ImportJob { import, names, images: BTreeMap::new(), upload: None }, order)
            }
            // By its own name, so that what lies beside it is found.
            WatchedImport::Terrain { import, partial_delivery } => {
                let import = TerrainImport { sources, ..import.clone() };
                let (names, partial_delivery) = (BTreeMap::new(), *partial_delivery);
                new_job(&TerrainImportJob { import, names, upload: None, partial_delivery }, order)
            }
        }
    }
}

/// Size and time of change.
type Stamp = (u64, SystemTime);

/// What the last looks saw of a file.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    stamp: Stamp,
    is_taken: bool,
}

impl Watch {
    /// Looks again and again until `stop` comes.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut seen = HashMap::new();
        loop {
            if let Err(error) = self.look(&mut seen).await {
                warn!("The watched folder could not be read: {error:#}");
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(self.pause) => {}
            }
        }
    }

    /// One look: queues every file that is as it was at the look before, and gives the jobs.
    pub async fn look(&self, seen: &mut HashMap<PathBuf, Seen>) -> anyhow::Result<Vec<i64>> {
        let (folder, supply, endings) = (self.folder.clone(), self.supply.clone(), self.import.endings());
        let (found, deliveries) = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
            let mut found = files(&folder, endings)?;
            let deliveries = Deliveries::among(&mut found, &supply);
            Ok((found, deliveries))
        })
        .await??;
        seen.retain(|path, _| found.contains_key(path));
        let mut jobs = Vec::new();
        // As of the look before, for all of them.
        let left: HashSet<PathBuf> =
            found.keys().filter(|path| deliveries.leaves(path, &found, seen)).cloned().collect();
        for (path, stamp) in found {
            match seen.get(&path) {
                Some(before) if before.stamp == stamp && before.is_taken => continue,
                Some(before) if before.stamp == stamp => {}
                _ => {
                    seen.insert(path, Seen { stamp, is_taken: false });
                    continue;
                }
            }
            if left.contains(&path) {
                continue;
            }
            jobs.extend(self.take(&path).await?);
            seen.insert(path, Seen { stamp, is_taken: true });
        }
        Ok(jobs)
    }

    async fn take(&self, path: &Path) -> anyhow::Result<Option<i64>> {
        let reading = path.to_owned();
        let content_hash = tokio::task::spawn_blocking(move || hash(&reading))
            .await?
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let source = path.display().to_string();
        let name =
            path.file_name().map_or_else(|| source.clone(), |name| name.to_string_lossy().into_owned());
        let order = Order {
            place: self.place.clone(),
            priority: 0,
            created_by: "stadtwin worker --watch".to_owned(),
        };
        let job = self.import.job(&source, &name, order)?;
        let target = job.target.clone().context("a watched file goes nowhere")?;
        let file = WatchedFile { target, path: source, content_hash };
        let id = self.store.add_watched(&file, &job).await?;
        if let Some(id) = id {
            info!(job = id, file = name, "Queued a file of the watched folder");
        }
        Ok(id)
    }
}

/// Metalinks of the folder: the files that they name are theirs, and not imported one by one.
#[derive(Default)]
struct Deliveries {
    /// Metalink → files of it that are here; `None`: others are missing and can be had nowhere yet.
    whole: HashMap<PathBuf, Option<Vec<PathBuf>>>,
    parts: HashSet<PathBuf>,
}

impl Deliveries {
    /// Adds to `found` the files that are looked for by these names alone.
    fn among(found: &mut BTreeMap<PathBuf, Stamp>, supply: &Supply) -> Deliveries {
        let mut deliveries = Deliveries::default();
        let metalinks = found.keys().filter(|path| is_metalink_name(&path.to_string_lossy()));
        for path in metalinks.cloned().collect::<Vec<_>>() {
            // One that cannot be read fails as a job, which says why.
            let files = read_metalink_file(&path).unwrap_or_default();
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            let mut here = Some(Vec::new());
            for file in files {
                let part = folder.join(&file.name);
                match std::fs::metadata(&part).ok().and_then(|data| Some((data.len(), data.modified().ok()?)))
                {
                    Some(stamp) => {
                        found.insert(part.clone(), stamp);
                        deliveries.parts.insert(part.clone());
                        here.iter_mut().for_each(|here| here.push(part.clone()));
                    }
                    None if supply.may_bring(&file) => {}
                    None => here = None,
                }
            }
            deliveries.whole.insert(path, here);
        }
        deliveries
    }

    /// Whether the path is left for later: it is a file of a Metalink, or a Metalink whose files are still on their way.
    fn leaves(&self, path: &Path, found: &BTreeMap<PathBuf, Stamp>, seen: &HashMap<PathBuf, Seen>) -> bool {
        let is_still = |part: &PathBuf| seen.get(part).map(|before| before.stamp) == found.get(part).copied();
        match self.whole.get(path) {
            None => self.parts.contains(path),
            Some(None) => true,
            Some(Some(parts)) => !parts.iter().all(is_still),
        }
    }
}

/// Files of the folder itself with one of the endings, by path.
fn files(folder: &Path, endings: &[&str]) -> anyhow::Result<BTreeMap<PathBuf, Stamp>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot look into `{}`", folder.display()))?;
    let mut found = BTreeMap::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        let is_wanted = !name.starts_with('.') && endings.iter().any(|ending| name.ends_with(ending));
        // What vanished since is not there.
        let Ok(metadata) = entry.metadata() else { continue };
        if let (true, true, Ok(changed)) = (is_wanted, metadata.is_file(), metadata.modified()) {
            found.insert(entry.path(), (metadata.len(), changed));
        }
    }
    Ok(found)
}

fn hash(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok(*hasher.finalize().as_bytes())
}
