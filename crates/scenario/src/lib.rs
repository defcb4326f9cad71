//! What plans are made of and come to, as pure functions on city objects. Knows no store, no HTTP, no user.

mod extrude;
mod outline;
mod resolve;
mod roof;
mod transform;

pub use extrude::{Extrusion, ExtrusionError, HIGHEST_M, RoofForm, extrude};
pub use outline::{Outline, OutlineError};
pub use resolve::{Act, Fault, Outcome, Step, resolve};
pub use transform::{Motion, Transform, TransformError, place_of, transform};
