//! City objects as CityGML 3.0, 2.0 or 1.0: a member at a time, driven by the table of the schemas.

mod address;
mod file;
mod generics;
mod geometry;
mod implicit;
mod jobs;
mod looks;
mod pen;
mod places;
mod plan;
mod polygons;
mod shapes;
mod shared;
mod surfaces;
mod tag;
mod values;
mod xml;

pub use file::{CityGmlWriter, WriteOptions};
pub use pen::{AGAIN, MADE_ID};
#[cfg(test)]
pub use places::substitute;

#[cfg(test)]
mod tests;
