//! Where a CRS holds: refuses coordinates far away, and chooses the system that a twin is stored in.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{CRS84, CrsError, Transformer, register, transform};
use stadtwin_model::Crs;

/// "By far": this much outside the area of use [m].
const TOLERANCE_M: f64 = 200_000.0;
const METRES_PER_DEGREE: f64 = 111_320.0;

/// Area of use of one CRS and the way to degrees.
struct Area {
    to_degrees: Transformer,
    /// `[west, south, east, north]` [°]; west > east across the antimeridian; `None` = the register does not say.
    bounds: Option<[f64; 4]>,
}

thread_local! {
    static AREAS: RefCell<HashMap<u32, Rc<Area>>> = RefCell::default();
}

/// The system to keep data in: the source's own when projected, else the UTM zone of `sample` on the same datum.
/// `sample` is `[east, north, up]` in the source CRS.
pub fn storage_crs_for(source: &Crs, sample: [f64; 3]) -> Result<Crs, CrsError> {
    let code = source.horizontal;
    if !register::is_geographic(code) {
        transform::definition(code)?;
        return Ok(Crs { north_first: false, ..*source });
    }
    let [longitude, latitude, _] = sample;
    if !(longitude.abs() <= 360.0 && latitude.abs() <= 90.0) {
        return Err(out_of_area(code, longitude, latitude));
    }
    let horizontal = utm_code(code, longitude, latitude);
    Ok(Crs { horizontal, vertical: source.vertical, north_first: false })
}

/// EPSG code of the UTM zone of a place, on the datum of a geographic CRS where the register has such zones there.
fn utm_code(geographic: u32, longitude: f64, latitude: f64) -> u32 {
    let longitude = (longitude + 180.0).rem_euclid(360.0) - 180.0;
    let zone = ((longitude + 180.0) / 6.0).floor().clamp(0.0, 59.0) as u32 + 1;
    let north = latitude >= 0.0;
    match (geographic, zone) {
        // DHDN and the other old German datums have no UTM: their successor does.
        (4258 | 4314 | 4745 | 4746, 28..=38) if north => 25800 + zone,
        (6668, 51..=55) if north => 6688 + zone - 51,
        (4612, 51..=55) if north => 3097 + zone - 51,
        (4269, 1..=23) if north => 26900 + zone,
        (6318, 1..=19) if north => 6330 + zone - 1,
        (4283, 48..=58) if !north => 28300 + zone,
        (7844, 46..=59) if !north => 7800 + zone,
        _ if north => 32600 + zone,
        _ => 32700 + zone,
    }
}

/// Refuses a point that lies more than 200 km outside the area its CRS is made for, and says which CRS fits it.
/// `point` is `[east, north, up]`.
pub fn check_area(crs: &Crs, point: [f64; 3]) -> Result<(), CrsError> {
    let area = area_of(crs.horizontal)?;
    if contains(&area, point[0], point[1], TOLERANCE_M) {
        return Ok(());
    }
    Err(out_of_area(crs.horizontal, point[0], point[1]))
}

fn out_of_area(code: u32, east: f64, north: f64) -> CrsError {
    CrsError::OutOfArea { code, east, north, suspected: suspect(code, east, north) }
}

/// What coordinates in Central Europe are usually mistaken for, most common first. The ranges of these systems do not
/// overlap but for the UTM zones, where the zone cannot be told from the numbers.
const CANDIDATES: [u32; 10] = [25832, 25833, 4647, 5650, 5649, 31466, 31467, 31468, 31469, 28992];

fn suspect(code: u32, east: f64, north: f64) -> Option<u32> {
    let fits =
        |candidate: u32, x: f64, y: f64| area_of(candidate).is_ok_and(|area| contains(&area, x, y, 0.0));
    if fits(code, north, east) {
        return Some(code);
    }
    // Small numbers are degrees only if they are so in the right part of the world; else they are local metres.
    let as_degrees = |longitude: f64, latitude: f64| {
        area_of(code).is_ok_and(|area| within_bounds(&area, longitude, latitude, TOLERANCE_M))
    };
    if as_degrees(east, north) || as_degrees(north, east) {
        return (code != CRS84.horizontal).then_some(CRS84.horizontal);
    }
    let found = CANDIDATES.into_iter().find(|other| *other != code && fits(*other, east, north));
    // Degrees with latitude first have turned metres round that were none of theirs.
    let turned = || CANDIDATES.into_iter().find(|other| fits(*other, north, east));
    found.or_else(|| if register::is_geographic(code) { turned() } else { None })
}

fn area_of(code: u32) -> Result<Rc<Area>, CrsError> {
    if let Some(area) = AREAS.with_borrow(|areas| areas.get(&code).cloned()) {
        return Ok(area);
    }
    let usage = transform::definition(code)?.area_of_use().ok().and_then(|(area, _)| area);
    let bounds = usage.map(|area| [area.west, area.south, area.east, area.north]);
    let to_degrees = Transformer::new(&Crs { horizontal: code, ..CRS84 }, &CRS84)?;
    let area = Rc::new(Area { to_degrees, bounds });
    AREAS.with_borrow_mut(|areas| areas.insert(code, Rc::clone(&area)));
    Ok(area)
}

