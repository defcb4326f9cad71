//! srsName in all the ways that files write it.

use super::{CrsError, register};
use stadtwin_model::{Crs, VerticalCrs};

/// The CRS that a file's srsName means: URN, URL, `EPSG:…`, the German survey's `urn:adv:crs:…`, CRS84.
///
/// Geographic systems take the axis order of their definition (latitude first, all but CRS84); projected systems are
/// always east first, as files hold them whatever the definition says (31466–31469).
pub fn parse_srs_name(name: &str) -> Result<Crs, CrsError> {
    let unknown = || CrsError::Unknown { name: shorten(name) };
    let text = name.trim().to_ascii_lowercase();
    if text.starts_with('#') || text.len() > 300 {
        return Err(unknown());
    }
    if let Some(survey) = text.strip_prefix("urn:adv:crs:") {
        return parse_survey_name(survey).ok_or_else(unknown);
    }
    if let Some((horizontal, vertical)) = compound_parts(&text) {
        let crs = parse_srs_name(horizontal)?;
        let [code] = epsg_codes(vertical)[..] else { return Err(unknown()) };
        return Ok(Crs { vertical: vertical_from_code(code), ..crs });
    }
    if let Some(crs) = parse_ogc_name(&text) {
        return Ok(crs);
    }
    match epsg_codes(&text).as_slice() {
        [code] => from_code(*code),
        [horizontal, vertical] => {
            let crs = from_code(*horizontal)?;
            Ok(Crs { vertical: vertical_from_code(*vertical), ..crs })
        }
        _ => Err(unknown()),
    }
}

/// The CRS that a person means: `25832`, `EPSG:25832+7837`, or any srsName.
pub fn parse_user_crs(text: &str) -> Result<Crs, CrsError> {
    let trimmed = text.trim();
    if trimmed.starts_with(|first: char| first.is_ascii_digit()) {
        return parse_srs_name(&format!("EPSG:{trimmed}")).map_err(|error| match error {
            CrsError::Unknown { .. } => CrsError::Unknown { name: shorten(text) },
            other => other,
        });
    }
    parse_srs_name(trimmed)
}

