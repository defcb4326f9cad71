//! Where the samples lie: tags of GeoTIFF, else a world file beside.

use super::header::Tiff;
use crate::raster::world_file::{Place, place_beside};
use crate::{FormatError, Input};
use tiff::tags::Tag;

pub(super) fn place(tiff: &mut Tiff, input: &Input) -> Result<Place, FormatError> {
    let found = match tagged(tiff)? {
        Some(place) => place,
        None => match place_beside(input) {
            Some(Ok(place)) => place,
            Some(Err(reason)) => return Err(tiff.refuse(reason)),
            None => {
                return Err(tiff.refuse(
                    "nothing says where it lies: it has neither GeoTIFF tags (33550 and 33922, or 34264) nor a world file beside it",
                ));
            }
        },
    };
    let sound = found.first.iter().chain(&found.cell).all(|value| value.is_finite() && value.abs() < 1e12)
        && found.cell.iter().all(|cell| *cell > 0.0);
    if sound {
        Ok(found)
    } else {
        Err(tiff.refuse(format!("its place on the earth makes no sense: {found:?}")))
    }
}

fn tagged(tiff: &mut Tiff) -> Result<Option<Place>, FormatError> {
    // Of a pixel that is an area the tie point is the corner, and its height stands in the middle.
    let half = if is_point(tiff) { 0.0 } else { 0.5 };
    if let Some(matrix) = tiff.doubles(Tag::ModelTransformationTag) {
        let &[a, b, _, d, e, f, _, h, ..] = matrix.as_slice() else {
            return Err(tiff.refuse(format!("tag 34264 has {} numbers instead of 16", matrix.len())));
        };
        if b != 0.0 || e != 0.0 || a <= 0.0 || f >= 0.0 {
            return Err(tiff.refuse(
                "it is turned or mirrored (tag 34264); only images with north up are read: use gdalwarp",
            ));
        }
        return Ok(Some(Place { first: [d + half * a, h + half * f], cell: [a, -f] }));
    }
    let Some(scale) = tiff.doubles(Tag::ModelPixelScaleTag) else { return Ok(None) };
    let tie = tiff.doubles(Tag::ModelTiepointTag).unwrap_or_default();
    let (&[across, down, ..], &[column, row, _, east, north, ..]) = (scale.as_slice(), tie.as_slice()) else {
        return Err(tiff.refuse("tags 33550 and 33922 have too few numbers"));
    };
    if across <= 0.0 || down <= 0.0 {
        return Err(
            tiff.refuse(format!("its cells are {across} × {down} (tag 33550); only positive ones are read"))
        );
    }
    let first = [east + (half - column) * across, north - (half - row) * down];
    Ok(Some(Place { first, cell: [across, down] }))
}

/// GeoKey 1025 (raster type) is 2.
fn is_point(tiff: &mut Tiff) -> bool {
    let keys = tiff.shorts(Tag::GeoKeyDirectoryTag).unwrap_or_default();
    keys.chunks_exact(4).any(|key| matches!(key, [1025, 0, _, 2]))
}
