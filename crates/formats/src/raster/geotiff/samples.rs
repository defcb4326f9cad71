//! From the numbers of a file to heights in metres, with NaN for those that stand for nothing.

use super::geokeys;
use super::header::Tiff;
use crate::FormatError;
use crate::raster::heights::{ABSURD, CUSTOMARY};
use tiff::decoder::DecodingResult;
use tiff::tags::Tag;

const GDAL_METADATA: Tag = Tag::Unknown(42112);
/// What numbers in the file mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decoding {
    nodata: Vec<f64>,
    scale: f64,
    offset: f64,
}

impl Decoding {
    pub fn of(tiff: &mut Tiff) -> Result<Decoding, FormatError> {
        let text = tiff.text(Tag::GdalNodata);
        let nodata = match text.as_deref().map(|text| (text, nodata_of(text))) {
            None => CUSTOMARY.to_vec(),
            Some((_, Some(value))) => vec![value],
            Some((text, None)) => {
                return Err(tiff.refuse(format!(
                    "its value for \"no data\" (tag 42113) is {text:?}, which is no number"
                )));
            }
        };
        let metadata = tiff.text(GDAL_METADATA).unwrap_or_default();
        let metres = geokeys::metres_per_unit(tiff);
        // With a vertical system, GDAL writes the scale of heights as the third of the pixel scale.
        let (third, tied) = geokeys::vertical_scale(tiff).unwrap_or((1.0, 0.0));
        let scale = item(&metadata, "scale").unwrap_or(third) * metres;
        let offset = item(&metadata, "offset").unwrap_or(tied) * metres;
        if !scale.is_finite() || !offset.is_finite() || scale == 0.0 {
            return Err(
                tiff.refuse(format!("its scale {scale} and offset {offset} (tag 42112) make no heights"))
            );
        }
        Ok(Decoding { nodata, scale, offset })
    }

    /// The first of `bands` interleaved samples each.
    pub fn heights(&self, decoded: DecodingResult, bands: usize) -> Option<Vec<f32>> {
        Some(match decoded {
            DecodingResult::F32(values) => self.floats(first_band(values, bands)),
            DecodingResult::F64(values) => self.convert(&values, bands, |value| value),
            DecodingResult::I16(values) => self.convert(&values, bands, f64::from),
            DecodingResult::U16(values) => self.convert(&values, bands, f64::from),
            DecodingResult::I32(values) => self.convert(&values, bands, f64::from),
            DecodingResult::U32(values) => self.convert(&values, bands, f64::from),
            _ => return None,
        })
    }

    /// In place: most terrain comes this way.
    fn floats(&self, mut values: Vec<f32>) -> Vec<f32> {
        for nodata in self.nodata.iter().map(|value| *value as f32) {
            values.iter_mut().for_each(|value| *value = if *value == nodata { f32::NAN } else { *value });
        }
        let (scale, offset) = (self.scale, self.offset);
        if scale != 1.0 || offset != 0.0 {
            values.iter_mut().for_each(|value| *value = (f64::from(*value) * scale + offset) as f32);
        }
        values
            .iter_mut()
            .for_each(|value| *value = if value.abs() < ABSURD as f32 { *value } else { f32::NAN });
        values
    }

    fn convert<T: Copy>(&self, values: &[T], bands: usize, number: impl Fn(T) -> f64) -> Vec<f32> {
        let height = |value: &T| {
            let value = number(*value);
            let height = (value * self.scale + self.offset) as f32;
            let known = !self.nodata.contains(&value) && height.abs() < ABSURD as f32;
            if known { height } else { f32::NAN }
        };
        values.iter().step_by(bands.max(1)).map(height).collect()
    }
}

fn first_band(values: Vec<f32>, bands: usize) -> Vec<f32> {
    if bands <= 1 { values } else { values.into_iter().step_by(bands).collect() }
}

/// Numbers as GDAL and others write them: ` -9999 `, `nan`, `-3.4e+38`, with or without NUL at the end.
fn nodata_of(text: &str) -> Option<f64> {
    let text = text.trim_matches(|sign: char| sign == '\0' || sign.is_whitespace());
    if text.is_empty() || text.eq_ignore_ascii_case("none") {
        return Some(f64::NAN);
    }
    if text.to_ascii_lowercase().contains("nan") { Some(f64::NAN) } else { text.parse().ok() }
}

/// The number of `<Item name="SCALE" sample="0" role="scale">0.01</Item>` in GDAL's metadata.
fn item(metadata: &str, role: &str) -> Option<f64> {
    let role = format!("role=\"{role}\"");
    metadata.split("<Item ").skip(1).find_map(|item| {
        let (attributes, rest) = item.split_once('>')?;
        let first_band = !attributes.contains("sample=") || attributes.contains("sample=\"0\"");
        let value = rest.split_once('<')?.0.trim().parse().ok();
        if first_band && attributes.contains(&role) { value } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_nothing_is_understood() {
        for (text, expected) in [
            ("-9999", Some(-9999.0)),
            (" -9999 \0", Some(-9999.0)),
            ("-9999.000\0\0", Some(-9999.0)),
            ("-3.4028234663852886e+38", Some(-3.4028234663852886e38)),
            ("1e20", Some(1e20)),
            ("9 999", None),
            ("minus", None),
        ] {
            assert_eq!(nodata_of(text), expected, "{text:?}");
        }
        for text in ["nan", "NaN", "-nan", "1.#QNAN", "", "\0", "None"] {
            assert!(nodata_of(text).is_some_and(f64::is_nan), "{text:?}");
        }
    }

    #[test]
    fn numbers_that_stand_for_nothing_become_nan() {
        let with = |nodata: Vec<f64>| Decoding { nodata, scale: 1.0, offset: 0.0 };
        let lowest = f32::MIN;
        for (nodata, value, known) in [
            (vec![-9999.0], -9999.0, false),
            (vec![-9999.0], -9998.0, true),
            // The text has fewer digits than the number.
            (vec![-3.4e38], lowest, false),
            (vec![0.1], 0.1, false),
            (vec![f64::NAN], f32::INFINITY, false),
            (vec![f64::NAN], f32::NAN, false),
            (vec![f64::NAN], 0.0, true),
            (CUSTOMARY.to_vec(), -32768.0, false),
        ] {
            let heights = with(nodata.clone()).heights(DecodingResult::F32(vec![value]), 1).unwrap();
            assert_eq!(!heights[0].is_nan(), known, "{nodata:?} {value}");
        }
        let heights = with(vec![65535.0]).heights(DecodingResult::U16(vec![65535, 7, 1, 2]), 2).unwrap();
        assert!(heights[0].is_nan() && heights[1] == 1.0 && heights.len() == 2);
    }

    #[test]
    fn scale_and_offset_of_the_first_band_count() {
        let metadata = concat!(
            "<GDALMetadata>\n  <Item name=\"SCALE\" sample=\"1\" role=\"scale\">7</Item>\n",
            "  <Item name=\"SCALE\" sample=\"0\" role=\"scale\">0.01</Item>\n</GDALMetadata>"
        );
        assert_eq!((item(metadata, "scale"), item(metadata, "offset")), (Some(0.01), None));
    }
}
