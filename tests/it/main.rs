//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::panic)]

mod architecture;
mod http;
mod support;

mod api;
mod cityjson;
mod dry_run;
mod export;
mod identity;
mod images;
mod import;
mod jobs;
mod rollback;
mod store;
mod validate;
