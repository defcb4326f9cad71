//! How large a filter may be: it comes from anyone.

use super::error::{FilterError, FilterFault};
use super::{Position, Shape};

/// Longest filter, text or JSON [bytes].
pub const MOST_BYTES: usize = 65_536;
/// Operators, properties and values.
const MOST_NODES: usize = 2_000;
/// Brackets within brackets.
const MOST_DEPTH: usize = 50;
/// Points of all geometries.
const MOST_POINTS: usize = 10_000;

/// What a parser has used up.
#[derive(Debug, Default)]
pub(super) struct Budget {
    nodes: usize,
    points: usize,
    depth: usize,
}

impl Budget {
    pub fn text(length_bytes: usize, start: Position) -> Result<Budget, FilterError> {
        match length_bytes > MOST_BYTES {
            true => Err(too_large(&start, MOST_BYTES, "bytes")),
            false => Ok(Budget::default()),
        }
    }

    pub fn node(&mut self, at: &Position) -> Result<(), FilterError> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(too_large(at, MOST_NODES, "operators and values"));
        }
        Ok(())
    }

    pub fn shape(&mut self, at: &Position, shape: &Shape) -> Result<(), FilterError> {
        self.points += shape.point_count();
        if self.points > MOST_POINTS {
            return Err(too_large(at, MOST_POINTS, "points"));
        }
        Ok(())
    }

    /// One step down; to be followed by `leave`.
    pub fn enter(&mut self, at: &Position) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(too_large(at, MOST_DEPTH, "levels of brackets"));
        }
        Ok(())
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }
}

fn too_large(at: &Position, most: usize, what: &'static str) -> FilterError {
    FilterError::new(at, FilterFault::TooLarge { most, what })
}
