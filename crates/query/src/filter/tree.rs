//! A filter as it was written, before it is checked.

use super::{Instant, Operator, Shape};

/// Where in the filter something stands; for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Characters from 1.
    Character(usize),
    /// JSON Pointer; empty for the whole.
    Member(String),
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Position::Character(number) => write!(f, "at character {number}"),
            Position::Member(pointer) if pointer.is_empty() => f.write_str("at the top"),
            Position::Member(pointer) => write!(f, "at {pointer}"),
        }
    }
}

/// A node of the tree. Two are equal when they say the same, wherever they stand.
#[derive(Debug, Clone)]
pub struct Expression {
    pub at: Position,
    pub kind: Kind,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        self.kind == other.kind
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Literal(Literal),
    /// As written, without quotes.
    Property(String),
    Call(Operator, Vec<Expression>),
    /// A function by name.
    Function(String, Vec<Expression>),
    /// An array, or what stands behind IN.
    List(Vec<Expression>),
    /// From, to; each a date, a time, a property, a function or open.
    Interval(Box<[Expression; 2]>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Boolean(bool),
    /// Finite.
    Number(f64),
    Text(String),
    Instant(Instant),
    /// `'..'`, an end of an interval.
    Open,
    Shape(Shape),
}
