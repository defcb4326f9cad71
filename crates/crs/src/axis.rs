//! Which projected systems are defined with north before east. Files and we ourselves put east first; URIs in requests
//! mean what the definition says.

use super::{CrsError, parse_user_crs, register};
use stadtwin_model::Crs;

/// The CRS of a request, by URI or code; `north_first` as its definition has it.
pub fn parse_crs_uri(text: &str) -> Result<Crs, CrsError> {
    let plain = text.trim().trim_start_matches('[').trim_end_matches(']');
    let crs = parse_user_crs(plain)?;
    Ok(Crs { north_first: crs.north_first || is_north_first(crs.horizontal), ..crs })
}

/// Degrees, not metres.
pub fn is_geographic(crs: &Crs) -> bool {
    register::is_geographic(crs.horizontal)
}

/// For projected systems.
fn is_north_first(code: u32) -> bool {
    NORTH_FIRST.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

/// First and last code of runs of projected systems; taken from PROJ 9.1's copy of the register (EPSG v10.076).
static NORTH_FIRST: &[(u32, u32)] = &[
    (2036, 2036),
    (2044, 2045),
    (2081, 2083),
    (2085, 2086),
    (2091, 2093),
    (2096, 2098),
    (2105, 2132),
    (2166, 2180),
    (2193, 2193),
    (2199, 2200),
    (2206, 2212),
    (2218, 2218),
    (2221, 2221),
    (2296, 2307),
    (2319, 2549),
    (2551, 2735),
    (2738, 2758),
    (2935, 2941),
    (2953, 2953),
    (3006, 3030),
    (3034, 3035),
    (3038, 3051),
    (3058, 3059),
    (3068, 3068),
    (3114, 3118),
    (3120, 3120),
    (3126, 3140),
    (3144, 3147),
    (3150, 3152),
    (3173, 3173),
    (3300, 3301),
    (3328, 3335),
    (3346, 3346),
    (3350, 3352),
    (3366, 3366),
    (3386, 3390),
    (3396, 3399),
    (3407, 3407),
    (3414, 3414),
    (3416, 3416),
    (3764, 3764),
    (3788, 3793),
    (3795, 3796),
    (3833, 3854),
    (3873, 3885),
    (3907, 3911),
    (4026, 4038),
    (4417, 4417),
    (4434, 4434),
    (4491, 4554),
    (4568, 4589),
    (4652, 4822),
    (4839, 4880),
    (5048, 5048),
    (5105, 5188),
    (5253, 5259),
    (5269, 5275),
    (5343, 5349),
    (5367, 5367),
    (5479, 5481),
    (5518, 5520),
    (5562, 5588),
    (5632, 5639),
    (5651, 5653),
    (6244, 6275),
    (6362, 6362),
    (6372, 6387),
    (6669, 6687),
    (6707, 6709),
    (6870, 6876),
    (6962, 6962),
    (7799, 7801),
    (7825, 7831),
    (8433, 8441),
    (9039, 9040),
    (9221, 9254),
    (9271, 9285),
    (9377, 9377),
    (9498, 9498),
    (9821, 9821),
    (9831, 9841),
    (9851, 9865),
    (9895, 9895),
    (20004, 20032),
    (20064, 20092),
    (20904, 20932),
    (21004, 21032),
    (21207, 21264),
    (21307, 21483),
    (21896, 21899),
    (22171, 22197),
    (22240, 22240),
    (25884, 25884),
    (27205, 27232),
    (27391, 27398),
    (27492, 27492),
    (28402, 28492),
    (29701, 29702),
    (30161, 30179),
    (30800, 30800),
    (31251, 31259),
    (31275, 31290),
    (31466, 31469),
    (31700, 31700),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: the axes that the EPSG register gives.
    #[test]
    fn requests_name_axes_as_they_are_defined() {
        let cases = [
            ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326, false),
            ("http://www.opengis.net/def/crs/EPSG/0/4326", 4326, true),
            ("http://www.opengis.net/def/crs/EPSG/0/4258", 4258, true),
            ("http://www.opengis.net/def/crs/EPSG/0/25832", 25832, false),
            ("http://www.opengis.net/def/crs/EPSG/0/3857", 3857, false),
            ("http://www.opengis.net/def/crs/EPSG/0/31468", 31468, true),
            ("[EPSG:3035]", 3035, true),
            ("25833", 25833, false),
        ];
        for (text, horizontal, north_first) in cases {
            let crs = parse_crs_uri(text).unwrap();
            assert_eq!((crs.horizontal, crs.north_first), (horizontal, north_first), "{text}");
        }
        assert!(parse_crs_uri("http://example.com/crs").is_err());
    }
}
