//! Heights and shades as PNG pictures, and where their pixels lie on the earth (WebMercatorQuad).

use stadtwin_model::TileKey;

/// Along a side of a picture tile.
pub const RASTER_SIDE: usize = 256;
/// Terrain-RGB counts tenths of a metre from here [m].
const RGB_LOWEST_M: f64 = -10_000.0;
const RGB_STEPS_PER_M: f64 = 10.0;
const RGB_LAST: f64 = 16_777_215.0;
const EQUATOR_M: f64 = 2.0 * std::f64::consts::PI * 6_378_137.0;

/// Middles of the pixels of a WebMercatorQuad tile (`y` from the north, as in its URL) with `margin` more on every side:
/// `[longitude, latitude]` [°], row by row from south to north, each from west to east.
pub fn web_mercator_places(key: TileKey, side: usize, margin: usize) -> Vec<[f64; 2]> {
    places(key, side, side + 2 * margin, margin, 0.5)
}

/// Corners of the pixels of a tile, as `web_mercator_places`: one more a side, and tiles side by side share those on
/// their border to the last bit.
pub fn web_mercator_nodes(key: TileKey, side: usize, margin: usize) -> Vec<[f64; 2]> {
    places(key, side, side + 1 + 2 * margin, margin, 0.0)
}

/// `whole` places a side, the first `margin` before the tile; `offset` of the first within its pixel.
fn places(key: TileKey, side: usize, whole: usize, margin: usize, offset: f64) -> Vec<[f64; 2]> {
    let pixels = side as f64 * f64::from(1u32 << key.level.min(30));
    let middle = |tile: u32, pixel: usize| {
        (f64::from(tile) * side as f64 + pixel as f64 - margin as f64 + offset) / pixels
    };
    let longitude = |column: usize| middle(key.x, column) * 360.0 - 180.0;
    let latitude = |row: usize| {
        let y = std::f64::consts::PI * (1.0 - 2.0 * middle(key.y, whole - 1 - row));
        y.sinh().atan().to_degrees()
    };
    (0..whole)
        .flat_map(|row| {
            let latitude = latitude(row);
            (0..whole).map(move |column| [longitude(column), latitude])
        })
        .collect()
}

/// `[west, south, east, north]` of a WebMercatorQuad tile [°].
pub fn web_mercator_bounds_deg(key: TileKey) -> [f64; 4] {
    let tiles = f64::from(1u32 << key.level.min(30));
    let latitude = |y: f64| (std::f64::consts::PI * (1.0 - 2.0 * y / tiles)).sinh().atan().to_degrees();
    let longitude = |x: f64| x / tiles * 360.0 - 180.0;
    let (x, y) = (f64::from(key.x), f64::from(key.y));
    [longitude(x), latitude(y + 1.0), longitude(x + 1.0), latitude(y)]
}

/// Width of a pixel on the ground in the middle of a tile [m]; its height is the same.
pub fn web_mercator_pixel_m(key: TileKey, side: usize) -> f64 {
    let [_, south, _, north] = web_mercator_bounds_deg(key);
    EQUATOR_M / (side as f64 * f64::from(1u32 << key.level.min(30)))
        * south.midpoint(north).to_radians().cos()
}

/// Red, green, blue of a height after Mapbox: −10,000 m + 0.1 m × (65,536 red + 256 green + blue).
pub fn terrain_rgb(height_m: f64) -> [u8; 3] {
    let steps = ((height_m - RGB_LOWEST_M) * RGB_STEPS_PER_M).round().clamp(0.0, RGB_LAST) as u32;
    [(steps >> 16) as u8, (steps >> 8) as u8, steps as u8]
}

/// Heights (row by row from south to north) as a terrain-RGB picture; unknown ones are transparent, at height 0.
pub fn terrain_rgb_png(heights_m: &[f32], columns: usize) -> Vec<u8> {
    let rows = heights_m.chunks_exact(columns.max(1)).rev();
    let with_alpha = heights_m.iter().any(|height| height.is_nan());
    let pixel = |height: &f32| {
        let [red, green, blue] = terrain_rgb(if height.is_nan() { 0.0 } else { f64::from(*height) });
        let alpha = with_alpha.then_some(if height.is_nan() { 0 } else { 255 });
        [red, green, blue].into_iter().chain(alpha)
    };
    let pixels: Vec<u8> = rows.flatten().flat_map(pixel).collect();
    png(&pixels, columns, if with_alpha { png::ColorType::Rgba } else { png::ColorType::Rgb })
}

