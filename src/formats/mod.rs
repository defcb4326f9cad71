//! Files in, model objects out: where bytes come from and what city model formats say; knows no database.

mod beside;
mod error;
mod image_header;
mod input;
mod numbers;
mod open;
mod transcode;
#[cfg(test)]
mod twin_tests;
mod unpack;

pub mod citygml;
pub mod cityjson;
pub mod geojson;
pub mod geopackage;
pub mod glb;

pub use beside::{Beside, BesideError};
pub use citygml::{BatchResult, CityGmlFile, Header, Parsed, Unresolved, resolve};
pub use cityjson::CityJsonFile;
pub use error::FormatError;
pub use image_header::{ImageHeader, image_header};
pub use input::{Input, expand};
pub use open::{Batch, CityModelFile, open, open_plain};
