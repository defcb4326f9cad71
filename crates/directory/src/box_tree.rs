//! Boxes by their place: a packed R-tree. Boxes lie along a Hilbert curve, sixteen neighbours under a node.

use super::Bounds;
use super::area::{Area, Relation};

const FAN: usize = 16;
/// Bits of the curve in each direction.
const CURVE_BITS: u32 = 16;

/// Relative to an origin, never smaller than what it stands for.
type Small = [f32; 4];

#[derive(Debug)]
pub(crate) struct BoxTree {
    origin: [f64; 2],
    /// Level by level: the boxes themselves along the curve, then what each sixteen have in common, up to one.
    boxes: Vec<Small>,
    /// Where each level ends in `boxes`.
    ends: Vec<usize>,
    /// What each box of the first level belongs to.
    owners: Vec<u32>,
}

impl BoxTree {
    pub fn new(mut owned: Vec<(u32, Bounds)>) -> BoxTree {
        let whole = owned
            .iter()
            .fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |all, (_, bounds)| join(all, *bounds));
        let origin = if owned.is_empty() { [0.0; 2] } else { [whole[0], whole[1]] };
        owned.sort_by_cached_key(|(_, bounds)| place_on_curve(bounds, &whole));
        let mut boxes: Vec<Small> = owned.iter().map(|(_, bounds)| enlarged(bounds, origin)).collect();
        let owners = owned.into_iter().map(|(owner, _)| owner).collect();
        let mut ends = vec![boxes.len()];
        let mut start = 0;
        while boxes.len() - start > 1 {
            let end = boxes.len();
            for from in (start..end).step_by(FAN) {
                let common = boxes[from..end.min(from + FAN)].iter().copied().reduce(join_small);
                boxes.extend(common);
            }
            start = end;
            ends.push(boxes.len());
        }
        BoxTree { origin, boxes, ends, owners }
    }

    /// Every box with its owner, somewhat enlarged.
    pub fn each(&self, mut visit: impl FnMut(u32, Bounds)) {
        for (owner, small) in self.owners.iter().zip(&self.boxes) {
            visit(*owner, self.bounds(small));
        }
    }

    /// Every box that is not surely apart from the area.
    pub fn search(&self, area: &Area, mut visit: impl FnMut(u32, Relation, Bounds)) {
        if self.boxes.is_empty() {
            return;
        }
        // Level, node, and what is known of it: what lies inside needs no more looking.
        let mut open = vec![(self.ends.len() - 1, self.boxes.len() - 1, Relation::Crossing)];
        while let Some((level, node, above)) = open.pop() {
            let bounds = self.bounds(&self.boxes[node]);
            let relation = if above == Relation::Inside { above } else { area.relate(&bounds) };
            if relation == Relation::Apart {
                continue;
            }
            if level == 0 {
                visit(self.owners[node], relation, bounds);
                continue;
            }
            let below = if level > 1 { self.ends[level - 2] } else { 0 };
            let first = below + (node - self.ends[level - 1]) * FAN;
            let last = (first + FAN).min(self.ends[level - 1]);
            open.extend((first..last).map(|child| (level - 1, child, relation)));
        }
    }

    fn bounds(&self, small: &Small) -> Bounds {
        let [east, north] = self.origin;
        [
            f64::from(small[0]) + east,
            f64::from(small[1]) + north,
            f64::from(small[2]) + east,
            f64::from(small[3]) + north,
        ]
    }
}

fn join(a: Bounds, b: Bounds) -> Bounds {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn join_small(a: Small, b: Small) -> Small {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

/// In single precision, rounded outwards by two steps: one for this, one for the sum that undoes it.
fn enlarged(bounds: &Bounds, [east, north]: [f64; 2]) -> Small {
    let down = |value: f64| (value as f32).next_down().next_down();
    let up = |value: f64| (value as f32).next_up().next_up();
    [down(bounds[0] - east), down(bounds[1] - north), up(bounds[2] - east), up(bounds[3] - north)]
}

fn place_on_curve(bounds: &Bounds, whole: &Bounds) -> u64 {
    let cells = f64::from((1u32 << CURVE_BITS) - 1);
    let cell = |low: f64, high: f64, from: f64, to: f64| {
        let share = ((low + high) / 2.0 - from) / (to - from);
        if share.is_finite() { (share * cells) as u32 } else { 0 }
    };
    hilbert(cell(bounds[0], bounds[2], whole[0], whole[2]), cell(bounds[1], bounds[3], whole[1], whole[3]))
}

/// The distance along the curve, after the usual loop over quadrants (Wikipedia, "Hilbert curve").
fn hilbert(mut x: u32, mut y: u32) -> u64 {
    let mut distance = 0u64;
    let mut side = 1u32 << (CURVE_BITS - 1);
    while side > 0 {
        let right = u32::from(x & side > 0);
        let upper = u32::from(y & side > 0);
        distance += u64::from(side) * u64::from(side) * u64::from((3 * right) ^ upper);
        if upper == 0 {
            if right == 1 {
                let last = (1u32 << CURVE_BITS) - 1;
                (x, y) = (last - x, last - y);
            }
            std::mem::swap(&mut x, &mut y);
        }
        side /= 2;
    }
    distance
}
