//! The input opened: what each file says of its place, before a single height is read.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;

use stadtwin_formats::raster::{HeightSource, SourceFrame, open_heights};
use stadtwin_formats::{FormatError, HeightFile, height_files};
use stadtwin_model::{Issue, Severity};

use super::pool::{OPEN_FILES, Pool};

/// A file that can be read.
pub(super) struct Source {
    pub name: String,
    pub frame: SourceFrame,
}

/// All of them, later ones above earlier ones; `pool` has them in the same order.
pub(super) struct Sources {
    pub files: Vec<Source>,
    pub pool: Pool,
    /// What was left out.
    pub issues: Vec<Issue>,
}

/// What a file says of its place; its reader too, as long as few are open.
type Opened = Result<(SourceFrame, Option<Box<dyn HeightSource>>), FormatError>;

/// Opens everything. A file that was meant and cannot be read ends the import: half a terrain helps nobody.
pub(super) fn open(
    arguments: &[String],
    spool: &Path,
    cell_m: Option<f64>,
    threads: usize,
) -> anyhow::Result<Sources> {
    let (found, issues) = height_files(arguments, spool);
    if let Some(issue) = issues.iter().find(|issue| issue.severity == Severity::Error) {
        bail!("{}", issue.message);
    }
    let opened = open_all(&found, spool, cell_m, threads);
    let mut sources = Sources { files: Vec::new(), pool: Pool::new(spool.to_owned(), cell_m), issues };
    for (file, opened) in found.into_iter().zip(opened) {
        match opened {
            Some(Ok((frame, source))) => {
                sources.files.push(Source { name: file.name.clone(), frame: frame.clone() });
                sources.pool.push(file.name, file.path, frame, source);
            }
            Some(Err(error)) if file.is_meant => return Err(error.into()),
            _ => sources.issues.push(Issue {
                code: "file_skipped".into(),
                severity: Severity::Info,
                message: format!("`{}` holds no heights that are known here; it was left out", file.name),
                ..Issue::default()
            }),
        }
    }
    if sources.files.is_empty() {
        bail!(
            "nothing to import: no file of heights is found; there are readers for GeoTIFF, ESRI ASCII grids, XYZ and LandXML"
        );
    }
    Ok(sources)
}

/// Text formats are read through on opening: several at a time.
fn open_all(files: &[HeightFile], spool: &Path, cell_m: Option<f64>, threads: usize) -> Vec<Option<Opened>> {
    let results: Vec<Mutex<Option<Opened>>> = files.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, files.len().max(1)) {
            scope.spawn(|| {
                while let Some((index, file, slot)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    files.get(index).zip(results.get(index)).map(|(file, slot)| (index, file, slot))
                } {
                    let opened = open_heights(&file.path, spool, cell_m)
                        .map(|source| (source.frame().clone(), (index < OPEN_FILES).then_some(source)));
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(opened);
                    }
                }
            });
        }
    });
    results.into_iter().map(|slot| slot.into_inner().ok().flatten()).collect()
}
