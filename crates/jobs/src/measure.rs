//! What objects measure in space: as they are imported, and of those that came before there were any measures.

use anyhow::Context;

use stadtwin_geometry::measures;
use stadtwin_store::{CopyRows, Store};

/// Top-level objects measured at a time.
const BATCH: i64 = 500;

/// Empty rows for objects that are measured on their way; `srid` is the storage CRS's EPSG code.
pub(crate) fn measured_rows(srid: u32) -> CopyRows {
    CopyRows::new(srid).measured_by(measures)
}

/// Measures all objects of all collections that are not yet; gives their number. May be broken off and run again.
pub async fn measure_missing(store: &Store) -> anyhow::Result<usize> {
    let mut total = 0;
    for collection in store.collections().await? {
        let mut after = 0;
        while let Some((last, count)) = store
            .measure(&collection, after, BATCH, measures)
            .await
            .with_context(|| format!("measuring collection `{}`", collection.id))?
        {
            (after, total) = (last, total + count);
        }
    }
    Ok(total)
}
