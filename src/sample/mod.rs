//! Free sample data: two fictional towns for demonstration and a city of any size for benchmarks.

mod big;
mod building;
mod document;
mod random;
mod roof;
mod solid;
mod xml;

pub use big::{CityCounts, write_city};
