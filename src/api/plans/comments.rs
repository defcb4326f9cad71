//! `/scenarios/{s}/comments` among those who work on it, `/scenarios/{s}/statements` by everybody on what is published.

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::access::{self, Sight};
use super::body::{self, Members, unusable};
use super::documents::scenario_path;
use super::notices;
use super::paging::Asked;
use super::projects::private;
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use stadtwin_access::Action;
use stadtwin_store::{CommentQuery, NewComment, StoredComment};

/// Of a comment or statement [bytes].
const LONGEST: usize = 64 * 1024;
/// Members of an anchor, and how long it may be as text.
const ANCHOR: [&str; 4] = ["point", "collection", "feature", "view"];
const LONGEST_ANCHOR: usize = 4_000;

/// Comments, oldest first.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = access::reader(&call).await?;
    let (scenario, _) = access::scenario(&call, caller.as_ref(), Action::ReadDraft).await?;
    page(&call, scenario.key, "internal", true).await
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (scenario, project) = access::scenario(&call, Some(&caller), Action::CommentInternal).await?;
    let members = body::object(&call, body, &["text", "anchor"]).await?;
    let new = NewComment {
        scenario: scenario.key,
        kind: "internal",
        revision: None,
        author: Some(caller.subject.clone()),
        author_name: Some(caller.name.clone()),
        body: text(&members)?,
        anchor: anchor(&members)?,
        state: "accepted",
        late: false,
    };
    let answer = made(&call, &new, "comments", &scenario.id, true).await?;
    notices::tell_owners(&call, &project, Some(&scenario), "comment.made", json!({})).await?;
    Ok(answer)
}

/// Statements: those who work on the scenario see all of them, the others those that were accepted.
pub async fn statements(call: Call) -> Result<Answer, ApiError> {
    let caller = access::reader(&call).await?;
    let (scenario, _, sight) = access::seen(&call, caller.as_ref(), call.segment("scenarioId")).await?;
    page(&call, scenario.key, "statement", sight == Sight::Draft).await
}

/// By anybody who sees what is published: no token is needed.
pub async fn state(call: Call, body: Body) -> Result<Answer, ApiError> {
    let caller = access::reader(&call).await?;
    let (scenario, project) = access::scenario(&call, caller.as_ref(), Action::State).await?;
    let members = body::object_within(&call, body, &["text", "name", "anchor", "revision"], LONGEST).await?;
    let asked =
        members.0.get("revision").and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok());
    let revisions = call.state.store.scenario_revisions(&scenario).await?;
    let number = asked.or(scenario.published_revision);
    let revision = revisions.iter().find(|one| one.is_public && Some(one.number) == number);
    let revision = revision.ok_or_else(|| unusable("`revision` must be a published one".to_owned()))?.number;
    let name = members.title("name")?.or_else(|| caller.as_ref().map(|caller| caller.name.clone()));
    let new = NewComment {
        scenario: scenario.key,
        kind: "statement",
        revision: Some(revision),
        author: caller.map(|caller| caller.subject),
        author_name: name,
        body: text(&members)?,
        anchor: anchor(&members)?,
        state: "pending",
        late: call.state.store.display_is_over(scenario.key, revision).await?,
    };
    let answer = made(&call, &new, "statements", &scenario.id, false).await?;
    let subject = json!({ "late": new.late, "revision": revision });
    notices::tell_owners(&call, &project, Some(&scenario), "statement.made", subject).await?;
    Ok(answer)
}

/// `PATCH /scenarios/{s}/statements/{n}`: lets others see it or not, and answers it.
pub async fn moderate(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (scenario, _) = access::scenario(&call, Some(&caller), Action::Submit).await?;
    let asked = call.segment("statementId");
    let missing = || ApiError::NotFound(format!("the scenario has no statement `{}`", shortened(asked)));
    let id = asked.parse().map_err(|_| missing())?;
    let store = &call.state.store;
    let before = store.comment(scenario.key, id).await?.filter(|found| found.kind == "statement");
    let before = before.ok_or_else(missing)?;
    let members = body::object(&call, body, &["state", "answer"]).await?;
    let state = members.text("state")?.unwrap_or(before.state);
    if !["pending", "accepted", "rejected"].contains(&state.as_str()) {
        return Err(unusable("`state` must be pending, accepted or rejected".to_owned()));
    }
    let answer = if members.has("answer") { members.text("answer")? } else { before.answer };
    store.moderate(scenario.key, id, &state, answer.as_deref(), &caller.subject).await?;
    let after = store.comment(scenario.key, id).await?.ok_or_else(missing)?;
    Ok(Answer::json(Media::Json, &document(&after, true)).uncached())
}

