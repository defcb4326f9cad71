//! Footprints as an SVG drawing: a map that needs no other server.

use std::fmt::Write;

use stadtwin_model::Feature;

/// Longer side of the drawing [px].
const SIDE: f64 = 800.0;

pub struct Map {
    pub width: u32,
    pub height: u32,
    pub shapes: Vec<Shape>,
}

pub struct Shape {
    pub id: String,
    pub url: String,
    /// SVG path data: digits and letters of our own only.
    pub path: String,
}

/// Features with footprints in degrees; `None` when there is nothing to draw.
pub fn draw(features: &[Feature], url: impl Fn(&Feature) -> String) -> Option<Map> {
    let points = features.iter().flat_map(|feature| feature.footprint.iter().flatten().flatten());
    let [west, south, east, north] = points.fold(None, |bounds: Option<[f64; 4]>, &[x, y]| {
        let [w, s, e, n] = bounds.unwrap_or([x, y, x, y]);
        Some([w.min(x), s.min(y), e.max(x), n.max(y)])
    })?;
    // A degree of longitude is shorter than one of latitude.
    let squeeze = ((south + north) / 2.0).to_radians().cos().max(0.01);
    let (across, up) = ((east - west) * squeeze, north - south);
    let scale = (SIDE - 20.0) / across.max(up).max(1e-6);
    let place = |[x, y]: [f64; 2]| [10.0 + (x - west) * squeeze * scale, 10.0 + (north - y) * scale];
    let shapes = features.iter().filter(|feature| !feature.footprint.is_empty()).map(|feature| Shape {
        id: feature.id.clone(),
        url: url(feature),
        path: path(&feature.footprint, place),
    });
    Some(Map {
        width: (20.0 + across * scale).ceil() as u32,
        height: (20.0 + up * scale).ceil() as u32,
        shapes: shapes.collect(),
    })
}

fn path(polygons: &[Vec<Vec<[f64; 2]>>], place: impl Fn([f64; 2]) -> [f64; 2]) -> String {
    let mut path = String::new();
    for ring in polygons.iter().flatten() {
        for (index, &point) in ring.iter().enumerate() {
            let [x, y] = place(point);
            let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
        }
        path.push('Z');
    }
    path
}
