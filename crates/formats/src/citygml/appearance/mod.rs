//! Appearances: what files say of looks, and how it comes onto the faces of geometries.

mod bind;
mod dress;
mod read;

pub use bind::Bindings;
pub use dress::Drawn;
pub use read::{Index, Surroundings};

#[cfg(test)]
mod tests;