async fn page(call: &Call, scenario: i64, kind: &'static str, is_inside: bool) -> Result<Answer, ApiError> {
    let asked = Asked::of(call);
    let query = CommentQuery { kind, only_accepted: !is_inside, after: asked.after, limit: asked.limit };
    let found = call.state.store.comments(scenario, &query).await?;
    let part = asked.cut(found, |comment| comment.id);
    let entries: Vec<Value> = part.entries.iter().map(|comment| document(comment, is_inside)).collect();
    let name = if kind == "internal" { "comments" } else { "statements" };
    Ok(private(Answer::json(Media::Json, &json!({ "links": part.links(call), name: entries }))))
}

async fn made(
    call: &Call,
    new: &NewComment,
    list: &str,
    scenario: &str,
    is_inside: bool,
) -> Result<Answer, ApiError> {
    let id = call.state.store.add_comment(new).await?;
    let kept = call.state.store.comment(new.scenario, id).await?;
    let kept = kept.ok_or_else(|| ApiError::internal("a comment that is not there"))?;
    let location = call.base.to(&format!("{}/{list}/{id}", scenario_path(scenario)));
    let answer = Answer::json(Media::Json, &document(&kept, is_inside)).with(header::LOCATION, &location);
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

/// Who wrote it is for those who work on the scenario; the others see the name that the author gave.
fn document(comment: &StoredComment, is_inside: bool) -> Value {
    json!({
        "id": comment.id,
        "revision": comment.revision,
        "author": comment.author.as_ref().filter(|_| is_inside),
        "name": comment.author_name,
        "text": comment.body,
        "anchor": comment.anchor.as_ref().map(|anchor| &anchor.0),
        "state": comment.state,
        "late": comment.late,
        "answer": comment.answer,
        "made": comment.made,
    })
}

fn text(members: &Members) -> Result<String, ApiError> {
    members
        .text("text")?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| unusable("`text` is missing".to_owned()))
}

/// A place: `point` [° and m], a feature, or a view.
fn anchor(members: &Members) -> Result<Option<Value>, ApiError> {
    match members.0.get("anchor") {
        None | Some(Value::Null) => Ok(None),
        Some(anchor) => check_anchor(anchor, &[]).map(|()| Some(anchor.clone())),
    }
}

/// Of these members and those of `more`.
pub(super) fn check_anchor(anchor: &Value, more: &[&str]) -> Result<(), ApiError> {
    let members: &Map<String, Value> = match anchor {
        Value::Object(members) => members,
        _ => return Err(unusable("`anchor` must be an object".to_owned())),
    };
    let is_known = |name: &str| ANCHOR.contains(&name) || more.contains(&name);
    if let Some(other) = members.keys().find(|name| !is_known(name)) {
        return Err(unusable(format!(
            "unknown member `{}` of `anchor`; known: {}",
            shortened(other),
            ANCHOR.join(", ")
        )));
    }
    let is_point = |point: &Value| {
        let numbers = point.as_array().is_some_and(|numbers| (2..=3).contains(&numbers.len()));
        numbers && point.as_array().into_iter().flatten().all(Value::is_number)
    };
    if members.get("point").is_some_and(|point| !is_point(point)) {
        return Err(unusable(
            "`anchor.point` must be longitude, latitude and, where known, height".to_owned(),
        ));
    }
    if anchor.to_string().len() > LONGEST_ANCHOR {
        return Err(unusable(format!("`anchor` must have at most {LONGEST_ANCHOR} characters")));
    }
    Ok(())
}
