//! Which CRS and height system the input is in, and which grid a new terrain gets: all before the first row.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

use crate::import::height_issue;
use stadtwin_crs::{Transformer, storage_crs_for};
use stadtwin_formats::raster::SourceFrame;
use stadtwin_model::{Crs, HeightGrid, Issue, Severity, VerticalCrs};

use super::sources::Source;

/// Files named in a message.
const NAMED: usize = 5;
/// Nodes of a terrain beyond which something is wrong with a header or an option.
const MOST_NODES: f64 = 1e11;
const ADVICE: &str =
    "give the coordinate reference system with the height system, such as `--crs 25832+7837`";

/// What all files are in, and what is to be said about it.
#[derive(Debug, PartialEq)]
pub(super) struct Settled {
    /// Of the input.
    pub source: Crs,
    /// Of the terrain: the storage CRS.
    pub storage: Crs,
    pub issues: Vec<Issue>,
}

/// The CRS of the input and of the terrain. `stored` is the storage CRS where there is one already.
pub(super) fn settle(forced: Option<Crs>, files: &[Source], stored: Option<Crs>) -> anyhow::Result<Settled> {
    let horizontal = horizontal(forced, files)?;
    let mut issues = Vec::new();
    let vertical = vertical(forced, files, stored, &mut issues)?;
    let source = Crs { horizontal, vertical, north_first: false };
    let middle = files.first().map(|file| middle(&file.frame)).context("there are no files")?;
    for file in files {
        let [east, north] = self::middle(&file.frame);
        stadtwin_crs::check_area(&source, [east, north, 0.0]).with_context(|| format!("`{}`", file.name))?;
    }
    let storage = match stored {
        Some(stored) => stored,
        None => storage_crs_for(&source, [middle[0], middle[1], 0.0])?,
    };
    issues.extend(height_issue(&source, &storage).map_err(anyhow::Error::msg)?);
    let vertical = match storage.vertical {
        VerticalCrs::Unknown => source.vertical,
        known => known,
    };
    Ok(Settled { source, storage: Crs { vertical, ..storage }, issues })
}

fn horizontal(forced: Option<Crs>, files: &[Source]) -> anyhow::Result<u32> {
    if let Some(crs) = forced {
        return Ok(crs.horizontal);
    }
    let silent: Vec<_> = files.iter().filter(|file| file.frame.crs.is_none()).collect();
    if !silent.is_empty() {
        bail!("no coordinate reference system is named in {}: {ADVICE}", names(&silent));
    }
    let mut by_code: BTreeMap<u32, Vec<&Source>> = BTreeMap::new();
    for file in files {
        by_code.entry(file.frame.crs.map_or(0, |crs| crs.horizontal)).or_default().push(file);
    }
    if by_code.len() > 1 {
        let groups: Vec<_> =
            by_code.iter().map(|(code, files)| format!("EPSG:{code} in {}", names(files))).collect();
        bail!(
            "the files are in several coordinate reference systems ({}): import them one after the other",
            groups.join("; ")
        );
    }
    by_code.keys().next().copied().context("there are no files")
}

fn vertical(
    forced: Option<Crs>,
    files: &[Source],
    stored: Option<Crs>,
    issues: &mut Vec<Issue>,
) -> anyhow::Result<VerticalCrs> {
    if let Some(Crs { vertical: known @ (VerticalCrs::Epsg(_) | VerticalCrs::Ellipsoidal), .. }) = forced {
        return Ok(known);
    }
    let of = |file: &Source| file.frame.crs.map_or(VerticalCrs::Unknown, |crs| crs.vertical);
    let (silent, telling): (Vec<&Source>, Vec<&Source>) =
        files.iter().partition(|file| of(file) == VerticalCrs::Unknown);
    if let Some(first) = telling.first() {
        let others: Vec<_> = telling.iter().filter(|file| of(file) != of(first)).copied().collect();
        if !others.is_empty() {
            bail!(
                "the files have heights of several systems: {} in `{}`, another one in {}; import them one after the other",
                vertical_text(of(first)),
                first.name,
                names(&others)
            );
        }
        if !silent.is_empty() {
            issues.push(assumed(&silent, of(first), "the other files'"));
        }
        return Ok(of(first));
    }
    match stored.map(|crs| crs.vertical) {
        Some(known @ (VerticalCrs::Epsg(_) | VerticalCrs::Ellipsoidal)) => {
            issues.push(assumed(&silent, known, "the store's"));
            Ok(known)
        }
        _ => bail!("no height system is named in {}: {ADVICE}", names(&silent)),
    }
}

