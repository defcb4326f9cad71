//! The vertex list: whole numbers or decimals, with a transform or without, as points.

use super::scan::{Broken, skip_space};
use crate::numbers::number;
use std::ops::Range;

/// Points reserved before the first is read.
const RESERVED: usize = 65_536;
/// A list with more bad vertices is none; each of three bytes would become a point of 24.
const MOST_BAD: u64 = 100_000;

/// Scale and translate of each axis.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
pub struct Transform {
    pub scale: [f64; 3],
    pub translate: [f64; 3],
}

impl Transform {
    pub const NONE: Transform = Transform { scale: [1.0; 3], translate: [0.0; 3] };

    pub fn is_finite(&self) -> bool {
        self.scale.iter().chain(&self.translate).all(|value| value.is_finite())
    }
}

/// One axis of a transform, so that a whole number becomes the decimal that it stands for: 78372116 steps of a
/// thousandth are 78372.116 and not the number beside it.
#[derive(Clone, Copy)]
enum Axis {
    /// Whole steps to the origin, and steps in a unit.
    Decimal {
        origin: f64,
        steps: f64,
    },
    Plain {
        scale: f64,
        translate: f64,
    },
}

impl Axis {
    fn new(scale: f64, translate: f64) -> Axis {
        let steps = (1.0 / scale).round();
        let origin = (translate * steps).round();
        let is_decimal = (scale * steps - 1.0).abs() < 1e-12
            && (1.0..=1e9).contains(&steps)
            && (translate * steps - origin).abs() < 1e-3
            && origin.abs() < 1e15;
        if is_decimal { Axis::Decimal { origin, steps } } else { Axis::Plain { scale, translate } }
    }

    fn apply(self, value: f64) -> f64 {
        match self {
            Axis::Decimal { origin, steps } if value.fract() == 0.0 => (value + origin) / steps,
            Axis::Decimal { origin, steps } => value / steps + origin / steps,
            Axis::Plain { scale, translate } => value * scale + translate,
        }
    }
}

/// Points, with NaN where a vertex is not three finite numbers, and how many such there are.
pub fn read(
    bytes: &[u8],
    value: Range<usize>,
    transform: &Transform,
) -> Result<(Vec<[f64; 3]>, u64), Broken> {
    let list = bytes.get(..value.end).unwrap_or(&[]);
    let mut at = skip_space(list, value.start);
    if list.get(at) != Some(&b'[') {
        return Err(Broken { offset: at, reason: "`vertices` is no array" });
    }
    let [sx, sy, sz] = transform.scale;
    let [tx, ty, tz] = transform.translate;
    let axes = [Axis::new(sx, tx), Axis::new(sy, ty), Axis::new(sz, tz)];
    let mut points = Vec::with_capacity((list.len() / 8).min(RESERVED));
    let mut bad = 0;
    at = skip_space(list, at + 1);
    while list.get(at) != Some(&b']') {
        let unclosed = Broken { offset: at, reason: "`vertices` does not hold arrays of three numbers" };
        let inner = list.get(at..).filter(|rest| rest.first() == Some(&b'[')).ok_or(unclosed)?;
        let length = memchr::memchr(b']', inner).ok_or(unclosed)?;
        points.push(vertex(inner.get(1..length).unwrap_or(&[]), &axes).unwrap_or_else(|| {
            bad += 1;
            [f64::NAN; 3]
        }));
        if bad > MOST_BAD {
            return Err(Broken {
                offset: at,
                reason: "`vertices` has more than 100,000 entries that are not three finite numbers; write each as `[x, y, z]`",
            });
        }
        at = skip_space(list, at + length + 1);
        if list.get(at) == Some(&b',') {
            at = skip_space(list, at + 1);
        } else if list.get(at) != Some(&b']') {
            return Err(unclosed);
        }
    }
    Ok((points, bad))
}

fn vertex(text: &[u8], [x, y, z]: &[Axis; 3]) -> Option<[f64; 3]> {
    let mut numbers = text.split(|byte| *byte == b',').map(|token| number(token.trim_ascii()));
    let point = [x.apply(numbers.next()??), y.apply(numbers.next()??), z.apply(numbers.next()??)];
    (numbers.next().is_none() && point.iter().all(|value| value.is_finite())).then_some(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_become_the_decimals_they_stand_for() {
        let transform = Transform { scale: [0.001, 0.01, 0.3], translate: [78612.16900000001, -5.0, 1.0] };
        let json = b"[[-1,7,2]]";
        let (points, _) = read(json, 0..json.len(), &transform).unwrap();
        assert_eq!(points, [[78612.168, -4.93, 1.6]]);
    }

    #[test]
    fn bad_vertices_are_counted_and_keep_their_place() {
        let json = b"[[1,2,3], [1e400,0,0],[1.5 , -2,\n3e1],[1,2],[\"a\",0,0],[NaN,1,1]]";
        let transform = Transform { scale: [0.5; 3], translate: [10.0, 0.0, 0.0] };
        let (points, bad) = read(json, 0..json.len(), &transform).unwrap();
        assert_eq!((points[0], points[2], points.len(), bad), ([10.5, 1.0, 1.5], [10.75, -1.0, 15.0], 6, 4));
        assert!(points[1].iter().chain(&points[5]).all(|value| value.is_nan()));
        for broken in ["{}", "[1,2,3]", "[[1,2,3] [4,5,6]]", "[[1,2,3"] {
            assert!(read(broken.as_bytes(), 0..broken.len(), &transform).is_err(), "{broken}");
        }
    }

    #[test]
    fn brackets_alone_are_no_vertices_and_reserve_nothing() {
        let list = |count: usize| format!("[{}[1,2,3]]", "[],".repeat(count)).into_bytes();
        let some = list(100_000);
        let (points, bad) = read(&some, 0..some.len(), &Transform::NONE).unwrap();
        assert_eq!((points.len(), bad), (100_001, 100_000));
        let many = list(100_001);
        let broken = read(&many, 0..many.len(), &Transform::NONE).unwrap_err();
        assert!(broken.reason.contains("more than 100,000"), "{broken:?}");
        let one = format!("[[{}1,2,3]]", " ".repeat(8_000_000)).into_bytes();
        assert!(read(&one, 0..one.len(), &Transform::NONE).unwrap().0.capacity() <= RESERVED);
    }
}
