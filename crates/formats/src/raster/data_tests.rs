//! What the tests of all formats of heights share.

use super::{HeightSource, open_heights};
use crate::FormatError;
use stadtwin_model::{Heights, Window};
use std::path::{Path, PathBuf};

/// Where the shared data is, or `None` where it is not at hand.
pub fn data() -> Option<PathBuf> {
    let folder = match std::env::var_os("STADTWIN_SHARED_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    folder.join("counts.json").exists().then_some(folder)
}

pub fn whole(source: &mut dyn HeightSource) -> Heights {
    let (columns, rows) = (source.frame().columns, source.frame().rows);
    source.read(Window { first: [0, 0], columns, rows }).unwrap()
}

/// Of a file with these bytes and a name that says nothing.
pub fn open_bytes(bytes: &[u8]) -> Result<Box<dyn HeightSource>, FormatError> {
    open_bytes_with(bytes, None)
}

pub fn open_bytes_with(bytes: &[u8], cell: Option<f64>) -> Result<Box<dyn HeightSource>, FormatError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    open_heights(&path, folder.path(), cell)
}
