//! Points from one CRS into another with PROJ, heights untouched.

use std::cell::RefCell;

use proj::Proj;

use super::CrsError;
use stadtwin_model::Crs;

/// How many points go to PROJ at once: enough to make the call cheap, few enough to stay in the cache.
const CHUNK: usize = 512;

/// Converts points between two CRS; belongs to one thread, as PROJ's objects do.
pub struct Transformer {
    from: u32,
    to: u32,
    /// `None` when both ends are the same system.
    proj: Option<Proj>,
    buffer: RefCell<Vec<(f64, f64)>>,
}

impl Transformer {
    /// Looks the way from one CRS to the other up in PROJ (milliseconds: keep it).
    pub fn new(from: &Crs, to: &Crs) -> Result<Transformer, CrsError> {
        let (from, to) = (from.horizontal, to.horizontal);
        let proj = if from == to { None } else { Some(open(from, to)?) };
        Ok(Transformer { from, to, proj, buffer: RefCell::default() })
    }

    /// True when points come out as they go in.
    pub fn is_identity(&self) -> bool {
        self.proj.is_none()
    }

    /// `[east, north, up]` in place; up stays. On an error the points are partly converted.
    pub fn convert(&self, points: &mut [[f64; 3]]) -> Result<(), CrsError> {
        self.convert_any(points)
    }

    /// `[east, north]` in place. On an error the points are partly converted.
    pub fn convert_2d(&self, points: &mut [[f64; 2]]) -> Result<(), CrsError> {
        self.convert_any(points)
    }

    fn convert_any<const N: usize>(&self, points: &mut [[f64; N]]) -> Result<(), CrsError> {
        if let Some(bad) = points.iter().find(|point| point.iter().any(|value| !value.is_finite())) {
            return Err(self.error(bad[0], bad[1]));
        }
        let Some(proj) = &self.proj else {
            return Ok(());
        };
        let mut buffer = self.buffer.borrow_mut();
        for chunk in points.chunks_mut(CHUNK) {
            buffer.clear();
            buffer.extend(chunk.iter().map(|point| (point[0], point[1])));
            let converted = proj.convert_array(&mut buffer).is_ok();
            let bad = buffer.iter().position(|(x, y)| !converted || !x.is_finite() || !y.is_finite());
            if let Some(bad) = bad.and_then(|index| chunk.get(index)) {
                return Err(self.error(bad[0], bad[1]));
            }
            for (point, (x, y)) in chunk.iter_mut().zip(buffer.iter()) {
                (point[0], point[1]) = (*x, *y);
            }
        }
        Ok(())
    }

    fn error(&self, x: f64, y: f64) -> CrsError {
        CrsError::Projection { from: self.from, to: self.to, x, y }
    }
}

/// Both ends east first, whatever the definitions say.
fn open(from: u32, to: u32) -> Result<Proj, CrsError> {
    // Asked one by one first, so that the message names the code that PROJ does not know.
    for code in [from, to] {
        definition(code)?;
    }
    Proj::new_known_crs(&format!("EPSG:{from}"), &format!("EPSG:{to}"), None).map_err(|error| {
        CrsError::Unsupported { code: from, reason: format!("there is no way to EPSG:{to} ({error})") }
    })
}

/// PROJ's own object for a code, good for questions about it.
pub(super) fn definition(code: u32) -> Result<Proj, CrsError> {
    Proj::new(&format!("EPSG:{code}"))
        .map_err(|_| CrsError::Unsupported { code, reason: "PROJ does not know it".to_owned() })
}

