//! Sources that have to be brought first: files on other servers, and Metalinks, of which every file is verified before any
//! is imported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::Progress;
use super::fetch::Fetch;
use stadtwin_formats::{METALINK_BYTES, MetalinkFile, StrongHash, is_metalink_name, read_metalink};
use stadtwin_model::{Issue, Severity};

/// Files of a delivery that are named when they are refused.
const NAMED: usize = 10;

/// Where files may come from besides the sources themselves.
#[derive(Debug, Clone, Default)]
pub struct Supply {
    pub fetch: Fetch,
    /// Folders that hold files of deliveries under their names.
    pub mirrors: Vec<PathBuf>,
}

/// What comes along with the sources of an import.
#[derive(Debug, Clone, Default)]
pub struct Along {
    /// Source → the name that people read.
    pub names: BTreeMap<String, String>,
    /// Images that came loose, by name in lower case.
    pub images: BTreeMap<String, PathBuf>,
    /// What was found wrong before anything was read.
    pub issues: Vec<Issue>,
}

impl Supply {
    /// Files that are here in place of addresses and Metalinks; `is_partial`: of a Metalink also without those that are
    /// missing. What is fetched goes into `folder`, where a second attempt goes on with it.
    pub async fn bring(
        &self,
        sources: &[String],
        is_partial: bool,
        along: Along,
        folder: &Path,
        progress: &Progress,
    ) -> anyhow::Result<(Vec<String>, Along)> {
        let mut bringing =
            Bringing { supply: self, is_partial, folder, progress, along, sources: Vec::new(), fetched: 0 };
        for source in sources {
            bringing.source(source).await?;
        }
        let Bringing { along, mut sources, .. } = bringing;
        sources.dedup();
        Ok((sources, along))
    }

    /// Whether a file of a delivery may come from elsewhere than beside its Metalink.
    pub fn may_bring(&self, file: &MetalinkFile) -> bool {
        file.urls.iter().any(|url| self.fetch.allow.check(url).is_ok())
            || self.mirrors.iter().any(|mirror| mirror.join(&file.name).is_file())
    }
}

/// Whether the source is on another server.
pub fn is_address(source: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        source.get(..scheme.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
    })
}

/// The files of a Metalink on disk.
pub fn read_metalink_file(path: &Path) -> anyhow::Result<Vec<MetalinkFile>> {
    let size = std::fs::metadata(path)?.len();
    if size > METALINK_BYTES {
        bail!("has {size} bytes, which is more than any Metalink");
    }
    Ok(read_metalink(&std::fs::read(path)?)?)
}

struct Bringing<'a> {
    supply: &'a Supply,
    is_partial: bool,
    folder: &'a Path,
    progress: &'a Progress,
    along: Along,
    sources: Vec<String>,
    /// Files fetched so far.
    fetched: usize,
}

