//! What a list of jobs is narrowed to.

use super::super::call::Call;
use super::super::error::ApiError;
use super::super::params::shortened;
use super::super::time;
use super::catalogue::find;
use stadtwin_store::JobQuery;

/// Status of OGC API – Processes, and the name of ours.
const STATES: [(&str, &str); 5] = [
    ("accepted", "queued"),
    ("running", "running"),
    ("successful", "successful"),
    ("failed", "failed"),
    ("dismissed", "dismissed"),
];
/// Names of processes in one list.
const MOST_NAMES: usize = 50;

/// The parameters of a list of jobs.
pub fn job_query(call: &Call) -> Result<JobQuery, ApiError> {
    let names = |name: &str| {
        let text = call.query.get(name)?;
        Some(text.split(',').map(str::trim).take(MOST_NAMES).collect::<Vec<_>>())
    };
    let states = names("status").map(|names| names.into_iter().map(state).collect::<Result<Vec<_>, _>>());
    let kinds = names("processID").map(|names| names.into_iter().map(kind).collect());
    let created = call.query.get("datetime").map(time::parse).transpose()?;
    let seconds = |name: &str| call.query.integer(name).map(|seconds| seconds as f64);
    Ok(JobQuery {
        kinds,
        states: states.transpose()?,
        since: created.as_ref().and_then(|created| created.start.clone()),
        until: created.and_then(|created| created.end),
        least_s: seconds("minDuration"),
        most_s: seconds("maxDuration"),
    })
}

/// Jobs have kinds that are no process.
fn kind(name: &str) -> String {
    find(name).map_or(name, |process| process.kind).to_owned()
}

fn state(name: &str) -> Result<String, ApiError> {
    let known = STATES.iter().find(|(status, _)| *status == name);
    known.map(|(_, state)| (*state).to_owned()).ok_or_else(|| {
        let all = STATES.map(|(status, _)| status).join(", ");
        ApiError::BadRequest(format!("`status` must be of {all}, not `{}`", shortened(name)))
    })
}
