//! The plane that fits points best, and turning points of a plane into two dimensions without rounding.

use crate::measure::{dot, subtract};

/// A plane through `center` with the unit vector `normal`.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    pub center: [f64; 3],
    pub normal: [f64; 3],
}

impl Plane {
    /// Greatest distance of a point from the plane [m], and that point.
    pub fn farthest<'a>(&self, points: impl Iterator<Item = &'a [f64; 3]>) -> (f64, [f64; 3]) {
        let mut worst = (0.0, self.center);
        for point in points {
            let distance_m = dot(self.normal, subtract(*point, self.center)).abs();
            if distance_m > worst.0 {
                worst = (distance_m, *point);
            }
        }
        worst
    }

    /// Least squares: the direction in which the points spread least.
    pub fn fitted<'a>(points: impl Iterator<Item = &'a [f64; 3]> + Clone) -> Option<Plane> {
        let center = mean(points.clone())?;
        let mut spread = [[0.0; 3]; 3];
        for point in points {
            let offset = subtract(*point, center);
            for row in 0..3 {
                for column in 0..3 {
                    spread[row][column] += offset[row] * offset[column];
                }
            }
        }
        Some(Plane { center, normal: least_direction(spread) })
    }
}

pub fn mean<'a>(points: impl Iterator<Item = &'a [f64; 3]>) -> Option<[f64; 3]> {
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    for point in points {
        for axis in 0..3 {
            sum[axis] += point[axis];
        }
        count += 1.0;
    }
    (count > 0.0).then(|| sum.map(|value| value / count))
}

/// Eigenvector of the least eigenvalue of a symmetric matrix, by Jacobi rotations.
fn least_direction(mut matrix: [[f64; 3]; 3]) -> [f64; 3] {
    let mut vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..16 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if matrix[p][q].abs() < f64::MIN_POSITIVE {
                continue;
            }
            let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let t = if theta == 0.0 { 1.0 } else { t };
            let cosine = 1.0 / (t * t + 1.0).sqrt();
            let sine = t * cosine;
            for row in matrix.iter_mut().chain(vectors.iter_mut()) {
                let (a, b) = (row[p], row[q]);
                row[p] = cosine * a - sine * b;
                row[q] = sine * a + cosine * b;
            }
            let (upper, lower) = (matrix[p], matrix[q]);
            matrix[p] = [0, 1, 2].map(|column| cosine * upper[column] - sine * lower[column]);
            matrix[q] = [0, 1, 2].map(|column| sine * upper[column] + cosine * lower[column]);
        }
    }
    let mut least = 0;
    for axis in 1..3 {
        if matrix[axis][axis] < matrix[least][least] {
            least = axis;
        }
    }
    [vectors[0][least], vectors[1][least], vectors[2][least]]
}

/// The axis along which the normal is longest: dropping it keeps shapes apart and coordinates exact.
pub fn dominant_axis(normal: [f64; 3]) -> usize {
    let [x, y, z] = normal.map(f64::abs);
    if z >= x && z >= y {
        2
    } else if x >= y {
        0
    } else {
        1
    }
}

/// The other two coordinates; counter-clockwise stays so where the normal's coordinate is positive.
pub fn without_axis(point: [f64; 3], axis: usize) -> [f64; 2] {
    match axis {
        0 => [point[1], point[2]],
        1 => [point[2], point[0]],
        _ => [point[0], point[1]],
    }
}
