//! Where coordinates stand: reference systems, the geoid, the ellipsoid. Guesses nothing silently.

mod ellipsoid;
mod geoid;
mod transform;

pub use ellipsoid::{east_north_up, from_ecef, normal_ecef, to_ecef};
pub use geoid::{Grid, HeightModel};
pub use transform::{CRS84, CrsError, Transformer};
