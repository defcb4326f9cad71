//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

mod store;
