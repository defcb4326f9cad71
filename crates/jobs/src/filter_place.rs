//! Geometries of filters in the storage CRS.

use stadtwin_crs::{CRS84, CrsError, HeightModel, LonLatBox, Transformer};
use stadtwin_model::Crs;
use stadtwin_query::{Filter, Shape};

/// Edges get points along them so that they stay where they were in the filter's CRS: at most this far apart [°] …
const STEP_DEG: f64 = 0.01;
/// … and no more than this many on an edge, nor this many in all.
const MOST_ON_EDGE: f64 = 64.0;
const MOST_POINTS: usize = 20_000;

/// Brings every geometry of the filter from a CRS with the axes of its definition into the storage CRS. Boxes in
/// degrees are cut to the extent of the data (CRS84), which changes no answer: projections end somewhere.
pub fn place_filter(
    filter: &mut Filter,
    from: &Crs,
    storage: &Crs,
    extent: Option<[f64; 4]>,
) -> Result<(), CrsError> {
    let mut shapes = filter.shapes_mut();
    if shapes.is_empty() {
        return Ok(());
    }
    let transformer = Transformer::new(from, storage)?;
    shapes.iter_mut().try_for_each(|shape| place(shape, from, &transformer, extent))
}

/// From heights above the ellipsoid to those of the storage, as the middle of the data has it (`extent`, CRS84): the
/// distance varies by decimetres over a city.
pub fn lower_filter(filter: &mut Filter, extent: Option<[f64; 4]>, heights: &HeightModel) {
    let middle = extent.map(|[west, south, east, north]| ((west + east) / 2.0, (south + north) / 2.0));
    let undulation_m = middle.and_then(|(longitude, latitude)| heights.undulation_m(longitude, latitude));
    filter.shapes_mut().into_iter().for_each(|shape| shape.raise(-undulation_m.unwrap_or(0.0)));
}

fn place(
    shape: &mut Shape,
    from: &Crs,
    transformer: &Transformer,
    extent: Option<[f64; 4]>,
) -> Result<(), CrsError> {
    if from.north_first {
        swap(shape);
    }
    let heights_m = match shape {
        Shape::Box { heights, .. } => *heights,
        _ => None,
    };
    place_plan(shape, from, transformer, extent)?;
    if let Some(heights_m) = heights_m {
        let plan = match std::mem::replace(shape, Shape::MultiPolygon(Vec::new())) {
            Shape::MultiPolygon(polygons) => polygons,
            Shape::Polygon(rings) => vec![rings],
            Shape::Box { corners: [west, south, east, north], .. } => {
                vec![vec![ring([west, south, east, north])]]
            }
            _ => Vec::new(),
        };
        *shape = Shape::Prism { plan, heights_m };
    }
    Ok(())
}

/// Counter-clockwise and closed.
fn ring([west, south, east, north]: [f64; 4]) -> Vec<[f64; 2]> {
    vec![[west, south], [east, south], [east, north], [west, north], [west, south]]
}

fn place_plan(
    shape: &mut Shape,
    from: &Crs,
    transformer: &Transformer,
    extent: Option<[f64; 4]>,
) -> Result<(), CrsError> {
    if transformer.is_identity() {
        return Ok(());
    }
    if let Shape::Box { corners: [west, south, east, north], .. } = *shape {
        if from.horizontal == CRS84.horizontal {
            let degrees = LonLatBox { west, south, east, north, heights_m: None };
            let rings = degrees.rings(extent, transformer)?;
            *shape = Shape::MultiPolygon(rings.into_iter().map(|ring| vec![ring]).collect());
            return Ok(());
        }
        *shape = Shape::Polygon(vec![ring([west, south, east, north])]);
    }
    densify(shape);
    shape.runs_mut().into_iter().try_for_each(|run| transformer.convert_2d(run))
}

fn swap(shape: &mut Shape) {
    if let Shape::Box { corners: [a, b, c, d], .. } = shape {
        std::mem::swap(a, b);
        std::mem::swap(c, d);
    }
    shape.runs_mut().into_iter().flatten().for_each(|point| point.swap(0, 1));
}

