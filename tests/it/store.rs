//! The store on a real PostGIS.

mod cql2;
mod embedded;
mod filter;
mod history;
mod lossless;
mod queries;
mod reading;
mod town;
