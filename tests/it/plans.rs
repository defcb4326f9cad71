//! Projects and scenarios over HTTP: the behaviour that planners and their neighbours rely on.

mod examples;
mod office;
mod operations;
mod tiles;