impl Bringing<'_> {
    async fn source(&mut self, source: &str) -> anyhow::Result<()> {
        let (path, name) = if is_address(source) {
            let address = self.supply.fetch.allow.check(source)?;
            (self.fetch(source, &address.file_name(), None).await?, address.file_name())
        } else {
            let name = self.along.names.get(source).cloned().unwrap_or_else(|| source.to_owned());
            (PathBuf::from(source), name)
        };
        if is_metalink_name(&name) && path.is_file() {
            return self.metalink(&path, &name).await;
        }
        self.keep(&path, is_address(source).then_some(name));
        Ok(())
    }

    fn keep(&mut self, path: &Path, name: Option<String>) {
        let source = path.display().to_string();
        if let Some(name) = name {
            self.along.names.insert(source.clone(), name);
        }
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
    }

    async fn fetch(&mut self, url: &str, name: &str, size_bytes: Option<u64>) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(format!("fetched-{}", self.fetched));
        self.fetched += 1;
        self.progress.say(format!("fetching {name}"));
        self.supply.fetch.fetch(url, &path, size_bytes).await?;
        Ok(path)
    }

    /// Verifies every file; one that is missing or another one refuses them all, unless the rest is wanted.
    async fn metalink(&mut self, path: &Path, name: &str) -> anyhow::Result<()> {
        let reading = path.to_owned();
        let files = tokio::task::spawn_blocking(move || read_metalink_file(&reading))
            .await?
            .with_context(|| format!("the Metalink `{name}` cannot be used"))?;
        let beside = path.parent().unwrap_or(Path::new(".")).to_owned();
        let count = files.len();
        let mut refused = Vec::new();
        for file in files {
            self.progress.say(format!("verifying {}", file.name));
            match self.file(&file, &beside).await {
                Ok(path) => self.keep(&path, Some(file.name)),
                Err(reason) => refused.push(format!("`{}`: {reason:#}", file.name)),
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        if !self.is_partial {
            let more = refused.len().saturating_sub(NAMED);
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            bail!(
                "{} of {count} files of the delivery `{name}` cannot be used, so nothing of it was imported \
                 (`--partial-delivery` takes the rest): {}{more}",
                refused.len(),
                refused.get(..NAMED.min(refused.len())).unwrap_or_default().join("; ")
            );
        }
        let issue = |message: String| Issue {
            code: "delivery_file_refused".to_owned(),
            severity: Severity::Error,
            message: format!("{message}; it was left out, as `--partial-delivery` says"),
            ..Issue::default()
        };
        self.along.issues.extend(refused.into_iter().map(issue));
        Ok(())
    }

    /// The file as the Metalink describes it: from what came along, from beside the Metalink, from a mirror, else from the
    /// addresses given, the best first.
    async fn file(&mut self, file: &MetalinkFile, beside: &Path) -> anyhow::Result<PathBuf> {
        let sent = self.along.names.iter().find(|(_, name)| **name == file.name);
        let mut places: Vec<PathBuf> = sent.map(|(path, _)| PathBuf::from(path)).into_iter().collect();
        let roots = [beside].into_iter().chain(self.supply.mirrors.iter().map(PathBuf::as_path));
        places.extend(roots.filter_map(|root| within(root, &file.name)));
        let mut wrong = Vec::new();
        for place in places {
            match verify(&place, file).await {
                Ok(()) => return Ok(place),
                Err(error) => wrong.push(error.context("the copy at hand is another one")),
            }
        }
        for url in &file.urls {
            match self.fetch_file(url, file).await {
                Ok(path) => return Ok(path),
                Err(error) => wrong.push(error),
            }
        }
        let reasons: Vec<_> = wrong.iter().map(|error| format!("{error:#}")).collect();
        if reasons.is_empty() {
            bail!("it is not at hand, and the Metalink names no address");
        }
        bail!("{}", reasons.join("; "))
    }

    async fn fetch_file(&mut self, url: &str, file: &MetalinkFile) -> anyhow::Result<PathBuf> {
        self.supply.fetch.allow.check(url)?;
        let path = self.fetch(url, &file.name, file.size_bytes).await?;
        if let Err(error) = verify(&path, file).await {
            // Another attempt must not go on with it.
            let _ = tokio::fs::remove_file(&path).await;
            return Err(error.context(format!("what `{url}` gives is another one")));
        }
        Ok(path)
    }
}

/// The file below the folder, links followed but not out of it.
fn within(root: &Path, name: &str) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    root.join(name).canonicalize().ok().filter(|found| found.starts_with(&root) && found.is_file())
}

async fn verify(path: &Path, file: &MetalinkFile) -> anyhow::Result<()> {
    let (path, file) = (path.to_owned(), file.clone());
    tokio::task::spawn_blocking(move || {
        let size = std::fs::metadata(&path)?.len();
        if let Some(expected) = file.size_bytes.filter(|expected| *expected != size) {
            bail!("it has {size} bytes, the Metalink says {expected}");
        }
        let (kind, expected) = &file.hash;
        let found = digest(*kind, &path)?;
        if found != *expected {
            bail!("its {} is {found}, the Metalink says {expected}", kind.name());
        }
        Ok(())
    })
    .await?
}

fn digest(kind: StrongHash, path: &Path) -> std::io::Result<String> {
    let file = std::fs::File::open(path)?;
    match kind {
        StrongHash::Sha256 => hash::<Sha256>(file),
        StrongHash::Sha384 => hash::<Sha384>(file),
        StrongHash::Sha512 => hash::<Sha512>(file),
    }
}

fn hash<D: Digest>(mut file: impl std::io::Read) -> std::io::Result<String> {
    let mut hasher = D::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
