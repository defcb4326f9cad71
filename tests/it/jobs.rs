//! Imports as jobs: tokens, uploads, the queue and its workers, over HTTP against a real server and database.

mod cancel;
mod command;
mod death;
mod delivery;
mod fetch;
mod queue;
mod remote;
mod server;
mod terrain;
mod tls;
mod tokens;
mod uploads;
mod watch;

pub use death::spawn_worker;
pub use server::{FORM, JSON, Server, city, form};
