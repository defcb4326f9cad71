//! Projects and scenarios over HTTP: the behaviour that planners and their neighbours rely on.

mod catalog;
mod combined;
mod comparing;
mod concurrency;
mod conflicts;
mod coordination;
mod entry;
mod examples;
mod exchange;
mod export;
mod imports;
mod joint;
mod json_schemas;
mod memory;
mod models;
mod noted;
mod office;
mod operations;
mod pages;
mod parts;
mod phases;
mod procedure;
mod refusals;
mod rule_sets;
mod tiles;
mod xplan;
