//! CityGML 1.0 to 3.0: a stream of batches of members, each parsed on any thread.

mod address;
mod appearance;
mod attributes;
mod extension;
mod file;
mod gather;
mod geometry;
mod header;
mod ids;
mod implicit;
mod links;
mod member;
mod names;
mod objects;
mod properties;
mod qualifiers;
mod rings;
mod scan;
mod split;
mod standard;
mod text;
mod tree;
mod vocabulary;
mod words;

#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
mod data_tests;
#[cfg(test)]
mod lossless_tests;
#[cfg(test)]
mod tests;

pub use file::{Batch, BatchResult, CityGmlFile};
pub use header::Header;
pub use links::{Unresolved, resolve};
pub use member::Parsed;