/// Names go into messages: hold them to a readable length.
fn shorten(name: &str) -> String {
    match name.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Every EPSG code in the text, in order; versions (`6.12`, `0`) are none.
fn epsg_codes(text: &str) -> Vec<u32> {
    let mut codes = Vec::new();
    let mut seen_epsg = false;
    for part in text.split([',', '+', '&', ' ']) {
        let numbers = match part.rfind("epsg") {
            Some(start) => {
                seen_epsg = true;
                part.get(start + 4..).unwrap_or_default()
            }
            // "EPSG:25832+7837": what follows the plus needs no authority of its own.
            None if seen_epsg => part,
            None => continue,
        };
        let tokens = numbers.split([':', '/', '#', '=', '?']);
        codes.extend(
            tokens
                .filter_map(|token| token.parse::<u32>().ok())
                .filter(|code| (1024..1_000_000).contains(code)),
        );
    }
    codes
}

/// The two of `…/def/crs-compound?1=…&2=…` (OGC 09-048r5).
fn compound_parts(text: &str) -> Option<(&str, &str)> {
    let (_, query) = text.split_once("/def/crs-compound?")?;
    let (horizontal, vertical) = query.split_once('&')?;
    Some((horizontal.strip_prefix("1=")?, vertical.strip_prefix("2=")?))
}

/// OGC's own east-first systems.
fn parse_ogc_name(text: &str) -> Option<Crs> {
    let last = text.rsplit([':', '/', '#']).next()?;
    let (horizontal, vertical) = match last {
        "crs84" => (4326, VerticalCrs::Unknown),
        "crs84h" => (4326, VerticalCrs::Ellipsoidal),
        "crs83" => (4269, VerticalCrs::Unknown),
        "crs27" => (4267, VerticalCrs::Unknown),
        _ => return None,
    };
    Some(Crs { horizontal, vertical, north_first: false })
}

fn from_code(code: u32) -> Result<Crs, CrsError> {
    if register::GEOCENTRIC.binary_search(&code).is_ok() {
        let reason = "geocentric coordinates are not read".to_owned();
        return Err(CrsError::Unsupported { code, reason });
    }
    if register::VERTICAL.binary_search(&code).is_ok() {
        let reason = "it says what heights are, not where on the earth".to_owned();
        return Err(CrsError::Unsupported { code, reason });
    }
    let compound = register::COMPOUND.chunks_exact(3).find(|entry| entry.first() == Some(&code));
    if let Some(&[_, horizontal, vertical]) = compound {
        return Ok(horizontal_only(horizontal, VerticalCrs::Epsg(vertical)));
    }
    let spatial = register::GEOGRAPHIC_3D.chunks_exact(2).find(|entry| entry.first() == Some(&code));
    if let Some(&[_, horizontal]) = spatial {
        return Ok(horizontal_only(horizontal, VerticalCrs::Ellipsoidal));
    }
    Ok(horizontal_only(code, VerticalCrs::Unknown))
}

fn horizontal_only(horizontal: u32, vertical: VerticalCrs) -> Crs {
    Crs { horizontal, vertical, north_first: register::is_north_first(horizontal) }
}

/// Some writers put the datum's code where the CRS's belongs.
fn vertical_from_code(code: u32) -> VerticalCrs {
    VerticalCrs::Epsg(match code {
        5100 => 5714,
        5101 => 5701,
        5109 => 5709,
        5181 => 5783,
        1170 => 7837,
        _ => code,
    })
}

/// `ETRS89_UTM32*DE_DHHN2016_NH*GCG2016`, lower case: horizontal, height, geoid.
fn parse_survey_name(text: &str) -> Option<Crs> {
    let mut parts = text.split('*').map(str::trim);
    let (horizontal, own_height) = survey_horizontal(parts.next()?)?;
    let vertical = match parts.next() {
        None => own_height,
        Some(height) => survey_height(height),
    };
    Some(horizontal_only(horizontal, vertical))
}

fn survey_horizontal(name: &str) -> Option<(u32, VerticalCrs)> {
    let known = SURVEY_HORIZONTAL.iter().find(|(known, _)| *known == name);
    if let Some((_, code)) = known {
        return Some((*code, VerticalCrs::Unknown));
    }
    // "DE_DHDN_3GK2_NW101": realisations of one state, within a metre of the common system.
    let state = SURVEY_HORIZONTAL.iter().find(|(known, _)| {
        known.contains("3gk") && name.strip_prefix(known).is_some_and(|rest| rest.starts_with('_'))
    });
    match (state, name) {
        (Some((_, code)), _) => Some((*code, VerticalCrs::Unknown)),
        (None, "etrs89_lat-lon-h") => Some((4258, VerticalCrs::Ellipsoidal)),
        _ => None,
    }
}

/// Names of the German survey's registry (GeoInfoDok) → EPSG.
static SURVEY_HORIZONTAL: &[(&str, u32)] = &[
    ("etrs89_utm31", 25831),
    ("etrs89_utm32", 25832),
    ("etrs89_utm33", 25833),
    ("etrs89_zutm31", 5649),
    ("etrs89_zutm32", 4647),
    ("etrs89_zutm33", 5650),
    ("etrs89_lat-lon", 4258),
    ("wgs84_lat-lon", 4326),
    ("de_dhdn_3gk2", 31466),
    ("de_dhdn_3gk3", 31467),
    ("de_dhdn_3gk4", 31468),
    ("de_dhdn_3gk5", 31469),
    ("de_dhdn_lat-lon", 4314),
    ("de_42-83_3gk3", 2397),
    ("de_42-83_3gk4", 2398),
    ("de_42-83_3gk5", 2399),
    ("de_pd-83_3gk3", 3396),
    ("de_pd-83_3gk4", 3397),
    ("de_rd-83_3gk4", 3398),
    ("de_rd-83_3gk5", 3399),
    ("de_soldner-berlin", 3068),
];

/// `DE_DHN92_NH` is a common slip of the pen.
fn survey_height(name: &str) -> VerticalCrs {
    VerticalCrs::Epsg(match name {
        "de_dhhn2016_nh" | "de_dhn2016_nh" => 7837,
        "de_dhhn92_nh" | "de_dhn92_nh" => 5783,
        "de_dhhn85_noh" | "de_dhhn85_nh" => 5784,
        "de_dhhn12_noh" | "de_dhhn12_nh" => 7699,
        "de_snn76_nh" | "de_dhhn76_nh" => 5785,
        _ => return VerticalCrs::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: VerticalCrs = VerticalCrs::Unknown;
    const ELLIPSOIDAL: VerticalCrs = VerticalCrs::Ellipsoidal;

    const fn height(code: u32) -> VerticalCrs {
        VerticalCrs::Epsg(code)
    }

    /// All spellings met in published city models, then more of the same kinds.
    #[test]
    fn every_spelling_is_understood() {
        let cases = [
            ("EPSG:25832", 25832, UNKNOWN, false),
            ("EPSG:25833", 25833, UNKNOWN, false),
            ("EPSG:28992", 28992, UNKNOWN, false),
            ("EPSG:31467", 31467, UNKNOWN, false),
            ("EPSG:32632", 32632, UNKNOWN, false),
            ("EPSG:32755", 32755, UNKNOWN, false),
            ("EPSG:3946", 3946, UNKNOWN, false),
            ("EPSG:4979", 4326, ELLIPSOIDAL, true),
            ("EPSG:6668", 6668, UNKNOWN, true),
            ("http://www.opengis.net/def/crs/EPSG/0/4326", 4326, UNKNOWN, true),
            ("http://www.opengis.net/def/crs/EPSG/0/6697", 6668, height(6695), true),
            ("urn:adv:crs:DE_DHDN_3GK4*DE_DHHN92_NH", 31468, height(5783), false),
            ("urn:adv:crs:DE_DHDN_3GK4*DE_DHN92_NH", 31468, height(5783), false),
            ("urn:adv:crs:ETRS89_UTM32", 25832, UNKNOWN, false),
            ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH", 25832, height(7837), false),
            ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016", 25832, height(7837), false),
            ("urn:adv:crs:ETRS89_UTM32*DE_DHHN92_NH", 25832, height(5783), false),
            ("urn:adv:crs:ETRS89_UTM33*DE_DHHN2016_NH", 25833, height(7837), false),
            ("urn:ogc:def:crs,crs:EPSG:27700,crs:EPSG:5101", 27700, height(5701), false),
            ("urn:ogc:def:crs,crs:EPSG:31467", 31467, UNKNOWN, false),
            ("urn:ogc:def:crs,crs:EPSG:6.12:25832,crs:EPSG:6.12:5783", 25832, height(5783), false),
            ("urn:ogc:def:crs,crs:EPSG:6.12:25833,crs:EPSG:6.12:5783", 25833, height(5783), false),
            ("urn:ogc:def:crs,crs:EPSG:6.12:3068,crs:EPSG:6.12:5783", 3068, height(5783), false),
            ("urn:ogc:def:crs,crs:EPSG:6.12:31466,crs:EPSG:6.12:5783", 31466, height(5783), false),
            ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", 25832, height(5783), false),
            ("urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5109", 28992, height(5709), false),
            ("urn:ogc:def:crs,crs:EPSG::31466,crs:EPSG::5783", 31466, height(5783), false),
            ("urn:ogc:def:crs:EPSG:25832, crs:EPSG:5783", 25832, height(5783), false),
            ("urn:ogc:def:crs:EPSG::25833", 25833, UNKNOWN, false),
            ("urn:ogc:def:crs:EPSG::28992", 28992, UNKNOWN, false),
            ("urn:ogc:def:crs:EPSG::31256", 31256, UNKNOWN, false),
            ("urn:ogc:def:crs:EPSG::4326", 4326, UNKNOWN, true),
            ("https://www.opengis.net/def/crs/EPSG/0/7415", 28992, height(5709), false),
            ("urn:ogc:def:crs:EPSG::7415", 28992, height(5709), false),
            ("https://www.opengis.net/def/crs/EPSG/0/28992", 28992, UNKNOWN, false),
            ("https://www.opengis.net/def/crs/EPSG/0/2355", 2355, UNKNOWN, false),
            ("http://www.opengis.net/def/crs/EPSG/0/6677", 6677, UNKNOWN, false),
            ("http://www.opengis.net/def/crs/EPSG/6.12/3068", 3068, UNKNOWN, false),
            ("http://www.opengis.net/def/crs/EPSG/0/3068", 3068, UNKNOWN, false),
            // In no register; PROJ refuses it later.
            ("EPSG:23632", 23632, UNKNOWN, false),
            ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837", 25832, height(7837), false),
            (
                "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832&2=http://www.opengis.net/def/crs/EPSG/0/7837",
                25832,
                height(7837),
                false,
            ),
            (
                "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/OGC/1.3/CRS84&2=http://www.opengis.net/def/crs/EPSG/0/7837",
                4326,
                height(7837),
                false,
            ),
            ("EPSG:25832+7837", 25832, height(7837), false),
            ("EPSG:25832+EPSG:7837", 25832, height(7837), false),
            ("epsg:25832", 25832, UNKNOWN, false),
            ("  EPSG:25832\n", 25832, UNKNOWN, false),
            ("http://www.opengis.net/gml/srs/epsg.xml#25832", 25832, UNKNOWN, false),
            ("urn:x-ogc:def:crs:EPSG:6.9:31468", 31468, UNKNOWN, false),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326, UNKNOWN, false),
            ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326, UNKNOWN, false),
            ("http://www.opengis.net/def/crs/OGC/0/CRS84h", 4326, ELLIPSOIDAL, false),
            ("EPSG:5554", 25831, height(5783), false),
            ("EPSG:5555", 25832, height(5783), false),
            ("EPSG:5556", 25833, height(5783), false),
            ("EPSG:9286", 4258, height(5709), true),
            ("EPSG:9924", 4258, height(7837), true),
            ("EPSG:4258", 4258, UNKNOWN, true),
            ("EPSG:4937", 4258, ELLIPSOIDAL, true),
            ("urn:adv:crs:DE_DHDN_3GK2", 31466, UNKNOWN, false),
            ("urn:adv:crs:DE_DHDN_3GK3*DE_DHHN12_NOH", 31467, height(7699), false),
            ("urn:adv:crs:DE_DHDN_3GK5", 31469, UNKNOWN, false),
            ("urn:adv:crs:DE_DHDN_3GK2_NW101", 31466, UNKNOWN, false),
            ("urn:adv:crs:ETRS89_Lat-Lon-h", 4258, ELLIPSOIDAL, true),
        ];
        for (name, horizontal, vertical, north_first) in cases {
            assert_eq!(parse_srs_name(name), Ok(Crs { horizontal, vertical, north_first }), "{name}");
        }
    }

    #[test]
    fn people_may_leave_the_authority_out() {
        for (text, horizontal, vertical) in [
            ("25832", 25832, UNKNOWN),
            ("25832+7837", 25832, height(7837)),
            (" EPSG:5555 ", 25832, height(5783)),
        ] {
            assert_eq!(parse_user_crs(text), Ok(Crs { horizontal, vertical, north_first: false }), "{text}");
        }
    }

    #[test]
    fn what_names_no_crs_is_refused_with_its_text() {
        let long = "EPSG:".repeat(1000);
        let names = [
            "",
            " ",
            "#local-CRS-1",
            "EPSG:",
            "EPSG:abc",
            "EPSG:12",
            "EPSG:99999999999999999999",
            "urn:adv:crs:",
            "urn:adv:crs:MARS_UTM1",
            "ESRI:102100",
            "25832",
            "1+2+3",
            "EPSG:25832+5783+7837",
            "ÄÖÜ€\u{0}",
            long.as_str(),
        ];
        for name in names {
            match parse_srs_name(name) {
                Err(error @ CrsError::Unknown { .. }) => {
                    let message = error.to_string();
                    assert!(message.contains("--crs") && message.len() < 1200, "{message}");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        let message = parse_srs_name("#local-CRS-1").unwrap_err().to_string();
        assert!(message.contains("#local-CRS-1"), "{message}");
        assert!(matches!(parse_srs_name("EPSG:4978"), Err(CrsError::Unsupported { code: 4978, .. })));
        // A height system alone places nothing.
        for code in [7837, 5783, 3855] {
            let found = parse_user_crs(&code.to_string());
            assert!(
                matches!(found, Err(CrsError::Unsupported { code: named, .. }) if named == code),
                "{found:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}") {
            let _ = parse_srs_name(&text);
            let _ = parse_user_crs(&text);
        }
    }
}
