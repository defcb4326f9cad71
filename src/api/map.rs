//! Footprints as an SVG drawing, with a scale bar, north and coordinates: a map that needs no other server.

use std::fmt::Write;

use super::negotiate::Language;
use stadtwin_model::Feature;

/// Width of the drawing [px].
const WIDTH: f64 = 800.0;
/// Greatest and least height of the drawing [px].
const HEIGHTS: [f64; 2] = [420.0, 260.0];
/// Room around what is drawn; below it stands the scale bar [px].
const MARGIN: f64 = 24.0;
const BELOW: f64 = 52.0;
/// The least that is shown from west to east: one house does not fill the page [m].
const LEAST_M: f64 = 120.0;
/// Longest scale bar [px].
const BAR: f64 = 160.0;
/// Of a degree of latitude, on a sphere with the mean radius of the Earth [m].
const DEGREE_M: f64 = 111_195.0;

pub struct Map {
    pub width: u32,
    pub height: u32,
    pub shapes: Vec<Shape>,
    pub bar: Bar,
    /// `48,24562° N 11,64665° O` of the middle.
    pub middle: String,
}

pub struct Shape {
    pub id: String,
    pub url: String,
    /// SVG path data: digits and letters of our own only.
    pub path: String,
}

/// How long some metres are on the drawing.
pub struct Bar {
    pub length: u32,
    /// `50 m` or `2 km`.
    pub label: String,
}

/// Where degrees lie on the drawing [px].
struct Frame {
    west: f64,
    north: f64,
    /// A degree of longitude is shorter than one of latitude.
    squeeze: f64,
    /// [px] a degree of latitude.
    scale: f64,
    height: f64,
}

/// Features with footprints in degrees; `None` when there is nothing to draw.
pub fn draw(features: &[Feature], url: impl Fn(&Feature) -> String, language: Language) -> Option<Map> {
    let points = features.iter().flat_map(|feature| feature.footprint.iter().flatten().flatten());
    let bounds = bounds(points.copied())?;
    let frame = Frame::around(bounds);
    let shapes = features.iter().filter(|feature| !feature.footprint.is_empty()).map(|feature| Shape {
        id: feature.id.clone(),
        url: url(feature),
        path: path(&feature.footprint, |point| frame.place(point)),
    });
    Some(frame.map(bounds, shapes.collect(), language))
}

/// Boxes `[west, south, east, north]` in degrees with their name and address.
pub fn draw_boxes(boxes: &[(String, String, [f64; 4])], language: Language) -> Option<Map> {
    let corners = boxes.iter().flat_map(|(_, _, [w, s, e, n])| [[*w, *s], [*e, *n]]);
    let bounds = bounds(corners)?;
    let frame = Frame::around(bounds);
    let shapes = boxes.iter().map(|(id, url, [w, s, e, n])| Shape {
        id: id.clone(),
        url: url.clone(),
        path: path(&[vec![vec![[*w, *s], [*e, *s], [*e, *n], [*w, *n]]]], |point| frame.place(point)),
    });
    Some(frame.map(bounds, shapes.collect(), language))
}

fn bounds(mut points: impl Iterator<Item = [f64; 2]>) -> Option<[f64; 4]> {
    let [x, y] = points.next()?;
    Some(points.fold([x, y, x, y], |[w, s, e, n], [x, y]| [w.min(x), s.min(y), e.max(x), n.max(y)]))
}

impl Frame {
    fn around([west, south, east, north]: [f64; 4]) -> Frame {
        let squeeze = ((south + north) / 2.0).to_radians().cos().max(0.01);
        let (across, up) = ((east - west) * squeeze, north - south);
        let room = [WIDTH - 2.0 * MARGIN, HEIGHTS[0] - MARGIN - BELOW];
        let least = room[0] / (LEAST_M / DEGREE_M);
        let scale = least.min(room[0] / across.max(1e-9)).min(room[1] / up.max(1e-9));
        let height = (up * scale + MARGIN + BELOW).clamp(HEIGHTS[1], HEIGHTS[0]);
        // What is smaller than the drawing lies in its middle.
        let left = (WIDTH - across * scale) / 2.0;
        let above = MARGIN + (height - MARGIN - BELOW - up * scale) / 2.0;
        Frame { west: west - left / scale / squeeze, north: north + above / scale, squeeze, scale, height }
    }

    fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [(x - self.west) * self.squeeze * self.scale, (self.north - y) * self.scale]
    }

    fn map(&self, [west, south, east, north]: [f64; 4], shapes: Vec<Shape>, language: Language) -> Map {
        let middle = [(south + north) / 2.0, (west + east) / 2.0];
        Map {
            width: WIDTH as u32,
            height: self.height.ceil() as u32,
            shapes,
            bar: bar(self.scale / DEGREE_M, language),
            middle: language.place(middle),
        }
    }
}

/// Of 1, 2 or 5 times a power of ten metres.
fn bar(pixels_a_metre: f64, language: Language) -> Bar {
    let longest_m = BAR / pixels_a_metre;
    let power = 10_f64.powf(longest_m.log10().floor());
    let step = [5.0, 2.0, 1.0].into_iter().find(|step| step * power <= longest_m).unwrap_or(1.0);
    let metres = step * power;
    let label = match metres >= 1_000.0 {
        true => format!("{} km", language.number(metres / 1_000.0)),
        false => format!("{} m", language.number(metres)),
    };
    Bar { length: (metres * pixels_a_metre).round() as u32, label }
}

impl Language {
    /// Latitude and longitude to five decimals, about a metre.
    fn place(self, [latitude, longitude]: [f64; 2]) -> String {
        let east = if self == Language::German { "O" } else { "E" };
        let side =
            |degrees: f64, plus: &'static str, minus: &'static str| if degrees < 0.0 { minus } else { plus };
        format!(
            "{}° {}, {}° {}",
            self.rounded(latitude.abs(), 5),
            side(latitude, "N", "S"),
            self.rounded(longitude.abs(), 5),
            side(longitude, east, "W")
        )
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_it_says() {
        // A box of 0.01° from south to north, 1111.95 m, on 344 px: 0.3094 px a metre. 160 px are 517 m: 500 m, 155 px.
        let boxes = [("a".to_owned(), String::new(), [11.0, 48.0, 11.001, 48.01])];
        let map = draw_boxes(&boxes, Language::German).unwrap();
        assert_eq!((map.bar.length, map.bar.label.as_str()), (155, "500 m"));
        assert_eq!((map.width, map.height), (800, 420));
        assert_eq!(map.middle, "48,00500° N, 11,00050° O");
        assert_eq!(bar(0.05, Language::English).label, "2 km");
    }

    #[test]
    fn a_house_keeps_its_size_and_lies_in_the_middle() {
        // 0.0001° are 11.1 m; 752 px show 120 m, so that it is 70 px high: 260 px are enough.
        let map =
            draw_boxes(&[("a".to_owned(), String::new(), [11.0, 48.0, 11.0001, 48.0001])], Language::English);
        let map = map.unwrap();
        assert_eq!(map.height, 260);
        let numbers = map.shapes[0].path.split(['M', 'L', 'Z', ' ']).filter_map(|n| n.parse::<f64>().ok());
        let numbers: Vec<_> = numbers.collect();
        // South-west corner, then south-east: 11.1 m · cos 48° = 7.44 m = 46.6 px.
        assert!((numbers[2] - numbers[0] - 46.6).abs() < 0.2, "{numbers:?}");
        assert!(((numbers[0] + numbers[2]) / 2.0 - 400.0).abs() < 0.2);
    }
}
