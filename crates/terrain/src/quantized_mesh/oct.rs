//! Unit vectors in two bytes: an octahedron unfolded to a square (Cigolle et al. 2014, oct16).

fn byte(value: f64) -> u8 {
    ((value.clamp(-1.0, 1.0) * 0.5 + 0.5) * 255.0).round() as u8
}

fn sign(value: f64) -> f64 {
    if value < 0.0 { -1.0 } else { 1.0 }
}

/// Lower half folded outwards.
fn fold(x: f64, y: f64) -> [f64; 2] {
    [(1.0 - y.abs()) * sign(x), (1.0 - x.abs()) * sign(y)]
}

pub fn oct_encode([x, y, z]: [f64; 3]) -> [u8; 2] {
    let sum = x.abs() + y.abs() + z.abs();
    let (u, v) = (x / sum, y / sum);
    if z < 0.0 { fold(u, v).map(byte) } else { [u, v].map(byte) }
}

pub fn oct_decode(bytes: [u8; 2]) -> [f64; 3] {
    let [u, v] = bytes.map(|byte| f64::from(byte) / 255.0 * 2.0 - 1.0);
    let z = 1.0 - u.abs() - v.abs();
    let [x, y] = if z < 0.0 { fold(u, v) } else { [u, v] };
    let length = (x * x + y * y + z * z).sqrt();
    [x / length, y / length, z / length]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn axes_have_their_places() {
        // z in the middle, -z in the corners, x and y at the sides of the square.
        assert_eq!(oct_encode([1.0, 0.0, 0.0]), [255, 128]);
        assert_eq!(oct_encode([0.0, -1.0, 0.0]), [128, 0]);
        assert_eq!(oct_encode([0.0, 0.0, 1.0]), [128, 128]);
        assert_eq!(oct_encode([0.0, 0.0, -1.0]), [255, 255]);
    }

    proptest! {
        #[test]
        fn directions_come_back_within_a_degree(x in -1.0..1.0f64, y in -1.0..1.0f64, z in -1.0..1.0f64) {
            let length = (x * x + y * y + z * z).sqrt();
            prop_assume!(length > 0.01);
            let unit = [x / length, y / length, z / length];
            let back = oct_decode(oct_encode(unit));
            let dot: f64 = (0..3).map(|axis| unit[axis] * back[axis]).sum();
            prop_assert!(dot > 1f64.to_radians().cos(), "{unit:?} {back:?}");
        }
    }
}
