//! Heights as 15-bit numbers, on steps that all tiles share.

use super::FULL;

/// Heights that f32 holds exactly lie within so many steps of 0.
const F32_EXACT: f64 = 16_777_216.0;
/// 2^-13 m: finer steps would serve nobody.
const FINEST_EXPONENT: i32 = -13;

/// Heights of a tile are `lowest + number × step`, number ≤ 32767 [m].
///
/// The step is a power of two and `lowest` a multiple of it: two tiles round the same height to the same value, or, with different
/// steps, to values that differ by no more than half the larger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeightSteps {
    pub lowest_m: f64,
    pub step_m: f64,
}

impl HeightSteps {
    pub fn for_range(lowest_m: f64, highest_m: f64) -> HeightSteps {
        let farthest = lowest_m.abs().max(highest_m.abs());
        let fits = |step: f64| {
            let first = (lowest_m / step).floor();
            (highest_m / step).round() - first <= f64::from(FULL)
                // The header names the end of the range too.
                && farthest + f64::from(FULL) * step <= F32_EXACT * step
        };
        let exponent = (FINEST_EXPONENT..64).find(|exponent| fits(2f64.powi(*exponent))).unwrap_or(64);
        let step_m = 2f64.powi(exponent);
        HeightSteps { lowest_m: (lowest_m / step_m).floor() * step_m, step_m }
    }

    pub fn highest_m(&self) -> f64 {
        self.lowest_m + f64::from(FULL) * self.step_m
    }

    pub fn number(&self, height_m: f64) -> u16 {
        // Rounded on the steps from 0, which all tiles share, not from the lowest.
        let steps = (height_m / self.step_m).round() - self.lowest_m / self.step_m;
        steps.clamp(0.0, f64::from(FULL)) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_shared_and_exact() {
        // Hand: 565.1 to 573.9 m: 8.8 m in 32767 steps = 0.27 mm → 2^-11 m = 0.49 mm; 565.1 × 2048 = 1157324.8.
        let steps = HeightSteps::for_range(565.1, 573.9);
        assert_eq!((steps.step_m, steps.lowest_m), (2f64.powi(-11), 565.099_609_375));
        // 9,000 m in one tile: 0.27 m → 2^-1.
        assert_eq!(HeightSteps::for_range(-100.3, 8848.0).step_m, 0.5);
        for (low, high) in [(0.0, 0.0), (-430.5, 2.0), (8000.0, 8000.1), (565.1, 573.9), (-1e6, 1e6)] {
            let steps = HeightSteps::for_range(low, high);
            for end in [steps.lowest_m, steps.highest_m()] {
                assert_eq!(f64::from(end as f32), end);
            }
            for height in [low, high, low.midpoint(high)] {
                let back = steps.lowest_m + f64::from(steps.number(height)) * steps.step_m;
                assert!((back - height).abs() <= steps.step_m / 2.0);
            }
        }
    }
}
