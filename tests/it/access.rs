//! Who may do what, over HTTP and by command line.

mod audit;
mod command;
mod development;
mod noted;
mod oidc;
mod organizations;
mod provider;
mod routes;