/// Whatever the unit: an edge of projected metres gets the most points, which does no harm.
fn densify(shape: &mut Shape) {
    let count = |a: &[f64; 2], b: &[f64; 2]| {
        let length = (b[0] - a[0]).hypot(b[1] - a[1]);
        (length / STEP_DEG).ceil().clamp(1.0, MOST_ON_EDGE) as usize
    };
    let mut lines = shape.lines_mut();
    let edges = lines.iter().flat_map(|line| line.windows(2));
    if edges.map(|edge| count(&edge[0], &edge[1])).sum::<usize>() > MOST_POINTS {
        return;
    }
    for line in &mut lines {
        let mut dense = Vec::with_capacity(line.len());
        for edge in line.windows(2) {
            let (a, b) = (edge[0], edge[1]);
            let steps = count(&a, &b);
            dense.extend((0..steps).map(|step| {
                let share = step as f64 / steps as f64;
                [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
            }));
        }
        dense.extend(line.last());
        **line = dense;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_crs::parse_crs_uri;
    use stadtwin_model::{Collection, VerticalCrs};
    use stadtwin_query::{Queryables, parse_text};

    const STORAGE: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Unknown, north_first: false };

    fn placed(text: &str, from: &str) -> Vec<[f64; 2]> {
        let collection = Collection {
            key: 1,
            id: "c".into(),
            title: String::new(),
            description: String::new(),
            head: 1,
            feature_count: 0,
            extent: None,
            height_range: None,
            lods: Vec::new(),
            classes: Vec::new(),
            properties: Vec::new(),
            updated: None,
            has_unplaced: false,
            has_faces: true,
            has_lineage: false,
            ground_terrain: None,
            ground_run: 0,
            clamp_terrain: None,
            valid_range: [None, None],
        };
        let text = format!("S_INTERSECTS(geometry, {text})");
        let mut filter = parse_text(&text).unwrap().check(&Queryables::of(&collection)).unwrap();
        let extent = Some([11.0, 48.0, 12.0, 49.0]);
        place_filter(&mut filter, &parse_crs_uri(from).unwrap(), &STORAGE, extent).unwrap();
        let mut shapes = filter.shapes_mut();
        shapes.iter_mut().flat_map(|shape| shape.runs_mut()).flat_map(|run| run.to_vec()).collect()
    }

    /// Expected: the worked point of `crs::transform`'s tests.
    #[test]
    fn points_arrive_whatever_the_order_of_the_axes() {
        let cases = [
            ("POINT(11.65 48.25)", "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
            ("POINT(48.25 11.65)", "http://www.opengis.net/def/crs/EPSG/0/4326"),
            ("POINT(696713.26 5347482.34)", "http://www.opengis.net/def/crs/EPSG/0/25832"),
        ];
        for (text, from) in cases {
            let [[east, north]] = placed(text, from)[..] else { panic!("{text}") };
            assert!(
                (east - 696_713.26).abs() < 0.01 && (north - 5_347_482.34).abs() < 0.01,
                "{text}: {east} {north}"
            );
        }
        let [[east, north]] = placed("POINT(5346000 4475000)", "EPSG:31468")[..] else { panic!() };
        assert!((east - 697_591.78).abs() < 0.02 && (north - 5_347_674.70).abs() < 0.02, "{east} {north}");
    }

    #[test]
    fn edges_are_followed_and_boxes_end_near_the_data() {
        let line = placed("LINESTRING(11 48, 11.5 48)", "urn:ogc:def:crs:OGC:1.3:CRS84");
        assert_eq!(line.len(), 51);
        let world = placed("BBOX(-180,-90,180,90)", "urn:ogc:def:crs:OGC:1.3:CRS84");
        // A parallel of one degree lies some 120 m off its chord here: a ring of four corners would miss that.
        assert!(world.len() > 100, "{}", world.len());
        assert!(world.iter().all(|[east, _]| (600_000.0..800_000.0).contains(east)));
        assert_eq!(placed("BBOX(0,0,1,1)", "urn:ogc:def:crs:OGC:1.3:CRS84"), [[0.0; 2]; 0]);
    }
}
