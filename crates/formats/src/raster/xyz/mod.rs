//! XYZ: a point a line, in any order, on a regular grid that the points themselves show. Read twice: for the grid, then
//! for the heights.

mod axis;
mod point;
#[cfg(test)]
mod tests;

pub(super) use point::begins_as_xyz;

use super::heights::{CUSTOMARY, height};
use super::spool::{SpoolWriter, SpooledGrid};
use super::tokens::Tokens;
use super::{SourceFrame, io_error, not_heights, world_file};
use crate::{FormatError, Input};
use axis::{Axis, Places};
use point::point_of;
use std::path::Path;

/// Nodes of the grid for each point: lists may have holes.
const MAX_NODES_PER_POINT: u64 = 1_000;
/// Always allowed.
const FREE_NODES: u64 = 1 << 26;

pub(super) fn open(input: &Input, spool: &Path) -> Result<SpooledGrid, FormatError> {
    let [columns, rows] = axes(input)?;
    let mut writer = SpoolWriter::new(&input.name, spool, columns.count, rows.count)?;
    each_point(input, |tokens, [east, north, up]| {
        let (Some(column), Some(row)) = (columns.index(east), rows.index(north)) else {
            let cells = format!("{} × {}", columns.cell, rows.cell);
            return Err(
                tokens.malformed(format!("{east} {north} lies beside the grid of {cells} of the others"))
            );
        };
        writer.put(column, row, height(up, &CUSTOMARY))
    })?;
    writer.finish(SourceFrame {
        crs: world_file::crs_beside(input),
        first: [columns.first, rows.first],
        cell: [columns.cell, rows.cell],
        columns: columns.count,
        rows: rows.count,
    })
}

fn axes(input: &Input) -> Result<[Axis; 2], FormatError> {
    let (mut easts, mut norths) = (Places::default(), Places::default());
    let mut points = 0_u64;
    each_point(input, |tokens, [east, north, _]| {
        points += 1;
        if easts.add(east) && norths.add(north) {
            return Ok(());
        }
        Err(tokens.malformed("the points do not lie on a regular grid: too many different coordinates"))
    })?;
    let irregular = |reason: String| not_heights(&input.name, reason);
    let (columns, rows) = (easts.axis("east").map_err(irregular)?, norths.axis("north").map_err(irregular)?);
    let (columns, rows) = match (columns, rows) {
        (Some(columns), Some(rows)) => (columns, rows),
        // One row or one column: the other direction tells the cell.
        (Some(columns), None) => (columns, norths.single(columns.cell)),
        (None, Some(rows)) => (easts.single(rows.cell), rows),
        (None, None) => return Err(irregular(format!("its {points} points make no grid"))),
    };
    let nodes = columns.count as u64 * rows.count as u64;
    if nodes > points.saturating_mul(MAX_NODES_PER_POINT).max(FREE_NODES) {
        return Err(irregular(format!(
            "its {points} points would lie on a grid of {} × {} nodes of {} × {}: they are too scattered",
            columns.count, rows.count, columns.cell, rows.cell
        )));
    }
    Ok([columns, rows])
}

fn each_point(
    input: &Input,
    mut visit: impl FnMut(&Tokens, [f64; 3]) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut tokens = Tokens::new(input.open().map_err(io_error(&input.name))?, &input.name);
    let mut is_first = true;
    while let Some(line) = tokens.next_line()? {
        let found = point_of(line);
        let is_title = is_first && point::is_title(line);
        is_first = false;
        match found {
            Ok(Some(point)) => visit(&tokens, point)?,
            Ok(None) => {}
            Err(_) if is_title => {}
            Err(reason) => return Err(tokens.malformed(reason)),
        }
    }
    Ok(())
}
