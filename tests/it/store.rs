//! The store on a real PostGIS.

mod embedded;
mod history;
mod lossless;
mod queries;
mod reading;
mod town;
