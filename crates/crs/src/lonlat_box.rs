//! A box in longitude and latitude: from text to rings in another CRS.

use super::{CrsError, HeightModel, Transformer, ring_of_box};

/// Room around the extent when a box is cut to it [°].
const MARGIN_DEG: f64 = 0.01;

/// Checked numbers of a box in CRS84; west may be greater than east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LonLatBox {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
    /// Ellipsoidal [m].
    pub heights_m: Option<[f64; 2]>,
}

impl std::str::FromStr for LonLatBox {
    /// What is wrong with it.
    type Err = &'static str;

    /// `west,south,east,north`, or with the lowest and highest height as third and sixth number.
    fn from_str(text: &str) -> Result<LonLatBox, &'static str> {
        let numbers: Option<Vec<f64>> =
            text.split(',').take(7).map(|part| part.trim().parse().ok()).collect();
        let numbers = numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite()));
        let parsed = match numbers.ok_or("one of them is no number")?[..] {
            [west, south, east, north] => LonLatBox { west, south, east, north, heights_m: None },
            [west, south, low, east, north, high] => {
                LonLatBox { west, south, east, north, heights_m: Some([low, high]) }
            }
            _ => return Err("their count is wrong"),
        };
        if parsed.south > parsed.north {
            return Err("south is above north");
        }
        if parsed.heights_m.is_some_and(|[low, high]| low > high) {
            return Err("the lowest is above the highest");
        }
        if parsed.south < -90.0
            || parsed.north > 90.0
            || parsed.west.abs() > 360.0
            || parsed.east.abs() > 360.0
        {
            return Err("degrees are out of range");
        }
        Ok(parsed)
    }
}

impl LonLatBox {
    /// One box, or two where the antimeridian is crossed: `[west, south, east, north]`.
    fn parts(&self) -> Vec<[f64; 4]> {
        if self.west > self.east {
            vec![[self.west, self.south, 180.0, self.north], [-180.0, self.south, self.east, self.north]]
        } else {
            vec![[self.west, self.south, self.east, self.north]]
        }
    }

    /// Closed rings in the CRS that `from_lonlat` leads to, cut to the extent of the data: projections are of no use
    /// far outside of it.
    pub fn rings(
        &self,
        extent: Option<[f64; 4]>,
        from_lonlat: &Transformer,
    ) -> Result<Vec<Vec<[f64; 2]>>, CrsError> {
        let cut = |part: [f64; 4]| {
            let [west, south, east, north] = extent?;
            let [w, s, e, n] = [
                part[0].max(west - MARGIN_DEG),
                part[1].max(south - MARGIN_DEG),
                part[2].min(east + MARGIN_DEG),
                part[3].min(north + MARGIN_DEG),
            ];
            (w <= e && s <= n).then_some([w, s, e, n])
        };
        self.parts().into_iter().filter_map(cut).map(|part| ring_of_box(part, from_lonlat)).collect()
    }

    /// Above the geoid, as the storage keeps heights; the distance from the ellipsoid varies by decimetres over a city.
    pub fn heights_above_geoid(&self, extent: Option<[f64; 4]>, heights: &HeightModel) -> Option<[f64; 2]> {
        let [low, high] = self.heights_m?;
        let undulation_m = extent
            .and_then(|[west, south, east, north]| {
                heights.undulation_m((west + east) / 2.0, (south + north) / 2.0)
            })
            .unwrap_or(0.0);
        Some([low - undulation_m, high - undulation_m])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, parts: Option<&[[f64; 4]]>, heights_m: Option<[f64; 2]>) {
        let parsed = text.parse::<LonLatBox>().ok();
        assert_eq!(parsed.map(|parsed| parsed.parts()).as_deref(), parts, "{text}");
        assert_eq!(parsed.and_then(|parsed| parsed.heights_m), heights_m, "{text}");
    }

    #[test]
    fn boxes_of_four_and_six_numbers() {
        check("11,48,12,49", Some(&[[11.0, 48.0, 12.0, 49.0]]), None);
        check("-1.5,50.0,1.5,53.0", Some(&[[-1.5, 50.0, 1.5, 53.0]]), None);
        check("11,48,400,12,49,500.5", Some(&[[11.0, 48.0, 12.0, 49.0]]), Some([400.0, 500.5]));
        check("177,65,-177,70", Some(&[[177.0, 65.0, 180.0, 70.0], [-180.0, 65.0, -177.0, 70.0]]), None);
        check("-180,-90,180,-85", Some(&[[-180.0, -90.0, 180.0, -85.0]]), None);
        for text in
            ["", "1,2,3", "1,2,3,4,5", "1,2,3,x", "1,2,3,NaN", "11,49,12,48", "0,0,9,1,1,2", "1,2,3,95"]
        {
            check(text, None, None);
        }
    }
}
