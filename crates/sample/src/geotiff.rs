//! The terrain as GeoTIFF grids; knows nothing of what stands on it.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use tiff::encoder::colortype::Gray32Float;
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder};
use tiff::tags::Tag;

use super::landscape::{CENTRE, HALF, height};

/// Grid spacing in metres.
pub const CELL_M: f64 = 5.0;

/// Writes the part of the terrain that lies in a 1-km tile; gives its columns and rows, none if they do not meet.
pub fn write_tile(path: &Path, east_km: i64, north_km: i64) -> io::Result<Option<[u32; 2]>> {
    let tile = |km: i64| (km as f64 * 1000.0, (km + 1) as f64 * 1000.0);
    let cut = |axis: usize, km: i64| {
        let (low, high) = tile(km);
        (low.max(CENTRE[axis] - HALF[axis]), high.min(CENTRE[axis] + HALF[axis]))
    };
    let ((west, east), (south, north)) = (cut(0, east_km), cut(1, north_km));
    if west >= east || south >= north {
        return Ok(None);
    }
    let (columns, rows) = (((east - west) / CELL_M) as u32, ((north - south) / CELL_M) as u32);
    let mut heights = Vec::with_capacity((columns * rows) as usize);
    for row in 0..rows {
        for column in 0..columns {
            let x = west + (f64::from(column) + 0.5) * CELL_M - CENTRE[0];
            let y = north - (f64::from(row) + 0.5) * CELL_M - CENTRE[1];
            heights.push(((height([x, y]) * 100.0).round() / 100.0) as f32);
        }
    }
    write_grid(path, [columns, rows], [west, north], &heights).map_err(io::Error::other)?;
    Ok(Some([columns, rows]))
}

fn write_grid(
    path: &Path,
    [columns, rows]: [u32; 2],
    corner: [f64; 2],
    heights: &[f32],
) -> tiff::TiffResult<()> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = TiffEncoder::new(file)?.with_compression(Compression::Deflate(DeflateLevel::Best));
    let mut image = encoder.new_image::<Gray32Float>(columns, rows)?;
    // GeoTIFF 1.1 keys: projected, pixel is area, EPSG:25832, DHHN2016 height (EPSG:7837), metre.
    let keys: [u16; 24] =
        [1, 1, 1, 5, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 25832, 4096, 0, 1, 7837, 4099, 0, 1, 9001];
    image.encoder().write_tag(Tag::ModelPixelScaleTag, &[CELL_M, CELL_M, 0.0][..])?;
    image.encoder().write_tag(Tag::ModelTiepointTag, &[0.0, 0.0, 0.0, corner[0], corner[1], 0.0][..])?;
    image.encoder().write_tag(Tag::GeoKeyDirectoryTag, &keys[..])?;
    image.write_data(heights)
}
