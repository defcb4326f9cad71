//! Projects and scenarios over HTTP: the behaviour that planners and their neighbours rely on.

mod catalog;
mod comparing;
mod concurrency;
mod conflicts;
mod entry;
mod examples;
mod imports;
mod measure;
mod memory;
mod models;
mod office;
mod operations;
mod pages;
mod procedure;
mod refusals;
mod rule_sets;
mod tiles;
mod xplan;
