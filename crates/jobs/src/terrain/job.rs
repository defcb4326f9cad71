//! An import of terrain as a job: what is sent or fetched is laid out under the names that its owners gave it, since a
//! raster finds what lies beside it by its name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::downloads::Downloads;
use crate::queue::{Job, JobContext};
use crate::{Along, with_causes};
use stadtwin_model::Target;
use stadtwin_store::StoreError;

use super::{TerrainImport, TerrainReport};

/// What a raster may have beside it.
const BESIDE: [&str; 5] = ["prj", "tfw", "tifw", "tiffw", "wld"];
/// Longest name of a file [bytes].
const NAME_BYTES: usize = 200;

/// The parameters of an import of terrain that waits in the queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TerrainImportJob {
    pub import: TerrainImport,
    /// Source → the name for people, where the path on the server says nothing to them.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// The spool's entry that holds the files; it goes when the job has ended.
    #[serde(default)]
    pub upload: Option<String>,
    /// Take the rest of a Metalink when files of it are missing.
    #[serde(default)]
    pub partial_delivery: bool,
}

impl Job for TerrainImportJob {
    const KIND: &'static str = "terrain";

    fn target(&self) -> Target {
        Target::Terrain(self.import.terrain.clone())
    }

    async fn run(&self, context: &JobContext) -> anyhow::Result<Value> {
        Ok(serde_json::to_value(self.report(context).await?)?)
    }
}

impl TerrainImportJob {
    /// Brings what is elsewhere, then imports it.
    pub async fn report(&self, context: &JobContext) -> anyhow::Result<TerrainReport> {
        let mut import = self.import.clone();
        if import.jobs == 0 {
            import.jobs = std::thread::available_parallelism().map_or(2, usize::from);
        }
        let along = Along { names: self.names.clone(), ..Along::default() };
        let place = Downloads::of(self.upload.as_deref(), context.spool.as_deref())?;
        let supply = &context.supply;
        let progress = &context.progress;
        let bring = supply.bring(&import.sources, self.partial_delivery, along, place.folder(), progress);
        let (sources, along) = bring.await?;
        let folder = place.folder().join("named");
        import.sources = lay_out(&sources, &along.names, &folder)?;
        let mut report =
            import.run(&context.store, progress.clone()).await.map_err(|error| without(error, &folder))?;
        for file in &mut report.files {
            file.file = cut(&file.file, &folder);
        }
        for issue in &mut report.issues {
            issue.message = cut(&issue.message, &folder);
        }
        report.issues.extend(along.issues);
        Ok(report)
    }
}

/// The sources in their order; those that have names go by them in `folder`, where what belongs to a raster lies beside it.
fn lay_out(
    sources: &[String],
    names: &BTreeMap<String, String>,
    folder: &Path,
) -> anyhow::Result<Vec<String>> {
    // An attempt before this one may have left its own.
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir(folder)?;
    let mut laid = Vec::with_capacity(sources.len());
    for source in sources {
        let path = Path::new(source);
        let Some(name) = names.get(source).filter(|_| path.is_file()) else {
            laid.push(source.clone());
            continue;
        };
        let named = free_place(folder, name);
        // Of one file system, so that it counts as lying in this folder; a link elsewhere has nothing beside it.
        if std::fs::hard_link(path, &named).is_err() {
            std::os::unix::fs::symlink(path.canonicalize()?, &named)?;
        }
        if !is_beside(&named) {
            laid.push(named.display().to_string());
        }
    }
    Ok(laid)
}

/// Names are somebody's words: no folders, no length that a file system refuses, and two files of one name stay two.
fn free_place(folder: &Path, name: &str) -> PathBuf {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut last = if matches!(last, "" | "." | "..") { "file".to_owned() } else { last.to_owned() };
    while last.len() > NAME_BYTES {
        last.remove(0);
    }
    let numbered = (2..).map(|number| folder.join(format!("{number}-{last}")));
    std::iter::once(folder.join(&last))
        .chain(numbered)
        .find(|place| place.symlink_metadata().is_err())
        .unwrap_or_else(|| folder.join(&last))
}

fn is_beside(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| BESIDE.contains(&ending.as_str()))
}

fn cut(text: &str, folder: &Path) -> String {
    text.replace(&format!("{}/", folder.display()), "")
}

/// The error with names in place of paths; one of the store stays what it is, for the queue.
fn without(error: anyhow::Error, folder: &Path) -> anyhow::Error {
    match error.downcast_ref::<StoreError>() {
        Some(_) => error,
        None => anyhow!(cut(&with_causes(&error), folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_by_their_owners_names() {
        let spool = tempfile::tempdir().unwrap();
        let at = |name: &str| spool.path().join(name).display().to_string();
        let long = format!("{}.tif", "ä".repeat(200));
        let mut names = BTreeMap::new();
        for (number, name) in ["a.asc", "../../a.asc", "a.prj", "..", &long].iter().enumerate() {
            std::fs::write(spool.path().join(number.to_string()), "x").unwrap();
            names.insert(at(&number.to_string()), (*name).to_owned());
        }
        let mut sources: Vec<String> = names.keys().cloned().collect();
        sources.push("/srv/dgm".to_owned());
        let folder = spool.path().join("named");
        for _ in 0..2 {
            let laid = lay_out(&sources, &names, &folder).unwrap();
            let short: Vec<_> = laid.iter().map(|path| cut(path, &folder)).collect();
            let last = format!("{}.tif", "ä".repeat(98));
            assert_eq!(short, ["a.asc", "2-a.asc", "file", last.as_str(), "/srv/dgm"]);
            assert!(folder.join("a.prj").is_file());
        }
    }
}