fn assumed(files: &[&Source], taken: VerticalCrs, whose: &str) -> Issue {
    Issue {
        code: "height_system_assumed".into(),
        severity: Severity::Warning,
        message: format!(
            "no height system is named in {}; taken as {}, {whose} (say otherwise with `--crs`)",
            names(files),
            vertical_text(taken)
        ),
        ..Issue::default()
    }
}

fn names(files: &[&Source]) -> String {
    let mut text =
        files.iter().take(NAMED).map(|file| format!("`{}`", file.name)).collect::<Vec<_>>().join(", ");
    if files.len() > NAMED {
        text.push_str(&format!(" and {} more", files.len() - NAMED));
    }
    text
}

/// As reports and messages name a height system.
pub(super) fn vertical_text(vertical: VerticalCrs) -> String {
    match vertical {
        VerticalCrs::Epsg(code) => format!("EPSG:{code}"),
        VerticalCrs::Ellipsoidal => "heights above the ellipsoid".into(),
        VerticalCrs::Unknown => "heights of an unknown system".into(),
    }
}

fn middle(frame: &SourceFrame) -> [f64; 2] {
    let half = |axis: usize, count: usize| frame.first[axis] + frame.cell[axis] * count as f64 / 2.0;
    [half(0, frame.columns), half(1, frame.rows)]
}

/// The grid of a new terrain: the cell asked for, else the finest file's; nodes on those of the finest file.
pub(super) fn choose_grid(
    files: &[Source],
    settled: &Settled,
    cell_m: Option<f64>,
) -> anyhow::Result<HeightGrid> {
    let size = |file: &&Source| file.frame.cell[0].abs().min(file.frame.cell[1].abs());
    let finest = files.iter().min_by(|a, b| size(a).total_cmp(&size(b))).context("there are no files")?;
    let is_own = settled.source.horizontal == settled.storage.horizontal;
    let natural_m = if is_own { size(&finest) } else { cell_in(&finest.frame, settled)? };
    let cell_m = cell_m.unwrap_or(natural_m);
    if !(cell_m.is_finite() && (0.01..=100_000.0).contains(&cell_m)) {
        bail!("a cell of {cell_m} m is not possible: give `--cell` between 0.01 and 100000 m");
    }
    let phase = |axis: usize| {
        let phase = (finest.frame.first[axis].rem_euclid(cell_m) * 1e6).round() / 1e6;
        if phase >= cell_m { 0.0 } else { phase }
    };
    let phase_m = if is_own { [phase(0), phase(1)] } else { [0.0, 0.0] };
    Ok(HeightGrid { cell_m, phase_m })
}

/// Refuses what no terrain can be: headers and options may claim anything.
pub(super) fn check_size(files: &[Source], nodes: f64) -> anyhow::Result<()> {
    if nodes > MOST_NODES {
        let largest = files.iter().max_by_key(|file| file.frame.columns.saturating_mul(file.frame.rows));
        bail!(
            "the terrain would have {nodes:.1e} nodes, more than {MOST_NODES:.0e}; the largest file is `{}`: check it and `--cell`",
            largest.map_or("", |file| file.name.as_str())
        );
    }
    Ok(())
}

