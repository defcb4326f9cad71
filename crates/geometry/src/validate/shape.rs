//! A geometry's points near the origin, those closer than the snapping distance made one.

use crate::measure::{dot, subtract};
use stadtwin_model::Geometry;

/// No plane of a building is square to it, so that few different points have the same place along it.
const DIRECTION: [f64; 3] = [0.577_215_66, 0.612_839_3, 0.539_645_5];
/// Neighbours compared at most: bounds the work on crowded points.
const MOST_COMPARED: usize = 256;

/// Of coordinates of up to 10,000 km [m].
const ROUNDING_M: f64 = 1e-8;

#[derive(Default)]
pub struct Shape {
    /// Subtracted from all points: far coordinates would cost digits.
    pub origin: [f64; 3],
    pub points: Vec<[f64; 3]>,
    /// Of each point: the index of the one that stands for it.
    pub vertices: Vec<u32>,
    order: Vec<(f64, u32)>,
    kept: Vec<(f64, u32)>,
}

impl Shape {
    /// False when a coordinate is no finite number.
    pub fn read(&mut self, geometry: &Geometry, origin: [f64; 3], snap_m: f64) -> bool {
        self.origin = origin;
        self.points.clear();
        self.points.extend(geometry.points.iter().map(|point| subtract(*point, origin)));
        self.vertices.clear();
        self.vertices.resize(self.points.len(), 0);
        if !self.points.iter().flatten().all(|value| value.is_finite()) {
            return false;
        }
        self.weld(snap_m);
        true
    }

    fn weld(&mut self, snap_m: f64) {
        // What is this far apart by its decimals may be a little more by its binary digits.
        let snap_m = snap_m + ROUNDING_M.min(snap_m / 100.0);
        self.order.clear();
        self.order.extend((0u32..).zip(&self.points).map(|(index, point)| (dot(*point, DIRECTION), index)));
        self.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        self.kept.clear();
        for &(place, index) in &self.order {
            let point = self.points.get(index as usize).copied().unwrap_or_default();
            let near =
                self.kept.iter().rev().take(MOST_COMPARED).take_while(|(other, _)| place - other <= snap_m);
            let same = near.map(|(_, other)| *other).find(|other| {
                let offset = subtract(self.points.get(*other as usize).copied().unwrap_or_default(), point);
                dot(offset, offset) <= snap_m * snap_m
            });
            if same.is_none() {
                self.kept.push((place, index));
            }
            let standing = same.unwrap_or(index);
            if let (Some(slot), Some(at)) =
                (self.vertices.get_mut(index as usize), self.points.get(standing as usize).copied())
            {
                *slot = standing;
                if let Some(point) = self.points.get_mut(index as usize) {
                    *point = at;
                }
            }
        }
    }

    /// Points of the geometry's ring.
    pub fn ring(&self, geometry: &Geometry, ring: u32) -> &[[f64; 3]] {
        self.points.get(range(geometry, ring)).unwrap_or(&[])
    }

    pub fn ring_vertices(&self, geometry: &Geometry, ring: u32) -> &[u32] {
        self.vertices.get(range(geometry, ring)).unwrap_or(&[])
    }

    pub fn point(&self, vertex: u32) -> [f64; 3] {
        self.points.get(vertex as usize).copied().unwrap_or_default()
    }
}

fn range(geometry: &Geometry, ring: u32) -> std::ops::Range<usize> {
    let ring = ring as usize;
    let start = ring.checked_sub(1).and_then(|before| geometry.ring_ends.get(before)).copied().unwrap_or(0);
    start as usize..geometry.ring_ends.get(ring).copied().unwrap_or(start) as usize
}
