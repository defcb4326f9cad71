//! Who may do what, over HTTP and by command line.

mod audit;
mod command;
mod development;
mod login;
mod noted;
mod oidc;
mod organizations;
mod provider;
mod routes;
