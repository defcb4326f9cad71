//! The files of an import, of which a bounded number of bytes is unpacked at a time.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;

use stadtwin_formats::raster::{HeightSource, SourceFrame, open_heights};
use stadtwin_model::{Heights, Window};

/// Files up to this are unpacked as a whole: the next block finds them ready [nodes].
const WHOLE_NODES: usize = 4 << 20;
/// What all those may take together [nodes].
const KEPT_NODES: usize = 32 << 20;
/// Files open at the same time.
pub(super) const OPEN_FILES: usize = 256;

/// Readable from all threads.
pub(super) struct Pool {
    files: Vec<Mutex<File>>,
    /// Used files, the latest last.
    used: Mutex<VecDeque<usize>>,
    spool: PathBuf,
    cell_m: Option<f64>,
}

struct File {
    name: String,
    path: PathBuf,
    frame: SourceFrame,
    source: Option<Box<dyn HeightSource>>,
    whole: Option<Arc<Heights>>,
}

impl Pool {
    pub fn new(spool: PathBuf, cell_m: Option<f64>) -> Pool {
        Pool { files: Vec::new(), used: Mutex::default(), spool, cell_m }
    }

    /// A file without its reader is opened when it is read. One that comes open counts as used before all that are read.
    pub fn push(
        &mut self,
        name: String,
        path: PathBuf,
        frame: SourceFrame,
        source: Option<Box<dyn HeightSource>>,
    ) {
        if source.is_some() {
            let used = self.used.get_mut().unwrap_or_else(PoisonError::into_inner);
            used.push_back(self.files.len());
        }
        self.files.push(Mutex::new(File { name, path, frame, source, whole: None }));
    }

    /// Heights of a file that hold at least the window, which lies inside the file.
    pub fn read(&self, file: usize, window: Window) -> anyhow::Result<Arc<Heights>> {
        let slot = self.files.get(file).context("there is no such file")?;
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole) = &slot.whole {
            return Ok(whole.clone());
        }
        let (columns, rows) = (slot.frame.columns, slot.frame.rows);
        let is_small = columns.saturating_mul(rows) <= WHOLE_NODES;
        let asked = if is_small { Window { first: [0, 0], columns, rows } } else { window };
        let mut source = match slot.source.take() {
            Some(source) => source,
            None => open_heights(&slot.path, &self.spool, self.cell_m)?,
        };
        let heights = source.read(asked).with_context(|| format!("`{}`", slot.name))?;
        let heights = Arc::new(heights);
        slot.source = Some(source);
        if is_small {
            slot.whole = Some(heights.clone());
        }
        drop(slot);
        self.note(file);
        Ok(heights)
    }

    /// Lets go of what was not used for long.
    fn note(&self, file: usize) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|known| *known != file);
        used.push_back(file);
        let (mut nodes, mut open) = (0, 0);
        let mut from = used.len();
        while from > 0 && nodes <= KEPT_NODES && open < OPEN_FILES {
            from -= 1;
            // A file in use is not looked at, and not let go either.
            let Some(slot) = used.get(from).and_then(|file| self.files.get(*file)) else { continue };
            let Ok(slot) = slot.try_lock() else { continue };
            nodes += slot.whole.as_ref().map_or(0, |whole| whole.heights_m.len());
            open += usize::from(slot.source.is_some());
        }
        for old in used.drain(..from).collect::<Vec<_>>() {
            match self.files.get(old).map(Mutex::try_lock) {
                Some(Ok(mut slot)) => (slot.source, slot.whole) = (None, None),
                _ => used.push_front(old),
            }
        }
    }
}
