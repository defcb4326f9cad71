//! `/projects/{p}/stages`: how far the procedure is, and what is displayed in it.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::access;
use super::body::{self, Members, unusable};
use super::notices;
use super::projects::private;
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::time;
use stadtwin_access::Action;
use stadtwin_model::Project;
use stadtwin_store::{NewStage, StageEvent};

/// XPlanung `BP_Rechtsstand` with what BauGB calls it.
pub const STAGES: [(i32, &str); 14] = [
    (1000, "Aufstellungsbeschluss"),
    (2000, "Entwurf"),
    (2100, "frühzeitige Behördenbeteiligung"),
    (2200, "frühzeitige Öffentlichkeitsbeteiligung"),
    (2250, "Entwurfsbeschluss"),
    (2300, "Behördenbeteiligung"),
    (2400, "öffentliche Auslegung"),
    (3000, "Satzung"),
    (4000, "in Kraft"),
    (4500, "teilweise untergegangen"),
    (5000, "untergegangen"),
    (45000, "teilweise aufgehoben"),
    (45001, "teilweise außer Kraft"),
    (50000, "aufgehoben"),
];
/// Stages in which something is displayed to everybody: it is frozen for the time.
const DISPLAYS: [i32; 2] = [2200, 2400];
/// The shortest display without a reason (BauGB § 3(2)).
const DISPLAY_DAYS: i64 = 30;
const DAY_US: i64 = 86_400_000_000;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = access::reader(&call).await?;
    let project = access::project(&call, caller.as_ref(), Action::ReadDraft).await?;
    answer(&call, &project).await.map(private)
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let project = access::project(&call, Some(&caller), Action::SetStage).await?;
    let known = ["stage", "decided", "begins", "ends", "note", "reason", "displayed"];
    let members = body::object(&call, body, &known).await?;
    let new = read(&call, &project, &members, &caller).await?;
    call.state.store.add_stage(project.key, &new).await?;
    let subject = json!({ "stage": new.stage });
    let standing = access::of_project(&call.state, &project).await?;
    notices::tell_all(&call, (&project, &standing), None, "project.stage", subject).await?;
    let answer = answer(&call, &project).await?;
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

async fn answer(call: &Call, project: &Project) -> Result<Answer, ApiError> {
    let stages = call.state.store.stages(project.key).await?;
    let entries: Vec<Value> = stages.iter().map(document).collect();
    let document = json!({ "links": call.own_links(), "stages": entries });
    Ok(Answer::json(Media::Json, &document))
}

fn document(event: &StageEvent) -> Value {
    let name = STAGES.iter().find(|(code, _)| *code == event.stage).map(|(_, name)| *name);
    json!({
        "stage": event.stage,
        "name": name,
        "decided": event.decided,
        "begins": event.begins,
        "ends": event.ends,
        "note": event.note,
        "reason": event.reason,
        "displayed": event.displayed,
        "running": event.is_running,
        "entered": event.set_at,
    })
}

async fn read(
    call: &Call,
    project: &Project,
    members: &Members,
    caller: &Caller,
) -> Result<NewStage, ApiError> {
    let stage = members.0.get("stage").and_then(Value::as_i64);
    let stage = STAGES.iter().map(|(code, _)| *code).find(|code| Some(i64::from(*code)) == stage);
    let stage = stage.ok_or_else(|| {
        let known: Vec<String> = STAGES.iter().map(|(code, name)| format!("{code} ({name})")).collect();
        unusable(format!("`stage` must be one of {}", known.join(", ")))
    })?;
    let decided = members.text("decided")?.unwrap_or_else(|| time::now().chars().take(10).collect());
    if decided.len() != 10 || time::moment(&decided).is_none() {
        return Err(unusable(format!("`decided` must be a date, not `{}`", shortened(&decided))));
    }
    let moment = |name: &str| -> Result<Option<i64>, ApiError> {
        let Some(text) = members.text(name)? else { return Ok(None) };
        time::moment(&text).map(Some).ok_or_else(|| {
            unusable(format!("`{name}` must be a date or an RFC 3339 date-time, not `{}`", shortened(&text)))
        })
    };
    let (begins, ends) = (moment("begins")?, moment("ends")?);
    let reason = members.text("reason")?;
    let displayed = displayed(call, project, members.texts("displayed")?).await?;
    if DISPLAYS.contains(&stage) {
        check_display(begins, ends, reason.as_deref(), displayed.is_empty())?;
    } else if begins.is_some() != ends.is_some() || begins >= ends && begins.is_some() {
        return Err(unusable("`begins` and `ends` go together, one after the other".to_owned()));
    }
    let (note, by) = (members.text("note")?, caller.subject.clone());
    Ok(NewStage { stage, decided, begins, ends, note, reason, by, displayed })
}

fn check_display(
    begins: Option<i64>,
    ends: Option<i64>,
    reason: Option<&str>,
    is_empty: bool,
) -> Result<(), ApiError> {
    let (Some(begins), Some(ends)) = (begins, ends) else {
        return Err(unusable("a display needs `begins` and `ends`".to_owned()));
    };
    if ends <= begins {
        return Err(unusable("`ends` must come behind `begins`".to_owned()));
    }
    if ends - begins < DISPLAY_DAYS * DAY_US && reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(unusable(format!(
            "the display is shorter than {DISPLAY_DAYS} days: say why in `reason`, or let it end later"
        )));
    }
    if is_empty {
        return Err(unusable(
            "`displayed` must name a published revision, such as `A@2`, of the project".to_owned(),
        ));
    }
    Ok(())
}

/// Published revisions of the project's scenarios; without `@` the one that is published now.
async fn displayed(
    call: &Call,
    project: &Project,
    names: Option<Vec<String>>,
) -> Result<Vec<(i64, i32)>, ApiError> {
    let mut found = Vec::new();
    let scenarios = call.state.store.scenarios(project.key).await?;
    for name in names.unwrap_or_default() {
        let (id, number) = match name.split_once('@') {
            Some((id, number)) => (id, number.parse::<i32>().ok()),
            None => (name.as_str(), None),
        };
        let missing =
            || unusable(format!("`displayed`: the project has no published revision `{}`", shortened(&name)));
        let scenario = scenarios.iter().find(|scenario| scenario.id == id).ok_or_else(missing)?;
        let number = number.or(scenario.published_revision).ok_or_else(missing)?;
        let revisions = call.state.store.scenario_revisions(scenario).await?;
        if !revisions.iter().any(|revision| revision.is_public && revision.number == number) {
            return Err(missing());
        }
        found.push((scenario.key, number));
    }
    Ok(found)
}
