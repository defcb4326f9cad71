//! Small GeoTIFFs of heights.

use std::fs::File;
use std::path::Path;

use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::Gray32Float;
use tiff::tags::Tag;

/// Cells are areas, as in the surveys' deliveries: the first height stands half a cell inside of the corner.
pub struct Raster {
    /// `[west, north]` of the corner [m].
    pub corner: [f64; 2],
    pub cell_m: f64,
    pub columns: u32,
    pub rows: u32,
    /// EPSG codes; 0: not said.
    pub horizontal: u16,
    pub vertical: u16,
}

impl Raster {
    /// A square of 1 m cells near 48.25° N 11.65° E.
    pub fn square(corner: [f64; 2], side: u32) -> Raster {
        Raster { corner, cell_m: 1.0, columns: side, rows: side, horizontal: 25832, vertical: 7837 }
    }

    /// Writes `height` of each cell's middle `[east, north]`; NaN becomes -9999.
    pub fn write(&self, path: &Path, height: impl Fn([f64; 2]) -> f64) {
        let mut heights = Vec::new();
        for row in 0..self.rows {
            for column in 0..self.columns {
                let east = self.corner[0] + (f64::from(column) + 0.5) * self.cell_m;
                let north = self.corner[1] - (f64::from(row) + 0.5) * self.cell_m;
                let height = height([east, north]);
                heights.push(if height.is_nan() { -9999.0 } else { height as f32 });
            }
        }
        let mut encoder = TiffEncoder::new(File::create(path).unwrap()).unwrap();
        let mut image = encoder.new_image::<Gray32Float>(self.columns, self.rows).unwrap();
        let mut keys: Vec<[u16; 4]> = vec![[1024, 0, 1, 1], [1025, 0, 1, 1]];
        for (key, code) in [(3072, self.horizontal), (4096, self.vertical)] {
            if code != 0 {
                keys.push([key, 0, 1, code]);
            }
        }
        let mut directory = vec![1, 1, 1, keys.len() as u16];
        directory.extend(keys.into_iter().flatten());
        let [west, north] = self.corner;
        let tags = image.encoder();
        tags.write_tag(Tag::ModelPixelScaleTag, &[self.cell_m, self.cell_m, 0.0][..]).unwrap();
        tags.write_tag(Tag::ModelTiepointTag, &[0.0, 0.0, 0.0, west, north, 0.0][..]).unwrap();
        tags.write_tag(Tag::GeoKeyDirectoryTag, &directory[..]).unwrap();
        tags.write_tag(Tag::GdalNodata, "-9999").unwrap();
        image.write_data(&heights).unwrap();
    }
}
