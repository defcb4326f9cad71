//! Lines and rings cut off at the edge of a tile.

/// What lies inside of `[min, max]` in one coordinate.
struct Edge {
    axis: usize,
    limit: f64,
    is_upper: bool,
}

impl Edge {
    fn is_inside(&self, point: [f64; 2]) -> bool {
        if self.is_upper { point[self.axis] <= self.limit } else { point[self.axis] >= self.limit }
    }

    fn crossing(&self, a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
        let share = (self.limit - a[self.axis]) / (b[self.axis] - a[self.axis]);
        let mut at = [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
        at[self.axis] = self.limit;
        at
    }
}

fn edges([x_min, y_min, x_max, y_max]: [f64; 4]) -> [Edge; 4] {
    let edge = |axis, limit, is_upper| Edge { axis, limit, is_upper };
    [edge(0, x_min, false), edge(0, x_max, true), edge(1, y_min, false), edge(1, y_max, true)]
}

/// The part of a ring (closed, without its last point) inside a box `[x min, y min, x max, y max]`; where it leaves
/// the box it runs along the box's edge.
pub fn clip_ring(ring: &[[f64; 2]], frame: [f64; 4]) -> Vec<[f64; 2]> {
    let mut ring = ring.to_vec();
    for edge in edges(frame) {
        if ring.iter().all(|point| edge.is_inside(*point)) {
            continue;
        }
        let mut kept = Vec::with_capacity(ring.len() + 2);
        let mut before = ring.last().copied();
        for point in ring {
            if let Some(before) = before.filter(|before| edge.is_inside(*before) != edge.is_inside(point)) {
                kept.push(edge.crossing(before, point));
            }
            if edge.is_inside(point) {
                kept.push(point);
            }
            before = Some(point);
        }
        ring = kept;
    }
    ring
}

/// The parts of a line inside a box `[x min, y min, x max, y max]`.
pub fn clip_line(line: &[[f64; 2]], frame: [f64; 4]) -> Vec<Vec<[f64; 2]>> {
    let mut parts: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut is_open = false;
    for pair in line.windows(2) {
        let (Some(&a), Some(&b)) = (pair.first(), pair.last()) else { continue };
        let Some((from, to)) = clip_segment(a, b, frame) else {
            is_open = false;
            continue;
        };
        match parts.last_mut().filter(|_| is_open && from == a) {
            Some(part) => part.push(to),
            None => parts.push(vec![from, to]),
        }
        is_open = to == b;
    }
    parts
}

fn clip_segment(mut a: [f64; 2], mut b: [f64; 2], frame: [f64; 4]) -> Option<([f64; 2], [f64; 2])> {
    for edge in edges(frame) {
        match (edge.is_inside(a), edge.is_inside(b)) {
            (true, true) => {}
            (true, false) => b = edge.crossing(a, b),
            (false, true) => a = edge.crossing(a, b),
            (false, false) => return None,
        }
    }
    Some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: [f64; 4] = [0.0, 0.0, 10.0, 10.0];

    fn area(ring: &[[f64; 2]]) -> f64 {
        let next = ring.iter().cycle().skip(1);
        ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
    }

    #[test]
    fn rings_keep_what_lies_inside() {
        // Hand: areas of the part inside a square of 10.
        let cases: [(&[[f64; 2]], f64); 5] = [
            (&[[1.0, 1.0], [9.0, 1.0], [9.0, 9.0]], 32.0),
            (&[[-5.0, -5.0], [15.0, -5.0], [15.0, 15.0], [-5.0, 15.0]], 100.0),
            (&[[5.0, -5.0], [15.0, 5.0], [5.0, 15.0], [-5.0, 5.0]], 100.0),
            (&[[5.0, 2.0], [15.0, 2.0], [15.0, 4.0], [5.0, 4.0]], 10.0),
            (&[[20.0, 20.0], [30.0, 20.0], [30.0, 30.0]], 0.0),
        ];
        for (ring, expected) in cases {
            assert!((area(&clip_ring(ring, FRAME)) - expected).abs() < 1e-9, "{ring:?}");
        }
    }

    #[test]
    fn lines_fall_into_parts() {
        let check = |line: &[[f64; 2]], expected: &[&[[f64; 2]]]| {
            assert_eq!(clip_line(line, FRAME), expected, "{line:?}")
        };
        check(&[[1.0, 1.0], [5.0, 1.0], [5.0, 5.0]], &[&[[1.0, 1.0], [5.0, 1.0], [5.0, 5.0]]]);
        check(
            &[[2.0, 8.0], [2.0, 12.0], [4.0, 12.0], [4.0, 8.0]],
            &[&[[2.0, 8.0], [2.0, 10.0]], &[[4.0, 10.0], [4.0, 8.0]]],
        );
        check(&[[-2.0, 5.0], [12.0, 5.0]], &[&[[0.0, 5.0], [10.0, 5.0]]]);
        check(&[[-2.0, 11.0], [12.0, 11.0]], &[]);
        // Past the corner, outside of it.
        check(&[[-2.0, 9.0], [3.0, 14.0]], &[]);
    }
}
