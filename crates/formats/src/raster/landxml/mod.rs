//! LandXML 1.0 to 1.2: triangulated surfaces. Read twice: for the extent, then surface by surface, of which only the
//! points are held in memory. All surfaces of a file make one ground; later ones lie above earlier ones.

mod markup;
mod reader;
#[cfg(test)]
mod tests;

use super::spool::SpooledGrid;
use super::tin::TinSampler;
use super::{not_heights, world_file};
use crate::{FormatError, Input};
use reader::{Event, Reader};
use std::path::Path;

/// Points of one surface: 256 MiB.
const MAX_POINTS: usize = 8 << 20;
/// Where nobody says how finely to sample.
const CELL: f64 = 1.0;

pub(super) fn open(input: &Input, spool: &Path, cell: Option<f64>) -> Result<SpooledGrid, FormatError> {
    let (extent, crs) = survey(input)?;
    let mut sampler = TinSampler::new(&input.name, extent, cell.unwrap_or(CELL), spool)?;
    let mut reader = Reader::open(input)?;
    let mut points: Vec<(u64, [f64; 3])> = Vec::new();
    let mut is_sorted = true;
    while let Some(event) = reader.next()? {
        match event {
            Event::Surface => points.clear(),
            Event::Point(id, point) => {
                if points.len() >= MAX_POINTS {
                    return Err(reader.malformed(format!("a surface has more than {MAX_POINTS} points")));
                }
                is_sorted =
                    points.last().is_none_or(|(last, _)| *last < id) && (is_sorted || points.is_empty());
                points.push((id, point));
            }
            Event::Face(ids) => {
                if !is_sorted {
                    points.sort_by_key(|(id, _)| *id);
                    is_sorted = true;
                }
                let point = |id: u64| {
                    let found = points.binary_search_by_key(&id, |(id, _)| *id).ok()?;
                    points.get(found).map(|(_, point)| *point)
                };
                let [Some(a), Some(b), Some(c)] = ids.map(point) else {
                    return Err(reader.malformed(format!("a face names a point that is none of {ids:?}")));
                };
                sampler.add([a, b, c])?;
            }
        }
    }
    sampler.finish(crs.or_else(|| world_file::crs_beside(input)))
}

/// `[west, south, east, north]` of all points, and the system of the file.
fn survey(input: &Input) -> Result<([f64; 4], Option<stadtwin_model::Crs>), FormatError> {
    let mut reader = Reader::open(input)?;
    let mut extent = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let mut has_faces = false;
    while let Some(event) = reader.next()? {
        match event {
            Event::Point(_, [east, north, _]) => {
                extent =
                    [extent[0].min(east), extent[1].min(north), extent[2].max(east), extent[3].max(north)];
            }
            Event::Face(_) => has_faces = true,
            Event::Surface => {}
        }
    }
    if has_faces {
        return Ok((extent, reader.crs()));
    }
    Err(not_heights(
        &input.name,
        "it is LandXML without a triangulated surface (Surface/Definition with Pnts and Faces)",
    ))
}
