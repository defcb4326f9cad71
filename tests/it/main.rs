//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::panic)]

mod architecture;
mod http;
mod support;

mod ade;
mod api;
mod bad_input;
mod cityjson;
mod codelists;
mod crs;
mod dry_run;
mod export;
mod export_options;
mod filtering;
mod findings;
mod formats;
mod identity;
mod images;
mod import;
mod import_report;
mod items;
mod jobs;
mod links;
mod map_tiles;
mod rollback;
mod round_trip;
mod store;
mod terrain;
mod validate;
