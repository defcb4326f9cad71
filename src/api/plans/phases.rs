//! `/scenarios/{s}/phases`: names for spans of time that operations may use.

use axum::body::Body;
use serde_json::{Map, Value, json};

use super::access::{self, Sight, reader};
use super::body::{self, unusable};
use super::operation_body::span_of;
use super::operations::{check_version, draft, refusal};
use super::overlay::version_of;
use super::projects::private;
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use stadtwin_jobs::rephase;
use stadtwin_store::Phase;

/// Of one scenario.
const MOST_PHASES: usize = 50;
const LONGEST_LABEL: usize = 200;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let (scenario, _, sight) = access::seen(&call, caller.as_ref(), call.segment("scenarioId")).await?;
    let version = version_of(&call.state, &scenario, sight, None).await?;
    let phases = call.state.store.phases((scenario.key, version)).await?;
    let answer = private(answer(&call, &phases));
    Ok(match sight {
        Sight::Draft => answer.tagged(format!("\"{}.{}\"", scenario.version, phases.len())),
        Sight::Published => answer,
    })
}

/// Puts all phases in the place of those before. Operations that name one get its dates, in a new version.
pub async fn replace(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    check_version(&call.headers, &scenario)?;
    let members = body::object(&call, body, &["phases"]).await?;
    let entries = members.0.get("phases").and_then(Value::as_array).filter(|list| list.len() <= MOST_PHASES);
    let entries =
        entries.ok_or_else(|| unusable(format!("`phases` must be an array of up to {MOST_PHASES}")))?;
    let mut phases: Vec<Phase> = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let phase = phase(entry).map_err(|detail| unusable(format!("`phases[{index}]`: {detail}")))?;
        if phases.iter().any(|known| known.label == phase.label) {
            return Err(unusable(format!("`phases[{index}]`: the label `{}` comes twice", phase.label)));
        }
        phases.push(phase);
    }
    let made = rephase(&call.state.store, &scenario, &caller.subject, phases.clone()).await;
    let version = made.map_err(refusal)?;
    Ok(answer(&call, &phases).tagged(format!("\"{version}.{}\"", phases.len())).uncached())
}

fn phase(entry: &Value) -> Result<Phase, String> {
    let members: &Map<String, Value> = entry.as_object().ok_or("a phase is an object")?;
    let label = members.get("label").and_then(Value::as_str).unwrap_or_default().trim();
    if label.is_empty() || label.chars().count() > LONGEST_LABEL || label.contains('\0') {
        return Err(format!("`label` must be a text of 1 to {LONGEST_LABEL} characters"));
    }
    let mut validity = members.clone();
    validity.remove("label");
    Ok(Phase { label: label.to_owned(), span: span_of(&validity, "")? })
}

fn answer(call: &Call, phases: &[Phase]) -> Answer {
    let time = |moment: Option<i64>| {
        moment.and_then(|moment| jiff::Timestamp::from_microsecond(moment).ok()).map(|time| time.to_string())
    };
    let entries: Vec<Value> = phases
        .iter()
        .map(
            |phase| json!({ "label": phase.label, "from": time(phase.span.from), "to": time(phase.span.to) }),
        )
        .collect();
    Answer::json(Media::Json, &json!({ "links": call.own_links(), "phases": entries }))
}
