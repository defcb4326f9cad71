//! The store on a real PostGIS.

mod history;
mod queries;
mod reading;
mod town;