/// Greys of `hillshade` as a picture; 0 is transparent.
pub fn hillshade_png(greys: &[u8], columns: usize) -> Vec<u8> {
    if !greys.contains(&0) {
        return png(greys, columns, png::ColorType::Grayscale);
    }
    let pixels: Vec<u8> = greys.iter().flat_map(|grey| [*grey, if *grey == 0 { 0 } else { 255 }]).collect();
    png(&pixels, columns, png::ColorType::GrayscaleAlpha)
}

fn png(pixels: &[u8], columns: usize, color: png::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let rows = pixels.len() / (columns * color.samples()).max(1);
    let mut encoder = png::Encoder::new(&mut bytes, columns as u32, rows as u32);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    // Writing to memory fails for empty pictures only.
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&pixels[..rows * columns * color.samples()])?;
        writer.finish()
    });
    if written.is_err() { Vec::new() } else { bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (png::ColorType, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        (reader.info().color_type, pixels)
    }

    #[test]
    fn heights_as_colours() {
        // Hand: (520.3 + 10,000) × 10 = 105,203 = 1 × 65,536 + 154 × 256 + 243; Mapbox: 0, 0, 0 is -10,000 m.
        let cases =
            [(520.3, [1, 154, 243]), (-10_000.0, [0, 0, 0]), (0.0, [1, 134, 160]), (-20_000.0, [0, 0, 0])];
        for (height, expected) in cases {
            assert_eq!(terrain_rgb(height), expected, "{height}");
        }
    }

    #[test]
    fn pictures_have_north_on_top() {
        let (color, pixels) = decoded(&terrain_rgb_png(&[0.0, 0.0, 520.3, 520.3], 2));
        assert_eq!(
            (color, pixels),
            (png::ColorType::Rgb, vec![1, 154, 243, 1, 154, 243, 1, 134, 160, 1, 134, 160])
        );
        let (color, pixels) = decoded(&terrain_rgb_png(&[f32::NAN, 520.3], 2));
        assert_eq!((color, pixels), (png::ColorType::Rgba, vec![1, 134, 160, 0, 1, 154, 243, 255]));
        let (color, pixels) = decoded(&hillshade_png(&[181, 0], 1));
        assert_eq!((color, pixels), (png::ColorType::GrayscaleAlpha, vec![181, 255, 0, 0]));
        assert_eq!(decoded(&hillshade_png(&[181, 7], 1)), (png::ColorType::Grayscale, vec![181, 7]));
        assert_eq!(terrain_rgb_png(&[], 0), Vec::<u8>::new());
    }

    #[test]
    fn pixels_of_the_web_mercator_quad() {
        // OGC 17-083r4 / known: tile 1/1/0 spans 0..180° and 0..85.0511°.
        let key = TileKey { level: 1, x: 1, y: 0 };
        let [west, south, east, north] = web_mercator_bounds_deg(key);
        assert!(west == 0.0 && east == 180.0 && south.abs() < 1e-9 && (north - 85.051_128_78).abs() < 1e-7);
        let places = web_mercator_places(key, 2, 0);
        // Hand: middles at 45° and 135°; y = π × (1 - 2 × 3/8) = π/4: atan(sinh(π/4)) = 40.9799°.
        assert_eq!([places[0][0], places[1][0]], [45.0, 135.0]);
        assert!((places[0][1] - 40.979_898).abs() < 1e-6, "{places:?}");
        assert!(places[2][1] > places[0][1]);
        // Hand: corners at 0°, 90°, 180°; the southern row is the equator, the middle one atan(sinh(π/2)) = 66.5133°.
        let nodes = web_mercator_nodes(key, 2, 0);
        assert_eq!((nodes.len(), nodes[1], nodes[8][0]), (9, [90.0, 0.0], 180.0));
        assert!((nodes[4][1] - 66.513_26).abs() < 1e-5, "{nodes:?}");
        let wide = web_mercator_places(key, 2, 1);
        assert_eq!((wide.len(), wide[5]), (16, places[0]));
        // Known: 156,543.03 m a pixel of 256 at level 0 on the equator.
        assert!((web_mercator_pixel_m(TileKey { level: 0, x: 0, y: 0 }, 256) - 156_543.033_9).abs() < 1e-3);
    }
}
