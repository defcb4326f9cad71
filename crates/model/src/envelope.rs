//! An axis-parallel box.

/// `[east, north, up]` in the CRS of its owner. Empty when `min > max`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Envelope {
    pub min: [f64; 3],
    pub max: [f64; 3],
}

impl Envelope {
    pub const EMPTY: Envelope = Envelope { min: [f64::INFINITY; 3], max: [f64::NEG_INFINITY; 3] };

    pub fn of<'a>(points: impl IntoIterator<Item = &'a [f64; 3]>) -> Envelope {
        let mut envelope = Envelope::EMPTY;
        for point in points {
            envelope.extend(point);
        }
        envelope
    }

    pub fn extend(&mut self, point: &[f64; 3]) {
        for (axis, value) in point.iter().enumerate() {
            self.min[axis] = self.min[axis].min(*value);
            self.max[axis] = self.max[axis].max(*value);
        }
    }

    pub fn union(&mut self, other: &Envelope) {
        if !other.is_empty() {
            self.extend(&other.min);
            self.extend(&other.max);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.min[0] > self.max[0]
    }
}
