//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::panic)]

mod architecture;
mod http;
mod support;

mod api;
mod bad_input;
mod cityjson;
mod export;
mod findings;
mod images;
mod import;
mod jobs;
mod rollback;
mod store;
mod validate;
