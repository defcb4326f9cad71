//! Places and polygons in plan.

/// A place this near a border lies on it [m].
pub const ON_BORDER_M: f64 = 1e-6;

/// Thinner triangles are none: area by the squares of two sides.
const LEAST_AREA: f64 = 1e-9;

/// From one point of a ring to the next: `[east, north]` [m].
pub type Edge = ([f64; 2], [f64; 2]);

/// The edges of rings, open or closed.
pub fn edges(rings: &[Vec<[f64; 2]>]) -> impl Iterator<Item = Edge> + '_ {
    rings.iter().flat_map(|ring| ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)))
}

/// A place where a ring meets itself other than at the corners of its neighbours; `None` for a simple ring.
pub fn crossing(ring: &[[f64; 2]]) -> Option<[f64; 2]> {
    let mut points = ring.to_vec();
    points.dedup();
    if points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    let count = points.len();
    let edge = |at: usize| (points[at], points[(at + 1) % count]);
    let west = |at: usize| edge(at).0[0].min(edge(at).1[0]);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| west(*a).total_cmp(&west(*b)));
    for (index, first) in order.iter().enumerate() {
        let (a, b) = edge(*first);
        // Edges that begin east of this one's end cannot meet it, nor those behind them.
        for second in order.iter().skip(index + 1).take_while(|second| west(**second) <= a[0].max(b[0])) {
            let is_neighbour = (first + 1) % count == *second || (second + 1) % count == *first;
            let (c, d) = edge(*second);
            if !is_neighbour && meet((a, b), (c, d)) {
                return Some(if side((a, b), c) == 0.0 { c } else { a });
            }
        }
    }
    None
}

/// On which side of an edge a place lies: above 0 left, below 0 right.
fn side((a, b): Edge, place: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (place[1] - a[1]) - (b[1] - a[1]) * (place[0] - a[0])
}

fn meet(first: Edge, second: Edge) -> bool {
    let span = |(a, b): Edge, axis: usize| (a[axis].min(b[axis]), a[axis].max(b[axis]));
    let apart = |axis: usize| {
        let ((low, high), (other_low, other_high)) = (span(first, axis), span(second, axis));
        high < other_low || other_high < low
    };
    let splits = |edge: Edge, other: Edge| side(edge, other.0) * side(edge, other.1) <= 0.0;
    !apart(0) && !apart(1) && splits(first, second) && splits(second, first)
}

/// The nearest place on the edges and its distance [m]; `None` without edges.
pub fn nearest_on_border(edges: &[Edge], place: [f64; 2]) -> Option<([f64; 2], f64)> {
    let on_edge = |(a, b): &Edge| {
        let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        let squared = dx * dx + dy * dy;
        let along =
            if squared > 0.0 { ((place[0] - a[0]) * dx + (place[1] - a[1]) * dy) / squared } else { 0.0 };
        let along = along.clamp(0.0, 1.0);
        let nearest = [a[0] + along * dx, a[1] + along * dy];
        (nearest, (place[0] - nearest[0]).hypot(place[1] - nearest[1]))
    };
    edges.iter().map(on_edge).min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Whether a place lies in the polygon and not in a hole; borders are part of it.
pub fn contains(edges: &[Edge], place: [f64; 2]) -> bool {
    let [x, y] = place;
    let crossings = edges
        .iter()
        .filter(|(a, b)| (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
        .count();
    crossings % 2 == 1 || nearest_on_border(edges, place).is_some_and(|(_, distance)| distance <= ON_BORDER_M)
}

/// Height of a triangle at a place in plan, borders included [m].
pub fn height_in_triangle([a, b, c]: [[f64; 3]; 3], [x, y]: [f64; 2]) -> Option<f64> {
    let [bx, by, cx, cy, x, y] = [b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1], x - a[0], y - a[1]];
    let area = bx * cy - by * cx;
    // Corners on one line, but for rounding: the shares below would be noise.
    if area.abs() <= LEAST_AREA * (bx * bx + by * by + cx * cx + cy * cy) {
        return None;
    }
    let (beta, gamma) = ((x * cy - y * cx) / area, (bx * y - by * x) / area);
    let inside = beta >= -1e-9 && gamma >= -1e-9 && beta + gamma <= 1.0 + 1e-9;
    inside.then(|| a[2] + beta * (b[2] - a[2]) + gamma * (c[2] - a[2]))
}
