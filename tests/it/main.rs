//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::panic)]

mod architecture;
mod http;
mod support;

mod api;
mod bad_input;
mod cityjson;
mod codelists;
mod export;
mod images;
mod import;
mod jobs;
mod links;
mod rollback;
mod round_trip;
mod store;
mod validate;
