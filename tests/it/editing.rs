//! Features made, changed and ended over HTTP: alone and in batches, by many at once, and all that follows from it.

mod batches;
mod bodies;
mod concurrency;
mod cost;
pub mod desk;
mod measures;
mod refusals;
mod single;
mod tiles;
