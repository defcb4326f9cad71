//! What lies beside a raster that says nothing of its place: a world file (`.tfw`) and a projection file (`.prj`).

use crate::Input;
use stadtwin_crs::crs_of_wkt;
use stadtwin_model::Crs;

/// Either file is a few lines.
const MAX_BYTES: u64 = 64 * 1024;

/// The north-west node `[east, north]` and the distances between nodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub first: [f64; 2],
    pub cell: [f64; 2],
}

/// By a world file; a reason where the file is no use; `None` without one.
pub(super) fn place_beside(input: &Input) -> Option<Result<Place, String>> {
    let (name, text) =
        ["tfw", "tifw", "tiffw", "wld"].iter().find_map(|ending| text_beside(input, ending))?;
    let numbers: Option<Vec<f64>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
    Some(match numbers.as_deref() {
        // Column step, two turns, row step, centre of the first sample.
        Some(&[across, 0.0, 0.0, down, east, north]) if across > 0.0 && down < 0.0 => {
            Ok(Place { first: [east, north], cell: [across, -down] })
        }
        Some(&[_, _, _, _, _, _]) => {
            Err(format!("its world file `{name}` turns or mirrors it; only images with north up are read"))
        }
        _ => Err(format!("its world file `{name}` is not six numbers")),
    })
}

/// The system that a `.prj` beside names, by an EPSG id or a title that has one meaning.
pub(super) fn crs_beside(input: &Input) -> Option<Crs> {
    crs_of_wkt(&text_beside(input, "prj")?.1)
}

/// Name and text of the file that goes by the same name with another ending.
fn text_beside(input: &Input, ending: &str) -> Option<(String, String)> {
    let file = input.name.rsplit(['/', '\\', '!']).next()?;
    let file = file.strip_suffix(".gz").unwrap_or(file);
    let name = format!("{}.{ending}", file.rsplit_once('.').map_or(file, |(stem, _)| stem));
    let bytes = input.beside().read(&name, MAX_BYTES).ok()?;
    Some((name, String::from_utf8_lossy(&bytes).into_owned()))
}
