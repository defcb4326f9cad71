//! CityGML 1.0 to 3.0: a stream of batches of members, each parsed on any thread.

mod address;
mod appearance;
mod attributes;
mod declared;
mod dictionary;
mod extension;
mod file;
mod fingerprint;
mod gather;
mod geometry;
mod header;
mod ids;
mod implicit;
mod links;
mod member;
mod names;
mod objects;
mod pending;
mod qualifiers;
mod rings;
pub(super) mod scan;
mod schema;
mod split;
mod standard;
mod text;
mod tree;
mod versions;
mod vocabulary;
mod words;
mod write;
mod xsd;

#[cfg(test)]
mod ade_tests;
#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
mod data_tests;
#[cfg(test)]
mod lossless_tests;
#[cfg(test)]
mod tests;

pub(super) use text::decode as decode_text;

pub use declared::Declared;
pub use dictionary::{DictionaryError, read_dictionary};
pub use file::{Batch, BatchResult, CityGmlFile, is_hopeless};
pub use fingerprint::{Candidate, Fingerprint};
pub use header::Header;
pub use links::{Unresolved, resolve};
pub use member::Parsed;
pub use pending::Pending;
pub use schema::Version;
pub(super) use standard::metres;
pub use versions::{PlannedTransition, VersionTransaction, planned_transitions};
pub use write::{CityGmlWriter, WriteOptions};
pub use xsd::{XsdError, read_ade};
