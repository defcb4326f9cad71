//! `POST /processes/{id}/execution`: a job is made; whoever did not ask for one may wait for its result.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::answer::Answer;
use super::super::auth::Caller;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::orders::{self, ORDER_BYTES};
use super::super::params::shortened;
use super::super::paths::without_folders;
use super::describe::named;
use super::results;
use super::table::Process;
use stadtwin_jobs::Asked;
use stadtwin_store::StoredJob;

/// Longest time that an answer waits for a job; after it, the client asks for the job itself.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Between two looks at a job that is waited for: at first, and at most.
const LOOKS: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// The body of an execution.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Execute {
    #[serde(default)]
    inputs: Map<String, Value>,
    #[serde(default)]
    outputs: Option<Map<String, Value>>,
    #[serde(default)]
    response: Option<Response>,
    #[serde(default)]
    subscriber: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Response {
    Raw,
    Document,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AskedOutput {
    transmission_mode: Option<Transmission>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Transmission {
    Value,
    Reference,
}

/// What the client says in `Prefer` (RFC 7240).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Preference {
    is_async: bool,
    wait: Option<Duration>,
}

/// Answers besides the one that a job was made, for the API definition.
pub fn more_answers(operation_id: &str) -> &'static [(u16, &'static str)] {
    match operation_id {
        "execute" => &[
            (200, "the output, or a document that names it, where the job ended while the client waited"),
            (204, "the same where only the address of the output was asked for: in `Link`"),
        ],
        _ => &[],
    }
}

pub async fn execute(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let process = named(&call)?;
    let request = read(&call, body).await?;
    let asked = asked(process, &request)?;
    let inputs = process.check(&request.inputs)?;
    let preference = Preference::of(&call.headers);
    let job = (process.order)(call.clone(), caller, inputs, asked).await?;
    if let Some(longest) = preference.waits(process) {
        let job = ended(&call, job, longest).await?;
        if job.state.is_final() {
            let answer = results::of_job(&call, &job)?;
            let monitor = format!("<{}>; rel=\"monitor\"", call.base.to(&format!("/jobs/{}", job.id)));
            return Ok(answer.with(header::LINK, &monitor));
        }
        return Ok(orders::created(&call, &job));
    }
    let answer = orders::created(&call, &job);
    Ok(match preference.is_async {
        true => answer.with(HeaderName::from_static("preference-applied"), "respond-async"),
        false => answer,
    })
}

async fn read(call: &Call, body: Body) -> Result<Execute, ApiError> {
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(ApiError::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send application/json: `{\"inputs\": {…}}`".to_owned(),
        ));
    }
    let bytes = axum::body::to_bytes(body, ORDER_BYTES).await.map_err(|_| {
        let detail = format!("the body is longer than {ORDER_BYTES} bytes");
        ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::BadRequest(format!("the body is not what is asked for: {error}")))
}

/// How the output is wanted, if it is one that there is.
fn asked(process: &Process, request: &Execute) -> Result<Asked, ApiError> {
    if request.subscriber.is_some() {
        return Err(ApiError::BadRequest(
            "`subscriber` is not offered: leave it out and ask for the job until it has ended".to_owned(),
        ));
    }
    let output = &process.output;
    let mut transmission = None;
    for (name, wanted) in request.outputs.iter().flatten() {
        if name != output.id {
            let name = shortened(name);
            return Err(ApiError::BadRequest(format!(
                "`outputs.{name}` is unknown; there is `{}`",
                output.id
            )));
        }
        let wanted: AskedOutput = serde_json::from_value(wanted.clone()).map_err(|_| {
            ApiError::BadRequest(format!("`outputs.{name}.transmissionMode` must be value or reference"))
        })?;
        transmission = wanted.transmission_mode;
    }
    let document = request.response == Some(Response::Document);
    if document && output.is_file && transmission == Some(Transmission::Value) {
        return Err(ApiError::BadRequest(format!(
            "`outputs.{0}.transmissionMode`: a file does not fit into a document: ask for `reference`, or for the file \
             alone by `\"response\": \"raw\"`",
            output.id
        )));
    }
    let reference = transmission == Some(Transmission::Reference) || document && output.is_file;
    Ok(Asked { document, reference })
}

/// The job once it has ended, or as it is when the time is over.
async fn ended(call: &Call, mut job: StoredJob, longest: Duration) -> Result<StoredJob, ApiError> {
    let until = Instant::now() + longest;
    let [mut pause, most] = LOOKS;
    while !job.state.is_final() && Instant::now() < until {
        tokio::time::sleep(pause.min(until.saturating_duration_since(Instant::now()))).await;
        pause = (pause * 2).min(most);
        let found = call.state.store.job(job.id).await?;
        job = found.ok_or_else(|| ApiError::internal("the job vanished"))?;
    }
    Ok(without_folders(job))
}

impl Preference {
    fn of(headers: &HeaderMap) -> Preference {
        let mut preference = Preference { is_async: false, wait: None };
        let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        for part in values.flat_map(|value| value.split([',', ';'])).take(16) {
            let part = part.trim().to_ascii_lowercase();
            match part.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
                None if part == "respond-async" => preference.is_async = true,
                Some(("wait", seconds)) => {
                    preference.wait = seconds.trim_matches('"').parse().ok().map(Duration::from_secs);
                }
                _ => {}
            }
        }
        preference
    }

    /// How long the answer waits for the job; `None`: not at all.
    fn waits(self, process: &Process) -> Option<Duration> {
        match self.wait {
            _ if !process.may_wait => None,
            None if self.is_async => None,
            wait => Some(wait.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::find;
    use super::*;

    /// Header, whether a job is asked for, seconds that `export` and `import` are waited for.
    #[test]
    fn clients_say_whether_they_wait() {
        let cases = [
            ("", false, Some(30), None),
            ("respond-async", true, None, None),
            ("respond-async, wait=5", true, Some(5), None),
            ("wait=\"5\"", false, Some(5), None),
            ("wait=9999", false, Some(30), None),
            ("return=minimal; Respond-Async", true, None, None),
            ("wait=soon", false, Some(30), None),
        ];
        for (value, is_async, export_s, import_s) in cases {
            let headers = HeaderMap::from_iter([(HeaderName::from_static("prefer"), value.parse().unwrap())]);
            let preference = Preference::of(&headers);
            assert_eq!(preference.is_async, is_async, "{value}");
            for (id, seconds) in [("export", export_s), ("import", import_s)] {
                let waits = preference.waits(find(id).unwrap()).map(|wait| wait.as_secs());
                assert_eq!(waits, seconds, "{value} {id}");
            }
        }
    }
}
