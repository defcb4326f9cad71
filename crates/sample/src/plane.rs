//! Plane geometry for laying out towns: lines with lengths, boxes that must not meet, points in rings.

/// A position in metres.
pub type Spot = [f64; 2];

/// A polyline with the distance of each point from its start.
#[derive(Clone, Debug)]
pub struct Line {
    pub points: Vec<Spot>,
    reached: Vec<f64>,
}

impl Line {
    /// Measures the points.
    pub fn new(points: Vec<Spot>) -> Line {
        let mut total = 0.0;
        let mut reached = vec![0.0];
        for pair in points.windows(2) {
            total += distance(pair[0], pair[1]);
            reached.push(total);
        }
        Line { points, reached }
    }

    /// Length in metres.
    pub fn length(&self) -> f64 {
        self.reached.last().copied().unwrap_or(0.0)
    }

    /// Position and unit direction at a distance from the start.
    pub fn at(&self, along: f64) -> (Spot, Spot) {
        let last = self.points.len() - 1;
        let index = self.reached.partition_point(|&reached| reached <= along).clamp(1, last.max(1)) - 1;
        let (a, b) = (self.points[index], self.points[(index + 1).min(last)]);
        let length = distance(a, b).max(1e-9);
        let direction = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
        let rest = along - self.reached[index];
        ([a[0] + direction[0] * rest, a[1] + direction[1] * rest], direction)
    }

    /// Distance along the line of the point nearest to a spot.
    pub fn project(&self, spot: Spot) -> f64 {
        let mut best = (f64::MAX, 0.0);
        for (index, pair) in self.points.windows(2).enumerate() {
            let (t, away) = nearest(pair[0], pair[1], spot);
            if away < best.0 {
                best = (away, self.reached[index] + t * distance(pair[0], pair[1]));
            }
        }
        best.1
    }
}

/// Straight line with a point at least every `step` metres, bent by `bend`.
pub fn drawn(from: Spot, to: Spot, step: f64, bend: impl Fn(Spot) -> Spot) -> Vec<Spot> {
    let pieces = (distance(from, to) / step).ceil().max(1.0) as usize;
    (0..=pieces).map(|piece| bend(between(from, to, piece as f64 / pieces as f64))).collect()
}

/// Metres between two spots.
pub fn distance(a: Spot, b: Spot) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The spot at share `t` of the way.
pub fn between(a: Spot, b: Spot, t: f64) -> Spot {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// Share of the way and distance of the nearest point of a segment.
fn nearest(a: Spot, b: Spot, spot: Spot) -> (f64, f64) {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let t = ((spot[0] - a[0]) * dx + (spot[1] - a[1]) * dy) / (dx * dx + dy * dy).max(1e-12);
    let t = t.clamp(0.0, 1.0);
    (t, distance(between(a, b, t), spot))
}

/// Distance from a spot to an open or closed polyline.
pub fn away_from(points: &[Spot], spot: Spot) -> f64 {
    points.windows(2).map(|pair| nearest(pair[0], pair[1], spot).1).fold(f64::MAX, f64::min)
}

/// Whether a spot lies in an open ring (even-odd).
pub fn inside(ring: &[Spot], [x, y]: Spot) -> bool {
    let mut within = false;
    for (index, a) in ring.iter().enumerate() {
        let b = ring[(index + 1) % ring.len()];
        if (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) {
            within = !within;
        }
    }
    within
}

/// Signed area in m², positive counter-clockwise.
pub fn area(ring: &[Spot]) -> f64 {
    (0..ring.len())
        .map(|i| (ring[i], ring[(i + 1) % ring.len()]))
        .map(|(a, b)| (a[0] * b[1] - b[0] * a[1]) / 2.0)
        .sum()
}

/// Mean of the points.
pub fn middle(ring: &[Spot]) -> Spot {
    let count = ring.len().max(1) as f64;
    [ring.iter().map(|p| p[0]).sum::<f64>() / count, ring.iter().map(|p| p[1]).sum::<f64>() / count]
}

/// Four corners of a turned rectangle, counter-clockwise.
pub type Box4 = [Spot; 4];

/// Whether two rectangles come nearer than `gap` metres, measured along their sides.
pub fn meet(a: &Box4, b: &Box4, gap: f64) -> bool {
    ![a, b].into_iter().any(|of| {
        [(0, 1), (1, 2)].into_iter().any(|(i, j)| {
            let length = distance(of[i], of[j]).max(1e-9);
            let axis = [(of[j][0] - of[i][0]) / length, (of[j][1] - of[i][1]) / length];
            let (a, b) = (span(a, axis), span(b, axis));
            a.0 >= b.1 + gap || b.0 >= a.1 + gap
        })
    })
}

fn span(corners: &Box4, axis: Spot) -> (f64, f64) {
    let along = corners.map(|p| p[0] * axis[0] + p[1] * axis[1]);
    (along.iter().copied().fold(f64::MAX, f64::min), along.iter().copied().fold(f64::MIN, f64::max))
}