fn contains(area: &Area, east: f64, north: f64, tolerance_m: f64) -> bool {
    let mut point = [[east, north]];
    if area.to_degrees.convert_2d(&mut point).is_err() {
        return false;
    }
    within_bounds(area, point[0][0], point[0][1], tolerance_m)
}

fn within_bounds(area: &Area, longitude: f64, latitude: f64, tolerance_m: f64) -> bool {
    if !(longitude.abs() <= 360.0 && latitude.abs() <= 90.0) {
        return false;
    }
    let Some([west, south, east, north]) = area.bounds else {
        return true;
    };
    let margin = tolerance_m / METRES_PER_DEGREE;
    let margin_east = margin / latitude.to_radians().cos().max(0.05);
    let width = (east - west).rem_euclid(360.0);
    let width = if width == 0.0 && east > west { 360.0 } else { width };
    let offset = (longitude - west + margin_east).rem_euclid(360.0);
    let within_width = width + 2.0 * margin_east >= 360.0 || offset <= width + 2.0 * margin_east;
    within_width && latitude >= south - margin && latitude <= north + margin
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::VerticalCrs;

    fn crs(horizontal: u32) -> Crs {
        Crs { horizontal, ..CRS84 }
    }

    #[test]
    fn points_in_place_pass() {
        let cases = [
            (25832, 690_000.0, 5_347_000.0),
            // Upper Bavaria in zone 33, 100 km beyond the zone's western edge.
            (25833, 250_000.0, 5_347_000.0),
            (4647, 32_690_000.0, 5_347_000.0),
            (31468, 4_475_000.0, 5_346_000.0),
            (28992, 80_000.0, 455_000.0),
            (27700, 530_000.0, 180_000.0),
            (3946, 1_842_000.0, 5_176_000.0),
            (6668, 140.1, 36.08),
            (4326, 179.9, -17.0),
            (32755, 320_000.0, 5_812_000.0),
            (4167, -176.5, -44.0),
            (3068, 24_800.0, 20_900.0),
        ];
        for (code, east, north) in cases {
            assert_eq!(check_area(&crs(code), [east, north, 0.0]), Ok(()), "{code}");
        }
    }

    #[test]
    fn points_far_away_name_the_crs_they_fit() {
        let cases = [
            (25832, 4_470_000.0, 5_346_000.0, Some(31468)),
            (25832, 3_470_000.0, 5_546_000.0, Some(31467)),
            (31468, 690_000.0, 5_347_000.0, Some(25832)),
            (25832, 32_690_000.0, 5_347_000.0, Some(4647)),
            (25833, 33_390_000.0, 5_800_000.0, Some(5650)),
            (4326, 696_713.0, 5_347_482.0, Some(25832)),
            (4326, 5_347_482.0, 696_713.0, Some(25832)),
            (25832, 11.65, 48.25, Some(4326)),
            (4258, 48.25, 11.65, Some(4258)),
            (6668, 36.08, 140.1, Some(6668)),
            (25832, 5_347_482.0, 696_713.0, Some(25832)),
            (25832, 0.0, 0.0, None),
            (25832, f64::NAN, 5e6, None),
            (25832, 1e300, -1e300, None),
        ];
        for (code, east, north, expected) in cases {
            match check_area(&crs(code), [east, north, 0.0]) {
                Err(CrsError::OutOfArea { suspected, .. }) => {
                    assert_eq!(suspected, expected, "{code} {east} {north}")
                }
                other => panic!("{code} {east} {north}: {other:?}"),
            }
        }
        let message = check_area(&crs(25832), [4_470_000.0, 5_346_000.0, 0.0]).unwrap_err().to_string();
        assert!(message.contains("--crs EPSG:31468"), "{message}");
    }

    #[test]
    fn data_are_stored_in_metres() {
        let cases = [
            (25832, [690_000.0, 5_347_000.0], 25832),
            (31468, [4_475_000.0, 5_346_000.0], 31468),
            (6668, [140.1, 36.08], 6691),
            (4326, [11.65, 48.25], 32632),
            (4326, [144.96, -37.81], 32755),
            (4258, [13.4, 52.5], 25833),
            (4258, [-17.0, 65.0], 25828),
            (4269, [-77.0, 38.8], 26918),
            (4326, [180.0, 0.0], 32601),
        ];
        for (source, [east, north], expected) in cases {
            let found = storage_crs_for(
                &Crs { vertical: VerticalCrs::Epsg(6695), north_first: true, ..crs(source) },
                [east, north, 1.0],
            );
            let expected =
                Crs { horizontal: expected, vertical: VerticalCrs::Epsg(6695), north_first: false };
            assert_eq!(found, Ok(expected));
        }
        assert!(storage_crs_for(&CRS84, [690_000.0, 5_347_000.0, 0.0]).is_err());
        assert!(storage_crs_for(&CRS84, [f64::NAN, 0.0, 0.0]).is_err());
        assert!(storage_crs_for(&crs(23632), [1.0, 1.0, 0.0]).is_err());
    }
}
