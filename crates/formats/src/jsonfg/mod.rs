//! JSON-FG 1.0 (OGC 21-045r1): GeoJSON with solids in `place`, times, types and the CRS. Knows neither paging nor links.

mod choose;
mod document;
mod frame;
mod instant;
mod shape;
#[cfg(test)]
mod tests;

pub use choose::shape_of;
pub use document::{Used, write_head, write_members};
pub use frame::PlaceFrame;
pub use shape::{Polygon3, Prism, Shape, Solid};