/// Whether PROJ finds the German datum grid BETA2007, without which GK coordinates are off by 0.2 m and more.
pub fn datum_grid_found() -> bool {
    let crs = |horizontal| Crs { horizontal, ..super::CRS84 };
    let mut point = [[4_475_000.0, 5_346_000.0]];
    Transformer::new(&crs(31468), &crs(25832))
        .and_then(|transformer| transformer.convert_2d(&mut point))
        .is_ok()
        && (point[0][0] - 697_591.782).abs() < 0.02
        && (point[0][1] - 5_347_674.702).abs() < 0.02
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CRS84;

    fn crs(horizontal: u32) -> Crs {
        Crs { horizontal, ..CRS84 }
    }

    fn converted(from: u32, to: u32, point: [f64; 2]) -> [f64; 2] {
        let mut points = [point];
        Transformer::new(&crs(from), &crs(to)).unwrap().convert_2d(&mut points).unwrap();
        points[0]
    }

    /// Expected: the worked examples of the German survey and PROJ's `cs2cs`.
    #[test]
    fn known_points_come_out_where_they_should() {
        let cases = [
            (31468, 25832, [4_475_000.0, 5_346_000.0], [697_591.782, 5_347_674.702], 0.01),
            (25832, 4326, [696_713.26, 5_347_482.34], [11.65, 48.25], 1e-7),
            (4326, 25832, [11.65, 48.25], [696_713.26, 5_347_482.34], 0.01),
            (4647, 25832, [32_696_713.26, 5_347_482.34], [696_713.26, 5_347_482.34], 0.001),
            // The origin of the Dutch grid: the tower of Our Lady in Amersfoort.
            (28992, 4326, [155_000.0, 463_000.0], [5.387_206, 52.155_174], 2e-5),
            // JGD2011 geographic to its own UTM zone 54: on the central meridian east is 500 km.
            (6668, 6691, [141.0, 0.0], [500_000.0, 0.0], 0.001),
        ];
        for (from, to, point, expected, tolerance) in cases {
            let found = converted(from, to, point);
            for axis in 0..2 {
                let off = (found[axis] - expected[axis]).abs();
                assert!(off <= tolerance, "{from} to {to}: {found:?} instead of {expected:?}");
            }
        }
    }

    #[test]
    fn the_way_through_the_storage_crs_ends_where_the_direct_way_does() {
        let point = [4_475_000.0, 5_346_000.0];
        let direct = converted(31468, 4326, point);
        let through = converted(25832, 4326, converted(31468, 25832, point));
        assert!(
            (direct[0] - through[0]).abs() < 2e-7 && (direct[1] - through[1]).abs() < 2e-7,
            "{direct:?} {through:?}"
        );
        assert!(datum_grid_found());
    }

    #[test]
    fn heights_stay_and_the_same_system_changes_nothing() {
        let mut points = vec![[696_713.26, 5_347_482.34, 480.0]; 2000];
        Transformer::new(&crs(25832), &CRS84).unwrap().convert(&mut points).unwrap();
        assert!(points.iter().all(|point| point[2] == 480.0 && (point[0] - 11.65).abs() < 1e-6));
        let same = Transformer::new(&crs(25832), &crs(25832)).unwrap();
        let mut points = [[1.0, 2.0, 3.0]];
        same.convert(&mut points).unwrap();
        assert_eq!((points, same.is_identity()), ([[1.0, 2.0, 3.0]], true));
    }

    #[test]
    fn bad_points_and_bad_codes_are_errors() {
        let transformer = Transformer::new(&crs(25832), &CRS84).unwrap();
        for bad in [[f64::NAN, 0.0], [0.0, f64::INFINITY], [1e300, 1e300], [1e12, 1e12]] {
            let mut points = [[696_713.26, 5_347_482.34], bad];
            assert!(
                matches!(transformer.convert_2d(&mut points), Err(CrsError::Projection { .. })),
                "{bad:?}"
            );
        }
        assert!(transformer.convert(&mut []).is_ok());
        for code in [23632, 5783 + 90_000, 1] {
            let error = Transformer::new(&crs(code), &CRS84).err();
            assert!(
                matches!(error, Some(CrsError::Unsupported { code: named, .. }) if named == code),
                "{error:?}"
            );
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4))]
        #[test]
        fn there_and_back_is_the_same_point(
            points in proptest::collection::vec([300_000.0..700_000.0f64, 5_250_000.0..6_050_000.0f64], 200)
        ) {
            for to in [4326, 31468, 25833, 4258, 3857] {
                let mut there = points.clone();
                Transformer::new(&crs(25832), &crs(to)).unwrap().convert_2d(&mut there).unwrap();
                Transformer::new(&crs(to), &crs(25832)).unwrap().convert_2d(&mut there).unwrap();
                for (back, point) in there.iter().zip(&points) {
                    let off = (back[0] - point[0]).abs().max((back[1] - point[1]).abs());
                    proptest::prop_assert!(off < 1e-3, "{to}: {back:?} {point:?}");
                }
            }
        }
    }
}
