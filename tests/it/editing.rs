//! Features made, changed and ended over HTTP: alone and in batches, by many at once, and all that follows from it.

mod back;
mod batches;
mod bodies;
mod concurrency;
mod conditions;
mod cost;
pub mod desk;
mod ellipsoid;
mod keeping;
mod measures;
mod refusals;
mod single;
mod tiles;
