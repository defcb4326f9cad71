//! `/jobs/{id}/results`: the output of a job, as it was asked for.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::auth::Caller;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::file_body::FileBody;
use super::super::jobs;
use super::super::negotiate::Media;
use super::super::params::shortened;
use super::catalogue::of_kind;
use stadtwin_jobs::{Asked, ResultFile};
use stadtwin_store::{JobState, StoredJob};

pub const RESULTS_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/results";
/// What jobs of other ways than processes give.
const REPORT: &str = "report";

pub async fn results(call: Call) -> Result<Answer, ApiError> {
    let job = readable(&call).await?;
    of_job(&call, &job)
}

pub async fn result(call: Call) -> Result<Answer, ApiError> {
    let job = readable(&call).await?;
    let (asked, known) = (call.segment("outputId"), output_id(&job));
    if asked != known {
        let detail = format!("job {} has no output `{}`, but `{known}`", job.id, shortened(asked));
        return Err(ApiError::NotFound(detail));
    }
    check_ended(&job)?;
    by_value(&call, &job)
}

/// What came of a job that its caller may read.
pub fn of_job(call: &Call, job: &StoredJob) -> Result<Answer, ApiError> {
    check_ended(job)?;
    let asked = Asked::of(&job.parameters);
    if !asked.document && !asked.reference {
        return by_value(call, job);
    }
    let id = output_id(job);
    let url = call.base.to(&format!("/jobs/{}/results/{id}", job.id));
    let file = ResultFile::of(job.report.as_ref());
    if file.is_some() {
        // Who is told the address finds something there.
        path(call, job)?;
    }
    let media = file.map_or_else(|| Media::Json.name().to_owned(), |file| file.media_type);
    let answer = match (asked.document, asked.reference) {
        (true, true) => {
            Answer::json(Media::Json, &json!({ id: { "href": url, "type": media, "rel": "item" } }))
        }
        (true, false) => Answer::json(Media::Json, &json!({ id: job.report })),
        _ => {
            let link = format!("<{url}>; rel=\"{RESULTS_REL}\"; type=\"{media}\"; title=\"{id}\"");
            Answer { status: StatusCode::NO_CONTENT, ..Answer::new(Media::Json, "") }
                .with(header::LINK, &link)
        }
    };
    Ok(jobs::personal(answer))
}

/// Whether a file of the job lies here.
pub fn has_kept_file(call: &Call, job: &StoredJob) -> bool {
    job.state == JobState::Successful && path(call, job).is_ok()
}

/// The file of a job goes.
pub fn remove_file(call: &Call, job: &StoredJob) {
    if let Some(spool) = &call.state.spool {
        spool.results().remove(job.id);
    }
}

/// The job in the path, if the caller may read what came of it.
async fn readable(call: &Call) -> Result<StoredJob, ApiError> {
    let reader = call.caller.as_ref();
    let job = jobs::named(call).await?;
    let may_read = |reader: &Caller| reader.may_read_jobs(job.target.as_ref());
    match reader {
        None => Err(ApiError::refused(
            StatusCode::UNAUTHORIZED,
            "results need a token that may read the job: send it as `Authorization: Bearer …`; `stadtwin token create` \
             makes one"
                .to_owned(),
        )),
        Some(reader) if !may_read(reader) => Err(ApiError::refused(
            StatusCode::FORBIDDEN,
            "this token may not read this job: it needs `read`, or to write to what the job works on".to_owned(),
        )),
        Some(_) => Ok(job),
    }
}

fn output_id(job: &StoredJob) -> &'static str {
    of_kind(&job.kind).map_or(REPORT, |process| process.output.id)
}

fn check_ended(job: &StoredJob) -> Result<(), ApiError> {
    let id = job.id;
    match job.state {
        JobState::Successful => Ok(()),
        JobState::Queued | JobState::Running => Err(ApiError::no_such(
            "result-not-ready",
            format!("job {id} has not ended yet: ask `/jobs/{id}` until its status is successful"),
        )),
        JobState::Failed => Err(ApiError::refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("job {id} failed: {}", job.message),
        )),
        JobState::Dismissed => Err(ApiError::Gone(format!("job {id} was dismissed: it has no result"))),
    }
}

fn by_value(call: &Call, job: &StoredJob) -> Result<Answer, ApiError> {
    let Some(file) = ResultFile::of(job.report.as_ref()) else {
        let report = job.report.as_ref().unwrap_or(&Value::Null);
        return Ok(jobs::personal(Answer::json(Media::Json, report)));
    };
    let kept = std::fs::File::open(path(call, job)?).map_err(ApiError::internal)?;
    let stream = Some(axum::body::Body::new(FileBody::new(kept).map_err(ApiError::internal)?));
    let answer = Answer { stream, ..Answer::file(&file.media_type, "") };
    // Names are those of collections, which need no quoting.
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    Ok(jobs::personal(answer.with(header::CONTENT_DISPOSITION, &disposition)))
}

/// Where the file lies, or 410 with how to get it again.
fn path(call: &Call, job: &StoredJob) -> Result<std::path::PathBuf, ApiError> {
    let results = call.state.spool.as_ref().map(|spool| spool.results());
    let file = ResultFile::of(job.report.as_ref());
    let found = results.as_ref().zip(file).and_then(|(results, file)| results.find(job.id, &file));
    found.ok_or_else(|| {
        let hours = results.map_or(0, |results| results.lifetime().as_secs() / 3600);
        ApiError::Gone(format!(
            "the file of job {} is no more: files are kept for {hours} hours on the server that was asked; have it made again",
            job.id
        ))
    })
}
