//! URIs of coordinate reference systems, as answers name them.

use stadtwin_model::{Crs, VerticalCrs};

/// Longitude, latitude; the spelling that OGC API Features asks for.
pub const CRS84_URI: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
/// The same with heights in metres above the ellipsoid. OGC knows it in version 0 alone.
pub const CRS84H_URI: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84h";

/// `http://www.opengis.net/def/crs/EPSG/0/…`.
pub fn epsg_uri(code: u32) -> String {
    format!("http://www.opengis.net/def/crs/EPSG/0/{code}")
}

/// One URI, or those of a horizontal and of a vertical system that have none together. Heights whose system has no name
/// are not told; see [`has_named_heights`].
pub fn crs_uris(crs: &Crs) -> Vec<String> {
    let is_lonlat = crs.horizontal == 4326 && !crs.north_first;
    let horizontal = || if is_lonlat { CRS84_URI.to_owned() } else { epsg_uri(crs.horizontal) };
    match crs.vertical {
        VerticalCrs::Epsg(vertical) => vec![horizontal(), epsg_uri(vertical)],
        VerticalCrs::Ellipsoidal if is_lonlat => vec![CRS84H_URI.to_owned()],
        VerticalCrs::Ellipsoidal if crs.horizontal == 4326 => vec![epsg_uri(4979)],
        VerticalCrs::Ellipsoidal | VerticalCrs::Unknown => vec![horizontal()],
    }
}

/// The same as one URI: a compound one (OGC 09-048r5) for a pair.
pub fn crs_uri(crs: &Crs) -> String {
    match crs_uris(crs).as_slice() {
        [horizontal, vertical] => compound_uri(horizontal, vertical),
        single => single.concat(),
    }
}

/// The URI of a pair.
pub fn compound_uri(horizontal: &str, vertical: &str) -> String {
    format!("http://www.opengis.net/def/crs-compound?1={horizontal}&2={vertical}")
}

/// Whether the URIs of a CRS say what its heights are.
pub fn has_named_heights(crs: &Crs) -> bool {
    match crs.vertical {
        VerticalCrs::Epsg(_) => true,
        VerticalCrs::Ellipsoidal => crs.horizontal == 4326,
        VerticalCrs::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_crs_uri;

    /// Every URI is read as what it was written for.
    #[test]
    fn uris_name_what_they_are_read_as() {
        let epsg = |vertical| VerticalCrs::Epsg(vertical);
        for (horizontal, vertical, north_first, uri) in [
            (25832, VerticalCrs::Unknown, false, "http://www.opengis.net/def/crs/EPSG/0/25832"),
            (
                25832,
                epsg(7837),
                false,
                "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832&2=http://www.opengis.net/def/crs/EPSG/0/7837",
            ),
            (
                4258,
                epsg(7837),
                true,
                "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/4258&2=http://www.opengis.net/def/crs/EPSG/0/7837",
            ),
            (4326, VerticalCrs::Unknown, false, "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
            (
                4326,
                epsg(7837),
                false,
                "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/OGC/1.3/CRS84&2=http://www.opengis.net/def/crs/EPSG/0/7837",
            ),
            (4326, VerticalCrs::Ellipsoidal, false, "http://www.opengis.net/def/crs/OGC/0/CRS84h"),
            (4326, VerticalCrs::Ellipsoidal, true, "http://www.opengis.net/def/crs/EPSG/0/4979"),
        ] {
            let crs = Crs { horizontal, vertical, north_first };
            assert_eq!(crs_uri(&crs), uri);
            assert_eq!(parse_crs_uri(uri).unwrap(), crs, "{uri}");
            assert_eq!(has_named_heights(&crs), vertical != VerticalCrs::Unknown);
        }
    }
}
