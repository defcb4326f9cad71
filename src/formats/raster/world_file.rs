//! What lies beside a raster that says nothing of its place: a world file (`.tfw`) and a projection file (`.prj`).

use crate::crs::crs_of_wkt;
use crate::model::Crs;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Either file is a few lines.
const MAX_BYTES: u64 = 64 * 1024;

/// North-west node `[east, north]` and cell; a reason where the file is no use; `None` without one.
pub(super) fn place_beside(path: &Path) -> Option<Result<([f64; 2], [f64; 2]), String>> {
    let (found, text) =
        ["tfw", "tifw", "tiffw", "wld"].iter().find_map(|ending| text_beside(path, ending))?;
    let numbers: Option<Vec<f64>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
    Some(match numbers.as_deref() {
        // Column step, two turns, row step, centre of the first sample.
        Some(&[across, 0.0, 0.0, down, east, north]) if across > 0.0 && down < 0.0 => {
            Ok(([east, north], [across, -down]))
        }
        Some(&[_, _, _, _, _, _]) => Err(format!(
            "its world file `{}` turns or mirrors it; only images with north up are read",
            found.display()
        )),
        _ => Err(format!("its world file `{}` is not six numbers", found.display())),
    })
}

/// The system that a `.prj` beside names, by an EPSG id or a title that has one meaning.
pub(super) fn crs_beside(path: &Path) -> Option<Crs> {
    crs_of_wkt(&text_beside(path, "prj")?.1)
}

/// A file of the same name with another ending, in small or capital letters.
fn text_beside(path: &Path, ending: &str) -> Option<(PathBuf, String)> {
    [ending.to_owned(), ending.to_uppercase()].iter().find_map(|ending| {
        let beside = path.with_extension(ending);
        let mut bytes = Vec::new();
        File::open(&beside).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        Some((beside, String::from_utf8_lossy(&bytes).into_owned()))
    })
}
