//! An export in pieces: a file for each cell of a grid.

use std::path::Path;

use anyhow::{Context, bail};

use super::export::{Export, ExportReport};
use stadtwin_query::Cell;
use stadtwin_store::Store;

impl Export {
    /// One file a cell into a folder, named by the cell's south-western corner in the storage CRS: in kilometres where
    /// the cells are whole ones (`696_5346.city.json`), else in metres. A feature goes to the cell that has the middle
    /// of its footprint's box (a border belongs to the cell north and east of it); features without a place go to
    /// `unplaced.…`. The same collection always gives the same files.
    pub async fn run_to_folder(
        &self,
        store: &Store,
        folder: &Path,
        tile_size_m: f64,
    ) -> anyhow::Result<Vec<(String, ExportReport)>> {
        if !(tile_size_m.is_finite() && tile_size_m >= 1.0) {
            bail!("tiles of {tile_size_m} m cannot be made: give a size from 1 m");
        }
        std::fs::create_dir_all(folder)
            .with_context(|| format!("no folder {} can be made", folder.display()))?;
        let storage = store.storage_crs().await?;
        let query = self.query(store, storage).await?;
        let mut files = Vec::new();
        for cell in store.cells(&query, tile_size_m).await? {
            let name = format!("{}.{}", name_of(&cell), self.format.extension());
            let export = Export { cell: Some(cell), ..self.clone() };
            let report = export.run_to_file(store, &folder.join(&name)).await;
            files.push((name.clone(), report.with_context(|| format!("{name} could not be written"))?));
        }
        Ok(files)
    }
}

fn name_of(cell: &Cell) -> String {
    match *cell {
        Cell::Unplaced => "unplaced".to_owned(),
        Cell::Square { size_m, east, north } => {
            let unit = if size_m % 1000.0 == 0.0 { 1000.0 } else { 1.0 };
            let corner = |index: i64| (index as f64 * size_m / unit).floor();
            format!("{:.0}_{:.0}", corner(east), corner(north))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_by_their_corner() {
        let cases = [
            (1000.0, 696, 5346, "696_5346"),
            (2000.0, 348, 2673, "696_5346"),
            (500.0, 1392, 10693, "696000_5346500"),
            (1000.0, -1, 0, "-1_0"),
        ];
        for (size_m, east, north, expected) in cases {
            assert_eq!(name_of(&Cell::Square { size_m, east, north }), expected);
        }
        assert_eq!(name_of(&Cell::Unplaced), "unplaced");
    }
}
