//! The coordinate reference system and units that GeoKeys name.

use super::header::Tiff;
use stadtwin_crs::{crs_of_title, parse_srs_name};
use stadtwin_model::{Crs, VerticalCrs};
use tiff::tags::Tag;

const MODEL_TYPE: u16 = 1024;
const CITATION: u16 = 1026;
const GEODETIC_CRS: u16 = 2048;
const PROJECTED_CRS: u16 = 3072;
const PROJECTED_CITATION: u16 = 3073;
const VERTICAL_CRS: u16 = 4096;
const VERTICAL_CITATION: u16 = 4097;
const VERTICAL_UNITS: u16 = 4099;
/// "Defined in the file itself."
const USER_DEFINED: u16 = 32767;

/// `None` where the keys name no system of the EPSG register.
pub(super) fn crs(tiff: &mut Tiff) -> Option<Crs> {
    let keys = Keys::of(tiff);
    let code = match keys.number(MODEL_TYPE) {
        Some(2) => keys.code(GEODETIC_CRS),
        _ => keys.code(PROJECTED_CRS),
    };
    let horizontal = match code {
        Some(code) => parse_srs_name(&format!("EPSG:{code}")).ok()?,
        None => [PROJECTED_CITATION, CITATION].iter().find_map(|key| {
            keys.text(*key)?.split(['|', '+', '=']).find_map(|title| crs_of_title(title.trim()))
        })?,
    };
    Some(Crs { vertical: keys.vertical(&horizontal), ..horizontal })
}

/// Metres in a unit of height; 1 where the keys say nothing else.
pub(super) fn metres_per_unit(tiff: &mut Tiff) -> f64 {
    match Keys::of(tiff).number(VERTICAL_UNITS) {
        Some(9002) => 0.3048,
        Some(9003) => 1200.0 / 3937.0,
        _ => 1.0,
    }
}

/// Scale and offset of heights, where the tie point and the pixel scale have them and a vertical system is named.
pub(super) fn vertical_scale(tiff: &mut Tiff) -> Option<(f64, f64)> {
    Keys::of(tiff).code(VERTICAL_CRS)?;
    let scale = *tiff.doubles(Tag::ModelPixelScaleTag)?.get(2)?;
    let tie = tiff.doubles(Tag::ModelTiepointTag)?;
    (scale != 0.0).then_some((scale, tie.get(5)? - tie.get(2)? * scale))
}

struct Keys {
    directory: Vec<u16>,
    text: String,
}

impl Keys {
    fn of(tiff: &mut Tiff) -> Keys {
        Keys {
            directory: tiff.shorts(Tag::GeoKeyDirectoryTag).unwrap_or_default(),
            text: tiff.text(Tag::GeoAsciiParamsTag).unwrap_or_default(),
        }
    }

    /// Key, place of its value (0: here), count, value.
    fn entry(&self, key: u16) -> Option<[u16; 4]> {
        let entries = self.directory.chunks_exact(4).skip(1);
        entries.filter_map(|entry| <[u16; 4]>::try_from(entry).ok()).find(|entry| entry[0] == key)
    }

    fn number(&self, key: u16) -> Option<u16> {
        self.entry(key).filter(|entry| entry[1] == 0).map(|entry| entry[3])
    }

    fn code(&self, key: u16) -> Option<u16> {
        self.number(key).filter(|code| *code != USER_DEFINED && *code >= 1024)
    }

    fn text(&self, key: u16) -> Option<&str> {
        let [_, _, count, start] = self.entry(key).filter(|entry| entry[1] == 34737)?;
        let start = usize::from(start);
        self.text.get(start..start + usize::from(count)).map(|text| text.trim_matches(['\0', '|', ' ']))
    }

    fn vertical(&self, horizontal: &Crs) -> VerticalCrs {
        if let Some(code) = self.code(VERTICAL_CRS) {
            let name = format!("EPSG:{}+{code}", horizontal.horizontal);
            return parse_srs_name(&name).map_or(VerticalCrs::Unknown, |crs| crs.vertical);
        }
        let cited = self.text(VERTICAL_CITATION).and_then(stadtwin_crs::vertical_of_title);
        cited.unwrap_or(horizontal.vertical)
    }
}
