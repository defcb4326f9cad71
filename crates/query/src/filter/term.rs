//! A filter that fits the collection it was checked against.

use super::function::Function;
use super::operator::Family;
use super::{Literal, Operator, Shape, Source, Type};

/// A checked condition: every name is known and every operator has operands of its types.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    root: Term,
}

/// A node of a checked tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    Literal(Literal),
    Property {
        source: Source,
        /// How it is read: a text attribute compared with a date is read as one.
        kind: Type,
    },
    Call(Operator, Vec<Term>),
    Function(&'static Function, Vec<Term>),
    List(Vec<Term>),
    Interval(Box<[Term; 2]>),
}

impl Filter {
    pub(super) fn new(root: Term) -> Filter {
        Filter { root }
    }

    pub fn root(&self) -> &Term {
        &self.root
    }

    /// Every geometry that was written in the filter, to be brought into the storage CRS.
    pub fn shapes_mut(&mut self) -> Vec<&mut Shape> {
        let mut shapes = Vec::new();
        let mut terms = vec![&mut self.root];
        while let Some(term) = terms.pop() {
            match term {
                Term::Literal(Literal::Shape(shape)) => shapes.push(shape),
                Term::Literal(_) | Term::Property { .. } => {}
                Term::Call(_, below) | Term::Function(_, below) | Term::List(below) => terms.extend(below),
                Term::Interval(ends) => terms.extend(ends.iter_mut()),
            }
        }
        shapes
    }
}

impl Term {
    pub fn kind(&self) -> Type {
        match self {
            Term::Literal(Literal::Boolean(_)) => Type::Boolean,
            Term::Literal(Literal::Number(_)) => Type::Number,
            Term::Literal(Literal::Text(_)) => Type::Text,
            Term::Literal(Literal::Instant(instant)) if instant.is_day() => Type::Date,
            Term::Literal(Literal::Instant(_) | Literal::Open) => Type::Time,
            Term::Literal(Literal::Shape(_)) => Type::Shape,
            Term::Property { kind, .. } => *kind,
            Term::Function(function, _) => function.gives,
            Term::List(_) => Type::List,
            Term::Interval(_) => Type::Interval,
            Term::Call(operator, _) => match operator.family() {
                Family::Arithmetic => Type::Number,
                Family::Folding => Type::Text,
                _ => Type::Boolean,
            },
        }
    }

    /// Whether every date and time in it is a day, so that days are compared and not points in time; `None` when it
    /// leaves that open.
    pub fn is_days(&self) -> Option<bool> {
        match self {
            Term::Literal(Literal::Open) => None,
            Term::Interval(ends) => match (ends[0].is_days(), ends[1].is_days()) {
                (Some(a), Some(b)) => Some(a && b),
                (a, b) => a.or(b),
            },
            _ => match self.kind() {
                Type::Date => Some(true),
                Type::Time | Type::Interval => Some(false),
                _ => None,
            },
        }
    }
}
