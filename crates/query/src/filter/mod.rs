//! CQL2: what features are asked for by their properties. Text and JSON become one tree, which is checked against the
//! properties of a collection; only a checked tree reaches the store. Knows neither SQL nor HTTP.

mod check;
mod columns;
mod error;
mod evaluate;
mod function;
mod instant;
mod json;
mod language;
mod lexer;
mod limits;
mod operand;
mod operator;
mod queryable;
mod queryable_part;
mod shape;
mod term;
mod text;
mod tree;
mod wkt;
mod write_json;
mod write_text;

pub use columns::Needed;
pub use error::{FilterError, FilterFault};
pub use evaluate::{Known, Values};
pub use function::{Computed, FUNCTIONS, Function};
pub use instant::Instant;
pub use json::parse_json;
pub use language::FilterLanguage;
pub use limits::MOST_BYTES;
pub use operator::{Family, Operator};
pub use queryable::{Queryable, Queryables, Source, Type};
pub use shape::Shape;
pub use term::{Filter, Term};
pub use text::parse_text;
pub use tree::{Expression, Kind, Literal, Position};
pub use write_json::to_json;
pub use write_text::to_text;

#[cfg(test)]
mod tests;
