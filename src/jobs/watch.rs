//! A watched folder: what is put there is queued for import once it no longer grows, and again only when it changes.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use tracing::{info, warn};

use crate::store::{Store, WatchedFile};

use super::queue::{Order, new_job};
use super::{Import, ImportJob};

/// Endings of files that are taken; whoever copies slowly uses another one until the file is whole.
const ENDINGS: [&str; 7] = [".gml", ".xml", ".citygml", ".json", ".jsonl", ".zip", ".gz"];

pub struct Watch {
    pub store: Store,
    pub folder: PathBuf,
    /// How files are imported; its sources are set for each.
    pub import: Import,
    /// The spool of the workers that see this folder.
    pub place: Option<String>,
    /// Between two looks: a file must keep its size for one.
    pub pause: Duration,
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
        let folder = self.folder.clone();
        let found = tokio::task::spawn_blocking(move || files(&folder)).await??;
        seen.retain(|path, _| found.contains_key(path));
        let mut jobs = Vec::new();
        for (path, stamp) in found {
            match seen.get(&path) {
                Some(before) if before.stamp == stamp && before.is_taken => continue,
                Some(before) if before.stamp == stamp => {}
                _ => {
                    seen.insert(path, Seen { stamp, is_taken: false });
                    continue;
                }
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
        let job = ImportJob {
            import: Import { sources: vec![source.clone()], ..self.import.clone() },
            names: BTreeMap::from([(source.clone(), name.clone())]),
            images: BTreeMap::new(),
            upload: None,
        };
        let order = Order {
            place: self.place.clone(),
            priority: 0,
            created_by: "stadtwin worker --watch".to_owned(),
        };
        let file = WatchedFile { collection: self.import.collection.clone(), path: source, content_hash };
        let id = self.store.add_watched(&file, &new_job(&job, order)?).await?;
        if let Some(id) = id {
            info!(job = id, file = name, "Queued a file of the watched folder");
        }
        Ok(id)
    }
}

/// Files of the folder itself that may be city models, by path.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, Stamp>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot look into `{}`", folder.display()))?;
    let mut found = BTreeMap::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        let is_wanted = !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending));
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
