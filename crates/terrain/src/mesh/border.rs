//! Which nodes of a tile's edge become vertices: from the heights of that edge alone.
//!
//! Neighbours hold the same heights there and so choose the same nodes. A finer tile's edge knows all that the coarser one knows and more, its
//! tolerance is less and its longest span no longer: its vertices contain those of the coarser tile.

/// Ascending indices of the kept nodes of an edge of 2^n + 1 nodes, both ends among them: between kept ones no node
/// is farther than the tolerance [m] from the straight line, and none are farther apart than `longest_span` nodes.
pub fn border_nodes(heights_m: &[f32], tolerance_m: f32, longest_span: usize) -> Vec<usize> {
    let last = heights_m.len().saturating_sub(1);
    let mut kept = vec![0];
    let edge = Edge { heights_m, tolerance_m, longest_span };
    if last > 0 {
        edge.keep_between(0, last, &mut kept);
        kept.push(last);
    }
    kept
}

struct Edge<'a> {
    heights_m: &'a [f32],
    tolerance_m: f32,
    longest_span: usize,
}

impl Edge<'_> {
    /// Halves a span where it, or a half of it, is off; what is not halved is within the tolerance as a whole.
    fn keep_between(&self, first: usize, last: usize, kept: &mut Vec<usize>) {
        if last - first < 2 || !self.must_halve(first, last) {
            return;
        }
        let middle = first.midpoint(last);
        self.keep_between(first, middle, kept);
        kept.push(middle);
        self.keep_between(middle, last, kept);
    }

    /// Also true when only a part would be halved: a coarser tile's vertices must not depend on what lies above them.
    fn must_halve(&self, first: usize, last: usize) -> bool {
        if last - first < 2 {
            return false;
        }
        let middle = first.midpoint(last);
        last - first > self.longest_span
            || self.deviation(first, last) > self.tolerance_m
            || self.must_halve(first, middle)
            || self.must_halve(middle, last)
    }

    /// Greatest distance of a node from the line between two others [m].
    fn deviation(&self, first: usize, last: usize) -> f32 {
        let (from, to) = (self.heights_m[first], self.heights_m[last]);
        let slope = (to - from) / (last - first) as f32;
        (first + 1..last)
            .map(|node| (self.heights_m[node] - (from + slope * (node - first) as f32)).abs())
            .fold(0.0, f32::max)
    }
}
