//! Which numbers are heights and which stand for nothing.

/// No height in any unit is as far from zero as this [m]; `-3.4e38` and its kin are.
pub(super) const ABSURD: f64 = 1e9;

/// What stands for "nothing known" where the file does not say so.
pub(super) const CUSTOMARY: [f64; 4] = [-9999.0, -99999.0, -32768.0, -32767.0];

/// NaN for what stands for nothing.
pub(super) fn height(value: f64, nodata: &[f64]) -> f32 {
    if nodata.contains(&value) || value.is_nan() || value.abs() >= ABSURD { f32::NAN } else { value as f32 }
}
