//! Free sample data: two fictional towns for demonstration and a city of any size for benchmarks.

mod big;
mod building;
mod cover;
mod document;
mod geotiff;
mod houses;
mod landmarks;
mod landscape;
mod layout;
mod lod3;
mod names;
mod plane;
mod plans;
mod random;
mod roof;
mod scenery;
mod solid;
mod surfaces;
mod terraces;
#[cfg(test)]
mod tests;
mod town;
mod town_files;
mod trees;
mod works;
mod xml;
mod yard;

pub use big::{CityCounts, write_city};
pub use town_files::{TownReport, write_town};
