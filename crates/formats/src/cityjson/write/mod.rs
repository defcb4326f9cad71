//! City objects as CityJSON 2.0: one document, or CityJSONSeq with an object a line.

mod document;
mod geometry;
mod object;
mod sequence;
mod tables;
mod top;

#[cfg(test)]
mod tests;

pub use document::DocumentWriter;
pub use sequence::SequenceWriter;
pub use top::{WriteOptions, loses_height_system};
