//! Files that jobs leave for who asked for them: each for a while, all within one bound. No name from outside becomes a
//! path.

use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::queue::JobContext;
use super::spool::Spool;

/// Between two looks at how much a job has written.
const LOOK: Duration = Duration::from_millis(500);
/// Name of a file of bytes while it is written.
const UNFINISHED: &str = ".unfinished";

/// How much is kept, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultBounds {
    /// Of all results together [bytes].
    pub bytes: u64,
    /// From the end of the job.
    pub lifetime: Duration,
}

impl Default for ResultBounds {
    fn default() -> ResultBounds {
        ResultBounds { bytes: 20 << 30, lifetime: Duration::from_secs(7 * 24 * 3600) }
    }
}

/// What a job says of its file in its report, as `result`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultFile {
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
}

impl ResultFile {
    /// Of a job with this report, if it has left a file.
    pub fn of(report: Option<&Value>) -> Option<ResultFile> {
        serde_json::from_value(report?.get("result")?.clone()).ok()
    }
}

/// The part of a spool that holds results: a folder a job.
#[derive(Debug, Clone)]
pub struct Results {
    folder: PathBuf,
    bounds: ResultBounds,
}

impl Results {
    pub(super) fn new(folder: PathBuf, bounds: ResultBounds) -> Results {
        Results { folder, bounds }
    }

    pub fn lifetime(&self) -> Duration {
        self.bounds.lifetime
    }

    /// Where the job's file lies; `None`: its time is over, or it lies elsewhere.
    pub fn find(&self, job: i64, file: &ResultFile) -> Option<PathBuf> {
        let is_name = Path::new(&file.name).file_name().is_some_and(|name| name == file.name.as_str());
        let path = self.of(job).join(&file.name);
        let changed =
            std::fs::metadata(&path).ok().filter(|data| is_name && data.is_file())?.modified().ok()?;
        (!self.is_over(changed)).then_some(path)
    }

    pub fn remove(&self, job: i64) {
        let folder = self.of(job);
        if folder.exists()
            && let Err(error) = std::fs::remove_dir_all(&folder)
        {
            tracing::warn!(job, %error, "A result could not be removed");
        }
    }

    /// Removes what has been kept long enough.
    pub fn sweep(&self) {
        for folder in folders(&self.folder) {
            let newest = files(&folder).filter_map(|data| data.modified().ok()).max();
            let changed = newest.or_else(|| std::fs::metadata(&folder).ok()?.modified().ok());
            if changed.is_some_and(|changed| self.is_over(changed)) {
                tracing::info!(folder = %folder.display(), "Removed a result whose time was over");
                let _ = std::fs::remove_dir_all(&folder);
            }
        }
    }

    /// Lets `write` make one file of this name, watched all the while; on an error, or when dropped, nothing is left.
    pub(super) async fn make<T, F: Future<Output = anyhow::Result<T>>>(
        &self,
        job: i64,
        name: &str,
        write: impl FnOnce(PathBuf) -> F,
    ) -> anyhow::Result<(T, u64)> {
        self.remove(job);
        let folder = self.of(job);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("no folder {} can be made for results", folder.display()))?;
        let unfinished = Unfinished { results: self, job, is_done: false };
        let path = folder.join(name);
        let mut written = std::pin::pin!(write(path.clone()));
        let made = loop {
            tokio::select! {
                made = &mut written => break made?,
                () = tokio::time::sleep(LOOK) => self.check_room()?,
            }
        };
        self.check_room()?;
        let bytes = std::fs::metadata(&path).context("the result was not written")?.len();
        unfinished.done();
        Ok((made, bytes))
    }

    fn check_room(&self) -> anyhow::Result<()> {
        let (taken, limit) = (self.taken_bytes(), self.bounds.bytes);
        if taken > limit {
            bail!(
                "results would take {taken} bytes, and {limit} are allowed (`--result-quota`): ask for less, dismiss jobs \
                 whose results nobody needs (`DELETE /jobs/…`), or wait until they are removed"
            );
        }
        Ok(())
    }

    fn taken_bytes(&self) -> u64 {
        folders(&self.folder)
            .flat_map(|folder| files(&folder).map(|data| data.len()).collect::<Vec<_>>())
            .sum()
    }

    fn is_over(&self, changed: SystemTime) -> bool {
        changed.elapsed().is_ok_and(|age| age > self.bounds.lifetime)
    }

    fn of(&self, job: i64) -> PathBuf {
        self.folder.join(job.to_string())
    }
}

/// Removes what a job has begun to write, unless it is done.
struct Unfinished<'a> {
    results: &'a Results,
    job: i64,
    is_done: bool,
}

impl Unfinished<'_> {
    fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.results.remove(self.job);
        }
    }
}

/// The results and the number of the job at hand.
pub(super) fn of_job(context: &JobContext) -> anyhow::Result<(Results, i64)> {
    let spool = context.spool.as_deref().map(Spool::results);
    let job = context.progress.job.get().copied();
    spool.zip(job).context("this worker has no folder for results: give it `--data-dir`")
}

/// Writes a file that appears when it is whole.
pub(super) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut std::io::BufWriter<std::fs::File>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let beside = path.with_file_name(UNFINISHED);
    let mut out = std::io::BufWriter::new(std::fs::File::create(&beside)?);
    write(&mut out)?;
    out.flush()?;
    std::fs::rename(&beside, path)?;
    Ok(())
}

fn folders(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    found.map(|entry| entry.path()).filter(|path| path.is_dir())
}

fn files(folder: &Path) -> impl Iterator<Item = std::fs::Metadata> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| entry.metadata().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = &[7; 600];

    async fn make(results: &Results, job: i64) -> anyhow::Result<((), u64)> {
        let write = |path: PathBuf| async move { Ok(std::fs::write(path, FILE)?) };
        results.make(job, "a.gml", write).await
    }

    #[tokio::test]
    async fn results_share_one_bound_and_end() {
        let folder = tempfile::tempdir().unwrap();
        let bounds = ResultBounds { bytes: 1_000, lifetime: Duration::from_secs(60) };
        let results = Results::new(folder.path().join("results"), bounds);
        let file = ResultFile { name: "a.gml".into(), media_type: "x/y".into(), bytes: 600 };
        assert_eq!(make(&results, 1).await.unwrap().1, 600);
        assert!(results.find(1, &file).is_some() && results.find(2, &file).is_none());
        for name in ["../1/a.gml", "..", "", "/etc/passwd"] {
            assert!(results.find(1, &ResultFile { name: name.into(), ..file.clone() }).is_none(), "{name}");
        }
        let told = make(&results, 2).await.unwrap_err().to_string();
        assert!(told.contains("1200 bytes") && told.contains("1000 are allowed"), "{told}");
        assert!(!folder.path().join("results/2").exists(), "what was refused is gone");
        results.remove(1);
        assert_eq!(make(&results, 2).await.unwrap().1, 600);
        let short =
            Results { bounds: ResultBounds { lifetime: Duration::ZERO, ..bounds }, ..results.clone() };
        results.sweep();
        assert!(results.find(2, &file).is_some() && short.find(2, &file).is_none());
        short.sweep();
        assert!(results.find(2, &file).is_none());
    }
}
