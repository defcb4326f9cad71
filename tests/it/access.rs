//! Who may do what, over HTTP and by command line.

mod command;
mod oidc;
mod organizations;
mod provider;