/// A cell of the file in metres of the storage CRS, to two digits.
fn cell_in(frame: &SourceFrame, settled: &Settled) -> anyhow::Result<f64> {
    let [east, north] = middle(frame);
    let mut points = [[east, north], [east + frame.cell[0], north], [east, north + frame.cell[1]]];
    Transformer::new(&settled.source, &settled.storage)?.convert_2d(&mut points)?;
    let [from, right, up] = points;
    let length = |to: [f64; 2]| (to[0] - from[0]).hypot(to[1] - from[1]);
    let cell_m = length(right).min(length(up));
    let unit = 10_f64.powf(cell_m.log10().floor() - 1.0);
    Ok((cell_m / unit).round() * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn crs(horizontal: u32, vertical: VerticalCrs) -> Crs {
        Crs { horizontal, vertical, north_first: false }
    }
    const DHHN2016: VerticalCrs = VerticalCrs::Epsg(7837);
    const UTM: Crs = crs(25832, DHHN2016);
    const FLAT: Crs = crs(25832, VerticalCrs::Unknown);

    fn file(name: &str, crs: Option<Crs>) -> Source {
        let frame =
            SourceFrame { crs, first: [690_000.5, 5_335_000.5], cell: [1.0, 1.0], columns: 1000, rows: 1000 };
        Source { name: name.into(), frame }
    }

    type Case<'a> = (Option<Crs>, &'a [Option<Crs>], Option<Crs>, Result<(Crs, &'a [&'a str]), &'a str>);

    #[test]
    fn systems_are_named_or_refused() {
        let dhhn92 = crs(25832, VerticalCrs::Epsg(5783));
        let up = crs(25832, VerticalCrs::Ellipsoidal);
        let cases: [Case<'_>; 12] = [
            (None, &[Some(UTM)], None, Ok((UTM, &[]))),
            (None, &[None, Some(UTM)], None, Err("no coordinate reference system is named in `a`: give")),
            (Some(UTM), &[None], None, Ok((UTM, &[]))),
            (
                None,
                &[Some(UTM), Some(crs(25833, DHHN2016))],
                None,
                Err("EPSG:25832 in `a`; EPSG:25833 in `b`"),
            ),
            // docs/decisions/0002: a store that knows its heights lends its system.
            (None, &[Some(FLAT)], Some(UTM), Ok((UTM, &["height_system_assumed"]))),
            (None, &[Some(FLAT)], None, Err("no height system is named in `a`: give")),
            (None, &[Some(FLAT)], Some(FLAT), Err("no height system is named in `a`")),
            (Some(UTM), &[Some(FLAT)], Some(FLAT), Ok((UTM, &["height_system_differs"]))),
            (None, &[Some(FLAT), Some(UTM)], None, Ok((UTM, &["height_system_assumed"]))),
            (None, &[Some(dhhn92), Some(UTM)], None, Err("heights of several systems: EPSG:5783 in `a`")),
            (None, &[Some(dhhn92)], Some(UTM), Ok((UTM, &["height_system_differs"]))),
            (None, &[Some(up)], Some(UTM), Err("heights above the ellipsoid cannot go")),
        ];
        for (forced, files, stored, expected) in cases {
            let files: Vec<_> = files.iter().zip(["a", "b"]).map(|(crs, name)| file(name, *crs)).collect();
            match (settle(forced, &files, stored), expected) {
                (Ok(settled), Ok((storage, codes))) => {
                    let found: Vec<_> = settled.issues.iter().map(|issue| issue.code.as_str()).collect();
                    assert_eq!((settled.storage, found.as_slice()), (storage, codes));
                }
                (Err(error), Err(part)) => assert!(format!("{error:#}").contains(part), "{error:#}"),
                (found, expected) => panic!("{found:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn the_grid_is_that_of_the_finest_file() {
        let settled =
            |horizontal| Settled { source: crs(horizontal, DHHN2016), storage: UTM, issues: vec![] };
        let mut coarse = file("b", None);
        coarse.frame.cell = [5.0, 5.0];
        let grid = choose_grid(&[coarse, file("a", None)], &settled(25832), None).unwrap();
        assert_eq!(grid, HeightGrid { cell_m: 1.0, phase_m: [0.5, 0.5] });
        let grid = choose_grid(&[file("a", None)], &settled(25832), Some(2.0)).unwrap();
        assert_eq!(grid, HeightGrid { cell_m: 2.0, phase_m: [0.5, 0.5] });
        // A metre of the neighbouring zone is a metre to two digits.
        let grid = choose_grid(&[file("a", None)], &settled(25833), None).unwrap();
        assert_eq!(grid, HeightGrid { cell_m: 1.0, phase_m: [0.0, 0.0] });
        assert!(choose_grid(&[file("a", None)], &settled(25832), Some(0.0)).is_err());
        assert!(check_size(&[file("a", None)], 1e12).is_err());
    }
}
