//! Files in, model objects out: where bytes come from and what city model formats say; knows no database.

mod error;
mod input;
mod numbers;
mod transcode;
mod unpack;

pub mod citygml;
pub mod glb;

pub use citygml::{Batch, BatchResult, CityGmlFile, Header, Parsed, Unresolved, resolve};
pub use error::FormatError;
pub use input::{Input, expand};
