//! CityJSON 1.0 to 2.0 and CityJSONSeq: documents and lines as batches of objects, and objects as documents again.

mod address;
mod appearance;
mod batch;
mod entries;
mod faces;
mod file;
mod findings;
mod geometry;
mod head;
mod nested;
mod objects;
mod scan;
mod types;
mod vertices;
mod write;

#[cfg(test)]
mod data_tests;
#[cfg(test)]
mod tests;

pub use batch::Batch;
pub use file::{CityJsonFile, begins_as_json, is_hopeless, speaks_cityjson};
pub use head::Head;
pub use vertices::Transform;
pub use write::{DocumentWriter, SequenceWriter, WriteOptions, loses_height_system};
