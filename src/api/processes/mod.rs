//! OGC API – Processes 1: what can be asked for as a job, how it is asked for, and what comes of it.

mod catalogue;
mod describe;
mod execute;
mod job_list;
mod order;
mod page;
mod results;
mod schemas;
mod table;

pub use catalogue::of_kind;
pub use describe::{list, show};
pub use execute::{execute, more_answers};
pub use job_list::job_query;
pub use results::{RESULTS_REL, has_kept_file, remove_file, result, results};
pub use schemas::schemas;
