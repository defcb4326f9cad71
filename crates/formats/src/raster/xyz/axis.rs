//! The regular steps of coordinates along one direction.

use rustc_hash::FxHashSet;

/// Different coordinates along one direction.
const MAX_PLACES: usize = 1 << 21;
/// Of a cell: how far a point may lie beside its node (files round).
const TOLERANCE: f64 = 0.05;

/// The different coordinates met.
#[derive(Default)]
pub(super) struct Places {
    bits: FxHashSet<u64>,
    last: Option<f64>,
}

/// Node `index` lies at `first + index × cell`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    pub first: f64,
    pub cell: f64,
    pub count: usize,
}

impl Axis {
    /// `None` beside the nodes.
    pub fn index(&self, place: f64) -> Option<usize> {
        let index = (place - self.first) / self.cell;
        let node = index.round();
        let is_on = (index - node).abs() <= 2.0 * TOLERANCE && node >= 0.0 && node < self.count as f64;
        is_on.then_some(node as usize)
    }
}

impl Places {
    /// `false` when there are too many.
    pub fn add(&mut self, place: f64) -> bool {
        if self.last != Some(place) {
            // -0 and 0 are one place.
            self.bits.insert((place + 0.0).to_bits());
            self.last = Some(place);
        }
        self.bits.len() <= MAX_PLACES
    }

    /// `None` when there is one place only.
    pub fn axis(&self, direction: &str) -> Result<Option<Axis>, String> {
        let mut places: Vec<f64> = self.bits.iter().map(|bits| f64::from_bits(*bits)).collect();
        places.sort_by(f64::total_cmp);
        let steps = places.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?));
        let smallest = steps.fold(f64::INFINITY, f64::min);
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(None) };
        if !smallest.is_finite() {
            return Ok(None);
        }
        // The smallest step may be rounded; counting steps from place to place mends it.
        let mut intervals = 0.0;
        for pair in places.windows(2) {
            let steps = pair.last().zip(pair.first()).map_or(0.0, |(b, a)| (b - a) / smallest);
            intervals += steps.round();
        }
        let cell = (last - first) / intervals;
        let count = intervals + 1.0;
        if !(count < 1e9 && cell > 0.0) {
            return Err(format!("its points do not lie on a regular grid: steps of {smallest} {direction}"));
        }
        let axis = Axis { first: *first, cell, count: count as usize };
        let beside = places.iter().find(|place| {
            let index = (*place - first) / cell;
            (index - index.round()).abs() > TOLERANCE
        });
        match beside {
            None => Ok(Some(axis)),
            Some(place) => Err(format!(
                "its points do not lie on a regular grid: {direction} {place} is no multiple of {cell} from {first}"
            )),
        }
    }

    /// The only place there is.
    pub fn single(&self, cell: f64) -> Axis {
        let first = self.bits.iter().next().map_or(0.0, |bits| f64::from_bits(*bits));
        Axis { first, cell, count: 1 }
    }
}
